//! `modal_token_secret`: the Secrets Manager secret that holds a Modal token.
//!
//! The value is written and never read: a refresh needs no `GetSecretValue`.

mod identity;
#[cfg(test)]
mod rehearsal;

use std::collections::BTreeMap;

use bridge_contract::{PLACEHOLDER_TOKEN_ID, TOKEN_ID_KEY, TOKEN_SECRET_KEY};
use serde_json::json;
use tf_framework::{
    Attribute, Create, Delete, Diagnostic, IdentitySchema, ImportBy, Model, ObjectReader,
    ObjectWriter, Plan, Read, Resource, Response, Schema, Type, Update, Validator, Value,
    async_trait,
};
use uuid::Uuid;

pub(crate) use self::identity::TokenSecretIdentity;
use super::cannot::{cannot, cannot_create};
use super::identity::region_of;
use super::region;
use crate::aws::AwsError;
use crate::aws::secrets::{Deletion, NewSecret, Secret, Secrets};
use crate::provider::Clients;
use crate::secret_string::SecretString;
use crate::tag_rules::TagRules;
use crate::tags;

/// Days, as Secrets Manager has it.
const DEFAULT_RECOVERY_WINDOW: i64 = 30;

/// The key of a secret that names none, as `UpdateSecret` takes it and `DescribeSecret` may tell it.
const DEFAULT_KMS_KEY: &str = "alias/aws/secretsmanager";

const PLACEHOLDER: &str = "placeholder";
const MANAGED: &str = "managed";
const EXTERNAL: &str = "external";

/// Makes and keeps such secrets.
#[derive(Debug)]
pub(crate) struct TokenSecret {
    clients: Clients,
}

impl TokenSecret {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl Resource for TokenSecret {
    const TYPE_NAME: &'static str = "token_secret";
    type Model = TokenSecretModel;
    type Identity = TokenSecretIdentity;

    fn schema() -> Schema {
        Schema::new(
            "The Secrets Manager secret with the Modal token that bridges use. With neither \
             `token_secret_wo` nor `token_secret` it is made with a placeholder, to be filled in \
             by hand: `{\"MODAL_TOKEN_ID\": \"ak-…\", \"MODAL_TOKEN_SECRET\": \"as-…\"}`. What is \
             filled in by hand is never overwritten, and the value is never read.",
        )
        .attribute(
            "name",
            Attribute::string(
                "Name of the secret. Made up where neither it nor `name_prefix` is set. Another \
                 name means another secret.",
            )
            .optional_computed()
            .use_state_for_unknown()
            .requires_replace()
            .validate(Validator::text(check_name)),
        )
        .attribute(
            "name_prefix",
            Attribute::string("Beginning of a name that is made up. Conflicts with `name`.")
                .requires_replace()
                .validate(Validator::text(check_name)),
        )
        .attribute(
            "token_id",
            Attribute::string(
                "ID of the Modal token, `ak-…`. It is no secret. Another ID makes a new version of \
                 the secret: Modal's tokens do not change, they are replaced.",
            ),
        )
        .attribute(
            "token_secret_wo",
            Attribute::string(
                "Secret of the Modal token, `as-…`, kept in neither state nor plan. Give it an \
                 `ephemeral = true` variable. Written when `token_id` changes. Terraform 1.11 or \
                 later.",
            )
            .sensitive()
            .write_only(),
        )
        .attribute(
            "token_secret",
            Attribute::string(
                "As `token_secret_wo`, for Terraform before 1.11. **It is stored in the state.**",
            )
            .sensitive(),
        )
        .attribute(
            "recovery_window_in_days",
            Attribute::number(
                "Days during which a deleted secret can be restored: 7 to 30, or 0 for none. 30 \
                 unless set.",
            )
            .default(DEFAULT_RECOVERY_WINDOW)
            .validate(Validator::new(check_recovery_window)),
        )
        .attribute(
            "kms_key_id",
            Attribute::string("ARN, ID or alias of the KMS key. `aws/secretsmanager` unless set."),
        )
        .attribute("description", Attribute::string("What the secret is for."))
        .attribute("region", region::attribute())
        .attribute(
            "tags",
            Attribute::new(Type::map(Type::String), "Tags of the secret, by key.")
                .validate(tags::validator()),
        )
        .attribute(
            "arn",
            Attribute::string("ARN of the secret.").computed().use_state_for_unknown(),
        )
        .attribute("version_id", Attribute::string("ID of the current version.").computed())
        .attribute(
            "token_status",
            Attribute::string(
                "`managed` when the current version holds the token given here, `placeholder` \
                 until a placeholder is filled in, `external` when something else wrote it.",
            )
            .computed(),
        )
        .attribute(
            "tags_all",
            Attribute::new(Type::map(Type::String), "The tags with the provider's `default_tags`.")
                .computed(),
        )
    }

