//! A planned object against its configuration and what was before.
//!
//! Facts: Terraform's `internal/plans/objchange`, `AssertPlanValid`.

use crate::path::Path;
use crate::refusal::{Problem, Rule};
use crate::schema::{Attribute, Block, NestedBlock, Nesting};
use crate::value::{Value, quote};

const UNKNOWN_BLOCKS: &str = "attribute representing nested block must not be unknown itself; set \
                              nested attribute values to unknown instead";
const UNKNOWN_ELEMENT: &str = "element representing nested block must not be unknown itself; set \
                               nested attribute values to unknown instead";

/// What is wrong with `planned` as a plan from `prior` to `config`.
pub(crate) fn plan_valid(
    schema: &Block,
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Vec<Problem> {
    let mut checker = Checker { problems: Vec::new() };
    checker.block(schema, prior, config, planned, &Path::root());
    checker.problems
}

struct Checker {
    problems: Vec<Problem>,
}

impl Checker {
    fn found(&mut self, rule: Rule, path: &Path, message: impl Into<String>) {
        self.problems.push(Problem::new(rule, path, message));
    }

    fn block(&mut self, schema: &Block, prior: &Value, config: &Value, planned: &Value, at: &Path) {
        match (planned.is_null(), config.is_null()) {
            (true, false) => {
                let message = "planned for absence but config wants existence";
                return self.found(Rule::PlanPresence, at, message);
            }
            (false, true) => {
                let message = "planned for existence but config wants absence";
                return self.found(Rule::PlanPresence, at, message);
            }
            (true, true) => return,
            (false, false) => {}
        }
        for (name, attribute) in &schema.attributes {
            self.attribute(
                attribute,
                &prior.attribute(name),
                &config.attribute(name),
                &planned.attribute(name),
                &at.attribute(name),
            );
        }
        for (name, nested) in &schema.blocks {
            self.blocks(
                nested,
                &prior.attribute(name),
                &config.attribute(name),
                &planned.attribute(name),
                &at.attribute(name),
            );
        }
    }

    fn attribute(
        &mut self,
        schema: &Attribute,
        prior: &Value,
        config: &Value,
        planned: &Value,
        at: &Path,
    ) {
        let is_config = planned.unrefined() == config.unrefined();
        let is_prior = planned.unrefined() == prior.unrefined();
        if is_config || (is_prior && !prior.is_null() && !config.is_null()) {
            return;
        }
        if schema.write_only {
            if !planned.is_null() {
                let message = "planned value for write-only attribute is not null";
                self.found(Rule::PlanWriteOnly, at, message);
            }
            return;
        }
        if schema.computed && (!schema.optional || config.is_null()) {
            return;
        }
        let (rule, message) = if config.is_null() {
            let message = if schema.sensitive {
                "sensitive planned value for a non-computed attribute".to_owned()
            } else {
                format!("planned value {} for a non-computed attribute", planned.go())
            };
            (Rule::PlanSetsNotComputed, message)
        } else {
            let message = match (prior.is_null(), schema.sensitive) {
                (true, true) => "sensitive planned value does not match config value".to_owned(),
                (true, false) => format!(
                    "planned value {} does not match config value {}",
                    planned.go(),
                    config.go()
                ),
                (false, true) => {
                    "sensitive planned value does not match config value nor prior value".to_owned()
                }
                (false, false) => format!(
                    "planned value {} does not match config value {} nor prior value {}",
                    planned.go(),
                    config.go(),
                    prior.go()
                ),
            };
            (Rule::PlanEchoesConfiguration, message)
        };
        self.found(rule, at, message);
    }

    fn blocks(
        &mut self,
        nested: &NestedBlock,
        prior: &Value,
        config: &Value,
        planned: &Value,
        at: &Path,
    ) {
        if planned == config {
            return;
        }
        if !config.is_known() {
            let message = format!("planned value {} for unknown dynamic block", planned.go());
            return self.found(Rule::PlanUnknownBlock, at, message);
        }
        if !planned.is_known() {
            return self.found(Rule::PlanUnknownBlock, at, UNKNOWN_BLOCKS);
        }
        let kind = match nested.nesting {
            Nesting::Single | Nesting::Group => {
                return self.block(&nested.block, prior, config, planned, at);
            }
            Nesting::List => "list",
            Nesting::Set => "set",
            Nesting::Map => "map",
        };
        if planned.is_null() {
            let message = format!(
                "attribute representing a {kind} of nested blocks must be empty to indicate no \
                 blocks, not null"
            );
            return self.found(Rule::PlanBlocks, at, message);
        }
        match nested.nesting {
            // The elements of a set have no address by which to compare them.
            Nesting::Set => {
                for element in planned.elements().iter().filter(|element| !element.is_known()) {
                    self.found(Rule::PlanUnknownBlock, &at.element(element), UNKNOWN_ELEMENT);
                }
            }
            Nesting::Map => self.map(nested, prior, config, planned, at),
            _ => self.list(nested, prior, config, planned, at),
        }
    }

    fn list(
        &mut self,
        nested: &NestedBlock,
        prior: &Value,
        config: &Value,
        planned: &Value,
        at: &Path,
    ) {
        if planned.len() != config.len() {
            return self.found(Rule::PlanBlocks, at, count(planned, config));
        }
        for (index, (planned, config)) in
            planned.elements().iter().zip(config.elements()).enumerate()
        {
            let at = at.index(index);
            if !planned.is_known() {
                self.found(Rule::PlanUnknownBlock, &at, UNKNOWN_ELEMENT);
                continue;
            }
            let none = nested.block.null();
            let prior = prior.elements().get(index).unwrap_or(&none);
            self.block(&nested.block, prior, config, planned, &at);
        }
    }

    fn map(
        &mut self,
        nested: &NestedBlock,
        prior: &Value,
        config: &Value,
        planned: &Value,
        at: &Path,
    ) {
        // Blocks with dynamic attributes make an object, of which the count is not compared.
        let is_object = matches!(planned, Value::Object(_));
        if !is_object && planned.len() != config.len() {
            return self.found(Rule::PlanBlocks, at, count(planned, config));
        }
        let (priors, configs, plans) = (prior.entries(), config.entries(), planned.entries());
        for (&label, &planned) in &plans {
            let inside = if is_object { at.attribute(label) } else { at.key(label) };
            if !planned.is_known() {
                self.found(Rule::PlanUnknownBlock, &inside, UNKNOWN_ELEMENT);
                continue;
            }
            let Some(&config) = configs.get(label) else {
                let message =
                    format!("block key {} from plan is not present in config", quote(label));
                self.found(Rule::PlanBlocks, if is_object { at } else { &inside }, message);
                continue;
            };
            let none = nested.block.null();
            let prior = priors.get(label).copied().unwrap_or(&none);
            self.block(&nested.block, prior, config, planned, &inside);
        }
        for label in configs.keys().filter(|label| !plans.contains_key(*label)) {
            let message = format!("block key {} from config is not present in plan", quote(label));
            self.found(Rule::PlanBlocks, at, message);
        }
    }
}

fn count(planned: &Value, config: &Value) -> String {
    format!(
        "block count in plan ({}) disagrees with count in config ({})",
        planned.len(),
        config.len()
    )
}
