//! `modal_oidc_role`: an IAM role that Modal functions assume through OIDC.

mod desired;
mod identity;
mod model;
mod observed;
#[cfg(test)]
mod rehearsal;
mod schema;
mod validate;

use std::collections::BTreeSet;

use tf_framework::{
    Create, Delete, Diagnostic, IdentitySchema, ImportBy, Plan, Read, Resource, Response, Schema,
    Update, Value, async_trait,
};

use self::desired::Desired;
pub(crate) use self::identity::OidcRoleIdentity;
pub(crate) use self::model::OidcRoleModel;
use self::observed::{Observed, same_grants, same_json};
use super::cannot::{cannot, cannot_create};
use crate::aws::AwsError;
use crate::grant_policy;
use crate::provider::Clients;
use crate::subject;
use crate::trust_policy::{AUDIENCE, ISSUER_URL, MAX_LENGTH, oidc_provider_arn};

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

    async fn plan(&self, plan: &mut Plan<OidcRoleModel>) -> Result<(), Diagnostic> {
        let caller = self.clients.aws.caller.identity().await;
        let caller =
            caller.map_err(|error| cannot("find out whose AWS account this is", &error))?;
        let (partition, account) = (&caller.partition, &caller.account_id);
        let provider_arn = oidc_provider_arn(partition, account);

        // One that was imported may have a path.
        let kept = plan.prior.as_ref().map(|prior| prior.arn.clone());
        let arn = kept.filter(|arn| arn.known().is_some()).unwrap_or_else(|| {
            let name = plan.config.name.clone();
            name.map(|name| format!("arn:{partition}:iam::{account}:role/{name}"))
        });
        plan.set("arn", arn);
        let trust = plan.config.trust(&provider_arn);
        if let Some(trust) = trust.known() {
            let length = trust.document().to_string().len();
            if length > MAX_LENGTH {
                plan.push(
                    Diagnostic::warning(
                        "The trust policy is longer than IAM takes by default",
                        format!(
                            "It has {length} characters; the quota is {MAX_LENGTH} unless the \
                             account's was raised. Use fewer or shorter subjects, or another role \
                             for some of them."
                        ),
                    )
                    .at("subject"),
                );
            }
        }
        plan.set("subjects", trust.clone().map(|trust| subject::patterns(&trust.subjects)));
        plan.set("assume_role_policy", trust.map(|trust| trust.document().to_string()));
        plan.set("oidc_provider_arn", Value::Known(provider_arn));
        plan.set("tags_all", self.clients.tag_rules.planned(&plan.config.tags));
        Ok(())
    }

    async fn create(
        &self,
        request: Create<OidcRoleModel>,
        response: &mut Response<OidcRoleModel>,
    ) -> Result<(), Diagnostic> {
        let plan = request.plan;
        let desired = Desired::of(&plan)?;
        let name = &desired.role.name;
        self.ensure_oidc_provider(&desired.oidc_provider_arn).await?;
        self.clients.aws.iam.create_role(&desired.role).await.map_err(|error| {
            let attempt = format!("create IAM role {name:?}");
            cannot_create(&attempt, &error, Self::TYPE_NAME, name).at("name")
        })?;
        response.set_state(plan);
        if desired.grants.is_some() {
            self.write_grants(&desired).await?;
        }
        self.change_policies(&desired, &mut BTreeSet::new()).await
    }

    async fn read(
        &self,
        request: Read<OidcRoleModel>,
        response: &mut Response<OidcRoleModel>,
    ) -> Result<(), Diagnostic> {
        let state = request.state;
        let name = state.name.require("name")?.clone();
        match self.observe(&name, state).await {
            Ok(Some(model)) => response.set_state(model),
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
        let Update { prior, plan, .. } = request;
        let desired = Desired::of(&plan)?;
        self.ensure_oidc_provider(&desired.oidc_provider_arn).await?;
        self.update_role(&prior, &desired)
            .await
            .map_err(|error| cannot(&format!("update IAM role {:?}", desired.role.name), &error))?;
        if !same_grants(&prior, &desired.grants) {
            self.write_grants(&desired).await?;
        }
        let mut attached = prior.policy_arns.known().cloned().unwrap_or_default();
        let changed = self.change_policies(&desired, &mut attached).await;
        response.set_state(match changed {
            Ok(()) => plan,
            // What is ours to detach must be known, also after half of the work.
            Err(_) => OidcRoleModel { policy_arns: Value::Known(attached), ..plan },
        });
        changed
    }

    async fn delete(
        &self,
        request: Delete<OidcRoleModel>,
        _response: &mut Response<OidcRoleModel>,
    ) -> Result<(), Diagnostic> {
        let name = request.state.name.require("name")?;
        let deleted = self.clients.aws.iam.delete_role(name).await;
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
        let found = self.observe(&name, OidcRoleModel::default()).await;
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
    async fn ensure_oidc_provider(&self, arn: &str) -> Result<(), Diagnostic> {
        let ensured = self.clients.aws.iam.ensure_oidc_provider(arn, ISSUER_URL, AUDIENCE).await;
        ensured
            .map(drop)
            .map_err(|error| cannot("provide the account's OIDC provider for Modal", &error))
    }

    /// Writes what differs: a call that changes nothing would alarm whoever watches roles.
    async fn update_role(&self, prior: &OidcRoleModel, desired: &Desired) -> Result<(), AwsError> {
        let (iam, role) = (&self.clients.aws.iam, &desired.role);
        let trusted = prior.assume_role_policy.known();
        if !trusted.is_some_and(|trusted| same_json(trusted, &role.trust_policy)) {
            iam.set_trust_policy(&role.name, &role.trust_policy).await?;
        }
        let description = prior.description.known().map_or("", String::as_str);
        let duration = i64::from(role.max_session_duration);
        if description != role.description || prior.max_session_duration != Value::Known(duration) {
            iam.update_role(&role.name, &role.description, role.max_session_duration).await?;
        }
        let tags = prior.tags_all.known().cloned().unwrap_or_default();
        iam.change_role_tags(&role.name, &self.clients.tag_rules.changes(&tags, &role.tags)).await
    }

    async fn write_grants(&self, desired: &Desired) -> Result<(), Diagnostic> {
        let (iam, name) = (&self.clients.aws.iam, &desired.role.name);
        let grants = match &desired.grants {
            Some(document) => iam.put_role_policy(name, grant_policy::POLICY_NAME, document).await,
            None => iam.delete_role_policy(name, grant_policy::POLICY_NAME).await,
        };
        grants.map_err(|error| {
            cannot(&format!("write the grants of IAM role {name:?}"), &error).at("grant")
        })
    }

    /// Attaches and detaches managed policies. `attached` are those that this resource attached
    /// before, and afterwards those that it has attached now.
    async fn change_policies(
        &self,
        desired: &Desired,
        attached: &mut BTreeSet<String>,
    ) -> Result<(), Diagnostic> {
        let (iam, name) = (&self.clients.aws.iam, &desired.role.name);
        let before = attached.clone();
        for arn in desired.policy_arns.difference(&before) {
            iam.attach_policy(name, arn).await.map_err(|error| {
                cannot(&format!("attach {arn} to IAM role {name:?}"), &error).at("policy_arns")
            })?;
            attached.insert(arn.clone());
        }
        for arn in before.difference(&desired.policy_arns) {
            iam.detach_policy(name, arn).await.map_err(|error| {
                cannot(&format!("detach {arn} from IAM role {name:?}"), &error).at("policy_arns")
            })?;
            attached.remove(arn);
        }
        Ok(())
    }

    /// What AWS holds; `None` when there is no such role.
    async fn observe(
        &self,
        name: &str,
        state: OidcRoleModel,
    ) -> Result<Option<OidcRoleModel>, AwsError> {
        let iam = &self.clients.aws.iam;
        let Some(role) = iam.find_role(name).await? else { return Ok(None) };
        let grants = iam.find_role_policy(name, grant_policy::POLICY_NAME).await?;
        let attached = iam.list_attached_policies(name).await?.into_iter().collect();
        let caller = self.clients.aws.caller.identity().await?;
        let provider_arn = oidc_provider_arn(&caller.partition, &caller.account_id);
        let provider = iam.find_oidc_provider(&provider_arn).await?;
        // One without Modal's audience accepts no token of Modal's: as good as none.
        let provider = provider
            .filter(|found| found.audiences.iter().any(|audience| audience == AUDIENCE))
            .map(|found| found.arn);
        let observed = Observed { role, grants, attached, provider };
        Ok(Some(observed.model(state, &self.clients.tag_rules)))
    }
}
