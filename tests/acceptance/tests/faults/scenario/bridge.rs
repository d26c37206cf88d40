//! `modal_bridge_function`.

use acceptance::host_architecture;
use serde_json::{Value as Json, json};

use super::{Scenario, nothing, text, with};

fn quick(account: &str) -> Json {
    json!({
        "name": "thumbnails",
        "app_name": "images",
        "modal_function_name": "render",
        "mode": "remote",
        "architecture": host_architecture(),
        "token_secret_arn":
            format!("arn:aws:secretsmanager:us-east-1:{account}:secret:modal-AbCdEf"),
    })
}

fn everything(account: &str) -> Json {
    with(
        quick(account),
        &json!({
            "description": "Makes thumbnails",
            "tags": { "env": "dev" },
            "log_group": { "retention_in_days": 30 },
            "reserved_concurrent_executions": 5,
            "allowed_trigger": [
                { "statement_id": "uploads", "service": "s3", "source_arn": "arn:aws:s3:::a" },
                { "statement_id": "others", "principal": "arn:aws:iam::999988887777:root" },
            ],
            "function_url": { "authorization_type": "NONE" },
            "event_invoke_config": { "maximum_retry_attempts": 0 },
            "timeouts": { "create": "5s", "update": "5s", "delete": "5s" },
        }),
    )
}

fn changed(account: &str) -> Json {
    with(
        quick(account),
        &json!({
            "modal_function_name": "resize",
            "description": "Makes them small",
            "memory_size": 512,
            "tags": { "team": "ml" },
            "log_group": { "retention_in_days": 7 },
            "paused": true,
            "allowed_trigger": [
                { "statement_id": "uploads", "service": "s3", "source_arn": "arn:aws:s3:::b" },
            ],
            "function_url": { "authorization_type": "AWS_IAM" },
        }),
    )
}

/// As most begin.
pub(super) fn quick_start() -> Scenario {
    Scenario {
        name: "bridge_function",
        type_name: "modal_bridge_function",
        set_up: nothing,
        create: quick,
        updates: &[|account| {
            with(
                quick(account),
                &json!({
                    "app_name": "others",
                    "memory_size": 512,
                    "role_name": "runner",
                }),
            )
        }],
        import_id: |state| text(state, "name"),
        services: &["iam", "lambda", "logs"],
        stays: &[],
    }
}

/// With all optional blocks.
pub(super) fn full() -> Scenario {
    Scenario {
        name: "bridge_function, full",
        create: everything,
        updates: &[changed],
        ..quick_start()
    }
}
