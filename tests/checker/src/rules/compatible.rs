//! An object against the plan that promised it: an apply's result, or a plan made again.
//!
//! Facts: Terraform's `internal/plans/objchange`, `AssertObjectCompatible`.

use super::mismatch::mismatch;
use crate::path::Path;
use crate::refusal::{Problem, Rule};
use crate::schema::{Attribute, Block, NestedBlock, Nesting};
use crate::types::Type;
use crate::value::{Value, quote};

/// What of `actual` is not what `planned` promised.
pub(crate) fn object_compatible(schema: &Block, planned: &Value, actual: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    object(schema, planned, actual, &Path::root(), &mut problems);
    problems
}

fn value_problem(path: &Path, message: impl Into<String>) -> Problem {
    Problem::new(Rule::ApplyPlannedValue, path, message)
}

fn block_problem(path: &Path, message: impl Into<String>) -> Problem {
    Problem::new(Rule::ApplyPlannedBlocks, path, message)
}

fn object(schema: &Block, planned: &Value, actual: &Value, at: &Path, found: &mut Vec<Problem>) {
    let root = if at.is_root() { "Root object " } else { "" };
    match (planned.is_null(), actual.is_null()) {
        (true, false) => {
            return found.push(value_problem(at, format!("{root}was absent, but now present")));
        }
        (false, true) => {
            return found.push(value_problem(at, format!("{root}was present, but now absent")));
        }
        (true, true) => return,
        (false, false) => {}
    }
    for (name, schema) in &schema.attributes {
        let at = at.attribute(name);
        attribute(schema, &planned.attribute(name), &actual.attribute(name), &at, found);
    }
    for (name, nested) in &schema.blocks {
        let at = at.attribute(name);
        blocks(nested, &planned.attribute(name), &actual.attribute(name), &at, found);
    }
}

fn attribute(
    schema: &Attribute,
    planned: &Value,
    actual: &Value,
    at: &Path,
    found: &mut Vec<Problem>,
) {
    let mut problems = Vec::new();
    value(planned, actual, at, &mut problems);
    if schema.sensitive && !problems.is_empty() {
        found.push(value_problem(at, "inconsistent values for sensitive attribute"));
    } else {
        found.append(&mut problems);
    }
}

fn blocks(
    nested: &NestedBlock,
    planned: &Value,
    actual: &Value,
    at: &Path,
    found: &mut Vec<Problem>,
) {
    let schema = &nested.block;
    match nested.nesting {
        Nesting::Single | Nesting::Group => {
            // An unknown block may turn out to be none.
            if planned.is_known() || !actual.is_null() {
                object(schema, planned, actual, at, found);
            }
            return;
        }
        _ if !planned.is_known() || !actual.is_known() => return,
        _ if planned.is_null() || actual.is_null() => return,
        _ => {}
    }
    let counts = (planned.len(), actual.len());
    let changed =
        |what: &str| block_problem(at, format!("{what} changed from {} to {}", counts.0, counts.1));
    match (nested.nesting, planned, actual) {
        (Nesting::Set, _, _) => {
            correlate(planned, actual, at, found, block_problem, |planned, actual| {
                let mut problems = Vec::new();
                object(schema, planned, actual, &at.element(actual), &mut problems);
                problems.is_empty()
            });
            if counts.0 < counts.1 {
                found.push(changed("block set length"));
            }
        }
        (Nesting::Map, Value::Object(plans), Value::Object(actuals)) => {
            for (label, planned) in plans {
                match actuals.get(label) {
                    Some(actual) => object(schema, planned, actual, &at.attribute(label), found),
                    None => {
                        let message = format!("block key {} has vanished", quote(label));
                        found.push(block_problem(at, message));
                    }
                }
            }
            for label in actuals.keys().filter(|label| !plans.contains_key(*label)) {
                let message = format!("new block key {} has appeared", quote(label));
                found.push(block_problem(at, message));
            }
        }
        _ if counts.0 != counts.1 => found.push(changed("block count")),
        (Nesting::Map, _, _) => {
            let actuals = actual.entries();
            for (label, planned) in planned.entries() {
                if let Some(actual) = actuals.get(label) {
                    object(schema, planned, actual, &at.key(label), found);
                }
            }
        }
        _ => {
            let pairs = planned.elements().iter().zip(actual.elements()).enumerate();
            for (index, (planned, actual)) in pairs {
                object(schema, planned, actual, &at.index(index), found);
            }
        }
    }
}

