//! `modal_bridge_event_source`: a queue or stream that Lambda polls for a bridge.
//!
//! Two things in AWS make one event source: a policy on the bridge's role, without which Lambda
//! refuses to poll, and the mapping. The policy is there before the mapping and goes after it. A
//! mapping that is gone cannot come back with its UUID, so that it is replaced, policy and all.

mod blocks;
mod desired;
mod identity;
mod model;
mod observed;
mod permissions;
mod plan;
#[cfg(test)]
mod rehearsal;
mod schema;
mod source;
mod validate;
mod visibility;

use std::time::Duration;

use tf_framework::{
    Create, Delete, Diagnostic, IdentitySchema, ImportBy, Plan, Read, Resource, Response, Schema,
    Update, Value, async_trait,
};

use self::desired::Desired;
pub(crate) use self::identity::BridgeEventSourceIdentity;
pub(crate) use self::model::BridgeEventSourceModel;
use self::observed::{Observed, Rights};
use self::permissions::{policy_name, role_of};
use super::cannot::cannot;
use super::region;
use super::timeouts::{DefaultTimeouts, TimeoutsModel};
use crate::aws::lambda::{LambdaFunction, Mapping, lacks_rights};
use crate::aws::{Aws, AwsError};
use crate::provider::Clients;

const TIMEOUTS: DefaultTimeouts =
    DefaultTimeouts { delete: Duration::from_secs(5 * 60), ..DefaultTimeouts::minutes(10) };

/// Makes and keeps event sources.
#[derive(Debug)]
pub(crate) struct BridgeEventSource {
    clients: Clients,
}

impl BridgeEventSource {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }

    /// The same, where the bridge is, and for an operation that may take so long.
    fn at(&self, region: &Value<String>, limit: Duration) -> Self {
        let aws = self.clients.aws_in(region).within(limit);
        Self::new(Clients { aws, ..self.clients.clone() })
    }
}

#[async_trait]
impl Resource for BridgeEventSource {
    const TYPE_NAME: &'static str = "bridge_event_source";
    type Model = BridgeEventSourceModel;
    type Identity = BridgeEventSourceIdentity;

    fn schema() -> Schema {
        schema::schema()
    }

    fn identity_schema() -> Option<IdentitySchema> {
        Some(identity::schema())
    }

    fn validate(config: &BridgeEventSourceModel) -> Vec<Diagnostic> {
        validate::validate(config)
    }

    fn identity(&self, state: &BridgeEventSourceModel) -> BridgeEventSourceIdentity {
        BridgeEventSourceIdentity::of(state)
    }

    async fn plan(&self, plan: &mut Plan<BridgeEventSourceModel>) -> Result<(), Diagnostic> {
        plan::plan(&self.clients, plan).await
    }

    async fn create(
        &self,
        request: Create<BridgeEventSourceModel>,
        response: &mut Response<BridgeEventSourceModel>,
    ) -> Result<(), Diagnostic> {
        let plan = request.plan;
        let desired = Desired::of(&plan)?;
        let this = self.at(&plan.region, TimeoutsModel::create(&plan.timeouts, TIMEOUTS));
        let attempt = desired.attempt("create");
        let function = this.require_function(&desired, &attempt).await?;
        this.check_is_new(&desired, &function, &attempt).await?;
        this.check_visibility(&desired, &function).await?;
        let nothing = BridgeEventSourceModel {
            function_arn: Value::Known(function.arn.clone()),
            ..plan.clone().without_objects()
        };
        this.allow(&desired, &function, nothing.clone(), response).await?;

        let created = this.clients.aws.lambda.create_mapping(&desired.new_mapping(&function)).await;
        let uuid = created.map_err(|error| this.refused(&desired, &attempt, &error))?;
        let recorded = response.state().cloned().unwrap_or(nothing);
        response.set_state(BridgeEventSourceModel { uuid: Value::Known(uuid.clone()), ..recorded });
        this.settle(&uuid, &attempt, plan, response).await
    }

    async fn read(
        &self,
        request: Read<BridgeEventSourceModel>,
        response: &mut Response<BridgeEventSourceModel>,
    ) -> Result<(), Diagnostic> {
        let state = request.state;
        let aws = self.clients.aws_in(&state.region);
        let observed = observe(&aws, &state).await;
        let observed = observed.map_err(|error| {
            let of = state.event_source_arn.known().map_or("", String::as_str);
            let name = state.uuid.known().map_or(of, String::as_str);
            cannot(&format!("read event source mapping {name:?}"), &error)
        })?;
        match observed.model(state, &self.clients.tag_rules) {
            Some(model) => response.set_state(model),
            None => response.remove(),
        }
        Ok(())
    }

