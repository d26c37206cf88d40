//! The resource policy of a secret, as text.

use serde_json::Value as Json;

use crate::policy_document;

/// Whether two texts are the same policy.
pub(super) fn same(left: &str, right: &str) -> bool {
    let parse = |text: &str| serde_json::from_str::<Json>(text).ok();
    match (parse(left), parse(right)) {
        (Some(left), Some(right)) => policy_document::equivalent(&left, &right),
        _ => left == right,
    }
}

/// Only its form: what may stand in it, Secrets Manager says.
pub(super) fn check(text: &str) -> Result<(), String> {
    match serde_json::from_str(text) {
        Ok(Json::Object(_)) => Ok(()),
        Ok(_) => Err("must be a JSON object, such as jsonencode() makes of one.".to_owned()),
        Err(error) => Err(format!("is not JSON: {error}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_and_order_are_no_difference() {
        let one = r#"{"Statement":[{"Action":["a","b"],"Effect":"Allow"}]}"#;
        assert!(same(
            one,
            "{ \"Statement\": { \"Effect\": \"Allow\", \"Action\": [\"b\", \"a\"] } }"
        ));
        assert!(!same(one, &one.replace("Allow", "Deny")));
        assert!(!same(one, "no JSON"));
    }

    #[test]
    fn what_is_no_object_is_no_policy() {
        assert_eq!(check("{}"), Ok(()));
        assert_eq!(
            check("[]"),
            Err("must be a JSON object, such as jsonencode() makes of one.".to_owned())
        );
        assert!(check("{").unwrap_err().starts_with("is not JSON: "));
    }
}
