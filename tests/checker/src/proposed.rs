//! The object that Terraform proposes to a plan: the configuration, with what was computed before.
//!
//! Facts: Terraform's `internal/plans/objchange`, `ProposedNew`.

use std::collections::BTreeMap;

use crate::schema::{Block, NestedBlock, Nesting};
use crate::value::Value;

/// What Terraform proposes for `config` after `prior`.
///
/// A computed attribute that is not configured keeps its prior value. Blocks are the configuration's,
/// and each meets its prior one: lists by place, maps by label, sets by what is configured in them.
pub fn proposed_new(schema: &Block, prior: &Value, config: &Value) -> Value {
    match (prior.is_null(), config.is_null()) {
        (true, true) => prior.clone(),
        (true, false) => merged(schema, &schema.empty(), config),
        _ => merged(schema, prior, config),
    }
}

fn merged(schema: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() || !config.is_known() {
        return prior.clone();
    }
    let mut object = BTreeMap::new();
    for (name, attribute) in &schema.attributes {
        let configured = config.attribute(name);
        let proposed = if attribute.computed && configured.is_null() {
            prior.attribute(name)
        } else {
            configured
        };
        object.insert(name.clone(), proposed);
    }
    for (name, nested) in &schema.blocks {
        let proposed = blocks(nested, &prior.attribute(name), &config.attribute(name));
        object.insert(name.clone(), proposed);
    }
    Value::Object(object)
}

fn blocks(nested: &NestedBlock, prior: &Value, config: &Value) -> Value {
    if !config.is_known() || config.is_null() {
        return config.clone();
    }
    let block = &nested.block;
    match nested.nesting {
        Nesting::Single | Nesting::Group => proposed_new(block, prior, config),
        Nesting::List if config.is_empty() => config.clone(),
        Nesting::List => {
            let priors = prior.elements();
            let configs = config.elements().iter().enumerate();
            nested.collect(
                configs
                    .map(|(index, config)| match priors.get(index) {
                        Some(prior) => proposed_new(block, prior, config),
                        None => config.clone(),
                    })
                    .collect(),
            )
        }
        Nesting::Map if config.is_empty() => config.clone(),
        Nesting::Map => {
            let priors = prior.entries();
            let configs = config.entries().into_iter();
            nested.keyed(
                configs
                    .map(|(label, config)| {
                        let prior = priors.get(label).map_or_else(|| block.null(), |&p| p.clone());
                        (label.to_owned(), proposed_new(block, &prior, config))
                    })
                    .collect(),
            )
        }
        Nesting::Set => {
            let mut priors: Vec<&Value> = prior.elements().iter().collect();
            let configs = config.elements().iter();
            nested.collect(
                configs
                    .map(|config| {
                        let at = priors.iter().position(|p| could_come_from(block, p, config));
                        let prior = at.map_or_else(|| block.null(), |at| priors.remove(at).clone());
                        proposed_new(block, &prior, config)
                    })
                    .collect(),
            )
        }
    }
}

