//! The whole life of an object, with everything asserted on the way.

use std::fmt;

use super::{Core, ImportTarget, Object, Planned};
use crate::config::Config;
use crate::path::{Path, Step};
use crate::refusal::{Breach, Refusal, Rule};
use crate::rules::Action;
use crate::schema::{Block, Nesting};
use crate::types::Type;
use crate::value::Value;

/// What happens to an object, from its creation to its end.
#[derive(Clone, Debug)]
pub struct Life {
    create: Config,
    updates: Vec<Config>,
    import: Option<Import>,
    unknowns: bool,
}

impl Life {
    /// An object that is made with this configuration, and destroyed in the end.
    pub fn new(create: impl Into<Config>) -> Self {
        Self { create: create.into(), updates: Vec::new(), import: None, unknowns: true }
    }

    /// Then this configuration, in place or by replacement.
    #[must_use]
    pub fn update(mut self, config: impl Into<Config>) -> Self {
        self.updates.push(config.into());
        self
    }

    /// After the creation, an import that has to find what is in the state.
    #[must_use]
    pub fn import(mut self, import: Import) -> Self {
        self.import = Some(import);
        self
    }

    /// Leaves out the plans in which not everything configured is known.
    #[must_use]
    pub fn without_unknowns(mut self) -> Self {
        self.unknowns = false;
        self
    }
}

/// How the object of a life is imported.
#[derive(Clone, Debug)]
pub struct Import {
    by: By,
    not_compared: Vec<String>,
}

#[derive(Clone, Debug)]
enum By {
    Id(String),
    Attribute(String),
    Identity,
}

impl Import {
    /// By this id.
    pub fn by_id(id: &str) -> Self {
        Self { by: By::Id(id.to_owned()), not_compared: Vec::new() }
    }

    /// By the text in an attribute of the object.
    pub fn by_attribute(name: &str) -> Self {
        Self { by: By::Attribute(name.to_owned()), not_compared: Vec::new() }
    }

    /// By the object's identity.
    pub fn by_identity() -> Self {
        Self { by: By::Identity, not_compared: Vec::new() }
    }

    /// Does not compare a top-level attribute or block, of which an import cannot know.
    #[must_use]
    pub fn not_comparing(mut self, name: &str) -> Self {
        self.not_compared.push(name.to_owned());
        self
    }

    fn target(&self, object: &Object) -> ImportTarget {
        match &self.by {
            By::Id(id) => ImportTarget::id(id),
            By::Attribute(name) => match object.value.attribute(name) {
                Value::String(id) => ImportTarget::Id(id),
                other => ImportTarget::Id(other.go()),
            },
            By::Identity => {
                let none = Value::object::<String>([]);
                ImportTarget::identity(object.identity.clone().unwrap_or(none))
            }
        }
    }
}

/// The stations of a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Planning with parts of the configuration unknown, then with all of it known.
    Unknowns,
    Plan,
    Apply,
    Refresh,
    /// Planning once more, which has to come to nothing.
    Settle,
    Generate,
    Import,
    PlanDestroy,
    Destroy,
}

/// Where a life ended too early, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    pub act: Act,
    /// 0 at the creation, then the number of the update.
    pub change: usize,
    pub refusal: Refusal,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let change = match self.change {
            0 => "create".to_owned(),
            number => format!("update {number}"),
        };
        write!(f, "{:?} of {change}: {}", self.act, self.refusal)
    }
}

impl std::error::Error for Broken {}

/// What an object was in its life.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The object after the creation and after each update.
    pub objects: Vec<Object>,
    /// What each of these changes was.
    pub actions: Vec<Action>,
    pub imported: Option<Object>,
    /// The configuration that the provider wrote for the object as it was created, if it does.
    pub generated: Option<Value>,
}

