//! Answers to HTTP requests, as API Gateway, function URLs and load balancers want them.

use std::time::Duration;

use modal_client::{CallId, ModalError};
use serde_json::{Map, Value, json};

use crate::{BridgeError, Event, Source};

/// Where Modal does not say how long to wait.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// An answer with a body of JSON.
pub(super) fn answer(
    event: &Event,
    status: u16,
    body: &Value,
    call: Option<&CallId>,
    retry_after: Option<Duration>,
) -> Value {
    let mut headers = Map::new();
    headers.insert("content-type".to_owned(), "application/json".into());
    if let Some(CallId::FunctionCall(id)) = call {
        headers.insert("x-modal-function-call-id".to_owned(), id.as_str().into());
    }
    if let Some(wait) = retry_after {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        headers.insert("retry-after".to_owned(), seconds.to_string().into());
    }

    let mut answer = json!({ "statusCode": status, "isBase64Encoded": false });
    if event.source == Source::Alb {
        answer["statusDescription"] = format!("{status} {}", reason(status)).into();
    }
    // A target group either has multi-value headers, both ways, or it has not.
    let has = |name: &str| event.value.get(name).is_some_and(Value::is_object);
    if event.source == Source::Alb && has("multiValueHeaders") && !has("headers") {
        let lists = headers.into_iter().map(|(name, value)| (name, json!([value])));
        answer["multiValueHeaders"] = Value::Object(lists.collect());
    } else {
        answer["headers"] = Value::Object(headers);
    }
    answer["body"] = body.to_string().into();
    answer
}

/// What a caller on the internet may know of a failure. What is wrong with the bridge itself is for
/// its log.
pub(super) fn failure(event: &Event, error: &BridgeError) -> Value {
    let status = status(error);
    let body = match status {
        500 => json!({
            "errorType": "InternalError",
            "errorMessage": "the request could not be handled",
            "retryable": error.is_retryable(),
        }),
        _ => error.body(),
    };
    let retry_after = (status == 429).then(|| retry_after(error).unwrap_or(RETRY_AFTER));
    answer(event, status, &body, error.call(), retry_after)
}

fn status(error: &BridgeError) -> u16 {
    match error {
        BridgeError::Event { .. } => 400,
        BridgeError::EventTooDeep | BridgeError::EventTooDense { .. } => 413,
        BridgeError::Modal { error: ModalError::Argument { .. }, .. } => 413,
        _ => match error.error_type() {
            "ModalRemoteError"
            | "ModalInitError"
            | "ModalInternalError"
            | "ModalResultError"
            | "BridgePayloadTooLarge" => 502,
            "ModalTimeout" | "BridgeDeadlineExceeded" => 504,
            "ModalThrottled" => 429,
            _ => 500,
        },
    }
}

fn retry_after(error: &BridgeError) -> Option<Duration> {
    match error {
        BridgeError::Modal { error: ModalError::Throttled { retry_after, .. }, .. } => *retry_after,
        _ => None,
    }
}

fn reason(status: u16) -> &'static str {
    let status = http::StatusCode::from_u16(status).ok();
    status.and_then(|status| status.canonical_reason()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v2() -> Event {
        Event::parse(r#"{"requestContext":{"http":{}}}"#).unwrap()
    }

    fn modal(error: ModalError) -> BridgeError {
        BridgeError::Modal { error, call: Some(CallId::FunctionCall("fc-1".into())) }
    }

    fn throttled(seconds: Option<f64>) -> BridgeError {
        let retry_after = seconds.map(Duration::from_secs_f64);
        let message = "slow down".to_owned();
        modal(ModalError::Throttled { rpc: "FunctionMap", message, retry_after })
    }

    #[test]
    fn a_failure_has_the_status_that_says_whose_it_is() {
        let exception = "ValueError('x')".to_owned();
        let raised = ModalError::Raised { exception: exception.clone(), traceback: String::new() };
        for (error, want) in [
            (modal(raised), 502),
            (modal(ModalError::InitFailed { exception: exception.clone() }), 502),
            (modal(ModalError::Internal { status: 6, exception: exception.clone() }), 502),
            (modal(ModalError::Result { reason: "is odd".into(), plain: None }), 502),
            (BridgeError::AnswerTooLarge { bytes: 1, call: None }, 502),
            (modal(ModalError::TimedOut { exception }), 504),
            (BridgeError::OutOfTimeBefore { step: "FunctionMap" }, 504),
            (throttled(None), 429),
            (BridgeError::Event { reason: "is not JSON" }, 400),
            (BridgeError::EventTooDeep, 413),
            (BridgeError::EventTooDense { needed: 200, memory: 256 }, 413),
            (modal(ModalError::Argument { reason: "holds a long integer".into() }), 413),
            (modal(ModalError::Unauthenticated { message: "no".into() }), 500),
            (BridgeError::TokenNotConfigured { arn: "arn".into() }, 500),
            (BridgeError::Setup { reason: "TLS cannot be set up" }, 500),
            (BridgeError::Idempotency { reason: "table".into() }, 500),
        ] {
            let answer = failure(&v2(), &error);
            assert_eq!(answer["statusCode"], want, "{error}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_bridge_itself_stays_in_its_log() {
        let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:modal".to_owned();
        let answer = failure(&v2(), &BridgeError::TokenNotConfigured { arn });
        expect_test::expect![[r#"{"statusCode":500,"isBase64Encoded":false,"headers":{"content-type":"application/json"},"body":"{\"errorType\":\"InternalError\",\"errorMessage\":\"the request could not be handled\",\"retryable\":false}"}"#]]
        .assert_eq(&answer.to_string());
    }

    #[test]
    fn a_throttled_caller_is_told_when_to_come_back() {
        assert_eq!(failure(&v2(), &throttled(Some(2.1)))["headers"]["retry-after"], "3");
        assert_eq!(failure(&v2(), &throttled(None))["headers"]["retry-after"], "1");
    }

    #[test]
    fn a_load_balancer_gets_a_reason_and_the_headers_that_its_target_group_speaks() {
        let alb = r#"{"requestContext":{"elb":{}},"multiValueHeaders":{}}"#;
        let answer = failure(&Event::parse(alb).unwrap(), &throttled(None));
        assert_eq!(answer["statusDescription"], "429 Too Many Requests");
        assert_eq!(answer["multiValueHeaders"]["x-modal-function-call-id"], json!(["fc-1"]));
        assert_eq!(answer["headers"], Value::Null);
    }
}
