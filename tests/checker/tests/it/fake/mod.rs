//! A provider of hand-made messages: good answers, each of which a test can spoil.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use checker::codec::msgpack;
use checker::{Connection, Core, Path, Step, Type, Value};
use tfplugin_proto::tfplugin5 as wire;
use tfplugin_proto::tfplugin5::provider_server::Provider;
use tonic::{Request, Response, Status};

/// Makes of a request and the good answer the answer that is given.
type Spoil<Q, A> = Box<dyn Fn(&Q, A) -> A + Send + Sync>;

macro_rules! rpcs {
    ($($name:ident: $module:ident),* $(,)?) => {
        /// What a test does to the answers.
        #[derive(Default)]
        pub(crate) struct Spoils {
            $(pub(crate) $name: Option<Spoil<wire::$module::Request, wire::$module::Response>>,)*
            pub(crate) list_resource: Option<Spoil<wire::list_resource::Request, Vec<wire::list_resource::Event>>>,
            pub(crate) invoke_action: Option<Spoil<wire::invoke_action::Request, Vec<wire::invoke_action::Event>>>,
            /// An RPC that fails with a status instead.
            pub(crate) status: Option<(&'static str, Status)>,
        }

        impl Fake {
            $(
                /// Spoils the answers of this RPC.
                #[must_use]
                #[allow(dead_code, reason = "one for each RPC")]
                pub(crate) fn $name(
                    mut self,
                    spoil: impl Fn(&wire::$module::Request, wire::$module::Response) -> wire::$module::Response
                        + Send + Sync + 'static,
                ) -> Self {
                    self.spoils.$name = Some(Box::new(spoil));
                    self
                }
            )*
        }
    };
}

rpcs! {
    get_schema: get_provider_schema,
    get_resource_identity_schemas: get_resource_identity_schemas,
    prepare_provider_config: prepare_provider_config,
    configure: configure,
    stop: stop,
    validate_resource_type_config: validate_resource_type_config,
    plan_resource_change: plan_resource_change,
    apply_resource_change: apply_resource_change,
    read_resource: read_resource,
    upgrade_resource_state: upgrade_resource_state,
    upgrade_resource_identity: upgrade_resource_identity,
    import_resource_state: import_resource_state,
    move_resource_state: move_resource_state,
    generate_resource_config: generate_resource_config,
    validate_data_source_config: validate_data_source_config,
    read_data_source: read_data_source,
    validate_ephemeral_resource_config: validate_ephemeral_resource_config,
    open_ephemeral_resource: open_ephemeral_resource,
    renew_ephemeral_resource: renew_ephemeral_resource,
    close_ephemeral_resource: close_ephemeral_resource,
    call_function: call_function,
    validate_list_resource_config: validate_list_resource_config,
    validate_action_config: validate_action_config,
    plan_action: plan_action,
    get_metadata: get_metadata,
    get_functions: get_functions,
}

/// A provider with one of everything.
#[derive(Default)]
pub(crate) struct Fake {
    spoils: Spoils,
    calls: Arc<Mutex<Vec<&'static str>>>,
    /// What there is: the object that was applied last.
    exists: Mutex<Option<Value>>,
}

impl Fake {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The names of the RPCs, as they are made.
    pub(crate) fn calls(&self) -> Arc<Mutex<Vec<&'static str>>> {
        self.calls.clone()
    }

    /// Lets an RPC fail with a status.
    #[must_use]
    pub(crate) fn status(mut self, rpc: &'static str, status: Status) -> Self {
        self.spoils.status = Some((rpc, status));
        self
    }

    #[must_use]
    pub(crate) fn list_resource(
        mut self,
        spoil: impl Fn(
            &wire::list_resource::Request,
            Vec<wire::list_resource::Event>,
        ) -> Vec<wire::list_resource::Event>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.spoils.list_resource = Some(Box::new(spoil));
        self
    }

    #[must_use]
    pub(crate) fn invoke_action(
        mut self,
        spoil: impl Fn(
            &wire::invoke_action::Request,
            Vec<wire::invoke_action::Event>,
        ) -> Vec<wire::invoke_action::Event>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.spoils.invoke_action = Some(Box::new(spoil));
        self
    }

    /// A connection that names things as Terraform would in `example.com/acme/tiny`.
    pub(crate) fn connection(self) -> Connection {
        Connection::in_process(self).address("example.com/acme/tiny").instance("a")
    }

    /// Terraform's core, connected to this provider.
    pub(crate) async fn core(self) -> Core {
        self.connection().connect().await.unwrap()
    }

    fn called(&self, rpc: &'static str) -> Result<(), Status> {
        self.calls.lock().unwrap().push(rpc);
        match &self.spoils.status {
            Some((failing, status)) if *failing == rpc => Err(status.clone()),
            _ => Ok(()),
        }
    }
}

/// The attribute of a schema with the flags that the letters name: r, o, c, s(ensitive), w(rite-only).
pub(crate) fn attribute(name: &str, ty: &Type, flags: &str) -> wire::schema::Attribute {
    wire::schema::Attribute {
        name: name.to_owned(),
        r#type: ty.to_json(),
        required: flags.contains('r'),
        optional: flags.contains('o'),
        computed: flags.contains('c'),
        sensitive: flags.contains('s'),
        write_only: flags.contains('w'),
        ..wire::schema::Attribute::default()
    }
}

pub(crate) fn nested(
    name: &str,
    nesting: wire::schema::nested_block::NestingMode,
    block: wire::schema::Block,
) -> wire::schema::NestedBlock {
    wire::schema::NestedBlock {
        type_name: name.to_owned(),
        block: Some(block),
        nesting: nesting.into(),
        min_items: 0,
        max_items: 0,
    }
}

