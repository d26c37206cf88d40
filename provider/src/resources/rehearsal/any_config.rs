//! Whatever is configured, known or not known yet: the rules hold.
//!
//! A provider may refuse what makes no sense. It may not answer with a plan that it does not keep,
//! with a state that drifts by itself, or with a bug.

use std::cell::Cell;

use checker::{Action, Core, Object, Planned, Refusal, arbitrary};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use tokio::runtime::Runtime;

use super::core;
use super::random::{self, Plausible, RandomConfig};
use crate::aws::testing::Account;
use crate::resources::bridge_trigger::furnished;

/// How much is tried.
struct Trials {
    /// How many configurations are planned.
    cases: u32,
    /// How many of them at least must pass validation: else the test would try nothing.
    planned: usize,
    /// Of those, one in so many is applied as well. Uploading the code takes its time.
    applied_one_in: usize,
}

#[test]
fn a_role_keeps_the_rules_whatever_is_configured() {
    let plausible: Plausible = |name| match name {
        "name" => &["images", "renders"],
        "workspace_id" => &["ac-1", "ac-Other"],
        "environment_name" => &["main", "dev", "*"],
        "app_name" => &["images", "renders"],
        "function_name" => &["make", "Model.predict", "Model", "make*"],
        "access" => &["read", "write", "read_write"],
        "resource_arns" => &["arn:aws:s3:::uploads", "arn:aws:s3:::results"],
        "policy_arns" => &["arn:aws:iam::aws:policy/One", "arn:aws:iam::aws:policy/Two"],
        "max_session_duration" => &["3600", "7200", "43200"],
        "name_prefix" => &["images-", "renders-"],
        "path" => &["/", "/modal/"],
        "audience" => &["oidc.modal.com", "other"],
        "oidc_provider_arn" => &["arn:aws:iam::111122223333:oidc-provider/oidc.modal.com"],
        "additional_trust_statements" => {
            &["[]", r#"[{"Effect":"Deny","Principal":"*","Action":"sts:TagSession"}]"#]
        }
        "permissions_boundary" => &["arn:aws:iam::aws:policy/One"],
        "inline_policies" => &[
            r#"{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}"#,
            r#"{ "Statement": [{"Effect":"Deny","Action":["s3:*"],"Resource":["*"]}] }"#,
        ],
        "prefixes" => &["in/", "out/"],
        "kms_key_arns" => &["arn:aws:kms:us-east-1:111122223333:key/0a1b"],
        "sid" => &["One", "Two", "Three", "Four", "Five", "Six", "Seven"],
        _ => &[],
    };
    let trials = Trials { cases: 300, planned: 30, applied_one_in: 1 };
    check("modal_oidc_role", &trials, plausible);
}

#[test]
fn an_oidc_provider_keeps_the_rules_whatever_is_configured() {
    let plausible: Plausible = |name| match name {
        "client_id_list" => &["oidc.modal.com", "ours"],
        _ => &[],
    };
    let trials = Trials { cases: 200, planned: 30, applied_one_in: 1 };
    check("modal_oidc_provider", &trials, plausible);
}

#[test]
fn a_secret_keeps_the_rules_whatever_is_configured() {
    let plausible: Plausible = |name| match name {
        "name" | "name_prefix" => &["modal", "modal/prod"],
        "token_id" | "token_id_wo" => &["ak-1", "ak-2"],
        "token_secret_wo_version" => &["1", "2"],
        "workspace_id" => &["ac-1"],
        "policy" => &[
            r#"{"Version":"2012-10-17","Statement":[]}"#,
            r#"{ "Statement": [], "Version": "2012-10-17" }"#,
        ],
        "create" | "update" | "delete" => &["30s", "1h30m"],
        "token_secret" | "token_secret_wo" => &["as-1", "as-2"],
        "recovery_window_in_days" => &["0", "7", "30"],
        "region" => &["us-east-1", "eu-west-1"],
        _ => &[],
    };
    let trials = Trials { cases: 800, planned: 25, applied_one_in: 1 };
    check("modal_token_secret", &trials, plausible);
}

#[test]
fn a_bridge_keeps_the_rules_whatever_is_configured() {
    let plausible: Plausible = |name| match name {
        "name" => &["images", "renders"],
        "name_prefix" => &["images", "im"],
        "role_arn" => &["arn:aws:iam::111122223333:role/mine"],
        "role_name" => &["images", "runner"],
        "role_path" => &["/", "/ml/"],
        "permissions_boundary" => &["arn:aws:iam::aws:policy/One"],
        "additional_policy_arns" => &["arn:aws:iam::aws:policy/One", "arn:aws:iam::aws:policy/Two"],
        "region" => &["us-east-1", "eu-west-1"],
        "app_name" => &["images", "renders"],
        "modal_function_name" => &["make", "Model.predict"],
        "environment_name" => &["main", "dev"],
        "mode" => &["spawn", "remote", "Active"],
        "params" => &["{}", r#"{"width":128}"#, r#"{ "width": 1.28e2, "\u0065\u0301": "é" }"#],
        "token_secret_arn" => {
            &["arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf"]
        }
        "timeout" => &["30", "900"],
        "memory_size" => &["128", "256"],
        "architecture" => &["arm64", "x86_64"],
        "retention_in_days" => &["0", "14", "3653"],
        "kms_key_id" => &["arn:aws:kms:us-east-1:111122223333:key/1"],
        "log_group_class" => &["STANDARD", "INFREQUENT_ACCESS"],
        "reserved_concurrent_executions" => &["-1", "0", "7"],
        "statement_id" => &["uploads", "nightly", "topic"],
        "service" => &["s3", "events", "sns.amazonaws.com"],
        "principal" => &["111122223333", "arn:aws:iam::111122223333:role/caller"],
        "source_arn" => &["arn:aws:s3:::uploads"],
        "source_account" => &["111122223333"],
        "principal_org_id" => &["o-1"],
        "action" => &["lambda:InvokeFunction"],
        "description" => &["Makes thumbnails."],
        "kms_key_arn" => &["arn:aws:kms:us-east-1:111122223333:key/1"],
        "layers" => &["arn:aws:lambda:us-east-1:111122223333:layer:certificates:1"],
        "variables" => &["1", "two"],
        "subnet_ids" => &["subnet-1", "subnet-2"],
        "security_group_ids" => &["sg-1"],
        "log_format" => &["JSON", "Text"],
        "application_log_level" => &["TRACE", "INFO"],
        "system_log_level" => &["DEBUG", "INFO"],
        "size" => &["512", "1024"],
        "target_arn" => &["arn:aws:sqs:us-east-1:111122223333:failed"],
        "app_version" | "secret_cache_ttl" | "ttl_seconds" => &["1", "60"],
        "batch_mode" => &["batch", "record"],
        "record_concurrency" => &["1", "100"],
        "response_format" => &["auto", "envelope", "result", "http"],
        "on_timeout" => &["cancel", "abandon"],
        "table_name" => &["seen", "arn:aws:dynamodb:us-east-1:111122223333:table/seen"],
        "key_path" => &["detail.id"],
        "event_source_arns" => &[
            "arn:aws:sqs:us-east-1:111122223333:jobs",
            "arn:aws:kinesis:us-east-1:111122223333:stream/clicks",
        ],
        "code_size" => &["7"],
        "code_signing_config_arn" => {
            &["arn:aws:lambda:us-east-1:111122223333:code-signing-config:csc-1"]
        }
        "authorization_type" => &["AWS_IAM", "NONE"],
        "invoke_mode" => &["BUFFERED", "RESPONSE_STREAM"],
        "max_age" | "maximum_event_age_in_seconds" => &["60", "3600"],
        "maximum_retry_attempts" => &["0", "2"],
        "destination" => &["arn:aws:sqs:us-east-1:111122223333:failed", "arn:aws:s3:::failed"],
        "create" | "update" | "delete" => &["30s", "1h30m"],
        _ => &[],
    };
    // Most are refused: two names, two roles, two principals of a trigger, levels of a log that has
    // none.
    let trials = Trials { cases: 1200, planned: 15, applied_one_in: 4 };
    check("modal_bridge_function", &trials, plausible);
}

#[test]
fn an_event_source_keeps_the_rules_whatever_is_configured() {
    let plausible: Plausible = |name| match name {
        "bridge_name" => &["worker", "arn:aws:lambda:us-east-1:111122223333:function:worker"],
        "event_source_arn" => &[
            "arn:aws:sqs:us-east-1:111122223333:jobs",
            "arn:aws:kinesis:us-east-1:111122223333:stream/clicks",
            "arn:aws:dynamodb:us-east-1:111122223333:table/orders/stream/1",
        ],
        "region" => &["us-east-1"],
        "batch_size" => &["1", "10"],
        "maximum_batching_window_in_seconds" => &["0", "5"],
        "function_response_types" => &["ReportBatchItemFailures"],
        "kms_key_arn" => &["arn:aws:kms:us-east-1:111122223333:key/1"],
        "starting_position" => &["LATEST", "TRIM_HORIZON"],
        "starting_position_timestamp" => &["2026-01-31T12:00:00Z"],
        "parallelization_factor" => &["1", "10"],
        "maximum_record_age_in_seconds" => &["-1", "60"],
        "maximum_retry_attempts" => &["-1", "0", "3"],
        "pattern" => &["{}", r#"{"body":["a"]}"#],
        "destination_arn" => &["arn:aws:sqs:us-east-1:111122223333:failed", "arn:aws:s3:::failed"],
        "maximum_concurrency" => &["2", "1000"],
        "create" | "update" | "delete" => &["30s", "1h30m"],
        _ => &[],
    };
    // Most are refused: a queue has nothing of what a stream has.
    let trials = Trials { cases: 300, planned: 15, applied_one_in: 1 };
    check_in(Account::with_worker, "modal_bridge_event_source", &trials, plausible);
}

#[test]
fn a_trigger_keeps_the_rules_whatever_is_configured() {
    let plausible: Plausible = |name| match name {
        "bridge_name" => {
            &["thumbnails", "arn:aws:lambda:us-east-1:111122223333:function:thumbnails"]
        }
        "region" => &["us-east-1"],
        "bucket" => &["uploads", "archive"],
        "events" => &["s3:ObjectCreated:*", "s3:ObjectTagging:Put"],
        "prefix" => &["in/", "out/"],
        "suffix" => &[".png", ".jpg"],
        "name" => &["uploads", "thumbnails"],
        "route_key" => &["$default", "POST /uploads"],
        "allow_origins" => &["*", "https://example.com"],
        "allow_methods" | "allow_headers" | "expose_headers" => &["*", "POST"],
        "max_age" | "burst_limit" => &["0", "60"],
        "rate_limit" => &["0", "2.5"],
        "topic_arn" => &["arn:aws:sns:us-east-1:111122223333:alerts"],
        "filter_policy" | "event_pattern" => &[r#"{"source":["shop"]}"#],
        "filter_policy_scope" => &["MessageAttributes", "MessageBody"],
        "redrive_policy" => {
            &[r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:failed"}"#]
        }
        "expression" => &["rate(5 minutes)", "cron(0 3 * * ? *)"],
        "timezone" => &["UTC", "Europe/Berlin"],
        "start" | "end" => &["2030-01-31T12:00:00Z", "2031-01-31T12:00:00Z"],
        "flexible_window" => &["5", "60"],
        "input" => &["{}", r#"{"night":true}"#],
        "state" => &["ENABLED", "DISABLED"],
        "event_bus_name" => &["default"],
        "input_paths" => &["$.detail"],
        "input_template" => &[r#"{"a":1}"#],
        "maximum_event_age_in_seconds" => &["60", "3600"],
        "maximum_retry_attempts" => &["0", "2"],
        "dead_letter_arn" => &["arn:aws:sqs:us-east-1:111122223333:failed"],
        "create" | "update" | "delete" => &["30s", "1h30m"],
        _ => &[],
    };
    let trials = Trials { cases: 400, planned: 40, applied_one_in: 1 };
    check_in(furnished, "modal_bridge_trigger", &trials, plausible);
}

#[test]
fn no_type_minds_what_hardly_anybody_would_write() {
    for type_name in [
        "modal_oidc_role",
        "modal_oidc_provider",
        "modal_token_secret",
        "modal_bridge_function",
        "modal_bridge_event_source",
        "modal_bridge_trigger",
    ] {
        let runtime = runtime();
        let core = runtime.block_on(core(&Account::new()));
        let configs = arbitrary::configuration(&core.resource(type_name).block);
        let outcome = runner(100).run(&configs, |config| {
            let planned = runtime.block_on(core.plan_twice(type_name, None, &config));
            let sensible = planned.map(drop).or_else(sensible);
            sensible.map_err(|refusal| TestCaseError::fail(refusal.to_string()))
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
    }
}

fn check(type_name: &str, trials: &Trials, plausible: Plausible) {
    check_in(Account::new, type_name, trials, plausible);
}

/// The same in accounts where something is already.
fn check_in(account: fn() -> Account, type_name: &str, trials: &Trials, plausible: Plausible) {
    let runtime = runtime();
    let schema = runtime.block_on(core(&Account::new())).resource(type_name).block.clone();
    let configs = (random::config(&schema, plausible), random::config(&schema, plausible));
    let passed = Cell::new(0_usize);
    let outcome = runner(trials.cases).run(&configs, |(first, second)| {
        let life = runtime.block_on(async {
            let core = core(&account()).await;
            let Some(planned) = plan(&core, type_name, None, &first).await? else { return Ok(()) };
            passed.set(passed.get() + 1);
            if !passed.get().is_multiple_of(trials.applied_one_in) {
                return Ok(());
            }
            let Some(object) = apply(&core, &planned, &first).await? else { return Ok(()) };
            let object = match plan(&core, type_name, Some(&object), &second).await? {
                Some(planned) => apply(&core, &planned, &second).await?,
                None => Some(object),
            };
            let Some(object) = object else { return Ok(()) };
            let destroyed = core.plan_destroy(type_name, &object).await?;
            core.apply_as_planned(&destroyed).await.done().map(drop)
        });
        life.map_err(|refusal| TestCaseError::fail(refusal.to_string()))
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(passed.get() >= trials.planned, "only {} passed validation", passed.get());
}

/// Plans what is known so far, and again what is known in the end. `None` where that is refused.
async fn plan(
    core: &Core,
    type_name: &str,
    prior: Option<&Object>,
    config: &RandomConfig,
) -> Result<Option<Planned>, Refusal> {
    let planned = match core.plan_twice(type_name, prior, &config.planned).await {
        Ok(planned) => planned,
        Err(refusal) => return sensible(refusal).map(|()| None),
    };
    // The final plan of a replacement is made when the first half of it is done.
    let current = prior.filter(|_| planned.action != Action::Replace);
    match core.plan_again(&planned, current, &config.known).await {
        Ok(_) => Ok(Some(planned)),
        Err(refusal) => sensible(refusal).map(|()| None),
    }
}

/// Applies, reads, and plans once more. `None` where the provider refused and nothing is there.
async fn apply(
    core: &Core,
    planned: &Planned,
    config: &RandomConfig,
) -> Result<Option<Object>, Refusal> {
    let type_name = planned.type_name.as_str();
    let applied = core.apply(planned, &config.known).await;
    let succeeded = applied.outcome.is_ok();
    if let Err(refusal) = applied.outcome {
        sensible(refusal)?;
    }
    let Some(saved) = applied.saved else { return Ok(None) };
    let Some(read) = core.refresh(type_name, &saved).await? else { return Ok(None) };
    if succeeded {
        assert_eq!(read.value, saved.value, "nobody changed it");
        let again = core.plan(type_name, Some(&read), &config.known).await?;
        assert_eq!(again.action, Action::NoOp, "{:?}", again.value);
    }
    Ok(Some(read))
}

/// A refusal in the practitioner's terms is fine.
fn sensible(refusal: Refusal) -> Result<(), Refusal> {
    match &refusal {
        Refusal::Provider(_) if !refusal.to_string().contains("The provider hit a bug") => Ok(()),
        _ => Err(refusal),
    }
}

/// The same configurations in every run: a failure of CI is one on the next machine too.
fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
