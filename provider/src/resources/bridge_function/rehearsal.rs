//! The life of a bridge.

use checker::{Action, Core, Import, ImportTarget, Life, Object, Refinement, refined};
use expect_test::expect;
use serde_json::{Value as Json, json};

use crate::aws::testing::{Account, Contents};
use crate::bridge_package;
use crate::resources::rehearsal::{
    core, objects, plans_before_the_provider_is_known, reads_older_state, survives_trouble,
    survives_trouble_with,
};

pub(super) const TYPE: &str = "modal_bridge_function";

pub(super) fn thumbnails() -> Json {
    json!({
        "name": "thumbnails",
        "app_name": "images",
        "modal_function_name": "Model.render",
        "mode": "remote",
        "params": r#"{"width":128}"#,
        "token_secret_arn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf",
        "memory_size": 512,
        "tags": { "env": "dev" },
    })
}

/// The same with other values.
pub(super) fn thumbnails_with(changes: Json) -> Json {
    let mut config = thumbnails();
    config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    config
}

pub(super) async fn made(core: &Core, config: &Json) -> Object {
    let planned = core.plan(TYPE, None, config).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap().unwrap()
}

/// The object without when its function was changed last.
fn but_its_time(core: &Core, object: &Object) -> Json {
    let mut stored = core.stored(TYPE, &object.value).unwrap();
    stored["last_modified"].take();
    stored
}

