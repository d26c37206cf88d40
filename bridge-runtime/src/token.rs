//! The Modal token, read from Secrets Manager by one signed request and kept for five minutes.
//!
//! The whole of AWS's API that the bridge needs, without an SDK: its start-up time and size matter.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bridge_contract::{PLACEHOLDER_TOKEN_ID, TOKEN_ID_KEY, TOKEN_SECRET_KEY};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use modal_client::{Clock, Credentials};
use rustls::crypto::ring;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::BridgeError;

const KEPT_FOR: Duration = Duration::from_secs(5 * 60);
const TRIES: u32 = 3;
const TRY_FOR: Duration = Duration::from_secs(5);
const FIRST_DELAY: Duration = Duration::from_millis(100);
/// A secret has at most 64 KiB.
const MAX_ANSWER: usize = 256 * 1024;

/// What Lambda gives a function to call AWS with.
#[derive(Clone, Default)]
pub struct AwsAccess {
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<String>,
    pub session_token: Option<String>,
    /// Instead of AWS's own address.
    pub endpoint_url: Option<String>,
}

impl AwsAccess {
    /// From the variables that every AWS SDK reads.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        Self {
            access_key_id: get("AWS_ACCESS_KEY_ID"),
            secret_access_key: get("AWS_SECRET_ACCESS_KEY"),
            session_token: get("AWS_SESSION_TOKEN"),
            endpoint_url: get("AWS_ENDPOINT_URL_SECRETS_MANAGER")
                .or_else(|| get("AWS_ENDPOINT_URL")),
        }
    }
}

/// Written by hand: the derived one would print the secret key.
impl fmt::Debug for AwsAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsAccess")
            .field("access_key_id", &self.access_key_id)
            .field("endpoint_url", &self.endpoint_url)
            .finish_non_exhaustive()
    }
}

/// Where the Modal token comes from.
pub struct TokenSource {
    arn: String,
    url: String,
    region: String,
    access: AwsAccess,
    clock: Clock,
    client: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    kept: Mutex<Option<(Credentials, SystemTime)>>,
}

/// A request that did not bring the secret.
struct Failure {
    reason: String,
    /// Whether another try may go better.
    transient: bool,
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("arn", &self.arn).finish_non_exhaustive()
    }
}

impl TokenSource {
    /// Region and partition are those of the secret's ARN.
    pub fn new(arn: &str, access: AwsAccess, clock: Clock) -> Result<Self, BridgeError> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(TRY_FOR));
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(Arc::new(ring::default_provider()))
            .map_err(|_| BridgeError::Setup { reason: "TLS cannot be set up" })?
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        // The next request is minutes away: a connection kept until then would be a dead one.
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);

        let mut parts = arn.split(':').skip(1);
        let partition = parts.next().unwrap_or_default();
        let region = parts.nth(1).unwrap_or_default().to_owned();
        let url = access.endpoint_url.clone().unwrap_or_else(|| endpoint(partition, &region));
        let kept = Mutex::default();
        Ok(Self { arn: arn.to_owned(), url, region, access, clock, client, kept })
    }

    /// The token as last read, or read again.
    pub async fn get(&self, deadline: Instant) -> Result<Credentials, BridgeError> {
        let mut kept = self.kept.lock().await;
        let now = (self.clock)();
        if let Some((credentials, read_at)) = kept.as_ref() {
            // A clock that was set back must not keep a token for ever.
            if now.duration_since(*read_at).is_ok_and(|age| age < KEPT_FOR) {
                return Ok(credentials.clone());
            }
        }
        let secret = self.read(deadline).await?;
        let credentials = self.credentials(&secret)?;
        *kept = Some((credentials.clone(), now));
        Ok(credentials)
    }

    /// Has the token read again next time.
    pub async fn forget(&self) {
        *self.kept.lock().await = None;
    }

    fn credentials(&self, secret: &str) -> Result<Credentials, BridgeError> {
        let secret: Value = serde_json::from_str(secret).unwrap_or_default();
        let text = |key: &str| secret.get(key).and_then(Value::as_str).map(str::trim);
        let (Some(token_id), Some(token_secret)) = (text(TOKEN_ID_KEY), text(TOKEN_SECRET_KEY))
        else {
            return Err(self.error(format!(
                "expected a JSON object with {TOKEN_ID_KEY} and {TOKEN_SECRET_KEY}"
            )));
        };
        if token_id == PLACEHOLDER_TOKEN_ID {
            return Err(BridgeError::TokenNotConfigured { arn: self.arn.clone() });
        }
        Ok(Credentials::new(token_id, token_secret))
    }

    async fn read(&self, deadline: Instant) -> Result<String, BridgeError> {
        let mut delay = FIRST_DELAY;
        let mut tries = 0;
        loop {
            tries += 1;
            let give_up = deadline.min(Instant::now() + TRY_FOR);
            let failure = match timeout_at(give_up, self.request()).await {
                Ok(Ok(secret)) => return Ok(secret),
                Ok(Err(failure)) => failure,
                Err(_) if give_up == deadline => {
                    return Err(BridgeError::OutOfTimeBefore { step: "GetSecretValue" });
                }
                Err(_) => Failure { reason: format!("{} is silent", self.url), transient: true },
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if !failure.transient || tries >= TRIES || delay >= left {
                return Err(self.error(failure.reason));
            }
            #[expect(clippy::disallowed_methods, reason = "the bridge's only wait")]
            tokio::time::sleep(delay).await;
            delay *= 2;
        }
    }

    async fn request(&self) -> Result<String, Failure> {
        let body = json!({ "SecretId": self.arn }).to_string();
        let request = self.signed(body).map_err(|reason| Failure { reason, transient: false })?;
        let failed = |error: &(dyn std::error::Error + 'static)| Failure {
            reason: format!("cannot reach {}: {}", self.url, chain(error)),
            transient: true,
        };
        let answer = self.client.request(request).await.map_err(|error| failed(&error))?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await;
        let body = body.map_err(|error| failed(error.as_ref()))?.to_bytes();
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();

        if !parts.status.is_success() {
            return Err(refusal(parts.status, &parts.headers, &answer));
        }
        match answer.get("SecretString").and_then(Value::as_str) {
            Some(secret) => Ok(secret.to_owned()),
            None => Err(Failure { reason: "it holds no text".into(), transient: false }),
        }
    }

    fn signed(&self, body: String) -> Result<Request<Full<Bytes>>, String> {
        let AwsAccess { access_key_id, secret_access_key, session_token, .. } = &self.access;
        let (Some(id), Some(secret)) = (access_key_id, secret_access_key) else {
            return Err("there are no AWS credentials in the environment".into());
        };
        let identity =
            AwsCredentials::new(id, secret, session_token.clone(), None, "environment").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("secretsmanager")
            .time((self.clock)())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| chain(&error))?
            .into();

        let url = self.url.trim_end_matches('/');
        let mut request = Request::post(format!("{url}/"))
            .header(header::CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", "secretsmanager.GetSecretValue")
            .body(Full::new(Bytes::from(body.clone())))
            .map_err(|_| format!("{url} is not a URL"))?;
        let authority = request.uri().authority().map(|authority| authority.to_string());
        if let Some(host) = authority.and_then(|host| HeaderValue::try_from(host).ok()) {
            request.headers_mut().insert(header::HOST, host);
        }

        let uri = request.uri().to_string();
        let headers = request.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let body = SignableBody::Bytes(body.as_bytes());
        let signable = SignableRequest::new("POST", uri, headers, body);
        let (instructions, _signature) = sign(signable.map_err(|error| chain(&error))?, &params)
            .map_err(|error| chain(&error))?
            .into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }

    fn error(&self, reason: String) -> BridgeError {
        BridgeError::Secret { arn: self.arn.clone(), reason }
    }
}

