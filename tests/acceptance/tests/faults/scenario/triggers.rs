//! `modal_bridge_trigger`, each kind.

use serde_json::{Value as Json, json};

use super::sources::worker;
use super::{Scenario, text};

/// Every kind.
pub(super) fn all() -> [Scenario; 5] {
    [s3(), sns(), schedule(), event_rule(), http_api()]
}

fn trigger(kind: &str, block: Json) -> Json {
    let mut config = json!({ "bridge_name": "worker" });
    config[kind] = block;
    config
}

fn of(name: &'static str, services: crate::inventory::Services) -> Scenario {
    Scenario {
        name,
        type_name: "modal_bridge_trigger",
        set_up: worker,
        create: |_| Json::Null,
        updates: &[],
        import_id: |state| text(state, "id"),
        services,
        stays: &[],
    }
}

fn s3() -> Scenario {
    fn uploads(account: &str, prefix: &str) -> Json {
        let bucket = format!("uploads-{account}");
        let block = json!({ "bucket": bucket, "events": ["s3:ObjectCreated:*"], "prefix": prefix });
        trigger("s3", block)
    }
    Scenario {
        set_up: |account| {
            worker(account);
            let bucket = format!("uploads-{}", account.id());
            account.call("s3", "create_bucket", json!({"Bucket": bucket}));
        },
        create: |account| uploads(account, "in/"),
        updates: &[|account| uploads(account, "new/")],
        ..of("bridge_trigger, s3", &["lambda", "s3"])
    }
}

fn sns() -> Scenario {
    fn alerts(account: &str, filter: &str) -> Json {
        let topic = format!("arn:aws:sns:us-east-1:{account}:alerts");
        trigger("sns", json!({ "topic_arn": topic, "filter_policy": filter }))
    }
    Scenario {
        set_up: |account| {
            worker(account);
            account.call("sns", "create_topic", json!({"Name": "alerts"}));
        },
        create: |account| alerts(account, r#"{"store":["example"]}"#),
        updates: &[|account| alerts(account, r#"{"store":["other"]}"#)],
        ..of("bridge_trigger, sns", &["lambda", "sns"])
    }
}

fn schedule() -> Scenario {
    Scenario {
        create: |_| trigger("schedule", json!({ "expression": "rate(1 day)", "input": "{}" })),
        updates: &[|_| {
            trigger(
                "schedule",
                json!({ "expression": "cron(0 3 * * ? *)", "timezone": "Europe/Berlin" }),
            )
        }],
        ..of("bridge_trigger, schedule", &["iam", "lambda", "scheduler"])
    }
}

fn event_rule() -> Scenario {
    fn shipped(state: &str) -> Json {
        let pattern = json!({ "source": ["shop"], "detail": { "state": [state] } }).to_string();
        trigger("event_rule", json!({ "event_bus_name": "orders", "event_pattern": pattern }))
    }
    Scenario {
        set_up: |account| {
            worker(account);
            account.call("events", "create_event_bus", json!({"Name": "orders"}));
        },
        create: |_| shipped("shipped"),
        updates: &[|_| shipped("ordered")],
        ..of("bridge_trigger, event_rule", &["lambda", "events"])
    }
}

fn http_api() -> Scenario {
    fn uploads(route: &str, burst: u32) -> Json {
        trigger(
            "http_api",
            json!({
                "name": "uploads",
                "route_key": route,
                "cors": { "allow_origins": ["https://example.com"], "allow_methods": ["POST"] },
                "throttling": { "burst_limit": burst, "rate_limit": 2 },
            }),
        )
    }
    Scenario {
        create: |_| uploads("POST /uploads", 10),
        updates: &[|_| uploads("PUT /uploads", 20)],
        ..of("bridge_trigger, http_api", &["lambda", "apigatewayv2"])
    }
}
