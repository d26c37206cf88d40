//! Runs a schema's validators over a configuration. Terraform itself has checked types, required
//! attributes and the number of blocks before.

use crate::diagnostics::{AttributePath, Diagnostic, Severity};
use crate::dynamic::{Dynamic, Object};
use crate::model::{self, Model};
use crate::panics::caught_now;
use crate::schema::{Block, Schema};

/// The faults of `config`: by its schema, and where that finds none, by `check`.
pub(crate) fn configuration<M: Model>(
    schema: &Schema,
    config: Object,
    check: impl FnOnce(&M) -> Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let mut found = validate(schema, &config);
    // A model cannot be read from a configuration that has faults in its values.
    if found.iter().all(|found| found.severity == Severity::Warning) {
        let checked = model::read(config).and_then(|config| caught_now(|| check(&config)));
        found.extend(checked.unwrap_or_else(|bug| vec![bug]));
    }
    found
}

/// The faults of `config`, each on its attribute.
fn validate(schema: &Schema, config: &Object) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some(message) = &schema.body.deprecated {
        found.push(Diagnostic::warning("This type is deprecated", message));
    }
    block(&schema.body, config, &AttributePath::default(), &mut found);
    found
}

fn block(schema: &Block, config: &Object, path: &AttributePath, found: &mut Vec<Diagnostic>) {
    for (name, attribute) in &schema.attributes {
        let path = path.attribute(name);
        let Some(value) = config.get(name) else { continue };
        // Terraform itself warns where such a value is read, not where it is set.
        if let Some(message) = attribute.deprecated.as_ref().filter(|_| *value != Dynamic::Null) {
            let summary = format!("The attribute {path} is deprecated");
            found.push(Diagnostic::warning(summary, message).at(path.clone()));
        }
        for validator in &attribute.validators {
            if let Err(message) = validator.check(value) {
                found.push(
                    Diagnostic::error(
                        format!("Invalid value for {path}"),
                        format!("The attribute {name} {message}"),
                    )
                    .at(path.clone()),
                );
            }
        }
        if has_null_element(value) {
            found.push(
                Diagnostic::error(
                    format!("Invalid value for {path}"),
                    format!("The attribute {name} must not contain null."),
                )
                .at(path),
            );
        }
    }
    for (name, nested) in &schema.blocks {
        let path = path.attribute(name);
        let given = config.get(name).is_some_and(|value| *value != nested.absent());
        if let Some(message) = nested.deprecated.as_ref().filter(|_| given) {
            let summary = format!("The block {path} is deprecated");
            found.push(Diagnostic::warning(summary, message).at(path.clone()));
        }
        match config.get(name) {
            Some(Dynamic::Map(config)) => block(nested, config, &path, found),
            Some(Dynamic::List(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    if let Dynamic::Map(config) = element {
                        block(nested, config, &path.index(index), found);
                    }
                }
            }
            // There is no path to an element of a set.
            Some(Dynamic::Set(elements)) => {
                for element in elements {
                    if let Dynamic::Map(config) = element {
                        let first = found.len();
                        block(nested, config, &path, found);
                        for diagnostic in &mut found[first..] {
                            diagnostic.attribute = path.clone();
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

/// No attribute of ours gives null a meaning inside a collection.
fn has_null_element(value: &Dynamic) -> bool {
    match value {
        Dynamic::List(elements) | Dynamic::Set(elements) => elements.contains(&Dynamic::Null),
        Dynamic::Map(members) => members.values().any(|value| *value == Dynamic::Null),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Attribute, Validator};
    use crate::types::Type;

    fn schema() -> Schema {
        Schema::new("A thing.")
            .attribute("mode", Attribute::string("How.").validate(Validator::one_of(&["a", "b"])))
            .attribute("tags", Attribute::new(Type::map(Type::String), "Tags."))
            .block(
                "rule",
                Block::list("Rules.").attribute(
                    "port",
                    Attribute::number("Port.").validate(Validator::between(1..=65535)),
                ),
            )
    }

    fn object(members: &[(&str, Dynamic)]) -> Object {
        members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn each_fault_stands_on_its_attribute() {
        let good = Dynamic::Map(object(&[("port", 80.into())]));
        let bad = Dynamic::Map(object(&[("port", 0.into())]));
        let config = object(&[("mode", "c".into()), ("rule", Dynamic::List(vec![good, bad]))]);

        let found = validate(&schema(), &config);

        let paths: Vec<_> = found.iter().map(|found| found.attribute.to_string()).collect();
        assert_eq!(paths, ["mode", "rule[1].port"]);
        assert_eq!(found[0].summary, "Invalid value for mode");
        assert_eq!(found[0].detail, r#"The attribute mode must be "a" or "b", not "c"."#);
    }

    #[test]
    fn null_in_a_collection_is_refused() {
        let tags = Dynamic::Map(object(&[("a", Dynamic::Null)]));
        let found = validate(&schema(), &object(&[("tags", tags)]));
        assert_eq!(found[0].detail, "The attribute tags must not contain null.");
    }

    #[test]
    fn what_is_deprecated_is_warned_of_where_it_is_set_and_nowhere_else() {
        let schema = Schema::new("A thing.")
            .attribute("old", Attribute::string("Old.").deprecated("Use mode."))
            .block("former", Block::list("Former.").deprecated("Use rule."));
        let former = |count| Dynamic::List(vec![Dynamic::Map(Object::new()); count]);

        let found = validate(&schema, &object(&[("old", "a".into()), ("former", former(2))]));
        let said: Vec<_> = found.iter().map(|found| found.summary.as_str()).collect();
        assert_eq!(said, ["The attribute old is deprecated", "The block former is deprecated"]);
        assert!(found.iter().all(|found| found.severity == Severity::Warning));

        let nothing = object(&[("old", Dynamic::Null), ("former", former(0))]);
        assert_eq!(validate(&schema, &nothing), []);
    }

    #[test]
    fn unknown_blocks_pass() {
        let config = object(&[("rule", Dynamic::Unknown), ("mode", Dynamic::Unknown)]);
        assert_eq!(validate(&schema(), &config), []);
    }
}
