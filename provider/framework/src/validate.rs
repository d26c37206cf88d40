//! Runs a schema's validators over a configuration. Terraform itself has checked types, required
//! attributes and the number of blocks before.

use crate::diagnostics::{AttributePath, Diagnostic, Severity};
use crate::dynamic::{Dynamic, Object};
use crate::model::{self, Model};
use crate::panics::caught_now;
use crate::schema::{Block, Schema};
use crate::types::Type;

/// The faults of `config`: by its schema, and where that finds none, by `check`.
pub(crate) fn configuration<M: Model>(
    schema: &Schema,
    config: Object,
    check: impl FnOnce(&M) -> Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let mut found = caught_now(|| validate(schema, &config)).unwrap_or_else(|bug| vec![bug]);
    // A model cannot be read from a configuration that has faults in its values.
    if found.iter().all(|found| found.severity == Severity::Warning) {
        let checked = caught_now(|| model::read(config).map(|config| check(&config)));
        found.extend(checked.and_then(|found| found).unwrap_or_else(|bug| vec![bug]));
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
                let hidden = attribute.sensitive || attribute.write_only;
                let message = if hidden && tells(&message, value) { WITHHELD } else { &message };
                found.push(
                    Diagnostic::error(
                        format!("Invalid value for {path}"),
                        format!("The attribute {name} {message}"),
                    )
                    .at(path.clone()),
                );
            }
        }
        if has_null_element(value, &attribute.ty) {
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

/// What is said of a value that must not be shown.
const WITHHELD: &str = "has a value that it cannot have. It is sensitive and so not shown.";

/// Whether a message holds a text, or a text inside a collection.
fn tells(message: &str, value: &Dynamic) -> bool {
    match value {
        Dynamic::String(text) => !text.is_empty() && message.contains(text.as_str()),
        Dynamic::Number(number) => message.contains(&number.to_string()),
        Dynamic::List(elements) | Dynamic::Set(elements) => {
            elements.iter().any(|element| tells(message, element))
        }
        Dynamic::Map(members) => members.values().any(|member| tells(message, member)),
        Dynamic::Typed(typed) => tells(message, &typed.1),
        Dynamic::Null | Dynamic::Unknown | Dynamic::Bool(_) => false,
    }
}

/// Whether null stands in a collection, where models have no place for it. Members of objects and
/// tuples may be null.
fn has_null_element(value: &Dynamic, ty: &Type) -> bool {
    match (value, ty) {
        (Dynamic::List(elements), Type::List(of)) | (Dynamic::Set(elements), Type::Set(of)) => {
            elements
                .iter()
                .any(|element| *element == Dynamic::Null || has_null_element(element, of))
        }
        (Dynamic::Map(members), Type::Map(of)) => {
            members.values().any(|member| *member == Dynamic::Null || has_null_element(member, of))
        }
        (Dynamic::Map(members), Type::Object(types)) => types
            .iter()
            .any(|(name, ty)| members.get(name).is_some_and(|value| has_null_element(value, ty))),
        (Dynamic::List(elements), Type::Tuple(types)) => {
            elements.iter().zip(types).any(|(element, ty)| has_null_element(element, ty))
        }
        (Dynamic::Typed(typed), Type::Dynamic) => has_null_element(&typed.1, &typed.0),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Attribute, Validator};

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
    fn null_in_a_collection_is_refused_at_every_depth_and_in_an_object_it_is_not() {
        let tags = Dynamic::Map(object(&[("a", Dynamic::Null)]));
        let found = validate(&schema(), &object(&[("tags", tags)]));
        assert_eq!(found[0].detail, "The attribute tags must not contain null.");

        let null = || Dynamic::List(vec![Dynamic::Null]);
        let lists = Type::list(Type::list(Type::Bool));
        assert!(has_null_element(&Dynamic::List(vec![null()]), &lists));
        let ty = Type::Object([("a".to_owned(), Type::list(Type::Bool))].into());
        assert!(!has_null_element(&Dynamic::Map(object(&[("a", Dynamic::Null)])), &ty));
        assert!(has_null_element(&Dynamic::Map(object(&[("a", null())])), &ty));
    }

    #[test]
    fn a_sensitive_value_is_not_shown_whatever_its_validator_says() {
        let pin = || Attribute::string("Pin.").validate(Validator::one_of(&["1", "2"]));
        let schema = Schema::new("A thing.")
            .attribute("shown", pin())
            .attribute("hidden", pin().sensitive())
            .attribute("hidden_wo", pin().write_only());
        let config =
            [("shown", "999".into()), ("hidden", "999".into()), ("hidden_wo", "999".into())];

        let found = validate(&schema, &object(&config));

        assert!(found[0].detail.contains("999"));
        for hidden in &found[1..] {
            assert!(hidden.detail.ends_with(WITHHELD), "{hidden:?}");
        }
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
