//! From the provider block to the settings of AWS.

use tf_framework::Value;

use super::ProviderModel;
use crate::aws::{AssumeRole, AwsSettings, Endpoints};
use crate::secret_string::SecretString;
use crate::tag_rules::TagRules;

impl ProviderModel {
    /// What is empty is left to the environment, as in `hashicorp/aws`.
    pub(super) fn settings(&self) -> AwsSettings {
        let endpoints = first(&self.endpoints).map(|block| Endpoints {
            iam: given(&block.iam),
            lambda: given(&block.lambda),
            logs: given(&block.logs),
            secretsmanager: given(&block.secretsmanager),
            sts: given(&block.sts),
        });
        let assume_role = first(&self.assume_role).and_then(|block| {
            Some(AssumeRole {
                role_arn: given(&block.role_arn)?,
                session_name: given(&block.session_name),
                external_id: given(&block.external_id),
            })
        });
        AwsSettings {
            region: given(&self.region),
            profile: given(&self.profile),
            access_key: given(&self.access_key),
            secret_key: given(&self.secret_key).map(SecretString::new),
            token: given(&self.token).map(SecretString::new),
            endpoints: endpoints.unwrap_or_default(),
            assume_role,
        }
    }

    pub(super) fn tag_rules(&self) -> TagRules {
        let tags = first(&self.default_tags).and_then(|block| block.tags.known().cloned());
        TagRules { default_tags: tags.unwrap_or_default(), ..TagRules::default() }
    }
}

/// The one block of a kind that may stand once.
fn first<M>(blocks: &Value<Vec<M>>) -> Option<&M> {
    blocks.known().and_then(|blocks| blocks.first())
}

fn given(value: &Value<String>) -> Option<String> {
    value.known().filter(|text| !text.is_empty()).cloned()
}