    async fn update(
        &self,
        request: Update<BridgeEventSourceModel>,
        response: &mut Response<BridgeEventSourceModel>,
    ) -> Result<(), Diagnostic> {
        let Update { prior, plan, .. } = request;
        let desired = Desired::of(&plan)?;
        let uuid = prior.uuid.require("uuid")?.clone();
        let this = self.at(&plan.region, TimeoutsModel::update(&plan.timeouts, TIMEOUTS));
        let attempt = format!("update event source mapping {uuid:?}");
        let lambda = &this.clients.aws.lambda;
        response.set_state(prior.clone());

        if desired.policy.is_some() {
            let function = this.require_function(&desired, &attempt).await?;
            // A role that was made anew has the name of the one before, and not its policies.
            let before = match plan.execution_role_name {
                Value::Unknown => {
                    BridgeEventSourceModel { execution_role_policy: Value::Null, ..prior.clone() }
                }
                _ => prior.clone(),
            };
            this.allow(&desired, &function, before, response).await?;
            let role = role_of(&function);
            if prior.execution_role_name.known().is_some_and(|before| *before != role) {
                this.forbid(&prior).await?;
            }
        }
        let found = lambda.find_mapping(&uuid).await.map_err(|error| cannot(&attempt, &error))?;
        let found = found.ok_or_else(|| gone(&attempt))?;
        if found.settings != desired.settings {
            let updated = lambda.update_mapping(&uuid, &found.settings, &desired.settings).await;
            updated.map_err(|error| this.refused(&desired, &attempt, &error))?;
        }
        let tags = self.clients.tag_rules.changes(&found.tags, &desired.tags);
        let tagged = lambda.change_tags(&found.arn, &tags).await;
        tagged.map_err(|error| cannot(&format!("tag event source mapping {uuid:?}"), &error))?;
        if desired.policy.is_none() && prior.execution_role_name.known().is_some() {
            this.forbid(&prior).await?;
            response.set_state(prior.clone().without_rights());
        }
        this.settle(&uuid, &attempt, plan, response).await
    }

    async fn delete(
        &self,
        request: Delete<BridgeEventSourceModel>,
        _response: &mut Response<BridgeEventSourceModel>,
    ) -> Result<(), Diagnostic> {
        let state = request.state;
        let this = self.at(&state.region, TimeoutsModel::delete(&state.timeouts, TIMEOUTS));
        // The mapping first: Lambda polls by these rights until it is gone.
        if let Some(uuid) = state.uuid.known() {
            let deleted = this.clients.aws.lambda.delete_mapping(uuid).await;
            deleted.map_err(|error| {
                cannot(&format!("delete event source mapping {uuid:?}"), &error)
            })?;
        }
        this.forbid(&state).await
    }

    async fn import(
        &self,
        by: ImportBy<BridgeEventSourceIdentity>,
        response: &mut Response<BridgeEventSourceModel>,
    ) -> Result<(), Diagnostic> {
        let attempt = |uuid: &str| format!("import event source mapping {uuid:?}");
        let (uuid, region) = match by {
            ImportBy::Id(id) => region::of_import_id(&id),
            ImportBy::Identity(identity) => {
                let uuid = identity.uuid.require("uuid")?.clone();
                identity.check(&self.clients.aws, &attempt(&uuid)).await?;
                (uuid, identity.region)
            }
        };
        // An ARN ends in it.
        let uuid = uuid.rsplit(':').next().unwrap_or(&uuid).to_owned();
        let attempt = attempt(&uuid);
        let aws = self.clients.aws_in(&region);
        let state = BridgeEventSourceModel {
            uuid: Value::Known(uuid),
            region: aws.region.as_str().into(),
            ..BridgeEventSourceModel::default()
        };
        let observed = observe(&aws, &state).await.map_err(|error| cannot(&attempt, &error))?;
        if let Some(mapping) = &observed.mapping {
            source::require_supported(&mapping.source_arn, &attempt)?;
        }
        match observed.model(state, &self.clients.tag_rules) {
            Some(model) => response.set_state(model),
            None => {
                return Err(Diagnostic::error(
                    format!("Cannot {attempt}"),
                    format!(
                        "There is no such event source mapping in this account in {}. The id to \
                         import by is its UUID, or UUID@region.",
                        aws.region
                    ),
                ));
            }
        }
        Ok(())
    }
}

