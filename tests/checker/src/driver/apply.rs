//! Applying: the plan made again with everything known, then the change, then what is saved.

use tfplugin_proto::tfplugin5 as wire;

use super::{BUG, Core, Object, Planned, plugin_error};
use crate::codec;
use crate::config::Config;
use crate::diagnostics::{Diagnostic, Said};
use crate::refusal::{Breach, Refusal, Rule, unbroken};
use crate::rules::{self, Action};
use crate::value::{Value, quote};

/// What an apply leaves behind.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Applied {
    /// What is in the state now: also after a failure.
    pub saved: Option<Object>,
    /// Whether it succeeded.
    pub outcome: Result<(), Refusal>,
    /// What the provider said, errors first.
    pub diagnostics: Vec<Diagnostic>,
}

impl Applied {
    /// What is in the state now, if the apply succeeded.
    pub fn done(self) -> Result<Option<Object>, Refusal> {
        self.outcome.map(|()| self.saved)
    }

    fn failed(saved: Option<Object>, refusal: Refusal) -> Self {
        Self { saved, outcome: Err(refusal), diagnostics: Vec::new() }
    }
}

impl Core {
    /// Applies a plan, with the configuration of which everything is known by now.
    ///
    /// | action | RPCs |
    /// | --- | --- |
    /// | `NoOp` | none |
    /// | `Create`, `Update` | those of [`Core::plan`], ApplyResourceChange |
    /// | `Replace` | ApplyResourceChange to destroy, those of [`Core::plan`], ApplyResourceChange |
    /// | `Delete` | ApplyResourceChange |
    ///
    /// # Panics
    ///
    /// If something in the configuration is still unknown: Terraform does not get here then.
    pub async fn apply(&self, planned: &Planned, config: impl Into<Config>) -> Applied {
        let prior = planned.prior.clone();
        let nothing_to_do =
            Applied { saved: prior.clone(), outcome: Ok(()), diagnostics: Vec::new() };
        if planned.action == Action::NoOp {
            return nothing_to_do;
        }
        if planned.action == Action::Delete {
            return self.apply_change(planned).await;
        }
        let config = match self.config(&planned.type_name, config) {
            Ok(config) => config,
            Err(refusal) => return Applied::failed(prior, refusal),
        };
        assert!(config.is_wholly_known(), "what is applied has to be known: {}", config.go());
        let mut current = prior;
        if planned.action == Action::Replace {
            let destroyed = self.apply_change(&self.destruction(planned)).await;
            if destroyed.outcome.is_err() {
                return destroyed;
            }
            current = destroyed.saved;
        }
        match self.plan_again(planned, current.as_ref(), &config).await {
            Ok(again) if again.action == Action::NoOp => nothing_to_do,
            Ok(again) => self.apply_change(&again).await,
            Err(refusal) => Applied::failed(current, refusal),
        }
    }

    /// Applies a plan to destroy, or a plan whose configuration was all known. RPCs: those of
    /// [`Core::apply`].
    pub async fn apply_as_planned(&self, planned: &Planned) -> Applied {
        self.apply(planned, planned.config.clone()).await
    }

    /// The destruction that a replacement begins with.
    fn destruction(&self, planned: &Planned) -> Planned {
        let none = self.resource(&planned.type_name).block.null();
        Planned {
            action: Action::Delete,
            config: none.clone(),
            value: none,
            identity: None,
            ..planned.clone()
        }
    }

    /// Plans again with what is known by now, and refuses what is not what was planned first. RPCs:
    /// those of [`Core::plan`].
    pub async fn plan_again(
        &self,
        planned: &Planned,
        current: Option<&Object>,
        config: impl Into<Config>,
    ) -> Result<Planned, Refusal> {
        let type_name = planned.type_name.as_str();
        let again = self.plan(type_name, current, config).await?;
        let object = self.object(type_name);
        if again.deferred.is_some() && planned.deferred.is_none() {
            return Err(Breach::new(
                Rule::FinalPlanDeferred,
                "Resource deferred during apply, but not during plan",
                format!(
                    "Terraform has encountered a bug where a provider would mark the resource {} \
                     as deferred during apply, but not during plan. This is most likely a bug in \
                     the provider. Please file an issue with the provider.",
                    quote(&object)
                ),
            )
            .into());
        }
        let expanding = format!(
            "When expanding the plan for {object} to include new values learned so far during \
             apply, provider {}",
            quote(&self.address)
        );
        let inconsistent = |rule: Rule, detail: String| {
            Breach::new(rule, "Provider produced inconsistent final plan", detail)
        };
        let mut breaches = Vec::new();
        // By now, the first half of a replacement is done.
        let as_planned = again.action == planned.action
            || (planned.action, again.action) == (Action::Update, Action::NoOp)
            || (planned.action, again.action) == (Action::Replace, Action::Create);
        if !as_planned {
            breaches.push(inconsistent(
                Rule::FinalPlanAction,
                format!(
                    "{expanding} changed the planned action from {} to {}.\n\n{BUG}",
                    planned.action, again.action
                ),
            ));
        }
        let block = &self.resource(type_name).block;
        for problem in rules::object_compatible(block, &planned.value, &again.value) {
            breaches.push(inconsistent(
                Rule::FinalPlanValue,
                format!("{expanding} produced an invalid new value for {problem}.\n\n{BUG}"),
            ));
        }
        unbroken(breaches)?;
        Ok(again)
    }

