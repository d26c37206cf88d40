//! What IAM holds of a role, as state.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use tf_framework::{Diagnostic, Value};

use super::OidcRoleModel;
use super::checks::same_policy;
use super::desired::inline_policies;
use super::model::{GrantModel, SubjectModel};
use crate::aws::iam::Role;
use crate::aws::oidc_provider::OidcProvider;
use crate::grant_policy;
use crate::policy_document::{differences, equivalent};
use crate::subject;
use crate::tag_rules::TagRules;
use crate::trust_policy::{AUDIENCE, Trust};

/// What is in AWS.
pub(super) struct Observed {
    pub role: Role,
    pub grants: Option<Json>,
    /// Of the inline policies that the state lists, those that there are.
    pub inline_policies: BTreeMap<String, Json>,
    pub attached: BTreeSet<String>,
    pub provider: Option<OidcProvider>,
    /// The region that this provider works in.
    pub region: String,
}

impl Observed {
    /// State is AWS's word. Where AWS holds what the state would write, the state's spelling stays:
    /// a subject `Model.predict` is stored as what `Model` is.
    pub(super) fn model(self, state: OidcRoleModel, tag_rules: &TagRules) -> OidcRoleModel {
        let Self { role, grants, inline_policies, attached, provider, region } = self;
        let trust = Trust::parse(&role.trust_policy);
        let kept = trust.as_ref().is_some_and(|trust| {
            let written = state.trust(&trust.oidc_provider_arn);
            written
                .known()
                .is_some_and(|written| equivalent(&written.document(), &role.trust_policy))
        });
        let trusted = match &trust {
            _ if kept => Trusted::of_state(&state),
            Some(trust) => Trusted::of(trust),
            // A policy edited by hand leaves these empty: the plan shows it, the apply mends it.
            None => Trusted::default(),
        };
        let accepted = provider.filter(|found| {
            // One without the audience accepts no token of Modal's: as good as none.
            let trusted = trust.as_ref().map(|trust| &trust.audience);
            let audience = trusted.or(state.audience.known()).map_or(AUDIENCE, String::as_str);
            found.audiences.iter().any(|known| known == audience)
        });
        let grants_kept = same_grants(&state, &grants);
        let found = grants.as_ref().map_or_else(Vec::new, described);
        let policy_arns = match &state.policy_arns {
            Value::Known(ours) => Value::Known(attached.intersection(ours).cloned().collect()),
            other => other.clone(),
        };
        let inline_policies = state.inline_policies.map(|listed| {
            let there = listed.into_iter().filter_map(|(name, before)| {
                let document = inline_policies.get(&name)?.to_string();
                let same = same_policy(&before, &document);
                Some((name, if same { before } else { document }))
            });
            there.collect()
        });
        let visible = tag_rules.visible(&role.tags);
        OidcRoleModel {
            modal_secret_env: Value::Known(modal_secret_env(&role.arn, &region)),
            name: Value::Known(role.name),
            name_prefix: state.name_prefix,
            path: Value::Known(role.path),
            workspace_id: trusted.workspace_id,
            audience: trusted.audience,
            additional_trust_statements: trusted.additional,
            create_oidc_provider: state.create_oidc_provider,
            // AWS knows no difference between none and an empty one.
            description: match state.description {
                before if before.known() == Some(&role.description) => before,
                _ => Some(role.description).filter(|text| !text.is_empty()).into(),
            },
            max_session_duration: Value::Known(role.max_session_duration.into()),
            permissions_boundary: role.permissions_boundary.into(),
            policy_arns,
            inline_policies,
            force_detach_policies: state.force_detach_policies,
            tags: tag_rules.own(&visible, state.tags.known()).into(),
            arn: Value::Known(role.arn),
            unique_id: Value::Known(role.unique_id),
            create_date: Value::Known(role.create_date),
            subjects_patterns: trust
                .as_ref()
                .map(|trust| subject::patterns(&trust.subjects))
                .into(),
            assume_role_policy: match &state.assume_role_policy {
                Value::Known(before) if same_json(before, &role.trust_policy) => {
                    Value::Known(before.clone())
                }
                _ => Value::Known(role.trust_policy.to_string()),
            },
            oidc_provider_arn: accepted.map(|found| found.arn).into(),
            tags_all: Value::Known(visible),
            subjects: trusted.subjects,
            grants: if grants_kept { state.grants } else { Value::Known(found) },
        }
    }

