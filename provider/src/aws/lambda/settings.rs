//! What of a function can be changed beside its code and tags.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_lambda::types as sdk;

/// The runtime that starts a `bootstrap` of ours.
pub const RUNTIME: &str = "provided.al2023";

/// A custom runtime has no use for a handler; Lambda wants one all the same.
const HANDLER: &str = "bootstrap";

/// Megabytes of `/tmp` that every function has.
pub const USUAL_STORAGE: i32 = 512;

/// Settings. An update sends all of them, so that what is no longer wanted goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSettings {
    /// [`RUNTIME`], unless somebody else made or changed the function. Empty for an image.
    pub runtime: String,
    /// [`HANDLER`], likewise.
    pub handler: String,
    /// The execution role.
    pub role_arn: String,
    /// For people.
    pub description: String,
    /// Seconds.
    pub timeout: i32,
    /// Megabytes.
    pub memory_size: i32,
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
    /// Where and how it logs.
    pub logging: Logging,
    /// Key for the environment variables; `None` for Lambda's own.
    pub kms_key_arn: Option<String>,
    /// ARNs of layers, the first at the bottom.
    pub layers: Vec<String>,
    /// Without subnets: in no VPC.
    pub vpc: Vpc,
    /// Whether Lambda samples invocations for X-Ray by itself.
    pub is_traced: bool,
    /// Megabytes of `/tmp`.
    pub ephemeral_storage: i32,
    /// Queue or topic for asynchronous events that failed.
    pub dead_letter_arn: Option<String>,
}

/// Where and how a function logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    /// Name of the log group, which must exist: the function may not make one.
    pub group: String,
    /// `JSON` or `Text`
    pub format: String,
    /// The least level of the bridge's own lines. `None` with the format `Text`.
    pub application_level: Option<String>,
    /// The least level of Lambda's lines. `None` with the format `Text`.
    pub system_level: Option<String>,
}

/// The format that has levels.
pub const JSON_FORMAT: &str = "JSON";

/// The level of a log that has levels, unless it is set.
pub const USUAL_LEVEL: &str = "INFO";

/// The network that a function works in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vpc {
    /// Subnets.
    pub subnet_ids: BTreeSet<String>,
    /// Security groups.
    pub security_group_ids: BTreeSet<String>,
    /// Whether it may speak IPv6 in subnets that have it.
    pub ipv6: bool,
}

impl FunctionSettings {
    /// As Lambda has them unless told otherwise, but for the runtime, and with a log in JSON.
    pub fn usual(role_arn: String, log_group: String) -> Self {
        Self {
            runtime: RUNTIME.to_owned(),
            handler: HANDLER.to_owned(),
            role_arn,
            description: String::new(),
            timeout: 3,
            memory_size: 128,
            variables: BTreeMap::new(),
            logging: Logging {
                group: log_group,
                format: JSON_FORMAT.to_owned(),
                application_level: Some(USUAL_LEVEL.to_owned()),
                system_level: Some(USUAL_LEVEL.to_owned()),
            },
            kms_key_arn: None,
            layers: Vec::new(),
            vpc: Vpc::default(),
            is_traced: false,
            ephemeral_storage: USUAL_STORAGE,
            dead_letter_arn: None,
        }
    }

    /// `None` for an image.
    pub fn runtime(&self) -> Option<&str> {
        Some(self.runtime.as_str()).filter(|runtime| !runtime.is_empty())
    }

    pub(super) fn environment(&self) -> sdk::Environment {
        let variables = self.variables.clone().into_iter().collect();
        sdk::Environment::builder().set_variables(Some(variables)).build()
    }

    pub(super) fn logging_config(&self) -> sdk::LoggingConfig {
        let Logging { group, format, application_level, system_level } = &self.logging;
        sdk::LoggingConfig::builder()
            .log_group(group)
            .log_format(sdk::LogFormat::from(format.as_str()))
            .set_application_log_level(application_level.as_deref().map(Into::into))
            .set_system_log_level(system_level.as_deref().map(Into::into))
            .build()
    }

