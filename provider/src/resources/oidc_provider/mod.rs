//! `modal_oidc_provider`: the account's OIDC provider for Modal, which an account has once.
//!
//! So an existing one is adopted, what others put there stays, and a destroy leaves it.

mod identity;
mod moved;
#[cfg(test)]
mod rehearsal;
mod schema;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use tf_framework::{
    Create, Delete, Diagnostic, IdentitySchema, ImportBy, Model, MoveSource, ObjectReader,
    ObjectWriter, Plan, Read, Resource, Response, Schema, Update, Value, async_trait,
};

pub(crate) use self::identity::OidcProviderIdentity;
use super::cannot::{cannot, cannot_create};
use crate::aws::oidc_provider::{NewOidcProvider, OidcProvider as Provider};
use crate::provider::Clients;
use crate::tag_rules::TagRules;
use crate::tags::{CREATE_NONCE, Tags, fresh_nonce};
use crate::trust_policy::{AUDIENCE, ISSUER, ISSUER_URL, oidc_provider_arn};

/// Makes and keeps it.
#[derive(Debug)]
pub(crate) struct OidcProvider {
    clients: Clients,
}

impl OidcProvider {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl Resource for OidcProvider {
    const TYPE_NAME: &'static str = "oidc_provider";
    type Model = OidcProviderModel;
    type Identity = OidcProviderIdentity;

    fn schema() -> Schema {
        schema::schema()
    }

    fn identity_schema() -> Option<IdentitySchema> {
        Some(identity::schema())
    }

    fn validate(config: &OidcProviderModel) -> Vec<Diagnostic> {
        let ids = config.client_id_list.known();
        let lacking = ids.is_some_and(|ids| !ids.contains(AUDIENCE));
        let warning = lacking.then(|| {
            Diagnostic::warning(
                "Modal's own audience is not listed",
                format!(
                    "Modal's tokens are for the audience \"{AUDIENCE}\". Where the provider does \
                     not accept that already, no role can be assumed with them."
                ),
            )
            .at("client_id_list")
        });
        warning.into_iter().collect()
    }

    fn identity(&self, state: &OidcProviderModel) -> OidcProviderIdentity {
        OidcProviderIdentity { arn: state.arn.clone() }
    }

    fn move_from(source: &MoveSource) -> Option<Result<Json, Diagnostic>> {
        moved::move_from(source)
    }

    async fn plan(&self, plan: &mut Plan<OidcProviderModel>) -> Result<(), Diagnostic> {
        plan.set("arn", Value::Known(self.arn().await?));
        plan.set("url", Value::Known(ISSUER.to_owned()));
        plan.set("tags_all", self.clients.tag_rules.planned(&plan.config.tags));
        Ok(())
    }

