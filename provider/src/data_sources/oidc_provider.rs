//! `modal_oidc_provider`: the account's OIDC provider for Modal, looked at.

use std::collections::{BTreeMap, BTreeSet};

use tf_framework::{
    Attribute, DataSource, Diagnostic, Model, ObjectReader, ObjectWriter, Schema, Type, Value,
    async_trait,
};

use crate::provider::Clients;
use crate::resources::cannot;
use crate::trust_policy::{ISSUER, oidc_provider_arn};

/// Looks for it.
#[derive(Debug)]
pub(crate) struct OidcProviderData {
    clients: Clients,
}

impl OidcProviderData {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl DataSource for OidcProviderData {
    const TYPE_NAME: &'static str = "oidc_provider";
    type Model = OidcProviderDataModel;

    fn schema() -> Schema {
        Schema::new(
            "The AWS account's OIDC provider for `oidc.modal.com`, which others made. An account \
             without one is an error.",
        )
        .attribute("arn", Attribute::string("ARN of the provider.").computed())
        .attribute("url", Attribute::string("The issuer, `oidc.modal.com`.").computed())
        .attribute(
            "client_id_list",
            Attribute::new(
                Type::set(Type::String),
                "The audiences whose tokens it accepts. Modal's tokens are for `oidc.modal.com`.",
            )
            .computed(),
        )
        .attribute(
            "tags",
            Attribute::new(Type::map(Type::String), "Tags of the provider, by key.").computed(),
        )
    }

    async fn read(
        &self,
        _config: OidcProviderDataModel,
        _warnings: &mut Vec<Diagnostic>,
    ) -> Result<OidcProviderDataModel, Diagnostic> {
        let attempt = "read the account's OIDC provider for Modal";
        let caller = self.clients.aws.caller.identity().await;
        let caller = caller.map_err(|error| cannot(attempt, &error))?;
        let arn = oidc_provider_arn(&caller.partition, &caller.account_id);
        let found = self.clients.aws.iam.find_oidc_provider(&arn).await;
        let Some(found) = found.map_err(|error| cannot(attempt, &error))? else {
            return Err(Diagnostic::error(
                "The account has no OIDC provider for Modal",
                format!(
                    "{arn} does not exist. The resource modal_oidc_provider creates it, and so does \
                     the first modal_oidc_role."
                ),
            ));
        };
        Ok(OidcProviderDataModel {
            arn: Value::Known(found.arn),
            url: ISSUER.into(),
            client_id_list: Value::Known(found.audiences.into_iter().collect()),
            tags: Value::Known(self.clients.tag_rules.visible(&found.tags)),
        })
    }
}

/// Attributes.
#[derive(Debug, Clone, Default)]
pub(crate) struct OidcProviderDataModel {
    arn: Value<String>,
    url: Value<String>,
    client_id_list: Value<BTreeSet<String>>,
    tags: Value<BTreeMap<String, String>>,
}

impl Model for OidcProviderDataModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            arn: object.take("arn"),
            url: object.take("url"),
            client_id_list: object.take("client_id_list"),
            tags: object.take("tags"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { arn, url, client_id_list, tags } = self;
        object.put("arn", arn);
        object.put("url", url);
        object.put("client_id_list", client_id_list);
        object.put("tags", tags);
    }
}
