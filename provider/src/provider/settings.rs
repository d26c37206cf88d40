//! From the provider block to what is made with it. What is empty counts as left out, as in
//! `hashicorp/aws`.

use std::time::Duration;

use tf_framework::Value;

use super::ProviderModel;
use super::blocks::{AssumeRoleModel, EndpointsModel, WebIdentityModel};
use super::duration::parse_duration;
use crate::aws::Patience;
use crate::aws::config::{
    AccountRules, AssumeRole, AwsEnvironment, AwsSettings, Endpoints, HttpSettings, WebIdentity,
};
use crate::secret_string::SecretString;
use crate::tag_rules::{IgnoredTags, TagRules};
use crate::tags::Tags;

impl ProviderModel {
    /// What the block says of AWS.
    pub(super) fn settings(&self, patience: Patience) -> AwsSettings {
        AwsSettings {
            region: given(&self.region),
            skip_region_validation: yes(&self.skip_region_validation),
            profile: given(&self.profile),
            shared_config_files: or_default(&self.shared_config_files),
            shared_credentials_files: or_default(&self.shared_credentials_files),
            access_key: given(&self.access_key),
            secret_key: given(&self.secret_key).map(SecretString::new),
            token: given(&self.token).map(SecretString::new),
            skip_metadata_api_check: given(&self.skip_metadata_api_check)
                .and_then(|text| parse_bool(&text)),
            web_identity: first(&self.assume_role_with_web_identity).and_then(web_identity),
            assume_roles: each(&self.assume_role).filter_map(assume_role).collect(),
            endpoints: endpoints(each(&self.endpoints)),
            sts_region: given(&self.sts_region),
            use_fips_endpoint: yes(&self.use_fips_endpoint),
            use_dualstack_endpoint: yes(&self.use_dualstack_endpoint),
            max_retries: self
                .max_retries
                .known()
                .and_then(|count| u32::try_from(*count).ok())
                .filter(|count| *count > 0),
            retry_mode: given(&self.retry_mode),
            http: HttpSettings {
                // An empty proxy is none, whatever the environment says.
                http_proxy: self.http_proxy.known().map(SecretString::new),
                https_proxy: self.https_proxy.known().map(SecretString::new),
                no_proxy: given(&self.no_proxy),
                custom_ca_bundle: given(&self.custom_ca_bundle),
                insecure: yes(&self.insecure),
            },
            accounts: AccountRules {
                allowed: or_default(&self.allowed_account_ids),
                forbidden: or_default(&self.forbidden_account_ids),
            },
            skip_credentials_validation: yes(&self.skip_credentials_validation),
            skip_requesting_account_id: yes(&self.skip_requesting_account_id),
            patience,
        }
    }

    /// What the block and the environment say of tags. The block's own win.
    pub(super) fn tag_rules(&self, environment: &AwsEnvironment) -> TagRules {
        let tag = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        let mut default_tags: Tags =
            environment.with_prefix("TF_AWS_DEFAULT_TAGS_").map(tag).collect();
        default_tags.extend(
            first(&self.default_tags).map(|block| or_default(&block.tags)).into_iter().flatten(),
        );
        let ignored = first(&self.ignore_tags);
        let mut ignored = ignored.map_or_else(IgnoredTags::default, |block| IgnoredTags {
            keys: or_default(&block.keys),
            key_prefixes: or_default(&block.key_prefixes),
        });
        ignored.keys.extend(environment.list("TF_AWS_IGNORE_TAGS_KEYS"));
        ignored.key_prefixes.extend(environment.list("TF_AWS_IGNORE_TAGS_KEY_PREFIXES"));
        TagRules { default_tags, ignored }
    }
}

fn assume_role(block: &AssumeRoleModel) -> Option<AssumeRole> {
    Some(AssumeRole {
        role_arn: given(&block.role_arn)?,
        session_name: given(&block.session_name),
        duration: duration(&block.duration),
        external_id: given(&block.external_id),
        policy: given(&block.policy),
        policy_arns: or_default(&block.policy_arns),
        source_identity: given(&block.source_identity),
        tags: or_default(&block.tags),
        transitive_tag_keys: or_default(&block.transitive_tag_keys),
    })
}

