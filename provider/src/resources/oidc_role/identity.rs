//! What tells one role from all others.

use tf_framework::{Diagnostic, IdentitySchema, Model, ObjectReader, ObjectWriter, Type, Value};

use super::OidcRoleModel;
use crate::aws::Aws;
use crate::resources::identity::{account_of, check_account};

pub(super) fn schema() -> IdentitySchema {
    IdentitySchema::new()
        .optional("account_id", Type::String, "AWS account. The provider's unless given.")
        .required("name", Type::String, "Name of the role.")
}

/// Names are unique in an account.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct OidcRoleIdentity {
    pub(super) account_id: Value<String>,
    pub(super) name: Value<String>,
}

impl OidcRoleIdentity {
    pub(super) fn of(state: &OidcRoleModel) -> Self {
        Self { account_id: account_of(&state.arn), name: state.name.clone() }
    }

    /// That of the role with this ARN and name.
    pub(crate) fn named(arn: &str, name: &str) -> Self {
        Self { account_id: account_of(&arn.into()), name: name.into() }
    }

    /// Whether an import can find it.
    pub(super) async fn check(&self, aws: &Aws, attempt: &str) -> Result<(), Diagnostic> {
        check_account(aws, attempt, &self.account_id).await
    }
}

impl Model for OidcRoleIdentity {
    fn read(object: &mut ObjectReader) -> Self {
        Self { account_id: object.take("account_id"), name: object.take("name") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { account_id, name } = self;
        object.put("account_id", account_id);
        object.put("name", name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_known_by_its_account_and_name() {
        let state = OidcRoleModel {
            name: "thumbnails".into(),
            arn: "arn:aws:iam::111122223333:role/teams/ml/thumbnails".into(),
            ..OidcRoleModel::default()
        };
        let identity =
            OidcRoleIdentity { account_id: "111122223333".into(), name: "thumbnails".into() };
        assert_eq!(OidcRoleIdentity::of(&state), identity);
    }
}