    pub(super) fn vpc_config(&self) -> sdk::VpcConfig {
        let Vpc { subnet_ids, security_group_ids, ipv6 } = &self.vpc;
        sdk::VpcConfig::builder()
            .set_subnet_ids(Some(subnet_ids.iter().cloned().collect()))
            .set_security_group_ids(Some(security_group_ids.iter().cloned().collect()))
            .ipv6_allowed_for_dual_stack(*ipv6)
            .build()
    }

    pub(super) fn tracing_config(&self) -> sdk::TracingConfig {
        let mode =
            if self.is_traced { sdk::TracingMode::Active } else { sdk::TracingMode::PassThrough };
        sdk::TracingConfig::builder().mode(mode).build()
    }

    pub(super) fn storage(&self) -> Option<sdk::EphemeralStorage> {
        sdk::EphemeralStorage::builder().size(self.ephemeral_storage).build().ok()
    }

    pub(super) fn dead_letter_config(&self) -> sdk::DeadLetterConfig {
        let arn = self.dead_letter_arn.as_deref().unwrap_or_default();
        sdk::DeadLetterConfig::builder().target_arn(arn).build()
    }
}

impl From<&sdk::FunctionConfiguration> for FunctionSettings {
    fn from(found: &sdk::FunctionConfiguration) -> Self {
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let given = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(str::to_owned);
        let variables = found.environment().and_then(|environment| environment.variables());
        let variables = variables.into_iter().flatten();
        let layers = found.layers().iter().filter_map(|layer| layer.arn().map(str::to_owned));
        let mode = found.tracing_config().and_then(|tracing| tracing.mode());
        let storage = found.ephemeral_storage().map(sdk::EphemeralStorage::size);
        Self {
            runtime: text(found.runtime().map(sdk::Runtime::as_str)),
            handler: text(found.handler()),
            role_arn: text(found.role()),
            description: text(found.description()),
            timeout: found.timeout().unwrap_or_default(),
            memory_size: found.memory_size().unwrap_or_default(),
            variables: variables.map(|(key, value)| (key.clone(), value.clone())).collect(),
            logging: Logging::of(found.logging_config()),
            kms_key_arn: given(found.kms_key_arn()),
            layers: layers.collect(),
            vpc: found.vpc_config().map(Vpc::from).unwrap_or_default(),
            is_traced: mode == Some(&sdk::TracingMode::Active),
            ephemeral_storage: storage.unwrap_or(USUAL_STORAGE),
            dead_letter_arn: given(found.dead_letter_config().and_then(|found| found.target_arn())),
        }
    }
}

impl Logging {
    /// Lambda leaves out a level that is as usual, or does not; and the format of old functions.
    fn of(found: Option<&sdk::LoggingConfig>) -> Self {
        let format = found.and_then(|found| found.log_format()).map(sdk::LogFormat::as_str);
        let format = format.unwrap_or("Text").to_owned();
        let level = |level: Option<&str>| {
            (format == JSON_FORMAT).then(|| level.unwrap_or(USUAL_LEVEL).to_owned())
        };
        let application = found.and_then(|found| found.application_log_level());
        let system = found.and_then(|found| found.system_log_level());
        Self {
            group: found.and_then(|found| found.log_group()).unwrap_or_default().to_owned(),
            application_level: level(application.map(sdk::ApplicationLogLevel::as_str)),
            system_level: level(system.map(sdk::SystemLogLevel::as_str)),
            format,
        }
    }
}

impl From<&sdk::VpcConfigResponse> for Vpc {
    fn from(found: &sdk::VpcConfigResponse) -> Self {
        Self {
            subnet_ids: found.subnet_ids().iter().cloned().collect(),
            security_group_ids: found.security_group_ids().iter().cloned().collect(),
            ipv6: found.ipv6_allowed_for_dual_stack().unwrap_or_default(),
        }
    }
}
