//! `modal_oidc_role`: an IAM role that Modal functions assume through OIDC.

mod apply;
mod checks;
mod desired;
mod identity;
mod model;
mod moved;
mod observed;
mod plan;
#[cfg(test)]
mod rehearsal;
mod schema;
mod validate;

use serde_json::Value as Json;
use tf_framework::{
    Create, Delete, Diagnostic, IdentitySchema, ImportBy, MoveSource, Plan, Read, Resource,
    Response, Schema, Update, Value, async_trait,
};

use self::apply::Held;
use self::desired::Desired;
pub(crate) use self::identity::OidcRoleIdentity;
pub(crate) use self::model::OidcRoleModel;
use self::observed::{Observed, modal_secret_env};
use super::cannot::{cannot, cannot_create};
use crate::aws::{AwsError, CallerIdentity};
use crate::grant_policy;
use crate::provider::Clients;
use crate::trust_policy::oidc_provider_arn;

/// Makes and keeps such roles.
#[derive(Debug)]
pub(crate) struct OidcRole {
    clients: Clients,
}

impl OidcRole {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl Resource for OidcRole {
    const TYPE_NAME: &'static str = "oidc_role";
    type Model = OidcRoleModel;
    type Identity = OidcRoleIdentity;

    fn schema() -> Schema {
        schema::schema()
    }

    fn identity_schema() -> Option<IdentitySchema> {
        Some(identity::schema())
    }

    fn validate(config: &OidcRoleModel) -> Vec<Diagnostic> {
        validate::validate(config)
    }

    fn identity(&self, state: &OidcRoleModel) -> OidcRoleIdentity {
        OidcRoleIdentity::of(state)
    }

    fn move_from(source: &MoveSource) -> Option<Result<Json, Diagnostic>> {
        moved::move_from(source)
    }

    async fn plan(&self, plan: &mut Plan<OidcRoleModel>) -> Result<(), Diagnostic> {
        let caller = self.caller().await?;
        plan::plan(plan, &caller, &self.clients)
    }

    async fn create(
        &self,
        request: Create<OidcRoleModel>,
        response: &mut Response<OidcRoleModel>,
    ) -> Result<(), Diagnostic> {
        let Create { mut plan, config } = request;
        let caller = self.caller().await?;
        let desired = Desired::of(&plan, &caller.partition, &caller.account_id)?;
        let name = desired.role.name.clone();
        self.provide_oidc_provider(&caller, &config, &plan, &desired.audience).await?;
        let created = self.clients.aws.iam.create_role(&desired.role).await.map_err(|error| {
            let attempt = format!("create IAM role {name:?}");
            cannot_create(&attempt, &error, Self::TYPE_NAME, &name).at("name")
        })?;
        plan.name = Value::Known(created.name);
        plan.modal_secret_env =
            Value::Known(modal_secret_env(&created.arn, &self.clients.aws.region));
        plan.arn = Value::Known(created.arn);
        plan.unique_id = Value::Known(created.unique_id);
        plan.create_date = Value::Known(created.create_date);
        response.set_state(plan);
        if desired.grants.is_some() {
            self.write_grants(&desired).await?;
        }
        self.change_policies(&desired, &mut Held::default()).await
    }

    async fn read(
        &self,
        request: Read<OidcRoleModel>,
        response: &mut Response<OidcRoleModel>,
    ) -> Result<(), Diagnostic> {
        let state = request.state;
        let name = state.name.require("name")?.clone();
        match self.observe(&name, &state).await {
            Ok(Some(observed)) => {
                for warning in observed.drift(&state) {
                    response.push(warning);
                }
                response.set_state(observed.model(state, &self.clients.tag_rules));
            }
            Ok(None) => response.remove(),
            Err(error) => return Err(cannot(&format!("read IAM role {name:?}"), &error)),
        }
        Ok(())
    }

