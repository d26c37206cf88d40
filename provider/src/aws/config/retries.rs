//! How often a request is made, and when another attempt makes no sense.

use aws_config::retry::RetryConfig;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::environment::AwsEnvironment;
use super::error::SettingsError;
use super::profiles::Profiles;
use super::settings::AwsSettings;
use super::source::Sourced;

/// Attempts of one call, as in `hashicorp/aws`. With waits of up to 20 seconds between them, a
/// throttled account has some four minutes to recover.
const MAX_ATTEMPTS: u32 = 25;

/// Attempts of a call that nobody answers, as in `hashicorp/aws`: a host that does not exist, or a
/// port that nobody listens on, will not come up by being asked for minutes.
const MAX_UNANSWERED: u32 = 9;

/// The block, then the environment, then the profile; each of the two settings by itself.
pub(super) fn retries(
    settings: &AwsSettings,
    environment: &AwsEnvironment,
    profiles: &Profiles,
) -> Result<RetryConfig, SettingsError> {
    let find = |variable: &'static str, key: &str| {
        let set = environment.get(variable).map(|value| Sourced::variable(variable, value));
        set.or_else(|| profiles.get(key))
    };
    let mode = match &settings.retry_mode {
        Some(mode) => Some(Sourced::block("retry_mode", mode.as_str())),
        None => find("AWS_RETRY_MODE", "retry_mode"),
    };
    let retries = match mode {
        Some(mode) if mode.value.eq_ignore_ascii_case("adaptive") => RetryConfig::adaptive(),
        Some(mode) if !mode.value.eq_ignore_ascii_case("standard") => {
            return Err(SettingsError::UnknownRetryMode(mode.owned()));
        }
        _ => RetryConfig::standard(),
    };
    let attempts = match (settings.max_retries, find("AWS_MAX_ATTEMPTS", "max_attempts")) {
        (Some(attempts), _) => attempts,
        (None, Some(found)) => match found.value.parse() {
            Ok(attempts) if attempts > 0 => attempts,
            _ => return Err(SettingsError::UnknownAttempts(found.owned())),
        },
        (None, None) => MAX_ATTEMPTS,
    };
    Ok(retries.with_max_attempts(attempts))
}

/// Ends the attempts of a call that nobody answers sooner than those of one that AWS answers.
#[derive(Debug)]
pub(in crate::aws) struct GiveUpUnanswered;

impl Intercept for GiveUpUnanswered {
    fn name(&self) -> &'static str {
        "GiveUpUnanswered"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let attempts = cfg.load::<RequestAttempts>().map_or(0, RequestAttempts::attempts);
        let error = context.output_or_error().and_then(Result::err);
        let unanswered = error
            .and_then(|error| error.as_connector_error())
            .is_some_and(|error| is_nobody_there(error));
        if attempts >= MAX_UNANSWERED
            && unanswered
            && let Some(retries) = cfg.load::<RetryConfig>().cloned()
        {
            cfg.interceptor_state().store_put(retries.with_max_attempts(attempts));
        }
        Ok(())
    }
}

/// Whether no connection could be made at all.
fn is_nobody_there(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let refused = error
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused);
        if refused || error.to_string().starts_with("dns error") {
            return true;
        }
        next = error.source();
    }
    false
}
