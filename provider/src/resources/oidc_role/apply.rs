//! The steps of a create and an update, beside the role itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use tf_framework::{Diagnostic, Value};

use super::checks::same_policy;
use super::desired::{self, Desired};
use super::observed::same_json;
use super::{OidcRole, OidcRoleModel};
use crate::aws::oidc_provider::NewOidcProvider;
use crate::aws::{AwsError, CallerIdentity};
use crate::grant_policy;
use crate::policy_document::equivalent;
use crate::resources::cannot::cannot;
use crate::tags::Tags;
use crate::trust_policy::{ISSUER_URL, oidc_provider_arn};

/// The policies that this resource has put on a role, as far as it has come.
#[derive(Default)]
pub(super) struct Held {
    attached: BTreeSet<String>,
    inline: BTreeMap<String, Json>,
}

impl Held {
    pub(super) fn of(state: &OidcRoleModel) -> Self {
        Self {
            attached: state.policy_arns.known().cloned().unwrap_or_default(),
            inline: desired::inline_policies(state).unwrap_or_default(),
        }
    }

    /// The plan, with these policies in place of those that were to be.
    pub(super) fn state(self, plan: OidcRoleModel) -> OidcRoleModel {
        let Self { attached, inline } = self;
        let planned = plan.inline_policies.known().cloned().unwrap_or_default();
        let spelled = |(name, document): (String, Json)| {
            let document = document.to_string();
            let same = planned.get(&name).filter(|planned| same_policy(planned, &document));
            let text = same.cloned().unwrap_or(document);
            (name, text)
        };
        OidcRoleModel {
            policy_arns: Value::Known(attached),
            inline_policies: Value::Known(inline.into_iter().map(spelled).collect()),
            ..plan
        }
    }
}

impl OidcRole {
    /// Sees to it that the account has an OIDC provider that accepts the audience, or looks that it
    /// does where somebody else is to provide it.
    pub(super) async fn provide_oidc_provider(
        &self,
        caller: &CallerIdentity,
        config: &OidcRoleModel,
        plan: &OidcRoleModel,
        audience: &str,
    ) -> Result<(), Diagnostic> {
        let arn = oidc_provider_arn(&caller.partition, &caller.account_id);
        let iam = &self.clients.aws.iam;
        let given = !config.oidc_provider_arn.is_null();
        if !given && plan.create_oidc_provider != Value::Known(false) {
            let wanted = NewOidcProvider {
                arn,
                url: ISSUER_URL.to_owned(),
                audiences: vec![audience.to_owned()],
                tags: Tags::new(),
            };
            let ensured = iam.ensure_oidc_provider(&wanted).await;
            return ensured
                .map(drop)
                .map_err(|error| cannot("provide the account's OIDC provider for Modal", &error));
        }
        let attribute = if given { "oidc_provider_arn" } else { "create_oidc_provider" };
        let found = iam.find_oidc_provider(&arn).await;
        let found = found
            .map_err(|error| cannot("look for the account's OIDC provider for Modal", &error))?;
        let lacking = match found {
            Some(found) if found.audiences.iter().any(|known| known == audience) => return Ok(()),
            Some(_) => format!(
                "It does not accept the audience {audience:?}: add that to its \
                                client IDs"
            ),
            None => "There is none in the account: create a modal_oidc_provider".to_owned(),
        };
        Err(Diagnostic::error(
            format!("The OIDC provider {arn} is not ready"),
            format!(
                "{lacking}, or leave out oidc_provider_arn and create_oidc_provider, and this \
                 resource does it."
            ),
        )
        .at(attribute))
    }

    /// Writes what differs: a call that changes nothing would alarm whoever watches roles.
    pub(super) async fn update_role(
        &self,
        prior: &OidcRoleModel,
        desired: &Desired,
    ) -> Result<(), AwsError> {
        let (iam, role) = (&self.clients.aws.iam, &desired.role);
        let bounded = prior.permissions_boundary.known();
        // First: what is widened below is within the bounds already.
        if bounded != role.permissions_boundary.as_ref() {
            iam.set_permissions_boundary(&role.name, role.permissions_boundary.as_deref()).await?;
        }
        let trusted = prior.assume_role_policy.known();
        if !trusted.is_some_and(|trusted| same_json(trusted, &role.trust_policy)) {
            iam.set_trust_policy(&role.name, &role.trust_policy).await?;
        }
        let description = prior.description.known().map_or("", String::as_str);
        let duration = i64::from(role.max_session_duration);
        if description != role.description || prior.max_session_duration != Value::Known(duration) {
            iam.update_role(&role.name, &role.description, role.max_session_duration).await?;
        }
        let tags = prior.tags_all.known().cloned().unwrap_or_default();
        iam.change_role_tags(&role.name, &self.clients.tag_rules.changes(&tags, &role.tags)).await
    }

