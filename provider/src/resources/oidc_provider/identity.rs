//! What tells one account's OIDC provider from another's.

use tf_framework::{IdentitySchema, Model, ObjectReader, ObjectWriter, Type, Value};

pub(super) fn schema() -> IdentitySchema {
    IdentitySchema::new().required("arn", Type::String, "ARN of the provider.")
}

/// An account has one, so the ARN is all.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct OidcProviderIdentity {
    pub(super) arn: Value<String>,
}

impl Model for OidcProviderIdentity {
    fn read(object: &mut ObjectReader) -> Self {
        Self { arn: object.take("arn") }
    }

    fn write(self, object: &mut ObjectWriter) {
        object.put("arn", self.arn);
    }
}