    fn identity_schema() -> Option<IdentitySchema> {
        Some(identity::schema())
    }

    fn validate(config: &TokenSecretModel) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if !config.name.is_null() && !config.name_prefix.is_null() {
            found.push(
                Diagnostic::error("Conflicting names", "Set name or name_prefix, not both.")
                    .at("name_prefix"),
            );
        }
        if !config.token_secret_wo.is_null() && !config.token_secret.is_null() {
            found.push(
                Diagnostic::error(
                    "Conflicting token secrets",
                    "Set token_secret_wo or token_secret, not both.",
                )
                .at("token_secret"),
            );
        }
        // A variable that is not known yet may turn out null; then apply complains.
        let has_secret = !config.token_secret_wo.is_null() || !config.token_secret.is_null();
        if !config.token_id.is_null() && !has_secret {
            found.push(
                Diagnostic::error(
                    "Incomplete Modal token",
                    "token_id needs token_secret_wo, or token_secret before Terraform 1.11. For a \
                     placeholder to be filled in by hand, leave out all three.",
                )
                .at("token_id"),
            );
        }
        if config.token_id.is_null() && has_secret {
            let given =
                if config.token_secret.is_null() { "token_secret_wo" } else { "token_secret" };
            found.push(
                Diagnostic::error("Incomplete Modal token", format!("{given} needs token_id."))
                    .at(given),
            );
        }
        if config.token_secret.known().is_some() {
            found.push(
                Diagnostic::warning(
                    "The token secret is stored in the state",
                    "Whoever can read the state can read token_secret. With Terraform 1.11 or \
                     later, use token_secret_wo.",
                )
                .at("token_secret"),
            );
        }
        if config.token_id.known().is_some_and(|id| !id.starts_with("ak-")) {
            found.push(
                Diagnostic::warning(
                    "This does not look like a Modal token ID",
                    "IDs of Modal tokens begin with \"ak-\", their secrets with \"as-\". Are the \
                     two swapped?",
                )
                .at("token_id"),
            );
        }
        found
    }

    fn identity(&self, state: &TokenSecretModel) -> TokenSecretIdentity {
        TokenSecretIdentity::of(state)
    }

    async fn plan(&self, plan: &mut Plan<TokenSecretModel>) -> Result<(), Diagnostic> {
        let prior = plan.prior.as_ref().map(|prior| &prior.region);
        let region = region::planned(&plan.config.region, prior, &self.clients.aws.region);
        plan.set("region", region);
        plan.set("tags_all", self.clients.tag_rules.planned(&plan.config.tags));
        if let Some(prior) = plan.prior.clone() {
            // Nothing but another token makes another version.
            if prior.holds_token_of(&plan.planned) {
                plan.set("version_id", prior.version_id);
                plan.set("token_status", prior.token_status);
            }
        }
        Ok(())
    }

    async fn create(
        &self,
        request: Create<TokenSecretModel>,
        response: &mut Response<TokenSecretModel>,
    ) -> Result<(), Diagnostic> {
        let Create { mut plan, config, .. } = request;
        let name = plan.name.known().cloned().unwrap_or_else(|| made_up_name(&plan.name_prefix));
        let token = config.token()?;
        let status = if token.is_some() { MANAGED } else { PLACEHOLDER };
        let value = token.map_or_else(placeholder, |token| token.value());
        let desired = NewSecret {
            name: name.clone(),
            description: plan.description.known().cloned().unwrap_or_default(),
            kms_key_id: plan.kms_key_id.known().cloned(),
            tags: plan.tags_all.require("tags_all")?.clone(),
            value,
        };
        let created =
            self.clients.aws_in(&plan.region).secrets.create_secret(&desired).await.map_err(
                |error| {
                    let attempt = format!("create secret {name:?}");
                    let found = cannot_create(&attempt, &error, Self::TYPE_NAME, &name);
                    found.at("name")
                },
            )?;
        plan.name = Value::Known(name);
        plan.arn = Value::Known(created.arn);
        plan.version_id = Value::Known(created.version_id.clone());
        plan.token_status = status.into();
        response.set_private(Written { version_id: created.version_id, status }.to_private());
        response.set_state(plan);
        Ok(())
    }