    /// Where AWS holds other statements than the state, which ones. Nothing is said of what the
    /// state does not know.
    pub(super) fn drift(&self, state: &OidcRoleModel) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let name = &self.role.name;
        let mut compare = |what: String, before: &Json, after: &Json, attribute: &str| {
            let differences = differences(before, after);
            if !differences.is_empty() {
                found.push(
                    Diagnostic::warning(
                        format!("{what} of IAM role {name:?} is not what the state says"),
                        format!(
                            "Something else changed it, or an apply ended early. The next apply \
                             writes what the configuration says.\n\n{differences}"
                        ),
                    )
                    .at(attribute),
                );
            }
        };
        if let Some(Ok(before)) = state.assume_role_policy.known().map(|text| parsed(text)) {
            let what = "The trust policy".to_owned();
            compare(what, &before, &self.role.trust_policy, "assume_role_policy");
        }
        let none = Json::Null;
        if let Some(Ok(before)) = state.grants().map(|grants| grant_policy::document(&grants)) {
            let what = format!("The inline policy {:?}", grant_policy::POLICY_NAME);
            let after = self.grants.as_ref().unwrap_or(&none);
            compare(what, before.as_ref().unwrap_or(&none), after, "grant");
        }
        for (policy, before) in inline_policies(state).unwrap_or_default() {
            let what = format!("The inline policy {policy:?}");
            let after = self.inline_policies.get(&policy).unwrap_or(&none);
            compare(what, &before, after, "inline_policies");
        }
        found
    }
}

/// What the trust policy says, attribute by attribute.
#[derive(Default)]
struct Trusted {
    workspace_id: Value<String>,
    audience: Value<String>,
    additional: Value<String>,
    subjects: Value<Vec<SubjectModel>>,
}

impl Trusted {
    fn of_state(state: &OidcRoleModel) -> Self {
        Self {
            workspace_id: state.workspace_id.clone(),
            audience: state.audience.clone(),
            additional: state.additional_trust_statements.clone(),
            subjects: state.subjects.clone(),
        }
    }

    fn of(trust: &Trust) -> Self {
        let additional = (!trust.additional.is_empty())
            .then(|| Json::Array(trust.additional.clone()).to_string());
        let workspace = trust.subjects.first().map(|subject| subject.workspace_id().to_owned());
        Self {
            workspace_id: workspace.into(),
            audience: Value::Known(trust.audience.clone()),
            additional: additional.into(),
            subjects: Value::Known(trust.subjects.iter().map(SubjectModel::from).collect()),
        }
    }
}

/// The grants of a policy as blocks.
fn described(policy: &Json) -> Vec<GrantModel> {
    match grant_policy::parse(policy) {
        Some(grants) => grants.iter().map(GrantModel::from).collect(),
        // A policy edited by hand is one that no block describes: the plan shows it, the apply
        // mends it.
        None => vec![GrantModel::default()],
    }
}

/// What a Modal Secret needs so that AWS's SDKs find the role.
pub(super) fn modal_secret_env(role_arn: &str, region: &str) -> BTreeMap<String, String> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    BTreeMap::from([
        pair("AWS_ROLE_ARN", role_arn),
        pair("AWS_REGION", region),
        // The only one that boto3 looks at.
        pair("AWS_DEFAULT_REGION", region),
    ])
}

/// Whether the grants of this state mean the same as the policy; `None` stands for no policy.
pub(super) fn same_grants(state: &OidcRoleModel, policy: &Option<Json>) -> bool {
    let written = state.grants().and_then(|written| grant_policy::document(&written).ok());
    match (&written, policy) {
        (Some(Some(written)), Some(policy)) => equivalent(written, policy),
        (Some(None), None) => true,
        _ => false,
    }
}

pub(super) fn same_json(text: &str, document: &Json) -> bool {
    parsed(text).is_ok_and(|before| equivalent(&before, document))
}