/// AWS's own address of Secrets Manager.
fn endpoint(partition: &str, region: &str) -> String {
    let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://secretsmanager.{region}.{suffix}")
}

/// What Secrets Manager said instead of the secret, in its words, with the request id.
fn refusal(status: http::StatusCode, headers: &HeaderMap, answer: &Value) -> Failure {
    let text = |key: &str| answer.get(key).and_then(Value::as_str);
    let code = text("__type").and_then(|code| code.rsplit('#').next()).unwrap_or_default();
    let message = text("message").or_else(|| text("Message")).unwrap_or_default();
    let id = headers.get("x-amzn-requestid").and_then(|id| id.to_str().ok());
    let id = id.map(|id| format!(" (AWS request id {id})")).unwrap_or_default();
    let said = if code.is_empty() { status.to_string() } else { format!("{code}: {message}") };
    Failure {
        reason: format!("Secrets Manager answered {said}{id}"),
        transient: status.is_server_error()
            || status == http::StatusCode::TOO_MANY_REQUESTS
            || code.contains("Throttling"),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_follows_partition_and_region_of_the_secret() {
        let url = |arn: &str| {
            TokenSource::new(arn, AwsAccess::default(), || SystemTime::UNIX_EPOCH).unwrap().url
        };
        assert_eq!(
            url("arn:aws:secretsmanager:eu-west-1:111122223333:secret:modal"),
            "https://secretsmanager.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            url("arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:modal"),
            "https://secretsmanager.us-gov-west-1.amazonaws.com"
        );
        assert_eq!(
            url("arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:modal"),
            "https://secretsmanager.cn-north-1.amazonaws.com.cn"
        );
    }

    #[test]
    fn the_service_s_own_endpoint_variable_comes_first() {
        let access = AwsAccess::from_env(|name| match name {
            "AWS_ENDPOINT_URL" => Some("http://a".into()),
            "AWS_ENDPOINT_URL_SECRETS_MANAGER" => Some("http://b".into()),
            _ => None,
        });
        assert_eq!(access.endpoint_url.as_deref(), Some("http://b"));
        let access = AwsAccess::from_env(|name| match name {
            "AWS_ENDPOINT_URL" => Some("http://a".into()),
            "AWS_ENDPOINT_URL_SECRETS_MANAGER" => Some(String::new()),
            _ => None,
        });
        assert_eq!(access.endpoint_url.as_deref(), Some("http://a"));
    }

    #[test]
    fn the_secret_key_is_not_printed() {
        let access = AwsAccess { secret_access_key: Some("hush".into()), ..Default::default() };
        assert!(!format!("{access:?}").contains("hush"));
    }
}
