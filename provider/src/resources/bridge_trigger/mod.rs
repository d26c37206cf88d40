//! `modal_bridge_trigger`: that something in AWS calls a bridge, with the permission it needs.
//!
//! Each kind of trigger is a block, and a module in `kind`. Here is what they have in common.

mod at;
mod identity;
mod kind;
mod model;
mod place;
#[cfg(test)]
mod rehearsal;
mod schema;

use std::time::Duration;

use tf_framework::{
    AttributePath, Create, Delete, Diagnostic, IdentitySchema, ImportBy, Plan, Read, Resource,
    Response, Schema, Update, Value, async_trait,
};

use self::at::At;
pub(crate) use self::identity::BridgeTriggerIdentity;
pub(crate) use self::kind::PlannedNotifications;
pub(crate) use self::model::BridgeTriggerModel;
use self::place::{Bridge, Place};
#[cfg(test)]
pub(crate) use self::rehearsal::furnished;
use super::cannot::cannot;
use super::region;
use super::timeouts::{DefaultTimeouts, TimeoutsModel};
use crate::provider::Clients;

const TIMEOUTS: DefaultTimeouts = DefaultTimeouts::minutes(5);

/// Makes and keeps triggers.
#[derive(Debug)]
pub(crate) struct BridgeTrigger {
    clients: Clients,
}

impl BridgeTrigger {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }

    /// Where a trigger is, and for an operation that may take so long.
    async fn at(&self, model: &BridgeTriggerModel, limit: Duration) -> Result<At, Diagnostic> {
        let region = model.region.require("region")?;
        let bridge = Bridge::parse(model.bridge_name.require("bridge_name")?);
        self.at_place(region, &bridge, limit).await
    }

    async fn at_place(
        &self,
        region: &str,
        bridge: &Bridge<'_>,
        limit: Duration,
    ) -> Result<At, Diagnostic> {
        let clients = &self.clients;
        let caller = clients.aws.caller.identity().await;
        let caller =
            caller.map_err(|error| cannot("find out whose AWS account this is", &error))?;
        let place = Place {
            partition: caller.partition.clone(),
            account: caller.account_id.clone(),
            region: region.to_owned(),
            bridge: bridge.name.to_owned(),
        };
        bridge.check_account(&place)?;
        let aws = clients.aws_in(&region.into()).within(limit);
        Ok(At { place, aws, tag_rules: clients.tag_rules.clone() })
    }
}

#[async_trait]
impl Resource for BridgeTrigger {
    const TYPE_NAME: &'static str = "bridge_trigger";
    type Model = BridgeTriggerModel;
    type Identity = BridgeTriggerIdentity;

    fn schema() -> Schema {
        schema::schema()
    }

    fn identity_schema() -> Option<IdentitySchema> {
        Some(identity::schema())
    }

    fn validate(config: &BridgeTriggerModel) -> Vec<Diagnostic> {
        let mut found = kind::validate_count(config);
        found.extend(kind::validate_tags(config));
        found.extend(config.kinds().flat_map(|kind| kind.validate()));
        found
    }

    fn identity(&self, state: &BridgeTriggerModel) -> BridgeTriggerIdentity {
        BridgeTriggerIdentity::of(state, &self.clients.aws)
    }

    async fn plan(&self, plan: &mut Plan<BridgeTriggerModel>) -> Result<(), Diagnostic> {
        let bridge = plan.config.bridge_name.clone();
        let bridge = bridge.known().map(|name| Bridge::parse(name));
        let prior_region = plan.prior.as_ref().map(|prior| &prior.region);
        let asked = place::region_of(&plan.config, bridge.as_ref(), prior_region)?;
        let region = region::planned(&asked, prior_region, &self.clients.aws.region)?;
        let at = match (&bridge, region.known()) {
            (Some(bridge), Some(region)) => {
                Some(self.at_place(region, bridge, TIMEOUTS.create).await?)
            }
            _ => None,
        };
        plan.set("region", region.clone());
        let planned = BridgeTriggerModel { region, ..plan.planned.clone() };
        let prior = plan.prior.clone();
        let Some(kind) = planned.kind() else { return Ok(()) };
        if let Some(before) = prior.as_ref().and_then(|prior| prior.kind())
            && before.name() != kind.name()
        {
            plan.require_replace(kind.name());
        }
        for (of, output) in kind::OUTPUTS {
            if *of != kind.name() {
                plan.set(output, Value::<String>::Null);
            }
        }
        let tags = if kind.takes_tags() {
            self.clients.tag_rules.planned(&planned.tags)
        } else {
            Value::Null
        };
        plan.set("tags_all", tags);
        kind.plan(at.as_ref(), plan).await?;
        self.clients.planned_notifications.add(&planned, prior.as_ref())
    }

