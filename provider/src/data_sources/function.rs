//! `modal_function`: a function that is deployed on Modal.

use std::collections::BTreeMap;

use tf_framework::{
    Attribute, DataSource, Diagnostic, Dynamic, Element, Misfit, Model, ObjectReader, ObjectWriter,
    Schema, Type, Validator, Value, async_trait,
};

use crate::modal::{Argument, DataFormat, FunctionDescription, FunctionKind, FunctionRef};
use crate::provider::Clients;
use crate::sentence::sentence;

/// Looks for a function by its name.
#[derive(Debug)]
pub(crate) struct FunctionData {
    clients: Clients,
}

impl FunctionData {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl DataSource for FunctionData {
    const TYPE_NAME: &'static str = "function";
    type Model = FunctionDataModel;

    fn schema() -> Schema {
        let output = |description: &str| Attribute::string(description).computed();
        let number = |description: &str| Attribute::number(description).computed();
        let flag = |description: &str| Attribute::bool(description).computed();
        let formats = |what: &str| {
            Attribute::new(
                Type::list(Type::String),
                &format!("Formats of {what}: `pickle`, `cbor`, `asgi`. None means `pickle`."),
            )
            .computed()
        };
        let argument = Type::Object(BTreeMap::from([
            ("name".to_owned(), Type::String),
            ("has_default".to_owned(), Type::Bool),
        ]));
        Schema::new(
            "A function that is deployed on Modal, asked for with the provider's Modal token. That \
             there is none is an error, so that a plan shows it, or a warning in a `check` block.",
        )
        .attribute("app_name", Attribute::string("Name of the Modal app.").required())
        .attribute(
            "modal_function_name",
            Attribute::string("Name of the function, or `Class.method`.").required(),
        )
        .attribute(
            "environment_name",
            Attribute::string(
                "Modal environment. The provider's `modal_environment` unless set, else the \
                 workspace's default.",
            )
            .optional_computed(),
        )
        .attribute(
            "app_version",
            Attribute::number("Deployment of the app, from 1. The newest unless set.")
                .validate(Validator::between(1..=i64::from(i32::MAX))),
        )
        .attribute(
            "function_id",
            output("ID of the function, `fu-…`; of a method, that of its class."),
        )
        .attribute("app_id", output("ID of the app, `ap-…`."))
        .attribute(
            "function_type",
            output("`function`, or `generator`, which bridges cannot call."),
        )
        .attribute("is_method", flag("Whether it is a method of a class."))
        .attribute(
            "web_url",
            output("URL of a web function, which bridges cannot call; null for others."),
        )
        .attribute("input_formats", formats("arguments"))
        .attribute("output_formats", formats("results"))
        .attribute(
            "supports_cbor",
            flag(
                "Whether arguments and results may be CBOR, which bridges of mode `remote` need: \
                 deployed with modal 1.2 or later.",
            ),
        )
        .attribute("timeout_secs", number("Seconds that one call may take, if Modal says so."))
        .attribute(
            "startup_timeout_secs",
            number("Seconds that a container may take to start, if Modal says so."),
        )
        .attribute(
            "input_plane_url",
            output("Server that takes synchronous calls, where it is not Modal's usual one."),
        )
        .attribute("input_plane_region", output("Region of that server."))
        .attribute(
            "arguments",
            Attribute::new(
                Type::list(argument),
                "What its author declared as arguments; null where that is not known. `*args` \
                 looks like any other, so this is a hint.",
            )
            .computed(),
        )
        .attribute(
            "class_parameters",
            Attribute::new(
                Type::list(Type::String),
                "Parameters of a method's class. Bridges cannot call methods of classes with any.",
            )
            .computed(),
        )
    }

    async fn read(
        &self,
        config: FunctionDataModel,
        _warnings: &mut Vec<Diagnostic>,
    ) -> Result<FunctionDataModel, Diagnostic> {
        let (app, function) =
            (config.app_name.require("app_name")?, config.modal_function_name.require("name")?);
        let attempt = format!("look up Modal function {function:?} of app {app:?}");
        let modal = &self.clients.modal;
        let environment = match config.environment_name.known() {
            Some(name) => name.clone(),
            None => {
                let own = modal.settings().environment().map_err(|error| {
                    Diagnostic::error(format!("Cannot {attempt}"), sentence(&error))
                })?;
                own.unwrap_or_default()
            }
        };
        let name = FunctionRef {
            environment,
            app: app.clone(),
            function: function.clone(),
            app_version: config.app_version.known().and_then(|number| (*number).try_into().ok()),
        };
        let found = modal.function(&name).await;
        let (environment, found) = found.map_err(|error| error.diagnostic(&attempt))?;
        Ok(FunctionDataModel::of(config, environment, found))
    }
}

/// Attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FunctionDataModel {
    app_name: Value<String>,
    modal_function_name: Value<String>,
    environment_name: Value<String>,
    app_version: Value<i64>,
    function_id: Value<String>,
    app_id: Value<String>,
    function_type: Value<String>,
    is_method: Value<bool>,
    web_url: Value<String>,
    input_formats: Value<Vec<String>>,
    output_formats: Value<Vec<String>>,
    supports_cbor: Value<bool>,
    timeout_secs: Value<i64>,
    startup_timeout_secs: Value<i64>,
    input_plane_url: Value<String>,
    input_plane_region: Value<String>,
    arguments: Value<Vec<ArgumentModel>>,
    class_parameters: Value<Vec<String>>,
}

