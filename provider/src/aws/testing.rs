//! AWS's answers as a script, below the real SDK: adapters run as they are, without a socket.
//!
//! Answers are queued in the order in which they are expected. A call that is not next fails its
//! test, and so does, by [`FakeAws::assert_done`], an answer that nobody asked for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use percent_encoding::percent_decode_str;
use tokio_util::sync::CancellationToken;

use super::waiter::{Waiter, Waits};

/// One answer of AWS.
pub(super) enum Answer {
    /// Status, content type and body.
    Http(u16, &'static str, String),
    /// The request arrives, and its answer does not.
    Lost,
    /// An answer made from the request's body.
    From(Box<dyn FnOnce(&str) -> Answer + Send>),
}

/// An answer in XML.
pub(super) fn xml(status: u16, body: impl Into<String>) -> Answer {
    Answer::Http(status, "text/xml", body.into())
}

/// An answer in JSON.
pub(super) fn json(status: u16, body: serde_json::Value) -> Answer {
    Answer::Http(status, "application/json", body.to_string())
}

/// An answer that depends on what was asked. The text is the body, percent-decoded when a form.
pub(super) fn from_request(answer: impl FnOnce(&str) -> Answer + Send + 'static) -> Answer {
    Answer::From(Box::new(answer))
}

/// IAM's and STS's form of a refusal.
pub(super) fn iam_error(status: u16, code: &str, message: &str) -> Answer {
    let message = message.replace('\'', "&apos;");
    xml(
        status,
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>req-1</RequestId></ErrorResponse>"
        ),
    )
}

/// The JSON services' form of a refusal.
pub(super) fn json_error(status: u16, code: &str, message: &str) -> Answer {
    json(status, serde_json::json!({ "__type": code, "message": message }))
}

/// A scripted AWS.
#[derive(Clone, Default)]
pub(super) struct FakeAws {
    script: Arc<Mutex<VecDeque<(String, Answer)>>>,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl FakeAws {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The next call must be `operation`: an operation's name, or a method and path of Lambda.
    pub(super) fn answer(&self, operation: &str, answer: Answer) {
        self.script.lock().unwrap().push_back((operation.to_owned(), answer));
    }

    /// Every answer was asked for.
    pub(super) fn assert_done(&self) {
        let script = self.script.lock().unwrap();
        let left: Vec<&String> = script.iter().map(|(operation, _)| operation).collect();
        assert!(left.is_empty(), "never asked: {left:?}");
    }

    /// The body of the latest call of `operation`.
    pub(super) fn asked(&self, operation: &str) -> String {
        let asked = self.asked.lock().unwrap();
        let latest = asked.iter().rev().find(|(name, _)| name == operation);
        latest.unwrap_or_else(|| panic!("{operation} was not asked")).1.clone()
    }

    /// Configuration of a client that speaks to this AWS, and repeats a call once.
    pub(super) fn config(&self) -> SdkConfig {
        let retries = RetryConfig::standard()
            .with_max_attempts(2)
            .with_initial_backoff(Duration::from_millis(1));
        self.config_with(retries)
    }

    /// The same, with one attempt a call.
    pub(super) fn config_without_retries(&self) -> SdkConfig {
        self.config_with(RetryConfig::disabled())
    }

    fn config_with(&self, retries: RetryConfig) -> SdkConfig {
        let connector = SharedHttpConnector::new(Connector(self.clone()));
        let credentials = Credentials::new("AKIATEST", "secret", None, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(retries)
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build()
    }

    fn respond(&self, operation: &str, body: &str) -> Result<HttpResponse, ConnectorError> {
        self.asked.lock().unwrap().push((operation.to_owned(), body.to_owned()));
        let (expected, mut answer) =
            self.script.lock().unwrap().pop_front().unwrap_or_else(|| {
                panic!("{operation} was asked; nothing more was expected: {body}")
            });
        assert_eq!(operation, expected, "asked with {body}");
        while let Answer::From(make) = answer {
            answer = make(body);
        }
        let Answer::Http(status, content_type, body) = answer else {
            return Err(ConnectorError::timeout("the answer was lost".into()));
        };
        let mut response =
            HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.into_bytes()));
        response.headers_mut().insert("content-type", content_type);
        response.headers_mut().insert("x-amzn-requestid", "req-1");
        Ok(response)
    }
}

/// A waiter that takes no time.
pub(super) fn waiter() -> Waiter {
    Waiter::new(Waits::without_sleeping(), CancellationToken::new())
}

#[derive(Clone)]
struct Connector(FakeAws);

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        let (operation, body) = match request.headers().get("x-amz-target") {
            Some(target) => (target.rsplit('.').next().unwrap().to_owned(), body.into_owned()),
            None if body.starts_with("Action=") => {
                let operation = body["Action=".len()..].split('&').next().unwrap().to_owned();
                let body = body.replace('+', " ");
                (operation, percent_decode_str(&body).decode_utf8().unwrap().into_owned())
            }
            None => {
                let uri = request.uri();
                let path = uri.strip_prefix("https://").unwrap_or(uri);
                let path = path.find('/').map_or("/", |slash| &path[slash..]);
                let path = percent_decode_str(path).decode_utf8().unwrap();
                (format!("{} {path}", request.method()), body.into_owned())
            }
        };
        HttpConnectorFuture::ready(self.0.respond(&operation, &body))
    }
}