fn web_identity(block: &WebIdentityModel) -> Option<WebIdentity> {
    Some(WebIdentity {
        role_arn: given(&block.role_arn)?,
        session_name: given(&block.session_name),
        duration: duration(&block.duration),
        policy: given(&block.policy),
        policy_arns: or_default(&block.policy_arns),
        token: given(&block.web_identity_token).map(SecretString::new),
        token_file: given(&block.web_identity_token_file),
    })
}

/// Of several blocks, the last that names a service counts.
fn endpoints<'a>(blocks: impl Iterator<Item = &'a EndpointsModel>) -> Endpoints {
    blocks.fold(Endpoints::default(), |before, block| Endpoints {
        apigatewayv2: given(&block.apigatewayv2).or(before.apigatewayv2),
        ec2: given(&block.ec2).or(before.ec2),
        events: given(&block.events).or(before.events),
        iam: given(&block.iam).or(before.iam),
        lambda: given(&block.lambda).or(before.lambda),
        logs: given(&block.logs).or(before.logs),
        s3: given(&block.s3).or(before.s3),
        scheduler: given(&block.scheduler).or(before.scheduler),
        secretsmanager: given(&block.secretsmanager).or(before.secretsmanager),
        sns: given(&block.sns).or(before.sns),
        sqs: given(&block.sqs).or(before.sqs),
        sts: given(&block.sts).or(before.sts),
    })
}

/// As Go's `strconv.ParseBool` has it.
pub(super) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn duration(value: &Value<String>) -> Option<Duration> {
    parse_duration(&given(value)?)
}

fn each<M>(blocks: &Value<Vec<M>>) -> impl Iterator<Item = &M> {
    blocks.known().into_iter().flatten()
}

/// The one block of a kind that may stand once.
fn first<M>(blocks: &Value<Vec<M>>) -> Option<&M> {
    each(blocks).next()
}

pub(super) fn given(value: &Value<String>) -> Option<String> {
    value.known().filter(|text| !text.is_empty()).cloned()
}

fn yes(value: &Value<bool>) -> bool {
    value.known().copied().unwrap_or_default()
}

fn or_default<T: Clone + Default>(value: &Value<T>) -> T {
    value.known().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::blocks::{DefaultTagsModel, IgnoreTagsModel};
    use super::*;

    fn set(values: &[&str]) -> Value<std::collections::BTreeSet<String>> {
        Value::Known(values.iter().map(|value| (*value).to_owned()).collect())
    }

    #[test]
    fn tags_of_the_environment_go_behind_those_of_the_block() {
        let variables = [
            ("TF_AWS_DEFAULT_TAGS_team", "ml"),
            ("TF_AWS_DEFAULT_TAGS_stage", "dev"),
            ("TF_AWS_IGNORE_TAGS_KEYS", "a, b"),
            ("TF_AWS_IGNORE_TAGS_KEY_PREFIXES", "cost:"),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let environment = AwsEnvironment::new(variables.map(owned));
        let tags = Value::Known([("stage", "prod")].map(owned).into());
        let model = ProviderModel {
            default_tags: Value::Known(vec![DefaultTagsModel { tags }]),
            ignore_tags: Value::Known(vec![IgnoreTagsModel {
                keys: set(&["c"]),
                key_prefixes: Value::Null,
            }]),
            ..ProviderModel::default()
        };
        let rules = model.tag_rules(&environment);
        assert_eq!(rules.default_tags, [("team", "ml"), ("stage", "prod")].map(owned).into());
        assert_eq!(Value::Known(rules.ignored.keys), set(&["a", "b", "c"]));
        assert_eq!(Value::Known(rules.ignored.key_prefixes), set(&["cost:"]));
    }

    #[test]
    fn what_is_empty_is_left_out_but_for_a_proxy() {
        let empty = || Value::from("");
        let model = ProviderModel {
            region: empty(),
            retry_mode: empty(),
            http_proxy: empty(),
            max_retries: Value::Known(0),
            skip_metadata_api_check: empty(),
            assume_role: Value::Known(vec![AssumeRoleModel {
                role_arn: empty(),
                ..AssumeRoleModel::default()
            }]),
            ..ProviderModel::default()
        };
        let settings = model.settings(Patience::default());
        assert_eq!((settings.region, settings.retry_mode), (None, None));
        assert_eq!((settings.max_retries, settings.skip_metadata_api_check), (None, None));
        assert!(settings.assume_roles.is_empty());
        assert_eq!(settings.http.http_proxy, Some(SecretString::new("")));
        assert_eq!(settings.http.https_proxy, None);
    }
}
