//! `schedule`: times, and a role by which Scheduler calls the bridge then.

mod block;
mod expression;
mod role;

use tf_framework::{Diagnostic, Plan, Response, Value, async_trait};

pub(in crate::resources::bridge_trigger) use self::block::{NAME, ScheduleModel, block};
use self::role::ScheduleRole;
use super::{At, BridgeTriggerModel, Kind, already_exists, names, within};
use crate::aws::scheduler::{ScheduleName, ScheduleSettings};
use crate::aws::{AwsError, Fault};
use crate::resources::cannot::cannot;

pub(super) const ID_FORM: &str = "schedule/<group>/<schedule>";

/// What an id says after bridge and kind.
pub(super) fn of_key(key: &str) -> Option<ScheduleModel> {
    let (group, name) = key.split_once('/')?;
    let whole = names::check(group).is_ok() && names::check(name).is_ok();
    whole.then(|| ScheduleModel {
        group: group.into(),
        name: name.into(),
        ..ScheduleModel::default()
    })
}

/// The schedule and the role of one trigger.
struct Wiring {
    id: String,
    schedule: ScheduleName,
    arn: String,
    role: ScheduleRole,
}

impl Wiring {
    /// With the name that the schedule has, or is given now.
    fn of(block: &ScheduleModel, at: &At) -> Result<Self, Diagnostic> {
        let group = block.group.require("group")?.clone();
        let name = block.schedule_name(at);
        let name = name.ok_or_else(|| Diagnostic::bug("The schedule has no name."))?;
        let place = &at.place;
        let id = place.id(NAME, &format!("{group}/{name}"));
        let arn = format!(
            "arn:{}:scheduler:{}:{}:schedule/{group}/{name}",
            place.partition, place.region, place.account
        );
        let schedule = ScheduleName { group, name };
        let queue = block.dead_letter_arn.known().map(String::as_str);
        let role = ScheduleRole::of(&schedule, &id, queue, at);
        Ok(Self { id, schedule, arn, role })
    }

    fn cannot(&self, verb: &str, error: &AwsError) -> Diagnostic {
        let ScheduleName { group, name } = &self.schedule;
        let refusal = cannot(&format!("{verb} schedule {name:?} of group {group:?}"), error);
        match error.fault {
            Fault::NotFound => refusal.at(within(NAME, "group")),
            _ if error.message.contains("Schedule Expression") => {
                refusal.at(within(NAME, "expression"))
            }
            _ if error.message.contains("Timezone") => refusal.at(within(NAME, "timezone")),
            _ => refusal.at(NAME),
        }
    }

    fn cannot_role(&self, verb: &str, error: &AwsError) -> Diagnostic {
        cannot(&format!("{verb} IAM role {:?}", self.role.name), error).at(NAME)
    }

    /// A role of its name may be left of an apply that was cut short, and then an import heals it.
    async fn cannot_create_role(&self, error: &AwsError, at: &At) -> Diagnostic {
        if error.fault != Fault::AlreadyExists {
            return self.cannot_role("create", error);
        }
        if self.role.is_ours(at).await == Ok(true) {
            return self.taken(at, &error.with_request_id());
        }
        Diagnostic::error(
            format!("Cannot create IAM role {:?}", self.role.name),
            format!(
                "The schedule needs a role of its own, and there is another of its name. Delete it, \
                 or give the schedule another name.\n\n{}",
                error.with_request_id()
            ),
        )
        .at(within(NAME, "name"))
    }

    fn taken(&self, at: &At, words: &str) -> Diagnostic {
        let ScheduleName { group, name } = &self.schedule;
        already_exists(
            &format!("create schedule {name:?} of group {group:?}"),
            "Choose another name, or bring the one that exists under Terraform:",
            &at.place.import_id(NAME, &format!("{group}/{name}")),
            words,
        )
        .at(within(NAME, "name"))
    }

    async fn find(&self, at: &At) -> Result<Option<ScheduleSettings>, Diagnostic> {
        let found = at.aws.scheduler.find_schedule(&self.schedule).await;
        let found = found.map_err(|error| self.cannot("read", &error))?;
        Ok(found.map(|found| found.settings))
    }

    /// Whether the schedule calls the bridge, by its own role.
    fn calls(&self, found: &ScheduleSettings, at: &At) -> bool {
        found.function_arn == at.place.bridge_arn() && found.role_arn == self.role.arn
    }
}

#[async_trait]
impl Kind for ScheduleModel {
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
        // A schedule needs no permission of the function's policy: its role has one.
        plan.set("statement_id", Value::<String>::Null);
        let named = plan.config.schedule.known().is_none_or(|block| !block.name.is_unknown());
        let known =
            |at: &At| named && self.group.known().is_some() && self.schedule_name(at).is_some();
        let Some(at) = at.filter(|at| known(at)) else {
            for computed in ["id", "source_arn", "role_arn"] {
                plan.set(computed, Value::<String>::Unknown);
            }
            return Ok(());
        };
        let wiring = Wiring::of(self, at)?;
        plan.set("id", Value::Known(wiring.id));
        plan.set("source_arn", Value::Known(wiring.arn));
        plan.set("role_arn", Value::Known(wiring.role.arn));
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
        let there = wiring.find(at).await?;
        if prior.is_none() && there.is_some() {
            return Err(wiring.taken(at, "There is one."));
        }
        let known = |value: &Value<String>| value.known().is_some();
        let mut now = Found {
            block: prior.and_then(|prior| prior.schedule.known()).unwrap_or(self).clone(),
            wired: prior.is_some_and(|prior| known(&prior.source_arn)),
            has_role: prior.is_some_and(|prior| known(&prior.role_arn)),
        };

