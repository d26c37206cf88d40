//! What tells one bridge from all others.

use tf_framework::{Diagnostic, IdentitySchema, Model, ObjectReader, ObjectWriter, Type, Value};

use super::BridgeFunctionModel;
use crate::aws::Aws;
use crate::resources::identity::{account_of, check_account, region_of};

pub(super) fn schema() -> IdentitySchema {
    IdentitySchema::new()
        .optional("account_id", Type::String, "AWS account. The provider's unless given.")
        .optional("region", Type::String, "AWS region. The provider's unless given.")
        .required("name", Type::String, "Name of the Lambda function.")
}

/// Names are unique in an account and region.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct BridgeFunctionIdentity {
    pub(super) account_id: Value<String>,
    pub(super) region: Value<String>,
    pub(super) name: Value<String>,
}

impl BridgeFunctionIdentity {
    /// While there is no Lambda function whose ARN says it, a bridge is where this provider works.
    pub(super) fn of(state: &BridgeFunctionModel, aws: &Aws) -> Self {
        let here = || Value::from(aws.caller.known().map(|caller| caller.account_id.clone()));
        let account_ids = [&state.arn, &state.execution_role_arn].map(account_of);
        Self {
            account_id: account_ids.into_iter().find(|id| !id.is_null()).unwrap_or_else(here),
            region: match &state.region {
                Value::Null => aws.region.as_str().into(),
                region => region.clone(),
            },
            name: state.name.clone(),
        }
    }

    /// Of a Lambda function that has this name and ARN.
    pub(crate) fn of_function(name: &str, arn: &str) -> Self {
        let arn = arn.into();
        Self { account_id: account_of(&arn), region: region_of(&arn), name: name.into() }
    }

    /// Whether an import can find it.
    pub(super) async fn check(&self, aws: &Aws, attempt: &str) -> Result<(), Diagnostic> {
        check_account(aws, attempt, &self.account_id).await
    }
}

impl Model for BridgeFunctionIdentity {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            account_id: object.take("account_id"),
            region: object.take("region"),
            name: object.take("name"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { account_id, region, name } = self;
        object.put("account_id", account_id);
        object.put("region", region);
        object.put("name", name);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::planned;
    use super::*;
    use crate::aws::testing::Account;

    #[test]
    fn a_bridge_is_known_by_account_region_and_name() {
        let identity = BridgeFunctionIdentity {
            account_id: "111122223333".into(),
            region: "us-east-1".into(),
            name: "thumbnails".into(),
        };
        assert_eq!(BridgeFunctionIdentity::of(&planned(), &Account::new().aws()), identity);
    }

    #[tokio::test]
    async fn half_a_bridge_is_known_as_soon_as_the_account_is() {
        let aws = Account::new().aws();
        let role = BridgeFunctionModel { arn: Value::Null, ..planned() };
        let log_group = planned().without_objects();
        let account = |state| BridgeFunctionIdentity::of(state, &aws).account_id;
        assert_eq!(account(&role), "111122223333".into());
        assert_eq!(account(&log_group), Value::Null);

        aws.caller.identity().await.unwrap();
        assert_eq!(account(&log_group), "111122223333".into());
        assert_eq!(BridgeFunctionIdentity::of(&log_group, &aws).region, "us-east-1".into());
    }
}
