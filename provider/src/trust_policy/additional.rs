//! Statements of a trust policy that practitioners write themselves.

use serde_json::Value as Json;

use super::{is_modals_provider, texts};

/// Checks `additional_trust_statements`: the rest of a sentence that begins with the attribute.
///
/// Modal's tokens are for `subject` blocks alone, which keep other workspaces out; and a statement
/// that trusts everybody would undo them.
pub fn check_additional(text: &str) -> Result<Vec<Json>, String> {
    let expected = "must be a JSON list of statements, as jsonencode([{ Effect = \"Allow\", … }]) \
                    makes it";
    let statements: Vec<Json> =
        serde_json::from_str(text).map_err(|error| format!("{expected}: {error}."))?;
    for (index, statement) in statements.iter().enumerate() {
        check_statement(statement).map_err(|fault| format!("[{index}] {fault}."))?;
    }
    Ok(statements)
}

fn check_statement(statement: &Json) -> Result<(), String> {
    if !statement.is_object() {
        return Err("must be a statement, an object".to_owned());
    }
    let effect = statement["Effect"].as_str().unwrap_or_default();
    if !["Allow", "Deny"].contains(&effect) {
        return Err("must have the Effect \"Allow\" or \"Deny\"".to_owned());
    }
    if statement.get("Resource").is_some() || statement.get("NotResource").is_some() {
        return Err("must have no Resource: a trust policy is about its own role".to_owned());
    }
    if effect == "Deny" {
        return Ok(());
    }
    if statement.get("NotPrincipal").is_some() {
        return Err("must not allow NotPrincipal, which is almost everybody".to_owned());
    }
    for principal in principals(&statement["Principal"]) {
        if principal == "*" {
            return Err("must not allow the principal \"*\", which is everybody".to_owned());
        }
        if is_modals_provider(&principal) {
            return Err(
                "allows tokens of oidc.modal.com; write a subject block, which keeps the other \
                 workspaces of Modal out"
                    .to_owned(),
            );
        }
    }
    Ok(())
}

fn principals(principal: &Json) -> Vec<String> {
    match principal {
        Json::Object(kinds) => kinds.values().filter_map(texts).flatten().collect(),
        other => texts(other).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    fn refusal(statements: &Json) -> String {
        check_additional(&statements.to_string()).unwrap_err()
    }

    #[test]
    fn a_service_may_be_trusted_beside_modal() {
        let statement = json!({
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
        });
        let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "sts:TagSession" });
        let both = json!([statement, deny]);
        assert_eq!(check_additional(&both.to_string()), Ok(vec![statement, deny]));
    }

    #[test]
    fn what_would_open_the_role_is_refused() {
        let allow = |principal: Json| json!([{ "Effect": "Allow", "Principal": principal }]);
        expect![[r#"[0] allows tokens of oidc.modal.com; write a subject block, which keeps the other workspaces of Modal out."#]].assert_eq(&refusal(&allow(
            json!({ "Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com" }),
        )));
        let everybody = [json!("*"), json!({ "AWS": "*" }), json!({ "AWS": ["a", "*"] })];
        for principal in everybody {
            expect![[r#"[0] must not allow the principal "*", which is everybody."#]]
                .assert_eq(&refusal(&allow(principal)));
        }
        expect!["[0] must not allow NotPrincipal, which is almost everybody."]
            .assert_eq(&refusal(&json!([{ "Effect": "Allow", "NotPrincipal": { "AWS": "a" } }])));
    }

    #[test]
    fn what_is_no_list_of_statements_is_refused() {
        expect![[r#"must be a JSON list of statements, as jsonencode([{ Effect = "Allow", … }]) makes it: invalid type: map, expected a sequence at line 1 column 0."#]].assert_eq(&refusal(&json!({})));
        expect!["[0] must be a statement, an object."].assert_eq(&refusal(&json!(["Allow"])));
        expect![[r#"[1] must have the Effect "Allow" or "Deny"."#]]
            .assert_eq(&refusal(&json!([{ "Effect": "Deny" }, { "Effect": "allow" }])));
        expect!["[0] must have no Resource: a trust policy is about its own role."]
            .assert_eq(&refusal(&json!([{ "Effect": "Allow", "Resource": "*" }])));
    }
}
