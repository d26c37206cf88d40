//! What practitioners know of `aws_lambda_function`: the attributes and blocks that become settings
//! of the Lambda function.

use std::collections::{BTreeMap, BTreeSet};

use bridge_contract::VARIABLES;
use tf_framework::{
    Attribute, AttributePath, Block, Diagnostic, Dynamic, Model, ObjectReader, ObjectWriter,
    Schema, Type, Validator, Value,
};

use crate::arn::Arn;
use crate::aws::lambda::{FunctionSettings, JSON_FORMAT, Logging, USUAL_LEVEL, USUAL_STORAGE, Vpc};

/// Layers that a function may have.
const MAX_LAYERS: usize = 5;

/// The attributes. Members of a bridge, not of a block.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct LambdaSettingsModel {
    pub(super) description: Value<String>,
    pub(super) kms_key_arn: Value<String>,
    pub(super) layers: Value<Vec<String>>,
    pub(super) environment: Value<EnvironmentModel>,
    pub(super) vpc_config: Value<VpcConfigModel>,
    pub(super) tracing_config: Value<TracingConfigModel>,
    pub(super) logging_config: Value<LoggingConfigModel>,
    pub(super) ephemeral_storage: Value<EphemeralStorageModel>,
    pub(super) dead_letter_config: Value<DeadLetterConfigModel>,
}

/// The block `environment`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct EnvironmentModel {
    pub(super) variables: Value<BTreeMap<String, String>>,
}

/// The block `vpc_config`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct VpcConfigModel {
    pub(super) subnet_ids: Value<BTreeSet<String>>,
    pub(super) security_group_ids: Value<BTreeSet<String>>,
    pub(super) ipv6_allowed_for_dual_stack: Value<bool>,
}

/// The block `tracing_config`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TracingConfigModel {
    pub(super) mode: Value<String>,
}

/// The block `logging_config`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct LoggingConfigModel {
    pub(super) log_format: Value<String>,
    pub(super) application_log_level: Value<String>,
    pub(super) system_log_level: Value<String>,
}

/// The block `ephemeral_storage`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct EphemeralStorageModel {
    pub(super) size: Value<i64>,
}

/// The block `dead_letter_config`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct DeadLetterConfigModel {
    pub(super) target_arn: Value<String>,
}

const ACTIVE: &str = "Active";
const PASS_THROUGH: &str = "PassThrough";

pub(super) fn schema(schema: Schema) -> Schema {
    schema
        .attribute(
            "description",
            Attribute::string("What the Lambda function is for. Says what it calls unless set.")
                .validate(Validator::length(0..=256)),
        )
        .attribute(
            "kms_key_arn",
            Attribute::string(
                "ARN of the KMS key for the environment variables. Lambda's own unless set.",
            )
            .validate(Validator::text(|arn| check_arn(arn, &["kms"], "a KMS key"))),
        )
        .attribute(
            "layers",
            Attribute::new(
                Type::list(Type::String),
                "ARNs of up to five layers, with their versions.",
            )
            .validate(Validator::new(check_layers))
            .validate(Validator::each(Validator::text(|arn| {
                check_arn(arn, &["lambda"], "a version of a layer")
            }))),
        )
        .block(
            "environment",
            Block::single("The Lambda function's environment, beside the bridge's own.").attribute(
                "variables",
                Attribute::new(
                    Type::map(Type::String),
                    "Variables, by name. With the bridge's own, they may have 4096 bytes together.",
                )
                .validate(Validator::new(check_variables)),
            ),
        )
        .block("vpc_config", vpc_block())
        .block(
            "tracing_config",
            Block::single("Tracing with AWS X-Ray.").attribute(
                "mode",
                Attribute::string(
                    "`Active` samples invocations, and shows each call to Modal as a subsegment; \
                     `PassThrough` follows what the caller sampled.",
                )
                .required()
                .validate(Validator::one_of(&[ACTIVE, PASS_THROUGH])),
            ),
        )
        .block("logging_config", logging_block())
        .block(
            "ephemeral_storage",
            Block::single("The folder `/tmp`, of which the bridge itself uses nothing.").attribute(
                "size",
                Attribute::number("Megabytes, 512 to 10240.")
                    .required()
                    .validate(Validator::between(512..=10240)),
            ),
        )
        .block(
            "dead_letter_config",
            Block::single(
                "Where asynchronous events go that failed. The execution role may send there.",
            )
            .attribute(
                "target_arn",
                Attribute::string("ARN of an SQS queue or an SNS topic.").required().validate(
                    Validator::text(|arn| {
                        check_arn(arn, &["sqs", "sns"], "an SQS queue or an SNS topic")
                    }),
                ),
            ),
        )
}