/// Whether `prior` is what `config` may have become: different in nothing but computed attributes
/// that are not configured.
fn could_come_from(schema: &Block, prior: &Value, config: &Value) -> bool {
    let (prior, config) = (prior.unrefined(), config.unrefined());
    if prior == config {
        return true;
    }
    if prior.is_null() || config.is_null() || !config.is_known() {
        return false;
    }
    let attributes = schema.attributes.iter().all(|(name, attribute)| {
        let (prior, config) = (prior.attribute(name), config.attribute(name));
        prior == config || (attribute.computed && config.is_null())
    });
    attributes
        && schema.blocks.iter().all(|(name, nested)| {
            let (prior, config) = (prior.attribute(name), config.attribute(name));
            if prior == config {
                return true;
            }
            let same =
                |prior: &Value, config: &Value| could_come_from(&nested.block, prior, config);
            match nested.nesting {
                Nesting::Single | Nesting::Group => same(&prior, &config),
                // The elements of a set inside cannot be told apart.
                Nesting::Set => false,
                Nesting::List => {
                    let (prior, config) = (prior.elements(), config.elements());
                    prior.len() <= config.len() && prior.iter().zip(config).all(|(p, c)| same(p, c))
                }
                Nesting::Map => {
                    let config = config.entries();
                    prior.entries().into_iter().all(|(label, prior)| {
                        config.get(label).is_some_and(|config| same(prior, config))
                    })
                }
            }
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::{Config, UNKNOWN};
    use crate::samples;

    fn proposed(prior: Value, config: serde_json::Value) -> Value {
        let schema = samples::thing();
        let config = Config::from(config).value(&schema).unwrap();
        proposed_new(&schema, &prior, &config)
    }

    fn prior(json: serde_json::Value) -> Value {
        samples::object(&samples::thing(), &json)
    }

    #[test]
    fn a_create_proposes_the_configuration_and_nothing_else() {
        let config = json!({ "name": "a", "rule": [{ "port": 1 }], "secret_wo": "s" });
        assert_eq!(proposed(samples::thing().null(), config.clone()), prior(config));
    }

    #[test]
    fn what_is_computed_and_not_configured_stays() {
        let before = prior(json!({ "name": "a", "id": "i-1", "size": 3, "note": "n" }));
        let after = proposed(before, json!({ "name": "b" }));
        assert_eq!(after, prior(json!({ "name": "b", "id": "i-1", "size": 3 })));
    }

    #[test]
    fn a_write_only_value_is_proposed_as_configured() {
        let before = prior(json!({ "name": "a" }));
        let after = proposed(before, json!({ "name": "a", "secret_wo": "s" }));
        assert_eq!(after.attribute("secret_wo"), Value::text("s"));
    }

    #[test]
    fn blocks_of_a_list_meet_the_prior_ones_by_place() {
        let before = prior(json!({ "name": "a", "rule": [{ "port": 1, "rid": "r1" }] }));
        let after =
            proposed(before, json!({ "name": "a", "rule": [{ "port": 2 }, { "port": 3 }] }));
        let expected =
            prior(json!({ "name": "a", "rule": [{ "port": 2, "rid": "r1" }, { "port": 3 }] }));
        assert_eq!(after, expected);
    }

    #[test]
    fn blocks_of_a_map_meet_the_prior_ones_by_label() {
        let before = prior(json!({ "name": "a", "zone": { "x": { "port": 1, "rid": "r1" } } }));
        let config = json!({ "name": "a", "zone": { "x": { "port": 2 }, "y": { "port": 3 } } });
        let expected = prior(
            json!({ "name": "a", "zone": { "x": { "port": 2, "rid": "r1" }, "y": { "port": 3 } } }),
        );
        assert_eq!(proposed(before, config), expected);
    }

    #[test]
    fn blocks_of_a_set_meet_the_prior_ones_by_what_is_configured() {
        let before = prior(json!({ "name": "a", "tag": [
            { "port": 1, "rid": "r1" }, { "port": 2, "rid": "r2" }
        ] }));
        let after = proposed(before, json!({ "name": "a", "tag": [{ "port": 2 }, { "port": 3 }] }));
        let expected =
            prior(json!({ "name": "a", "tag": [{ "port": 2, "rid": "r2" }, { "port": 3 }] }));
        assert_eq!(after, expected);
    }

    #[test]
    fn unknown_blocks_stay_unknown() {
        let before = prior(json!({ "name": "a", "rule": [{ "port": 1, "rid": "r1" }] }));
        let after = proposed(before, json!({ "name": "a", "rule": UNKNOWN }));
        assert!(!after.attribute("rule").is_known());
    }

    #[test]
    fn a_destroy_proposes_nothing() {
        let schema = samples::thing();
        assert_eq!(proposed_new(&schema, &schema.null(), &schema.null()), schema.null());
    }
}
