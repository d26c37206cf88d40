//! A request of each RPC that the tiny provider can serve, as Terraform would send it.

use std::path::Path;

use serde_json::{Value as Json, json};
use tfplugin_proto::tfplugin5::{
    self as wire, ClientCapabilities, DynamicValue, RawState, ResourceIdentityData,
};

use crate::wire::{Call, value};

/// A call, and the operation that the tiny provider begins with it, if it begins one.
#[derive(Debug, Clone)]
pub(crate) struct Example {
    pub(crate) call: Call,
    pub(crate) operation: Option<&'static str>,
}

/// How the tiny provider is to behave.
#[derive(Debug, Default)]
pub(crate) struct Settings<'a> {
    pub(crate) folder: Option<&'a Path>,
    pub(crate) delay_seconds: Option<i64>,
    pub(crate) panic_in: Option<&'a str>,
}

impl Settings<'_> {
    fn config(&self) -> Json {
        let Self { folder, delay_seconds, panic_in } = self;
        let folder = folder.map(|folder| folder.to_str().unwrap());
        json!({ "folder": folder, "delay_seconds": delay_seconds, "panic_in": panic_in })
    }

    pub(crate) fn configure(&self) -> Call {
        Call::new(
            "Configure",
            &wire::configure::Request {
                terraform_version: "1.15.5".to_owned(),
                config: value(&self.config()),
                client_capabilities: capabilities(),
            },
        )
    }
}

/// Terraform 1.11 and later allow write-only attributes; none released allows deferrals.
#[expect(clippy::unnecessary_wraps, reason = "a message's field is optional")]
fn capabilities() -> Option<ClientCapabilities> {
    Some(ClientCapabilities { deferral_allowed: false, write_only_attributes_allowed: true })
}

/// What a module says to the provider, in bytes that are no value: nobody here listens.
#[expect(clippy::unnecessary_wraps, reason = "a message's field is optional")]
fn meta() -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: vec![0xc1], json: Vec::new() })
}

/// A note's attributes, null but for its name, its text and its length.
fn note(name: &str, text: &Json, length: &Json) -> Json {
    json!({
        "name": name, "text": text, "length": length, "secret_wo": null,
        "secret_wo_version": null, "colour": null, "labels": { "a": "b" }, "pin": null,
        "line": [],
    })
}

fn identity(name: &str) -> ResourceIdentityData {
    ResourceIdentityData { identity_data: value(&json!({ "name": name })) }
}

fn stored(state: &Json) -> Option<RawState> {
    Some(RawState { json: state.to_string().into_bytes(), ..Default::default() })
}

