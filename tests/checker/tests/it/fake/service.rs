//! The good answers.

use super::*;

/// An event stream that is all there.
pub(crate) type Events<E> = tokio_stream::Iter<std::vec::IntoIter<Result<E, Status>>>;

/// A `tiny_thing` in which nothing is set.
fn with_nothing() -> Value {
    let Type::Object(types) = thing_type() else { unreachable!("a thing is an object") };
    Value::object(types.into_iter().map(|(name, ty)| {
        let value = match ty {
            Type::List(of) => Value::List(*of, Vec::new()),
            Type::Set(of) if name == "tag" => Value::Set(*of, Vec::new()),
            Type::Dynamic if name == "free" => Value::Tuple(Vec::new()),
            Type::Map(of) if name == "zone" => Value::Map(*of, BTreeMap::new()),
            ty => Value::Null(ty),
        };
        (name, value)
    }))
}

#[tonic::async_trait]
impl Provider for Fake {
    type ListResourceStream = Events<wire::list_resource::Event>;
    type InvokeActionStream = Events<wire::invoke_action::Event>;

    async fn get_metadata(
        &self,
        request: Request<wire::get_metadata::Request>,
    ) -> Result<Response<wire::get_metadata::Response>, Status> {
        self.called("GetMetadata")?;
        let request = request.into_inner();
        use wire::get_metadata as meta;
        let thing = || "tiny_thing".to_owned();
        let answer = meta::Response {
            resources: vec![meta::ResourceMetadata { type_name: thing() }],
            data_sources: vec![meta::DataSourceMetadata { type_name: "tiny_info".to_owned() }],
            ephemeral_resources: vec![meta::EphemeralMetadata {
                type_name: "tiny_token".to_owned(),
            }],
            list_resources: vec![meta::ListResourceMetadata { type_name: thing() }],
            actions: vec![meta::ActionMetadata { type_name: "tiny_ping".to_owned() }],
            functions: vec![meta::FunctionMetadata { name: "shout".to_owned() }],
            server_capabilities: Some(wire::ServerCapabilities {
                plan_destroy: true,
                move_resource_state: true,
                generate_resource_config: true,
                ..wire::ServerCapabilities::default()
            }),
            diagnostics: Vec::new(),
        };
        Ok(Response::new(match &self.spoils.get_metadata {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn get_schema(
        &self,
        request: Request<wire::get_provider_schema::Request>,
    ) -> Result<Response<wire::get_provider_schema::Response>, Status> {
        self.called("GetSchema")?;
        let request = request.into_inner();
        let pair = || {
            schema(
                vec![attribute("name", &Type::String, "r"), attribute("text", &Type::String, "c")],
                vec![],
            )
        };
        let one = |name: &str, schema| HashMap::from([(name.to_owned(), schema)]);
        let named = || schema(vec![attribute("name", &Type::String, "o")], vec![]);
        let parameter = |name: &str| wire::function::Parameter {
            name: name.to_owned(),
            r#type: Type::String.to_json(),
            ..wire::function::Parameter::default()
        };
        let shout = wire::Function {
            parameters: vec![parameter("text")],
            variadic_parameter: Some(parameter("more")),
            r#return: Some(wire::function::Return { r#type: Type::String.to_json() }),
            ..wire::Function::default()
        };
        let answer = wire::get_provider_schema::Response {
            provider: Some(named()),
            resource_schemas: one("tiny_thing", thing()),
            data_source_schemas: one("tiny_info", pair()),
            ephemeral_resource_schemas: one("tiny_token", pair()),
            list_resource_schemas: one("tiny_thing", named()),
            action_schemas: HashMap::from([(
                "tiny_ping".to_owned(),
                wire::ActionSchema { schema: Some(named()) },
            )]),
            functions: HashMap::from([("shout".to_owned(), shout)]),
            server_capabilities: Some(wire::ServerCapabilities {
                plan_destroy: true,
                move_resource_state: true,
                generate_resource_config: true,
                ..wire::ServerCapabilities::default()
            }),
            ..wire::get_provider_schema::Response::default()
        };
        Ok(Response::new(match &self.spoils.get_schema {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn prepare_provider_config(
        &self,
        request: Request<wire::prepare_provider_config::Request>,
    ) -> Result<Response<wire::prepare_provider_config::Response>, Status> {
        self.called("PrepareProviderConfig")?;
        let request = request.into_inner();
        let answer = wire::prepare_provider_config::Response {
            prepared_config: request.config.clone(),
            diagnostics: Vec::new(),
        };
        Ok(Response::new(match &self.spoils.prepare_provider_config {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn validate_resource_type_config(
        &self,
        request: Request<wire::validate_resource_type_config::Request>,
    ) -> Result<Response<wire::validate_resource_type_config::Response>, Status> {
        self.called("ValidateResourceTypeConfig")?;
        let request = request.into_inner();
        let answer = wire::validate_resource_type_config::Response::default();
        Ok(Response::new(match &self.spoils.validate_resource_type_config {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn validate_data_source_config(
        &self,
        request: Request<wire::validate_data_source_config::Request>,
    ) -> Result<Response<wire::validate_data_source_config::Response>, Status> {
        self.called("ValidateDataSourceConfig")?;
        let request = request.into_inner();
        let answer = wire::validate_data_source_config::Response::default();
        Ok(Response::new(match &self.spoils.validate_data_source_config {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<wire::upgrade_resource_state::Request>,
    ) -> Result<Response<wire::upgrade_resource_state::Response>, Status> {
        self.called("UpgradeResourceState")?;
        let request = request.into_inner();
        let json = request.raw_state.clone().unwrap_or_default().json;
        let answer = wire::upgrade_resource_state::Response {
            upgraded_state: Some(wire::DynamicValue { json, msgpack: Vec::new() }),
            diagnostics: Vec::new(),
        };
        Ok(Response::new(match &self.spoils.upgrade_resource_state {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn get_resource_identity_schemas(
        &self,
        request: Request<wire::get_resource_identity_schemas::Request>,
    ) -> Result<Response<wire::get_resource_identity_schemas::Response>, Status> {
        self.called("GetResourceIdentitySchemas")?;
        let request = request.into_inner();
        let name = wire::resource_identity_schema::IdentityAttribute {
            name: "name".to_owned(),
            r#type: Type::String.to_json(),
            required_for_import: true,
            ..wire::resource_identity_schema::IdentityAttribute::default()
        };
        let schema = wire::ResourceIdentitySchema { version: 1, identity_attributes: vec![name] };
        let answer = wire::get_resource_identity_schemas::Response {
            identity_schemas: HashMap::from([("tiny_thing".to_owned(), schema)]),
            diagnostics: Vec::new(),
        };
        Ok(Response::new(match &self.spoils.get_resource_identity_schemas {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<wire::upgrade_resource_identity::Request>,
    ) -> Result<Response<wire::upgrade_resource_identity::Response>, Status> {
        self.called("UpgradeResourceIdentity")?;
        let request = request.into_inner();
        let identity = Value::object([("name", Value::text("alpha"))]);
        let answer = wire::upgrade_resource_identity::Response {
            upgraded_identity: Some(wire::ResourceIdentityData {
                identity_data: Some(wired(&identity, &identity_type())),
            }),
            diagnostics: Vec::new(),
        };
        Ok(Response::new(match &self.spoils.upgrade_resource_identity {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn configure(
        &self,
        request: Request<wire::configure::Request>,
    ) -> Result<Response<wire::configure::Response>, Status> {
        self.called("Configure")?;
        let request = request.into_inner();
        let answer = wire::configure::Response::default();
        Ok(Response::new(match &self.spoils.configure {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn read_resource(
        &self,
        request: Request<wire::read_resource::Request>,
    ) -> Result<Response<wire::read_resource::Response>, Status> {
        self.called("ReadResource")?;
        let request = request.into_inner();
        let current = unwired(request.current_state.as_ref(), &thing_type());
        let answer = wire::read_resource::Response {
            new_state: request.current_state.clone(),
            new_identity: identity_of(&current),
            private: request.private.clone(),
            ..wire::read_resource::Response::default()
        };
        Ok(Response::new(match &self.spoils.read_resource {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn plan_resource_change(
        &self,
        request: Request<wire::plan_resource_change::Request>,
    ) -> Result<Response<wire::plan_resource_change::Response>, Status> {
        self.called("PlanResourceChange")?;
        let request = request.into_inner();
        let proposed = unwired(request.proposed_new_state.as_ref(), &thing_type());
        let planned = planned(&proposed);
        let answer = wire::plan_resource_change::Response {
            planned_state: Some(wired(&planned, &thing_type())),
            planned_private: b"planned".to_vec(),
            planned_identity: identity_of(&planned),
            requires_replace: vec![names(&["name"])],
            ..wire::plan_resource_change::Response::default()
        };
        Ok(Response::new(match &self.spoils.plan_resource_change {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn apply_resource_change(
        &self,
        request: Request<wire::apply_resource_change::Request>,
    ) -> Result<Response<wire::apply_resource_change::Response>, Status> {
        self.called("ApplyResourceChange")?;
        let request = request.into_inner();
        let applied = applied(&unwired(request.planned_state.as_ref(), &thing_type()));
        *self.exists.lock().unwrap() = (!applied.is_null()).then(|| applied.clone());
        let answer = wire::apply_resource_change::Response {
            new_state: Some(wired(&applied, &thing_type())),
            new_identity: identity_of(&applied),
            private: b"applied".to_vec(),
            ..wire::apply_resource_change::Response::default()
        };
        Ok(Response::new(match &self.spoils.apply_resource_change {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn import_resource_state(
        &self,
        request: Request<wire::import_resource_state::Request>,
    ) -> Result<Response<wire::import_resource_state::Response>, Status> {
        self.called("ImportResourceState")?;
        let request = request.into_inner();
        let state = self.exists.lock().unwrap().clone().unwrap_or(Value::Null(thing_type()));
        let answer = wire::import_resource_state::Response {
            imported_resources: vec![wire::import_resource_state::ImportedResource {
                type_name: request.type_name.clone(),
                state: Some(wired(&state, &thing_type())),
                private: b"imported".to_vec(),
                identity: identity_of(&state),
            }],
            ..wire::import_resource_state::Response::default()
        };
        Ok(Response::new(match &self.spoils.import_resource_state {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn move_resource_state(
        &self,
        request: Request<wire::move_resource_state::Request>,
    ) -> Result<Response<wire::move_resource_state::Response>, Status> {
        self.called("MoveResourceState")?;
        let request = request.into_inner();
        let moved = with_nothing().transform(&mut |path, value| match path.to_string().as_str() {
            ".name" => Value::text("moved"),
            _ => value,
        });
        let answer = wire::move_resource_state::Response {
            target_state: Some(wired(&moved, &thing_type())),
            target_identity: identity_of(&moved),
            target_private: b"moved".to_vec(),
            ..wire::move_resource_state::Response::default()
        };
        Ok(Response::new(match &self.spoils.move_resource_state {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn read_data_source(
        &self,
        request: Request<wire::read_data_source::Request>,
    ) -> Result<Response<wire::read_data_source::Response>, Status> {
        self.called("ReadDataSource")?;
        let request = request.into_inner();
        let config = unwired(request.config.as_ref(), &pair_type());
        let answer = wire::read_data_source::Response {
            state: Some(wired(&found(&config), &pair_type())),
            ..wire::read_data_source::Response::default()
        };
        Ok(Response::new(match &self.spoils.read_data_source {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn generate_resource_config(
        &self,
        request: Request<wire::generate_resource_config::Request>,
    ) -> Result<Response<wire::generate_resource_config::Response>, Status> {
        self.called("GenerateResourceConfig")?;
        let request = request.into_inner();
        let state = unwired(request.state.as_ref(), &thing_type());
        let config = with(
            &with(&state, "id", &Value::Null(Type::String)),
            "rid",
            &Value::Null(Type::String),
        );
        let answer = wire::generate_resource_config::Response {
            config: Some(wired(&config, &thing_type())),
            diagnostics: Vec::new(),
        };
        Ok(Response::new(match &self.spoils.generate_resource_config {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<wire::validate_ephemeral_resource_config::Request>,
    ) -> Result<Response<wire::validate_ephemeral_resource_config::Response>, Status> {
        self.called("ValidateEphemeralResourceConfig")?;
        let request = request.into_inner();
        let answer = wire::validate_ephemeral_resource_config::Response::default();
        Ok(Response::new(match &self.spoils.validate_ephemeral_resource_config {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<wire::open_ephemeral_resource::Request>,
    ) -> Result<Response<wire::open_ephemeral_resource::Response>, Status> {
        self.called("OpenEphemeralResource")?;
        let request = request.into_inner();
        let config = unwired(request.config.as_ref(), &pair_type());
        let answer = wire::open_ephemeral_resource::Response {
            result: Some(wired(&found(&config), &pair_type())),
            renew_at: Some(prost_types::Timestamp { seconds: 60, nanos: 0 }),
            private: Some(b"opened".to_vec()),
            ..wire::open_ephemeral_resource::Response::default()
        };
        Ok(Response::new(match &self.spoils.open_ephemeral_resource {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<wire::renew_ephemeral_resource::Request>,
    ) -> Result<Response<wire::renew_ephemeral_resource::Response>, Status> {
        self.called("RenewEphemeralResource")?;
        let request = request.into_inner();
        let answer = wire::renew_ephemeral_resource::Response {
            renew_at: Some(prost_types::Timestamp { seconds: 120, nanos: 0 }),
            private: Some(b"renewed".to_vec()),
            diagnostics: Vec::new(),
        };
        Ok(Response::new(match &self.spoils.renew_ephemeral_resource {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<wire::close_ephemeral_resource::Request>,
    ) -> Result<Response<wire::close_ephemeral_resource::Response>, Status> {
        self.called("CloseEphemeralResource")?;
        let request = request.into_inner();
        let answer = wire::close_ephemeral_resource::Response::default();
        Ok(Response::new(match &self.spoils.close_ephemeral_resource {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<wire::validate_list_resource_config::Request>,
    ) -> Result<Response<wire::validate_list_resource_config::Response>, Status> {
        self.called("ValidateListResourceConfig")?;
        let request = request.into_inner();
        let answer = wire::validate_list_resource_config::Response::default();
        Ok(Response::new(match &self.spoils.validate_list_resource_config {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn get_functions(
        &self,
        request: Request<wire::get_functions::Request>,
    ) -> Result<Response<wire::get_functions::Response>, Status> {
        self.called("GetFunctions")?;
        let request = request.into_inner();
        let answer = wire::get_functions::Response {
            functions: HashMap::from([("shout".to_owned(), wire::Function::default())]),
            diagnostics: Vec::new(),
        };
        Ok(Response::new(match &self.spoils.get_functions {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn call_function(
        &self,
        request: Request<wire::call_function::Request>,
    ) -> Result<Response<wire::call_function::Response>, Status> {
        self.called("CallFunction")?;
        let request = request.into_inner();
        let texts =
            request.arguments.iter().map(|argument| match unwired(Some(argument), &Type::String) {
                Value::String(text) => text.to_uppercase(),
                _ => "?".to_owned(),
            });
        let text = Value::text(texts.collect::<Vec<_>>().join(" "));
        let answer = wire::call_function::Response {
            result: Some(wired(&text, &Type::String)),
            error: None,
        };
        Ok(Response::new(match &self.spoils.call_function {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn plan_action(
        &self,
        request: Request<wire::plan_action::Request>,
    ) -> Result<Response<wire::plan_action::Response>, Status> {
        self.called("PlanAction")?;
        let request = request.into_inner();
        let answer = wire::plan_action::Response::default();
        Ok(Response::new(match &self.spoils.plan_action {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn validate_action_config(
        &self,
        request: Request<wire::validate_action_config::Request>,
    ) -> Result<Response<wire::validate_action_config::Response>, Status> {
        self.called("ValidateActionConfig")?;
        let request = request.into_inner();
        let answer = wire::validate_action_config::Response::default();
        Ok(Response::new(match &self.spoils.validate_action_config {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn stop(
        &self,
        request: Request<wire::stop::Request>,
    ) -> Result<Response<wire::stop::Response>, Status> {
        self.called("Stop")?;
        let request = request.into_inner();
        let answer = wire::stop::Response::default();
        Ok(Response::new(match &self.spoils.stop {
            Some(spoil) => spoil(&request, answer),
            None => answer,
        }))
    }

    async fn list_resource(
        &self,
        request: Request<wire::list_resource::Request>,
    ) -> Result<Response<Self::ListResourceStream>, Status> {
        self.called("ListResource")?;
        let request = request.into_inner();
        let thing = with(&applied(&planned(&with_nothing())), "name", &Value::text("alpha"));
        let event = wire::list_resource::Event {
            identity: identity_of(&thing),
            display_name: "Alpha".to_owned(),
            resource_object: request.include_resource_object.then(|| wired(&thing, &thing_type())),
            diagnostic: Vec::new(),
        };
        let events = match &self.spoils.list_resource {
            Some(spoil) => spoil(&request, vec![event]),
            None => vec![event],
        };
        let events: Vec<_> = events.into_iter().map(Ok).collect();
        Ok(Response::new(tokio_stream::iter(events)))
    }

    async fn invoke_action(
        &self,
        request: Request<wire::invoke_action::Request>,
    ) -> Result<Response<Self::InvokeActionStream>, Status> {
        self.called("InvokeAction")?;
        let request = request.into_inner();
        use wire::invoke_action::event::{Completed, Progress, Type};
        let said = Type::Progress(Progress { message: "pinging".to_owned() });
        let done = Type::Completed(Completed { diagnostics: Vec::new() });
        let events = [said, done].map(|event| wire::invoke_action::Event { r#type: Some(event) });
        let events = match &self.spoils.invoke_action {
            Some(spoil) => spoil(&request, events.to_vec()),
            None => events.to_vec(),
        };
        let events: Vec<_> = events.into_iter().map(Ok).collect();
        Ok(Response::new(tokio_stream::iter(events)))
    }
}