    async fn plan_destroy(
        &self,
        state: &OidcProviderModel,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Diagnostic> {
        warnings.push(if state.retain_on_destroy == Value::Known(false) {
            Diagnostic::warning(
                "No Modal function will be able to assume any role of this account",
                "retain_on_destroy is false, so the destroy deletes the account's OIDC provider \
                 for Modal, which every such role trusts.",
            )
        } else {
            Diagnostic::warning(
                "The account keeps its OIDC provider for Modal",
                "Roles may trust it that this configuration does not know. Apply \
                 retain_on_destroy = false first to have it deleted.",
            )
        });
        Ok(())
    }

    async fn create(
        &self,
        request: Create<OidcProviderModel>,
        response: &mut Response<OidcProviderModel>,
    ) -> Result<(), Diagnostic> {
        let mut plan = request.plan;
        let nonce = fresh_nonce();
        let mut wanted = self.wanted(&plan).await?;
        wanted.tags.insert(CREATE_NONCE.to_owned(), nonce.clone());
        let iam = &self.clients.aws.iam;
        let found = iam.find_oidc_provider(&wanted.arn).await;
        let found = found.map_err(|error| cannot(READ, &error))?;
        let there = match found {
            Some(found) => found,
            None => {
                let made = iam.create_or_meet_oidc_provider(&wanted).await;
                made.map_err(|error| {
                    let id = &wanted.arn;
                    cannot_create(CREATE, &error, Self::TYPE_NAME, id)
                })?
            }
        };
        let ours = there.tags.get(CREATE_NONCE) == Some(&nonce);
        if !ours && plan.adopt_existing == Value::Known(false) {
            return Err(exists(&wanted.arn));
        }
        plan.arn = Value::Known(wanted.arn.clone());
        response.set_state(plan.clone());
        if !ours {
            wanted.tags.remove(CREATE_NONCE);
            self.bring_to(there, &wanted, &Tags::new()).await?;
        }
        Ok(())
    }

    async fn read(
        &self,
        request: Read<OidcProviderModel>,
        response: &mut Response<OidcProviderModel>,
    ) -> Result<(), Diagnostic> {
        let state = request.state;
        let arn = state.arn.require("arn")?.clone();
        let found = self.clients.aws.iam.find_oidc_provider(&arn).await;
        match found.map_err(|error| cannot(READ, &error))? {
            Some(found) => response.set_state(observed(found, state, &self.clients.tag_rules)),
            None => response.remove(),
        }
        Ok(())
    }

    async fn update(
        &self,
        request: Update<OidcProviderModel>,
        response: &mut Response<OidcProviderModel>,
    ) -> Result<(), Diagnostic> {
        let Update { prior, plan, .. } = request;
        let wanted = self.wanted(&plan).await?;
        let had = prior.tags_all.known().cloned().unwrap_or_default();
        let there = Provider {
            arn: wanted.arn.clone(),
            audiences: prior.client_id_list.into_known().into_iter().flatten().collect(),
            tags: Tags::new(),
        };
        self.bring_to(there, &wanted, &had).await?;
        response.set_state(plan);
        Ok(())
    }

    async fn delete(
        &self,
        request: Delete<OidcProviderModel>,
        _response: &mut Response<OidcProviderModel>,
    ) -> Result<(), Diagnostic> {
        if request.state.retain_on_destroy != Value::Known(false) {
            return Ok(());
        }
        let arn = request.state.arn.require("arn")?;
        let deleted = self.clients.aws.iam.delete_oidc_provider(arn).await;
        deleted.map_err(|error| cannot(&format!("delete OIDC provider {arn}"), &error))
    }

    async fn import(
        &self,
        by: ImportBy<OidcProviderIdentity>,
        response: &mut Response<OidcProviderModel>,
    ) -> Result<(), Diagnostic> {
        let id = match by {
            ImportBy::Id(id) => id,
            ImportBy::Identity(identity) => identity.arn.require("arn")?.clone(),
        };
        let attempt = format!("import OIDC provider {id:?}");
        let arn = self.arn().await?;
        if id != arn && id != ISSUER {
            return Err(Diagnostic::error(
                format!("Cannot {attempt}"),
                format!("The id to import by is \"{ISSUER}\", or \"{arn}\"."),
            ));
        }
        let found = self.clients.aws.iam.find_oidc_provider(&arn).await;
        let Some(found) = found.map_err(|error| cannot(&attempt, &error))? else {
            return Err(Diagnostic::error(
                format!("Cannot {attempt}"),
                "The account has no OIDC provider for Modal. Leave out the import, and it is made.",
            ));
        };
        let state = OidcProviderModel {
            // What else there is may be others': it is not claimed, so that no plan says it goes.
            client_id_list: Value::Known(BTreeSet::from([AUDIENCE.to_owned()])),
            // AWS does not know these; only the provider uses them.
            adopt_existing: Value::Known(true),
            retain_on_destroy: Value::Known(true),
            ..OidcProviderModel::default()
        };
        response.set_state(observed(found, state, &self.clients.tag_rules));
        Ok(())
    }
}

const READ: &str = "read the account's OIDC provider for Modal";
const CREATE: &str = "create the account's OIDC provider for Modal";

impl OidcProvider {
    /// The ARN that the account's provider has, whether it exists or not.
    async fn arn(&self) -> Result<String, Diagnostic> {
        let caller = self.clients.aws.caller.identity().await;
        let caller =
            caller.map_err(|error| cannot("find out whose AWS account this is", &error))?;
        Ok(oidc_provider_arn(&caller.partition, &caller.account_id))
    }