fn vpc_block() -> Block {
    let ids = |description: &str| Attribute::new(Type::set(Type::String), description).required();
    Block::single(
        "The VPC to work in. The bridge must reach `api.modal.com` and Secrets Manager from it, \
         by a NAT gateway or, for the latter, an endpoint. Lambda makes network interfaces in the \
         subnets, which all functions with the same security groups share, and deletes them some \
         minutes after the last of these functions. A destroy waits for that, because Lambda needs \
         the execution role for it, and security groups and subnets cannot be deleted before; it \
         needs `ec2:DescribeNetworkInterfaces`. Where a bridge leaves its VPC and stays, its role \
         loses the right to delete them at once: attach the AWS managed policy \
         `AWSLambdaENIManagementAccess` by `additional_policy_arns` until they are gone.",
    )
    .attribute("subnet_ids", ids("Subnets."))
    .attribute("security_group_ids", ids("Security groups."))
    .attribute(
        "ipv6_allowed_for_dual_stack",
        Attribute::bool("Whether IPv6 is used in subnets that have it. `false` unless set."),
    )
}

fn logging_block() -> Block {
    Block::single("How the Lambda function logs.")
        .attribute(
            "log_format",
            Attribute::string("`JSON` or `Text`. `JSON` unless set.")
                .validate(Validator::one_of(&[JSON_FORMAT, "Text"])),
        )
        .attribute(
            "application_log_level",
            Attribute::string(
                "The least level of the bridge's lines: `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR` \
                 or `FATAL`. `INFO` unless set. For `JSON` only.",
            )
            .validate(Validator::one_of(&["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])),
        )
        .attribute(
            "system_log_level",
            Attribute::string(
                "The least level of Lambda's lines: `DEBUG`, `INFO` or `WARN`. `INFO` unless set. \
                 For `JSON` only.",
            )
            .validate(Validator::one_of(&["DEBUG", "INFO", "WARN"])),
        )
}

impl LambdaSettingsModel {
    /// Puts what is configured over settings that are as usual. What is not known counts as usual.
    pub(super) fn put_into(&self, settings: &mut FunctionSettings) {
        let text = |value: &Value<String>| value.known().cloned();
        if let Some(description) = self.description.known() {
            settings.description.clone_from(description);
        }
        settings.kms_key_arn = text(&self.kms_key_arn);
        settings.layers = self.layers.known().cloned().unwrap_or_default();
        settings.variables.extend(self.variables());
        if let Some(block) = self.vpc_config.known() {
            settings.vpc = Vpc {
                subnet_ids: block.subnet_ids.known().cloned().unwrap_or_default(),
                security_group_ids: block.security_group_ids.known().cloned().unwrap_or_default(),
                ipv6: block.ipv6_allowed_for_dual_stack == Value::Known(true),
            };
        }
        settings.is_traced = self.is_traced() == Some(true);
        if let Some(block) = self.logging_config.known() {
            let format = text(&block.log_format).unwrap_or_else(|| JSON_FORMAT.to_owned());
            let level = |level: &Value<String>| {
                (format == JSON_FORMAT).then(|| text(level).unwrap_or(USUAL_LEVEL.to_owned()))
            };
            settings.logging = Logging {
                group: settings.logging.group.clone(),
                application_level: level(&block.application_log_level),
                system_level: level(&block.system_log_level),
                format,
            };
        }
        if let Some(size) = self.ephemeral_storage.known().and_then(|block| block.size.known()) {
            settings.ephemeral_storage = i32::try_from(*size).unwrap_or(i32::MAX);
        }
        settings.dead_letter_arn = self.dead_letter_arn().into_known();
    }

    /// What Lambda would refuse at apply.
    pub(super) fn validate(&self) -> Vec<Diagnostic> {
        let Some(block) = self.logging_config.known() else { return Vec::new() };
        if block.log_format.known().is_none_or(|format| format == JSON_FORMAT) {
            return Vec::new();
        }
        let levels = [
            ("application_log_level", &block.application_log_level),
            ("system_log_level", &block.system_log_level),
        ];
        let set = levels.into_iter().filter(|(_, level)| !level.is_null());
        set.map(|(name, _)| {
            Diagnostic::error(
                "Conflicting logging settings",
                format!("A log in the format Text has no levels: leave out {name}, or use JSON."),
            )
            .at(AttributePath::from("logging_config").attribute(name))
        })
        .collect()
    }

    /// The practitioner's own variables, as far as they are known.
    pub(super) fn variables(&self) -> BTreeMap<String, String> {
        let block = self.environment.known();
        block.and_then(|block| block.variables.known()).cloned().unwrap_or_default()
    }

    /// Whether Lambda samples invocations for X-Ray; `None` while that is not known.
    pub(super) fn is_traced(&self) -> Option<bool> {
        match &self.tracing_config {
            Value::Null => Some(false),
            Value::Known(block) => block.mode.known().map(|mode| mode == ACTIVE),
            Value::Unknown => None,
        }
    }

    /// Whether the function is in a VPC; `None` while that is not known.
    pub(super) fn is_in_vpc(&self) -> Option<bool> {
        match &self.vpc_config {
            Value::Null => Some(false),
            Value::Known(block) => block.subnet_ids.known().map(|ids| !ids.is_empty()),
            Value::Unknown => None,
        }
    }

    /// Queue or topic for asynchronous events that failed.
    pub(super) fn dead_letter_arn(&self) -> Value<String> {
        match &self.dead_letter_config {
            Value::Null => Value::Null,
            Value::Known(block) => block.target_arn.clone(),
            Value::Unknown => Value::Unknown,
        }
    }

    /// What Lambda has. What means the same in the state keeps its spelling. `described` are
    /// the descriptions of a function that has none of the practitioner's.
    pub(super) fn observed(found: &FunctionSettings, described: &[String], state: &Self) -> Self {
        let usual = state.description.is_null() && described.contains(&found.description);
        let layers = (!found.layers.is_empty()).then(|| found.layers.clone());
        Self {
            description: if usual { Value::Null } else { Value::Known(found.description.clone()) },
            kms_key_arn: found.kms_key_arn.clone().into(),
            layers: match &state.layers {
                Value::Known(before) if *before == found.layers => state.layers.clone(),
                _ => layers.into(),
            },
            environment: environment(found, &state.environment),
            vpc_config: vpc_config(&found.vpc, &state.vpc_config),
            tracing_config: tracing_config(found.is_traced, &state.tracing_config),
            logging_config: logging_config(&found.logging, &state.logging_config),
            ephemeral_storage: match (found.ephemeral_storage, &state.ephemeral_storage) {
                (USUAL_STORAGE, Value::Null) => Value::Null,
                (size, _) => {
                    Value::Known(EphemeralStorageModel { size: Value::Known(size.into()) })
                }
            },
            dead_letter_config: found
                .dead_letter_arn
                .clone()
                .map(|arn| DeadLetterConfigModel { target_arn: Value::Known(arn) })
                .into(),
        }
    }
}

fn environment(
    found: &FunctionSettings,
    state: &Value<EnvironmentModel>,
) -> Value<EnvironmentModel> {
    let own = found.variables.iter().filter(|(name, _)| !VARIABLES.contains(&name.as_str()));
    let own: BTreeMap<_, _> = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    match state {
        // A block that says nothing.
        Value::Known(before) if own.is_empty() && before.variables.is_null() => state.clone(),
        Value::Null if own.is_empty() => Value::Null,
        _ => Value::Known(EnvironmentModel { variables: Value::Known(own) }),
    }
}

fn vpc_config(found: &Vpc, state: &Value<VpcConfigModel>) -> Value<VpcConfigModel> {
    let before = state.known();
    if found.subnet_ids.is_empty() && before.is_none() {
        return Value::Null;
    }
    let was_left_out = before.is_none_or(|before| before.ipv6_allowed_for_dual_stack.is_null());
    Value::Known(VpcConfigModel {
        subnet_ids: Value::Known(found.subnet_ids.clone()),
        security_group_ids: Value::Known(found.security_group_ids.clone()),
        ipv6_allowed_for_dual_stack: if was_left_out && !found.ipv6 {
            Value::Null
        } else {
            Value::Known(found.ipv6)
        },
    })
}

fn tracing_config(is_traced: bool, state: &Value<TracingConfigModel>) -> Value<TracingConfigModel> {
    if !is_traced && state.is_null() {
        return Value::Null;
    }
    let mode = if is_traced { ACTIVE } else { PASS_THROUGH };
    Value::Known(TracingConfigModel { mode: mode.into() })
}

fn logging_config(found: &Logging, state: &Value<LoggingConfigModel>) -> Value<LoggingConfigModel> {
    let level = |found: &Option<String>, before: Option<&Value<String>>| match (found, before) {
        (Some(found), None | Some(Value::Null)) if found == USUAL_LEVEL => Value::Null,
        (found, _) => found.clone().into(),
    };
    let before = state.known();
    let block = LoggingConfigModel {
        log_format: match before.map(|before| &before.log_format) {
            None | Some(Value::Null) if found.format == JSON_FORMAT => Value::Null,
            _ => Value::Known(found.format.clone()),
        },
        application_log_level: level(
            &found.application_level,
            before.map(|before| &before.application_log_level),
        ),
        system_log_level: level(&found.system_level, before.map(|before| &before.system_log_level)),
    };
    if before.is_none() && block == LoggingConfigModel::default() {
        Value::Null
    } else {
        Value::Known(block)
    }
}

pub(super) fn check_arn(arn: &str, services: &[&str], what: &str) -> Result<(), String> {
    match Arn::parse(arn) {
        Some(parsed) if services.contains(&parsed.service) => Ok(()),
        _ => Err(format!("must be the ARN of {what}, not {arn:?}.")),
    }
}

fn check_layers(layers: &Dynamic) -> Result<(), String> {
    match layers {
        Dynamic::List(layers) if layers.len() > MAX_LAYERS => {
            Err(format!("may name {MAX_LAYERS} layers at most, not {}.", layers.len()))
        }
        _ => Ok(()),
    }
}

/// Names that Lambda keeps for itself: the AWS Lambda developer guide, "Defined runtime environment
/// variables", reserved ones.
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

fn check_variables(variables: &Dynamic) -> Result<(), String> {
    let Dynamic::Map(variables) = variables else { return Ok(()) };
    let letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    for name in variables.keys() {
        if VARIABLES.contains(&name.as_str()) {
            return Err(format!("may not have {name}: the bridge's own attributes set it."));
        }
        if RESERVED.contains(&name.as_str()) {
            return Err(format!("may not have {name}: Lambda sets it."));
        }
        let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
        if !begins || name.len() < 2 || !name.chars().all(letter) {
            return Err(format!(
                "may not have {name:?}: names begin with a letter and have two or more letters, \
                 digits and _."
            ));
        }
    }
    Ok(())
}

impl Model for LambdaSettingsModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            description: object.take("description"),
            kms_key_arn: object.take("kms_key_arn"),
            layers: object.take("layers"),
            environment: object.take_block("environment"),
            vpc_config: object.take_block("vpc_config"),
            tracing_config: object.take_block("tracing_config"),
            logging_config: object.take_block("logging_config"),
            ephemeral_storage: object.take_block("ephemeral_storage"),
            dead_letter_config: object.take_block("dead_letter_config"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            description,
            kms_key_arn,
            layers,
            environment,
            vpc_config,
            tracing_config,
            logging_config,
            ephemeral_storage,
            dead_letter_config,
        } = self;
        object.put("description", description);
        object.put("kms_key_arn", kms_key_arn);
        object.put("layers", layers);
        object.put_block("environment", environment);
        object.put_block("vpc_config", vpc_config);
        object.put_block("tracing_config", tracing_config);
        object.put_block("logging_config", logging_config);
        object.put_block("ephemeral_storage", ephemeral_storage);
        object.put_block("dead_letter_config", dead_letter_config);
    }
}

impl Model for EnvironmentModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { variables: object.take("variables") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { variables } = self;
        object.put("variables", variables);
    }
}

