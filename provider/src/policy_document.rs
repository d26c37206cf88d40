//! When two IAM policy documents mean the same.
//!
//! IAM reads a lone value and a list of one alike, and gives the order of a list no meaning. A
//! console or another tool may write either form, and that is not drift.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// Whether IAM would decide alike under both documents, as far as their form goes.
///
/// Neither rewrites wildcards nor weighs statements against each other: documents that say the
/// same in different statements are different here.
pub fn equivalent(left: &Json, right: &Json) -> bool {
    normal(left) == normal(right)
}

/// Members whose value is a name or a list of names.
const LISTS: &[&str] = &["Action", "NotAction", "Resource", "NotResource"];

fn normal(document: &Json) -> Json {
    let Json::Object(document) = document else { return document.clone() };
    let mut document = document.clone();
    if let Some(statements) = document.remove("Statement") {
        let mut statements: Vec<Json> = list(statements).iter().map(statement).collect();
        statements.sort_by_key(Json::to_string);
        document.insert("Statement".to_owned(), Json::Array(statements));
    }
    Json::Object(document)
}

fn statement(statement: &Json) -> Json {
    let Json::Object(members) = statement else { return statement.clone() };
    let normalised = members.iter().map(|(name, value)| {
        let value = match name.as_str() {
            name if LISTS.contains(&name) => sorted(value),
            "Principal" | "NotPrincipal" => each_member(value, sorted),
            "Condition" => each_member(value, |keys| each_member(keys, sorted)),
            _ => value.clone(),
        };
        (name.clone(), value)
    });
    in_order(normalised)
}

fn each_member(value: &Json, change: impl Fn(&Json) -> Json) -> Json {
    match value {
        Json::Object(members) => {
            in_order(members.iter().map(|(name, value)| (name.clone(), change(value))))
        }
        other => other.clone(),
    }
}

/// Members by name, so that equal objects have equal texts, by which lists are sorted.
fn in_order(members: impl Iterator<Item = (String, Json)>) -> Json {
    Json::Object(members.collect::<BTreeMap<_, _>>().into_iter().collect())
}

fn sorted(value: &Json) -> Json {
    let mut values = list(value.clone());
    values.sort_by_key(Json::to_string);
    values.dedup();
    Json::Array(values)
}

fn list(value: Json) -> Vec<Json> {
    match value {
        Json::Array(values) => values,
        one => vec![one],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_lone_value_is_a_list_of_one() {
        let lists = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": ["lambda.amazonaws.com"] },
            "Action": ["sts:AssumeRole"],
            "Condition": { "StringLike": { "a:sub": ["x"] } },
        }] });
        let lone = json!({ "Version": "2012-10-17", "Statement": {
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
            "Condition": { "StringLike": { "a:sub": "x" } },
        } });
        assert!(equivalent(&lists, &lone));
    }

    #[test]
    fn order_has_no_meaning() {
        let one = json!({ "Statement": [{ "Action": ["a", "b"] }, { "Action": "c" }] });
        let other = json!({ "Statement": [{ "Action": "c" }, { "Action": ["b", "a", "b"] }] });
        assert!(equivalent(&one, &other));

        let condition = json!({ "StringEquals": { "x": "1" }, "StringLike": { "y": "2" } });
        let reversed = json!({ "StringLike": { "y": "2" }, "StringEquals": { "x": "1" } });
        let one = json!({ "Statement": [
            { "Sid": "a", "Effect": "Allow" }, { "Effect": "Deny", "Condition": condition },
        ] });
        let other = json!({ "Statement": [
            { "Condition": reversed, "Effect": "Deny" }, { "Effect": "Allow", "Sid": "a" },
        ] });
        assert!(equivalent(&one, &other));
    }

    #[test]
    fn what_is_allowed_to_whom_has() {
        let document = |effect: &str, action: &str, principal: Json| json!({ "Statement": [{ "Effect": effect, "Action": action, "Principal": principal }] });
        let ours =
            document("Allow", "sts:AssumeRole", json!({ "Service": "lambda.amazonaws.com" }));
        let widened = json!({ "Statement": [ours["Statement"][0], { "Effect": "Allow" }] });
        let others = [
            document("Deny", "sts:AssumeRole", json!({ "Service": "lambda.amazonaws.com" })),
            document("Allow", "sts:*", json!({ "Service": "lambda.amazonaws.com" })),
            document("Allow", "sts:AssumeRole", json!("*")),
            widened,
            Json::Null,
        ];
        for other in others {
            assert!(!equivalent(&ours, &other), "{other}");
        }
    }
}
