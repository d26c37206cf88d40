//! What a provider says about itself in short.

use checker::Rule;
use expect_test::expect;

use crate::fake::Fake;
use crate::refused;

#[tokio::test]
async fn what_is_said_in_short_agrees_with_the_schemas() {
    assert_eq!(Fake::new().core().await.check_metadata().await, Ok(()));
    let fake = Fake::new().get_metadata(|_, mut answer| {
        answer.actions.clear();
        answer
    });
    refused(
        fake.core().await.check_metadata().await,
        Rule::Metadata,
        &expect![[r#"
        Error: Provider declares other actions in short than in full

        In short: []. In full: {"tiny_ping"}."#]],
    );
    let fake = Fake::new().get_functions(|_, mut answer| {
        answer.functions.clear();
        answer
    });
    refused(
        fake.core().await.check_metadata().await,
        Rule::Metadata,
        &expect![[r#"
        Error: Provider declares other functions in short than in full

        In short: []. In full: {"shout"}."#]],
    );
    let fake = Fake::new().get_metadata(|_, mut answer| {
        answer.server_capabilities = None;
        answer
    });
    refused(
        fake.core().await.check_metadata().await,
        Rule::Metadata,
        &expect![[r#"
        Error: Provider announces other capabilities in short than in full

        In short: Capabilities { plan_destroy: false, get_provider_schema_optional: false, move_resource_state: false, generate_resource_config: false }. In full: Capabilities { plan_destroy: true, get_provider_schema_optional: false, move_resource_state: true, generate_resource_config: true }."#]],
    );
}