    async fn read(
        &self,
        request: Read<TokenSecretModel>,
        response: &mut Response<TokenSecretModel>,
    ) -> Result<(), Diagnostic> {
        let state = request.state;
        let arn = state.arn.require("arn")?.clone();
        let found = self.secrets_of(&state).find_secret(&arn).await;
        match found.map_err(|error| cannot(&format!("read secret {arn}"), &error))? {
            Some(secret) if !secret.scheduled_for_deletion => {
                let written = Written::from_private(response.private());
                let tag_rules = &self.clients.tag_rules;
                response.set_state(observed(secret, state, written.as_ref(), tag_rules));
            }
            _ => response.remove(),
        }
        Ok(())
    }

    async fn update(
        &self,
        request: Update<TokenSecretModel>,
        response: &mut Response<TokenSecretModel>,
    ) -> Result<(), Diagnostic> {
        let Update { prior, mut plan, config, .. } = request;
        let arn = prior.arn.require("arn")?.clone();
        let attempt = format!("update secret {arn}");
        self.update_secret(&arn, &prior, &plan).await.map_err(|error| cannot(&attempt, &error))?;
        if !prior.holds_token_of(&plan) {
            let current = match config.token()? {
                Some(token) => {
                    let put = self.secrets_of(&prior).put_value(&arn, &token.value()).await;
                    let attempt = format!("write a new version of secret {arn}");
                    let version_id = put.map_err(|error| cannot(&attempt, &error))?;
                    let written = Written { version_id: version_id.clone(), status: MANAGED };
                    response.set_private(written.to_private());
                    (Value::Known(version_id), MANAGED)
                }
                // The token stays where it is, and is no longer ours.
                None => {
                    response.set_private(Vec::new());
                    (prior.version_id, EXTERNAL)
                }
            };
            plan.version_id = current.0;
            plan.token_status = current.1.into();
        }
        response.set_state(plan);
        Ok(())
    }

    async fn delete(
        &self,
        request: Delete<TokenSecretModel>,
        _response: &mut Response<TokenSecretModel>,
    ) -> Result<(), Diagnostic> {
        let arn = request.state.arn.require("arn")?;
        let deletion = match request.state.recovery_window_in_days.known() {
            Some(0) => Deletion::Now,
            days => Deletion::AfterDays(days.copied().unwrap_or(DEFAULT_RECOVERY_WINDOW)),
        };
        let deleted = self.secrets_of(&request.state).delete_secret(arn, deletion).await;
        deleted.map_err(|error| cannot(&format!("delete secret {arn}"), &error))
    }

    async fn import(
        &self,
        by: ImportBy<TokenSecretIdentity>,
        response: &mut Response<TokenSecretModel>,
    ) -> Result<(), Diagnostic> {
        let attempt = |id: &str| format!("import secret {id:?}");
        let (id, region) = match by {
            ImportBy::Id(id) => region::of_import_id(&id),
            ImportBy::Identity(identity) => {
                let arn = identity.arn.require("arn")?;
                identity.check(&self.clients.aws, &attempt(arn)).await?;
                (arn.clone(), region_of(&identity.arn))
            }
        };
        let attempt = attempt(&id);
        let aws = self.clients.aws_in(&region);
        let found = aws.secrets.find_secret(&id).await;
        match found.map_err(|error| cannot(&attempt, &error))? {
            Some(secret) if !secret.scheduled_for_deletion => {
                let state = TokenSecretModel {
                    // AWS does not keep it; only a destroy uses it.
                    recovery_window_in_days: Value::Known(DEFAULT_RECOVERY_WINDOW),
                    ..TokenSecretModel::default()
                };
                response.set_state(observed(secret, state, None, &self.clients.tag_rules));
                Ok(())
            }
            _ => Err(Diagnostic::error(
                format!("Cannot {attempt}"),
                format!(
                    "There is no such secret in this account in {}. The id to import by is its \
                     ARN, its name, or name@region.",
                    aws.region
                ),
            )),
        }
    }
}