    async fn create(
        &self,
        request: Create<BridgeTriggerModel>,
        response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let plan = without_results(request.plan);
        self.clients.planned_notifications.remove(&plan, None);
        let at = self.at(&plan, TimeoutsModel::create(&plan.timeouts, TIMEOUTS)).await?;
        plan.require_kind()?.apply(&at, None, plan.clone(), response).await
    }

    async fn read(
        &self,
        request: Read<BridgeTriggerModel>,
        response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let state = request.state;
        let at = self.at(&state, TIMEOUTS.create).await?;
        match state.require_kind()?.read(&at, state.clone()).await? {
            Some(found) => response.set_state(found),
            None => response.remove(),
        }
        Ok(())
    }

    async fn update(
        &self,
        request: Update<BridgeTriggerModel>,
        response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let Update { prior, plan, .. } = request;
        let plan = without_results(plan);
        self.clients.planned_notifications.remove(&plan, Some(&prior));
        let at = self.at(&plan, TimeoutsModel::update(&plan.timeouts, TIMEOUTS)).await?;
        plan.require_kind()?.apply(&at, Some(&prior), plan.clone(), response).await
    }

    async fn delete(
        &self,
        request: Delete<BridgeTriggerModel>,
        response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let state = request.state;
        self.clients.planned_notifications.remove(&state, Some(&state));
        let at = self.at(&state, TimeoutsModel::delete(&state.timeouts, TIMEOUTS)).await?;
        state.require_kind()?.delete(&at, &state, response).await
    }

    async fn import(
        &self,
        by: ImportBy<BridgeTriggerIdentity>,
        response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let attempt = |id: &str| format!("import bridge trigger {id:?}");
        let (id, region) = match by {
            ImportBy::Id(id) => region::of_import_id(&id),
            ImportBy::Identity(identity) => {
                let id = identity.id()?;
                identity.check(&self.clients.aws, &attempt(&id)).await?;
                (id, identity.region)
            }
        };
        let summary = format!("Cannot {}", attempt(&id));
        let aws_region = self.clients.aws_in(&region).region;
        let Some(state) = kind::of_id(&id) else {
            return Err(Diagnostic::error(
                summary,
                format!(
                    "The id to import by is <bridge>/<kind>/<key>, or that with @<region> at the \
                     end:\n\n{}",
                    kind::id_forms()
                ),
            ));
        };
        let state = BridgeTriggerModel { region: aws_region.as_str().into(), ..state };
        let at = self.at(&state, TIMEOUTS.create).await?;
        match state.require_kind()?.read(&at, state.clone()).await? {
            Some(found) => {
                response.set_state(found);
                Ok(())
            }
            None => Err(Diagnostic::error(
                summary,
                format!("There is no such trigger in this account in {aws_region}."),
            )),
        }
    }
}

impl BridgeTriggerModel {
    /// The block that a checked configuration has.
    fn require_kind(&self) -> Result<&dyn kind::Kind, Diagnostic> {
        self.kind().ok_or_else(|| Diagnostic::bug("The trigger has no block of a kind."))
    }

    /// What of `id` tells this trigger from others of its kind and bridge.
    fn key(&self) -> Option<&str> {
        let id = self.id.known()?;
        let (_, rest) = id.split_once('/')?;
        rest.split_once('/').map(|(_, key)| key)
    }
}

/// A plan with nothing for what one kind alone has, and adds to it.
fn without_results(plan: BridgeTriggerModel) -> BridgeTriggerModel {
    BridgeTriggerModel {
        api_endpoint: Value::Null,
        role_arn: Value::Null,
        subscription_arn: Value::Null,
        ..plan
    }
}

/// An attribute of a block.
fn within(block: &str, attribute: &str) -> AttributePath {
    AttributePath::from(block).attribute(attribute)
}

#[cfg(test)]
mod tests {
    use tf_framework::testing::assert_model_matches_schema;

    use super::*;

    #[test]
    fn model_matches_schema() {
        assert_model_matches_schema::<BridgeTrigger>();
    }
}
