//! `modal_token_secret`: the Secrets Manager secret that holds a Modal token.
//!
//! The value is written and never read: a refresh needs no `GetSecretValue`.

mod apply;
mod identity;
mod model;
mod observed;
mod policy;
#[cfg(test)]
mod rehearsal;
mod schema;
mod token;
mod validate;
mod verification;

use tf_framework::{
    Create, Delete, Diagnostic, IdentitySchema, ImportBy, Plan, Read, Resource, Response, Schema,
    Update, Value, async_trait,
};
use uuid::Uuid;

pub(crate) use self::identity::TokenSecretIdentity;
pub(crate) use self::model::TokenSecretModel;
use self::observed::{observed, observed_policy};
use self::token::{EXTERNAL, MANAGED, Token, Written};
use super::cannot::cannot;
use super::identity::region_of;
use super::region;
use super::timeouts::{DefaultTimeouts, TimeoutsModel};
use crate::aws::AwsError;
use crate::aws::secrets::{Deletion, Secrets};
use crate::provider::Clients;

/// Days, as Secrets Manager has it.
const DEFAULT_RECOVERY_WINDOW: i64 = 30;

/// How long operations take at most.
const USUAL: DefaultTimeouts = DefaultTimeouts::minutes(5);

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
        schema::schema()
    }

    fn identity_schema() -> Option<IdentitySchema> {
        Some(identity::schema())
    }

    fn validate(config: &TokenSecretModel) -> Vec<Diagnostic> {
        validate::validate(config)
    }

    fn identity(&self, state: &TokenSecretModel) -> TokenSecretIdentity {
        TokenSecretIdentity::of(state)
    }

    async fn plan(&self, plan: &mut Plan<TokenSecretModel>) -> Result<(), Diagnostic> {
        let prior = plan.prior.as_ref().map(|prior| &prior.region);
        let region = region::planned(&plan.config.region, prior, &self.clients.aws.region)?;
        plan.set("region", region);
        plan.set("tags_all", self.clients.tag_rules.planned(&plan.config.tags));
        verification::plan(&self.clients.modal, plan);
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
        mut request: Create<TokenSecretModel>,
        response: &mut Response<TokenSecretModel>,
    ) -> Result<(), Diagnostic> {
        let Create { plan, config, .. } = &mut request;
        let token = Token::of(config)?;
        self.fill_in(None, plan, config, token.as_ref(), response).await?;
        let name = plan.name.known().cloned().unwrap_or_else(|| made_up_name(&plan.name_prefix));
        let limit = TimeoutsModel::create(&plan.timeouts, USUAL);
        let secrets = self.clients.within(limit).aws_in(&plan.region).secrets;
        let made = self.make(&secrets, &name, token.as_ref(), &request, response).await?;
        let plan = request.plan;
        self.bring_in_line(&secrets, &made, &plan).await?;
        response.set_state(TokenSecretModel {
            name: made.name,
            arn: made.arn,
            version_id: made.version_id,
            token_status: made.token_status,
            ..plan
        });
        Ok(())
    }

    async fn read(
        &self,
        request: Read<TokenSecretModel>,
        response: &mut Response<TokenSecretModel>,
    ) -> Result<(), Diagnostic> {
        let mut state = request.state;
        let arn = state.arn.require("arn")?.clone();
        let secrets = self.secrets_of(&state);
        let failed = |error: AwsError| cannot(&format!("read secret {arn}"), &error);
        match secrets.find_secret(&arn).await.map_err(failed)? {
            Some(secret) if !secret.scheduled_for_deletion => {
                if !state.policy.is_null() {
                    let policy = secrets.resource_policy(&arn).await.map_err(failed)?;
                    state.policy = observed_policy(policy, state.policy);
                }
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
        // An ephemeral variable need not be given where nothing is done with it.
        let is_needed = !prior.holds_token_of(&plan)
            || verification::asks(&self.clients.modal, Some(&prior), &plan, &config);
        let token = if is_needed { Token::of(&config)? } else { None };
        self.fill_in(Some(&prior), &mut plan, &config, token.as_ref(), response).await?;
        let limit = TimeoutsModel::update(&plan.timeouts, USUAL);
        let secrets = self.clients.within(limit).aws_in(&region_of(&prior.arn)).secrets;
        self.bring_in_line(&secrets, &prior, &plan).await?;
        if prior.holds_token_of(&plan) {
            plan.version_id = prior.version_id;
            plan.token_status = prior.token_status;
        } else if let Some(token) = token {
            let arn = prior.arn.require("arn")?;
            let put = secrets.put_value(arn, &token.value()).await;
            let attempt = format!("write a new version of secret {arn}");
            let version_id = put.map_err(|error| cannot(&attempt, &error))?;
            let written = Written { version_id: version_id.clone(), status: MANAGED };
            response.set_private(written.to_private());
            plan.version_id = Value::Known(version_id);
            plan.token_status = MANAGED.into();
        } else {
            // The token stays where it is, and is no longer ours.
            response.set_private(Vec::new());
            plan.version_id = prior.version_id;
            plan.token_status = EXTERNAL.into();
        }
        response.set_state(plan);
        Ok(())
    }

    async fn delete(
        &self,
        request: Delete<TokenSecretModel>,
        _response: &mut Response<TokenSecretModel>,
    ) -> Result<(), Diagnostic> {
        let state = request.state;
        let arn = state.arn.require("arn")?;
        let deletion = match state.recovery_window_in_days.known() {
            Some(0) => Deletion::Now,
            days => Deletion::AfterDays(days.copied().unwrap_or(DEFAULT_RECOVERY_WINDOW)),
        };
        let limit = TimeoutsModel::delete(&state.timeouts, USUAL);
        let secrets = self.clients.within(limit).aws_in(&region_of(&state.arn)).secrets;
        let failed = |error: AwsError| cannot(&format!("delete secret {arn}"), &error);
        // With copies, AWS deletes no secret.
        let replicas = state.desired_replicas();
        let regions: Vec<_> = replicas.into_iter().map(|replica| replica.region).collect();
        secrets.remove_replicas(arn, &regions).await.map_err(failed)?;
        secrets.delete_secret(arn, deletion).await.map_err(failed)
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
        let found = self.find_in(&aws.secrets, &id).await;
        match found.map_err(|error| cannot(&attempt, &error))? {
            Some(state) => {
                response.set_state(state);
                Ok(())
            }
            None => Err(Diagnostic::error(
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

    /// What is there by this ARN, whoever made it; `None` where nothing is.
    pub(crate) async fn find(&self, arn: &str) -> Result<Option<TokenSecretModel>, AwsError> {
        let region = region_of(&arn.into());
        self.find_in(&self.clients.aws_in(&region).secrets, arn).await
    }

    async fn find_in(
        &self,
        secrets: &Secrets,
        id: &str,
    ) -> Result<Option<TokenSecretModel>, AwsError> {
        match secrets.find_secret(id).await? {
            Some(secret) if !secret.scheduled_for_deletion => {
                let policy = secrets.resource_policy(&secret.arn).await?;
                let state = TokenSecretModel { policy: policy.into(), ..as_if_by_default() };
                Ok(Some(observed(secret, state, None, &self.clients.tag_rules)))
            }
            _ => Ok(None),
        }
    }

    /// What Modal says of the token, with what is to be warned about.
    async fn fill_in(
        &self,
        prior: Option<&TokenSecretModel>,
        plan: &mut TokenSecretModel,
        config: &TokenSecretModel,
        token: Option<&Token>,
        response: &mut Response<TokenSecretModel>,
    ) -> Result<(), Diagnostic> {
        let mut warnings = Vec::new();
        let modal = &self.clients.modal;
        let filled = verification::fill_in(modal, prior, plan, config, token, &mut warnings).await;
        for warning in warnings {
            response.push(warning);
        }
        filled
    }
}

/// What AWS does not keep of a secret that is found: nothing of it was chosen.
fn as_if_by_default() -> TokenSecretModel {
    TokenSecretModel {
        verify: Value::Known(false),
        restore_if_deleted: Value::Known(true),
        recovery_window_in_days: Value::Known(DEFAULT_RECOVERY_WINDOW),
        force_overwrite_replica_secret: Value::Known(false),
        ..TokenSecretModel::default()
    }
}

fn made_up_name(prefix: &Value<String>) -> String {
    let prefix = prefix.known().map_or("modal-token-", String::as_str);
    format!("{prefix}{}", Uuid::new_v4().simple())
}

#[cfg(test)]
mod tests {
    use tf_framework::testing::assert_model_matches_schema;

    use super::*;

    #[test]
    fn model_matches_schema() {
        assert_model_matches_schema::<TokenSecret>();
    }
}
