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

/// Whether two statements mean the same.
pub fn same_statement(left: &Json, right: &Json) -> bool {
    statement(left) == statement(right)
}

/// The statements of a document: a lone one is a list of one.
pub fn statements(document: &Json) -> impl Iterator<Item = &Json> {
    match &document["Statement"] {
        Json::Array(statements) => statements.as_slice(),
        Json::Null => &[],
        lone => std::slice::from_ref(lone),
    }
    .iter()
}

/// How many characters of a document count towards IAM's quotas: white space does not.
pub fn size(document: &Json) -> usize {
    document.to_string().chars().filter(|letter| !letter.is_whitespace()).count()
}

/// In what two documents differ, a line for each statement; empty where they mean the same.
///
/// For people: a statement is named by its position and its `Sid`, and written out.
pub fn differences(before: &Json, after: &Json) -> String {
    let mut lines = Vec::new();
    let mut name = |found: &str, these: &Json, those: &Json| {
        for (index, statement) in statements(these).enumerate() {
            if statements(those).any(|other| same_statement(statement, other)) {
                continue;
            }
            let number = index + 1;
            let sid = statement["Sid"].as_str().map(|sid| format!(" ({sid:?})"));
            lines.push(format!(
                "{found} statement {number}{}: {statement}",
                sid.unwrap_or_default()
            ));
        }
    };
    name("Now there,", after, before);
    name("No longer there,", before, after);
    if lines.is_empty() && !equivalent(before, after) {
        lines.push(format!("Now there: {after}"));
    }
    lines.join("\n")
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
    fn differences_name_the_statements() {
        let one = json!({ "Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject" });
        let other = json!({ "Effect": "Allow", "Action": "s3:*" });
        let both = json!({ "Statement": [one, other] });
        let edited = json!({ "Statement": [other, { "Sid": "Read", "Action": ["s3:PutObject"] }] });
        expect_test::expect![[r#"
            Now there, statement 2 ("Read"): {"Sid":"Read","Action":["s3:PutObject"]}
            No longer there, statement 1 ("Read"): {"Sid":"Read","Effect":"Allow","Action":"s3:GetObject"}"#]]
        .assert_eq(&differences(&both, &edited));
        assert_eq!(differences(&both, &both), "");
        let other_version = json!({ "Version": "2008-10-17", "Statement": [one, other] });
        assert!(differences(&both, &other_version).starts_with("Now there: "));
    }

    #[test]
    fn white_space_does_not_count() {
        assert_eq!(size(&json!({ "Sid": "a b\n" })), r#"{"Sid":"ab\n"}"#.len());
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
