//! What a plan knows beyond the schema: the ARN, the documents and their sizes.

use serde_json::Value as Json;
use tf_framework::{Diagnostic, Plan, Value};

use super::OidcRoleModel;
use super::desired::inline_policies;
use super::observed::{modal_secret_env, same_json};
use crate::aws::CallerIdentity;
use crate::grant_policy::{self, INLINE_QUOTA};
use crate::policy_document::size;
use crate::provider::Clients;
use crate::subject;
use crate::trust_policy::{DEFAULT_QUOTA, HIGHEST_QUOTA, oidc_provider_arn};

pub(super) fn plan(
    plan: &mut Plan<OidcRoleModel>,
    caller: &CallerIdentity,
    clients: &Clients,
) -> Result<(), Diagnostic> {
    let provider_arn = oidc_provider_arn(&caller.partition, &caller.account_id);
    check_provider(&plan.config, &provider_arn)?;
    replace_for_prefix(plan);

    let arn = arn(plan, caller);
    let region = &clients.aws.region;
    plan.set("modal_secret_env", arn.clone().map(|arn| modal_secret_env(&arn, region)));
    plan.set("arn", arn);
    let trust = plan.planned.trust(&provider_arn);
    let sizes = [
        trust.known().and_then(|trust| trust_size(size(&trust.document()))),
        inline_size(&plan.planned),
    ];
    for found in sizes.into_iter().flatten() {
        plan.push(found);
    }
    plan.set("subjects", trust.clone().map(|trust| subject::patterns(&trust.subjects)));
    let prior = plan.prior.as_ref().and_then(|prior| prior.assume_role_policy.known().cloned());
    let trust_policy = trust.map(|trust| {
        let document = trust.document();
        // Where AWS holds the same in another spelling, that stays: it is no change.
        prior.filter(|prior| same_json(prior, &document)).unwrap_or_else(|| document.to_string())
    });
    plan.set("assume_role_policy", trust_policy);
    if plan.config.oidc_provider_arn.is_null() {
        plan.set("oidc_provider_arn", Value::Known(provider_arn));
    }
    plan.set("tags_all", clients.tag_rules.planned(&plan.config.tags));
    Ok(())
}

/// A role trusts OIDC providers of its own account, and that account has one for Modal.
fn check_provider(config: &OidcRoleModel, provider_arn: &str) -> Result<(), Diagnostic> {
    match config.oidc_provider_arn.known() {
        Some(given) if given != provider_arn => Err(Diagnostic::error(
            "Not the OIDC provider of this account for Modal",
            format!(
                "oidc_provider_arn is \"{given}\"; a role of this account can trust \
                 \"{provider_arn}\" alone."
            ),
        )
        .at("oidc_provider_arn")),
        _ => Ok(()),
    }
}

/// Another prefix means another role, unless the name begins with it all the same: that of an
/// imported role does, whose prefix nobody knows.
fn replace_for_prefix(plan: &mut Plan<OidcRoleModel>) {
    let Some(name) = plan.prior.as_ref().and_then(|prior| prior.name.known()) else { return };
    let fits = match &plan.config.name_prefix {
        Value::Null => true,
        Value::Known(prefix) => name.starts_with(prefix),
        Value::Unknown => false,
    };
    if !fits {
        plan.require_replace("name_prefix");
        plan.set("name", Value::<String>::Unknown);
    }
}

fn arn(plan: &Plan<OidcRoleModel>, caller: &CallerIdentity) -> Value<String> {
    let kept = plan.prior.as_ref().and_then(|prior| prior.arn.known());
    if let Some(arn) = kept {
        return Value::Known(arn.clone());
    }
    let CallerIdentity { partition, account_id, .. } = caller;
    match (&plan.planned.name, &plan.planned.path) {
        (Value::Known(name), Value::Known(path)) => {
            Value::Known(format!("arn:{partition}:iam::{account_id}:role{path}{name}"))
        }
        _ => Value::Unknown,
    }
}

fn trust_size(length: usize) -> Option<Diagnostic> {
    let advice = "Use fewer or shorter subjects, or another role for some of them.";
    let found = if length <= DEFAULT_QUOTA {
        return None;
    } else if length <= HIGHEST_QUOTA {
        Diagnostic::warning(
            "The trust policy is longer than IAM takes by default",
            format!(
                "It has {length} characters; the quota is {DEFAULT_QUOTA} unless the account's was \
                 raised. {advice}"
            ),
        )
    } else {
        Diagnostic::error(
            "The trust policy is longer than IAM ever takes",
            format!(
                "It has {length} characters without white space, and no account's quota can be \
                 raised beyond {HIGHEST_QUOTA}. {advice}"
            ),
        )
    };
    Some(found.at("subject"))
}

/// The grants and the listed policies; those that others wrote count as well, and IAM tells.
fn inline_size(planned: &OidcRoleModel) -> Option<Diagnostic> {
    let grants = grant_policy::document(&planned.grants()?).ok()?;
    let grants = grants.as_ref().map_or(0, size);
    let listed: usize =
        inline_policies(planned)?.values().map(|document: &Json| size(document)).sum();
    let length = grants + listed;
    (length > INLINE_QUOTA).then(|| {
        let attribute = if grants > listed { "grant" } else { "inline_policies" };
        Diagnostic::error(
            "The inline policies are longer than IAM takes",
            format!(
                "They have {length} characters without white space: {grants} of the grants, and \
                 {listed} of inline_policies. IAM allows a role {INLINE_QUOTA}. Attach some of it as \
                 managed policies with policy_arns."
            ),
        )
        .at(attribute)
    })
}
