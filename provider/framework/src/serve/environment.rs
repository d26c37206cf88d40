//! What Terraform tells a provider before the first call: go-plugin's environment variables.

use std::collections::BTreeMap;
use std::env;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use tracing::level_filters::LevelFilter;

/// Says "Terraform started this". Public: it guards against a mistake, not against an attacker.
const MAGIC_COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// The handshake's variables, and the level of the log.
///
/// `PLUGIN_PROTOCOL_VERSIONS` is not among them: a plugin takes the highest version that both sides
/// know and, if there is none, its own lowest (go-plugin server.go `protocolVersion`). Whoever
/// speaks one version has nothing to choose.
#[derive(Debug, Clone)]
pub struct Environment {
    pub(super) started_by_terraform: bool,
    /// The one certificate (PEM) that a client may present. Without it connections are not secured.
    pub(super) client_certificate: Option<String>,
    /// Where the socket goes.
    pub(super) socket_dir: PathBuf,
    /// Where there is no unix socket: the TCP ports to try.
    pub(super) ports: RangeInclusive<u16>,
    /// What the log on standard error keeps.
    pub(super) log_level: LevelFilter,
    /// The same for single providers, by name as variables have it: `TINY`.
    pub(super) log_levels: BTreeMap<String, LevelFilter>,
}

/// What a provider's own level is called, before its name (terraform-plugin-log `WithLevelFromEnv`).
const OWN_LOG_LEVEL: &str = "TF_LOG_PROVIDER_";

impl Environment {
    /// Reads the process's environment: the one place where the framework does.
    pub fn from_process() -> Self {
        let variables = env::vars_os();
        // What is no text is none of the handshake's.
        let text = variables.filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::from_variables(&text.collect())
    }

    /// Whether Terraform, and not a person, started this process.
    pub fn started_by_terraform(&self) -> bool {
        self.started_by_terraform
    }

    fn from_variables(variables: &BTreeMap<String, String>) -> Self {
        let get = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
        let port = |name| get(name).and_then(|value| value.parse().ok());
        Self {
            started_by_terraform: get(MAGIC_COOKIE.0).as_deref() == Some(MAGIC_COOKIE.1),
            client_certificate: get("PLUGIN_CLIENT_CERT"),
            socket_dir: get("PLUGIN_UNIX_SOCKET_DIR").map_or_else(env::temp_dir, PathBuf::from),
            // Go's rule: without a range any free port will do.
            ports: port("PLUGIN_MIN_PORT").unwrap_or(0)..=port("PLUGIN_MAX_PORT").unwrap_or(0),
            log_level: get("TF_LOG_PROVIDER").or_else(|| get("TF_LOG")).map_or(
                // Terraform drops the log then; what is left costs nothing.
                LevelFilter::WARN,
                |level| log_level(&level),
            ),
            log_levels: variables
                .iter()
                .filter(|(_, level)| !level.is_empty())
                .filter_map(|(name, level)| {
                    Some((name.strip_prefix(OWN_LOG_LEVEL)?.to_owned(), log_level(level)))
                })
                .collect(),
        }
    }

    /// What the log of the provider at `source_address` keeps.
    pub(super) fn log_level_of(&self, source_address: &str) -> LevelFilter {
        let name = source_address.rsplit('/').next().unwrap_or(source_address);
        let name = name.to_ascii_uppercase().replace('-', "_");
        self.log_levels.get(&name).copied().unwrap_or(self.log_level)
    }
}

/// Terraform's names for levels. What it does not know, `JSON` among them, means everything.
fn log_level(name: &str) -> LevelFilter {
    match name.to_ascii_uppercase().as_str() {
        "DEBUG" => LevelFilter::DEBUG,
        "INFO" => LevelFilter::INFO,
        "WARN" => LevelFilter::WARN,
        "ERROR" => LevelFilter::ERROR,
        "OFF" => LevelFilter::OFF,
        _ => LevelFilter::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Environment::from_variables(&variables.iter().map(text).collect())
    }

    #[test]
    fn only_the_right_cookie_says_terraform() {
        assert!(environment(&[MAGIC_COOKIE]).started_by_terraform);
        assert!(!environment(&[(MAGIC_COOKIE.0, "1")]).started_by_terraform);
        assert!(!environment(&[]).started_by_terraform);
    }

    #[test]
    fn the_log_of_providers_has_its_own_level_before_the_common_one() {
        let level = |variables: &[_]| environment(variables).log_level;
        assert_eq!(level(&[]), LevelFilter::WARN);
        assert_eq!(level(&[("TF_LOG", "debug")]), LevelFilter::DEBUG);
        assert_eq!(level(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "off")]), LevelFilter::OFF);
        assert_eq!(level(&[("TF_LOG", "JSON")]), LevelFilter::TRACE);
    }

    #[test]
    fn a_provider_has_a_level_of_its_own() {
        let told = environment(&[
            ("TF_LOG_PROVIDER", "warn"),
            ("TF_LOG_PROVIDER_MY_TINY", "debug"),
            ("TF_LOG_PROVIDER_OTHER", ""),
        ]);
        assert_eq!(told.log_level_of("registry.terraform.io/acme/my-tiny"), LevelFilter::DEBUG);
        assert_eq!(told.log_level_of("registry.terraform.io/acme/other"), LevelFilter::WARN);
        assert_eq!(told.log_level_of("tiny"), LevelFilter::WARN);
    }

    #[test]
    fn the_socket_goes_where_it_is_told() {
        let told = environment(&[
            ("PLUGIN_UNIX_SOCKET_DIR", "/run/plugins"),
            ("PLUGIN_MIN_PORT", "10000"),
            ("PLUGIN_MAX_PORT", "25000"),
        ]);
        assert_eq!(told.socket_dir, PathBuf::from("/run/plugins"));
        assert_eq!(told.ports, 10000..=25000);
        assert_eq!(environment(&[]).ports, 0..=0);
    }
}
