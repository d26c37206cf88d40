//! What the provider block says of AWS. Everything is optional: what is left out comes from the
//! environment, the shared files, or the machine.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::aws::patience::Patience;
use crate::secret_string::SecretString;

/// The provider block, as far as it is about AWS.
#[derive(Debug, Clone, Default)]
pub struct AwsSettings {
    /// Region; else the environment's, the profile's, the machine's.
    pub region: Option<String>,
    /// Do not compare the region with those that are known.
    pub skip_region_validation: bool,
    /// Profile in the shared files.
    pub profile: Option<String>,
    /// Instead of `~/.aws/config`.
    pub shared_config_files: Vec<String>,
    /// Instead of `~/.aws/credentials`.
    pub shared_credentials_files: Vec<String>,
    /// With `secret_key`: static credentials.
    pub access_key: Option<String>,
    /// See `access_key`.
    pub secret_key: Option<SecretString>,
    /// Session token of static credentials that are temporary.
    pub token: Option<SecretString>,
    /// Whether the machine's metadata service may be asked; `None` leaves it to the environment.
    pub skip_metadata_api_check: Option<bool>,
    /// A role to work as, by a token of another identity provider.
    pub web_identity: Option<WebIdentity>,
    /// Roles to work as, each assumed by the one before.
    pub assume_roles: Vec<AssumeRole>,
    /// Endpoints other than AWS's own.
    pub endpoints: Endpoints,
    /// Region of STS, where it is another one.
    pub sts_region: Option<String>,
    /// Endpoints that are FIPS 140 validated.
    pub use_fips_endpoint: bool,
    /// Endpoints that speak IPv6 too.
    pub use_dualstack_endpoint: bool,
    /// How often a request is made.
    pub max_retries: Option<u32>,
    /// `standard` or `adaptive`.
    pub retry_mode: Option<String>,
    /// How requests get to AWS.
    pub http: HttpSettings,
    /// Which accounts may be worked in.
    pub accounts: AccountRules,
    /// Do not ask STS whether the credentials are good before anything else is done.
    pub skip_credentials_validation: bool,
    /// Do not ask STS whose account it is before that is needed.
    pub skip_requesting_account_id: bool,
    /// How long to bear with AWS. The one thing here that no block says.
    pub patience: Patience,
}

/// URL of a service, where it is not AWS's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// API Gateway's HTTP APIs
    pub apigatewayv2: Option<String>,
    /// EC2
    pub ec2: Option<String>,
    /// EventBridge
    pub events: Option<String>,
    /// IAM
    pub iam: Option<String>,
    /// Lambda
    pub lambda: Option<String>,
    /// CloudWatch Logs
    pub logs: Option<String>,
    /// S3
    pub s3: Option<String>,
    /// EventBridge Scheduler
    pub scheduler: Option<String>,
    /// Secrets Manager
    pub secretsmanager: Option<String>,
    /// SNS
    pub sns: Option<String>,
    /// SQS
    pub sqs: Option<String>,
    /// STS, for the caller's identity and for roles to work as
    pub sts: Option<String>,
}

/// One `assume_role` block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssumeRole {
    /// ARN of the role.
    pub role_arn: String,
    /// Name of the session; else one that names this provider.
    pub session_name: Option<String>,
    /// How long the session's credentials are good.
    pub duration: Option<Duration>,
    /// The external id that the role's trust policy asks for.
    pub external_id: Option<String>,
    /// What of the role's permissions the session has.
    pub policy: Option<String>,
    /// The same, by ARN.
    pub policy_arns: BTreeSet<String>,
    /// Who is behind the session, for good.
    pub source_identity: Option<String>,
    /// Tags of the session.
    pub tags: BTreeMap<String, String>,
    /// Which of them the sessions after it have too.
    pub transitive_tag_keys: BTreeSet<String>,
}

/// The `assume_role_with_web_identity` block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebIdentity {
    /// ARN of the role.
    pub role_arn: String,
    /// Name of the session; else one that names this provider.
    pub session_name: Option<String>,
    /// How long the session's credentials are good.
    pub duration: Option<Duration>,
    /// What of the role's permissions the session has.
    pub policy: Option<String>,
    /// The same, by ARN.
    pub policy_arns: BTreeSet<String>,
    /// The token itself.
    pub token: Option<SecretString>,
    /// Where the token is, read anew for each session.
    pub token_file: Option<String>,
}

/// How requests get to AWS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpSettings {
    /// Proxy of requests by `http`; empty for none, whatever the environment says. It may hold a
    /// password.
    pub http_proxy: Option<SecretString>,
    /// The same for `https`.
    pub https_proxy: Option<SecretString>,
    /// Hosts without a proxy.
    pub no_proxy: Option<String>,
    /// File of certificates to trust, instead of the machine's.
    pub custom_ca_bundle: Option<String>,
    /// Trust any certificate.
    pub insecure: bool,
}

/// Which accounts may be worked in. Not both are given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountRules {
    /// None but these.
    pub allowed: BTreeSet<String>,
    /// Not these.
    pub forbidden: BTreeSet<String>,
}

impl AccountRules {
    /// Whether there is a rule, so that the account must be known.
    pub fn any(&self) -> bool {
        !self.allowed.is_empty() || !self.forbidden.is_empty()
    }

    /// Whether `account_id` may be worked in.
    pub fn allow(&self, account_id: &str) -> bool {
        !self.forbidden.contains(account_id)
            && (self.allowed.is_empty() || self.allowed.contains(account_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_in_the_settings_debug_form() {
        let hush = || Some(SecretString::new("hush"));
        let settings = AwsSettings {
            access_key: Some("AKIA".to_owned()),
            secret_key: hush(),
            token: hush(),
            web_identity: Some(WebIdentity { token: hush(), ..WebIdentity::default() }),
            http: HttpSettings { http_proxy: hush(), https_proxy: hush(), ..Default::default() },
            ..AwsSettings::default()
        };
        assert!(!format!("{settings:?}").contains("hush"));
    }

    #[test]
    fn an_account_is_allowed_by_name_or_by_not_being_forbidden() {
        let ids = |id: &str| BTreeSet::from([id.to_owned()]);
        let allowed = AccountRules { allowed: ids("1"), ..AccountRules::default() };
        assert!(allowed.allow("1") && !allowed.allow("2") && allowed.any());
        let forbidden = AccountRules { forbidden: ids("1"), ..AccountRules::default() };
        assert!(!forbidden.allow("1") && forbidden.allow("2") && forbidden.any());
        assert!(AccountRules::default().allow("1") && !AccountRules::default().any());
    }
}
