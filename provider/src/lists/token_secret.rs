//! `modal_token_secret`: the secrets of a region that may hold a Modal token.

use std::collections::BTreeMap;

use tf_framework::{
    Attribute, Diagnostic, Found, List, ListResource, Listed, Model, ObjectReader, ObjectWriter,
    Schema, Type, Validator, Value, async_trait,
};

use crate::aws::secrets::SecretFilter;
use crate::provider::Clients;
use crate::resources::{TokenSecret, TokenSecretIdentity, cannot, check_region};

/// Looks through the secrets.
#[derive(Debug)]
pub(crate) struct TokenSecretList {
    clients: Clients,
}

impl TokenSecretList {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl ListResource for TokenSecretList {
    type Resource = TokenSecret;
    type Model = TokenSecretListModel;

    fn schema() -> Schema {
        Schema::new(
            "The secrets of a region by name or tags, whoever made them: for audits, and to bring \
             them under Terraform. Which of them hold a Modal token shows in their values only, \
             and those are never read: so `name_prefix` or `tags` must say which are meant. \
             Secrets that wait for their deletion are left out.",
        )
        .attribute("name_prefix", Attribute::string("How the names begin, such as `modal/`."))
        .attribute(
            "tags",
            Attribute::new(
                Type::map(Type::String),
                "Tags that the secrets have, each with this value.",
            ),
        )
        .attribute(
            "region",
            Attribute::string("AWS region of the secrets. The provider's unless set.")
                .validate(Validator::text(check_region)),
        )
    }

    fn validate(config: &TokenSecretListModel) -> Vec<Diagnostic> {
        let says_nothing = match (&config.name_prefix, &config.tags) {
            (Value::Unknown, _) | (_, Value::Unknown) => false,
            (prefix, tags) => {
                prefix.known().is_none_or(String::is_empty)
                    && tags.known().is_none_or(BTreeMap::is_empty)
            }
        };
        let missing = || {
            let detail = "Set name_prefix or tags: an account has other secrets, too.";
            Diagnostic::error("Nothing says which secrets are meant", detail)
        };
        says_nothing.then(missing).into_iter().collect()
    }

    async fn list(
        &self,
        request: List<TokenSecretListModel>,
        found: &mut Found<TokenSecret>,
    ) -> Result<(), Diagnostic> {
        let attempt = "list secrets";
        let config = request.config;
        let secrets = self.clients.aws_in(&config.region).secrets;
        let filter = SecretFilter {
            name_prefix: config.name_prefix.into_known().filter(|prefix| !prefix.is_empty()),
            tags: config.tags.into_known().unwrap_or_default(),
        };
        let mut from = None;
        loop {
            let page = secrets.list_secrets(&filter, from).await;
            let (page, next) = page.map_err(|error| cannot(attempt, &error))?;
            for secret in page {
                let resource = if request.include_resource {
                    // One that is deleted meanwhile is none.
                    let Some(state) = self.state(&secret.arn).await? else { continue };
                    Some(state)
                } else {
                    None
                };
                let listed = Listed {
                    identity: TokenSecretIdentity::of_arn(&secret.arn),
                    display_name: secret.name,
                    resource,
                };
                if found.send(listed).await.is_break() {
                    return Ok(());
                }
            }
            from = next;
            if from.is_none() {
                return Ok(());
            }
        }
    }
}

impl TokenSecretList {
    async fn state(
        &self,
        arn: &str,
    ) -> Result<Option<<TokenSecret as tf_framework::Resource>::Model>, Diagnostic> {
        let found = TokenSecret::new(self.clients.clone()).find(arn).await;
        found.map_err(|error| cannot(&format!("read secret {arn}"), &error))
    }
}

/// The `config` block.
#[derive(Debug, Clone, Default)]
pub(crate) struct TokenSecretListModel {
    name_prefix: Value<String>,
    tags: Value<BTreeMap<String, String>>,
    region: Value<String>,
}

impl Model for TokenSecretListModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            name_prefix: object.take("name_prefix"),
            tags: object.take("tags"),
            region: object.take("region"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { name_prefix, tags, region } = self;
        object.put("name_prefix", name_prefix);
        object.put("tags", tags);
        object.put("region", region);
    }
}
