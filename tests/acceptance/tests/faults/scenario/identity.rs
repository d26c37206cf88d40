//! `modal_oidc_provider` and `modal_oidc_role`.

use acceptance::AwsAccount;
use serde_json::{Value as Json, json};

use super::{Scenario, nothing, text, with};

/// The account's, made by a resource that keeps it.
pub(super) fn provider() -> Scenario {
    Scenario {
        name: "oidc_provider",
        type_name: "modal_oidc_provider",
        set_up: nothing,
        create: |_| json!({ "client_id_list": ["oidc.modal.com", "ours"], "tags": { "env": "dev" } }),
        updates: &[
            |_| json!({ "client_id_list": ["oidc.modal.com", "theirs"], "tags": { "team": "ml" } }),
        ],
        import_id: |state| text(state, "arn"),
        services: &["iam"],
        stays: &["OIDC provider "],
    }
}

fn full(account: &str) -> Json {
    json!({
        "name": "thumbnails",
        "path": "/modal/",
        "workspace_id": "ac-1",
        "description": "Makes thumbnails",
        "max_session_duration": 7200,
        "permissions_boundary": format!("arn:aws:iam::{account}:policy/bounds"),
        "policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        "inline_policies": { "mine": MINE },
        "tags": { "env": "dev" },
        "subject": [
            { "environment_name": "main", "app_name": "images", "function_name": "make" },
            { "environment_name": "dev", "app_name": "images" },
        ],
        "grant": [{ "access": "read", "resource_arns": ["arn:aws:s3:::uploads"] }],
    })
}

const MINE: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#;

fn changed(account: &str) -> Json {
    with(
        full(account),
        &json!({
            "description": "Makes them small",
            "max_session_duration": 3600,
            "permissions_boundary": null,
            "policy_arns": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
            "inline_policies": { "yours": MINE },
            "tags": { "team": "ml" },
            "subject": [{ "environment_name": "main", "app_name": "images" }],
            "grant": [{ "access": "read_write", "resource_arns": ["arn:aws:s3:::results"] }],
        }),
    )
}

/// What bounds the role.
fn boundary(account: &AwsAccount) {
    let document = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
    ] });
    let request = json!({"PolicyName": "bounds", "PolicyDocument": document.to_string()});
    account.call("iam", "create_policy", request);
}

/// With all that a role can have.
pub(super) fn role() -> Scenario {
    Scenario {
        name: "oidc_role",
        type_name: "modal_oidc_role",
        set_up: boundary,
        create: full,
        updates: &[changed],
        import_id: |state| text(state, "name"),
        services: &["iam"],
        stays: &["OIDC provider "],
    }
}

/// As most begin.
pub(super) fn quick_role() -> Scenario {
    Scenario {
        name: "oidc_role, quick start",
        set_up: nothing,
        create: |_| {
            json!({
                "name": "thumbnails",
                "workspace_id": "ac-1",
                "subject": [{ "environment_name": "main", "app_name": "images" }],
                "grant": [{ "access": "read", "resource_arns": ["arn:aws:s3:::uploads"] }],
            })
        },
        updates: &[],
        ..role()
    }
}
