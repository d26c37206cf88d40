//! `event_rule`: events on an event bus that match a pattern.

mod block;

use tf_framework::{Diagnostic, Plan, Response, Value, async_trait};

use self::block::TARGET_ID;
pub(in crate::resources::bridge_trigger) use self::block::{EventRuleModel, NAME, block};
use super::{At, BridgeTriggerModel, Kind, already_exists, names, within};
use crate::arn::Arn;
use crate::aws::eventbridge::{RuleName, RuleTarget};
use crate::aws::lambda::Permission;
use crate::aws::{AwsError, Fault};
use crate::resources::bridge_trigger::place::statement_id;
use crate::resources::cannot::cannot;

pub(super) const ID_FORM: &str = "event_rule/<event bus>/<rule>";

/// What an id says after bridge and kind. Names of buses may have slashes, those of rules not.
pub(super) fn of_key(key: &str) -> Option<EventRuleModel> {
    let (bus, name) = key.rsplit_once('/')?;
    let whole = block::check_bus(bus).is_ok() && names::check(name).is_ok();
    whole.then(|| EventRuleModel {
        event_bus_name: bus.into(),
        name: name.into(),
        ..EventRuleModel::default()
    })
}

/// The wiring and the permission of one trigger.
struct Wiring {
    key: String,
    rule: RuleName,
    rule_arn: String,
    permission: Permission,
}

impl Wiring {
    /// With the name that the rule has, or is given now.
    fn of(block: &EventRuleModel, at: &At) -> Result<Self, Diagnostic> {
        let bus = block.bus().unwrap_or_default().to_owned();
        let name = block.rule_name(at).ok_or_else(|| Diagnostic::bug("The rule has no name."))?;
        let rule = RuleName { bus, name };
        let key = format!("{}/{}", rule.bus, rule.name);
        let rule_arn = rule_arn(&rule, at);
        let permission = at.permission(NAME, &key, "events.amazonaws.com", &rule_arn, None);
        Ok(Self { key, rule, rule_arn, permission })
    }

    fn cannot(&self, verb: &str, error: &AwsError) -> Diagnostic {
        let RuleName { bus, name } = &self.rule;
        let attempt = format!("{verb} rule {name:?} of event bus {bus:?}");
        match error.fault {
            Fault::NotFound => cannot(&attempt, error).at(within(NAME, "event_bus_name")),
            _ if error.code.as_deref() == Some("InvalidEventPatternException") => {
                cannot(&attempt, error).at(within(NAME, "event_pattern"))
            }
            _ => cannot(&attempt, error).at(NAME),
        }
    }

    async fn target(&self, at: &At) -> Result<Option<RuleTarget>, Diagnostic> {
        let found = at.aws.eventbridge.find_targets(&self.rule).await;
        let found = found.map_err(|error| self.cannot("read the targets of", &error))?;
        Ok(found.into_iter().find(|target| target.id == TARGET_ID))
    }
}

/// EventBridge leaves the default bus out.
fn rule_arn(rule: &RuleName, at: &At) -> String {
    let place = &at.place;
    let path = match rule.bus.as_str() {
        "default" => rule.name.clone(),
        bus => format!("{bus}/{}", rule.name),
    };
    format!("arn:{}:events:{}:{}:rule/{path}", place.partition, place.region, place.account)
}