impl Core {
    /// Takes an object through a life.
    ///
    /// The RPCs, in this order; *plan* is ValidateResourceTypeConfig and PlanResourceChange, with one
    /// more PlanResourceChange where the object is replaced.
    ///
    /// | act | RPCs |
    /// | --- | --- |
    /// | for the creation and for each update | |
    /// | [`Act::Unknowns`] | for each part of the configuration: *plan* without it, *plan* with it |
    /// | [`Act::Plan`] | *plan* twice |
    /// | [`Act::Apply`] | if replaced, ApplyResourceChange to destroy; *plan*, ApplyResourceChange |
    /// | [`Act::Refresh`] | UpgradeResourceState, ReadResource |
    /// | [`Act::Settle`] | *plan* |
    /// | after the creation | |
    /// | [`Act::Generate`] | GenerateResourceConfig if announced |
    /// | [`Act::Import`] | ImportResourceState, ReadResource if the life has an import |
    /// | in the end | |
    /// | [`Act::PlanDestroy`] | PlanResourceChange if `plan_destroy` is announced |
    /// | [`Act::Destroy`] | ApplyResourceChange |
    ///
    /// An update that changes nothing is planned, and not applied.
    pub async fn rehearse(&self, type_name: &str, life: &Life) -> Result<Report, Box<Broken>> {
        let mut report =
            Report { objects: Vec::new(), actions: Vec::new(), imported: None, generated: None };
        let mut object = None;
        let configs = std::iter::once(&life.create).chain(&life.updates);
        for (change, config) in configs.enumerate() {
            let at = |act: Act| move |refusal: Refusal| Box::new(Broken { act, change, refusal });
            if life.unknowns {
                self.plan_unknowns(type_name, object.as_ref(), config)
                    .await
                    .map_err(at(Act::Unknowns))?;
            }
            let planned =
                self.plan_twice(type_name, object.as_ref(), config).await.map_err(at(Act::Plan))?;
            let applied = self.apply_as_planned(&planned).await;
            let saved = applied.done().map_err(at(Act::Apply))?;
            let saved = saved
                .ok_or_else(|| self.vanished(type_name, "after apply"))
                .map_err(at(Act::Apply))?;
            let read = self.refresh(type_name, &saved).await.map_err(at(Act::Refresh))?;
            let read = read
                .ok_or_else(|| self.vanished(type_name, "when it was read"))
                .map_err(at(Act::Refresh))?;
            self.undrifted(type_name, &saved, &read).map_err(at(Act::Refresh))?;
            self.settled(type_name, &read, config).await.map_err(at(Act::Settle))?;
            if change == 0 {
                report.generated =
                    self.generate_config(type_name, &read).await.map_err(at(Act::Generate))?;
                if let Some(import) = &life.import {
                    let imported = self.import_same(type_name, import, &read).await;
                    report.imported = Some(imported.map_err(at(Act::Import))?);
                }
            }
            report.actions.push(planned.action);
            report.objects.push(read.clone());
            object = Some(read);
        }
        let change = life.updates.len();
        let at = |act: Act| move |refusal: Refusal| Box::new(Broken { act, change, refusal });
        if let Some(object) = object {
            let planned =
                self.plan_destroy(type_name, &object).await.map_err(at(Act::PlanDestroy))?;
            self.apply_as_planned(&planned).await.done().map_err(at(Act::Destroy))?;
        }
        Ok(report)
    }

    /// Plans `config` with each part of it unknown in turn, and with all of it, and each time again
    /// with everything known: what was planned as known has to stay. RPCs: for each part, those of
    /// [`Core::plan`] twice.
    pub async fn plan_unknowns(
        &self,
        type_name: &str,
        prior: Option<&Object>,
        config: impl Into<Config>,
    ) -> Result<(), Refusal> {
        let config = self.config(type_name, config)?;
        for variant in with_unknowns(&self.resource(type_name).block, &config) {
            let planned = self.plan(type_name, prior, &variant).await?;
            self.known_later(&planned, &config).await?;
        }
        Ok(())
    }

    /// Plans again with what was unknown, from the same state.
    async fn known_later(&self, planned: &Planned, config: &Value) -> Result<(), Refusal> {
        // The final plan of a replacement is made when the first half of it is done.
        let current = match planned.action {
            Action::Replace => None,
            _ => planned.prior.as_ref(),
        };
        self.plan_again(planned, current, config).await.map(|_| ())
    }

    async fn settled(
        &self,
        type_name: &str,
        object: &Object,
        config: &Config,
    ) -> Result<(), Refusal> {
        let planned = self.plan(type_name, Some(object), config).await?;
        if planned.action == Action::NoOp {
            return Ok(());
        }
        Err(Breach::new(
            Rule::PlanNotEmpty,
            "The plan after an apply is not empty",
            format!(
                "Nothing changed, but {} is planned for {}: {}.",
                planned.action,
                self.object(type_name),
                differences(&object.value, &planned.value)
            ),
        )
        .into())
    }

    fn undrifted(&self, type_name: &str, saved: &Object, read: &Object) -> Result<(), Refusal> {
        if saved.value == read.value {
            return Ok(());
        }
        Err(Breach::new(
            Rule::ReadDrift,
            "Objects have changed outside of Terraform",
            format!(
                "Nothing else changed {}, but it was read as another than it was saved: {}.",
                self.object(type_name),
                differences(&saved.value, &read.value)
            ),
        )
        .into())
    }

    async fn import_same(
        &self,
        type_name: &str,
        import: &Import,
        object: &Object,
    ) -> Result<Object, Refusal> {
        let imported = self.import(type_name, &import.target(object)).await?;
        let compared = |value: &Value| {
            let attributes = value.entries().into_iter();
            let compared = attributes.filter(|(name, _)| {
                !import.not_compared.iter().any(|not_compared| not_compared == name)
            });
            Value::object(compared.map(|(name, value)| (name.to_owned(), value.clone())))
        };
        let (had, found) = (compared(&object.value), compared(&imported.value));
        if had == found && object.identity == imported.identity {
            return Ok(imported);
        }
        Err(Breach::new(
            Rule::ImportDiffers,
            "The imported object is not the one in the state",
            format!("{}: {}.", self.object(type_name), differences(&had, &found)),
        )
        .into())
    }

