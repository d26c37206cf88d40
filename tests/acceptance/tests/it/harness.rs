//! The harness itself: its servers come and go, Terraform runs, and assertions can fail.

use std::thread;
use std::time::{Duration, Instant};

use acceptance::{Config, Core, LocalAws, LocalModal, Terraform, Workspace, World};
use rustix::process::{Pid, test_kill_process};
use serde_json::{Value, json};

#[test]
fn the_local_aws_ends_with_its_owner() {
    let workspace = Workspace::here();
    let aws =
        LocalAws::start(&workspace, &workspace.scratch().join("short-lived-aws.log")).unwrap();
    let process = aws.process_id();
    assert_runs(process);

    drop(aws);

    assert_ends(process);
}

#[test]
fn the_local_modal_ends_with_its_owner() {
    let workspace = Workspace::here();
    let app = workspace.file("examples/complete/s3-to-modal/app.py");
    let log = workspace.scratch().join("short-lived-modal.log");
    let modal = LocalModal::start(&workspace, &[app], &log).unwrap();
    let process = modal.process_id();
    assert_runs(process);
    assert_eq!(modal.calls().unwrap(), [] as [Value; 0]);

    drop(modal);

    assert_ends(process);
}

#[test]
fn each_world_has_an_account_of_its_own() {
    let (mine, other) = (World::start(), World::start());
    mine.aws.call("s3", "create_bucket", json!({"Bucket": "only-mine"}));

    let identity = mine.aws.call("sts", "get_caller_identity", json!({}));
    assert_eq!(identity["Account"], mine.aws.id());
    assert_ne!(mine.aws.id(), other.aws.id());
    let buckets = other.aws.call("s3", "list_buckets", json!({}));
    assert_eq!(buckets["Buckets"], json!([]));
}

#[test]
fn a_refusal_of_aws_keeps_its_code() {
    let fault = World::start().aws.refusal("iam", "get_role", json!({"RoleName": "nobody"}));
    assert_eq!((fault.code.as_str(), fault.status), ("NoSuchEntity", 404));
    assert_eq!(fault.operation, "iam.get_role");
}

#[test]
fn a_world_can_make_its_own_account_slower() {
    let world = World::start();
    world.aws.set_knobs(&json!({"role_propagation_seconds": 1}));
}

#[test]
fn a_configuration_is_planned_applied_changed_and_destroyed() {
    let config = builtin(
        r#"
variable "word" {
  type    = string
  default = "one"
}
resource "terraform_data" "this" {
  input = var.word
}
output "word" {
  value = terraform_data.this.output
}
"#,
    );

    config.plan().assert_creates(&["terraform_data.this"]);
    config.apply();
    config.plan().assert_empty();
    assert_eq!(config.output("word"), "one");
    assert_eq!(config.resource("terraform_data.this").unwrap()["input"], "one");

    config.replace(r#""one""#, r#""two""#);
    let plan = config.plan();
    plan.assert_updates(&["terraform_data.this"]);
    assert_eq!(plan.change("terraform_data.this")["after"]["input"], "two");
    config.apply_planned();
    assert_eq!(config.output("word"), "two");

    config.replace("input =", "triggers_replace = [1]\n  input =");
    config.plan().assert_replaces(&["terraform_data.this"]);

    config.destroy();
    assert_eq!(config.resource("terraform_data.this"), None);
}

#[test]
fn errors_come_whole() {
    let config = builtin(
        r#"
variable "count_of_cats" {
  type    = number
  default = -1
  validation {
    condition     = var.count_of_cats >= 0
    error_message = "There cannot be fewer than no cats at all, however long the sentence is that says so."
  }
}
"#,
    );

    let errors = config.plan_errors();

    let [error] = &errors[..] else { panic!("{errors:?}") };
    assert!(error.starts_with("Invalid value for variable\n\nThere cannot be fewer than no cats at all, however long the sentence is that says so."), "{error}");
}

#[test]
fn a_ctrl_c_reaches_terraform_as_in_a_terminal() {
    let config = builtin(
        r#"
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "sleep 30"
  }
}
"#,
    );
    let started = Instant::now();

    let mut apply = config.start_apply();
    apply.wait_for("Executing:");
    apply.interrupt();
    let finished = apply.wait().unwrap();

    assert!(!finished.succeeded(), "{}", finished.output);
    assert!(finished.output.contains("Interrupt received"), "{}", finished.output);
    assert!(started.elapsed() < Duration::from_secs(20), "{}", finished.output);
}

#[test]
fn a_word_is_found_in_state_plan_and_transcript() {
    let config = builtin(
        r#"
variable "word" {
  type = string
}
resource "terraform_data" "this" {
  input = var.word
}
"#,
    )
    .with_env("TF_VAR_word", "abracadabra");
    config.plan();
    config.apply_planned();

    let mut found: Vec<_> = config
        .files_that_contain("abracadabra")
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    found.sort();

    assert_eq!(found, ["plan.tfplan", "terraform.tfstate", "transcript.txt"]);
}

/// A configuration without a provider of ours: what fails here is the harness.
fn builtin(main: &str) -> Config {
    Terraform::hosting(Core::choose().unwrap(), &[]).with_override().config(main)
}

fn assert_runs(process: u32) {
    assert!(runs(process), "process {process} has ended");
}

fn assert_ends(process: u32) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while runs(process) {
        assert!(Instant::now() < deadline, "process {process} goes on");
        thread::sleep(Duration::from_millis(20));
    }
}

fn runs(process: u32) -> bool {
    let process = Pid::from_raw(process.try_into().unwrap()).unwrap();
    test_kill_process(process).is_ok()
}