    pub(super) async fn write_grants(&self, desired: &Desired) -> Result<(), Diagnostic> {
        let (iam, name) = (&self.clients.aws.iam, &desired.role.name);
        let grants = match &desired.grants {
            Some(document) => iam.put_role_policy(name, grant_policy::POLICY_NAME, document).await,
            None => iam.delete_role_policy(name, grant_policy::POLICY_NAME).await,
        };
        grants.map_err(|error| {
            cannot(&format!("write the grants of IAM role {name:?}"), &error).at("grant")
        })
    }

    /// Writes and deletes inline policies, attaches and detaches managed ones. `held` are those
    /// that this resource put there before, and afterwards those that it has put there now.
    pub(super) async fn change_policies(
        &self,
        desired: &Desired,
        held: &mut Held,
    ) -> Result<(), Diagnostic> {
        let (iam, name) = (&self.clients.aws.iam, &desired.role.name);
        let inline = |attempt: &str, policy: &str, error: &AwsError| {
            let attempt = format!("{attempt} inline policy {policy:?} of IAM role {name:?}");
            cannot(&attempt, error).at("inline_policies")
        };
        for (policy, document) in &desired.inline_policies {
            if held.inline.get(policy).is_some_and(|before| equivalent(before, document)) {
                continue;
            }
            let put = iam.put_role_policy(name, policy, document).await;
            put.map_err(|error| inline("write", policy, &error))?;
            held.inline.insert(policy.clone(), document.clone());
        }
        let before: Vec<String> = held.inline.keys().cloned().collect();
        for policy in before.iter().filter(|name| !desired.inline_policies.contains_key(*name)) {
            let deleted = iam.delete_role_policy(name, policy).await;
            deleted.map_err(|error| inline("delete", policy, &error))?;
            held.inline.remove(policy);
        }
        let before = held.attached.clone();
        for arn in desired.policy_arns.difference(&before) {
            iam.attach_policy(name, arn).await.map_err(|error| {
                cannot(&format!("attach {arn} to IAM role {name:?}"), &error).at("policy_arns")
            })?;
            held.attached.insert(arn.clone());
        }
        for arn in before.difference(&desired.policy_arns) {
            iam.detach_policy(name, arn).await.map_err(|error| {
                cannot(&format!("detach {arn} from IAM role {name:?}"), &error).at("policy_arns")
            })?;
            held.attached.remove(arn);
        }
        Ok(())
    }

    /// Refuses to delete a role on which something else put policies, so that a delete does not take
    /// along what others manage.
    pub(super) async fn refuse_foreign_policies(
        &self,
        name: &str,
        state: &OidcRoleModel,
    ) -> Result<(), Diagnostic> {
        let iam = &self.clients.aws.iam;
        let attempt = format!("delete IAM role {name:?}");
        let failed = |error: AwsError| cannot(&attempt, &error);
        let ours = Held::of(state);
        let inline = iam.list_role_policies(name).await.map_err(failed)?;
        let attached = iam.list_attached_policies(name).await.map_err(failed)?;
        let theirs: Vec<&str> = inline
            .iter()
            .filter(|name| *name != grant_policy::POLICY_NAME && !ours.inline.contains_key(*name))
            .chain(attached.iter().filter(|arn| !ours.attached.contains(*arn)))
            .map(String::as_str)
            .collect();
        if theirs.is_empty() {
            return Ok(());
        }
        Err(Diagnostic::error(
            format!("Cannot {attempt}"),
            format!(
                "It has policies that this resource did not put there: {}. Take them off where they \
                 are managed, or apply force_detach_policies = true first.",
                theirs.join(", ")
            ),
        )
        .at("force_detach_policies"))
    }
}
