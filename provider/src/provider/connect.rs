//! From settings to AWS: what is wrong with them is said before anything else is done.

use tf_framework::Diagnostic;
use tokio_util::sync::CancellationToken;

use crate::aws::config::{AwsEnvironment, AwsSettings, Resolved, SettingsError};
use crate::aws::{Aws, AwsError, Fault, Waiter};
use crate::sentence::sentence;

/// The adapters. Asks STS whose credentials these are, unless that is to be skipped.
pub(super) async fn connect(
    settings: &AwsSettings,
    environment: &AwsEnvironment,
    stop: CancellationToken,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Aws, Diagnostic> {
    warnings.extend(surprises(settings, environment));
    let resolved = settings.resolve(environment).await.map_err(|error| unusable(&error))?;
    let aws =
        Aws::new(&resolved.config, settings, &Waiter::new(settings.patience.waits.clone(), stop));
    let skips = settings.skip_credentials_validation && settings.skip_requesting_account_id;
    if !skips || settings.accounts.any() {
        let caller = aws.caller.identity().await.map_err(|error| nobody(&resolved, &error))?;
        if !settings.accounts.allow(&caller.account_id) {
            return Err(not_allowed(settings, &resolved, &caller.account_id));
        }
    }
    Ok(aws)
}

/// What means something else than it may seem.
fn surprises(settings: &AwsSettings, environment: &AwsEnvironment) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let keys = keys.iter().all(|name| environment.get(name).is_some());
    if settings.profile.is_some() && settings.access_key.is_none() && keys {
        found.push(
            Diagnostic::warning(
                "The profile is used, not the access key of the environment",
                "Both profile and AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY are set. To use the \
                 access key, leave out profile.",
            )
            .at("profile"),
        );
    }
    let http = &settings.http;
    let proxied = http.http_proxy.as_ref().is_some_and(|url| !url.expose().is_empty());
    let of_https = environment.first_of(&["HTTPS_PROXY", "https_proxy"]);
    if proxied && http.https_proxy.is_none() && of_https.is_none() {
        found.push(Diagnostic::warning(
            "The proxy for http is used for https too",
            "AWS is called by https. Set https_proxy to the same, or to \"\" for none.",
        ));
    }
    found
}

/// Not at an attribute that may hold a secret: Terraform shows the line.
fn unusable(error: &SettingsError) -> Diagnostic {
    let found = Diagnostic::error("Cannot configure AWS", sentence(error));
    match error.attribute() {
        Some(attribute) => found.at(attribute),
        None => found,
    }
}

fn nobody(resolved: &Resolved, error: &AwsError) -> Diagnostic {
    let advice = match error.fault {
        Fault::Credentials if resolved.credentials.known().is_some() => {
            "AWS does not accept the credentials, or a role cannot be assumed with them."
        }
        Fault::Credentials => "Nothing here has credentials that can be used.",
        Fault::AccessDenied => {
            "Allow sts:GetCallerIdentity to the identity that runs Terraform, or set \
             skip_credentials_validation and skip_requesting_account_id."
        }
        _ => {
            "STS does not say whose credentials these are. Where there is no STS, set \
             skip_credentials_validation and skip_requesting_account_id."
        }
    };
    let words = error.with_request_id();
    let origin = origin(resolved);
    Diagnostic::error("Cannot configure AWS", format!("{advice} {origin}\n\n{words}"))
}

fn not_allowed(settings: &AwsSettings, resolved: &Resolved, account_id: &str) -> Diagnostic {
    let (attribute, rule) = if settings.accounts.forbidden.contains(account_id) {
        ("forbidden_account_ids", "has it")
    } else {
        ("allowed_account_ids", "does not have it")
    };
    Diagnostic::error(
        format!("AWS account {account_id} is not allowed"),
        format!("{attribute} {rule}. {}", origin(resolved)),
    )
    .at(attribute)
}

/// Where what was used comes from.
fn origin(resolved: &Resolved) -> String {
    let region = &resolved.region;
    let region = format!("the region, {}, from {}", region.value, region.source);
    match resolved.credentials.known() {
        Some(source) => format!("The credentials come from {source}; {region}."),
        None => format!("What is known is {region}."),
    }
}
