//! What a function's status means.

use expect_test::{Expect, expect};

use super::*;

async fn outcome_of(output: m::FunctionGetOutputsItem) -> Result<Value, ModalError> {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    let unretriable = m::FunctionMapResponse { function_call_jwt: String::new(), ..mapped() };
    modal.answer("FunctionMap", unretriable);
    modal.answer("FunctionGetOutputs", outputs(output));
    client.remote(&function, &args(), soon()).await.unwrap().result(soon()).await
}

async fn check(status: i32, exception: &str, expected: Expect) {
    // A pickle that would run code, were it read: `data` of a failure is not looked at.
    let output = result(status, exception, Some(b"cos\nsystem\n(S'touch owned'\ntR."));
    expected.assert_eq(&outcome_of(output).await.unwrap_err().to_string());
}

#[tokio::test]
async fn every_status_but_success_is_a_failure_in_its_own_words() {
    let raised = r#"ValueError("bad event")"#;
    check(2, raised, expect![[r#"the Modal function raised ValueError("bad event")"#]]).await;
    check(3, "", expect!["the function call was cancelled"]).await;
    check(
        4,
        "FunctionTimeoutError('5 s')",
        expect!["the Modal function ran into its own timeout: FunctionTimeoutError('5 s')"],
    )
    .await;
    check(5, "mount failed", expect!["the Modal function could not be initialized: mount failed"])
        .await;
    check(6, "preempted", expect!["Modal could not run the function (status 6): preempted"]).await;
    check(10, "", expect!["Modal could not run the function (status 10)"]).await;
    check(77, "new", expect!["Modal could not run the function (status 77): new"]).await;
    check(0, "", expect!["Modal could not run the function (status 0)"]).await;
}

#[tokio::test]
async fn a_failure_without_a_format_came_before_the_function_ran() {
    let output =
        m::FunctionGetOutputsItem { data_format: 0, ..result(2, r#"ImportError("numpy")"#, None) };
    expect![[r#"the Modal function could not be initialized: ImportError("numpy")"#]]
        .assert_eq(&outcome_of(output).await.unwrap_err().to_string());
}

#[tokio::test]
async fn an_image_without_cbor2_is_told_from_other_exceptions() {
    let no_cbor2 = r#"InvalidError("CBOR support requires the 'cbor2' package to be installed.")"#;
    check(
        2,
        no_cbor2,
        expect![[
            r#"the image of "render" has no cbor2, which remote needs: raise the image builder version to 2025.06, or add cbor2 to the image"#
        ]],
    )
    .await;
}

#[tokio::test]
async fn a_result_in_another_format_is_not_read() {
    let output = m::FunctionGetOutputsItem {
        data_format: PICKLE,
        ..result(SUCCESS, "", Some(b"\x80\x04N."))
    };
    expect!["the function's result is a pickle, which is not safe to read"]
        .assert_eq(&outcome_of(output).await.unwrap_err().to_string());
    let output = m::FunctionGetOutputsItem { data_format: 9, ..result(SUCCESS, "", Some(OK)) };
    expect!["the function's result has an unknown format (number 9)"]
        .assert_eq(&outcome_of(output).await.unwrap_err().to_string());
}

#[tokio::test]
async fn a_result_that_json_cannot_hold_is_an_error() {
    let set = result(SUCCESS, "", Some(b"\xa1\x64tags\xd9\x01\x02\x81\x61a"));
    expect!["the function's result holds a set, which JSON has no form for, at .tags"]
        .assert_eq(&outcome_of(set).await.unwrap_err().to_string());
}

#[tokio::test]
async fn an_integer_of_any_size_comes_through() {
    let big = result(SUCCESS, "", Some(b"\xc2\x4d\x01\0\0\0\0\0\0\0\0\0\0\0\0"));
    let value = outcome_of(big).await.unwrap();
    assert_eq!(value.to_string(), "79228162514264337593543950336");
}
