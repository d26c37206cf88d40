//! What a plan comes to: nothing, an update, or another object in place of this one.

use std::fmt;

use crate::path::{Path, Step};
use crate::refusal::{Breach, Rule};
use crate::schema::Block;
use crate::value::Value;

/// What Terraform does with a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    NoOp,
    Create,
    Update,
    /// Destroy, then create.
    Replace,
    Delete,
}

/// As Terraform names it in messages.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoOp => "NoOp",
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Replace => "DeleteThenCreate",
            Self::Delete => "Delete",
        })
    }
}

/// What a plan from `prior` to `planned` comes to, where `replacing` are the paths that force it.
pub(crate) fn action(prior: &Value, planned: &Value, replacing: &[Path]) -> Action {
    if prior.is_null() {
        Action::Create
    } else if !replacing.is_empty() {
        Action::Replace
    } else if planned.equals(prior) == Some(true) {
        Action::NoOp
    } else {
        Action::Update
    }
}

/// Those of `paths` that changed, and so force a replacement; a path that exists neither before nor
/// after is a breach.
pub(crate) fn replacing(
    schema: &Block,
    prior: &Value,
    planned: &Value,
    paths: &[Path],
    provider: &str,
    object: &str,
) -> Result<Vec<Path>, Vec<Breach>> {
    let mut changed = Vec::new();
    let mut breaches = Vec::new();
    // Without a prior object there is nothing to replace, and nothing is checked.
    for path in paths.iter().filter(|_| !prior.is_null()) {
        let (before, after) = (follow(prior, path.steps()), follow(planned, path.steps()));
        let differs = match (before, after) {
            (None, None) => {
                breaches.push(Breach::new(
                    Rule::PlanReplacePath,
                    "Provider produced invalid plan",
                    format!(
                        "Provider \"{provider}\" has indicated \"requires replacement\" on \
                         {object} for a non-existent attribute path {}.\n\nThis is a bug in the \
                         provider, which should be reported in the provider's own issue tracker.",
                        path.go()
                    ),
                ));
                continue;
            }
            (Some(before), Some(after)) => after.equals(&before) != Some(true),
            // Against nothing, whatever there is differs unless it is null.
            (Some(one), None) | (None, Some(one)) => !one.is_null(),
        };
        let write_only = schema.attribute_at(path).is_some_and(|attribute| attribute.write_only);
        if differs || write_only {
            changed.push(path.clone());
        }
    }
    if breaches.is_empty() { Ok(changed) } else { Err(breaches) }
}

/// The part of `value` that the steps lead to.
fn follow(value: &Value, steps: &[Step]) -> Option<Value> {
    let Some((first, rest)) = steps.split_first() else { return Some(value.clone()) };
    if value.is_null() {
        return None;
    }
    if !value.is_known() {
        let unknown = Value::unknown(crate::types::Type::Dynamic);
        return Some(unknown);
    }
    let part = match (value, first) {
        (Value::Object(attributes), Step::Attribute(name) | Step::Key(name)) => {
            attributes.get(name)
        }
        (Value::Map(_, entries), Step::Key(key) | Step::Attribute(key)) => entries.get(key),
        (Value::List(_, elements) | Value::Tuple(elements), Step::Index(index)) => {
            elements.get(usize::try_from(*index).ok()?)
        }
        _ => None,
    };
    follow(part?, rest)
}