impl Model for VpcConfigModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            subnet_ids: object.take("subnet_ids"),
            security_group_ids: object.take("security_group_ids"),
            ipv6_allowed_for_dual_stack: object.take("ipv6_allowed_for_dual_stack"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { subnet_ids, security_group_ids, ipv6_allowed_for_dual_stack } = self;
        object.put("subnet_ids", subnet_ids);
        object.put("security_group_ids", security_group_ids);
        object.put("ipv6_allowed_for_dual_stack", ipv6_allowed_for_dual_stack);
    }
}

impl Model for TracingConfigModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { mode: object.take("mode") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { mode } = self;
        object.put("mode", mode);
    }
}

impl Model for LoggingConfigModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            log_format: object.take("log_format"),
            application_log_level: object.take("application_log_level"),
            system_log_level: object.take("system_log_level"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { log_format, application_log_level, system_log_level } = self;
        object.put("log_format", log_format);
        object.put("application_log_level", application_log_level);
        object.put("system_log_level", system_log_level);
    }
}

impl Model for EphemeralStorageModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { size: object.take("size") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { size } = self;
        object.put("size", size);
    }
}

impl Model for DeadLetterConfigModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { target_arn: object.take("target_arn") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { target_arn } = self;
        object.put("target_arn", target_arn);
    }
}
