//! What tells one trigger from all others.

use tf_framework::{Diagnostic, IdentitySchema, Model, ObjectReader, ObjectWriter, Type, Value};

use super::BridgeTriggerModel;
use crate::aws::Aws;
use crate::resources::identity::check_account;

pub(super) fn schema() -> IdentitySchema {
    IdentitySchema::new()
        .optional("account_id", Type::String, "AWS account. The provider's unless given.")
        .optional("region", Type::String, "AWS region. The provider's unless given.")
        .required("bridge_name", Type::String, "Name of the bridge.")
        .required("kind", Type::String, "Kind of the trigger: the name of its block.")
        .required("key", Type::String, "What tells it from others of its kind, as in its `id`.")
}

/// The parts of the id.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct BridgeTriggerIdentity {
    account_id: Value<String>,
    pub(super) region: Value<String>,
    bridge_name: Value<String>,
    kind: Value<String>,
    key: Value<String>,
}

impl BridgeTriggerIdentity {
    pub(super) fn of(state: &BridgeTriggerModel, aws: &Aws) -> Self {
        let mut parts = state.id.known().into_iter().flat_map(|id| id.splitn(3, '/'));
        let mut part = || Value::from(parts.next().map(str::to_owned));
        Self {
            account_id: aws.caller.known().map(|caller| caller.account_id.clone()).into(),
            region: state.region.clone(),
            bridge_name: part(),
            kind: part(),
            key: part(),
        }
    }

    /// The parts in one.
    pub(super) fn id(&self) -> Result<String, Diagnostic> {
        let bridge = self.bridge_name.require("bridge_name")?;
        Ok(format!("{bridge}/{}/{}", self.kind.require("kind")?, self.key.require("key")?))
    }

    /// Whether an import can find it.
    pub(super) async fn check(&self, aws: &Aws, attempt: &str) -> Result<(), Diagnostic> {
        check_account(aws, attempt, &self.account_id).await
    }
}

impl Model for BridgeTriggerIdentity {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            account_id: object.take("account_id"),
            region: object.take("region"),
            bridge_name: object.take("bridge_name"),
            kind: object.take("kind"),
            key: object.take("key"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { account_id, region, bridge_name, kind, key } = self;
        object.put("account_id", account_id);
        object.put("region", region);
        object.put("bridge_name", bridge_name);
        object.put("kind", kind);
        object.put("key", key);
    }
}