        if !now.has_role {
            let created = match prior {
                Some(_) => wiring.role.restore(at).await,
                None => wiring.role.create(at).await,
            };
            match created {
                Err(error) if prior.is_none() && error.is_refusal() => {
                    return Err(wiring.cannot_create_role(&error, at).await);
                }
                created => {
                    response.set_state(now.state(&plan, &wiring));
                    created.map_err(|error| wiring.cannot_role("create", &error))?;
                }
            }
        }
        if !now.has_role || now.block.dead_letter_arn != self.dead_letter_arn {
            let allowed = wiring.role.allow(at).await;
            allowed.map_err(|error| wiring.cannot_role("write the policy of", &error))?;
            now.has_role = true;
            response.set_state(now.state(&plan, &wiring));
        }

        let want = self.settings(at.place.bridge_arn(), wiring.role.arn.clone())?;
        let scheduler = &at.aws.scheduler;
        match there {
            Some(there) if there == want => {}
            Some(_) => scheduler
                .update_schedule(&wiring.schedule, &want)
                .await
                .map_err(|error| wiring.cannot("update", &error))?,
            None => {
                let created = scheduler.create_schedule(&wiring.schedule, &want).await;
                match created {
                    Err(error) if error.fault == Fault::AlreadyExists => {
                        // Somebody was faster. What is left of ours must not stand for theirs.
                        if prior.is_none() && wiring.role.delete(at).await.is_ok() {
                            response.remove();
                        }
                        return Err(wiring.taken(at, &error.with_request_id()));
                    }
                    created => created.map_err(|error| wiring.cannot("create", &error))?,
                }
            }
        }
        now.block = Self { name: wiring.schedule.name.as_str().into(), ..self.clone() };
        now.wired = true;
        response.set_state(now.state(&plan, &wiring));
        Ok(())
    }

    async fn read(
        &self,
        at: &At,
        state: BridgeTriggerModel,
    ) -> Result<Option<BridgeTriggerModel>, Diagnostic> {
        let wiring = Wiring::of(self, at)?;
        let schedule = wiring.find(at).await?;
        let has_role = wiring.role.is_there(at).await;
        let has_role = has_role.map_err(|error| wiring.cannot_role("read", &error))?;
        if schedule.is_none() && !has_role {
            let ours = wiring.role.is_ours(at).await;
            if !ours.map_err(|error| wiring.cannot_role("read", &error))? {
                return Ok(None);
            }
        }
        let wired = schedule.as_ref().is_some_and(|found| wiring.calls(found, at));
        let block = schedule.map_or_else(|| self.clone(), |found| self.observed(found));
        Ok(Some(Found { block, wired, has_role }.state(&state, &wiring)))
    }

    async fn delete(
        &self,
        at: &At,
        _state: &BridgeTriggerModel,
        _response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let wiring = Wiring::of(self, at)?;
        let deleted = at.aws.scheduler.delete_schedule(&wiring.schedule).await;
        deleted.map_err(|error| wiring.cannot("delete", &error))?;
        let deleted = wiring.role.delete(at).await;
        deleted.map_err(|error| wiring.cannot_role("delete", &error))
    }
}

/// What there is, as far as is known.
struct Found {
    block: ScheduleModel,
    /// Whether the schedule calls the bridge.
    wired: bool,
    /// Whether its role is as it should be.
    has_role: bool,
}

impl Found {
    fn state(&self, other: &BridgeTriggerModel, wiring: &Wiring) -> BridgeTriggerModel {
        let name = wiring.schedule.name.as_str().into();
        BridgeTriggerModel {
            id: Value::from(wiring.id.as_str()),
            source_arn: self.wired.then(|| wiring.arn.clone()).into(),
            role_arn: self.has_role.then(|| wiring.role.arn.clone()).into(),
            statement_id: Value::Null,
            schedule: Value::Known(ScheduleModel { name, ..self.block.clone() }),
            ..other.clone()
        }
    }
}

impl ScheduleModel {
    /// The one it has, or is given when it is made; `None` while that is not known.
    fn schedule_name(&self, at: &At) -> Option<String> {
        if let Value::Known(name) = &self.name {
            return Some(name.clone());
        }
        let input = match &self.input {
            Value::Unknown => return None,
            input => input.known().map_or("", String::as_str),
        };
        let what = [self.expression.known()?, self.timezone.known()?, input];
        Some(names::derived(&at.place.bridge, &what))
    }
}
