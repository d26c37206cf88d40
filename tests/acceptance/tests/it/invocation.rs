//! Invocations: real events through the deployed bridge to functions that Modal's runtime executes.

use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, process};

use acceptance::{Config, LocalModal, Workspace, World, host_architecture};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::bridge::log_group_name;

/// How long Modal may take for a call: its first one starts a container.
const PATIENCE: Duration = Duration::from_secs(60);

/// A bridge for each way a call can go; its key is its name.
const BRIDGES: &str = r#"
locals {
  bridges = {
    render          = { function = "render", mode = "remote", params = { width = 128 } }
    render-later    = { function = "render", mode = "spawn", params = { width = 64 } }
    echo            = { function = "echo", mode = "remote", params = { a = [1, "é"], b = null } }
    echo-later      = { function = "echo", mode = "spawn" }
    by-input-plane  = { function = "by_input_plane", mode = "remote" }
    predict         = { function = "Model.predict", mode = "remote" }
    numbers         = { function = "numbers", mode = "remote" }
    length          = { function = "length", mode = "remote" }
    length-later    = { function = "length", mode = "spawn" }
    big-result      = { function = "big_result", mode = "remote" }
    too-big-result  = { function = "big_result", mode = "remote", params = { size = 7 * 1024 * 1024 } }
    raises          = { function = "raise_error", mode = "remote" }
    times-out       = { function = "times_out", mode = "remote" }
    slow            = { function = "slow", mode = "remote", timeout = 3 }
    broken          = { function = "render", mode = "remote", app = "broken" }
    web             = { function = "web", mode = "remote" }
    generator       = { function = "generator", mode = "spawn" }
    old             = { function = "old", mode = "remote" }
    class           = { function = "Model", mode = "remote" }
    no-function     = { function = "nothing", mode = "remote" }
    no-app          = { function = "render", mode = "spawn", app = "nothing" }
    no-environment  = { function = "render", mode = "remote", environment = "nowhere" }
    wrong-token     = { function = "echo", mode = "remote", secret = "wrong" }
    placeholder     = { function = "echo", mode = "remote", secret = "placeholder" }
    rotated         = { function = "echo", mode = "remote", secret = "rotated" }
    secret-of-other = { function = "echo", mode = "remote", secret = "not-json" }
  }
}

variable "modal_server_url" {
  type = string
}
variable "token_secret" {
  type      = string
  ephemeral = true
}

provider "modal" {
  modal_server_url = var.modal_server_url
}

resource "modal_token_secret" "these" {
  for_each        = toset(["good", "rotated"])
  name            = each.key
  token_id        = "ak-demo"
  token_secret_wo = var.token_secret
}
resource "modal_token_secret" "wrong" {
  name            = "wrong"
  token_id        = "ak-demo"
  token_secret_wo = "as-of-another-workspace"
}
resource "modal_token_secret" "unfilled" {
  for_each = toset(["placeholder", "not-json"])
  name     = each.key
}

locals {
  secrets = merge(
    { for name, secret in modal_token_secret.these : name => secret.arn },
    { for name, secret in modal_token_secret.unfilled : name => secret.arn },
    { wrong = modal_token_secret.wrong.arn },
  )
}

resource "modal_bridge_function" "these" {
  for_each            = local.bridges
  name                = each.key
  app_name            = try(each.value.app, "thumbnails")
  environment_name    = try(each.value.environment, "main")
  modal_function_name = each.value.function
  mode                = each.value.mode
  params              = jsonencode(try(each.value.params, {}))
  timeout             = try(each.value.timeout, null)
  token_secret_arn    = local.secrets[try(each.value.secret, "good")]
  architecture        = "ARCHITECTURE"
}
"#;

/// All these bridges, applied once for the tests of this file.
struct Deployed {
    world: World,
    config: Config,
}

fn deployed() -> &'static Deployed {
    static DEPLOYED: OnceLock<Deployed> = OnceLock::new();
    DEPLOYED.get_or_init(|| {
        let world = World::start();
        let config = world
            .config(&BRIDGES.replace("ARCHITECTURE", host_architecture()))
            .with_env("TF_VAR_modal_server_url", world.modal().server_url())
            .with_env("TF_VAR_token_secret", LocalModal::TOKEN_SECRET);
        config.apply();
        Deployed { world, config }
    })
}