#[async_trait]
impl Kind for EventRuleModel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Vec<Diagnostic> {
        self.check()
    }

    async fn plan(
        &self,
        at: Option<&At>,
        plan: &mut Plan<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let wiring = match at {
            Some(at) => {
                self.check_bus_is_near(at)?;
                let named = plan.config.event_rule.known();
                let named = named.is_none_or(|block| !block.name.is_unknown());
                let known = named && self.bus().is_some() && self.rule_name(at).is_some();
                known.then(|| Wiring::of(self, at)).transpose()?
            }
            None => None,
        };
        let (Some(at), Some(wiring)) = (at, wiring) else {
            for computed in ["id", "source_arn", "statement_id"] {
                plan.set(computed, Value::<String>::Unknown);
            }
            return Ok(());
        };
        plan.set("id", Value::Known(at.place.id(NAME, &wiring.key)));
        plan.set("source_arn", Value::Known(wiring.rule_arn));
        plan.set("statement_id", Value::Known(statement_id(NAME, &wiring.key)));
        Ok(())
    }

    async fn apply(
        &self,
        at: &At,
        prior: Option<&BridgeTriggerModel>,
        plan: BridgeTriggerModel,
        response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let wiring = Wiring::of(self, at)?;
        let (eventbridge, want) = (&at.aws.eventbridge, self.settings()?);
        let rule = match prior {
            Some(_) => eventbridge.find_rule(&wiring.rule).await,
            None => Ok(None),
        };
        let rule = rule.map_err(|error| wiring.cannot("read", &error))?;
        let target = if rule.is_some() { wiring.target(at).await? } else { None };

        let before = prior.and_then(|prior| prior.event_rule.known()).unwrap_or(self);
        let mut now = Found {
            block: before.observed(&wiring.rule.name, None, None),
            wired: prior.is_some_and(|prior| prior.source_arn.known().is_some()),
            statement_id: prior.map(|prior| prior.statement_id.clone()).unwrap_or_default(),
        };
        let have = rule.map(|rule| rule.settings);
        if have.as_ref() != Some(&want) {
            let put = match have {
                Some(_) => eventbridge.update_rule(&wiring.rule, &want).await,
                None => eventbridge.create_rule(&wiring.rule, &want).await.map(drop),
            };
            match put {
                Ok(()) => {}
                Err(error) if error.fault == Fault::AlreadyExists => {
                    return Err(wiring.taken(at, &error));
                }
                Err(error) => {
                    // After a lost answer, the rule may be there.
                    if prior.is_none() && !error.is_refusal() {
                        response.set_state(now.state(&plan, &wiring, at));
                    }
                    return Err(wiring.cannot("write", &error));
                }
            }
        }
        now.block = now.block.observed(&wiring.rule.name, Some(want), None);
        // The new spelling of what was planned, not the old one of what was there.
        now.block.event_pattern = self.event_pattern.clone();
        response.set_state(now.state(&plan, &wiring, at));

        if now.statement_id != Value::Known(wiring.permission.statement_id.clone()) {
            at.allow(&wiring.permission, NAME).await?;
            now.statement_id = wiring.permission.statement_id.as_str().into();
            response.set_state(now.state(&plan, &wiring, at));
        }

        let want = self.target(at.place.bridge_arn());
        if target.as_ref() != Some(&want) {
            let put = eventbridge.put_target(&wiring.rule, &want).await;
            put.map_err(|error| wiring.cannot("set the target of", &error))?;
        }
        now.block = Self { name: now.block.name, ..self.clone() };
        now.wired = true;
        response.set_state(now.state(&plan, &wiring, at));
        Ok(())
    }

    async fn read(
        &self,
        at: &At,
        state: BridgeTriggerModel,
    ) -> Result<Option<BridgeTriggerModel>, Diagnostic> {
        let wiring = Wiring::of(self, at)?;
        let rule = at.aws.eventbridge.find_rule(&wiring.rule).await;
        let rule = rule.map_err(|error| wiring.cannot("read", &error))?;
        let target = if rule.is_some() { wiring.target(at).await? } else { None };
        let target = target.filter(|target| target.function_arn == at.place.bridge_arn());
        let statement_id = at.statement(&wiring.permission).await?;
        if rule.is_none() && statement_id.is_null() {
            return Ok(None);
        }
        let wired = target.is_some();
        let block = self.observed(&wiring.rule.name, rule.map(|rule| rule.settings), target);
        let found = Found { block, wired, statement_id };
        Ok(Some(found.state(&state, &wiring, at)))
    }

    async fn delete(
        &self,
        at: &At,
        _state: &BridgeTriggerModel,
        _response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let wiring = Wiring::of(self, at)?;
        let eventbridge = &at.aws.eventbridge;
        let removed = eventbridge.remove_target(&wiring.rule, TARGET_ID).await;
        removed.map_err(|error| wiring.cannot("remove the target of", &error))?;
        let deleted = eventbridge.delete_rule(&wiring.rule).await;
        deleted.map_err(|error| wiring.cannot_delete(&error))?;
        at.disallow(&wiring.permission.statement_id).await
    }
}

/// What there is, as far as is known.
struct Found {
    block: EventRuleModel,
    /// Whether the rule calls the bridge.
    wired: bool,
    statement_id: Value<String>,
}

impl Found {
    fn state(&self, other: &BridgeTriggerModel, wiring: &Wiring, at: &At) -> BridgeTriggerModel {
        BridgeTriggerModel {
            id: Value::Known(at.place.id(NAME, &wiring.key)),
            source_arn: self.wired.then(|| wiring.rule_arn.clone()).into(),
            statement_id: self.statement_id.clone(),
            event_rule: Value::Known(self.block.clone()),
            ..other.clone()
        }
    }
}

impl Wiring {
    /// A rule cannot go before its targets, and those that somebody else added are not ours to take.
    fn cannot_delete(&self, error: &AwsError) -> Diagnostic {
        let mut refusal = self.cannot("delete", error);
        if error.message.contains("has targets") {
            refusal.detail = format!(
                "Somebody else has added targets to it. Remove them, and apply again.\n\n{}",
                refusal.detail
            );
        }
        refusal
    }

    fn taken(&self, at: &At, error: &AwsError) -> Diagnostic {
        let RuleName { bus, name } = &self.rule;
        already_exists(
            &format!("create rule {name:?} of event bus {bus:?}"),
            "Choose another name, or bring the one that exists under Terraform:",
            &at.place.import_id(NAME, &self.key),
            &error.with_request_id(),
        )
        .at(within(NAME, "name"))
    }
}

impl EventRuleModel {
    /// The one it has, or is given when it is made; `None` while that is not known.
    fn rule_name(&self, at: &At) -> Option<String> {
        match &self.name {
            Value::Known(name) => Some(name.clone()),
            _ => {
                let document: serde_json::Value =
                    serde_json::from_str(self.event_pattern.known()?).ok()?;
                Some(names::derived(&at.place.bridge, &[self.bus()?, &document.to_string()]))
            }
        }
    }

    /// A bus of another account or region has no rule of ours.
    fn check_bus_is_near(&self, at: &At) -> Result<(), Diagnostic> {
        let Some(arn) = self.event_bus_name.known().and_then(|bus| Arn::parse(bus)) else {
            return Ok(());
        };
        let place = &at.place;
        if (arn.account, arn.region) == (place.account.as_str(), place.region.as_str()) {
            return Ok(());
        }
        Err(Diagnostic::error(
            "Invalid value for event_rule.event_bus_name",
            format!(
                "The event bus is in {} of account {}, and the bridge in {} of account {}: a rule \
                 calls functions of its own region and account. Let a rule there send the events \
                 to an event bus here.",
                arn.region, arn.account, place.region, place.account
            ),
        )
        .at(within(NAME, "event_bus_name")))
    }
}
