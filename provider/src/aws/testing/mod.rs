//! AWS below the real SDK, for tests: adapters run as they are, without a socket.
//!
//! [`FakeAws`] answers by a script, call by call: for what an adapter asks, and for what AWS does
//! once in a while. [`Account`] keeps what it is given: for the whole life of an object.

mod account;
mod request;
mod script;

use std::sync::Arc;

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
use tokio_util::sync::CancellationToken;

pub(crate) use self::account::{Account, Contents, REGION, Trouble};
use self::request::Request;
pub(super) use self::script::{FakeAws, from_request};
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

/// A waiter that takes no time.
pub(super) fn waiter() -> Waiter {
    Waiter::new(Waits::without_sleeping(), CancellationToken::new())
}

/// What stands in for AWS.
trait Answers: Send + Sync + 'static {
    fn answer(&self, request: &Request) -> Answer;
}

/// Configuration of clients that speak to `answers`.
fn config(answers: impl Answers, retries: RetryConfig) -> SdkConfig {
    let connector = SharedHttpConnector::new(Connector(Arc::new(answers)));
    let credentials = Credentials::new("AKIATEST", "secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(retries)
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .build()
}

struct Connector(Arc<dyn Answers>);

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(response(self.0.answer(&Request::read(&request))))
    }
}

fn response(answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let Answer::Http(status, content_type, body) = answer else {
        return Err(ConnectorError::timeout("the answer was lost".into()));
    };
    let mut response =
        HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.into_bytes()));
    response.headers_mut().insert("content-type", content_type);
    response.headers_mut().insert("x-amzn-requestid", "req-1");
    Ok(response)
}
