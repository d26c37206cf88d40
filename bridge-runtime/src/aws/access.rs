//! What Lambda gives a function to call AWS with.

use std::fmt;

/// Credentials, region, and addresses instead of AWS's own.
#[derive(Clone, Default)]
pub struct AwsAccess {
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<String>,
    pub session_token: Option<String>,
    /// The Lambda's own.
    pub region: Option<String>,
    pub secrets_manager_url: Option<String>,
    pub dynamodb_url: Option<String>,
}

impl AwsAccess {
    /// From the variables that every AWS SDK reads.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let url = |name: &str| get(name).or_else(|| get("AWS_ENDPOINT_URL"));
        Self {
            access_key_id: get("AWS_ACCESS_KEY_ID"),
            secret_access_key: get("AWS_SECRET_ACCESS_KEY"),
            session_token: get("AWS_SESSION_TOKEN"),
            region: get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")),
            secrets_manager_url: url("AWS_ENDPOINT_URL_SECRETS_MANAGER"),
            dynamodb_url: url("AWS_ENDPOINT_URL_DYNAMODB"),
        }
    }
}

/// Written by hand: the derived one would print the secret key.
impl fmt::Debug for AwsAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsAccess")
            .field("access_key_id", &self.access_key_id)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_s_own_endpoint_variable_comes_first() {
        let access = AwsAccess::from_env(|name| match name {
            "AWS_ENDPOINT_URL" => Some("http://a".into()),
            "AWS_ENDPOINT_URL_SECRETS_MANAGER" => Some("http://b".into()),
            "AWS_ENDPOINT_URL_DYNAMODB" => Some(String::new()),
            _ => None,
        });
        assert_eq!(access.secrets_manager_url.as_deref(), Some("http://b"));
        assert_eq!(access.dynamodb_url.as_deref(), Some("http://a"));
    }

    #[test]
    fn the_secret_key_is_not_printed() {
        let access = AwsAccess { secret_access_key: Some("hush".into()), ..Default::default() };
        assert!(!format!("{access:?}").contains("hush"));
    }
}