impl TokenSecret {
    /// Where the secret is.
    fn secrets_of(&self, state: &TokenSecretModel) -> Secrets {
        self.clients.aws_in(&region_of(&state.arn)).secrets
    }

    /// All but the value.
    async fn update_secret(
        &self,
        arn: &str,
        prior: &TokenSecretModel,
        plan: &TokenSecretModel,
    ) -> Result<(), AwsError> {
        let secrets = self.secrets_of(prior);
        if (&prior.description, &prior.kms_key_id) != (&plan.description, &plan.kms_key_id) {
            let description = plan.description.known().map_or("", String::as_str);
            let kms_key_id = match (&prior.kms_key_id, &plan.kms_key_id) {
                (_, Value::Known(key)) => Some(key.as_str()),
                (Value::Known(_), _) => Some(DEFAULT_KMS_KEY),
                _ => None,
            };
            secrets.update_secret(arn, description, kms_key_id).await?;
        }
        let have = prior.tags_all.known().cloned().unwrap_or_default();
        let want = plan.tags_all.known().cloned().unwrap_or_default();
        secrets.change_tags(arn, &self.clients.tag_rules.changes(&have, &want)).await
    }
}

/// State is AWS's word. What AWS does not tell stays: which token it is, how long to keep it.
fn observed(
    secret: Secret,
    state: TokenSecretModel,
    written: Option<&Written>,
    tag_rules: &TagRules,
) -> TokenSecretModel {
    let ours = written.filter(|written| secret.version_id.as_ref() == Some(&written.version_id));
    let visible = tag_rules.visible(&secret.tags);
    TokenSecretModel {
        name: Value::Known(secret.name),
        // A token that somebody else put in its place is not known: the plan shows it.
        token_id: if ours.is_some() { state.token_id } else { Value::Null },
        token_secret: if ours.is_some() { state.token_secret } else { Value::Null },
        token_secret_wo: Value::Null,
        // AWS knows no difference between none and an empty one.
        description: match state.description {
            before if before.known() == Some(&secret.description) => before,
            _ => Some(secret.description).filter(|text| !text.is_empty()).into(),
        },
        kms_key_id: secret.kms_key_id.filter(|key| key != DEFAULT_KMS_KEY).into(),
        tags: tag_rules.own(&visible, state.tags.known()).into(),
        region: region_of(&Value::Known(secret.arn.clone())),
        arn: Value::Known(secret.arn),
        version_id: secret.version_id.into(),
        token_status: ours.map_or(EXTERNAL, |written| written.status).into(),
        tags_all: Value::Known(visible),
        name_prefix: state.name_prefix,
        recovery_window_in_days: state.recovery_window_in_days,
    }
}

/// The version that this resource wrote last, kept beside the state.
struct Written {
    version_id: String,
    status: &'static str,
}

impl Written {
    fn to_private(&self) -> Vec<u8> {
        json!({ "version_id": self.version_id, "status": self.status }).to_string().into_bytes()
    }

    fn from_private(private: &[u8]) -> Option<Self> {
        let json: serde_json::Value = serde_json::from_slice(private).ok()?;
        let status = json["status"].as_str()?;
        let status = [PLACEHOLDER, MANAGED].into_iter().find(|known| *known == status)?;
        Some(Self { version_id: json["version_id"].as_str()?.to_owned(), status })
    }
}

/// A token, complete.
struct Token {
    id: String,
    secret: String,
}

impl Token {
    fn value(&self) -> SecretString {
        secret_value(&self.id, &self.secret)
    }
}

/// What a secret is made with until somebody fills it in.
fn placeholder() -> SecretString {
    secret_value(PLACEHOLDER_TOKEN_ID, &Uuid::new_v4().simple().to_string())
}

