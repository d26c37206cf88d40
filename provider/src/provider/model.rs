//! The provider block, as it was written.

use std::collections::BTreeMap;

use tf_framework::{Model, ObjectReader, ObjectWriter, Value};

/// The provider block.
#[derive(Clone, Default)]
pub struct ProviderModel {
    pub(super) region: Value<String>,
    pub(super) profile: Value<String>,
    pub(super) access_key: Value<String>,
    pub(super) secret_key: Value<String>,
    pub(super) token: Value<String>,
    pub(super) modal_server_url: Value<String>,
    pub(super) endpoints: Value<Vec<EndpointsModel>>,
    pub(super) default_tags: Value<Vec<DefaultTagsModel>>,
    pub(super) assume_role: Value<Vec<AssumeRoleModel>>,
}

impl Model for ProviderModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            region: object.take("region"),
            profile: object.take("profile"),
            access_key: object.take("access_key"),
            secret_key: object.take("secret_key"),
            token: object.take("token"),
            modal_server_url: object.take("modal_server_url"),
            endpoints: object.take_blocks("endpoints"),
            default_tags: object.take_blocks("default_tags"),
            assume_role: object.take_blocks("assume_role"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            region,
            profile,
            access_key,
            secret_key,
            token,
            modal_server_url,
            endpoints,
            default_tags,
            assume_role,
        } = self;
        object.put("region", region);
        object.put("profile", profile);
        object.put("access_key", access_key);
        object.put("secret_key", secret_key);
        object.put("token", token);
        object.put("modal_server_url", modal_server_url);
        object.put_blocks("endpoints", endpoints);
        object.put_blocks("default_tags", default_tags);
        object.put_blocks("assume_role", assume_role);
    }
}

#[derive(Clone, Default)]
pub(super) struct EndpointsModel {
    pub(super) iam: Value<String>,
    pub(super) lambda: Value<String>,
    pub(super) logs: Value<String>,
    pub(super) secretsmanager: Value<String>,
    pub(super) sts: Value<String>,
}

impl Model for EndpointsModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            iam: object.take("iam"),
            lambda: object.take("lambda"),
            logs: object.take("logs"),
            secretsmanager: object.take("secretsmanager"),
            sts: object.take("sts"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { iam, lambda, logs, secretsmanager, sts } = self;
        object.put("iam", iam);
        object.put("lambda", lambda);
        object.put("logs", logs);
        object.put("secretsmanager", secretsmanager);
        object.put("sts", sts);
    }
}

#[derive(Clone, Default)]
pub(super) struct DefaultTagsModel {
    pub(super) tags: Value<BTreeMap<String, String>>,
}

impl Model for DefaultTagsModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { tags: object.take("tags") }
    }

    fn write(self, object: &mut ObjectWriter) {
        object.put("tags", self.tags);
    }
}

#[derive(Clone, Default)]
pub(super) struct AssumeRoleModel {
    pub(super) role_arn: Value<String>,
    pub(super) session_name: Value<String>,
    pub(super) external_id: Value<String>,
}

impl Model for AssumeRoleModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            role_arn: object.take("role_arn"),
            session_name: object.take("session_name"),
            external_id: object.take("external_id"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { role_arn, session_name, external_id } = self;
        object.put("role_arn", role_arn);
        object.put("session_name", session_name);
        object.put("external_id", external_id);
    }
}
