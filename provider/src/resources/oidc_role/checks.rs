//! What the single attributes of a role may hold, and when two values of one mean the same.

use serde_json::Value as Json;
use tf_framework::Dynamic;

use crate::grant_policy::POLICY_NAME;
use crate::policy_document::equivalent;
use crate::resources::iam_role::is_of_names;

/// Part of a condition: IAM would read `${…}` as a variable.
pub(super) fn check_audience(audience: &str) -> Result<(), String> {
    let fine = |letter: char| letter.is_ascii_graphic() && !"$*?".contains(letter);
    match audience.len() {
        1..=255 if audience.chars().all(fine) => Ok(()),
        1..=255 => Err("may have visible letters without $, * and ? only.".to_owned()),
        length => Err(format!("must have 1 to 255 characters, not {length}.")),
    }
}

pub(super) fn check_inline_policies(policies: &Dynamic) -> Result<(), String> {
    let Dynamic::Map(policies) = policies else { return Ok(()) };
    for (name, document) in policies {
        if name == POLICY_NAME {
            return Err(format!(
                "cannot have {name:?}: it is what the grant blocks make. Choose another name."
            ));
        }
        if name.is_empty() || name.len() > 128 || !name.chars().all(is_of_names) {
            return Err(format!(
                "cannot have {name:?}: names have 1 to 128 letters, digits and any of +=,.@_-."
            ));
        }
        let Dynamic::String(text) = document else { continue };
        let statements = match serde_json::from_str::<Json>(text) {
            Ok(document) => document.get("Statement").is_some(),
            Err(error) => return Err(format!("[{name:?}] must be JSON: {error}.")),
        };
        if !statements {
            return Err(format!("[{name:?}] must be a policy, an object with a Statement."));
        }
    }
    Ok(())
}

/// Whether two texts are the same list of statements.
pub(super) fn same_statements(one: &Dynamic, other: &Dynamic) -> bool {
    let (Dynamic::String(one), Dynamic::String(other)) = (one, other) else { return false };
    let document = |text: &str| {
        let statements = serde_json::from_str::<Json>(text).ok()?;
        Some(serde_json::json!({ "Statement": statements }))
    };
    matches!((document(one), document(other)), (Some(one), Some(other)) if equivalent(&one, &other))
}

/// Whether two maps have the same policies.
pub(super) fn same_policies(one: &Dynamic, other: &Dynamic) -> bool {
    let (Dynamic::Map(one), Dynamic::Map(other)) = (one, other) else { return false };
    one.len() == other.len()
        && one.iter().all(|(name, text)| {
            matches!((text, other.get(name)), (Dynamic::String(one), Some(Dynamic::String(other)))
                if same_policy(one, other))
        })
}

/// Whether two texts are the same policy.
pub(super) fn same_policy(one: &str, other: &str) -> bool {
    let (one, other) = (serde_json::from_str::<Json>(one), serde_json::from_str::<Json>(other));
    matches!((one, other), (Ok(one), Ok(other)) if equivalent(&one, &other))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::trust_policy::AUDIENCE;

    #[test]
    fn an_audience_is_one_text() {
        assert_eq!(check_audience(AUDIENCE), Ok(()));
        for bad in ["", "*", "oidc.modal.co?", "${aws:username}", "a b", "ä"] {
            assert!(check_audience(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn inline_policies_are_policies_of_other_names_than_ours() {
        let refusal = |name: &str, text: &str| {
            let policies = [(name.to_owned(), Dynamic::string(text))].into();
            check_inline_policies(&Dynamic::Map(policies))
        };
        assert_eq!(refusal("mine", r#"{ "Statement": [] }"#), Ok(()));
        expect![[
            r#"cannot have "modal-grants": it is what the grant blocks make. Choose another name."#
        ]]
        .assert_eq(&refusal(POLICY_NAME, "{}").unwrap_err());
        expect![[r#"cannot have "a b": names have 1 to 128 letters, digits and any of +=,.@_-."#]]
            .assert_eq(&refusal("a b", "{}").unwrap_err());
        expect![[r#"["mine"] must be JSON: EOF while parsing an object at line 1 column 1."#]]
            .assert_eq(&refusal("mine", "{").unwrap_err());
        expect![[r#"["mine"] must be a policy, an object with a Statement."#]]
            .assert_eq(&refusal("mine", "[]").unwrap_err());
    }

    #[test]
    fn another_spelling_of_a_policy_is_the_same() {
        let one = Dynamic::string(r#"[{"Action": "a", "Effect": "Deny"}]"#);
        let other = Dynamic::string(r#"[ { "Effect":"Deny", "Action":["a"] } ]"#);
        assert!(same_statements(&one, &other));
        assert!(!same_statements(&one, &Dynamic::string("[]")));
        let policies =
            |text: &str| Dynamic::Map([("mine".to_owned(), Dynamic::string(text))].into());
        let one = policies(r#"{"Statement": {"Action": "a"}}"#);
        assert!(same_policies(&one, &policies(r#"{"Statement":[{"Action":["a"]}]}"#)));
        assert!(!same_policies(&one, &policies(r#"{"Statement":[]}"#)));
    }
}
