//! Lambda's Runtime API: asks for an event, has it handled, and sends the answer, one after another.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::convert::Infallible;
use std::time::{Duration, UNIX_EPOCH};

use bridge_contract::Options;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use http_body_util::{BodyExt, Full};
use modal_client::Clock;
use serde_json::Value;

use crate::http_client::{HttpClient, http_client};
use crate::{Bridge, BridgeError, Deadline, Invocation, answer, observe};

/// Why there is no next event. Lambda starts a new process then.
pub type ServeError = Box<dyn std::error::Error + Send + Sync>;

const REQUEST_ID: &str = "lambda-runtime-aws-request-id";
const DEADLINE_MS: &str = "lambda-runtime-deadline-ms";
const FUNCTION_ARN: &str = "lambda-runtime-invoked-function-arn";
const TRACE_ID: &str = "lambda-runtime-trace-id";
/// Tells one invocation's answer from that of another which timed out. Sent back as it came.
const INVOCATION_ID: &str = "lambda-runtime-invocation-id";

/// Hands every event to the bridge, for ever. `api` is Lambda's `AWS_LAMBDA_RUNTIME_API`. A bridge
/// that cannot work says so in every invocation, where practitioners look, and not by an init phase
/// that crashes.
pub async fn serve(
    bridge: Result<Bridge, BridgeError>,
    api: String,
    clock: Clock,
) -> Result<Infallible, ServeError> {
    let api = RuntimeApi { address: api, client: http_client(None)? };
    loop {
        let (headers, body) = api.next().await?;
        let invocation = invocation(&headers, clock)?;
        let answer = match &bridge {
            Err(error) => {
                observe::refused(error, clock(), &invocation.request_id);
                let text = String::from_utf8_lossy(&body);
                answer::of_refusal(error.clone(), &text, &Options::default())
            }
            Ok(bridge) => bridge.invoke(&body, &invocation).await,
        };
        api.answer(&invocation, &headers, answer).await?;
    }
}

fn invocation(headers: &HeaderMap, clock: Clock) -> Result<Invocation, ServeError> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let required = |name: &str| text(name).ok_or_else(|| format!("an event came without {name}"));
    let killed = Duration::from_millis(required(DEADLINE_MS)?.parse()?);
    Ok(Invocation {
        request_id: required(REQUEST_ID)?.to_owned(),
        trace_id: text(TRACE_ID).map(str::to_owned),
        function_arn: text(FUNCTION_ARN).unwrap_or_default().to_owned(),
        deadline: Deadline::new(clock(), UNIX_EPOCH + killed),
    })
}

struct RuntimeApi {
    address: String,
    client: HttpClient,
}

impl RuntimeApi {
    /// Waits for an event. The process may be frozen meanwhile.
    async fn next(&self) -> Result<(HeaderMap, Bytes), ServeError> {
        let request = Request::get(self.url("next")).body(Full::default())?;
        let answer = self.send(request).await?;
        let (parts, body) = answer.into_parts();
        match parts.status.is_success() {
            true => Ok((parts.headers, body)),
            false => Err(format!("Lambda answered {} instead of an event", parts.status).into()),
        }
    }

    async fn answer(
        &self,
        invocation: &Invocation,
        headers: &HeaderMap,
        answer: Result<Value, BridgeError>,
    ) -> Result<(), ServeError> {
        let (kind, body) = match answer {
            Ok(answer) => ("response", answer),
            Err(error) => ("error", error.body()),
        };
        let url = self.url(&format!("{}/{kind}", invocation.request_id));
        let mut request = Request::post(url).header(header::CONTENT_TYPE, "application/json");
        if kind == "error" {
            request = request.header("lambda-runtime-function-error-type", "unhandled");
        }
        if let Some(id) = headers.get(INVOCATION_ID) {
            request = request.header(INVOCATION_ID, id);
        }
        // What Lambda says to an answer changes nothing any more: the next event comes, or an end.
        self.send(request.body(Full::new(Bytes::from(body.to_string())))?).await?;
        Ok(())
    }

    /// Reads an answer to its end, after which its connection may be used again.
    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, ServeError> {
        let (parts, body) = self.client.request(request).await?.into_parts();
        Ok(Response::from_parts(parts, body.collect().await?.to_bytes()))
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/2018-06-01/runtime/invocation/{path}", self.address)
    }
}