/// Every RPC but those that change what the others do: `Configure` and `Stop`. There is a note "old"
/// and no note "new".
pub(crate) fn examples(settings: &Settings<'_>) -> Vec<Example> {
    let null = || value(&Json::Null);
    let note_type = || "tiny_note".to_owned();
    let kept = || value(&note("old", &"text".into(), &4.into()));
    let config = |name| value(&note(name, &"text".into(), &Json::Null));
    let named = |name: &str| value(&json!({ "name": name, "text": null }));
    let key = || value(&json!({ "name": "drawer", "teeth": null }));
    let shred = || value(&json!({ "name": "old", "passes": 2 }));
    let prefix = || value(&json!({ "prefix": "o" }));
    let argument = |text: &str| value(&text.into()).unwrap();
    let boolean: Option<DynamicValue> = value(&true.into());
    let limit: Option<DynamicValue> = value(&100.into());
    let example = |operation, call| Example { call, operation };
    let quick = |call| example(None, call);
    vec![
        quick(Call::new("GetMetadata", &wire::get_metadata::Request {})),
        quick(Call::new("GetSchema", &wire::get_provider_schema::Request {})),
        quick(Call::new("GetFunctions", &wire::get_functions::Request {})),
        quick(Call::new(
            "GetResourceIdentitySchemas",
            &wire::get_resource_identity_schemas::Request {},
        )),
        quick(Call::new(
            "PrepareProviderConfig",
            &wire::prepare_provider_config::Request { config: value(&settings.config()) },
        )),
        quick(Call::new(
            "ValidateResourceTypeConfig",
            &wire::validate_resource_type_config::Request {
                type_name: note_type(),
                config: value(&note("new", &"<unknown>".into(), &Json::Null)),
                client_capabilities: capabilities(),
            },
        )),
        quick(Call::new(
            "ValidateDataSourceConfig",
            &wire::validate_data_source_config::Request {
                type_name: note_type(),
                config: named("<unknown>"),
            },
        )),
        quick(Call::new(
            "ValidateEphemeralResourceConfig",
            &wire::validate_ephemeral_resource_config::Request {
                type_name: "tiny_key".to_owned(),
                config: key(),
            },
        )),
        quick(Call::new(
            "ValidateListResourceConfig",
            &wire::validate_list_resource_config::Request {
                type_name: note_type(),
                config: prefix(),
                include_resource_object: boolean,
                limit,
            },
        )),
        quick(Call::new(
            "ValidateActionConfig",
            &wire::validate_action_config::Request {
                type_name: "tiny_shred".to_owned(),
                config: shred(),
            },
        )),
        quick(Call::new(
            "UpgradeResourceState",
            &wire::upgrade_resource_state::Request {
                type_name: note_type(),
                version: 0,
                raw_state: stored(&json!({ "title": "old", "text": "text", "length": 4 })),
            },
        )),
        quick(Call::new(
            "UpgradeResourceIdentity",
            &wire::upgrade_resource_identity::Request {
                type_name: note_type(),
                version: 0,
                raw_identity: stored(&json!({ "name": "old" })),
            },
        )),
        quick(Call::new(
            "MoveResourceState",
            &wire::move_resource_state::Request {
                source_provider_address: "registry.terraform.io/acme/tiny".to_owned(),
                source_type_name: "tiny_scrap".to_owned(),
                source_schema_version: 0,
                source_state: stored(&json!({ "name": "old", "text": "text" })),
                target_type_name: note_type(),
                ..Default::default()
            },
        )),
        quick(Call::new(
            "GenerateResourceConfig",
            &wire::generate_resource_config::Request { type_name: note_type(), state: kept() },
        )),
        quick(Call::new(
            "CallFunction",
            &wire::call_function::Request {
                name: "join".to_owned(),
                arguments: vec![argument(", "), argument("a"), argument("b")],
            },
        )),
        example(
            Some("tiny_note read"),
            Call::new(
                "ReadResource",
                &wire::read_resource::Request {
                    type_name: note_type(),
                    current_state: kept(),
                    client_capabilities: capabilities(),
                    current_identity: Some(identity("old")),
                    provider_meta: meta(),
                    ..Default::default()
                },
            ),
        ),
        example(
            Some("tiny_note plan"),
            Call::new(
                "PlanResourceChange",
                &wire::plan_resource_change::Request {
                    type_name: note_type(),
                    prior_state: kept(),
                    proposed_new_state: value(&note("old", &"more text".into(), &4.into())),
                    config: value(&note("old", &"more text".into(), &Json::Null)),
                    client_capabilities: capabilities(),
                    prior_identity: Some(identity("old")),
                    provider_meta: meta(),
                    ..Default::default()
                },
            ),
        ),
        example(
            Some("tiny_note create"),
            Call::new(
                "ApplyResourceChange",
                &wire::apply_resource_change::Request {
                    type_name: note_type(),
                    prior_state: null(),
                    planned_state: value(&note("new", &"text".into(), &"<unknown>".into())),
                    config: config("new"),
                    provider_meta: meta(),
                    ..Default::default()
                },
            ),
        ),
        example(
            Some("tiny_note update"),
            Call::new(
                "ApplyResourceChange",
                &wire::apply_resource_change::Request {
                    type_name: note_type(),
                    prior_state: kept(),
                    planned_state: value(&note("old", &"text".into(), &"<unknown>".into())),
                    config: config("old"),
                    planned_identity: Some(identity("old")),
                    provider_meta: meta(),
                    ..Default::default()
                },
            ),
        ),
        example(
            Some("tiny_note delete"),
            Call::new(
                "ApplyResourceChange",
                &wire::apply_resource_change::Request {
                    type_name: note_type(),
                    prior_state: value(&note("gone", &"text".into(), &4.into())),
                    planned_state: null(),
                    config: null(),
                    planned_identity: Some(identity("gone")),
                    provider_meta: meta(),
                    ..Default::default()
                },
            ),
        ),
        example(
            Some("tiny_note import"),
            Call::new(
                "ImportResourceState",
                &wire::import_resource_state::Request {
                    type_name: note_type(),
                    id: "old".to_owned(),
                    client_capabilities: capabilities(),
                    ..Default::default()
                },
            ),
        ),
        example(
            Some("tiny_note data"),
            Call::new(
                "ReadDataSource",
                &wire::read_data_source::Request {
                    type_name: note_type(),
                    config: named("old"),
                    client_capabilities: capabilities(),
                    provider_meta: meta(),
                },
            ),
        ),
        example(
            Some("tiny_key open"),
            Call::new(
                "OpenEphemeralResource",
                &wire::open_ephemeral_resource::Request {
                    type_name: "tiny_key".to_owned(),
                    config: key(),
                    client_capabilities: capabilities(),
                },
            ),
        ),
        example(
            Some("tiny_key renew"),
            Call::new(
                "RenewEphemeralResource",
                &wire::renew_ephemeral_resource::Request {
                    type_name: "tiny_key".to_owned(),
                    private: Some(b"0 drawer".to_vec()),
                },
            ),
        ),
        example(
            Some("tiny_key close"),
            Call::new(
                "CloseEphemeralResource",
                &wire::close_ephemeral_resource::Request {
                    type_name: "tiny_key".to_owned(),
                    private: Some(b"1 drawer".to_vec()),
                },
            ),
        ),
        example(
            Some("tiny_note list"),
            Call::new(
                "ListResource",
                &wire::list_resource::Request {
                    type_name: note_type(),
                    config: prefix(),
                    include_resource_object: true,
                    limit: 100,
                },
            ),
        ),
        example(
            Some("tiny_shred plan"),
            Call::new(
                "PlanAction",
                &wire::plan_action::Request {
                    action_type: "tiny_shred".to_owned(),
                    config: shred(),
                    client_capabilities: capabilities(),
                },
            ),
        ),
        example(
            Some("tiny_shred invoke"),
            Call::new(
                "InvokeAction",
                &wire::invoke_action::Request {
                    action_type: "tiny_shred".to_owned(),
                    config: shred(),
                    client_capabilities: capabilities(),
                },
            ),
        ),
    ]
}

/// Terraform's answer to Ctrl-C.
pub(crate) fn stop() -> Call {
    Call::new("Stop", &wire::stop::Request {})
}
