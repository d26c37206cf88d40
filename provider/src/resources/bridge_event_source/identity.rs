//! What tells one event source from all others.

use tf_framework::{Diagnostic, IdentitySchema, Model, ObjectReader, ObjectWriter, Type, Value};

use super::BridgeEventSourceModel;
use crate::aws::Aws;
use crate::resources::identity::{account_of, check_account, region_of};

pub(super) fn schema() -> IdentitySchema {
    IdentitySchema::new()
        .optional("account_id", Type::String, "AWS account. The provider's unless given.")
        .optional("region", Type::String, "AWS region. The provider's unless given.")
        .required("uuid", Type::String, "UUID of the event source mapping.")
}

/// Lambda makes a UUID for each mapping.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct BridgeEventSourceIdentity {
    pub(super) account_id: Value<String>,
    pub(super) region: Value<String>,
    pub(super) uuid: Value<String>,
}

impl BridgeEventSourceIdentity {
    /// Of a create that ended before there was a mapping, the UUID is empty: Terraform wants an
    /// identity of whatever there is a state of.
    pub(super) fn of(state: &BridgeEventSourceModel) -> Self {
        Self {
            account_id: account_of(&state.function_arn),
            region: region_of(&state.function_arn),
            uuid: match &state.uuid {
                Value::Null => "".into(),
                uuid => uuid.clone(),
            },
        }
    }

    /// Whether an import can find it.
    pub(super) async fn check(&self, aws: &Aws, attempt: &str) -> Result<(), Diagnostic> {
        check_account(aws, attempt, &self.account_id).await
    }
}

impl Model for BridgeEventSourceIdentity {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            account_id: object.take("account_id"),
            region: object.take("region"),
            uuid: object.take("uuid"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { account_id, region, uuid } = self;
        object.put("account_id", account_id);
        object.put("region", region);
        object.put("uuid", uuid);
    }
}
