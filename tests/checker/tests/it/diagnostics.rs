//! What providers say, and how they must not say it.

use checker::{Refusal, Rule, Severity};
use expect_test::expect;
use serde_json::json;
use tfplugin_proto::tfplugin5 as wire;

use crate::fake::{Fake, error, names, warning};
use crate::refused;

async fn validating(said: wire::Diagnostic) -> (Result<(), Refusal>, Vec<checker::Diagnostic>) {
    let fake = Fake::new().validate_resource_type_config(move |_, mut answer| {
        answer.diagnostics.push(said.clone());
        answer
    });
    let core = fake.core().await;
    let result = core.validate("tiny_thing", json!({ "name": "alpha" })).await;
    (result, core.take_warnings())
}

#[tokio::test]
async fn an_error_is_the_providers_own_refusal() {
    let said = wire::Diagnostic {
        detail: "Choose another.".to_owned(),
        attribute: Some(names(&["name"])),
        ..error("The name is taken")
    };
    let (result, _) = validating(said).await;
    let refusal = result.unwrap_err();
    assert!(matches!(refusal, Refusal::Provider(_)));
    assert_eq!(refusal.rule(), None);
    expect![[r#"
        Error: The name is taken

          at .name

        Choose another."#]]
    .assert_eq(&refusal.to_string());
}

#[tokio::test]
async fn a_warning_is_kept_and_refuses_nothing() {
    let (result, warnings) = validating(warning("Soon gone")).await;
    assert_eq!(result, Ok(()));
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].severity, Severity::Warning);
    assert_eq!(warnings[0].to_string(), "Warning: Soon gone");
}

#[tokio::test]
async fn a_diagnostic_without_a_severity_is_refused() {
    let said = wire::Diagnostic { severity: 0, ..error("Lost") };
    refused(
        validating(said).await.0,
        Rule::DiagnosticSeverity,
        &expect![[r#"
        Error: Provider returned a diagnostic that is neither an error nor a warning

        The diagnostic "Lost" has severity 0. Terraform drops it in silence and goes on."#]],
    );
}

#[tokio::test]
async fn a_diagnostic_without_a_summary_is_refused() {
    let said = wire::Diagnostic { detail: "why".to_owned(), ..error("") };
    refused(
        validating(said).await.0,
        Rule::DiagnosticSummary,
        &expect![[r#"
        Error: Provider returned a diagnostic without a summary

        Its detail is "why"."#]],
    );
}

#[tokio::test]
async fn a_diagnostic_about_nothing_that_exists_is_refused() {
    let said = wire::Diagnostic { attribute: Some(names(&["nope"])), ..error("Bad") };
    refused(
        validating(said).await.0,
        Rule::DiagnosticPath,
        &expect![[r#"
        Error: Provider returned a diagnostic about an attribute that does not exist

        The diagnostic "Bad" names .nope, which the schema does not have. Terraform points at the whole block instead."#]],
    );
}

#[tokio::test]
async fn paths_follow_types_and_nesting() {
    use wire::attribute_path::step::Selector;
    let name = |name: &str| Selector::AttributeName(name.to_owned());
    let key = |key: &str| Selector::ElementKeyString(key.to_owned());
    let index = Selector::ElementKeyInt;
    let cases: [(Vec<Selector>, bool); 12] = [
        (vec![name("tags"), key("a")], true),
        (vec![name("tags"), index(0)], false),
        (vec![name("rule"), index(0), name("port")], true),
        (vec![name("rule"), key("a")], false),
        (vec![name("zone"), key("x"), name("port")], true),
        (vec![name("one"), name("port")], true),
        (vec![name("any"), name("x"), index(1)], true),
        // A set's elements have no address: the set is what can be named.
        (vec![name("tag")], true),
        (vec![name("tag"), index(0)], false),
        (vec![name("ports"), index(0)], false),
        (vec![name("name"), name("x")], false),
        (vec![index(0)], false),
    ];
    for (selectors, exists) in cases {
        let steps = selectors.clone().into_iter();
        let steps = steps.map(|s| wire::attribute_path::Step { selector: Some(s) }).collect();
        let said =
            wire::Diagnostic { attribute: Some(wire::AttributePath { steps }), ..error("Bad") };
        let (result, _) = validating(said).await;
        let found = matches!(result, Err(Refusal::Provider(_)));
        assert_eq!(found, exists, "{selectors:?}");
    }
}

#[tokio::test]
async fn several_errors_are_all_there() {
    let fake = Fake::new().validate_resource_type_config(|_, mut answer| {
        answer.diagnostics = vec![error("One"), error("Two")];
        answer
    });
    let core = fake.core().await;
    let refusal = core.validate("tiny_thing", json!({ "name": "alpha" })).await.unwrap_err();
    assert_eq!(refusal.to_string(), "Error: One\n\nError: Two");
}
