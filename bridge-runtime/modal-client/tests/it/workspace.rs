//! Whose a token is, and what is known of a function beside how to call it.

use expect_test::expect;
use modal_client::{FunctionKind, Identity, TokenInfo};
use tonic::Status;

use super::*;

fn info() -> m::TokenInfoGetResponse {
    m::TokenInfoGetResponse {
        token_id: "ak-1".into(),
        workspace_id: "ac-1".into(),
        workspace_name: "acme".into(),
        token_name: "ci".into(),
        expires_at: Some(prost_types::Timestamp { seconds: 1_800_000_000, nanos: 0 }),
        identity: Some(m::token_info_get_response::Identity::ServiceUserIdentity(
            m::ServiceUserIdentity {
                service_user_id: "su-1".into(),
                service_user_name: "bridge".into(),
            },
        )),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_token_says_whose_it_is() {
    let modal = Modal::start().await;
    modal.answer("TokenInfoGet", info());
    let expires_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let expected = TokenInfo {
        token_id: "ak-1".into(),
        workspace_id: "ac-1".into(),
        workspace_name: "acme".into(),
        token_name: "ci".into(),
        identity: Some(Identity::ServiceUser { id: "su-1".into(), name: "bridge".into() }),
        created_at: None,
        expires_at: Some(expires_at),
    };
    assert_eq!(client(&modal).token_info(soon()).await, Ok(expected));
    assert_eq!(modal.headers("TokenInfoGet", "x-modal-token-id"), [Some("ak-1".to_owned())]);
}

#[tokio::test]
async fn a_token_that_modal_does_not_take_is_no_other_failure() {
    let modal = Modal::start().await;
    modal.fail("TokenInfoGet", Status::unauthenticated("Token ID is malformed"));
    let error = client(&modal).token_info(soon()).await.unwrap_err();
    assert!(matches!(error, ModalError::Unauthenticated { .. }));

    modal.answer("TokenInfoGet", m::TokenInfoGetResponse::default());
    let error = client(&modal).token_info(soon()).await.unwrap_err();
    expect!["Modal's TokenInfoGet answered without a workspace id"].assert_eq(&error.to_string());
}

#[tokio::test]
async fn the_default_environment_is_the_one_that_modal_says() {
    let modal = Modal::start().await;
    let item = |name: &str, default| m::EnvironmentListItem { name: name.into(), default };
    let items = vec![item("dev", false), item("main", true)];
    modal.answer("EnvironmentList", m::EnvironmentListResponse { items });
    assert_eq!(client(&modal).default_environment(soon()).await, Ok("main".to_owned()));
}

#[tokio::test]
async fn a_function_that_cannot_be_called_is_described_all_the_same() {
    let modal = Modal::start().await;
    let mut generator = handle();
    generator.function_type = m::function::FunctionType::Generator.into();
    generator.web_url = "https://acme--render.modal.run".into();
    modal.fail("FunctionGet", Status::unavailable("once more"));
    modal.answer("FunctionGet", found(generator));
    let found = client(&modal).describe_function(&render(), soon()).await.unwrap();
    assert_eq!((found.function_id.as_str(), found.kind), ("fu-1", FunctionKind::Generator));
    assert_eq!(found.web_url.as_deref(), Some("https://acme--render.modal.run"));
    let [_, asked] = &modal.requests::<m::FunctionGetRequest>("FunctionGet")[..] else { panic!() };
    assert_eq!((&*asked.app_name, &*asked.object_tag), ("thumbnails", "render"));
}

#[tokio::test]
async fn what_is_not_there_is_named_as_for_a_call() {
    let modal = Modal::start().await;
    modal.fail("FunctionGet", Status::not_found("?"));
    modal.answer("EnvironmentList", m::EnvironmentListResponse::default());
    let error = client(&modal).describe_function(&render(), soon()).await.unwrap_err();
    expect![[r#"Modal has no environment "main""#]].assert_eq(&error.to_string());
}
