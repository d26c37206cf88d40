//! `modal_credentials`: the Modal token that is configured where Terraform runs.

use std::path::Path;

use tf_framework::{
    Attribute, Diagnostic, EphemeralResource, Model, ObjectReader, ObjectWriter, Opened, Schema,
    Value, async_trait,
};

use crate::provider::Clients;
use crate::sentence::sentence;

/// Reads the token. Calls nobody: Terraform opens it in plans and in applies.
#[derive(Debug)]
pub(crate) struct Credentials {
    clients: Clients,
}

impl Credentials {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl EphemeralResource for Credentials {
    const TYPE_NAME: &'static str = "credentials";
    type Model = CredentialsModel;

    fn schema() -> Schema {
        Schema::new(
            "The Modal token that is configured where Terraform runs, for the write-only \
             attributes of `modal_token_secret`: from there to Secrets Manager, and into no state \
             and no plan. Without arguments it is the provider's: of the provider block, the \
             variables `MODAL_TOKEN_ID` and `MODAL_TOKEN_SECRET`, or Modal's file. Terraform 1.11 \
             or later.",
        )
        .attribute(
            "profile",
            Attribute::string(
                "Profile in Modal's file to read, whatever the provider block and the environment \
                 say. The active one where only `config_path` is set.",
            ),
        )
        .attribute(
            "config_path",
            Attribute::string(
                "Modal's file to read, whatever the provider block and the environment say. \
                 `MODAL_CONFIG_PATH`, else `~/.modal.toml`, where only `profile` is set.",
            ),
        )
        .attribute("token_id", Attribute::string("ID of the token, `ak-…`.").computed())
        .attribute(
            "token_secret",
            Attribute::string("Secret of the token, `as-…`.").computed().sensitive(),
        )
    }

    async fn open(
        &self,
        config: CredentialsModel,
        _warnings: &mut Vec<Diagnostic>,
    ) -> Result<Opened<CredentialsModel>, Diagnostic> {
        let profile = config.profile.known().map(String::as_str);
        let config_path = config.config_path.known().map(Path::new);
        let token = self.clients.modal.token(profile, config_path).map_err(|error| {
            let found = Diagnostic::error("Cannot read the Modal token", sentence(&error));
            match (profile, config_path) {
                (Some(_), _) => found.at("profile"),
                (None, Some(_)) => found.at("config_path"),
                (None, None) => found,
            }
        })?;
        Ok(Opened::new(CredentialsModel {
            token_id: Value::Known(token.id.value),
            token_secret: token.secret.value.expose().into(),
            ..config
        }))
    }
}

/// Attributes.
#[derive(Clone, Default)]
pub(crate) struct CredentialsModel {
    profile: Value<String>,
    config_path: Value<String>,
    token_id: Value<String>,
    token_secret: Value<String>,
}

impl Model for CredentialsModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            profile: object.take("profile"),
            config_path: object.take("config_path"),
            token_id: object.take("token_id"),
            token_secret: object.take("token_secret"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { profile, config_path, token_id, token_secret } = self;
        object.put("profile", profile);
        object.put("config_path", config_path);
        object.put("token_id", token_id);
        object.put("token_secret", token_secret);
    }
}
