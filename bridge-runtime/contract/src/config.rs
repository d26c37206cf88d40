//! The bridge's configuration, to environment variables and back.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::options::{self, Options};
use crate::server_url::{MODAL_SERVER_URL, ServerUrlError, check_server_url};

const MODE: &str = "MODAL_INTEGRATION_PATTERN";
const APP: &str = "MODAL_APP_NAME";
const ENVIRONMENT: &str = "MODAL_ENVIRONMENT_NAME";
const FUNCTION: &str = "MODAL_FUNCTION_NAME";
const SECRET_ARN: &str = "MODAL_SECRET_ARN";
const PARAMS: &str = "PARAMETERS";
const SERVER_URL: &str = "MODAL_SERVER_URL";

/// Every variable the bridge reads. A practitioner's own variables may have none of these names.
pub const VARIABLES: &[&str] = &[
    MODE,
    APP,
    ENVIRONMENT,
    FUNCTION,
    SECRET_ARN,
    PARAMS,
    SERVER_URL,
    options::APP_VERSION,
    options::BATCH_MODE,
    options::RECORD_CONCURRENCY,
    options::RESPONSE_FORMAT,
    options::ON_TIMEOUT,
    options::PASS_CONTEXT,
    options::LOG_EVENT,
    options::METRICS,
    options::SECRET_CACHE_TTL,
    options::IDEMPOTENCY_TABLE,
    options::IDEMPOTENCY_KEY_PATH,
    options::IDEMPOTENCY_TTL,
];

/// What every call passes beside the event: a JSON object, its keys in the order written.
pub type Params = Map<String, Value>;

/// Which Modal function the bridge calls, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeConfig {
    pub mode: Mode,
    pub app: String,
    /// The Modal environment.
    pub environment: String,
    /// The Modal function, or a method as `Class.method`.
    pub function: String,
    pub params: Params,
    /// The Secrets Manager secret that holds the Modal token.
    pub secret_arn: String,
    /// `None` for Modal's own.
    pub server_url: Option<String>,
    /// What most bridges leave as it is.
    pub options: Options,
}

/// Whether an invocation waits for the Modal function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Answer with the id of the function call; Modal runs it on its own time.
    Spawn,
    /// Answer with the function's result.
    Remote,
}

/// A word that is no mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected \"spawn\" or \"remote\"")]
pub struct UnknownMode;

/// A variable that the bridge cannot work with. The message names it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("environment variable {name} is not set; expected {expected}")]
    Missing { name: &'static str, expected: &'static str },
    #[error("environment variable {name} is {value:?}; expected {expected}")]
    Unexpected { name: &'static str, value: String, expected: &'static str },
    #[error("environment variable {SERVER_URL} is {value:?}: {reason}")]
    ServerUrl { value: String, reason: ServerUrlError },
}

impl BridgeConfig {
    /// The Lambda's environment variables.
    pub fn to_vars(&self) -> BTreeMap<&'static str, String> {
        // No `..`: a field that reaches no variable does not compile.
        let Self { mode, app, environment, function, params, secret_arn, server_url, options } =
            self;
        let mut vars = BTreeMap::from([
            (MODE, mode.to_string()),
            (APP, app.clone()),
            (ENVIRONMENT, environment.clone()),
            (FUNCTION, function.clone()),
            (SECRET_ARN, secret_arn.clone()),
            (PARAMS, Value::Object(params.clone()).to_string()),
        ]);
        if let Some(server_url) = server_url {
            vars.insert(SERVER_URL, server_url.clone());
        }
        vars.extend(options.to_vars());
        vars
    }

    /// Reads what [`to_vars`](Self::to_vars) wrote. An empty variable counts as not set.
    pub fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let require = |name: &'static str, expected: &'static str| {
            get(name).ok_or(ConfigError::Missing { name, expected })
        };

        Ok(Self {
            mode: mode(require(MODE, EXPECTED_MODE)?)?,
            app: require(APP, "the name of a Modal app")?,
            environment: require(ENVIRONMENT, "the name of a Modal environment")?,
            function: require(FUNCTION, "the name of a Modal function")?,
            params: get(PARAMS).map_or_else(|| Ok(Params::new()), params)?,
            secret_arn: secret_arn(require(SECRET_ARN, EXPECTED_ARN)?)?,
            server_url: get(SERVER_URL).map(server_url).transpose()?,
            options: Options::from_vars(get)?,
        })
    }

    /// The server to call.
    pub fn server_url(&self) -> &str {
        self.server_url.as_deref().unwrap_or(MODAL_SERVER_URL)
    }
}

