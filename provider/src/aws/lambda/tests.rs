//! Functions against a scripted Lambda.

use expect_test::expect;
use serde_json::{Value as Json, json};

use super::super::testing::{Answer, FakeAws, from_request, json as answer, json_error, waiter};
use super::*;

const ARN: &str = "arn:aws:lambda:us-east-1:111122223333:function:bridge";
const CREATE: &str = "POST /2015-03-31/functions";
const GET: &str = "GET /2015-03-31/functions/bridge";
const CODE: &str = "PUT /2015-03-31/functions/bridge/code";
const DELETE: &str = "DELETE /2015-03-31/functions/bridge";
const NOT_ASSUMABLE: &str = "The role defined for the function cannot be assumed by Lambda.";

fn lambda(aws: &FakeAws) -> Lambda {
    Lambda::new(Client::new(&aws.config()), waiter())
}

fn bridge() -> NewFunction {
    NewFunction {
        name: "bridge".to_owned(),
        architecture: Architecture::Arm64,
        settings: FunctionSettings {
            description: "calls Modal".to_owned(),
            timeout: 30,
            memory_size: 256,
            variables: [("PARAMETERS".to_owned(), "{}".to_owned())].into(),
            ..FunctionSettings::usual(
                "arn:aws:iam::111122223333:role/bridge".to_owned(),
                "/aws/lambda/bridge".to_owned(),
            )
        },
        code_signing_config_arn: None,
        tags: Tags::from([("team".to_owned(), "ml".to_owned())]),
    }
}

fn zip() -> Code {
    Code::Zip(b"zip!".into())
}

fn found(state: &str, update: &str, tags: Json) -> Answer {
    answer(
        200,
        json!({
            "Configuration": {
                "FunctionName": "bridge", "FunctionArn": ARN, "Runtime": "provided.al2023",
                "Role": "arn:aws:iam::111122223333:role/bridge", "Handler": "bootstrap",
                "Description": "calls Modal", "Timeout": 30, "MemorySize": 256,
                "CodeSha256": "c2hh", "CodeSize": 4, "Architectures": ["arm64"],
                "Environment": { "Variables": { "PARAMETERS": "{}" } },
                "LoggingConfig": { "LogFormat": "JSON", "LogGroup": "/aws/lambda/bridge" },
                "State": state, "StateReason": "in Lambda's words",
                "LastUpdateStatus": update, "LastUpdateStatusReason": "in Lambda's words",
            },
            "Tags": tags,
        }),
    )
}

fn missing() -> Answer {
    json_error(404, "ResourceNotFoundException", "Function not found")
}

#[tokio::test]
async fn a_function_is_created_once_lambda_knows_its_role() {
    let aws = FakeAws::new();
    aws.answer(CREATE, json_error(400, "InvalidParameterValueException", NOT_ASSUMABLE));
    aws.answer(CREATE, json_error(400, "InvalidParameterValueException", NOT_ASSUMABLE));
    aws.answer(CREATE, answer(201, json!({ "FunctionArn": ARN })));

    assert_eq!(lambda(&aws).create_function(&bridge(), &zip()).await.unwrap(), ARN);

    let mut asked: Json = serde_json::from_str(&aws.asked(CREATE)).unwrap();
    assert!(asked["Tags"][CREATE_NONCE].take().is_string());
    assert_eq!(
        asked,
        json!({
            "FunctionName": "bridge",
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Architectures": ["arm64"],
            "Code": { "ZipFile": "emlwIQ==" },
            "Role": "arn:aws:iam::111122223333:role/bridge",
            "Description": "calls Modal",
            "Timeout": 30,
            "MemorySize": 256,
            "Environment": { "Variables": { "PARAMETERS": "{}" } },
            "LoggingConfig": {
                "LogFormat": "JSON",
                "LogGroup": "/aws/lambda/bridge",
                "ApplicationLogLevel": "INFO",
                "SystemLogLevel": "INFO",
            },
            // What is as usual is said as well: an update that leaves it out would change nothing.
            "KMSKeyArn": "",
            "Layers": [],
            "VpcConfig": {
                "SubnetIds": [],
                "SecurityGroupIds": [],
                "Ipv6AllowedForDualStack": false,
            },
            "TracingConfig": { "Mode": "PassThrough" },
            "EphemeralStorage": { "Size": 512 },
            "DeadLetterConfig": { "TargetArn": "" },
            "Tags": { "team": "ml", CREATE_NONCE: null },
        })
    );
    aws.assert_done();
}

#[tokio::test]
async fn a_role_that_never_works_ends_in_lambdas_own_words() {
    let aws = FakeAws::new();
    for _ in 0..100 {
        aws.answer(CREATE, json_error(400, "InvalidParameterValueException", NOT_ASSUMABLE));
    }
    let error = lambda(&aws).create_function(&bridge(), &zip()).await.unwrap_err();
    expect!["lambda:CreateFunction answered InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda. (still so after 2 minutes)"]
        .assert_eq(&error.to_string());
}

#[tokio::test]
async fn another_invalid_value_is_told_at_once() {
    let aws = FakeAws::new();
    let refused =
        json_error(400, "InvalidParameterValueException", "Unzipped size must be smaller");
    aws.answer(CREATE, refused);
    let error = lambda(&aws).create_function(&bridge(), &zip()).await.unwrap_err();
    assert_eq!(error.fault, Fault::Other);
}

#[tokio::test]
async fn a_function_whose_create_was_answered_into_the_void_is_found_by_its_nonce() {
    let aws = FakeAws::new();
    aws.answer(CREATE, Answer::Lost);
    let fake = aws.clone();
    aws.answer(
        CREATE,
        from_request(move |request| {
            let asked: Json = serde_json::from_str(request).unwrap();
            fake.answer(GET, found("Pending", "Successful", asked["Tags"].clone()));
            json_error(409, "ResourceConflictException", "Function already exist: bridge")
        }),
    );
    assert_eq!(lambda(&aws).create_function(&bridge(), &zip()).await.unwrap(), ARN);
    aws.assert_done();
}

