//! `modal_invoke_bridge`: an event from HCL, through the bridge, to a function in Modal's runtime.

use acceptance::{Config, Core, World, host_architecture};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::bridge::{function, with_token};

const MAIN: &str = r#"
resource "modal_bridge_function" "echo" {
  name                = "echo"
  app_name            = "thumbnails"
  modal_function_name = "echo"
  mode                = "remote"
  token_secret_arn    = modal_token_secret.this.arn
  architecture        = "ARCHITECTURE"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.modal_invoke_bridge.smoke_test]
    }
  }
}

action "modal_invoke_bridge" "smoke_test" {
  config {
    bridge_name = modal_bridge_function.echo.function_name
    payload     = jsonencode({ smoke = "test" })
  }
}

action "modal_invoke_bridge" "by_hand" {
  config {
    bridge_name = modal_bridge_function.echo.arn
    payload     = jsonencode({ n = 1 })
    ARGUMENTS
  }
}
"#;

const INVOKE: [&str; 5] = [
    "apply",
    "-no-color",
    "-input=false",
    "-auto-approve",
    "-invoke=action.modal_invoke_bridge.by_hand",
];

fn config(world: &World) -> Config {
    with_token(world, MAIN)
}

/// What Terraform says of actions. Ids differ from run to run.
fn assert_says(world: &World, output: &str, expected: Expect) {
    let output = output.replace(world.aws.id(), "(account)");
    let lines = output.lines().filter(|line| line.trim_start().starts_with("Action "));
    let lines: Vec<_> = lines
        .map(|line| match line.split_once("call fc-") {
            Some((before, _)) => format!("{before}call (id)"),
            None => line.to_owned(),
        })
        .collect();
    expected.assert_eq(&lines.join("\n"));
}