const EXPECTED_MODE: &str = "\"spawn\" or \"remote\"";
const EXPECTED_ARN: &str = "the ARN of a Secrets Manager secret";

fn mode(value: String) -> Result<Mode, ConfigError> {
    match value.parse() {
        Ok(mode) => Ok(mode),
        Err(UnknownMode) => Err(unexpected(MODE, &value, EXPECTED_MODE)),
    }
}

fn params(value: String) -> Result<Params, ConfigError> {
    serde_json::from_str(&value).map_err(|_| unexpected(PARAMS, &value, "a JSON object"))
}

fn secret_arn(value: String) -> Result<String, ConfigError> {
    let parts: Vec<_> = value.splitn(7, ':').collect();
    match parts[..] {
        ["arn", partition, "secretsmanager", region, _, "secret", name]
            if ![partition, region, name].contains(&"") =>
        {
            Ok(value)
        }
        _ => Err(unexpected(SECRET_ARN, &value, EXPECTED_ARN)),
    }
}

fn server_url(value: String) -> Result<String, ConfigError> {
    match check_server_url(&value) {
        Ok(()) => Ok(value),
        Err(reason) => Err(ConfigError::ServerUrl { value, reason }),
    }
}

/// Shows the beginning of a long value: an error is read in a log line.
pub(crate) fn unexpected(name: &'static str, value: &str, expected: &'static str) -> ConfigError {
    let mut value: String = value.chars().take(SHOWN + 1).collect();
    if value.chars().count() > SHOWN {
        value.pop();
        value.push('…');
    }
    ConfigError::Unexpected { name, value, expected }
}

