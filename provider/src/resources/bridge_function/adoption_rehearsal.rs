//! The life of a bridge that began as another's: one of the CDK library.

use checker::{Action, Core, ImportTarget, Object, Refusal};
use expect_test::expect;
use serde_json::{Value as Json, json};

use crate::aws::testing::{Account, Contents, Trouble};
use crate::resources::rehearsal::core;

const TYPE: &str = "modal_bridge_function";
const NAME: &str = "render_spawn";
const SECRET: &str =
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:render_spawn-secret-AbCdEf";

fn config() -> Json {
    json!({
        "name": NAME,
        "app_name": "images",
        "modal_function_name": "render",
        "mode": "spawn",
        "token_secret_arn": SECRET,
    })
}

/// What the library makes, on this runtime, and the log group that Lambda makes for it.
fn made_by_cdk(runtime: &str) -> impl FnOnce(&mut Contents) {
    let configuration = json!({
        "FunctionName": NAME,
        "FunctionArn": format!("arn:aws:lambda:us-east-1:111122223333:function:{NAME}"),
        "Runtime": runtime,
        "Handler": "index.handler",
        "Role": "arn:aws:iam::111122223333:role/render_spawn_role",
        "Timeout": 300,
        "MemorySize": 128,
        "Architectures": ["x86_64"],
        "CodeSha256": "theirs",
        "State": "Active",
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": format!("/aws/lambda/{NAME}") },
        "Environment": { "Variables": {
            "MODAL_INTEGRATION_PATTERN": "spawn",
            "MODAL_APP_NAME": "images",
            "MODAL_ENVIRONMENT_NAME": "main",
            "MODAL_FUNCTION_NAME": "render",
            "MODAL_SECRET_ARN": SECRET,
            "PARAMETERS": "{}",
        } },
    });
    move |contents| {
        let function = json!({ "Configuration": configuration, "Tags": {} });
        contents.functions.insert(NAME.to_owned(), function);
    }
}

fn with_log_group(contents: &mut Contents) {
    let name = format!("/aws/lambda/{NAME}");
    let group = json!({
        "logGroupName": name,
        "arn": format!("arn:aws:logs:us-east-1:111122223333:log-group:{name}:*"),
        "tags": {},
        "logGroupClass": "STANDARD",
    });
    contents.log_groups.insert(name, group);
}

async fn imported(core: &Core) -> Result<Object, Refusal> {
    core.import(TYPE, &ImportTarget::id(NAME)).await
}

async fn applied(core: &Core, prior: &Object) -> Result<Object, Refusal> {
    let planned = core.plan_twice(TYPE, Some(prior), config()).await?;
    assert_eq!(planned.action, Action::Update);
    Ok(core.apply_as_planned(&planned).await.done()?.unwrap())
}

/// What Lambda holds of the function, without its tags.
fn configuration(account: &Account) -> Json {
    account.contents().functions[NAME]["Configuration"].clone()
}

#[tokio::test]
async fn a_bridge_of_the_cdk_library_is_adopted_in_place() {
    let account = Account::new();
    account.edit(made_by_cdk("nodejs22.x"));
    account.edit(with_log_group);
    let core = core(&account).await;

    let adopted = applied(&core, &imported(&core).await.unwrap()).await.unwrap();

    let again = core.plan(TYPE, Some(&adopted), config()).await.unwrap();
    assert_eq!(again.action, Action::NoOp);
    let now = configuration(&account);
    assert_eq!([&now["Runtime"], &now["Handler"]], ["provided.al2023", "bootstrap"]);
    let contents = account.contents();
    let kept = &contents.functions[NAME]["Versions"];
    assert_eq!(kept.as_array().unwrap().len(), 1);
    assert_eq!([&kept[0]["Runtime"], &kept[0]["CodeSha256"]], ["nodejs22.x", "theirs"]);
    // It is the bridge's from now on, and says so.
    let tags = &contents.log_groups.values().next().unwrap()["tags"];
    assert_eq!(tags, &json!({ "modal-bridge:owner": NAME, "team": "images" }));

    // Imported again, it is the same.
    let again = imported(&core).await.unwrap();
    let again = core.plan(TYPE, Some(&again), config()).await.unwrap();
    assert_eq!(again.action, Action::NoOp);
}