impl Deployed {
    /// Invokes a bridge and waits: what it answered, or `errorType: errorMessage`.
    fn invoke(&self, bridge: &str, event: &Value) -> Result<String, String> {
        let request = json!({"FunctionName": bridge, "Payload": event.to_string()});
        let answer = self.world.aws.call("lambda", "invoke", request);
        let payload = answer["Payload"].as_str().unwrap().to_owned();
        match answer.get("FunctionError") {
            None | Some(Value::Null) => Ok(payload),
            Some(_) => {
                let error: Value = serde_json::from_str(&payload).unwrap();
                let part = |name: &str| error[name].as_str().unwrap_or("(nothing)").to_owned();
                Err(format!("{}: {}", part("errorType"), part("errorMessage")))
            }
        }
    }

    /// The result of a bridge that waits, out of its answer.
    #[track_caller]
    fn result(&self, bridge: &str, event: &Value) -> Value {
        let answer = self.invoke(bridge, event).unwrap_or_else(|error| panic!("{error}"));
        let mut answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["status"], "Success", "{answer}");
        answer["response"]["result"].take()
    }

    /// The id of the call that a bridge started, out of its answer.
    #[track_caller]
    fn spawned(&self, bridge: &str, event: &Value) -> String {
        let answer = self.invoke(bridge, event).unwrap_or_else(|error| panic!("{error}"));
        let mut answer: Value = serde_json::from_str(&answer).unwrap();
        let id = answer["response"]["function_call_id"].take();
        let id = id.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        assert_eq!(
            answer,
            json!({"status": "Success", "response": {"function_call_id": null}}),
            "nothing else is in the answer"
        );
        id
    }

    /// Asserts how an invocation fails. Ids that differ from run to run are left out.
    #[track_caller]
    fn assert_fails(&self, bridge: &str, event: &Value, expected: Expect) {
        let error = self.invoke(bridge, event).unwrap_err();
        let secret = json!({"SecretId": "placeholder"});
        let secret = self.world.aws.call("secretsmanager", "describe_secret", secret);
        let error = error.replace(secret["ARN"].as_str().unwrap(), "(secret)");
        let words = error.split_inclusive(' ').map(|word| match word.find("-") {
            Some(dash) if ["fc", "at", "in", "(fc"].contains(&&word[..dash]) => {
                let end = word.find([')', ' ', ',']).unwrap_or(word.len());
                format!("(id){}", &word[end..])
            }
            _ => word.to_owned(),
        });
        expected.assert_eq(&words.collect::<String>());
    }

    /// Waits for Modal to have a call that `wanted` accepts, and for its end.
    #[track_caller]
    fn await_call(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let calls = self.world.modal().calls().unwrap();
            if let Some(call) = calls.iter().find(|call| wanted(call))
                && !matches!(call["status"].as_str(), None | Some("PENDING" | "RUNNING"))
            {
                return call.clone();
            }
            assert!(Instant::now() < deadline, "Modal had no such call: {calls:#?}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Lets a new bucket notify a bridge of every object in it.
fn notify(world: &World, bucket: &str, bridge: &str) {
    let (account, arn) = (world.aws.id(), format!("arn:aws:s3:::{bucket}"));
    world.aws.call("s3", "create_bucket", json!({"Bucket": bucket}));
    world.aws.call(
        "lambda",
        "add_permission",
        json!({
            "FunctionName": bridge,
            "StatementId": bucket,
            "Action": "lambda:InvokeFunction",
            "Principal": "s3.amazonaws.com",
            "SourceArn": arn,
            "SourceAccount": account,
        }),
    );
    let function = format!("arn:aws:lambda:us-east-1:{account}:function:{bridge}");
    let notification = json!({"LambdaFunctionConfigurations": [
        {"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]},
    ]});
    let parameters = json!({"Bucket": bucket, "NotificationConfiguration": notification});
    world.aws.call("s3", "put_bucket_notification_configuration", parameters);
}

#[test]
fn an_object_in_s3_is_rendered_by_modal() {
    let deployed = deployed();
    for (bucket, bridge, width, invocation) in
        [("pictures", "render", 128, "remote"), ("pictures-for-later", "render-later", 64, "spawn")]
    {
        notify(&deployed.world, bucket, bridge);
        let object = json!({"Bucket": bucket, "Key": "uploads/cat.png", "Body": "a cat"});
        deployed.world.aws.call("s3", "put_object", object);

        let source = format!("s3://{bucket}/uploads/cat.png");
        let call = deployed.await_call(|call| call["result"]["source"] == source);

        assert_eq!(call["status"], "SUCCESS", "{call:#}");
        assert_eq!(
            [&call["app"], &call["function"], &call["invocation"]],
            ["thumbnails", "render", invocation]
        );
        let thumbnail = format!("uploads/thumbnails/cat-{width}.png");
        assert_eq!(call["result"]["thumbnail"], thumbnail);
    }
}

#[test]
fn a_bridge_that_waits_answers_with_the_result() {
    // `f(event, params)`: two positional arguments, whatever is in them.
    let event = json!({"z": [1, 2.5, true, null], "a": {"é": "ü"}});

    let answer = deployed().invoke("echo", &event).unwrap();

    let result = json!({"event": event, "params": {"a": [1, "é"], "b": null}});
    let expected = json!({"status": "Success", "response": {"result": result}});
    assert_eq!(serde_json::from_str::<Value>(&answer).unwrap(), expected);
    // An event need not be an object.
    for event in [json!("text"), json!(7), json!([]), Value::Null] {
        assert_eq!(deployed().result("echo", &event)["event"], event);
    }
}

#[test]
fn a_bridge_that_spawns_answers_with_the_id_of_the_call() {
    let deployed = deployed();
    let event = json!({"z": [1, 2.5, true, null], "a": {"é": "ü"}});

    let id = deployed.spawned("echo-later", &event);

    assert!(id.starts_with("fc-"), "{id}");
    let call = deployed.await_call(|call| call["function_call_id"] == id);
    assert_eq!(call["status"], "SUCCESS", "{call:#}");
    assert_eq!(call["result"], json!({"event": event, "params": {}}));
    assert_eq!(call["invocation"], "spawn");
}

#[test]
fn a_function_of_the_input_plane_is_called_there() {
    let deployed = deployed();

    let result = deployed.result("by-input-plane", &json!({"n": 1}));

    assert_eq!(result, json!({"event": {"n": 1}, "params": {}, "plane": "input"}));
    let call = deployed.await_call(|call| call["function"] == "by_input_plane");
    assert_eq!(call["plane"], "input");
}

#[test]
fn a_method_of_a_class_is_called() {
    let result = deployed().result("predict", &json!({"n": 21}));
    assert_eq!(result, json!({"doubled": 42, "params": {}}));
}

#[test]
fn an_event_and_a_result_of_3_mib_pass() {
    let deployed = deployed();
    let length = 3 * 1024 * 1024;
    let event = json!({"data": "x".repeat(length)});

    assert_eq!(deployed.result("length", &event), json!(length));
    let id = deployed.spawned("length-later", &event);
    let call = deployed.await_call(|call| call["function_call_id"] == id);
    assert_eq!(call["result"], json!(length));
    assert_eq!(deployed.result("big-result", &json!({})), "x".repeat(length));
}

#[test]
fn what_json_has_no_form_for_gets_one() {
    let deployed = deployed();
    let kinds = [
        "integers", "big", "floats", "nan", "infinity", "bytes", "aware", "naive", "tuple", "keys",
        "none",
    ];

    let found: String = kinds
        .iter()
        .map(|kind| {
            let answer = match deployed.invoke("numbers", &json!({"kind": kind})) {
                Ok(answer) => answer,
                Err(error) => return format!("{kind}: {}\n", error.split(" (").next().unwrap()),
            };
            // The text, for a reader of the answer may have numbers of its own.
            let value = answer.split_once(r#""value": "#).map_or(&*answer, |(_, value)| value);
            format!("{kind}: {}\n", value.strip_suffix("}}}").unwrap_or(value))
        })
        .collect();

    expect![[r#"
        integers: [0, -1, 9007199254740993, 9223372036854775808, 18446744073709551615, -9223372036854775808]
        big: 1208925819614629174706176
        floats: [0.1, 1e+300, -0.0, 1.5]
        nan: null
        infinity: null
        bytes: "AP8="
        aware: "2026-11-22T01:02:03Z"
        naive: ModalRemoteError: the Modal function raised SerializationError('Can not serialize type builtins.dict as cbor. If you need to use a custom data type, try to serialize it yourself e.g. by using pickle.dumps(my_data)')
        tuple: [1, "two"]
        keys: {"1": "one"}
        none: null
    "#]].assert_eq(&found);
}

#[test]
fn what_modal_refuses_has_a_name_and_a_reason() {
    let deployed = deployed();
    let event = json!({"kind": "set", "seconds": 30});
    deployed.assert_fails(
        "wrong-token",
        &event,
        expect!["ModalAuthError: Modal refused the token: Token ID or secret is not valid"],
    );
    deployed.assert_fails("placeholder", &event, expect![[r#"ModalTokenNotConfigured: the token secret (secret) still holds the placeholder; put a Modal token into it, as {"MODAL_TOKEN_ID": "ak-…", "MODAL_TOKEN_SECRET": "as-…"}"#]]);
    deployed.assert_fails("no-function", &event, expect![[r#"ModalFunctionNotFound: Modal has no function "nothing" in app "thumbnails", environment "main""#]]);
    deployed.assert_fails(
        "no-app",
        &event,
        expect![[
            r#"ModalFunctionNotFound: Modal has no app "nothing" deployed in environment "main""#
        ]],
    );
    deployed.assert_fails(
        "no-environment",
        &event,
        expect![[r#"ModalFunctionNotFound: Modal has no environment "nowhere""#]],
    );
    deployed.assert_fails("web", &event, expect![[r#"ModalIncompatibleFunction: "web" is a web function: call it by HTTP at https://local-workspace--thumbnails-web.modal.run"#]]);
    deployed.assert_fails(
        "generator",
        &event,
        expect![[
            r#"ModalIncompatibleFunction: "generator" is a generator, which the bridge cannot call"#
        ]],
    );
    deployed.assert_fails("class", &event, expect![[r#"ModalFunctionNotFound: "Model" in app "thumbnails" is a class, not a function; name one of its methods, as "Model.method""#]]);
    deployed.assert_fails("old", &event, expect![[r#"ModalIncompatibleFunction: "old" was deployed by a Modal client that cannot answer in CBOR; redeploy it with modal >= 1.2 to call it by remote"#]]);
}

#[test]
fn what_goes_wrong_in_the_function_has_a_name_and_a_reason() {
    let deployed = deployed();
    let event = json!({"kind": "set", "seconds": 30});
    deployed.assert_fails("raises", &event, expect![[r#"ModalRemoteError: the Modal function raised ValueError("cannot render {'kind': 'set', 'seconds': 30}") (function call (id))"#]]);
    deployed.assert_fails("numbers", &event, expect!["ModalResultError: the function's result holds a set, which JSON has no form for, at .value (function call (id))"]);
    deployed.assert_fails("too-big-result", &event, expect!["BridgePayloadTooLarge: the answer has 7340077 bytes, and Lambda takes at most 6291456; let the function store its result and return where it is (function call (id))"]);
    deployed.assert_fails("times-out", &event, expect!["ModalTimeout: the Modal function ran into its own timeout: Task's current input (id) hit its timeout of 1s (function call (id))"]);
    deployed.assert_fails("broken", &event, expect![[r#"ModalInitError: the Modal function could not be initialized: ImportError("No module named 'not_in_the_image'") (function call (id))"#]]);
}

#[test]
fn a_call_is_cancelled_before_the_lambda_runs_out_of_time() {
    let deployed = deployed();
    // A container that is there already, so that the three seconds go into the call.
    deployed.invoke("slow", &json!({"seconds": 0})).unwrap();

    deployed.assert_fails("slow", &json!({"seconds": 30}), expect!["BridgeDeadlineExceeded: the Lambda ran out of time waiting for function call (id), which was cancelled"]);

    let calls = deployed.world.modal().calls().unwrap();
    let statuses = calls.iter().filter(|call| call["function"] == "slow");
    let statuses: Vec<_> = statuses.map(|call| &call["status"]).collect();
    assert_eq!(statuses.last().unwrap(), &"TERMINATED", "{statuses:?}");
}

#[test]
fn a_token_that_was_rotated_is_fetched_again_at_once() {
    let deployed = deployed();
    let modal = deployed.world.modal();
    let put = |secret: &str| {
        let value = json!({"MODAL_TOKEN_ID": "ak-rotated", "MODAL_TOKEN_SECRET": secret});
        let value = json!({"SecretId": "rotated", "SecretString": value.to_string()});
        deployed.world.aws.call("secretsmanager", "put_secret_value", value);
    };
    let accept = |secret: &str| {
        // The other tests' token too.
        let tokens = json!({LocalModal::TOKEN_ID: LocalModal::TOKEN_SECRET, "ak-rotated": secret});
        modal.accept(&tokens).unwrap();
    };
    let event = json!({"n": 1});
    put("as-before");
    accept("as-before");
    assert_eq!(deployed.result("rotated", &event)["event"], event);

    // The Lambda has just kept the one of before, for five minutes.
    put("as-after");
    accept("as-after");
    assert_eq!(deployed.result("rotated", &event)["event"], event);

    // Modal knows it no more, and the secret has no other: that is said, and not for long.
    accept("as-later");
    deployed.assert_fails(
        "rotated",
        &event,
        expect!["ModalAuthError: Modal refused the token: Token ID or secret is not valid"],
    );
    put("as-later");
    assert_eq!(deployed.result("rotated", &event)["event"], event);
}

#[test]
fn a_secret_without_a_token_is_told_without_what_it_holds() {
    let deployed = deployed();
    for value in ["hunter2", r#"{"password":"hunter2"}"#] {
        let value = json!({"SecretId": "not-json", "SecretString": value});
        deployed.world.aws.call("secretsmanager", "put_secret_value", value);
        let error = deployed.invoke("secret-of-other", &json!({})).unwrap_err();
        assert!(
            error.starts_with("BridgeSecretError: cannot read the Modal token from"),
            "{error}"
        );
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn what_passes_through_the_bridge_is_in_no_log() {
    let deployed = deployed();
    let event = json!({"patient": "abracadabra-event", "kind": "none"});
    deployed.result("echo", &event);
    deployed.spawned("echo-later", &event);
    deployed.invoke("raises", &event).unwrap_err();

    for bridge in ["echo", "echo-later", "raises"] {
        let group = json!({"logGroupName": log_group_name(bridge)});
        let events = deployed.world.aws.call("logs", "filter_log_events", group);
        let lines: Vec<&str> = events["events"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|event| event["message"].as_str())
            .collect();
        let log = lines.join("\n");
        assert!(log.contains(r#""modal_app":"thumbnails""#), "{bridge} logged nothing:\n{log}");
        assert!(!log.contains("abracadabra"), "{bridge}:\n{log}");
        assert!(!log.contains(LocalModal::TOKEN_SECRET), "{bridge}:\n{log}");
    }
    // The local AWS writes what a function says outside of its log to its own.
    let folder = Workspace::here().scratch().join(format!("run-{}", process::id()));
    let log = fs::read_to_string(folder.join("aws.log")).unwrap();
    assert!(!log.contains("abracadabra") && !log.contains(LocalModal::TOKEN_SECRET), "{log}");
}

#[test]
fn invocations_change_nothing_that_terraform_sees() {
    let deployed = deployed();
    deployed.result("echo", &json!({}));
    let plan = deployed.config.plan();
    let bridges = plan.actions().into_keys().filter(|address| address.contains("bridge_function"));
    assert_eq!(bridges.collect::<Vec<_>>(), [] as [&str; 0], "{plan}");
}
