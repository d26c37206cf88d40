//! `modal_token_secret`.

use serde_json::{Value as Json, json};

use super::{Scenario, nothing, text, with};
use crate::TOKEN_SECRET;

fn token(_: &str) -> Json {
    json!({
        "name": "modal",
        "token_id": "ak-1",
        "token_secret_wo": TOKEN_SECRET,
        "recovery_window_in_days": 0,
    })
}

fn tagged(account: &str) -> Json {
    with(
        token(account),
        &json!({
            "description": "Of the workspace",
            "policy": policy(account),
            "replica": [{ "region": "us-west-2" }],
            "tags": { "env": "dev", "team": "ml" },
        }),
    )
}

fn changed(account: &str) -> Json {
    with(
        token(account),
        &json!({
            "description": "Of another workspace",
            "token_id": "ak-2",
            "replica": [{ "region": "eu-west-1" }],
            "tags": { "env": "prod" },
        }),
    )
}

fn policy(account: &str) -> String {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }] })
    .to_string()
}

/// With all that a secret can have.
pub(super) fn full() -> Scenario {
    Scenario {
        name: "token_secret",
        type_name: "modal_token_secret",
        set_up: nothing,
        create: tagged,
        updates: &[changed],
        import_id: |state| text(state, "arn"),
        services: &["secretsmanager"],
        stays: &[],
    }
}

/// In place of one that waits to be deleted.
fn patient(account: &str) -> Json {
    with(token(account), &json!({ "recovery_window_in_days": 7 }))
}

/// Of whose name one waits to be deleted, as it does again when it is destroyed.
pub(super) fn replaced() -> Scenario {
    Scenario {
        name: "token_secret, restored",
        set_up: |account| {
            let secret = json!({"Name": "modal", "SecretString": "before"});
            account.call("secretsmanager", "create_secret", secret);
            let request = json!({"SecretId": "modal", "RecoveryWindowInDays": 7});
            account.call("secretsmanager", "delete_secret", request);
        },
        create: patient,
        updates: &[],
        ..full()
    }
}

/// With what a secret has to have.
pub(super) fn minimal() -> Scenario {
    Scenario { name: "token_secret, minimal", create: token, updates: &[], ..full() }
}
