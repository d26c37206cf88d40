//! Secrets Manager, as far as one signed request meets it.

use std::sync::{Arc, Mutex};

use http::{Request, Response, StatusCode};
use loopback::HttpServer;
use serde_json::{Value, json};

use crate::ARN;

/// Answers `GetSecretValue` when it is asked as SigV4 wants it, and refuses otherwise.
pub(crate) struct SecretsManager {
    server: HttpServer,
    answers: Arc<Mutex<Answers>>,
}

#[derive(Default)]
struct Answers {
    secret: String,
    /// Given before the secret, each once.
    failures: Vec<(StatusCode, Value)>,
}

impl SecretsManager {
    pub(crate) async fn start() -> Self {
        let answers = Arc::new(Mutex::new(Answers::default()));
        let shared = Arc::clone(&answers);
        let server = HttpServer::start(move |request| {
            let (status, body) = match check(&request) {
                Ok(()) => shared.lock().unwrap().next(),
                Err(wrong) => (
                    StatusCode::BAD_REQUEST,
                    json!({ "__type": "InvalidSignatureException", "message": wrong }),
                ),
            };
            let answer = Response::builder().status(status).header("x-amzn-requestid", "req-1");
            async move { answer.body(body.to_string().into()).unwrap() }
        })
        .await;
        Self { server, answers }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// The secret's value from now on.
    pub(crate) fn hold(&self, token_id: &str, token_secret: &str) {
        self.hold_text(
            &json!({ "MODAL_TOKEN_ID": token_id, "MODAL_TOKEN_SECRET": token_secret }).to_string(),
        );
    }

    pub(crate) fn hold_text(&self, secret: &str) {
        self.answers.lock().unwrap().secret = secret.to_owned();
    }

    pub(crate) fn fail(&self, status: StatusCode, code: &str, message: &str) {
        let body = json!({ "__type": code, "message": message });
        self.answers.lock().unwrap().failures.push((status, body));
    }

    /// How often it was asked.
    pub(crate) fn reads(&self) -> usize {
        self.server.requests().len()
    }
}

impl Answers {
    fn next(&mut self) -> (StatusCode, Value) {
        if self.failures.is_empty() {
            (StatusCode::OK, json!({ "ARN": ARN, "SecretString": self.secret }))
        } else {
            self.failures.remove(0)
        }
    }
}

/// The request and the shape of its signature, by AWS's "Signing AWS API requests".
fn check(request: &Request<bytes::Bytes>) -> Result<(), String> {
    let header = |name: &str| {
        request.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
    };
    let want = |what: &str, good: bool| if good { Ok(()) } else { Err(what.to_owned()) };
    want("method", request.method() == "POST")?;
    want("target", header("x-amz-target") == "secretsmanager.GetSecretValue")?;
    want("content type", header("content-type") == "application/x-amz-json-1.1")?;
    want("session token", header("x-amz-security-token") == "session-1")?;
    want("body", **request.body() == *json!({ "SecretId": ARN }).to_string().as_bytes())?;

    let date = header("x-amz-date");
    want("date", date.len() == 16 && date.ends_with('Z'))?;
    let day = &date[..8];
    let authorization = header("authorization");
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{day}/eu-west-1/secretsmanager/aws4_request, \
         SignedHeaders="
    );
    let rest = authorization.strip_prefix(&scope).ok_or("credential scope")?;
    let (signed, signature) = rest.split_once(", Signature=").ok_or("signature")?;
    let names: Vec<_> = signed.split(';').collect();
    for name in ["content-type", "host", "x-amz-date", "x-amz-security-token", "x-amz-target"] {
        want(name, names.contains(&name))?;
    }
    want("signature", signature.len() == 64 && signature.bytes().all(|b| b.is_ascii_hexdigit()))
}
