//! Finding a function by name, and refusing what cannot be called.

use expect_test::expect;
use tonic::Status;

use super::*;

async fn refused(modal: &Modal, name: &FunctionRef) -> String {
    client(modal).function(name, soon()).await.unwrap_err().to_string()
}

fn environments(names: &[&str]) -> m::EnvironmentListResponse {
    let items =
        names.iter().map(|name| m::EnvironmentListItem { name: (*name).into(), default: false });
    m::EnvironmentListResponse { items: items.collect() }
}

fn app(id: &str) -> m::AppGetByDeploymentNameResponse {
    m::AppGetByDeploymentNameResponse { app_id: id.into(), environment_name: "main".into() }
}

#[tokio::test]
async fn a_function_is_asked_for_by_its_three_names() {
    let modal = Modal::start().await;
    function(&modal, &client(&modal), handle()).await.unwrap();
    let [asked] = &modal.requests::<m::FunctionGetRequest>("FunctionGet")[..] else { panic!() };
    assert_eq!(
        (&*asked.environment_name, &*asked.app_name, &*asked.object_tag),
        ("main", "thumbnails", "render")
    );
}

#[tokio::test]
async fn a_function_that_is_not_deployed_is_named_in_the_error() {
    let modal = Modal::start().await;
    modal.fail("FunctionGet", Status::not_found("whatever"));
    modal.answer("EnvironmentList", environments(&["dev", "main"]));
    modal.answer("AppGetByDeploymentName", app("ap-1"));
    expect![[r#"Modal has no function "render" in app "thumbnails", environment "main""#]]
        .assert_eq(&refused(&modal, &render()).await);
    assert_eq!(modal.rpcs(), ["FunctionGet", "EnvironmentList", "AppGetByDeploymentName"]);
}

#[tokio::test]
async fn an_app_that_is_not_deployed_is_named_in_the_error() {
    let modal = Modal::start().await;
    modal.fail("FunctionGet", Status::not_found("App 'thumbnails' not found"));
    modal.answer("EnvironmentList", environments(&["main"]));
    modal.answer("AppGetByDeploymentName", app(""));
    expect![[r#"Modal has no app "thumbnails" deployed in environment "main""#]]
        .assert_eq(&refused(&modal, &render()).await);
}

#[tokio::test]
async fn an_environment_that_does_not_exist_is_named_in_the_error() {
    let modal = Modal::start().await;
    modal.fail("FunctionGet", Status::not_found("?"));
    modal.answer("EnvironmentList", environments(&["dev"]));
    expect![[r#"Modal has no environment "main""#]].assert_eq(&refused(&modal, &render()).await);
}

#[tokio::test]
async fn where_nobody_says_what_is_missing_the_error_names_all_three() {
    let modal = Modal::start().await;
    modal.fail("FunctionGet", Status::not_found("?"));
    modal.fail("EnvironmentList", Status::permission_denied("no"));
    expect![[r#"Modal has no function "render" in app "thumbnails", environment "main""#]]
        .assert_eq(&refused(&modal, &render()).await);
}

#[tokio::test]
async fn a_method_is_found_on_its_class() {
    let modal = Modal::start().await;
    let class = || m::FunctionHandleMetadata {
        function_name: "Model.*".into(),
        method_handle_metadata: [("predict".into(), handle())].into(),
        ..Default::default()
    };
    modal.answer("FunctionGet", found(class()));
    let client = client(&modal);
    let predict = client.function(&named("Model.predict"), soon()).await.unwrap();

    modal.answer("FunctionMap", mapped());
    client.spawn(&predict, &args(), soon()).await.unwrap();
    let sent = &modal.requests::<m::FunctionMapRequest>("FunctionMap")[0].pipelined_inputs[0];
    assert_eq!(sent.input.as_ref().unwrap().method_name.as_deref(), Some("predict"));
    assert_eq!(modal.requests::<m::FunctionGetRequest>("FunctionGet")[0].object_tag, "Model.*");

    modal.answer("FunctionGet", found(class()));
    let error = client.function(&named("Model.train"), soon()).await.unwrap_err();
    expect![[r#"Modal has no function "Model.train" in app "thumbnails", environment "main""#]]
        .assert_eq(&error.to_string());
}

#[tokio::test]
async fn a_class_is_no_function_and_the_error_says_how_to_name_a_method() {
    let modal = Modal::start().await;
    let detail =
        m::FunctionLookupError { reason: m::function_lookup_error::Reason::ClassNameUsed.into() };
    modal.fail("FunctionGet", details("FunctionLookupError", &detail, Status::not_found("?")));
    expect![[
        r#""Model" in app "thumbnails" is a class, not a function; name one of its methods, as "Model.method""#
    ]]
    .assert_eq(&refused(&modal, &named("Model")).await);
}

/// A status with a detail, as Modal sends it.
pub(crate) fn details(name: &str, detail: &impl prost::Message, status: Status) -> Status {
    use prost::Message as _;
    let details = m::RpcStatus {
        code: status.code() as i32,
        message: status.message().into(),
        details: vec![prost_types::Any {
            type_url: format!("type.googleapis.com/modal.client.{name}"),
            value: detail.encode_to_vec(),
        }],
    };
    Status::with_details(status.code(), status.message(), details.encode_to_vec().into())
}

#[tokio::test]
async fn a_web_function_is_refused_with_its_url() {
    let modal = Modal::start().await;
    let web = m::FunctionHandleMetadata { web_url: "https://x.modal.run".into(), ..handle() };
    let error = function(&modal, &client(&modal), web).await.unwrap_err();
    expect![[r#""render" is a web function: call it by HTTP at https://x.modal.run"#]]
        .assert_eq(&error.to_string());
}

#[tokio::test]
async fn a_generator_is_refused() {
    let modal = Modal::start().await;
    let generator = m::function::FunctionType::Generator.into();
    let generator = m::FunctionHandleMetadata { function_type: generator, ..handle() };
    let error = function(&modal, &client(&modal), generator).await.unwrap_err();
    expect![[r#""render" is a generator, which the bridge cannot call"#]]
        .assert_eq(&error.to_string());
}

#[tokio::test]
async fn a_wrong_token_is_said_and_not_tried_again() {
    let modal = Modal::start().await;
    modal.fail("FunctionGet", Status::unauthenticated("Token secret is malformed"));
    let error = client(&modal).function(&render(), soon()).await.unwrap_err();
    assert_eq!(error, ModalError::Unauthenticated { message: "Token secret is malformed".into() });
    assert_eq!(modal.rpcs(), ["FunctionGet"]);
}

#[tokio::test]
async fn a_method_of_a_class_with_parameters_is_refused_with_their_names() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let methods = [("predict".to_owned(), handle())].into();
    let parameter = |name: &str| m::ClassParameterSpec { name: name.into() };
    let class = m::FunctionHandleMetadata {
        method_handle_metadata: methods,
        class_parameter_info: Some(m::ClassParameterInfo {
            schema: vec![parameter("size"), parameter("device")],
        }),
        ..handle()
    };
    modal.answer("FunctionGet", found(class));
    let error = client.function(&named("Model.predict"), soon()).await.unwrap_err();
    expect_test::expect![[r#""Model" is a class with parameters (size, device), which an event cannot give: call a method of a class without parameters, or a function that makes the object"#]]
    .assert_eq(&error.to_string());
}

#[tokio::test]
async fn a_pinned_version_of_the_app_is_asked_for() {
    let modal = Modal::start().await;
    let client = client(&modal);
    modal.answer("FunctionGet", found(handle()));
    client.function(&render(), soon()).await.unwrap();
    modal.answer("FunctionGet", found(handle()));
    let pinned = FunctionRef { app_version: Some(3), ..render() };
    client.function(&pinned, soon()).await.unwrap();
    let asked = modal.requests::<m::FunctionGetRequest>("FunctionGet");
    assert_eq!((asked[0].app_version, asked[1].app_version), (0, 3));
}
