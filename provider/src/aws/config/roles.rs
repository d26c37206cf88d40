//! Roles to work as: by the credentials before, or by a token of another identity provider.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_sts::Client;
use aws_sdk_sts::types::{PolicyDescriptorType, Tag};

use super::settings::{AssumeRole, WebIdentity};
use crate::aws::error::AwsError;
use crate::secret_string::SecretString;

/// Names this provider in CloudTrail.
const SESSION_NAME: &str = "terraform-provider-modal";

/// Credentials of a role, asked for by those that `client` has.
#[derive(Debug)]
pub(super) struct Assumed {
    pub(super) client: Client,
    pub(super) role: AssumeRole,
}

/// Credentials of a role, asked for by a token.
#[derive(Debug)]
pub(super) struct AssumedByToken {
    pub(super) client: Client,
    pub(super) role: WebIdentity,
    pub(super) token: WebIdentityToken,
}

/// Where the token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WebIdentityToken {
    /// Here.
    Given(SecretString),
    /// In a file, which is read for each session: whoever runs there renews it.
    File(String),
}

/// A role that cannot be assumed.
#[derive(Debug, thiserror::Error)]
enum RoleError {
    #[error("the role {role_arn} cannot be assumed: {}", .error.with_request_id())]
    Refused { role_arn: String, error: AwsError },
    #[error("the web identity token in {path} cannot be read: {error}")]
    TokenFile { path: String, error: std::io::Error },
}

impl From<RoleError> for CredentialsError {
    fn from(error: RoleError) -> Self {
        Self::provider_error(error)
    }
}

impl Assumed {
    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        const ACTION: &str = "sts:AssumeRole";
        let role = &self.role;
        let tags = role.tags.iter().map(|(key, value)| tag(key, value));
        let tags: Vec<Tag> = tags.collect::<Result<_, _>>()?;
        let answer = self
            .client
            .assume_role()
            .role_arn(&role.role_arn)
            .role_session_name(role.session_name.as_deref().unwrap_or(SESSION_NAME))
            .set_duration_seconds(role.duration.map(seconds))
            .set_external_id(role.external_id.clone())
            .set_policy(role.policy.clone())
            .set_policy_arns(policies(role.policy_arns.iter()))
            .set_source_identity(role.source_identity.clone())
            .set_tags(Some(tags).filter(|tags| !tags.is_empty()))
            .set_transitive_tag_keys(
                Some(role.transitive_tag_keys.iter().cloned().collect())
                    .filter(|keys: &Vec<_>| !keys.is_empty()),
            )
            .send()
            .await;
        let refused = |error| RoleError::Refused { role_arn: role.role_arn.clone(), error };
        let answer = answer.map_err(|error| refused(AwsError::from_sdk(ACTION, &error)))?;
        let credentials = answer.credentials.and_then(session);
        let nothing = || refused(AwsError::unexpected(ACTION, "the answer has no credentials"));
        Ok(credentials.ok_or_else(nothing)?)
    }
}

impl AssumedByToken {
    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        const ACTION: &str = "sts:AssumeRoleWithWebIdentity";
        let role = &self.role;
        let token = self.token.read().await?;
        let answer = self
            .client
            .assume_role_with_web_identity()
            .role_arn(&role.role_arn)
            .role_session_name(role.session_name.as_deref().unwrap_or(SESSION_NAME))
            .web_identity_token(token.expose())
            .set_duration_seconds(role.duration.map(seconds))
            .set_policy(role.policy.clone())
            .set_policy_arns(policies(role.policy_arns.iter()))
            .send()
            .await;
        let refused = |error| RoleError::Refused { role_arn: role.role_arn.clone(), error };
        let answer = answer.map_err(|error| refused(AwsError::from_sdk(ACTION, &error)))?;
        let credentials = answer.credentials.and_then(session);
        let nothing = || refused(AwsError::unexpected(ACTION, "the answer has no credentials"));
        Ok(credentials.ok_or_else(nothing)?)
    }
}

impl WebIdentityToken {
    async fn read(&self) -> Result<SecretString, RoleError> {
        match self {
            Self::Given(token) => Ok(token.clone()),
            Self::File(path) => match tokio::fs::read_to_string(path).await {
                Ok(token) => Ok(SecretString::new(token)),
                Err(error) => Err(RoleError::TokenFile { path: path.clone(), error }),
            },
        }
    }
}

impl ProvideCredentials for Assumed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

impl ProvideCredentials for AssumedByToken {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

fn tag(key: &str, value: &str) -> Result<Tag, CredentialsError> {
    Tag::builder().key(key).value(value).build().map_err(CredentialsError::invalid_configuration)
}

fn policies<'a>(arns: impl Iterator<Item = &'a String>) -> Option<Vec<PolicyDescriptorType>> {
    let arns: Vec<_> = arns.map(|arn| PolicyDescriptorType::builder().arn(arn).build()).collect();
    Some(arns).filter(|arns| !arns.is_empty())
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

fn session(found: aws_sdk_sts::types::Credentials) -> Option<Credentials> {
    let expires = SystemTime::try_from(found.expiration).ok()?;
    Some(Credentials::new(
        found.access_key_id,
        found.secret_access_key,
        Some(found.session_token),
        Some(expires),
        "a role",
    ))
}
