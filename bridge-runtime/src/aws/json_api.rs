//! One service of AWS that is asked by a POST of JSON, signed with SigV4.

use std::fmt;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, header};
use http_body_util::{BodyExt, Full, Limited};
use modal_client::Clock;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::http_client::{HttpClient, http_client};
use crate::{AwsAccess, BridgeError};

const TRIES: u32 = 3;
const TRY_FOR: Duration = Duration::from_secs(5);
const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(2);
/// A secret has at most 64 KiB, an item 400 KiB, and JSON may spell a byte in six.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// A service: what its requests are signed for, and how they are spelled.
pub(crate) struct Service {
    /// As in endpoints and signatures.
    pub(crate) name: &'static str,
    /// As people say it.
    pub(crate) title: &'static str,
    /// What stands before an operation's name in `x-amz-target`.
    pub(crate) target: &'static str,
    pub(crate) content_type: &'static str,
    /// How long an unused connection is kept. One that outlived a freeze is a dead one.
    pub(crate) keep: Duration,
}

/// Asks one service in one region.
pub(crate) struct JsonApi {
    service: Service,
    url: String,
    region: String,
    access: AwsAccess,
    clock: Clock,
    client: HttpClient,
}

/// A request without the answer that was hoped for.
pub(crate) struct Failure {
    pub(crate) reason: String,
    /// AWS's name for the error, such as `AccessDeniedException`; empty where AWS did not answer.
    pub(crate) code: String,
    /// What AWS said, whole.
    pub(crate) answer: Value,
    /// Whether another try may go better.
    transient: bool,
    /// Whether the deadline ended it.
    pub(crate) out_of_time: bool,
}

impl fmt::Debug for JsonApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonApi").field("url", &self.url).finish_non_exhaustive()
    }
}

impl JsonApi {
    /// The service of a region and partition, or at `endpoint_url`.
    pub(crate) fn new(
        service: Service,
        (partition, region): (&str, &str),
        endpoint_url: Option<String>,
        access: AwsAccess,
        clock: Clock,
    ) -> Result<Self, BridgeError> {
        let client = http_client(Some(service.keep))?;
        let url = endpoint_url.unwrap_or_else(|| endpoint(service.name, partition, region));
        Ok(Self { service, url, region: region.to_owned(), access, clock, client })
    }

    #[cfg(test)]
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Asks, and asks again where that may help.
    pub(crate) async fn call(
        &self,
        operation: &'static str,
        body: &Value,
        deadline: Instant,
    ) -> Result<Value, Failure> {
        self.tried(TRIES, operation, body, deadline).await
    }

    /// Asks until the deadline, as long as it may help.
    pub(crate) async fn insist(
        &self,
        operation: &'static str,
        body: &Value,
        deadline: Instant,
    ) -> Result<Value, Failure> {
        self.tried(u32::MAX, operation, body, deadline).await
    }

    async fn tried(
        &self,
        most: u32,
        operation: &'static str,
        body: &Value,
        deadline: Instant,
    ) -> Result<Value, Failure> {
        let body = Bytes::from(body.to_string());
        let mut delay = FIRST_DELAY;
        let mut tries = 0;
        loop {
            tries += 1;
            let give_up = deadline.min(Instant::now() + TRY_FOR);
            let failure = match timeout_at(give_up, self.request(operation, &body)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failure)) => failure,
                Err(_) if give_up == deadline => {
                    let failure = Failure::of(format!("out of time in {operation}"), false);
                    return Err(Failure { out_of_time: true, ..failure });
                }
                Err(_) => Failure::of(format!("{} is silent", self.url), true),
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if !failure.transient || tries >= most || delay >= left {
                return Err(failure);
            }
            crate::wait(delay).await;
            delay = LONGEST_DELAY.min(delay * 2);
        }
    }

    async fn request(&self, operation: &str, body: &Bytes) -> Result<Value, Failure> {
        let request = self.signed(operation, body).map_err(|reason| Failure::of(reason, false))?;
        let failed = |error: &(dyn std::error::Error + 'static)| {
            Failure::of(format!("cannot reach {}: {}", self.url, chain(error)), true)
        };
        let answer = self.client.request(request).await.map_err(|error| failed(&error))?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await;
        let body = body.map_err(|error| failed(error.as_ref()))?.to_bytes();
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        if parts.status.is_success() {
            Ok(answer)
        } else {
            Err(self.refusal(parts.status, &parts.headers, answer))
        }
    }

    fn signed(&self, operation: &str, body: &Bytes) -> Result<Request<Full<Bytes>>, String> {
        let AwsAccess { access_key_id, secret_access_key, session_token, .. } = &self.access;
        let (Some(id), Some(secret)) = (access_key_id, secret_access_key) else {
            return Err("there are no AWS credentials in the environment".into());
        };
        let identity = Credentials::new(id, secret, session_token.clone(), None, "environment");
        let identity = identity.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service.name)
            .time((self.clock)())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| chain(&error))?
            .into();

        let url = self.url.trim_end_matches('/');
        let mut request = Request::post(format!("{url}/"))
            .header(header::CONTENT_TYPE, self.service.content_type)
            .header("x-amz-target", format!("{}.{operation}", self.service.target))
            .body(Full::new(body.clone()))
            .map_err(|_| format!("{url} is not a URL"))?;
        let authority = request.uri().authority().map(|authority| authority.to_string());
        if let Some(host) = authority.and_then(|host| HeaderValue::try_from(host).ok()) {
            request.headers_mut().insert(header::HOST, host);
        }

        let uri = request.uri().to_string();
        let headers = request.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable = SignableRequest::new("POST", uri, headers, SignableBody::Bytes(body));
        let (instructions, _signature) = sign(signable.map_err(|error| chain(&error))?, &params)
            .map_err(|error| chain(&error))?
            .into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }

    /// What the service said instead, in its words, with the request id.
    fn refusal(&self, status: http::StatusCode, headers: &HeaderMap, answer: Value) -> Failure {
        let text = |key: &str| answer.get(key).and_then(Value::as_str);
        let code = text("__type").and_then(|code| code.rsplit('#').next()).unwrap_or_default();
        let code = code.to_owned();
        let message = text("message").or_else(|| text("Message")).unwrap_or_default();
        let id = headers.get("x-amzn-requestid").and_then(|id| id.to_str().ok());
        let id = id.map(|id| format!(" (AWS request id {id})")).unwrap_or_default();
        let said = if code.is_empty() { status.to_string() } else { format!("{code}: {message}") };
        Failure {
            reason: format!("{} answered {said}{id}", self.service.title),
            transient: status.is_server_error()
                || status == http::StatusCode::TOO_MANY_REQUESTS
                || code.contains("Throttling")
                || code == "ProvisionedThroughputExceededException",
            code,
            answer,
            out_of_time: false,
        }
    }
}

impl Failure {
    fn of(reason: String, transient: bool) -> Self {
        let (code, answer) = Default::default();
        Self { reason, transient, code, answer, out_of_time: false }
    }
}

fn endpoint(service: &str, partition: &str, region: &str) -> String {
    let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{service}.{region}.{suffix}")
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
