//! gRPC statuses, which are for crashes.

use checker::{Core, Rule};
use expect_test::expect;
use serde_json::json;
use tonic::{Code, Status};

use crate::fake::Fake;
use crate::refused;

async fn planning_with(code: Code) -> Result<checker::Planned, checker::Refusal> {
    let core = Fake::new().status("PlanResourceChange", Status::new(code, "boom")).core().await;
    core.plan("tiny_thing", None, json!({ "name": "alpha" })).await
}

#[tokio::test]
async fn each_status_has_terraforms_words() {
    refused(
        planning_with(Code::Unavailable).await,
        Rule::GrpcStatus,
        &expect![[r#"
        Error: Plugin did not respond

        The plugin encountered an error, and failed to respond to the plugin.(*GRPCProvider).PlanResourceChange call. The plugin logs may contain more details."#]],
    );
    refused(
        planning_with(Code::Cancelled).await,
        Rule::GrpcStatus,
        &expect![[r#"
        Error: Request cancelled

        The plugin.(*GRPCProvider).PlanResourceChange request was cancelled."#]],
    );
    refused(
        planning_with(Code::Unimplemented).await,
        Rule::GrpcStatus,
        &expect![[r#"
        Error: Unsupported plugin method

        The plugin.(*GRPCProvider).PlanResourceChange method is not supported by this plugin."#]],
    );
    refused(
        planning_with(Code::Internal).await,
        Rule::GrpcStatus,
        &expect![[r#"
        Error: Plugin error

        The plugin returned an unexpected error from plugin.(*GRPCProvider).PlanResourceChange: rpc error: code = Internal desc = boom"#]],
    );
}

#[tokio::test]
async fn a_provider_from_before_identities_has_none() {
    let status = Status::unimplemented("later");
    let fake =
        Fake::new().status("GetResourceIdentitySchemas", status).get_schema(|_, mut answer| {
            answer.list_resource_schemas.clear();
            answer
        });
    let core: Core = fake.core().await;
    assert!(core.resource("tiny_thing").identity.is_none());
}

#[tokio::test]
async fn other_trouble_with_identities_is_not_forgiven() {
    let status = Status::internal("boom");
    let fake = Fake::new().status("GetResourceIdentitySchemas", status);
    refused(
        fake.connection().connect().await.map(|_| ()),
        Rule::GrpcStatus,
        &expect![[r#"
        Error: Plugin error

        The plugin returned an unexpected error from plugin.(*GRPCProvider).GetProviderSchema: rpc error: code = Internal desc = boom"#]],
    );
}

#[tokio::test]
async fn a_stop_can_be_asked_for_and_can_fail() {
    assert_eq!(Fake::new().core().await.stop().await, Ok(()));
    let fake = Fake::new().stop(|_, mut answer| {
        answer.error = "cannot stop".to_owned();
        answer
    });
    refused(fake.core().await.stop().await, Rule::GrpcStatus, &expect!["Error: cannot stop"]);
}