const SHOWN: usize = 100;

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spawn => "spawn",
            Self::Remote => "remote",
        })
    }
}

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(word: &str) -> Result<Self, UnknownMode> {
        match word {
            "spawn" => Ok(Self::Spawn),
            "remote" => Ok(Self::Remote),
            _ => Err(UnknownMode),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use expect_test::{Expect, expect};

    use super::*;

    const ARN: &str = "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:modal-x1Y2z3";

    fn config() -> BridgeConfig {
        let params = r#"{"width":128,"id":123456789012345678901234567890,"a":{"z":1,"b":1.50}}"#;
        BridgeConfig {
            mode: Mode::Remote,
            app: "thumbnails".into(),
            environment: "main".into(),
            function: "Model.render".into(),
            params: serde_json::from_str(params).unwrap(),
            secret_arn: ARN.into(),
            server_url: None,
            options: Options::default(),
        }
    }

    fn read_with(name: &str, value: Option<&str>) -> Result<BridgeConfig, ConfigError> {
        let mut vars: HashMap<_, _> = config().to_vars().into_iter().collect();
        vars.remove(name);
        BridgeConfig::from_vars(|asked| match value {
            Some(value) if asked == name => Some(value.to_owned()),
            _ => vars.get(asked).cloned(),
        })
    }

    #[test]
    fn what_the_provider_writes_the_bridge_reads() {
        for server_url in [None, Some("http://127.0.0.1:9000".to_owned())] {
            for mode in [Mode::Spawn, Mode::Remote] {
                let config = BridgeConfig { mode, server_url: server_url.clone(), ..config() };
                let vars = config.to_vars();
                let read = BridgeConfig::from_vars(|name| vars.get(name).cloned());
                assert_eq!(read, Ok(config));
            }
        }
    }

    #[test]
    fn the_variables_have_the_names_of_the_cdk_library() {
        let config = BridgeConfig { server_url: Some("https://modal.example".into()), ..config() };
        let vars: Vec<_> = config.to_vars().into_iter().map(|(k, v)| format!("{k}={v}")).collect();
        expect![[r#"
            MODAL_APP_NAME=thumbnails
            MODAL_ENVIRONMENT_NAME=main
            MODAL_FUNCTION_NAME=Model.render
            MODAL_INTEGRATION_PATTERN=remote
            MODAL_SECRET_ARN=arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:modal-x1Y2z3
            MODAL_SERVER_URL=https://modal.example
            PARAMETERS={"width":128,"id":123456789012345678901234567890,"a":{"z":1,"b":1.50}}"#]]
        .assert_eq(&vars.join("\n"));
    }

    #[test]
    fn every_variable_written_is_in_the_list() {
        let config = BridgeConfig {
            server_url: Some("https://modal.example".into()),
            options: options::testing::nothing_default(),
            ..config()
        };
        let vars = config.to_vars();
        assert_eq!(vars.len(), VARIABLES.len());
        assert!(VARIABLES.iter().all(|name| vars.contains_key(name)));
    }

    /// As the CDK library's template has them, so that one of its Lambdas can be adopted.
    #[test]
    fn a_lambda_of_the_cdk_library_is_a_bridge_with_every_option_at_its_default() {
        let vars = HashMap::from([
            ("MODAL_INTEGRATION_PATTERN", "spawn"),
            ("MODAL_APP_NAME", "image-processing"),
            ("MODAL_ENVIRONMENT_NAME", "main"),
            ("MODAL_FUNCTION_NAME", "process_image"),
            ("MODAL_SECRET_ARN", ARN),
            ("PARAMETERS", r#"{"outputFormat":"png","quality":95}"#),
        ]);
        let read = BridgeConfig::from_vars(|name| vars.get(name).map(|value| (*value).to_owned()));
        let read = read.unwrap();
        assert_eq!((read.mode, read.function.as_str()), (Mode::Spawn, "process_image"));
        assert_eq!(read.options, Options::default());
        let written: HashMap<_, _> = read.to_vars().into_iter().collect();
        assert_eq!(written.len(), vars.len());
        assert!(vars.iter().all(|(name, value)| written[name] == *value), "{written:?}");
    }

    #[test]
    fn without_parameters_the_function_gets_an_empty_object() {
        assert_eq!(read_with("PARAMETERS", None).unwrap().params, Params::new());
    }

    #[test]
    fn a_variable_that_cannot_be_used_is_named_with_what_is_expected() {
        let check = |name: &str, value: Option<&str>, expected: Expect| {
            expected.assert_eq(&read_with(name, value).unwrap_err().to_string());
        };
        check(
            "PARAMETERS",
            Some("{"),
            expect![[r#"environment variable PARAMETERS is "{"; expected a JSON object"#]],
        );
        check(
            "PARAMETERS",
            Some("[1]"),
            expect![[r#"environment variable PARAMETERS is "[1]"; expected a JSON object"#]],
        );
        check(
            "PARAMETERS",
            Some(&"x".repeat(5000)),
            expect![[
                r#"environment variable PARAMETERS is "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"; expected a JSON object"#
            ]],
        );
        check(
            "MODAL_INTEGRATION_PATTERN",
            Some("map"),
            expect![[
                r#"environment variable MODAL_INTEGRATION_PATTERN is "map"; expected "spawn" or "remote""#
            ]],
        );
        check(
            "MODAL_INTEGRATION_PATTERN",
            None,
            expect![[
                r#"environment variable MODAL_INTEGRATION_PATTERN is not set; expected "spawn" or "remote""#
            ]],
        );
        check(
            "MODAL_APP_NAME",
            Some(""),
            expect![
                "environment variable MODAL_APP_NAME is not set; expected the name of a Modal app"
            ],
        );
        check(
            "MODAL_SECRET_ARN",
            Some("modal-token"),
            expect![[
                r#"environment variable MODAL_SECRET_ARN is "modal-token"; expected the ARN of a Secrets Manager secret"#
            ]],
        );
        check(
            "MODAL_SERVER_URL",
            Some("http://modal.example"),
            expect![[
                r#"environment variable MODAL_SERVER_URL is "http://modal.example": http:// would send the Modal token in cleartext; it is accepted for loopback only"#
            ]],
        );
    }
}
