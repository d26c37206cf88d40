//! What tells one secret from all others.

use tf_framework::{Diagnostic, IdentitySchema, Model, ObjectReader, ObjectWriter, Type, Value};

use super::TokenSecretModel;
use crate::arn::Arn;
use crate::aws::Aws;
use crate::resources::identity::{account_of, check_account, region_of};

pub(super) fn schema() -> IdentitySchema {
    IdentitySchema::new()
        .optional("account_id", Type::String, "AWS account. The provider's unless given.")
        .optional("region", Type::String, "AWS region. The provider's unless given.")
        .required("arn", Type::String, "ARN of the secret.")
}

/// Not the name: of two secrets that had it one after the other, each has an ARN of its own.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TokenSecretIdentity {
    pub(super) account_id: Value<String>,
    pub(super) region: Value<String>,
    pub(super) arn: Value<String>,
}

impl TokenSecretIdentity {
    pub(super) fn of(state: &TokenSecretModel) -> Self {
        let arn = state.arn.clone();
        Self { account_id: account_of(&arn), region: region_of(&arn), arn }
    }

    /// Of a secret that is only known by its ARN.
    pub(crate) fn of_arn(arn: &str) -> Self {
        Self::of(&TokenSecretModel { arn: arn.into(), ..TokenSecretModel::default() })
    }

    /// Whether an import can find it. The ARN says account and region too.
    pub(super) async fn check(&self, aws: &Aws, attempt: &str) -> Result<(), Diagnostic> {
        let arn = self.arn.require("arn")?;
        if Arn::parse(arn).is_none_or(|arn| arn.service != "secretsmanager") {
            return Err(Diagnostic::error(
                format!("Cannot {attempt}"),
                "The identity's arn must be the ARN of a Secrets Manager secret.",
            ));
        }
        let region = region_of(&self.arn);
        if let (Some(named), Some(region)) = (self.region.known(), region.known())
            && named != region
        {
            return Err(Diagnostic::error(
                format!("Cannot {attempt}"),
                format!("The identity names region {named}, and its arn is in {region}."),
            ));
        }
        check_account(aws, attempt, &self.account_id).await?;
        check_account(aws, attempt, &account_of(&self.arn)).await
    }
}

impl Model for TokenSecretIdentity {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            account_id: object.take("account_id"),
            region: object.take("region"),
            arn: object.take("arn"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { account_id, region, arn } = self;
        object.put("account_id", account_id);
        object.put("region", region);
        object.put("arn", arn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_account_region_and_arn() {
        let arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf";
        let state = TokenSecretModel { arn: arn.into(), ..TokenSecretModel::default() };
        let identity = TokenSecretIdentity {
            account_id: "111122223333".into(),
            region: "us-east-1".into(),
            arn: arn.into(),
        };
        assert_eq!(TokenSecretIdentity::of(&state), identity);
    }
}
