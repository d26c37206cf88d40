//! `modal_invoke_bridge`: sends a bridge an event, and fails where the bridge does.

use serde_json::Value as Json;
use tf_framework::{
    Action, Attribute, Diagnostic, Model, ObjectReader, ObjectWriter, Progress, Schema, Validator,
    Value, async_trait,
};

use crate::arn::Arn;
use crate::aws::Fault;
use crate::aws::lambda::{Answered, Invocation};
use crate::provider::Clients;
use crate::resources::{cannot, check_region};

const REQUEST_RESPONSE: &str = "RequestResponse";
const EVENT: &str = "Event";
const DRY_RUN: &str = "DryRun";
const TAIL: &str = "Tail";
const NO_LOG: &str = "None";

/// Invokes bridges.
#[derive(Debug)]
pub(crate) struct InvokeBridge {
    clients: Clients,
}

impl InvokeBridge {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl Action for InvokeBridge {
    const TYPE_NAME: &'static str = "invoke_bridge";
    type Model = InvokeBridgeModel;

    fn schema() -> Schema {
        Schema::new(
            "Sends a bridge an event, such as the one that a bucket would send: to see, right \
             after an apply, that everything on the way to Modal works. Fails where the bridge \
             does, with its error. What the Modal function returned is not shown. An event is \
             sent once: where the answer is lost on the way, the action fails and does not send \
             it again.",
        )
        .attribute(
            "bridge_name",
            Attribute::string("Name or ARN of the bridge.")
                .required()
                .validate(Validator::text(check_bridge)),
        )
        .attribute(
            "payload",
            Attribute::string("The event: JSON, as `jsonencode` makes it.")
                .required()
                .validate(Validator::text(check_payload)),
        )
        .attribute(
            "invocation_type",
            Attribute::string(
                "`RequestResponse` waits for the bridge's answer, `Event` leaves the event with \
                 Lambda, and `DryRun` only asks whether the bridge may be invoked. \
                 `RequestResponse` unless set.",
            )
            .validate(Validator::one_of(&[REQUEST_RESPONSE, EVENT, DRY_RUN])),
        )
        .attribute(
            "log_type",
            Attribute::string(
                "`Tail` shows the last 4 KiB of what the bridge logged, `None` never does. Unless \
                 set, they are shown where the bridge fails. For `RequestResponse` only.",
            )
            .validate(Validator::one_of(&[TAIL, NO_LOG])),
        )
        .attribute(
            "qualifier",
            Attribute::string(
                "Version or alias to invoke. The bridge as it is now, `$LATEST`, unless set.",
            )
            .validate(Validator::length(1..=128)),
        )
        .attribute(
            "region",
            Attribute::string(
                "AWS region of the bridge. The one of its ARN, or the provider's, unless set.",
            )
            .validate(Validator::text(check_region)),
        )
    }

    fn validate(config: &InvokeBridgeModel) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if let (Some(kind), Some(log_type)) =
            (config.invocation_type.known(), config.log_type.known())
            && kind != REQUEST_RESPONSE
            && log_type == TAIL
        {
            let detail = format!("Nobody waits for the log of an invocation of type {kind:?}.");
            found.push(Diagnostic::error("Conflicting arguments", detail).at("log_type"));
        }
        let arn = config.bridge_name.known().and_then(|name| Arn::parse(name));
        if let (Some(arn), Some(region)) = (arn, config.region.known())
            && arn.region != region
        {
            let detail = format!("The bridge's ARN is of region {}, not {region}.", arn.region);
            found.push(Diagnostic::error("Conflicting arguments", detail).at("region"));
        }
        let is_qualified = arn.is_some_and(|arn| arn.resource.matches(':').count() > 1);
        if is_qualified && !config.qualifier.is_null() {
            let detail = "The bridge's ARN names a version or an alias already.";
            found.push(Diagnostic::error("Conflicting arguments", detail).at("qualifier"));
        }
        found
    }