#[tokio::test]
async fn a_function_that_somebody_else_made_is_not_adopted() {
    let aws = FakeAws::new();
    aws.answer(
        CREATE,
        json_error(409, "ResourceConflictException", "Function already exist: bridge"),
    );
    aws.answer(GET, found("Active", "Successful", json!({ CREATE_NONCE: "another" })));
    let error = lambda(&aws).create_function(&bridge(), &zip()).await.unwrap_err();
    assert_eq!(error.fault, Fault::AlreadyExists);
}

#[tokio::test]
async fn a_function_is_ready_when_it_is_active_and_updated() {
    let aws = FakeAws::new();
    aws.answer(GET, missing());
    aws.answer(GET, found("Pending", "InProgress", json!({})));
    aws.answer(GET, found("Active", "InProgress", json!({})));
    aws.answer(GET, found("Active", "Successful", json!({ "team": "ml" })));

    let ready = lambda(&aws).wait_until_ready("bridge").await.unwrap();

    assert_eq!(ready.settings, bridge().settings);
    assert_eq!(ready.architecture, Some(Architecture::Arm64));
    assert_eq!(ready.tags, bridge().tags);
    assert_eq!(ready.code_sha256, "c2hh");
    expect!["arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111122223333:function:bridge/invocations"]
        .assert_eq(&ready.invoke_arn());
    aws.assert_done();
}

#[tokio::test]
async fn a_function_that_failed_says_why() {
    let aws = FakeAws::new();
    aws.answer(GET, found("Failed", "Successful", json!({})));
    aws.answer(GET, found("Active", "Failed", json!({})));
    let lambda = lambda(&aws);

    let error = lambda.wait_until_ready("bridge").await.unwrap_err();
    expect!["lambda:GetFunction failed: State is Failed: in Lambda's words"]
        .assert_eq(&error.to_string());
    let error = lambda.wait_until_ready("bridge").await.unwrap_err();
    expect!["lambda:GetFunction failed: LastUpdateStatus is Failed: in Lambda's words"]
        .assert_eq(&error.to_string());
}

#[tokio::test]
async fn a_change_waits_for_the_one_before() {
    let aws = FakeAws::new();
    let busy = "The operation cannot be performed at this time. An update is in progress";
    aws.answer(CODE, json_error(409, "ResourceConflictException", busy));
    aws.answer(CODE, answer(200, json!({})));

    lambda(&aws).update_code("bridge", &zip(), Architecture::X86_64).await.unwrap();

    let asked: Json = serde_json::from_str(&aws.asked(CODE)).unwrap();
    assert_eq!(asked, json!({ "Architectures": ["x86_64"], "ZipFile": "emlwIQ==" }));
    aws.assert_done();
}

#[tokio::test]
async fn a_function_is_deleted_when_it_is_gone() {
    let aws = FakeAws::new();
    aws.answer(DELETE, answer(202, json!({})));
    aws.answer(GET, found("Deleting", "Successful", json!({})));
    aws.answer(GET, missing());
    aws.answer(DELETE, answer(204, json!({})));
    aws.answer(DELETE, missing());
    let lambda = lambda(&aws);

    lambda.delete_function("bridge").await.unwrap();
    lambda.delete_function("bridge").await.unwrap();
    lambda.delete_function("bridge").await.unwrap();
    aws.assert_done();
}

#[tokio::test]
async fn tags_that_cannot_be_read_are_not_taken_for_none() {
    let aws = FakeAws::new();
    aws.answer(
        GET,
        answer(
            200,
            json!({
                "Configuration": { "FunctionName": "bridge" },
                "TagsError": { "ErrorCode": "AccessDeniedException", "Message": "not authorized" },
            }),
        ),
    );
    let error = lambda(&aws).find_function("bridge").await.unwrap_err();
    assert_eq!((error.action, error.fault), ("lambda:ListTags", Fault::AccessDenied));
}

const INVOKE: &str = "POST /2015-03-31/functions/bridge/invocations";

fn invocation() -> Invocation {
    Invocation {
        function: "bridge".to_owned(),
        qualifier: None,
        invocation_type: "RequestResponse".to_owned(),
        with_log: true,
        payload: r#"{"n": 1}"#.to_owned(),
    }
}

#[tokio::test]
async fn a_busy_function_is_asked_again_and_the_event_is_sent_as_it_is() {
    let aws = FakeAws::new();
    let pending = "The function is currently in the following state: Pending";
    aws.answer(INVOKE, json_error(409, "ResourceConflictException", pending));
    aws.answer(INVOKE, json_error(429, "TooManyRequestsException", "Rate Exceeded."));
    aws.answer(INVOKE, answer(200, json!({"status": "Success"})));

    let answered = lambda(&aws).invoke(&invocation()).await.unwrap();

    assert_eq!(aws.asked(INVOKE), r#"{"n": 1}"#);
    assert!(!answered.is_error);
    assert_eq!(answered.payload, r#"{"status":"Success"}"#);
    aws.assert_done();
}

#[tokio::test]
async fn an_event_whose_answer_is_lost_is_not_sent_again() {
    for lost in [Answer::Lost, json_error(500, "ServiceException", "who knows")] {
        let aws = FakeAws::new();
        aws.answer(INVOKE, lost);
        let error = lambda(&aws).invoke(&invocation()).await.unwrap_err();
        assert!(!error.is_refusal(), "{error}");
        aws.assert_done();
    }
}
