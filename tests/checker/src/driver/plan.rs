//! Planning: what core asks for a change, and what it checks of the answer.

use tfplugin_proto::tfplugin5 as wire;

use super::{BUG, Core, DeferredReason, Object, plugin_error};
use crate::codec;
use crate::config::Config;
use crate::diagnostics;
use crate::path::Path;
use crate::proposed::proposed_new;
use crate::refusal::{Breach, Refusal, Rule, unbroken};
use crate::rules::{self, Action};
use crate::schema::Block;
use crate::value::{Value, quote};

/// A plan for one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    pub type_name: String,
    pub action: Action,
    /// What is there now.
    pub prior: Option<Object>,
    /// What is wanted; null to destroy.
    pub config: Value,
    /// What will be there, as far as it is known; null to destroy.
    pub value: Value,
    /// What the provider keeps for the apply.
    pub private: Vec<u8>,
    pub identity: Option<Value>,
    /// What forces a replacement.
    pub replacing: Vec<Path>,
    /// Why the provider puts the change off, if it does and may.
    pub deferred: Option<DeferredReason>,
}

/// What one PlanResourceChange answered.
struct Answer {
    value: Value,
    private: Vec<u8>,
    identity: Option<Value>,
    requires_replace: Vec<Path>,
    deferred: Option<DeferredReason>,
}

/// What is there before, in the three forms in which the wire wants it.
struct Before<'a> {
    value: &'a Value,
    private: &'a [u8],
    identity: Option<&'a Value>,
}

impl Core {
    /// Validates a configuration of a resource. RPC: ValidateResourceTypeConfig.
    pub async fn validate(
        &self,
        type_name: &str,
        config: impl Into<Config>,
    ) -> Result<(), Refusal> {
        let config = self.config(type_name, config)?;
        self.validate_value(type_name, &config).await
    }