/// What Terraform says of an error, without a terminal's frame and a request's id.
fn error(world: &World, output: &str) -> String {
    let marks = |letter: &char| !"│╷╵".contains(*letter);
    let text: String = output.chars().filter(marks).collect();
    let (_, error) = text.split_once("Error: ").unwrap_or(("", &text));
    let lines = error.replace(world.aws.id(), "(account)");
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines = lines.filter(|line| !line.starts_with("AWS request id: "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_apply_ends_with_an_event_through_the_bridge_on_1_14() {
    an_apply_ends_with_an_event_through_the_bridge(Core::V1_14);
}

#[test]
fn an_apply_ends_with_an_event_through_the_bridge_on_1_15() {
    an_apply_ends_with_an_event_through_the_bridge(Core::V1_15);
}

fn an_apply_ends_with_an_event_through_the_bridge(core: Core) {
    let world = World::start().on(core);
    let config = config(&world);
    config.replace("    ARGUMENTS\n", "");

    let said = config.apply();

    assert_says(
        &world,
        &said,
        expect![[r#"
        Action started: action.modal_invoke_bridge.smoke_test (triggered by modal_bridge_function.echo)
        Action action.modal_invoke_bridge.smoke_test (triggered by modal_bridge_function.echo): Sending bridge "echo" an event of 16 bytes (RequestResponse)
        Action action.modal_invoke_bridge.smoke_test (triggered by modal_bridge_function.echo): The bridge answered with 89 bytes
        Action complete: action.modal_invoke_bridge.smoke_test (triggered by modal_bridge_function.echo)"#]],
    );
    let event = json!({"event": {"smoke": "test"}, "params": {}});
    let reached = |result: &Value| {
        let calls = world.modal().calls().unwrap();
        calls.iter().any(|call| call["result"] == *result)
    };
    assert!(reached(&event), "Modal had no such call");

    config.replace("mode                = \"remote\"", "mode                = \"spawn\"");
    assert_says(
        &world,
        &config.apply(),
        expect![[r#"
        Action started: action.modal_invoke_bridge.smoke_test (triggered by modal_bridge_function.echo)
        Action action.modal_invoke_bridge.smoke_test (triggered by modal_bridge_function.echo): Sending bridge "echo" an event of 16 bytes (RequestResponse)
        Action action.modal_invoke_bridge.smoke_test (triggered by modal_bridge_function.echo): The bridge started the Modal call (id)
        Action complete: action.modal_invoke_bridge.smoke_test (triggered by modal_bridge_function.echo)"#]],
    );
    config.plan().assert_empty();

    // An event by hand, and no plan of anything.
    assert_says(
        &world,
        &config.succeeds(&INVOKE),
        expect![[r#"
        Action started: action.modal_invoke_bridge.by_hand (triggered by CLI)
        Action action.modal_invoke_bridge.by_hand (triggered by CLI): Sending bridge "arn:aws:lambda:us-east-1:(account):function:echo" an event of 7 bytes (RequestResponse)
        Action action.modal_invoke_bridge.by_hand (triggered by CLI): The bridge started the Modal call (id)
        Action complete: action.modal_invoke_bridge.by_hand (triggered by CLI)"#]],
    );
}

#[test]
fn what_the_bridge_logged_is_shown_to_whoever_asks() {
    let world = World::start().on(Core::V1_14);
    let config = config(&world);
    config.replace("    ARGUMENTS\n", "    log_type = \"Tail\"\n");
    config.apply();

    let said = config.succeeds(&INVOKE);

    assert!(said.contains("The end of its log:"), "{said}");
    assert!(said.contains(r#""modal_function":"echo""#), "{said}");
    assert!(!said.contains(r#""n":1"#), "the event is nobody's business:\n{said}");

    for (kind, expected) in [
        (
            "Event",
            expect![[r#"
        Action started: action.modal_invoke_bridge.by_hand (triggered by CLI)
        Action action.modal_invoke_bridge.by_hand (triggered by CLI): Sending bridge "arn:aws:lambda:us-east-1:(account):function:echo" an event of 7 bytes (Event)
        Action action.modal_invoke_bridge.by_hand (triggered by CLI): Lambda took the event
        Action complete: action.modal_invoke_bridge.by_hand (triggered by CLI)"#]],
        ),
        (
            "DryRun",
            expect![[r#"
        Action started: action.modal_invoke_bridge.by_hand (triggered by CLI)
        Action action.modal_invoke_bridge.by_hand (triggered by CLI): Sending bridge "arn:aws:lambda:us-east-1:(account):function:echo" an event of 7 bytes (DryRun)
        Action action.modal_invoke_bridge.by_hand (triggered by CLI): The bridge may be invoked
        Action complete: action.modal_invoke_bridge.by_hand (triggered by CLI)"#]],
        ),
    ] {
        config.rewrite(
            &MAIN
                .replace("ARCHITECTURE", host_architecture())
                .replace("ARGUMENTS", &format!("invocation_type = \"{kind}\"")),
        );
        assert_says(&world, &config.succeeds(&INVOKE), expected);
    }
}

#[test]
fn an_apply_fails_where_the_bridge_does() {
    let world = World::start().on(Core::V1_14);
    let config = config(&world);
    config.replace("    ARGUMENTS\n", "    log_type = \"None\"\n");
    config.replace("modal_function_name = \"echo\"", "modal_function_name = \"nothing\"");

    let said = config.apply_fails();

    assert!(said.contains("The end of its log:"), "{said}");
    let whole = error(&world, &said);
    let (why, log) = whole.split_once("The end of its log:").unwrap();
    expect![[r#"
        Error when invoking action
        on main.tf line 13, in resource "modal_bridge_function" "echo":
        13:       actions = [action.modal_invoke_bridge.smoke_test]
        Bridge "echo" failed: ModalFunctionNotFound: Modal has no function "nothing"
        in app "thumbnails", environment "main"
    "#]]
    .assert_eq(why);
    assert!(log.contains("ModalFunctionNotFound"), "{log}");
    // The bridge itself is made, and can be seen to.
    assert_eq!(function(&world, "echo")["State"], "Active");
    assert_eq!(config.resource("modal_bridge_function.echo").unwrap()["name"], "echo");

    expect![[r#"
        Error when invoking action
        Bridge "arn:aws:lambda:us-east-1:(account):function:echo" failed:
        ModalFunctionNotFound: Modal has no function "nothing" in app "thumbnails",
        environment "main""#]]
    .assert_eq(&error(&world, &config.fails(&INVOKE)));

    config.replace("log_type = \"None\"", "qualifier = \"7\"");
    expect![[r#"
        Error when invoking action
        Cannot invoke bridge "arn:aws:lambda:us-east-1:(account):function:echo":
        lambda:InvokeFunction answered ResourceNotFoundException: Function not found:
        arn:aws:lambda:us-east-1:(account):function:echo:7"#]]
    .assert_eq(&error(&world, &config.fails(&INVOKE)));
}

#[test]
fn a_paused_bridge_takes_no_event() {
    let world = World::start().on(Core::V1_14);
    let config = config(&world);
    config.replace("    ARGUMENTS\n", "");
    config.replace("  lifecycle {", "  paused = true\n\n  lifecycle {");

    let said = config.apply_fails();

    expect![[r#"
        Error when invoking action
        on main.tf line 15, in resource "modal_bridge_function" "echo":
        15:       actions = [action.modal_invoke_bridge.smoke_test]
        Cannot invoke bridge "echo": It takes no more events now: as many are under
        way as its reserved concurrency allows, which is none while it is paused, or
        as the account's does. Try again when some are done.
        lambda:InvokeFunction answered TooManyRequestsException: Rate Exceeded:
        function echo at ReservedConcurrentExecutions (still so after 10 seconds)"#]]
    .assert_eq(&error(&world, &said));
}