#[tokio::test]
async fn a_log_group_that_lambda_made_is_the_bridges_when_an_apply_has_tagged_it() {
    let account = Account::new();
    account.edit(made_by_cdk("nodejs22.x"));
    account.edit(with_log_group);
    let core = core(&account).await;

    // Its name shows as what comes, and how it keeps logs as what changes.
    let prior = imported(&core).await.unwrap();
    let stored = core.stored(TYPE, &prior.value).unwrap();
    assert_eq!([&stored["log_group_name"], &stored["log_group_arn"]], [&Json::Null, &Json::Null]);
    assert_eq!(stored["log_group"]["retention_in_days"], 0);
    let read = core.refresh(TYPE, &prior).await.unwrap().unwrap();
    assert_eq!(core.stored(TYPE, &read.value).unwrap(), stored);
    let planned = core.plan(TYPE, Some(&read), config()).await.unwrap();
    let name = checker::Value::text(format!("/aws/lambda/{NAME}"));
    assert_eq!(planned.value.attribute("log_group_name"), name);

    // Until then, it is not deleted with the bridge.
    let destroyed = core.plan_destroy(TYPE, &read).await.unwrap();
    core.apply_as_planned(&destroyed).await.done().unwrap();
    assert_eq!(account.contents().functions.len(), 0);
    assert_eq!(account.contents().log_groups.len(), 1);
}

#[tokio::test]
async fn the_practitioner_is_told_of_the_way_back_once() {
    let account = Account::new();
    account.edit(made_by_cdk("nodejs22.x"));
    let core = core(&account).await;
    let prior = imported(&core).await.unwrap();
    core.take_warnings();

    let adopted = applied(&core, &prior).await.unwrap();

    let warnings: Vec<_> = core.take_warnings().iter().map(ToString::to_string).collect();
    expect![[r#"
        Warning: Lambda function "render_spawn" was given another runtime and other code

        What it was until now is its version 1, of runtime nodejs22.x with the handler index.handler. To go back, give the function that version's code and settings. Once nobody wants to:

        aws lambda delete-function --function-name render_spawn --qualifier 1"#]].assert_eq(&warnings.join("\n\n"));
    let planned = core.plan(TYPE, Some(&adopted), config()).await.unwrap();
    assert_eq!(planned.action, Action::NoOp);
    assert!(core.take_warnings().is_empty());
}

#[tokio::test]
async fn a_log_group_that_lambda_makes_meanwhile_is_the_bridges() {
    let account = Account::new();
    account.edit(made_by_cdk("python3.12"));
    let core = core(&account).await;
    let prior = imported(&core).await.unwrap();
    account.edit(with_log_group);

    applied(&core, &prior).await.unwrap();

    assert_eq!(account.contents().log_groups.len(), 1);
}

#[tokio::test]
async fn a_log_group_of_another_bridge_is_not() {
    let account = Account::new();
    account.edit(made_by_cdk("python3.12"));
    account.edit(with_log_group);
    account.edit(|contents| {
        let group = contents.log_groups.values_mut().next().unwrap();
        group["tags"] = json!({ "modal-bridge:owner": "another" });
    });
    let core = core(&account).await;
    let refused = applied(&core, &imported(&core).await.unwrap()).await.unwrap_err();
    expect![[r#"
        Error: Cannot create log group "/aws/lambda/render_spawn"

          at .name

        There is such a log group already. It is not this bridge's: choose another name for the bridge, or delete it."#]].assert_eq(&refused.to_string());
}

#[tokio::test]
async fn a_runtime_that_lambda_has_given_up_goes_before_the_code() {
    let account = Account::new();
    account.edit(made_by_cdk("python3.8"));
    let core = core(&account).await;

    applied(&core, &imported(&core).await.unwrap()).await.unwrap();

    assert_eq!(configuration(&account)["Runtime"], "provided.al2023");
}

#[tokio::test]
async fn an_adoption_that_ends_half_way_is_finished_by_the_next() {
    let calm = Account::new();
    calm.edit(made_by_cdk("nodejs22.x"));
    calm.edit(with_log_group);
    let core_of_calm = core(&calm).await;
    applied(&core_of_calm, &imported(&core_of_calm).await.unwrap()).await.unwrap();

    for call in &calm.asked() {
        for trouble in [Trouble::Denied, Trouble::Lost] {
            let what = format!("{call} was {trouble:?}");
            let account = Account::new();
            account.edit(made_by_cdk("nodejs22.x"));
            account.edit(with_log_group);
            let core = core(&account).await;
            let prior = imported(&core).await.unwrap();
            account.trouble(call, trouble);
            let planned = core.plan(TYPE, Some(&prior), config()).await;
            let saved = match planned {
                Ok(planned) => core.apply_as_planned(&planned).await.saved.unwrap(),
                Err(_) => prior,
            };
            account.no_trouble();

            let read = core.refresh(TYPE, &saved).await.unwrap().unwrap();
            let planned = core.plan_twice(TYPE, Some(&read), config()).await.unwrap();
            let mended = core.apply_as_planned(&planned).await.done();
            let mended = mended.unwrap_or_else(|refusal| panic!("{what}: {refusal}")).unwrap();

            let again = core.plan(TYPE, Some(&mended), config()).await.unwrap();
            assert_eq!(again.action, Action::NoOp, "{what}");
            assert_eq!(configuration(&account), configuration(&calm), "{what}");
            let versions = account.contents().functions[NAME]["Versions"].clone();
            assert_eq!(versions[0]["Runtime"], "nodejs22.x", "{what}");
        }
    }
}