fn parsed(text: &str) -> serde_json::Result<Json> {
    serde_json::from_str(text)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;
    use tf_framework::Value::Known;

    use super::super::desired::Desired;
    use super::*;
    use crate::tags::Tags;

    const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    const PROVIDER: &str = "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com";

    /// A role's state after an apply, all of it known.
    fn state() -> OidcRoleModel {
        OidcRoleModel {
            name: "thumbnails".into(),
            path: "/".into(),
            workspace_id: "ac-1".into(),
            audience: AUDIENCE.into(),
            max_session_duration: Known(3600),
            policy_arns: Known(BTreeSet::from([READ_ONLY.to_owned()])),
            inline_policies: Known(BTreeMap::from([(
                "mine".to_owned(),
                r#"{"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}"#
                    .to_owned(),
            )])),
            arn: "arn:aws:iam::111122223333:role/thumbnails".into(),
            oidc_provider_arn: PROVIDER.into(),
            tags_all: Known(Tags::new()),
            subjects: Known(vec![SubjectModel {
                environment_name: "main".into(),
                app_name: "thumbnails".into(),
                function_name: "Model.predict".into(),
            }]),
            grants: Known(vec![GrantModel {
                access: "read".into(),
                resource_arns: Known(BTreeSet::from(["arn:aws:s3:::uploads".to_owned()])),
                ..GrantModel::default()
            }]),
            ..OidcRoleModel::default()
        }
    }

    /// What AWS holds after an apply of this state.
    fn held(state: &OidcRoleModel) -> Observed {
        let desired = Desired::of(state, "aws", "111122223333").unwrap();
        Observed {
            role: Role {
                name: desired.role.name,
                arn: state.arn.known().unwrap().clone(),
                unique_id: "AROA1".to_owned(),
                path: "/".to_owned(),
                description: desired.role.description,
                max_session_duration: desired.role.max_session_duration,
                trust_policy: desired.role.trust_policy,
                permissions_boundary: None,
                create_date: "2026-01-01T00:00:00Z".to_owned(),
                tags: desired.role.tags,
            },
            grants: desired.grants,
            inline_policies: desired.inline_policies,
            attached: desired.policy_arns,
            provider: Some(OidcProvider {
                arn: PROVIDER.to_owned(),
                audiences: vec![AUDIENCE.to_owned()],
                tags: Tags::new(),
            }),
            region: "us-east-1".to_owned(),
        }
    }

    fn observed(aws: Observed, state: OidcRoleModel) -> OidcRoleModel {
        aws.model(state, &TagRules::default())
    }

    #[test]
    fn what_aws_holds_as_written_keeps_the_practitioners_spelling() {
        let model = observed(held(&state()), state());
        assert_eq!(model.subjects, state().subjects);
        assert_eq!(model.grants, state().grants);
        assert_eq!(model.policy_arns, state().policy_arns);
        assert_eq!(model.inline_policies, state().inline_policies);
        assert_eq!(model.description, Value::Null);
        assert_eq!(model.tags, Value::Null);
        assert_eq!(held(&state()).drift(&state()), []);
    }

    #[test]
    fn an_import_reads_subjects_and_grants_and_claims_no_policy() {
        let mut aws = held(&state());
        aws.inline_policies.clear();
        let model = observed(aws, OidcRoleModel::default());
        let class = SubjectModel { function_name: "Model".into(), ..subject_of(&state()) };
        assert_eq!(model.workspace_id, "ac-1".into());
        assert_eq!(model.subjects, Known(vec![class]));
        assert_eq!(model.grants, state().grants);
        assert_eq!(model.policy_arns, Value::Null);
        assert_eq!(model.inline_policies, Value::Null);
    }

    fn subject_of(state: &OidcRoleModel) -> SubjectModel {
        state.subjects.known().unwrap()[0].clone()
    }

    #[test]
    fn a_trust_policy_that_no_subjects_describe_shows_none() {
        let mut aws = held(&state());
        aws.role.trust_policy["Statement"][0]["Effect"] = json!("Deny");
        let model = observed(aws, state());
        assert_eq!(model.workspace_id, Value::Null);
        assert_eq!(model.subjects, Value::Null);
        assert_eq!(model.subjects_patterns, Value::Null);
        assert!(model.assume_role_policy.known().unwrap().contains("Deny"));
    }

    #[test]
    fn a_statement_that_somebody_added_shows_as_an_additional_one() {
        let mut aws = held(&state());
        let theirs = json!({ "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole" });
        aws.role.trust_policy["Statement"].as_array_mut().unwrap().push(theirs.clone());
        let model = observed(aws, state());
        assert_eq!(model.additional_trust_statements, Known(Json::Array(vec![theirs]).to_string()));
        assert_eq!(model.workspace_id, "ac-1".into());
    }

    #[test]
    fn drift_names_the_statement() {
        let before = OidcRoleModel {
            assume_role_policy: Known(held(&state()).role.trust_policy.to_string()),
            ..state()
        };
        let mut aws = held(&state());
        let theirs = json!({ "Sid": "Theirs", "Effect": "Allow", "Principal": "*" });
        aws.role.trust_policy["Statement"].as_array_mut().unwrap().push(theirs);
        aws.grants = None;
        aws.inline_policies.insert("mine".to_owned(), json!({ "Statement": [] }));
        let said: Vec<String> = aws
            .drift(&before)
            .into_iter()
            .map(|found| format!("{}: {}\n{}\n", found.attribute, found.summary, found.detail))
            .collect();
        expect![[r#"
            assume_role_policy: The trust policy of IAM role "thumbnails" is not what the state says
            Something else changed it, or an apply ended early. The next apply writes what the configuration says.

            Now there, statement 2 ("Theirs"): {"Sid":"Theirs","Effect":"Allow","Principal":"*"}

            grant: The inline policy "modal-grants" of IAM role "thumbnails" is not what the state says
            Something else changed it, or an apply ended early. The next apply writes what the configuration says.

            No longer there, statement 1: {"Effect":"Allow","Action":["s3:GetObject*","s3:GetBucket*","s3:List*"],"Resource":["arn:aws:s3:::uploads","arn:aws:s3:::uploads/*"]}

            inline_policies: The inline policy "mine" of IAM role "thumbnails" is not what the state says
            Something else changed it, or an apply ended early. The next apply writes what the configuration says.

            No longer there, statement 1: {"Effect":"Deny","Action":"s3:*","Resource":"*"}
        "#]].assert_eq(&said.join("\n"));
    }

    #[test]
    fn grants_that_no_block_describes_show_as_an_empty_one() {
        let mut aws = held(&state());
        aws.grants.as_mut().unwrap()["Statement"][0]["Action"] = json!("s3:*");
        assert_eq!(observed(aws, state()).grants, Known(vec![GrantModel::default()]));
        let gone = Observed { grants: None, ..held(&state()) };
        assert_eq!(observed(gone, state()).grants, Known(Vec::new()));
    }

    #[test]
    fn policies_that_others_attached_are_not_ours() {
        let mut aws = held(&state());
        aws.attached = BTreeSet::from(["arn:aws:iam::aws:policy/Other".to_owned()]);
        assert_eq!(observed(aws, state()).policy_arns, Known(BTreeSet::new()));
        let without = OidcRoleModel { policy_arns: Value::Null, ..state() };
        assert_eq!(observed(held(&state()), without).policy_arns, Value::Null);
    }

    #[test]
    fn an_inline_policy_that_is_gone_or_changed_shows() {
        let mut aws = held(&state());
        let changed = json!({ "Statement": [] });
        aws.inline_policies.insert("mine".to_owned(), changed.clone());
        let model = observed(aws, state());
        let expected = BTreeMap::from([("mine".to_owned(), changed.to_string())]);
        assert_eq!(model.inline_policies, Known(expected));
        let gone = Observed { inline_policies: BTreeMap::new(), ..held(&state()) };
        assert_eq!(observed(gone, state()).inline_policies, Known(BTreeMap::new()));
    }

    #[test]
    fn a_missing_oidc_provider_or_one_without_the_audience_shows() {
        let aws = Observed { provider: None, ..held(&state()) };
        assert_eq!(observed(aws, state()).oidc_provider_arn, Value::Null);
        let mut aws = held(&state());
        aws.provider.as_mut().unwrap().audiences = vec!["theirs".to_owned()];
        assert_eq!(observed(aws, state()).oidc_provider_arn, Value::Null);
    }

    #[test]
    fn an_empty_description_is_none_unless_written() {
        let written = OidcRoleModel { description: "".into(), ..state() };
        assert_eq!(observed(held(&written), written).description, "".into());
        assert_eq!(observed(held(&state()), state()).description, Value::Null);
    }
}
