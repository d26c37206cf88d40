//! What IAM holds of a role, as state.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use tf_framework::Value;

use super::OidcRoleModel;
use super::model::{GrantModel, SubjectModel};
use crate::aws::iam::Role;
use crate::grant_policy;
use crate::policy_document::equivalent;
use crate::subject;
use crate::tag_rules::TagRules;
use crate::trust_policy::Trust;

/// What is in AWS.
pub(super) struct Observed {
    pub role: Role,
    pub grants: Option<Json>,
    pub attached: BTreeSet<String>,
    pub provider: Option<String>,
}

impl Observed {
    /// State is AWS's word. Where AWS holds what the state would write, the state's spelling stays:
    /// a subject `Model.predict` is stored as what `Model` is.
    pub(super) fn model(self, state: OidcRoleModel, tag_rules: &TagRules) -> OidcRoleModel {
        let Self { role, grants, attached, provider } = self;
        let imported = state.arn.is_null();
        let trust = Trust::parse(&role.trust_policy);
        let kept = trust.as_ref().is_some_and(|trust| {
            let written = state.trust(&trust.oidc_provider_arn);
            written
                .known()
                .is_some_and(|written| equivalent(&written.document(), &role.trust_policy))
        });
        let (workspace_id, subjects) = match &trust {
            _ if kept => (state.workspace_id.clone(), state.subjects.clone()),
            Some(trust) => (
                trust.subjects.first().map(|subject| subject.workspace_id().to_owned()).into(),
                Value::Known(trust.subjects.iter().map(SubjectModel::from).collect()),
            ),
            // A policy edited by hand leaves these empty: the plan shows it, the apply mends it.
            None => (Value::Null, Value::Known(Vec::new())),
        };
        let grants_kept = same_grants(&state, &grants);
        let found = match &grants {
            None => Vec::new(),
            Some(policy) => match grant_policy::parse(policy) {
                Some(grants) => grants.iter().map(GrantModel::from).collect(),
                // A policy edited by hand is one that no block describes: the plan shows it, the
                // apply mends it.
                None => vec![GrantModel::default()],
            },
        };
        let policy_arns = match &state.policy_arns {
            Value::Known(ours) => Value::Known(attached.intersection(ours).cloned().collect()),
            _ if imported && !attached.is_empty() => Value::Known(attached),
            other => other.clone(),
        };
        let visible = tag_rules.visible(&role.tags);
        OidcRoleModel {
            name: Value::Known(role.name),
            workspace_id,
            // AWS knows no difference between none and an empty one.
            description: match state.description {
                before if before.known() == Some(&role.description) => before,
                _ => Some(role.description).filter(|text| !text.is_empty()).into(),
            },
            max_session_duration: Value::Known(role.max_session_duration.into()),
            policy_arns,
            tags: tag_rules.own(&visible, state.tags.known()).into(),
            arn: Value::Known(role.arn),
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
            oidc_provider_arn: provider.into(),
            tags_all: Value::Known(visible),
            subjects,
            grants: if grants_kept { state.grants } else { Value::Known(found) },
        }
    }
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
    serde_json::from_str(text).is_ok_and(|before| equivalent(&before, document))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tf_framework::Value::Known;

    use super::super::desired::Desired;
    use super::*;
    use crate::tags::Tags;

    const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

    /// A role's state after an apply, all of it known.
    fn state() -> OidcRoleModel {
        OidcRoleModel {
            name: "thumbnails".into(),
            workspace_id: "ac-1".into(),
            max_session_duration: Known(3600),
            policy_arns: Known(BTreeSet::from([READ_ONLY.to_owned()])),
            arn: "arn:aws:iam::111122223333:role/thumbnails".into(),
            oidc_provider_arn: "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com".into(),
            tags_all: Known(Tags::new()),
            subjects: Known(vec![SubjectModel {
                environment_name: "main".into(),
                app_name: "thumbnails".into(),
                function_name: "Model.predict".into(),
            }]),
            grants: Known(vec![GrantModel {
                access: "read".into(),
                resource_arns: Known(BTreeSet::from(["arn:aws:s3:::uploads".to_owned()])),
            }]),
            ..OidcRoleModel::default()
        }
    }

    /// What AWS holds after an apply of this state.
    fn held(state: &OidcRoleModel) -> Observed {
        let desired = Desired::of(state).unwrap();
        Observed {
            role: Role {
                name: desired.role.name,
                arn: state.arn.known().unwrap().clone(),
                unique_id: "AROA1".to_owned(),
                path: "/".to_owned(),
                description: desired.role.description,
                max_session_duration: desired.role.max_session_duration,
                trust_policy: desired.role.trust_policy,
                tags: desired.role.tags,
            },
            grants: desired.grants,
            attached: desired.policy_arns,
            provider: Some(desired.oidc_provider_arn),
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
        assert_eq!(model.description, Value::Null);
        assert_eq!(model.tags, Value::Null);
    }

    #[test]
    fn an_import_reads_subjects_grants_and_every_policy() {
        let mut aws = held(&state());
        aws.attached.insert("arn:aws:iam::aws:policy/Other".to_owned());
        let model = observed(aws, OidcRoleModel::default());
        let class = SubjectModel { function_name: "Model".into(), ..subject_of(&state()) };
        assert_eq!(model.workspace_id, "ac-1".into());
        assert_eq!(model.subjects, Known(vec![class]));
        assert_eq!(model.grants, state().grants);
        assert_eq!(model.policy_arns.known().unwrap().len(), 2);
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
        assert_eq!(model.subjects, Known(Vec::new()));
        assert_eq!(model.subjects_patterns, Value::Null);
        assert!(model.assume_role_policy.known().unwrap().contains("Deny"));
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
    fn a_missing_oidc_provider_shows() {
        let aws = Observed { provider: None, ..held(&state()) };
        assert_eq!(observed(aws, state()).oidc_provider_arn, Value::Null);
    }

    #[test]
    fn an_empty_description_is_none_unless_written() {
        let written = OidcRoleModel { description: "".into(), ..state() };
        assert_eq!(observed(held(&written), written).description, "".into());
        assert_eq!(observed(held(&state()), state()).description, Value::Null);
    }
}
