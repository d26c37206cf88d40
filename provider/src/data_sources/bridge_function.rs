//! `modal_bridge_function`: a bridge that exists, whoever made it.

use std::collections::BTreeMap;

use bridge_contract::BridgeConfig;
use serde_json::Value as Json;
use tf_framework::{
    Attribute, DataSource, Diagnostic, Model, ObjectReader, ObjectWriter, Schema, Type, Value,
    async_trait,
};

use crate::aws::lambda::LambdaFunction;
use crate::provider::Clients;
use crate::resources::cannot::cannot;
use crate::tags;

/// Looks for a bridge by its name.
#[derive(Debug)]
pub(crate) struct BridgeFunctionData {
    clients: Clients,
}

impl BridgeFunctionData {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl DataSource for BridgeFunctionData {
    const TYPE_NAME: &'static str = "bridge_function";
    type Model = BridgeFunctionDataModel;

    fn schema() -> Schema {
        let output = |description: &str| Attribute::string(description).computed();
        Schema::new(
            "A bridge that exists already: one of another configuration, or one that the CDK \
             library made.",
        )
        .attribute("name", Attribute::string("Name of the Lambda function.").required())
        .attribute(
            "region",
            Attribute::string("AWS region. The provider's unless set.").optional_computed(),
        )
        .attribute("arn", output("ARN of the Lambda function."))
        .attribute("invoke_arn", output("ARN by which API Gateway invokes the Lambda function."))
        .attribute("function_name", output("Name of the Lambda function."))
        .attribute("app_name", output("Modal app."))
        .attribute("environment_name", output("Modal environment."))
        .attribute("modal_function_name", output("Modal function, or a method of a class."))
        .attribute("mode", output("`spawn` or `remote`."))
        .attribute("params", output("What every call gets as its second argument, JSON."))
        .attribute("token_secret_arn", output("ARN of the secret with the Modal token."))
        .attribute("execution_role_arn", output("ARN of the role that the bridge runs as."))
        .attribute("log_group_name", output("Name of the log group."))
        .attribute("runtime", output("Runtime of the Lambda function."))
        .attribute("architecture", output("`arm64` or `x86_64`."))
        .attribute(
            "timeout",
            Attribute::number("Seconds that the Lambda function may take.").computed(),
        )
        .attribute("memory_size", Attribute::number("Megabytes of memory.").computed())
        .attribute("code_sha256", output("SHA-256 of the code in base64, as Lambda reports it."))
        .attribute(
            "tags",
            Attribute::new(Type::map(Type::String), "Tags of the Lambda function.").computed(),
        )
    }

    async fn read(
        &self,
        config: BridgeFunctionDataModel,
        _warnings: &mut Vec<Diagnostic>,
    ) -> Result<BridgeFunctionDataModel, Diagnostic> {
        let name = config.name.require("name")?;
        let attempt = format!("read bridge function {name:?}");
        let absent = |why: &str| Diagnostic::error(format!("Cannot {attempt}"), why).at("name");
        let aws = self.clients.aws_in(&config.region);
        let found = aws.lambda.find_function(name).await;
        let found = found.map_err(|error| cannot(&attempt, &error).at("name"))?;
        let Some(function) = found else {
            let region = &aws.region;
            return Err(absent(&format!(
                "There is no such Lambda function in this account in {region}."
            )));
        };
        let variables = &function.settings.variables;
        match BridgeConfig::from_vars(|name| variables.get(name).cloned()) {
            Ok(config) => Ok(BridgeFunctionDataModel::of(function, config, aws.region)),
            Err(error) => Err(absent(&format!("This Lambda function is no bridge: {error}."))),
        }
    }
}

/// Attributes.
#[derive(Debug, Clone, Default)]
pub(crate) struct BridgeFunctionDataModel {
    name: Value<String>,
    region: Value<String>,
    arn: Value<String>,
    invoke_arn: Value<String>,
    function_name: Value<String>,
    app_name: Value<String>,
    environment_name: Value<String>,
    modal_function_name: Value<String>,
    mode: Value<String>,
    params: Value<String>,
    token_secret_arn: Value<String>,
    execution_role_arn: Value<String>,
    log_group_name: Value<String>,
    runtime: Value<String>,
    architecture: Value<String>,
    timeout: Value<i64>,
    memory_size: Value<i64>,
    code_sha256: Value<String>,
    tags: Value<BTreeMap<String, String>>,
}

impl BridgeFunctionDataModel {
    fn of(function: LambdaFunction, config: BridgeConfig, region: String) -> Self {
        let invoke_arn = function.invoke_arn();
        let settings = function.settings;
        Self {
            name: Value::Known(function.name.clone()),
            region: Value::Known(region),
            arn: Value::Known(function.arn),
            invoke_arn: Value::Known(invoke_arn),
            function_name: Value::Known(function.name),
            app_name: Value::Known(config.app),
            environment_name: Value::Known(config.environment),
            modal_function_name: Value::Known(config.function),
            mode: Value::Known(config.mode.to_string()),
            params: Value::Known(Json::Object(config.params).to_string()),
            token_secret_arn: Value::Known(config.secret_arn),
            execution_role_arn: Value::Known(settings.role_arn),
            log_group_name: Value::Known(settings.logging.group),
            runtime: Value::Known(settings.runtime),
            architecture: function.architecture.map(|found| found.name().to_owned()).into(),
            timeout: Value::Known(settings.timeout.into()),
            memory_size: Value::Known(settings.memory_size.into()),
            code_sha256: Value::Known(function.code_sha256),
            tags: Value::Known(tags::visible(&function.tags)),
        }
    }
}

impl Model for BridgeFunctionDataModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            name: object.take("name"),
            region: object.take("region"),
            arn: object.take("arn"),
            invoke_arn: object.take("invoke_arn"),
            function_name: object.take("function_name"),
            app_name: object.take("app_name"),
            environment_name: object.take("environment_name"),
            modal_function_name: object.take("modal_function_name"),
            mode: object.take("mode"),
            params: object.take("params"),
            token_secret_arn: object.take("token_secret_arn"),
            execution_role_arn: object.take("execution_role_arn"),
            log_group_name: object.take("log_group_name"),
            runtime: object.take("runtime"),
            architecture: object.take("architecture"),
            timeout: object.take("timeout"),
            memory_size: object.take("memory_size"),
            code_sha256: object.take("code_sha256"),
            tags: object.take("tags"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            name,
            region,
            arn,
            invoke_arn,
            function_name,
            app_name,
            environment_name,
            modal_function_name,
            mode,
            params,
            token_secret_arn,
            execution_role_arn,
            log_group_name,
            runtime,
            architecture,
            timeout,
            memory_size,
            code_sha256,
            tags,
        } = self;
        object.put("name", name);
        object.put("region", region);
        object.put("arn", arn);
        object.put("invoke_arn", invoke_arn);
        object.put("function_name", function_name);
        object.put("app_name", app_name);
        object.put("environment_name", environment_name);
        object.put("modal_function_name", modal_function_name);
        object.put("mode", mode);
        object.put("params", params);
        object.put("token_secret_arn", token_secret_arn);
        object.put("execution_role_arn", execution_role_arn);
        object.put("log_group_name", log_group_name);
        object.put("runtime", runtime);
        object.put("architecture", architecture);
        object.put("timeout", timeout);
        object.put("memory_size", memory_size);
        object.put("code_sha256", code_sha256);
        object.put("tags", tags);
    }
}