    async fn invoke(
        &self,
        config: InvokeBridgeModel,
        progress: &Progress,
        _warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let bridge = config.bridge_name.require("bridge_name")?.clone();
        let kind = config.invocation_type.into_known();
        let kind = kind.unwrap_or_else(|| REQUEST_RESPONSE.to_owned());
        let log_type = config.log_type.into_known();
        let of_arn = Arn::parse(&bridge).map(|arn| arn.region.to_owned());
        let region = of_arn.map_or(config.region, Value::Known);
        let invocation = Invocation {
            function: bridge.clone(),
            qualifier: config.qualifier.into_known(),
            with_log: kind == REQUEST_RESPONSE && log_type.as_deref() != Some(NO_LOG),
            invocation_type: kind.clone(),
            payload: config.payload.require("payload")?.clone(),
        };
        let bytes = invocation.payload.len();
        progress.say(format!("Sending bridge {bridge:?} an event of {bytes} bytes ({kind})")).await;
        let answered = self.clients.aws_in(&region).lambda.invoke(&invocation).await;
        let answered = answered.map_err(|error| {
            let refused = cannot(&format!("invoke bridge {bridge:?}"), &error).at("bridge_name");
            match error.fault {
                Fault::Throttled => is_full(&bridge, &error.with_request_id()),
                _ => refused,
            }
        })?;
        match kind.as_str() {
            EVENT => progress.say("Lambda took the event").await,
            DRY_RUN => progress.say("The bridge may be invoked").await,
            _ => {
                let outcome = outcome(&answered);
                let log = answered.log.unwrap_or_default();
                let log = Some(log.trim_end()).filter(|log| !log.is_empty());
                match outcome {
                    Ok(said) => {
                        progress.say(said).await;
                        if let (Some(log), Some(TAIL)) = (log, log_type.as_deref()) {
                            progress.say(format!("The end of its log:\n{log}")).await;
                        }
                    }
                    Err(why) => return Err(failed(&bridge, &why, log)),
                }
            }
        }
        Ok(())
    }
}

/// What the bridge did, or why it did not.
fn outcome(answered: &Answered) -> Result<String, String> {
    let answer: Json = serde_json::from_str(&answered.payload).unwrap_or_default();
    let text = |value: &Json| value.as_str().map(str::to_owned);
    if answered.is_error {
        let words = [text(&answer["errorType"]), text(&answer["errorMessage"])];
        let words: Vec<_> = words.into_iter().flatten().collect();
        return Err(if words.is_empty() { answered.payload.clone() } else { words.join(": ") });
    }
    // HTTP has its own way to say so.
    if let Some(status) = answer["statusCode"].as_u64().filter(|status| *status >= 400) {
        let body = text(&answer["body"]).unwrap_or_default();
        return Err(format!("HTTP status {status}: {body}"));
    }
    // And so have batches.
    if let Some(failures) = answer["batchItemFailures"].as_array().filter(|list| !list.is_empty()) {
        let which = failures.iter().filter_map(|failure| failure["itemIdentifier"].as_str());
        let which: Vec<_> = which.collect();
        return Err(format!("Not all records were taken; these were not: {}", which.join(", ")));
    }
    Ok(match answer["response"]["function_call_id"].as_str() {
        Some(id) => format!("The bridge started the Modal call {id}"),
        None => format!("The bridge answered with {} bytes", answered.payload.len()),
    })
}

fn failed(bridge: &str, why: &str, log: Option<&str>) -> Diagnostic {
    let log = log.map(|log| format!("\n\nThe end of its log:\n\n{log}")).unwrap_or_default();
    Diagnostic::error(format!("Bridge {bridge:?} failed"), format!("{why}{log}"))
}

/// It may wait for nothing but an end of other work, or for a pause's.
fn is_full(bridge: &str, words: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Cannot invoke bridge {bridge:?}"),
        format!(
            "It takes no more events now: as many are under way as its reserved concurrency \
             allows, which is none while it is paused, or as the account's does. Try again when \
             some are done.\n\n{words}"
        ),
    )
    .at("bridge_name")
}

/// Lambda's rules for names, and ARNs.
fn check_bridge(name: &str) -> Result<(), String> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    let is_name = |name: &str| matches!(name.len(), 1..=64) && name.chars().all(known);
    let is_arn = || {
        Arn::parse(name).is_some_and(|arn| {
            let function = arn.resource.strip_prefix("function:").unwrap_or_default();
            let (function, qualifier) = function.split_once(':').unwrap_or((function, "1"));
            arn.service == "lambda" && is_name(function) && !qualifier.is_empty()
        })
    };
    if is_name(name) || is_arn() {
        Ok(())
    } else {
        Err(format!("must be the name or the ARN of a Lambda function, not {name:?}."))
    }
}

/// The text itself is not shown: it may be long, and is nobody else's business.
fn check_payload(payload: &str) -> Result<(), String> {
    match serde_json::from_str::<Json>(payload) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("is not JSON: {error}.")),
    }
}

/// The `config` block.
#[derive(Debug, Clone, Default)]
pub(crate) struct InvokeBridgeModel {
    bridge_name: Value<String>,
    payload: Value<String>,
    invocation_type: Value<String>,
    log_type: Value<String>,
    qualifier: Value<String>,
    region: Value<String>,
}

impl Model for InvokeBridgeModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            bridge_name: object.take("bridge_name"),
            payload: object.take("payload"),
            invocation_type: object.take("invocation_type"),
            log_type: object.take("log_type"),
            qualifier: object.take("qualifier"),
            region: object.take("region"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { bridge_name, payload, invocation_type, log_type, qualifier, region } = self;
        object.put("bridge_name", bridge_name);
        object.put("payload", payload);
        object.put("invocation_type", invocation_type);
        object.put("log_type", log_type);
        object.put("qualifier", qualifier);
        object.put("region", region);
    }
}