pub(crate) fn schema(
    attributes: Vec<wire::schema::Attribute>,
    block_types: Vec<wire::schema::NestedBlock>,
) -> wire::Schema {
    let block = wire::schema::Block { attributes, block_types, ..wire::schema::Block::default() };
    wire::Schema { version: 1, block: Some(block) }
}

fn rule() -> wire::schema::Block {
    let attributes =
        vec![attribute("port", &Type::Number, "o"), attribute("rid", &Type::String, "c")];
    wire::schema::Block { attributes, ..wire::schema::Block::default() }
}

/// A block that holds anything, so that blocks of its kind make no list.
fn free() -> wire::schema::Block {
    let attributes = vec![attribute("value", &Type::Dynamic, "o")];
    wire::schema::Block { attributes, ..wire::schema::Block::default() }
}

fn thing() -> wire::Schema {
    use wire::schema::nested_block::NestingMode;
    schema(
        vec![
            attribute("id", &Type::String, "c"),
            attribute("name", &Type::String, "r"),
            attribute("note", &Type::String, "o"),
            attribute("size", &Type::Number, "oc"),
            attribute("tags", &Type::map(Type::String), "o"),
            attribute("ports", &Type::set(Type::Number), "o"),
            attribute("any", &Type::Dynamic, "o"),
            attribute("secret", &Type::String, "os"),
            attribute("secret_wo", &Type::String, "ow"),
        ],
        vec![
            nested("rule", NestingMode::List, rule()),
            nested("tag", NestingMode::Set, rule()),
            nested("zone", NestingMode::Map, rule()),
            nested("one", NestingMode::Single, rule()),
            nested("free", NestingMode::List, free()),
        ],
    )
}

/// The type of a `tiny_thing`.
pub(crate) fn thing_type() -> Type {
    let rule = || Type::object([("port", Type::Number), ("rid", Type::String)]);
    Type::object([
        ("id", Type::String),
        ("name", Type::String),
        ("note", Type::String),
        ("size", Type::Number),
        ("tags", Type::map(Type::String)),
        ("ports", Type::set(Type::Number)),
        ("any", Type::Dynamic),
        ("secret", Type::String),
        ("secret_wo", Type::String),
        ("rule", Type::list(rule())),
        ("tag", Type::set(rule())),
        ("zone", Type::map(rule())),
        ("one", rule()),
        ("free", Type::Dynamic),
    ])
}

/// The type of a `tiny_thing`'s identity.
pub(crate) fn identity_type() -> Type {
    Type::object([("name", Type::String)])
}

/// The type of everything else: a name that is given, and a text that is found.
pub(crate) fn pair_type() -> Type {
    Type::object([("name", Type::String), ("text", Type::String)])
}

pub(crate) fn wired(value: &Value, ty: &Type) -> wire::DynamicValue {
    wire::DynamicValue { msgpack: msgpack::encode(value, ty), json: Vec::new() }
}

pub(crate) fn unwired(wire: Option<&wire::DynamicValue>, ty: &Type) -> Value {
    msgpack::decode(&wire.unwrap().msgpack, ty).unwrap()
}

pub(crate) fn error(summary: &str) -> wire::Diagnostic {
    wire::Diagnostic {
        severity: wire::diagnostic::Severity::Error.into(),
        summary: summary.to_owned(),
        ..wire::Diagnostic::default()
    }
}

pub(crate) fn warning(summary: &str) -> wire::Diagnostic {
    wire::Diagnostic { severity: wire::diagnostic::Severity::Warning.into(), ..error(summary) }
}

/// The message of a path of attribute names.
pub(crate) fn names(names: &[&str]) -> wire::AttributePath {
    use wire::attribute_path::step::Selector;
    let steps = names.iter().map(|name| wire::attribute_path::Step {
        selector: Some(Selector::AttributeName((*name).to_owned())),
    });
    wire::AttributePath { steps: steps.collect() }
}

/// `value` with another value at each place that has this name.
pub(crate) fn with(value: &Value, name: &str, part: &Value) -> Value {
    value.transform(&mut |path: &Path, old| match path.steps().last() {
        Some(Step::Attribute(last)) if last == name => part.clone(),
        _ => old,
    })
}

fn identity_of(value: &Value) -> Option<wire::ResourceIdentityData> {
    if value.is_null() {
        return None;
    }
    let identity = Value::object([("name", value.attribute("name"))]);
    Some(wire::ResourceIdentityData { identity_data: Some(wired(&identity, &identity_type())) })
}

/// What was null and is computed becomes unknown; what is write-only becomes null.
fn planned(proposed: &Value) -> Value {
    proposed.transform(&mut |path, value| {
        let Some(Step::Attribute(name)) = path.steps().last() else { return value };
        match (name.as_str(), &value) {
            ("id" | "rid", Value::Null(_)) => Value::unknown(Type::String),
            ("size", Value::Null(_)) => Value::unknown(Type::Number),
            ("secret_wo", _) => Value::Null(Type::String),
            _ => value,
        }
    })
}

/// What was unknown is known.
fn applied(planned: &Value) -> Value {
    planned.transform(&mut |path, value| match (path.steps().last(), &value) {
        (Some(Step::Attribute(name)), Value::Unknown(..)) => match name.as_str() {
            "size" => Value::integer(7),
            name => Value::text(format!("{name}-1")),
        },
        _ => value,
    })
}

fn found(config: &Value) -> Value {
    let text = match config.attribute("name") {
        Value::String(name) => Value::text(name.to_uppercase()),
        other => other,
    };
    Value::object([("name", config.attribute("name")), ("text", text)])
}

mod service;