    /// Makes one change, as it is planned. RPC: ApplyResourceChange.
    pub async fn apply_change(&self, planned: &Planned) -> Applied {
        let type_name = planned.type_name.as_str();
        let block = &self.resource(type_name).block;
        let ty = block.ty();
        let prior = if planned.action == Action::Create { None } else { planned.prior.clone() };
        let before = prior.as_ref().map_or_else(|| block.null(), |prior| prior.value.clone());
        let request = wire::apply_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(codec::encode(&before, &ty)),
            planned_state: Some(codec::encode(&planned.value, &ty)),
            config: Some(codec::encode(&planned.config, &ty)),
            planned_private: planned.private.clone(),
            provider_meta: self.provider_meta(),
            planned_identity: self.identity_data(type_name, planned.identity.as_ref()),
        };
        let answer = match self.client().apply_resource_change(request).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => {
                return Applied::failed(prior, plugin_error("ApplyResourceChange", &status));
            }
        };
        self.save(planned, prior, &before, &answer)
    }

    /// Decides what of an answer is wrong, and what of it is saved.
    fn save(
        &self,
        planned: &Planned,
        prior: Option<Object>,
        before: &Value,
        answer: &wire::apply_resource_change::Response,
    ) -> Applied {
        let type_name = planned.type_name.as_str();
        let block = &self.resource(type_name).block;
        let said = Said::read(&answer.diagnostics, Some(block));
        let mut breaches = said.breaches;
        self.keep(said.warnings.clone());
        let diagnostics = [said.errors.clone(), said.warnings].concat();
        let applied = |saved: Option<Object>, breaches: Vec<Breach>, errors: Vec<Diagnostic>| {
            let outcome = match (breaches.is_empty(), errors.is_empty()) {
                (false, _) => Err(Refusal::Broken(breaches)),
                (true, false) => Err(Refusal::Provider(errors)),
                (true, true) => Ok(()),
            };
            Applied { saved, outcome, diagnostics: diagnostics.clone() }
        };
        let mut refused = |result: Result<(), Refusal>| {
            if let Err(Refusal::Broken(found)) = result {
                breaches.extend(found);
            }
        };
        refused(self.check_legacy(answer.legacy_type_system, "applying", type_name));
        let identity = self.identity(type_name, answer.new_identity.as_ref());
        let identity = match identity {
            Ok(identity) => {
                refused(self.identity_known(type_name, identity.as_ref()));
                identity
            }
            Err(refusal) => {
                refused(Err(refusal));
                None
            }
        };
        let value = match codec::decode(answer.new_state.as_ref(), &block.ty()) {
            Ok(value) => value,
            Err(error) => {
                breaches.push(Breach::malformed(&error));
                return applied(prior, breaches, said.errors);
            }
        };
        let wrong_shape = self.unsavable(type_name, &value);
        if !wrong_shape.is_empty() {
            breaches.extend(wrong_shape);
            return applied(prior, breaches, said.errors);
        }
        breaches.extend(self.left_unknown(type_name, &value));
        let value = value.unknown_as_null();
        if breaches.is_empty() && said.errors.is_empty() {
            breaches.extend(self.not_as_planned(planned, before, &value, identity.as_ref()));
        }
        let failed = !breaches.is_empty() || !said.errors.is_empty();
        let saved = if value.is_null() {
            // What may still be there is better kept than lost.
            if failed { prior } else { None }
        } else {
            let was_tainted = failed && prior.as_ref().is_some_and(|prior| prior.tainted);
            let tainted = was_tainted || (failed && planned.action.is_creation());
            Some(Object { value, private: answer.private.clone(), identity, tainted })
        };
        applied(saved, breaches, said.errors)
    }

    /// What keeps a value out of the state altogether.
    fn unsavable(&self, type_name: &str, value: &Value) -> Vec<Breach> {
        let block = &self.resource(type_name).block;
        let object = self.object(type_name);
        let resolved = self.resolved();
        let types = value.ty().nonconformities(&block.ty()).into_iter();
        let breaches: Vec<_> = types
            .map(|(path, why)| {
                Breach::new(
                    Rule::ApplyType,
                    "Provider produced invalid object",
                    format!(
                        "Provider {resolved} produced an invalid value after apply for \
                         {object}{path}: {why}. The result cannot not be saved in the Terraform \
                         state.\n\n{BUG}"
                    ),
                )
            })
            .collect();
        if !breaches.is_empty() {
            return breaches;
        }
        self.written_only(
            block,
            value,
            Rule::ApplyWriteOnly,
            "Provider produced invalid object",
            |path| {
                format!(
                    "Provider {resolved} returned a value for the write-only attribute \
                     \"{object}{path}\" after apply. Write-only attributes cannot be read back \
                     from the provider. {BUG}"
                )
            },
        )
    }

    fn left_unknown(&self, type_name: &str, value: &Value) -> Vec<Breach> {
        let object = self.object(type_name);
        let paths = value.unknown_paths().into_iter();
        paths
            .map(|path| {
                Breach::new(
                    Rule::ApplyUnknown,
                    "Provider returned invalid result object after apply",
                    format!(
                        "After the apply operation, the provider still indicated an unknown value \
                         for {object}{path}. All values must be known after apply, so this is \
                         always a bug in the provider and should be reported in the provider's \
                         own repository. Terraform will still save the other known object values \
                         in the state."
                    ),
                )
            })
            .collect()
    }

    /// What is wrong with a known value of the right type.
    fn not_as_planned(
        &self,
        planned: &Planned,
        before: &Value,
        value: &Value,
        identity: Option<&Value>,
    ) -> Vec<Breach> {
        let type_name = planned.type_name.as_str();
        let schema = self.resource(type_name);
        let object = self.object(type_name);
        let action = planned.action;
        if action == Action::Delete {
            if value.is_null() {
                return Vec::new();
            }
            return vec![Breach::new(
                Rule::ApplyDestroy,
                "Provider returned invalid result object after apply",
                format!(
                    "After applying a {action} plan, the provider returned a non-null object for \
                     {object}. Destroying should always produce a null value, so this is always a \
                     bug in the provider and should be reported in the provider's own repository. \
                     Terraform will still save this errant object in the state for debugging and \
                     recovery."
                ),
            )];
        }
        let problems = rules::object_compatible(&schema.block, &planned.value, value).into_iter();
        let mut breaches: Vec<_> = problems
            .map(|problem| {
                let rule = if problem.path.is_root() { Rule::ApplyNull } else { problem.rule };
                Breach::new(
                    rule,
                    "Provider produced inconsistent result after apply",
                    format!(
                        "When applying changes to {object}, provider {} produced an unexpected \
                         new value: {problem}.\n\n{BUG}",
                        self.resolved()
                    ),
                )
            })
            .collect();
        let promised = planned.identity.as_ref().filter(|identity| identity.is_wholly_known());
        let prior_identity = planned.prior.as_ref().and_then(|prior| prior.identity.as_ref());
        let kept = if before.is_null() { promised } else { promised.or(prior_identity) };
        if breaches.is_empty()
            && let Err(Refusal::Broken(found)) = self.identity_kept(type_name, kept, identity)
        {
            breaches.extend(found);
        }
        if breaches.is_empty() && schema.identity.is_some() && identity.is_none() {
            breaches.push(self.no_identity(type_name));
        }
        breaches
    }

    /// Refuses that a type with identities gives none.
    pub(super) fn no_identity(&self, type_name: &str) -> Breach {
        Breach::new(
            Rule::IdentityMissing,
            "Provider returned no identity",
            format!(
                "The provider declares an identity schema for {}, but returned no identity for \
                 {}.",
                quote(type_name),
                self.object(type_name)
            ),
        )
    }
}

impl Action {
    /// Whether an object comes into being by it.
    fn is_creation(self) -> bool {
        matches!(self, Self::Create)
    }
}