#[cfg(test)]
mod tests {
    use checker::UNKNOWN;
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;
    use crate::aws::testing::Account;
    use crate::resources::rehearsal::core;

    const ACTION: &str = "modal_invoke_bridge";

    fn answered(is_error: bool, payload: Json) -> Answered {
        Answered { is_error, payload: payload.to_string(), log: None }
    }

    fn assert_fails(answered: &Answered, expected: Expect) {
        expected.assert_eq(&outcome(answered).unwrap_err());
    }

    #[test]
    fn an_answer_is_told_by_what_it_is_and_not_by_what_is_in_it() {
        let started = json!({"status": "Success", "response": {"function_call_id": "fc-1"}});
        expect!["The bridge started the Modal call fc-1"]
            .assert_eq(&outcome(&answered(false, started)).unwrap());
        let result = json!({"status": "Success", "response": {"result": "private"}});
        expect!["The bridge answered with 52 bytes"]
            .assert_eq(&outcome(&answered(false, result)).unwrap());
    }

    #[test]
    fn a_failure_is_one_in_whatever_form_it_comes() {
        assert_fails(
            &answered(true, json!({"errorType": "ModalTimeout", "errorMessage": "too slow"})),
            expect!["ModalTimeout: too slow"],
        );
        // Lambda's own words of a function that ran out of time.
        assert_fails(
            &answered(true, json!({"errorMessage": "Task timed out after 3.00 seconds"})),
            expect!["Task timed out after 3.00 seconds"],
        );
        assert_fails(&answered(true, json!("?")), expect![[r#""?""#]]);
        assert_fails(
            &answered(false, json!({"statusCode": 502, "body": "{\"errorType\":\"E\"}"})),
            expect![[r#"HTTP status 502: {"errorType":"E"}"#]],
        );
        assert_fails(
            &answered(
                false,
                json!({
                    "status": "PartialFailure",
                    "batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "b"}],
                }),
            ),
            expect!["Not all records were taken; these were not: a, b"],
        );
    }

    #[tokio::test]
    async fn arguments_that_cannot_be_are_refused_while_they_are_written() {
        let core = core(&Account::new()).await;
        let refused = async |changes: Json| {
            let mut config = json!({"bridge_name": "thumbnails", "payload": "{}"});
            config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            core.validate_action(ACTION, config).await.map_err(|refusal| refusal.to_string())
        };
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:thumbnails";
        for fine in [
            json!({}),
            json!({"bridge_name": arn, "region": "eu-west-1", "qualifier": "3"}),
            json!({"bridge_name": format!("{arn}:live")}),
            json!({"payload": "null", "log_type": "Tail"}),
            json!({"bridge_name": UNKNOWN, "payload": UNKNOWN, "region": UNKNOWN}),
        ] {
            refused(fine).await.unwrap();
        }
        let mut found = String::new();
        for wrong in [
            json!({"bridge_name": "arn:aws:s3:::thumbnails"}),
            json!({"bridge_name": ""}),
            json!({"bridge_name": format!("{arn}:")}),
            json!({"payload": "{'a': 1}"}),
            json!({"invocation_type": "event"}),
            json!({"invocation_type": "Event", "log_type": "Tail"}),
            json!({"bridge_name": arn, "region": "us-east-1"}),
            json!({"bridge_name": format!("{arn}:live"), "qualifier": "3"}),
        ] {
            found += &format!("{}\n\n", refused(wrong).await.unwrap_err());
        }
        expect![[r#"
            Error: Invalid value for bridge_name

              at .bridge_name

            The attribute bridge_name must be the name or the ARN of a Lambda function, not "arn:aws:s3:::thumbnails".

            Error: Invalid value for bridge_name

              at .bridge_name

            The attribute bridge_name must be the name or the ARN of a Lambda function, not "".

            Error: Invalid value for bridge_name

              at .bridge_name

            The attribute bridge_name must be the name or the ARN of a Lambda function, not "arn:aws:lambda:eu-west-1:111122223333:function:thumbnails:".

            Error: Invalid value for payload

              at .payload

            The attribute payload is not JSON: key must be a string at line 1 column 2.

            Error: Invalid value for invocation_type

              at .invocation_type

            The attribute invocation_type must be "RequestResponse" or "Event" or "DryRun", not "event".

            Error: Conflicting arguments

              at .log_type

            Nobody waits for the log of an invocation of type "Event".

            Error: Conflicting arguments

              at .region

            The bridge's ARN is of region eu-west-1, not us-east-1.

            Error: Conflicting arguments

              at .qualifier

            The bridge's ARN names a version or an alias already.

        "#]].assert_eq(&found);
    }
}
