//! Lambda's Runtime API: `lambda_runtime` fetches the events; the answers go out from here, as an
//! error is to carry more than a type and a message.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::sync::Arc;

use bridge_contract::Options;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use lambda_runtime::tower::layer::layer_fn;
use lambda_runtime::{Error, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use modal_client::Clock;
use serde_json::Value;

use crate::{Bridge, BridgeError, Deadline, Invocation, answer, observe};

/// Tells one invocation's answer from that of another which timed out. Sent back as it came.
const INVOCATION_ID: &str = "lambda-runtime-invocation-id";

/// Hands every event to the bridge, for ever. `api` is Lambda's `AWS_LAMBDA_RUNTIME_API`. A bridge
/// that cannot work says so in every invocation, where practitioners look, and not by an init phase
/// that crashes.
pub async fn serve(
    bridge: Result<Bridge, BridgeError>,
    api: String,
    clock: Clock,
) -> Result<(), Error> {
    let answers = Arc::new(Answers::new(api));
    let bridge = Arc::new(bridge);
    let each = move |invocation: LambdaInvocation| {
        let (answers, bridge) = (Arc::clone(&answers), Arc::clone(&bridge));
        async move { answers.give(&bridge, invocation, clock).await }
    };
    let unused = service_fn(|_: LambdaEvent<Value>| async { Ok::<(), Error>(()) });
    Runtime::new(unused).layer(layer_fn(move |_| service_fn(each.clone()))).run().await
}

/// Where answers go.
struct Answers {
    api: String,
    client: legacy::Client<HttpConnector, Full<Bytes>>,
}

impl Answers {
    fn new(api: String) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self { api, client: legacy::Client::builder(TokioExecutor::new()).build(connector) }
    }

    async fn give(
        &self,
        bridge: &Result<Bridge, BridgeError>,
        invocation: LambdaInvocation,
        clock: Clock,
    ) -> Result<(), Error> {
        let LambdaInvocation { parts, body, context } = invocation;
        let answer = match bridge {
            Err(error) => {
                observe::refused(error, clock(), &context.request_id);
                let text = String::from_utf8_lossy(&body);
                answer::of_refusal(error.clone(), &text, &Options::default())
            }
            Ok(bridge) => {
                let invocation = Invocation {
                    deadline: Deadline::new(clock(), context.deadline()),
                    request_id: context.request_id.clone(),
                    trace_id: context.xray_trace_id.clone(),
                    function_arn: context.invoked_function_arn.clone(),
                };
                bridge.invoke(&body, &invocation).await
            }
        };
        let (kind, body) = match answer {
            Ok(answer) => ("response", answer),
            Err(error) => ("error", error.body()),
        };
        let id = &context.request_id;
        let url = format!("http://{}/2018-06-01/runtime/invocation/{id}/{kind}", self.api);
        let mut request = Request::post(url).header(header::CONTENT_TYPE, "application/json");
        if kind == "error" {
            request = request.header("lambda-runtime-function-error-type", "unhandled");
        }
        if let Some(id) = parts.headers.get(INVOCATION_ID) {
            request = request.header(INVOCATION_ID, id);
        }
        let request = request.body(Full::new(Bytes::from(body.to_string())))?;
        // What Lambda says to an answer changes nothing any more: the next event comes, or an end.
        self.client.request(request).await?;
        Ok(())
    }
}