    async fn wanted(&self, plan: &OidcProviderModel) -> Result<NewOidcProvider, Diagnostic> {
        let ids = plan.client_id_list.require("client_id_list")?;
        Ok(NewOidcProvider {
            arn: self.arn().await?,
            url: ISSUER_URL.to_owned(),
            audiences: ids.iter().cloned().collect(),
            tags: plan.tags_all.require("tags_all")?.clone(),
        })
    }

    /// Adds what is missing. Of the tags, only those go that this resource `had` set.
    async fn bring_to(
        &self,
        there: Provider,
        wanted: &NewOidcProvider,
        had: &Tags,
    ) -> Result<(), Diagnostic> {
        let iam = &self.clients.aws.iam;
        let attempt = "change the account's OIDC provider for Modal";
        let tags = if had.is_empty() { &there.tags } else { had };
        let mut changes = self.clients.tag_rules.changes(tags, &wanted.tags);
        changes.remove.retain(|key| had.contains_key(key));
        let added = iam.add_audiences(there, &wanted.audiences).await;
        added.map_err(|error| cannot(attempt, &error).at("client_id_list"))?;
        let changed = iam.change_oidc_provider_tags(&wanted.arn, &changes).await;
        changed.map_err(|error| cannot(attempt, &error).at("tags"))
    }
}

fn exists(arn: &str) -> Diagnostic {
    Diagnostic::error(
        "Cannot create the account's OIDC provider for Modal",
        format!(
            "The account has one, and adopt_existing is false. Leave that out to share it, or bring \
             it under Terraform:\n\nimport {{\n  to = modal_oidc_provider.<name>\n  id = {arn:?}\n}}"
        ),
    )
    .at("adopt_existing")
}

/// Of what all share, what this resource is about: the audiences and tags that it lists.
fn observed(found: Provider, state: OidcProviderModel, tag_rules: &TagRules) -> OidcProviderModel {
    let listed = |id: &String| {
        state.client_id_list.known().is_none_or(|ids: &BTreeSet<String>| ids.contains(id))
    };
    let known = state.tags_all.known().cloned().unwrap_or_default();
    let mut visible = tag_rules.visible(&found.tags);
    visible.retain(|key, _| known.contains_key(key));
    OidcProviderModel {
        client_id_list: Value::Known(found.audiences.into_iter().filter(listed).collect()),
        adopt_existing: state.adopt_existing,
        retain_on_destroy: state.retain_on_destroy,
        tags: tag_rules.own(&visible, state.tags.known()).into(),
        arn: Value::Known(found.arn),
        url: ISSUER.into(),
        tags_all: Value::Known(visible),
    }
}

/// Attributes.
#[derive(Debug, Clone, Default)]
pub(crate) struct OidcProviderModel {
    client_id_list: Value<BTreeSet<String>>,
    adopt_existing: Value<bool>,
    retain_on_destroy: Value<bool>,
    tags: Value<BTreeMap<String, String>>,
    arn: Value<String>,
    url: Value<String>,
    tags_all: Value<BTreeMap<String, String>>,
}

impl Model for OidcProviderModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            client_id_list: object.take("client_id_list"),
            adopt_existing: object.take("adopt_existing"),
            retain_on_destroy: object.take("retain_on_destroy"),
            tags: object.take("tags"),
            arn: object.take("arn"),
            url: object.take("url"),
            tags_all: object.take("tags_all"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { client_id_list, adopt_existing, retain_on_destroy, tags, arn, url, tags_all } =
            self;
        object.put("client_id_list", client_id_list);
        object.put("adopt_existing", adopt_existing);
        object.put("retain_on_destroy", retain_on_destroy);
        object.put("tags", tags);
        object.put("arn", arn);
        object.put("url", url);
        object.put("tags_all", tags_all);
    }
}