impl FunctionDataModel {
    fn of(config: Self, environment: String, found: FunctionDescription) -> Self {
        let cbor = |formats: &[DataFormat]| formats.contains(&DataFormat::Cbor);
        let names =
            |formats: Vec<DataFormat>| Value::Known(formats.into_iter().map(format_name).collect());
        let plane = found.input_plane;
        Self {
            environment_name: Value::Known(environment),
            function_id: Value::Known(found.function_id),
            app_id: Some(found.app_id).filter(|id| !id.is_empty()).into(),
            function_type: Value::Known(match found.kind {
                FunctionKind::Function => "function".to_owned(),
                FunctionKind::Generator => "generator".to_owned(),
                FunctionKind::Other(number) => number.to_string(),
            }),
            is_method: Value::Known(found.is_method),
            web_url: found.web_url.into(),
            supports_cbor: Value::Known(cbor(&found.input_formats) && cbor(&found.output_formats)),
            input_formats: names(found.input_formats),
            output_formats: names(found.output_formats),
            timeout_secs: found.timeout_secs.map(i64::from).into(),
            startup_timeout_secs: found.startup_timeout_secs.map(i64::from).into(),
            input_plane_region: plane.as_ref().map(|plane| plane.region.clone()).into(),
            input_plane_url: plane.map(|plane| plane.url).into(),
            arguments: found
                .arguments
                .map(|arguments| arguments.into_iter().map(ArgumentModel).collect())
                .into(),
            class_parameters: Value::Known(found.class_parameters),
            ..config
        }
    }
}

/// In the words of the documentation; what Modal has beyond them, by its number.
fn format_name(format: DataFormat) -> String {
    match format {
        DataFormat::Pickle => "pickle".to_owned(),
        DataFormat::Asgi => "asgi".to_owned(),
        DataFormat::GeneratorDone => "generator_done".to_owned(),
        DataFormat::Cbor => "cbor".to_owned(),
        DataFormat::Other(number) => number.to_string(),
    }
}

/// An argument as an object of Terraform's.
#[derive(Debug, Clone, PartialEq)]
struct ArgumentModel(Argument);

impl Element for ArgumentModel {
    fn from_dynamic(value: Dynamic) -> Result<Self, Misfit> {
        let Dynamic::Map(mut members) = value else { return Err(Misfit::Type) };
        match (members.remove("name"), members.remove("has_default")) {
            (Some(Dynamic::String(name)), Some(Dynamic::Bool(has_default))) => {
                Ok(Self(Argument { name, has_default }))
            }
            (Some(Dynamic::Unknown), _) | (_, Some(Dynamic::Unknown)) => Err(Misfit::Unknown),
            _ => Err(Misfit::Type),
        }
    }

    fn into_dynamic(self) -> Dynamic {
        let Self(Argument { name, has_default }) = self;
        Dynamic::Map(
            [
                ("name".to_owned(), Dynamic::String(name)),
                ("has_default".to_owned(), Dynamic::Bool(has_default)),
            ]
            .into(),
        )
    }
}

impl Model for FunctionDataModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            app_name: object.take("app_name"),
            modal_function_name: object.take("modal_function_name"),
            environment_name: object.take("environment_name"),
            app_version: object.take("app_version"),
            function_id: object.take("function_id"),
            app_id: object.take("app_id"),
            function_type: object.take("function_type"),
            is_method: object.take("is_method"),
            web_url: object.take("web_url"),
            input_formats: object.take("input_formats"),
            output_formats: object.take("output_formats"),
            supports_cbor: object.take("supports_cbor"),
            timeout_secs: object.take("timeout_secs"),
            startup_timeout_secs: object.take("startup_timeout_secs"),
            input_plane_url: object.take("input_plane_url"),
            input_plane_region: object.take("input_plane_region"),
            arguments: object.take("arguments"),
            class_parameters: object.take("class_parameters"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            app_name,
            modal_function_name,
            environment_name,
            app_version,
            function_id,
            app_id,
            function_type,
            is_method,
            web_url,
            input_formats,
            output_formats,
            supports_cbor,
            timeout_secs,
            startup_timeout_secs,
            input_plane_url,
            input_plane_region,
            arguments,
            class_parameters,
        } = self;
        object.put("app_name", app_name);
        object.put("modal_function_name", modal_function_name);
        object.put("environment_name", environment_name);
        object.put("app_version", app_version);
        object.put("function_id", function_id);
        object.put("app_id", app_id);
        object.put("function_type", function_type);
        object.put("is_method", is_method);
        object.put("web_url", web_url);
        object.put("input_formats", input_formats);
        object.put("output_formats", output_formats);
        object.put("supports_cbor", supports_cbor);
        object.put("timeout_secs", timeout_secs);
        object.put("startup_timeout_secs", startup_timeout_secs);
        object.put("input_plane_url", input_plane_url);
        object.put("input_plane_region", input_plane_region);
        object.put("arguments", arguments);
        object.put("class_parameters", class_parameters);
    }
}