fn secret_value(id: &str, secret: &str) -> SecretString {
    SecretString::new(json!({ TOKEN_ID_KEY: id, TOKEN_SECRET_KEY: secret }).to_string())
}

fn made_up_name(prefix: &Value<String>) -> String {
    let prefix = prefix.known().map_or("modal-token-", String::as_str);
    format!("{prefix}{}", Uuid::new_v4().simple())
}

/// Attributes.
#[derive(Clone, Default)]
pub(crate) struct TokenSecretModel {
    name: Value<String>,
    name_prefix: Value<String>,
    token_id: Value<String>,
    token_secret_wo: Value<String>,
    token_secret: Value<String>,
    recovery_window_in_days: Value<i64>,
    kms_key_id: Value<String>,
    description: Value<String>,
    region: Value<String>,
    tags: Value<BTreeMap<String, String>>,
    arn: Value<String>,
    version_id: Value<String>,
    token_status: Value<String>,
    tags_all: Value<BTreeMap<String, String>>,
}

impl TokenSecretModel {
    /// Whether an apply of `plan` leaves the value as it is.
    fn holds_token_of(&self, plan: &Self) -> bool {
        self.token_id == plan.token_id && self.token_secret == plan.token_secret
    }

    /// The token that a configuration gives; `None` for a placeholder.
    fn token(&self) -> Result<Option<Token>, Diagnostic> {
        let secret = self.token_secret_wo.known().or(self.token_secret.known());
        match (self.token_id.known(), secret) {
            (Some(id), Some(secret)) if !id.is_empty() && !secret.is_empty() => {
                Ok(Some(Token { id: id.clone(), secret: secret.clone() }))
            }
            (None, None) => Ok(None),
            _ => Err(Diagnostic::error(
                "Incomplete Modal token",
                "The token's ID or its secret is empty. An ephemeral variable must be given again \
                 at apply.",
            )
            .at("token_id")),
        }
    }
}

impl Model for TokenSecretModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            name: object.take("name"),
            name_prefix: object.take("name_prefix"),
            token_id: object.take("token_id"),
            token_secret_wo: object.take("token_secret_wo"),
            token_secret: object.take("token_secret"),
            recovery_window_in_days: object.take("recovery_window_in_days"),
            kms_key_id: object.take("kms_key_id"),
            description: object.take("description"),
            region: object.take("region"),
            tags: object.take("tags"),
            arn: object.take("arn"),
            version_id: object.take("version_id"),
            token_status: object.take("token_status"),
            tags_all: object.take("tags_all"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            name,
            name_prefix,
            token_id,
            token_secret_wo,
            token_secret,
            recovery_window_in_days,
            kms_key_id,
            description,
            region,
            tags,
            arn,
            version_id,
            token_status,
            tags_all,
        } = self;
        object.put("name", name);
        object.put("name_prefix", name_prefix);
        object.put("token_id", token_id);
        object.put("token_secret_wo", token_secret_wo);
        object.put("token_secret", token_secret);
        object.put("recovery_window_in_days", recovery_window_in_days);
        object.put("kms_key_id", kms_key_id);
        object.put("description", description);
        object.put("region", region);
        object.put("tags", tags);
        object.put("arn", arn);
        object.put("version_id", version_id);
        object.put("token_status", token_status);
        object.put("tags_all", tags_all);
    }
}

/// Secrets Manager's rule for names.
fn check_name(name: &str) -> Result<(), String> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || "/_+=.@-".contains(letter);
    match name.len() {
        1..=512 if name.chars().all(known) => Ok(()),
        1..=512 => Err("may have letters, digits and any of /_+=.@- only.".to_owned()),
        length => Err(format!("must have 1 to 512 characters, not {length}.")),
    }
}

