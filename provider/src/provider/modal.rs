//! The Modal side of the provider block: all of it optional, and all of it prefixed, because `token`
//! and `profile` are AWS's.

use bridge_contract::check_server_url;
use tf_framework::{Attribute, Model, ObjectReader, ObjectWriter, Schema, Validator, Value};

use super::settings::given;
use crate::modal::ModalBlock;
use crate::secret_string::SecretString;

/// Adds the attributes.
pub(super) fn attributes(schema: Schema) -> Schema {
    schema
        .attribute(
            "modal_token_id",
            Attribute::string(
                "ID of the Modal token, `ak-…`, with which data sources ask Modal. Also \
                 `MODAL_TOKEN_ID`, or the profile's `token_id`. Resources do not need it: one that \
                 holds a token is given a token of its own.",
            ),
        )
        .attribute(
            "modal_token_secret",
            Attribute::string(
                "Secret of that token, `as-…`. Also `MODAL_TOKEN_SECRET`, or the profile's \
                 `token_secret`.",
            )
            .sensitive(),
        )
        .attribute(
            "modal_profile",
            Attribute::string(
                "Profile in Modal's file, `~/.modal.toml` or what `MODAL_CONFIG_PATH` names. Also \
                 `MODAL_PROFILE`; else the active one, else `default`. As in Modal's own client, \
                 `MODAL_TOKEN_ID` and the other variables win over what the profile says.",
            ),
        )
        .attribute(
            "modal_environment",
            Attribute::string(
                "Modal environment of what names none. Also `MODAL_ENVIRONMENT`, or the profile's \
                 `environment`.",
            ),
        )
        .attribute(
            "modal_server_url",
            Attribute::string(
                "Modal server that this provider and the bridges call, where it is not Modal's \
                 own. `https`, or `http` on this machine alone. Also `MODAL_SERVER_URL`, or the \
                 profile's `server_url`. The Lambda functions get it as `MODAL_SERVER_URL`.",
            )
            .validate(Validator::text(|url| {
                check_server_url(url).map_err(|error| format!("is not usable: {error}."))
            })),
        )
        .attribute(
            "skip_token_verification",
            Attribute::bool(
                "Never ask Modal about the tokens of `modal_token_secret`, whatever their `verify` \
                 says: for machines that cannot reach Modal. `false` unless set.",
            ),
        )
}

/// What was written of it.
#[derive(Clone, Default)]
pub(super) struct ModalModel {
    token_id: Value<String>,
    token_secret: Value<String>,
    profile: Value<String>,
    environment: Value<String>,
    server_url: Value<String>,
    skip_token_verification: Value<bool>,
}

impl Model for ModalModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            token_id: object.take("modal_token_id"),
            token_secret: object.take("modal_token_secret"),
            profile: object.take("modal_profile"),
            environment: object.take("modal_environment"),
            server_url: object.take("modal_server_url"),
            skip_token_verification: object.take("skip_token_verification"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            token_id,
            token_secret,
            profile,
            environment,
            server_url,
            skip_token_verification,
        } = self;
        object.put("modal_token_id", token_id);
        object.put("modal_token_secret", token_secret);
        object.put("modal_profile", profile);
        object.put("modal_environment", environment);
        object.put("modal_server_url", server_url);
        object.put("skip_token_verification", skip_token_verification);
    }
}

impl ModalModel {
    /// What is empty is left to the environment, here too.
    pub(super) fn settings(&self) -> ModalBlock {
        ModalBlock {
            token_id: given(&self.token_id),
            token_secret: given(&self.token_secret).map(SecretString::new),
            profile: given(&self.profile),
            environment: given(&self.environment),
            server_url: given(&self.server_url),
            skip_token_verification: self.skip_token_verification == Value::Known(true),
        }
    }
}
