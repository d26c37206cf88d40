//! The blocks inside the provider block, as they were written.

use std::collections::{BTreeMap, BTreeSet};

use tf_framework::{Model, ObjectReader, ObjectWriter, Value};

/// `assume_role`
#[derive(Clone, Default)]
pub(super) struct AssumeRoleModel {
    pub(super) role_arn: Value<String>,
    pub(super) session_name: Value<String>,
    pub(super) external_id: Value<String>,
    pub(super) duration: Value<String>,
    pub(super) policy: Value<String>,
    pub(super) policy_arns: Value<BTreeSet<String>>,
    pub(super) source_identity: Value<String>,
    pub(super) tags: Value<BTreeMap<String, String>>,
    pub(super) transitive_tag_keys: Value<BTreeSet<String>>,
}

impl Model for AssumeRoleModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            role_arn: object.take("role_arn"),
            session_name: object.take("session_name"),
            external_id: object.take("external_id"),
            duration: object.take("duration"),
            policy: object.take("policy"),
            policy_arns: object.take("policy_arns"),
            source_identity: object.take("source_identity"),
            tags: object.take("tags"),
            transitive_tag_keys: object.take("transitive_tag_keys"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            role_arn,
            session_name,
            external_id,
            duration,
            policy,
            policy_arns,
            source_identity,
            tags,
            transitive_tag_keys,
        } = self;
        object.put("role_arn", role_arn);
        object.put("session_name", session_name);
        object.put("external_id", external_id);
        object.put("duration", duration);
        object.put("policy", policy);
        object.put("policy_arns", policy_arns);
        object.put("source_identity", source_identity);
        object.put("tags", tags);
        object.put("transitive_tag_keys", transitive_tag_keys);
    }
}

/// `assume_role_with_web_identity`
#[derive(Clone, Default)]
pub(super) struct WebIdentityModel {
    pub(super) role_arn: Value<String>,
    pub(super) session_name: Value<String>,
    pub(super) web_identity_token: Value<String>,
    pub(super) web_identity_token_file: Value<String>,
    pub(super) duration: Value<String>,
    pub(super) policy: Value<String>,
    pub(super) policy_arns: Value<BTreeSet<String>>,
}

impl Model for WebIdentityModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            role_arn: object.take("role_arn"),
            session_name: object.take("session_name"),
            web_identity_token: object.take("web_identity_token"),
            web_identity_token_file: object.take("web_identity_token_file"),
            duration: object.take("duration"),
            policy: object.take("policy"),
            policy_arns: object.take("policy_arns"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            role_arn,
            session_name,
            web_identity_token,
            web_identity_token_file,
            duration,
            policy,
            policy_arns,
        } = self;
        object.put("role_arn", role_arn);
        object.put("session_name", session_name);
        object.put("web_identity_token", web_identity_token);
        object.put("web_identity_token_file", web_identity_token_file);
        object.put("duration", duration);
        object.put("policy", policy);
        object.put("policy_arns", policy_arns);
    }
}

/// `endpoints`
#[derive(Clone, Default)]
pub(super) struct EndpointsModel {
    pub(super) apigatewayv2: Value<String>,
    pub(super) ec2: Value<String>,
    pub(super) events: Value<String>,
    pub(super) iam: Value<String>,
    pub(super) lambda: Value<String>,
    pub(super) logs: Value<String>,
    pub(super) s3: Value<String>,
    pub(super) scheduler: Value<String>,
    pub(super) secretsmanager: Value<String>,
    pub(super) sns: Value<String>,
    pub(super) sqs: Value<String>,
    pub(super) sts: Value<String>,
}

impl Model for EndpointsModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            apigatewayv2: object.take("apigatewayv2"),
            ec2: object.take("ec2"),
            events: object.take("events"),
            iam: object.take("iam"),
            lambda: object.take("lambda"),
            logs: object.take("logs"),
            s3: object.take("s3"),
            scheduler: object.take("scheduler"),
            secretsmanager: object.take("secretsmanager"),
            sns: object.take("sns"),
            sqs: object.take("sqs"),
            sts: object.take("sts"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            apigatewayv2,
            ec2,
            events,
            iam,
            lambda,
            logs,
            s3,
            scheduler,
            secretsmanager,
            sns,
            sqs,
            sts,
        } = self;
        object.put("apigatewayv2", apigatewayv2);
        object.put("ec2", ec2);
        object.put("events", events);
        object.put("iam", iam);
        object.put("lambda", lambda);
        object.put("logs", logs);
        object.put("s3", s3);
        object.put("scheduler", scheduler);
        object.put("secretsmanager", secretsmanager);
        object.put("sns", sns);
        object.put("sqs", sqs);
        object.put("sts", sts);
    }
}

/// `default_tags`
#[derive(Clone, Default)]
pub(super) struct DefaultTagsModel {
    pub(super) tags: Value<BTreeMap<String, String>>,
}

impl Model for DefaultTagsModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { tags: object.take("tags") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { tags } = self;
        object.put("tags", tags);
    }
}

/// `ignore_tags`
#[derive(Clone, Default)]
pub(super) struct IgnoreTagsModel {
    pub(super) keys: Value<BTreeSet<String>>,
    pub(super) key_prefixes: Value<BTreeSet<String>>,
}

impl Model for IgnoreTagsModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { keys: object.take("keys"), key_prefixes: object.take("key_prefixes") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { keys, key_prefixes } = self;
        object.put("keys", keys);
        object.put("key_prefixes", key_prefixes);
    }
}
