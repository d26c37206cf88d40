//! The life of a trigger, kind by kind.

mod event_rule;
mod http_api;
mod s3;
mod schedule;
mod sns;

use checker::{Core, Object};
use serde_json::{Value as Json, json};

use crate::aws::testing::{Account, Contents, REGION};

const TYPE: &str = "modal_bridge_trigger";

/// An account with the bridges that triggers call, and a bucket that tells others already.
pub(crate) fn furnished() -> Account {
    let account = Account::new();
    account.edit(|contents| {
        for bridge in ["thumbnails", "renders"] {
            let arn = format!("arn:aws:lambda:{REGION}:111122223333:function:{bridge}");
            let function = json!({ "Configuration": { "FunctionArn": arn }, "Tags": {} });
            contents.functions.insert(bridge.to_owned(), function);
        }
        for bucket in ["uploads", "archive"] {
            contents.buckets.insert(bucket.to_owned(), s3::OTHERS.to_owned());
        }
    });
    account
}

/// How many statements allow somebody to invoke a bridge.
fn statements(contents: &Contents) -> usize {
    let policies = contents.functions.values().map(|function| &function["Policy"]);
    policies.map(|policy| policy.as_array().map_or(0, Vec::len)).sum()
}

/// `config` with other values.
fn with(mut config: Json, changes: Json) -> Json {
    config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    config
}

async fn made(core: &Core, config: &Json) -> Object {
    let planned = core.plan(TYPE, None, config).await.unwrap();
    core.apply_as_planned(&planned).await.done().unwrap().unwrap()
}