    async fn update(
        &self,
        request: Update<OidcRoleModel>,
        response: &mut Response<OidcRoleModel>,
    ) -> Result<(), Diagnostic> {
        let Update { prior, plan, config } = request;
        let caller = self.caller().await?;
        let desired = Desired::of(&plan, &caller.partition, &caller.account_id)?;
        self.provide_oidc_provider(&caller, &config, &plan, &desired.audience).await?;
        self.update_role(&prior, &desired)
            .await
            .map_err(|error| cannot(&format!("update IAM role {:?}", desired.role.name), &error))?;
        if !observed::same_grants(&prior, &desired.grants) {
            self.write_grants(&desired).await?;
        }
        let mut held = Held::of(&prior);
        let changed = self.change_policies(&desired, &mut held).await;
        response.set_state(match changed {
            Ok(()) => plan,
            // What is ours to take away must be known, also after half of the work.
            Err(_) => held.state(plan),
        });
        changed
    }

    async fn delete(
        &self,
        request: Delete<OidcRoleModel>,
        _response: &mut Response<OidcRoleModel>,
    ) -> Result<(), Diagnostic> {
        let state = request.state;
        let name = state.name.require("name")?;
        if state.force_detach_policies == Value::Known(false) {
            self.refuse_foreign_policies(name, &state).await?;
        }
        let own = state.inline_policies.known().into_iter().flatten();
        let mut inline: Vec<&str> = own.map(|(policy, _)| policy.as_str()).collect();
        if state.grants.known().is_some_and(|grants| !grants.is_empty()) {
            inline.push(grant_policy::POLICY_NAME);
        }
        let deleted = self.clients.aws.iam.delete_role(name, &inline).await;
        deleted.map_err(|error| cannot(&format!("delete IAM role {name:?}"), &error))
    }

    async fn import(
        &self,
        by: ImportBy<OidcRoleIdentity>,
        response: &mut Response<OidcRoleModel>,
    ) -> Result<(), Diagnostic> {
        let attempt = |name: &str| format!("import IAM role {name:?}");
        let name = match by {
            ImportBy::Id(name) => name,
            ImportBy::Identity(identity) => {
                let name = identity.name.require("name")?.clone();
                identity.check(&self.clients.aws, &attempt(&name)).await?;
                name
            }
        };
        let found = self.find(&name).await;
        match found.map_err(|error| cannot(&attempt(&name), &error))? {
            Some(model) => response.set_state(model),
            None => {
                return Err(Diagnostic::error(
                    format!("Cannot {}", attempt(&name)),
                    "There is no such role in the account. The id to import by is its name.",
                ));
            }
        }
        Ok(())
    }
}

impl OidcRole {
    /// A role that nobody described yet, as state; `None` when there is no such role.
    pub(crate) async fn find(&self, name: &str) -> Result<Option<OidcRoleModel>, AwsError> {
        // AWS does not know these two; only the provider uses them.
        let nothing = OidcRoleModel {
            create_oidc_provider: Value::Known(true),
            force_detach_policies: Value::Known(true),
            ..OidcRoleModel::default()
        };
        let found = self.observe(name, &nothing).await?;
        Ok(found.map(|observed| observed.model(nothing, &self.clients.tag_rules)))
    }

    async fn caller(&self) -> Result<CallerIdentity, Diagnostic> {
        let caller = self.clients.aws.caller.identity().await;
        caller.map_err(|error| cannot("find out whose AWS account this is", &error))
    }

    /// What AWS holds, as far as the state is about it; `None` when there is no such role.
    async fn observe(
        &self,
        name: &str,
        state: &OidcRoleModel,
    ) -> Result<Option<Observed>, AwsError> {
        let iam = &self.clients.aws.iam;
        let Some(role) = iam.find_role(name).await? else { return Ok(None) };
        let grants = iam.find_role_policy(name, grant_policy::POLICY_NAME).await?;
        let mut inline_policies = desired::inline_policies(state).unwrap_or_default();
        for policy in inline_policies.clone().into_keys() {
            match iam.find_role_policy(name, &policy).await? {
                Some(document) => inline_policies.insert(policy, document),
                None => inline_policies.remove(&policy),
            };
        }
        let attached = iam.list_attached_policies(name).await?.into_iter().collect();
        let caller = self.clients.aws.caller.identity().await?;
        let provider_arn = oidc_provider_arn(&caller.partition, &caller.account_id);
        let provider = iam.find_oidc_provider(&provider_arn).await?;
        let region = self.clients.aws.region.clone();
        Ok(Some(Observed { role, grants, inline_policies, attached, provider, region }))
    }
}