#[tokio::test]
async fn a_bridge_lives_by_the_rules() {
    for import in [Import::by_id("thumbnails"), Import::by_identity()] {
        let account = Account::new();
        let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:other-AbCdEf";
        let life = Life::new(thumbnails())
            .import(import)
            .update(thumbnails_with(json!({ "modal_function_name": "resize" })))
            .update(thumbnails_with(json!({ "app_name": "other", "environment_name": "dev" })))
            // Another timeout unless set.
            .update(thumbnails_with(json!({ "mode": "spawn" })))
            .update(thumbnails_with(json!({ "timeout": 900, "memory_size": null })))
            .update(thumbnails_with(json!({ "params": null })))
            .update(thumbnails_with(json!({
                "app_version": 3,
                "batch_mode": "record",
                "record_concurrency": 20,
                "response_format": "http",
                "on_timeout": "abandon",
                "pass_context": true,
                "log_event": true,
                "metrics_enabled": false,
                "secret_cache_ttl": 0,
                "idempotency": { "table_name": "seen", "key_path": "detail.id" },
            })))
            .update(thumbnails_with(json!({
                "idempotency": { "table_name": "seen", "ttl_seconds": 86_400 },
                "event_source_arns": ["arn:aws:sqs:us-east-1:111122223333:jobs"],
            })))
            .update(thumbnails_with(json!({ "token_secret_arn": secret })))
            .update(thumbnails_with(json!({ "tags": { "env": "prod", "team": "mine" } })))
            .update(thumbnails_with(json!({
                "description": "Makes thumbnails.",
                "kms_key_arn": "arn:aws:kms:us-east-1:111122223333:key/1",
                "layers": ["arn:aws:lambda:us-east-1:111122223333:layer:certificates:1"],
                "environment": { "variables": { "RUST_BACKTRACE": "1" } },
                "vpc_config": { "subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"] },
                "tracing_config": { "mode": "Active" },
                "logging_config": { "application_log_level": "DEBUG" },
                "ephemeral_storage": { "size": 1024 },
                "dead_letter_config": {
                    "target_arn": "arn:aws:sqs:us-east-1:111122223333:failed",
                },
            })))
            .update(thumbnails_with(json!({
                "log_group": { "retention_in_days": 0, "kms_key_id": "arn:aws:kms:…:key/1" },
            })))
            .update(thumbnails_with(json!({
                "log_group": { "retention_in_days": 30, "log_group_class": "STANDARD" },
            })))
            .update(thumbnails_with(json!({
                "reserved_concurrent_executions": 5,
                "allowed_trigger": [
                    { "statement_id": "uploads", "service": "s3", "source_arn": "arn:aws:s3:::a" },
                    { "statement_id": "others", "principal": "arn:aws:iam::999988887777:root" },
                ],
            })))
            .update(thumbnails_with(json!({
                "paused": true,
                "allowed_trigger": [
                    { "statement_id": "uploads", "service": "s3", "source_arn": "arn:aws:s3:::b" },
                ],
            })))
            .update(thumbnails_with(json!({
                "function_url": { "authorization_type": "NONE" },
                "event_invoke_config": { "maximum_retry_attempts": 0 },
            })))
            .update(thumbnails_with(json!({
                "function_url": {
                    "authorization_type": "AWS_IAM",
                    "invoke_mode": "BUFFERED",
                    "cors": {
                        "allow_credentials": true,
                        "allow_headers": ["x-b", "x-a"],
                        "allow_methods": ["GET", "POST"],
                        "allow_origins": ["https://example.com"],
                        "expose_headers": ["date"],
                        "max_age": 60,
                    },
                },
                "event_invoke_config": {
                    "maximum_event_age_in_seconds": 60,
                    "maximum_retry_attempts": 2,
                    "destination_config": {
                        "on_success": { "destination": "arn:aws:sns:us-east-1:111122223333:done" },
                        "on_failure": { "destination": "arn:aws:sqs:us-east-1:111122223333:failed" },
                    },
                },
            })))
            .update(thumbnails_with(json!({
                "response_format": "result",
                "function_url": {
                    "authorization_type": "NONE",
                    "invoke_mode": "RESPONSE_STREAM",
                    "cors": {},
                },
                "event_invoke_config": { "destination_config": {} },
            })))
            .update(thumbnails_with(json!({
                "publish": true,
                "code_signing_config_arn":
                    "arn:aws:lambda:us-east-1:111122223333:code-signing-config:csc-1",
                "auto_upgrade": false,
                "vpc_config": { "subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"] },
                "replace_security_groups_on_destroy": true,
                "replacement_security_group_ids": ["sg-2"],
            })))
            .update(thumbnails_with(json!({ "publish": true, "memory_size": 1024 })))
            .update(thumbnails_with(json!({
                "publish": true,
                "package": { "s3_bucket": "code", "s3_key": "bridge.zip" },
            })))
            .update(thumbnails_with(json!({
                "package": {
                    "s3_bucket": "code",
                    "s3_key": "bridge.zip",
                    "s3_object_version": "2",
                    "source_code_hash": "other",
                },
            })))
            // As usual, and said so.
            .update(thumbnails_with(json!({
                "layers": [],
                "environment": {},
                "tracing_config": { "mode": "PassThrough" },
                "logging_config": { "log_format": "JSON", "system_log_level": "INFO" },
                "ephemeral_storage": { "size": 512 },
                "log_group": { "retention_in_days": 14, "skip_destroy": false },
            })))
            .update(thumbnails_with(json!({ "logging_config": { "log_format": "Text" } })))
            .update(thumbnails_with(json!({ "name": "renders" })))
            .update(thumbnails_with(json!({ "name": "renders", "region": "eu-west-1" })));

        let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

        let mut expected = vec![Action::Update; 26];
        (expected[0], expected[24], expected[25]) =
            (Action::Create, Action::Replace, Action::Replace);
        assert_eq!(report.actions, expected);
        let left = account.contents();
        let left = (left.functions.len(), left.roles.len(), left.log_groups.len());
        assert_eq!(left, (0, 0, 0));
    }
}

#[tokio::test]
async fn a_derived_name_is_kept_whatever_it_was_made_of() {
    let account = Account::new();
    let unnamed = thumbnails_with(json!({ "name": null }));
    let mut renamed = unnamed.clone();
    renamed["app_name"] = "other".into();
    let life = Life::new(unnamed).update(renamed);

    let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

    assert_eq!(report.actions, [Action::Create, Action::Update]);
    let name = |index: usize| report.objects[index].value.attribute("name");
    assert_eq!(name(0), name(1));
}

