//! State, from what Secrets Manager says.

use tf_framework::Value;

use super::model::ReplicaModel;
use super::token::{EXTERNAL, Written};
use super::{TokenSecretModel, policy};
use crate::aws::secrets::{Replica, Secret};
use crate::resources::identity::region_of;
use crate::tag_rules::TagRules;

/// The key of a secret that names none, as `UpdateSecret` takes it and `DescribeSecret` may tell it.
pub(super) const DEFAULT_KMS_KEY: &str = "alias/aws/secretsmanager";

/// State is AWS's word. What AWS does not tell stays: which token it is, how long to keep it. The
/// policy is not in a description: `state` has it already.
pub(super) fn observed(
    secret: Secret,
    state: TokenSecretModel,
    written: Option<&Written>,
    tag_rules: &TagRules,
) -> TokenSecretModel {
    let ours = written.filter(|written| secret.version_id.as_ref() == Some(&written.version_id));
    let visible = tag_rules.visible(&secret.tags);
    // A token that somebody else put in its place is not known: the plan shows it.
    let kept = |value: Value<String>| if ours.is_some() { value } else { Value::Null };
    TokenSecretModel {
        name: Value::Known(secret.name),
        token_id: kept(state.token_id),
        token_id_wo: Value::Null,
        token_secret_wo: Value::Null,
        token_secret_wo_version: kept(state.token_secret_wo_version),
        token_secret: kept(state.token_secret),
        workspace_name: kept(state.workspace_name),
        token_name: kept(state.token_name),
        expires_at: kept(state.expires_at),
        // AWS knows no difference between none and an empty one.
        description: match state.description {
            before if before.known() == Some(&secret.description) => before,
            _ => Some(secret.description).filter(|text| !text.is_empty()).into(),
        },
        kms_key_id: key(secret.kms_key_id),
        tags: tag_rules.own(&visible, state.tags.known()).into(),
        region: region_of(&Value::Known(secret.arn.clone())),
        arn: Value::Known(secret.arn),
        version_id: secret.version_id.into(),
        token_status: ours.map_or(EXTERNAL, |written| written.status).into(),
        tags_all: Value::Known(visible),
        replicas: Value::Known(secret.replicas.into_iter().map(replica).collect()),
        name_prefix: state.name_prefix,
        verify: state.verify,
        workspace_id: state.workspace_id,
        restore_if_deleted: state.restore_if_deleted,
        recovery_window_in_days: state.recovery_window_in_days,
        policy: state.policy,
        force_overwrite_replica_secret: state.force_overwrite_replica_secret,
        timeouts: state.timeouts,
    }
}

/// The policy that AWS has, in the practitioner's spelling where it means the same.
pub(super) fn observed_policy(found: Option<String>, before: Value<String>) -> Value<String> {
    match (found, before.known()) {
        (Some(found), Some(known)) if policy::same(&found, known) => before,
        (found, _) => found.into(),
    }
}

fn replica(replica: Replica) -> ReplicaModel {
    ReplicaModel { region: Value::Known(replica.region), kms_key_id: key(replica.kms_key_id) }
}

fn key(key: Option<String>) -> Value<String> {
    key.filter(|key| key != DEFAULT_KMS_KEY).into()
}

#[cfg(test)]
mod tests {
    use super::super::token::MANAGED;
    use super::*;
    use crate::tags::Tags;

    fn secret(version_id: &str) -> Secret {
        Secret {
            arn: "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf".to_owned(),
            name: "modal".to_owned(),
            description: String::new(),
            kms_key_id: None,
            version_id: Some(version_id.to_owned()),
            scheduled_for_deletion: false,
            tags: Tags::from([("team".to_owned(), "ml".to_owned())]),
            versions: vec![version_id.to_owned()],
            replicas: Vec::new(),
        }
    }

    fn written(version_id: &str) -> Written {
        Written { version_id: version_id.to_owned(), status: MANAGED }
    }

    fn state() -> TokenSecretModel {
        TokenSecretModel {
            token_id: "ak-1".into(),
            token_secret: "as-1".into(),
            token_secret_wo_version: "1".into(),
            workspace_id: "ac-1".into(),
            workspace_name: "acme".into(),
            recovery_window_in_days: Value::Known(7),
            name_prefix: "mo".into(),
            ..TokenSecretModel::default()
        }
    }

    fn seen(secret: Secret, written: Option<&Written>) -> TokenSecretModel {
        observed(secret, state(), written, &TagRules::default())
    }

    #[test]
    fn the_version_that_was_written_here_holds_the_token_given_here() {
        let model = seen(secret("v1"), Some(&written("v1")));
        assert_eq!(model.token_status, MANAGED.into());
        assert!(model.holds_token_of(&state()));
        assert_eq!(model.workspace_name, "acme".into());
        assert_eq!(model.recovery_window_in_days, Value::Known(7));
        assert_eq!(model.name_prefix, "mo".into());
    }

    #[test]
    fn another_version_holds_a_token_that_nobody_here_knows() {
        for written in [None, Some(written("v0"))] {
            let model = seen(secret("v1"), written.as_ref());
            assert_eq!(model.token_status, EXTERNAL.into());
            assert_eq!((model.token_id, model.token_secret), (Value::Null, Value::Null));
            assert_eq!(model.token_secret_wo_version, Value::Null);
            assert_eq!(model.workspace_name, Value::Null);
            assert_eq!(model.workspace_id, "ac-1".into(), "it may have been set by hand");
            assert_eq!(model.version_id, "v1".into());
        }
    }

    #[test]
    fn a_secret_without_a_value_has_no_version() {
        let empty = Secret { version_id: None, ..secret("v1") };
        let model = seen(empty, Some(&written("v1")));
        assert_eq!(model.version_id, Value::Null);
        assert_eq!(model.token_status, EXTERNAL.into());
    }

    #[test]
    fn awss_own_key_is_none() {
        let with_key = |key: &str| {
            let kms_key_id = Some(key.to_owned());
            let copy = Replica { region: "eu-west-1".to_owned(), kms_key_id: kms_key_id.clone() };
            let model = seen(Secret { kms_key_id, replicas: vec![copy], ..secret("v1") }, None);
            let copy = model.replicas.known().unwrap()[0].clone();
            assert_eq!(copy.region, "eu-west-1".into());
            assert_eq!(copy.kms_key_id, model.kms_key_id);
            model.kms_key_id
        };
        assert_eq!(with_key(DEFAULT_KMS_KEY), Value::Null);
        assert_eq!(with_key("alias/mine"), "alias/mine".into());
    }

    #[test]
    fn a_tag_of_the_provider_block_is_not_the_resources_own() {
        let default_tags = Tags::from([("team".to_owned(), "ml".to_owned())]);
        let rules = TagRules { default_tags: default_tags.clone(), ..TagRules::default() };
        let model = observed(secret("v1"), state(), None, &rules);
        assert_eq!(model.tags, Value::Null);
        assert_eq!(model.tags_all, Value::Known(default_tags));
    }

    #[test]
    fn a_policy_keeps_its_spelling_while_it_means_the_same() {
        let before: Value<String> = r#"{ "Statement": [] }"#.into();
        let same = observed_policy(Some(r#"{"Statement":[]}"#.to_owned()), before.clone());
        assert_eq!(same, before);
        let other = observed_policy(Some(r#"{"Statement":[{}]}"#.to_owned()), before.clone());
        assert_eq!(other, r#"{"Statement":[{}]}"#.into());
        assert_eq!(observed_policy(None, before), Value::Null);
    }
}
