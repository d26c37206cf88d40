//! The attributes of a token secret.

use std::collections::BTreeMap;

use tf_framework::{Model, ObjectReader, ObjectWriter, Value};

use crate::aws::secrets::Replica;
use crate::resources::timeouts::TimeoutsModel;

/// Attributes.
#[derive(Clone, Default)]
pub(crate) struct TokenSecretModel {
    pub(super) name: Value<String>,
    pub(super) name_prefix: Value<String>,
    pub(super) description: Value<String>,
    pub(super) token_id: Value<String>,
    pub(super) token_id_wo: Value<String>,
    pub(super) token_secret_wo: Value<String>,
    pub(super) token_secret_wo_version: Value<String>,
    pub(super) token_secret: Value<String>,
    pub(super) verify: Value<bool>,
    pub(super) workspace_id: Value<String>,
    pub(super) restore_if_deleted: Value<bool>,
    pub(super) recovery_window_in_days: Value<i64>,
    pub(super) kms_key_id: Value<String>,
    pub(super) policy: Value<String>,
    pub(super) force_overwrite_replica_secret: Value<bool>,
    pub(super) region: Value<String>,
    pub(super) tags: Value<BTreeMap<String, String>>,
    pub(super) arn: Value<String>,
    pub(super) version_id: Value<String>,
    pub(super) token_status: Value<String>,
    pub(super) workspace_name: Value<String>,
    pub(super) token_name: Value<String>,
    pub(super) expires_at: Value<String>,
    pub(super) tags_all: Value<BTreeMap<String, String>>,
    pub(super) replicas: Value<Vec<ReplicaModel>>,
    pub(super) timeouts: Value<TimeoutsModel>,
}

/// A `replica` block.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ReplicaModel {
    pub(super) region: Value<String>,
    pub(super) kms_key_id: Value<String>,
}

impl TokenSecretModel {
    /// Whether an apply of `plan` leaves the value as it is.
    pub(super) fn holds_token_of(&self, plan: &Self) -> bool {
        self.token_id == plan.token_id
            && self.token_secret == plan.token_secret
            && self.token_secret_wo_version == plan.token_secret_wo_version
    }

    /// Whether a configuration gives a token, though perhaps a later one only.
    pub(super) fn gives_token(&self) -> bool {
        let id = !self.token_id.is_null() || !self.token_id_wo.is_null();
        id && (!self.token_secret_wo.is_null() || !self.token_secret.is_null())
    }

    /// The attribute with the token's ID.
    pub(super) fn token_id_attribute(&self) -> &'static str {
        if self.token_id_wo.is_null() { "token_id" } else { "token_id_wo" }
    }

    /// The copies, as AWS is asked for them. All is known by then.
    pub(super) fn desired_replicas(&self) -> Vec<Replica> {
        let replicas = self.replicas.known().into_iter().flatten();
        let replicas = replicas.filter_map(|replica| {
            let region = replica.region.known()?.clone();
            Some(Replica { region, kms_key_id: replica.kms_key_id.known().cloned() })
        });
        replicas.collect()
    }
}

impl Model for TokenSecretModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            name: object.take("name"),
            name_prefix: object.take("name_prefix"),
            description: object.take("description"),
            token_id: object.take("token_id"),
            token_id_wo: object.take("token_id_wo"),
            token_secret_wo: object.take("token_secret_wo"),
            token_secret_wo_version: object.take("token_secret_wo_version"),
            token_secret: object.take("token_secret"),
            verify: object.take("verify"),
            workspace_id: object.take("workspace_id"),
            restore_if_deleted: object.take("restore_if_deleted"),
            recovery_window_in_days: object.take("recovery_window_in_days"),
            kms_key_id: object.take("kms_key_id"),
            policy: object.take("policy"),
            force_overwrite_replica_secret: object.take("force_overwrite_replica_secret"),
            region: object.take("region"),
            tags: object.take("tags"),
            arn: object.take("arn"),
            version_id: object.take("version_id"),
            token_status: object.take("token_status"),
            workspace_name: object.take("workspace_name"),
            token_name: object.take("token_name"),
            expires_at: object.take("expires_at"),
            tags_all: object.take("tags_all"),
            replicas: object.take_blocks("replica"),
            timeouts: object.take_block("timeouts"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            name,
            name_prefix,
            description,
            token_id,
            token_id_wo,
            token_secret_wo,
            token_secret_wo_version,
            token_secret,
            verify,
            workspace_id,
            restore_if_deleted,
            recovery_window_in_days,
            kms_key_id,
            policy,
            force_overwrite_replica_secret,
            region,
            tags,
            arn,
            version_id,
            token_status,
            workspace_name,
            token_name,
            expires_at,
            tags_all,
            replicas,
            timeouts,
        } = self;
        object.put("name", name);
        object.put("name_prefix", name_prefix);
        object.put("description", description);
        object.put("token_id", token_id);
        object.put("token_id_wo", token_id_wo);
        object.put("token_secret_wo", token_secret_wo);
        object.put("token_secret_wo_version", token_secret_wo_version);
        object.put("token_secret", token_secret);
        object.put("verify", verify);
        object.put("workspace_id", workspace_id);
        object.put("restore_if_deleted", restore_if_deleted);
        object.put("recovery_window_in_days", recovery_window_in_days);
        object.put("kms_key_id", kms_key_id);
        object.put("policy", policy);
        object.put("force_overwrite_replica_secret", force_overwrite_replica_secret);
        object.put("region", region);
        object.put("tags", tags);
        object.put("arn", arn);
        object.put("version_id", version_id);
        object.put("token_status", token_status);
        object.put("workspace_name", workspace_name);
        object.put("token_name", token_name);
        object.put("expires_at", expires_at);
        object.put("tags_all", tags_all);
        object.put_block_set("replica", replicas);
        object.put_block("timeouts", timeouts);
    }
}

impl Model for ReplicaModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { region: object.take("region"), kms_key_id: object.take("kms_key_id") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { region, kms_key_id } = self;
        object.put("region", region);
        object.put("kms_key_id", kms_key_id);
    }
}