impl BridgeEventSource {
    async fn require_function(
        &self,
        desired: &Desired,
        attempt: &str,
    ) -> Result<LambdaFunction, Diagnostic> {
        let found = self.clients.aws.lambda.find_function(&desired.bridge).await;
        let found = found.map_err(|error| cannot(attempt, &error))?;
        found.ok_or_else(|| {
            Diagnostic::error(
                format!("Cannot {attempt}"),
                format!(
                    "There is no Lambda function {:?} in this account in {}.",
                    desired.bridge, self.clients.aws.region
                ),
            )
            .at("bridge_name")
        })
    }

    /// Looks before anything is made: what a create that fails half-way leaves in the state cannot be
    /// imported, and the policy of a mapping that is another resource's must not be touched.
    async fn check_is_new(
        &self,
        desired: &Desired,
        function: &LambdaFunction,
        attempt: &str,
    ) -> Result<(), Diagnostic> {
        let aws = &self.clients.aws;
        let found = aws.lambda.list_mappings(&function.arn, Some(&desired.source_arn)).await;
        let found = found.map_err(|error| cannot(attempt, &error))?;
        let Some(Mapping { uuid, .. }) = found.first() else { return Ok(()) };
        Err(Diagnostic::error(
            format!("Cannot {attempt}"),
            format!(
                "Lambda feeds the bridge from there already. Delete that event source mapping, or \
                 bring it under Terraform:\n\n\
                 import {{\n  to = modal_bridge_event_source.<name>\n  id = \"{uuid}@{}\"\n}}",
                aws.region
            ),
        )
        .at("event_source_arn"))
    }

    /// Waits for the mapping, and records it as it is then.
    async fn settle(
        &self,
        uuid: &str,
        attempt: &str,
        plan: BridgeEventSourceModel,
        response: &mut Response<BridgeEventSourceModel>,
    ) -> Result<(), Diagnostic> {
        let settled = self.clients.aws.lambda.wait_until_settled(uuid).await;
        let mapping = settled.map_err(|error| cannot(attempt, &error))?;
        let recorded = response.state().cloned().unwrap_or_default();
        response.set_state(observed::applied(mapping, &recorded, plan));
        Ok(())
    }

    /// What Lambda says of a create or an update, with what the practitioner can do.
    fn refused(&self, desired: &Desired, attempt: &str, error: &AwsError) -> Diagnostic {
        if !lacks_rights(error) {
            return cannot(attempt, error);
        }
        let advice = if desired.policy.is_some() {
            "The bridge's role has the rights that execution_role_policy tells, and Lambda still \
             may not use them: a permissions boundary, or a policy of the source, of its KMS key \
             or of the organization, is in the way."
        } else {
            "Allow the bridge's role to poll the source and to send to the destination, or leave \
             manage_permissions at true."
        };
        let words = error.with_request_id();
        Diagnostic::error(format!("Cannot {attempt}"), format!("{advice}\n\n{words}"))
            .at("event_source_arn")
    }
}

fn gone(attempt: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Cannot {attempt}"),
        "It was deleted since the plan was made. Plan again.",
    )
}

/// What of mapping and rights is there.
async fn observe(aws: &Aws, state: &BridgeEventSourceModel) -> Result<Observed, AwsError> {
    let mapping = match state.uuid.known() {
        Some(uuid) => aws.lambda.find_mapping(uuid).await?,
        None => None,
    };
    // At an import nothing is known yet.
    if state.manage_permissions.known() == Some(&false) {
        return Ok(Observed { mapping, rights: None });
    }
    let of_mapping = mapping.as_ref().map(|found| (&found.function_arn, &found.source_arn));
    let of_state = (state.function_arn.known(), state.event_source_arn.known());
    let Some((function_arn, source_arn)) = of_mapping.or(of_state.0.zip(of_state.1)) else {
        return Ok(Observed { mapping, rights: None });
    };
    let function = aws.lambda.find_function(function_arn).await?;
    let role_now = function.as_ref().map(role_of);
    let Some(role) = state.execution_role_name.known().cloned().or_else(|| role_now.clone()) else {
        return Ok(Observed { mapping, rights: None });
    };
    let name = state.execution_role_policy_name.known().cloned();
    let name = name.unwrap_or_else(|| policy_name(function_arn, source_arn));
    let policy = aws.iam.find_role_policy(&role, &name).await?;
    let is_current = role_now.is_none_or(|now| now == role);
    let rights = policy.map(|policy| Rights { role, name, policy, is_current });
    Ok(Observed { mapping, rights })
}