/// What of a value is not what was planned.
fn value(planned: &Value, actual: &Value, at: &Path, found: &mut Vec<Problem>) {
    let (wanted, given) = (planned.ty(), actual.ty());
    if wanted == Type::Dynamic {
        return;
    }
    if !given.nonconformities(&wanted).is_empty() {
        let message = format!("wrong final value type: {}", mismatch(&given, &wanted));
        return found.push(value_problem(at, message));
    }
    if let Value::Unknown(_, refinement) = planned {
        if !refinement.admits(actual) {
            let message = format!(
                "final value {} does not conform to planning placeholder {}",
                actual.go(),
                planned.go()
            );
            found.push(value_problem(at, message));
        }
        return;
    }
    match (planned.is_null(), actual.is_null()) {
        (true, true) => return,
        (false, true) => {
            let message = format!("was {}, but now null", planned.go());
            return found.push(value_problem(at, message));
        }
        (true, false) => {
            let message = format!("was null, but now {}", actual.go());
            return found.push(value_problem(at, message));
        }
        (false, false) if !actual.is_known() => {
            return found.push(value_problem(at, "was known, but now unknown"));
        }
        (false, false) => {}
    }
    match planned {
        Value::List(..) | Value::Tuple(_) => {
            let (planned, actual) = (planned.elements(), actual.elements());
            for (index, planned) in planned.iter().enumerate() {
                match actual.get(index) {
                    Some(actual) => value(planned, actual, &at.index(index), found),
                    None => {
                        found.push(value_problem(at, format!("element {index} has vanished")));
                    }
                }
            }
            for index in planned.len()..actual.len() {
                found.push(value_problem(at, format!("new element {index} has appeared")));
            }
        }
        Value::Map(..) => {
            let (planned, actual) = (planned.entries(), actual.entries());
            for (key, planned) in &planned {
                match actual.get(key) {
                    Some(actual) => value(planned, actual, &at.key(key), found),
                    None => {
                        let message = format!("element {} has vanished", quote(key));
                        found.push(value_problem(at, message));
                    }
                }
            }
            for key in actual.keys().filter(|key| !planned.contains_key(*key)) {
                found.push(value_problem(at, format!("new element {} has appeared", quote(key))));
            }
        }
        Value::Object(attributes) => {
            for (name, planned) in attributes {
                value(planned, &actual.attribute(name), &at.attribute(name), found);
            }
        }
        Value::Set(..) => {
            correlate(planned, actual, at, found, value_problem, |planned, actual| {
                let mut problems = Vec::new();
                value(planned, actual, &at.element(actual), &mut problems);
                problems.is_empty()
            });
            let (before, after) = (planned.len(), actual.len());
            if before < after {
                let message = format!("length changed from {before} to {after}");
                found.push(value_problem(at, message));
            }
        }
        known => {
            if known != actual {
                let message = format!("was {}, but now {}", known.go(), actual.go());
                found.push(value_problem(at, message));
            }
        }
    }
}

/// Asks of every element of both sets that the other has one it can be the same as.
fn correlate(
    planned: &Value,
    actual: &Value,
    at: &Path,
    found: &mut Vec<Problem>,
    problem: fn(&Path, String) -> Problem,
    can_be: impl Fn(&Value, &Value) -> bool,
) {
    let alone = |of: &[Value], among: &[Value], can_be: &dyn Fn(&Value, &Value) -> bool| {
        let of = of.iter().filter(|one| !among.iter().any(|other| can_be(one, other)));
        of.cloned().collect::<Vec<_>>()
    };
    let vanished = alone(planned.elements(), actual.elements(), &can_be);
    if !vanished.is_empty() {
        found.extend(vanished.iter().map(|element| {
            let element = element.go();
            let message = format!(
                "planned set element {element} does not correlate with any element in actual"
            );
            problem(at, message)
        }));
        return;
    }
    let appeared =
        alone(actual.elements(), planned.elements(), &|actual, planned| can_be(planned, actual));
    found.extend(appeared.iter().map(|element| {
        let element = element.go();
        let message =
            format!("actual set element {element} does not correlate with any element in plan");
        problem(at, message)
    }));
}
