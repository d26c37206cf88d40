//! What tells one bridge from all others.

use tf_framework::{Diagnostic, IdentitySchema, Model, ObjectReader, ObjectWriter, Type, Value};

use super::BridgeFunctionModel;
use crate::aws::Aws;
use crate::resources::identity::{account_of, check_place, region_of};

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
    /// With nulls while there is no Lambda function: it is what the region is known by.
    pub(super) fn of(state: &BridgeFunctionModel) -> Self {
        Self {
            account_id: account_of(&state.arn),
            region: region_of(&state.arn),
            name: state.name.clone(),
        }
    }

    /// Whether an import can find it.
    pub(super) async fn check(&self, aws: &Aws, attempt: &str) -> Result<(), Diagnostic> {
        check_place(aws, attempt, &self.account_id, &self.region).await
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

    #[test]
    fn a_bridge_is_known_by_account_region_and_name() {
        let identity = BridgeFunctionIdentity {
            account_id: "111122223333".into(),
            region: "us-east-1".into(),
            name: "thumbnails".into(),
        };
        assert_eq!(BridgeFunctionIdentity::of(&planned()), identity);
    }

    #[test]
    fn without_a_function_account_and_region_are_not_known() {
        let identity = BridgeFunctionIdentity::of(&planned().without_objects());
        assert_eq!((identity.account_id, identity.region), (Value::Null, Value::Null));
        assert_eq!(identity.name, "thumbnails".into());
    }
}