#[tokio::test]
async fn a_name_that_is_made_up_is_kept() {
    let account = Account::new();
    let of_prefix = |prefix: &str| thumbnails_with(json!({ "name": null, "name_prefix": prefix }));
    let mut other_app = of_prefix("thumb-");
    other_app["app_name"] = "other".into();
    let life = Life::new(of_prefix("thumb-"))
        .update(other_app)
        // The name begins so, too.
        .update(of_prefix("thumb"))
        .update(of_prefix("small-"))
        .update(thumbnails());

    let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();

    use Action::{Create, Replace, Update};
    assert_eq!(report.actions, [Create, Update, Update, Replace, Replace]);
    let name = |index: usize| report.objects[index].value.attribute("name");
    assert_eq!((name(0), name(1)), (name(1), name(2)));
    assert_ne!(name(2), name(3));
}

#[tokio::test]
async fn another_architecture_is_other_code() {
    for package in bridge_package::bundled() {
        let account = Account::new();
        let other = thumbnails_with(json!({ "architecture": package.architecture }));
        let life = Life::new(thumbnails()).update(other).without_unknowns();
        let report = core(&account).await.rehearse(TYPE, &life).await.unwrap();
        let is_default = package.architecture == bridge_package::default_architecture();
        let expected = if is_default { Action::NoOp } else { Action::Update };
        assert_eq!(report.actions, [Action::Create, expected]);
    }
}