    async fn validate_value(&self, type_name: &str, config: &Value) -> Result<(), Refusal> {
        let block = &self.resource(type_name).block;
        let request = wire::validate_resource_type_config::Request {
            type_name: type_name.to_owned(),
            config: Some(codec::encode(config, &block.ty())),
            client_capabilities: Some(self.capabilities()),
        };
        let answer = self
            .client()
            .validate_resource_type_config(request)
            .await
            .map_err(|status| plugin_error("ValidateResourceConfig", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, Some(block))
    }

    /// Plans to bring an object to `config`. RPCs: ValidateResourceTypeConfig, PlanResourceChange,
    /// and where the object has to be replaced PlanResourceChange again, as for a new one.
    pub async fn plan(
        &self,
        type_name: &str,
        prior: Option<&Object>,
        config: impl Into<Config>,
    ) -> Result<Planned, Refusal> {
        let block = &self.resource(type_name).block;
        let config = self.config(type_name, config)?;
        self.validate_value(type_name, &config).await?;
        // What is tainted is planned as if it were not there, and then replaced.
        let live = prior.filter(|prior| !prior.tainted);
        let none = block.null();
        let before = Before {
            value: live.map_or(&none, |prior| &prior.value),
            private: live.map_or(&[], |prior| &prior.private),
            identity: live.and_then(|prior| prior.identity.as_ref()),
        };
        let mut answer = self.plan_once(type_name, &before, &config).await?;
        let mut planned = Planned {
            type_name: type_name.to_owned(),
            action: Action::Update,
            prior: prior.cloned(),
            config: config.clone(),
            value: block.null(),
            private: Vec::new(),
            identity: None,
            replacing: Vec::new(),
            deferred: answer.deferred,
        };
        if answer.deferred.is_none() {
            self.check_planned(type_name, before.value, &config, &answer.value)?;
        }
        planned.replacing = rules::replacing(
            block,
            before.value,
            &answer.value,
            &answer.requires_replace,
            &self.address,
            &self.object(type_name),
        )
        .map_err(Refusal::Broken)?;
        planned.action = rules::action(before.value, &answer.value, &planned.replacing);
        if matches!(planned.action, Action::Update | Action::NoOp) {
            self.identity_known(type_name, answer.identity.as_ref())?;
            self.identity_kept(type_name, before.identity, answer.identity.as_ref())?;
        }
        if planned.action == Action::Replace {
            let before = Before {
                value: &none,
                private: &answer.private,
                identity: answer.identity.as_ref(),
            };
            let again = self.plan_once(type_name, &before, &config).await?;
            if again.deferred.is_none() {
                self.check_planned(type_name, &none, &config, &again.value)?;
            }
            planned.deferred = planned.deferred.or(again.deferred);
            answer = again;
        }
        if planned.action == Action::Create && prior.is_some() {
            planned.action = Action::Replace;
        }
        planned.value = answer.value;
        planned.private = answer.private;
        planned.identity = answer.identity;
        Ok(planned)
    }

    /// Plans to destroy an object. RPC: PlanResourceChange if the provider announces `plan_destroy`,
    /// else none.
    pub async fn plan_destroy(&self, type_name: &str, prior: &Object) -> Result<Planned, Refusal> {
        let block = &self.resource(type_name).block;
        let mut planned = Planned {
            type_name: type_name.to_owned(),
            action: Action::Delete,
            prior: Some(prior.clone()),
            config: block.null(),
            value: block.null(),
            private: prior.private.clone(),
            identity: None,
            replacing: Vec::new(),
            deferred: None,
        };
        if !self.schemas().capabilities.plan_destroy {
            return Ok(planned);
        }
        let before = Before {
            value: &prior.value,
            private: &prior.private,
            identity: prior.identity.as_ref(),
        };
        let answer = self.plan_once(type_name, &before, &block.null()).await?;
        self.identity_known(type_name, answer.identity.as_ref())?;
        if !answer.value.is_null() && answer.deferred.is_none() {
            return Err(Breach::new(
                Rule::PlanDestroy,
                "Provider produced invalid plan",
                format!(
                    "Provider {} planned a non-null destroy value for {}.\n\n{BUG}",
                    quote(&self.address),
                    self.object(type_name)
                ),
            )
            .into());
        }
        planned.private = answer.private;
        planned.identity = answer.identity;
        planned.deferred = answer.deferred;
        Ok(planned)
    }

    /// Plans twice and refuses a plan that differs from the first. RPCs: those of [`Core::plan`],
    /// twice.
    pub async fn plan_twice(
        &self,
        type_name: &str,
        prior: Option<&Object>,
        config: impl Into<Config>,
    ) -> Result<Planned, Refusal> {
        let config = self.config(type_name, config)?;
        let first = self.plan(type_name, prior, &config).await?;
        let second = self.plan(type_name, prior, &config).await?;
        if first == second {
            return Ok(first);
        }
        let what = [
            ("action", first.action != second.action),
            ("object", first.value != second.value),
            ("private data", first.private != second.private),
            ("identity", first.identity != second.identity),
            ("replacement", first.replacing != second.replacing),
            ("deferral", first.deferred != second.deferred),
        ];
        let what: Vec<_> = what.iter().filter(|(_, differs)| *differs).map(|(w, _)| *w).collect();
        Err(Breach::new(
            Rule::PlanRepeatable,
            "Provider produced two plans for one change",
            format!(
                "Planning {} twice from the same state to the same configuration, provider {} \
                 planned another {} the second time: {}, then {}.",
                self.object(type_name),
                quote(&self.address),
                what.join(", "),
                first.value.go(),
                second.value.go()
            ),
        )
        .into())
    }

    async fn plan_once(
        &self,
        type_name: &str,
        before: &Before<'_>,
        config: &Value,
    ) -> Result<Answer, Refusal> {
        let block = &self.resource(type_name).block;
        let ty = block.ty();
        let proposed =
            if config.is_null() { block.null() } else { proposed_new(block, before.value, config) };
        let request = wire::plan_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(codec::encode(before.value, &ty)),
            proposed_new_state: Some(codec::encode(&proposed, &ty)),
            config: Some(codec::encode(config, &ty)),
            prior_private: before.private.to_vec(),
            provider_meta: self.provider_meta(),
            client_capabilities: Some(self.capabilities()),
            prior_identity: self.identity_data(type_name, before.identity),
        };
        let answer = self
            .client()
            .plan_resource_change(request)
            .await
            .map_err(|status| plugin_error("PlanResourceChange", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, Some(block))?;
        let value = self.decode(answer.planned_state.as_ref(), block)?;
        let deferred = self.deferred(answer.deferred, &self.object(type_name))?;
        self.check_legacy(answer.legacy_type_system, "planning", type_name)?;
        Ok(Answer {
            value,
            private: answer.planned_private,
            identity: self.identity(type_name, answer.planned_identity.as_ref())?,
            requires_replace: answer.requires_replace.iter().map(diagnostics::path).collect(),
            deferred,
        })
    }

    pub(super) fn check_legacy(
        &self,
        legacy: bool,
        during: &str,
        type_name: &str,
    ) -> Result<(), Refusal> {
        if !legacy {
            return Ok(());
        }
        Err(Breach::new(
            Rule::LegacyTypeSystem,
            "Provider claimed the legacy type system",
            format!(
                "Provider {} set legacy_type_system while {during} {}, which makes Terraform log \
                 what is wrong with the answer instead of refusing it.",
                quote(&self.address),
                self.object(type_name)
            ),
        )
        .into())
    }

    fn check_planned(
        &self,
        type_name: &str,
        prior: &Value,
        config: &Value,
        planned: &Value,
    ) -> Result<(), Refusal> {
        let block = &self.resource(type_name).block;
        let object = self.object(type_name);
        unbroken(self.written_only(
            block,
            planned,
            Rule::PlanWriteOnly,
            "Provider produced invalid plan",
            |path| {
                format!(
                    "Provider {} returned a value for the write-only attribute \"{object}{path}\" \
                     during planning. Write-only attributes cannot be read back from the \
                     provider. {BUG}",
                    self.resolved()
                )
            },
        ))?;
        let invalid = |rule: Rule, what: String| {
            Breach::new(
                rule,
                "Provider produced invalid plan",
                format!(
                    "Provider {} planned an invalid value for {what}.\n\n{BUG}",
                    quote(&self.address)
                ),
            )
        };
        let types = planned.ty().nonconformities(&block.ty()).into_iter();
        unbroken(
            types
                .map(|(path, why)| invalid(Rule::PlanType, format!("{object}{path}: {why}")))
                .collect(),
        )?;
        let problems = rules::plan_valid(block, prior, config, planned).into_iter();
        unbroken(problems.map(|problem| invalid(problem.rule, problem.after(&object))).collect())
    }

    /// The breaches of "write-only values are nowhere", in the words of the step.
    pub(super) fn written_only(
        &self,
        block: &Block,
        value: &Value,
        rule: Rule,
        summary: &str,
        detail: impl Fn(&Path) -> String,
    ) -> Vec<Breach> {
        match rules::write_only_values(block, value) {
            Ok(found) => {
                found.into_iter().map(|path| Breach::new(rule, summary, detail(&path))).collect()
            }
            Err(why) => {
                let detail = format!("Error validating write-only attributes: {why}.");
                vec![Breach::new(rule, summary, detail)]
            }
        }
    }

    /// Refuses an identity that is not the one from before.
    pub(super) fn identity_kept(
        &self,
        type_name: &str,
        before: Option<&Value>,
        after: Option<&Value>,
    ) -> Result<(), Refusal> {
        let Some(before) = before else { return Ok(()) };
        let detail = match after {
            Some(after) if after == before => return Ok(()),
            Some(after) => format!("was {}, but now {}", before.go(), after.go()),
            None => format!("was {}, but now absent", before.go()),
        };
        Err(Breach::new(
            Rule::IdentityChanged,
            "Provider changed an identity",
            format!(
                "The identity of {} {detail}. An identity names one object for as long as it \
                 lives.",
                self.object(type_name)
            ),
        )
        .into())
    }
}