fn check_recovery_window(days: &tf_framework::Dynamic) -> Result<(), String> {
    match days {
        tf_framework::Dynamic::Number(days) if !matches!(days.as_i64(), Some(0 | 7..=30)) => {
            Err(format!("must be 0 or a whole number from 7 to 30, not {days}."))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use tf_framework::testing::assert_model_matches_schema;

    use super::*;
    use crate::tags::Tags;

    #[test]
    fn model_matches_schema() {
        assert_model_matches_schema::<TokenSecret>();
    }

    fn secret(version_id: &str) -> Secret {
        Secret {
            arn: "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf".to_owned(),
            name: "modal".to_owned(),
            description: String::new(),
            kms_key_id: None,
            version_id: Some(version_id.to_owned()),
            scheduled_for_deletion: false,
            tags: Tags::from([("team".to_owned(), "ml".to_owned())]),
            versions: vec![version_id.to_owned()],
        }
    }

    fn written(version_id: &str) -> Written {
        Written { version_id: version_id.to_owned(), status: MANAGED }
    }

    fn state() -> TokenSecretModel {
        TokenSecretModel {
            token_id: "ak-1".into(),
            token_secret: "as-1".into(),
            recovery_window_in_days: Value::Known(7),
            name_prefix: "mo".into(),
            ..TokenSecretModel::default()
        }
    }

    #[test]
    fn the_version_that_was_written_here_holds_the_token_given_here() {
        let model = observed(secret("v1"), state(), Some(&written("v1")), &TagRules::default());
        assert_eq!(model.token_status, MANAGED.into());
        assert!(model.holds_token_of(&state()));
        assert_eq!(model.recovery_window_in_days, Value::Known(7));
        assert_eq!(model.name_prefix, "mo".into());
    }

    #[test]
    fn another_version_holds_a_token_that_nobody_here_knows() {
        for written in [None, Some(written("v0"))] {
            let model = observed(secret("v1"), state(), written.as_ref(), &TagRules::default());
            assert_eq!(model.token_status, EXTERNAL.into());
            assert_eq!((model.token_id, model.token_secret), (Value::Null, Value::Null));
            assert_eq!(model.version_id, "v1".into());
        }
    }

    #[test]
    fn a_secret_without_a_value_has_no_version() {
        let empty = Secret { version_id: None, ..secret("v1") };
        let model = observed(empty, state(), Some(&written("v1")), &TagRules::default());
        assert_eq!(model.version_id, Value::Null);
        assert_eq!(model.token_status, EXTERNAL.into());
    }

    #[test]
    fn awss_own_key_is_none() {
        let key = |key: &str| {
            let secret = Secret { kms_key_id: Some(key.to_owned()), ..secret("v1") };
            observed(secret, state(), None, &TagRules::default()).kms_key_id
        };
        assert_eq!(key(DEFAULT_KMS_KEY), Value::Null);
        assert_eq!(key("alias/mine"), "alias/mine".into());
    }

    #[test]
    fn a_tag_of_the_provider_block_is_not_the_resources_own() {
        let default_tags = Tags::from([("team".to_owned(), "ml".to_owned())]);
        let rules = TagRules { default_tags: default_tags.clone(), ..TagRules::default() };
        let model = observed(secret("v1"), state(), None, &rules);
        assert_eq!(model.tags, Value::Null);
        assert_eq!(model.tags_all, Value::Known(default_tags));
    }

    #[test]
    fn what_was_written_is_kept_beside_the_state() {
        let read = Written::from_private(&written("v1").to_private()).unwrap();
        assert_eq!((read.version_id.as_str(), read.status), ("v1", MANAGED));
        for private in ["", "{}", r#"{"version_id":"v1","status":"other"}"#] {
            assert!(Written::from_private(private.as_bytes()).is_none(), "{private}");
        }
    }

    #[test]
    fn a_token_is_whole_or_a_placeholder_is_meant() {
        assert!(TokenSecretModel::default().token().unwrap().is_none());
        let token = state().token().unwrap().unwrap();
        assert_eq!(
            token.value().expose(),
            r#"{"MODAL_TOKEN_ID":"ak-1","MODAL_TOKEN_SECRET":"as-1"}"#
        );
        for token_secret in [Value::Null, "".into()] {
            let half = TokenSecretModel { token_secret, ..state() };
            assert!(half.token().is_err());
        }
    }

    #[test]
    fn what_is_not_known_yet_may_still_become_a_whole_token() {
        let config = TokenSecretModel {
            token_id: Value::Unknown,
            token_secret_wo: Value::Unknown,
            ..TokenSecretModel::default()
        };
        assert!(TokenSecret::validate(&config).is_empty());
    }
}