#[tokio::test]
async fn another_spelling_of_the_params_is_no_change() {
    let core = core(&Account::new()).await;
    let made = made(&core, &thumbnails()).await;
    let spaced = thumbnails_with(json!({ "params": r#"{ "width": 128 }"# }));
    let planned = core.plan_twice(TYPE, Some(&made), spaced).await.unwrap();
    assert_eq!(planned.action, Action::NoOp);
}

#[tokio::test]
async fn an_arn_of_which_only_the_beginning_is_known_is_planned() {
    let core = core(&Account::new()).await;
    let begun = refined(Refinement::prefix("arn:aws:secretsmanager:"));
    let begun = thumbnails_with(json!({ "token_secret_arn": begun }));
    let planned = core.plan_twice(TYPE, None, begun).await.unwrap();
    let made = core.apply(&planned, thumbnails()).await.done().unwrap();
    let again = core.plan(TYPE, made.as_ref(), thumbnails()).await.unwrap();
    assert_eq!(again.action, Action::NoOp);
}

#[tokio::test]
async fn whatever_somebody_took_away_is_made_again() {
    let takes: [fn(&mut Contents); 5] = [
        |contents| contents.functions.clear(),
        |contents| contents.roles.clear(),
        |contents| contents.log_groups.clear(),
        |contents| {
            contents.functions.clear();
            contents.roles.clear();
        },
        |contents| contents.roles.values_mut().for_each(|role| role.policies.clear()),
    ];
    for (number, take) in takes.into_iter().enumerate() {
        let account = Account::new();
        let core = core(&account).await;
        let made = made(&core, &thumbnails()).await;
        account.edit(take);

        let read = core.refresh(TYPE, &made).await.unwrap().unwrap();
        core.plan_unknowns(TYPE, Some(&read), thumbnails()).await.unwrap();
        let planned = core.plan_twice(TYPE, Some(&read), thumbnails()).await.unwrap();
        assert_eq!(planned.action, Action::Update, "take {number}");
        let mended = core.apply_as_planned(&planned).await.done().unwrap().unwrap();

        let (mended_so, made_so) = (but_its_time(&core, &mended), but_its_time(&core, &made));
        assert_eq!(mended_so, made_so, "take {number}");
        let again = core.plan(TYPE, Some(&mended), thumbnails()).await.unwrap();
        assert_eq!(again.action, Action::NoOp, "take {number}");
    }
}

#[tokio::test]
async fn what_somebody_else_changed_is_planned_back() {
    let account = Account::new();
    let core = core(&account).await;
    let made = made(&core, &thumbnails()).await;
    account.edit(|contents| {
        let function = &mut contents.functions.get_mut("thumbnails").unwrap()["Configuration"];
        function["Timeout"] = json!(3);
        function["Role"] = json!("arn:aws:iam::111122223333:role/powerful");
        function["CodeSha256"] = json!("theirs");
        function["Environment"]["Variables"]["PARAMETERS"] = json!("[]");
    });

    let read = core.refresh(TYPE, &made).await.unwrap().unwrap();
    core.plan_unknowns(TYPE, Some(&read), thumbnails()).await.unwrap();
    let planned = core.plan_twice(TYPE, Some(&read), thumbnails()).await.unwrap();
    assert_eq!(planned.action, Action::Update);
    let mended = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    assert_eq!(but_its_time(&core, &mended), but_its_time(&core, &made));
}

#[tokio::test]
async fn a_plan_made_without_aws_is_kept() {
    let (created, updated) = (
        thumbnails_with(json!({ "name": null })),
        thumbnails_with(json!({ "name": null, "mode": "spawn", "params": null })),
    );
    plans_before_the_provider_is_known(TYPE, &created, &updated).await;
}

#[tokio::test]
async fn state_of_an_older_provider_is_read() {
    reads_older_state(TYPE, &thumbnails(), &["name", "execution_role_arn"]).await;
}

#[tokio::test]
async fn whatever_is_denied_or_lost_is_made_good_later() {
    let changes = json!({ "mode": "spawn", "tags": null, "memory_size": 128 });
    let changed = thumbnails_with(changes);
    survives_trouble(TYPE, &thumbnails(), &changed).await;
    let of_prefix = |prefix: &str| thumbnails_with(json!({ "name": null, "name_prefix": prefix }));
    let configs = [&of_prefix("thumb-"), &of_prefix("other-")];
    survives_trouble_with(core, Account::new, objects, TYPE, configs).await;
}

#[tokio::test]
async fn whatever_is_denied_or_lost_of_urls_and_asynchronous_events_is_made_good_later() {
    let url = |kind: &str, origin: &str| json!({ "authorization_type": kind, "cors": { "allow_origins": [origin] } });
    let events = |attempts: i64| json!({ "maximum_retry_attempts": attempts });
    let with = |url: Json, events: Json| {
        thumbnails_with(json!({ "function_url": url, "event_invoke_config": events }))
    };
    let open = with(url("NONE", "*"), events(0));
    survives_trouble(TYPE, &open, &with(url("AWS_IAM", "https://example.com"), events(1))).await;
    survives_trouble(TYPE, &open, &thumbnails()).await;
}

#[tokio::test]
async fn whatever_is_denied_or_lost_of_a_vpc_is_made_good_later() {
    let inside = |group: &str| {
        thumbnails_with(json!({
            "vpc_config": { "subnet_ids": ["subnet-1"], "security_group_ids": [group] },
            "replace_security_groups_on_destroy": true,
            "replacement_security_group_ids": ["sg-3"],
        }))
    };
    survives_trouble(TYPE, &inside("sg-1"), &inside("sg-2")).await;
    survives_trouble(TYPE, &thumbnails(), &inside("sg-1")).await;
}

#[tokio::test]
async fn the_role_stays_until_lambda_has_deleted_the_interfaces() {
    let vpc = json!({ "subnet_ids": ["a", "b"], "security_group_ids": ["sg-1"] });
    let inside = thumbnails_with(json!({ "vpc_config": vpc }));
    let account = Account::new();
    let core = core(&account).await;
    let ours = made(&core, &inside).await;
    assert_eq!(account.contents().interfaces.len(), 2);
    let mut neighbour = inside.clone();
    neighbour["name"] = "neighbour".into();
    neighbour["vpc_config"]["subnet_ids"] = json!(["b"]);
    let neighbour = made(&core, &neighbour).await;

    // One of them is the neighbour's as well.
    for (object, left) in [(ours, 1), (neighbour, 0)] {
        let destroyed = core.plan_destroy(TYPE, &object).await.unwrap();
        core.apply_as_planned(&destroyed).await.done().unwrap();
        let contents = account.contents();
        assert_eq!((contents.interfaces.len(), contents.roles.len()), (left, left));
    }
}

#[tokio::test]
async fn a_url_that_somebody_changed_is_planned_back() {
    let changes: [fn(&mut Json); 6] = [
        |function| function["url"]["AuthType"] = "AWS_IAM".into(),
        |function| function["url"]["Cors"] = json!({}),
        |function| function["url"]["InvokeMode"] = "RESPONSE_STREAM".into(),
        |function| function["Policy"] = json!([]),
        |function| function["Policy"][1]["Condition"] = json!({}),
        |function| function["event-invoke-config"] = Json::Null,
    ];
    let config = thumbnails_with(json!({
        "function_url": { "authorization_type": "NONE", "cors": { "allow_origins": ["*"] } },
        "event_invoke_config": { "maximum_retry_attempts": 1 },
    }));
    for (number, change) in changes.into_iter().enumerate() {
        let account = Account::new();
        let core = core(&account).await;
        let made = made(&core, &config).await;
        account.edit(|contents| change(contents.functions.get_mut("thumbnails").unwrap()));

        let read = core.refresh(TYPE, &made).await.unwrap().unwrap();
        let planned = core.plan_twice(TYPE, Some(&read), config.clone()).await.unwrap();
        assert_eq!(planned.action, Action::Update, "change {number}");
        let mended = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
        assert_eq!(mended.value, made.value, "change {number}");
        let again = core.plan(TYPE, Some(&mended), &config).await.unwrap();
        assert_eq!(again.action, Action::NoOp, "change {number}");
    }
}

#[tokio::test]
async fn a_url_that_was_there_becomes_the_planned_one() {
    let account = Account::new();
    let core = core(&account).await;
    let plain = made(&core, &thumbnails()).await;
    account.edit(|contents| {
        contents.functions.get_mut("thumbnails").unwrap()["url"] = json!({
            "AuthType": "AWS_IAM", "FunctionUrl": "https://before.lambda-url.us-east-1.on.aws/",
            "FunctionArn": "arn", "CreationTime": "2026-01-01T00:00:00Z",
        });
    });
    // It is none of this bridge's, as long as the bridge asks for none.
    let again = core.refresh(TYPE, &plain).await.unwrap().unwrap();
    assert_eq!(again.value, plain.value);

    let open = thumbnails_with(json!({ "function_url": { "authorization_type": "NONE" } }));
    let planned = core.plan(TYPE, Some(&again), &open).await.unwrap();
    let taken = core.apply_as_planned(&planned).await.done().unwrap().unwrap();
    let expected = "https://before.lambda-url.us-east-1.on.aws/";
    assert_eq!(taken.value.attribute("url"), checker::Value::text(expected));
}

#[tokio::test]
async fn an_identity_of_another_place_is_refused_by_both_names() {
    let core = core(&Account::new()).await;
    let refused = async |identity: Json| {
        let refusal = core.import(TYPE, &ImportTarget::identity(identity)).await.unwrap_err();
        refusal.to_string()
    };
    let identity = json!({ "name": "thumbnails", "account_id": "999988887777" });
    expect![[r#"
        Error: Cannot import bridge function "thumbnails"

        The identity names account 999988887777, and this provider works in account 111122223333. Import it with a provider block for account 999988887777."#]].assert_eq(&refused(identity).await);
    expect![[r#"
        Error: Cannot import bridge function "thumbnails"

        There is no such Lambda function in this account in eu-west-1. The id to import by is its name, or name@region."#]].assert_eq(&refused(json!({ "name": "thumbnails", "region": "eu-west-1" })).await);
}

#[tokio::test]
async fn bridges_are_listed_page_by_page_with_their_states() {
    let account = Account::new();
    let core = core(&account).await;
    let first = made(&core, &thumbnails()).await;
    for name in ["a", "z"] {
        made(&core, &thumbnails_with(json!({ "name": name, "mode": "spawn" }))).await;
    }
    account.edit(|contents| {
        let other = &mut contents.functions.get_mut("a").unwrap()["Configuration"];
        other["Environment"]["Variables"].as_object_mut().unwrap().remove("MODAL_APP_NAME");
    });

    let found = core.list(TYPE, json!({}), true, 10).await.unwrap();
    let names: Vec<_> = found.iter().map(|listed| listed.display_name.as_str()).collect();
    assert_eq!(
        names,
        ["thumbnails (main/images/Model.render, remote)", "z (main/images/Model.render, spawn)"]
    );
    assert_eq!(found[0].object.as_ref(), Some(&first.value));
    assert_eq!(found[0].identity.attribute("name"), first.value.attribute("name"));

    assert_eq!(core.list(TYPE, json!({}), false, 1).await.unwrap().len(), 1);
    assert!(core.list(TYPE, json!({ "region": "eu-west-1" }), true, 10).await.unwrap().is_empty());
}