    fn vanished(&self, type_name: &str, when: &str) -> Refusal {
        Breach::new(
            Rule::ReadDrift,
            "An object vanished",
            format!("Nobody destroyed {}, but it was gone {when}.", self.object(type_name)),
        )
        .into()
    }
}

/// The top-level parts in which two objects differ, in words.
fn differences(before: &Value, after: &Value) -> String {
    let mut differing = Vec::new();
    let names: std::collections::BTreeSet<_> =
        before.entries().into_keys().chain(after.entries().into_keys()).collect();
    for name in names {
        let (before, after) = (before.attribute(name), after.attribute(name));
        if before != after {
            differing.push(format!(".{name}: was {}, but now {}", before.go(), after.go()));
        }
    }
    if differing.is_empty() { "the identity differs".to_owned() } else { differing.join("; ") }
}

/// A part of a configuration that may be unknown, and of which type it then is.
type Hideable = (Path, Type);

/// The configuration with each part of it unknown in turn, and with all of it unknown.
fn with_unknowns(schema: &Block, config: &Value) -> Vec<Value> {
    let parts = hideable(schema, config, &Path::root());
    let mut variants: Vec<Value> =
        parts.iter().map(|part| hide(config, std::slice::from_ref(part))).collect();
    // Whole attributes and blocks all at once; hiding what is inside them would hide nothing more.
    let top: Vec<Hideable> =
        parts.into_iter().filter(|(path, _)| path.steps().len() == 1).collect();
    if top.len() > 1 {
        variants.push(hide(config, &top));
    }
    variants
}

fn hide(config: &Value, hidden: &[Hideable]) -> Value {
    config.transform(&mut |path, value| match hidden.iter().find(|(hidden, _)| hidden == path) {
        Some((_, ty)) => Value::unknown(ty.clone()),
        None => value,
    })
}

/// What of a configuration an expression could leave unknown: attributes and what is in them, and
/// how many blocks there are, but never one block as such.
fn hideable(schema: &Block, config: &Value, at: &Path) -> Vec<Hideable> {
    let mut parts = Vec::new();
    for (name, attribute) in &schema.attributes {
        let (value, at) = (config.attribute(name), at.attribute(name));
        if !value.is_null() && value.is_known() {
            parts.push((at.clone(), attribute.ty.clone()));
            inside(&value, &at, &mut parts);
        }
    }
    for (name, nested) in &schema.blocks {
        let (blocks, at) = (config.attribute(name), at.attribute(name));
        if matches!(nested.nesting, Nesting::Single | Nesting::Group) {
            if !blocks.is_null() {
                parts.extend(hideable(&nested.block, &blocks, &at));
            }
            continue;
        }
        if !blocks.is_empty() {
            parts.push((at.clone(), nested.ty()));
        }
        for (step, block) in blocks.children() {
            parts.extend(hideable(&nested.block, block, &at.with(step)));
        }
    }
    parts
}

/// What is in a value. An unknown element makes a whole set unknown, so its elements are no parts.
fn inside(value: &Value, at: &Path, parts: &mut Vec<Hideable>) {
    for (step, child) in value.children() {
        let at = at.with(step.clone());
        if !matches!(step, Step::Element(_)) && !child.is_null() && child.is_known() {
            parts.push((at.clone(), child.ty()));
            inside(child, &at, parts);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::samples;

    #[test]
    fn every_part_of_a_configuration_is_unknown_once() {
        let schema = samples::thing();
        let config = samples::object(
            &schema,
            &json!({
                "name": "a",
                "any": [1],
                "ports": [1, 2],
                "tags": { "x": "1" },
                "rule": [{ "port": 1 }, {}],
                "one": { "port": 2 },
                "group": { "port": 3 },
                "free": [{ "value": { "y": true } }],
            }),
        );
        let hidden = with_unknowns(&schema, &config).into_iter().map(|variant| {
            let paths: Vec<_> = variant.unknown_paths().iter().map(ToString::to_string).collect();
            paths.join(" ")
        });
        assert_eq!(
            hidden.collect::<Vec<_>>(),
            [
                ".any",
                ".any[0]",
                ".name",
                ".ports",
                ".tags",
                ".tags[\"x\"]",
                ".free",
                ".free[0].value",
                ".free[0].value.y",
                ".group.port",
                ".one.port",
                ".rule",
                ".rule[0].port",
                ".any .free .name .ports .rule .tags",
            ]
        );
    }
}
