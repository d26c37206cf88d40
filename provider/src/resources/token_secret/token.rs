//! The value of a secret: a token, or a placeholder; and which version of it is ours.

use bridge_contract::{PLACEHOLDER_TOKEN_ID, TOKEN_ID_KEY, TOKEN_SECRET_KEY};
use serde_json::json;
use tf_framework::Diagnostic;
use uuid::Uuid;

use super::TokenSecretModel;
use crate::secret_string::SecretString;

/// What `token_status` says.
pub(super) const PLACEHOLDER: &str = "placeholder";
pub(super) const MANAGED: &str = "managed";
pub(super) const EXTERNAL: &str = "external";

/// A token, complete.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) id: String,
    pub(super) secret: SecretString,
}

impl Token {
    /// The token that a configuration gives; `None` for a placeholder.
    pub(super) fn of(config: &TokenSecretModel) -> Result<Option<Self>, Diagnostic> {
        let id = config.token_id.known().or(config.token_id_wo.known());
        let secret = config.token_secret_wo.known().or(config.token_secret.known());
        match (id, secret) {
            (Some(id), Some(secret)) if !id.is_empty() && !secret.is_empty() => {
                Ok(Some(Self { id: id.clone(), secret: SecretString::new(secret) }))
            }
            (None, None) => Ok(None),
            _ => Err(Diagnostic::error(
                "Incomplete Modal token",
                "The token's ID or its secret is empty. An ephemeral variable must be given again \
                 at apply.",
            )
            .at(config.token_id_attribute())),
        }
    }

    /// The JSON that bridges read.
    pub(super) fn value(&self) -> SecretString {
        secret_value(&self.id, self.secret.expose())
    }
}

/// What a secret is made with until somebody fills it in.
pub(super) fn placeholder() -> SecretString {
    secret_value(PLACEHOLDER_TOKEN_ID, &Uuid::new_v4().simple().to_string())
}

fn secret_value(id: &str, secret: &str) -> SecretString {
    SecretString::new(json!({ TOKEN_ID_KEY: id, TOKEN_SECRET_KEY: secret }).to_string())
}

/// The version that this resource wrote last, kept beside the state.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) version_id: String,
    pub(super) status: &'static str,
}

impl Written {
    pub(super) fn to_private(&self) -> Vec<u8> {
        json!({ "version_id": self.version_id, "status": self.status }).to_string().into_bytes()
    }

    pub(super) fn from_private(private: &[u8]) -> Option<Self> {
        let json: serde_json::Value = serde_json::from_slice(private).ok()?;
        let status = json["status"].as_str()?;
        let status = [PLACEHOLDER, MANAGED].into_iter().find(|known| *known == status)?;
        Some(Self { version_id: json["version_id"].as_str()?.to_owned(), status })
    }
}

#[cfg(test)]
mod tests {
    use tf_framework::Value;

    use super::*;

    fn config() -> TokenSecretModel {
        TokenSecretModel {
            token_id: "ak-1".into(),
            token_secret: "as-1".into(),
            ..TokenSecretModel::default()
        }
    }

    #[test]
    fn what_was_written_is_kept_beside_the_state() {
        let written = Written { version_id: "v1".to_owned(), status: MANAGED };
        assert_eq!(Written::from_private(&written.to_private()), Some(written));
        for private in ["", "{}", r#"{"version_id":"v1","status":"other"}"#] {
            assert_eq!(Written::from_private(private.as_bytes()), None, "{private}");
        }
    }

    #[test]
    fn a_token_is_whole_or_a_placeholder_is_meant() {
        assert!(Token::of(&TokenSecretModel::default()).unwrap().is_none());
        let hidden = TokenSecretModel {
            token_id: Value::Null,
            token_id_wo: "ak-1".into(),
            token_secret: Value::Null,
            token_secret_wo: "as-1".into(),
            ..TokenSecretModel::default()
        };
        for config in [config(), hidden] {
            let token = Token::of(&config).unwrap().unwrap();
            assert_eq!(
                token.value().expose(),
                r#"{"MODAL_TOKEN_ID":"ak-1","MODAL_TOKEN_SECRET":"as-1"}"#
            );
            assert!(!format!("{token:?}").contains("as-1"));
        }
        for token_secret in [Value::Null, "".into()] {
            let half = TokenSecretModel { token_secret, ..config() };
            assert!(Token::of(&half).is_err());
        }
    }
}
