//! Documents in JSON: AWS may lay them out in another way, which is no drift.

use serde_json::Value as Json;
use tf_framework::{Attribute, Dynamic, Validator, Value};

/// An attribute that holds an object in JSON.
pub(super) fn object(description: &str) -> Attribute {
    any(description).validate(Validator::text(|text| match parse(text) {
        Ok(Json::Object(members)) if members.is_empty() => {
            Err("must not be an empty object.".to_owned())
        }
        Ok(Json::Object(_)) => Ok(()),
        Ok(_) => Err("must be a JSON object, such as jsonencode() makes of one.".to_owned()),
        // The next check says what is wrong with it.
        Err(_) => Ok(()),
    }))
}

/// An attribute that holds any JSON.
pub(super) fn any(description: &str) -> Attribute {
    Attribute::string(description)
        .same_when(|prior, config| match (prior, config) {
            (Dynamic::String(prior), Dynamic::String(config)) => same(prior, config),
            _ => false,
        })
        .validate(Validator::text(|text| match parse(text) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("is not JSON: {error}.")),
        }))
}

/// Whether two texts are the same document.
pub(super) fn same(left: &str, right: &str) -> bool {
    match (parse(left), parse(right)) {
        (Ok(left), Ok(right)) => left == right,
        _ => left == right,
    }
}

/// What AWS has, in the spelling of the state where it means the same.
pub(super) fn spelled(found: Option<String>, state: &Value<String>) -> Value<String> {
    match (found, state) {
        (Some(found), Value::Known(state)) if same(&found, state) => state.as_str().into(),
        (found, _) => found.into(),
    }
}

fn parse(text: &str) -> serde_json::Result<Json> {
    serde_json::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_and_order_mean_nothing() {
        assert!(same(r#"{"a":1,"b":[2]}"#, "{ \"b\": [2],\n\"a\": 1 }"));
        assert!(!same(r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#));
        assert!(same("no JSON", "no JSON"));
        let spaced = Value::from(r#"{ "a": 1 }"#);
        assert_eq!(spelled(Some(r#"{"a":1}"#.to_owned()), &spaced), spaced);
        assert_eq!(spelled(Some(r#"{"a":2}"#.to_owned()), &spaced), r#"{"a":2}"#.into());
        assert_eq!(spelled(None, &spaced), Value::Null);
    }
}
