//! The Modal token, read from Secrets Manager by one signed request and kept for a while.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use bridge_contract::{PLACEHOLDER_TOKEN_ID, TOKEN_ID_KEY, TOKEN_SECRET_KEY};
use modal_client::{Clock, Credentials};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::aws::{JsonApi, Service};
use crate::{AwsAccess, BridgeError};

const SECRETS_MANAGER: Service = Service {
    name: "secretsmanager",
    title: "Secrets Manager",
    target: "secretsmanager",
    content_type: "application/x-amz-json-1.1",
    // The next request is minutes away: a connection kept until then would be a dead one.
    keep: Duration::ZERO,
};

/// Where the Modal token comes from.
pub struct TokenSource {
    arn: String,
    api: JsonApi,
    kept_for: Duration,
    clock: Clock,
    kept: Mutex<Option<(Credentials, SystemTime)>>,
    reads: AtomicU32,
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("arn", &self.arn).finish_non_exhaustive()
    }
}

impl TokenSource {
    /// Region and partition are those of the secret's ARN.
    pub fn new(
        arn: &str,
        kept_for: Duration,
        access: AwsAccess,
        clock: Clock,
    ) -> Result<Self, BridgeError> {
        let mut parts = arn.split(':').skip(1);
        let partition = parts.next().unwrap_or_default();
        let region = parts.nth(1).unwrap_or_default();
        let url = access.secrets_manager_url.clone();
        let api = JsonApi::new(SECRETS_MANAGER, (partition, region), url, access, clock)?;
        let (kept, reads) = Default::default();
        Ok(Self { arn: arn.to_owned(), api, kept_for, clock, kept, reads })
    }

    /// The token as last read, or read again.
    pub async fn get(&self, deadline: Instant) -> Result<Credentials, BridgeError> {
        let mut kept = self.kept.lock().await;
        let now = (self.clock)();
        if let Some((credentials, read_at)) = kept.as_ref() {
            // A clock that was set back must not keep a token for ever.
            if now.duration_since(*read_at).is_ok_and(|age| age < self.kept_for) {
                return Ok(credentials.clone());
            }
        }
        let secret = self.read(deadline).await?;
        let credentials = self.credentials(&secret)?;
        *kept = Some((credentials.clone(), now));
        Ok(credentials)
    }

    /// Has the token read again next time.
    pub async fn forget(&self) {
        *self.kept.lock().await = None;
    }

    /// How often the secret was read.
    pub(crate) fn reads(&self) -> u32 {
        self.reads.load(Ordering::Relaxed)
    }

    fn credentials(&self, secret: &str) -> Result<Credentials, BridgeError> {
        let secret: Value = serde_json::from_str(secret).unwrap_or_default();
        let text = |key: &str| secret.get(key).and_then(Value::as_str).map(str::trim);
        let (Some(token_id), Some(token_secret)) = (text(TOKEN_ID_KEY), text(TOKEN_SECRET_KEY))
        else {
            return Err(self.error(format!(
                "expected a JSON object with {TOKEN_ID_KEY} and {TOKEN_SECRET_KEY}"
            )));
        };
        if token_id == PLACEHOLDER_TOKEN_ID {
            return Err(BridgeError::TokenNotConfigured { arn: self.arn.clone() });
        }
        Ok(Credentials::new(token_id, token_secret))
    }

    async fn read(&self, deadline: Instant) -> Result<String, BridgeError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let request = json!({ "SecretId": self.arn });
        match self.api.call("GetSecretValue", &request, deadline).await {
            Ok(answer) => match answer.get("SecretString").and_then(Value::as_str) {
                Some(secret) => Ok(secret.to_owned()),
                None => Err(self.error("it holds no text".into())),
            },
            Err(failure) if failure.out_of_time => {
                Err(BridgeError::OutOfTimeBefore { step: "GetSecretValue" })
            }
            Err(failure) => Err(self.error(failure.reason)),
        }
    }

    fn error(&self, reason: String) -> BridgeError {
        BridgeError::Secret { arn: self.arn.clone(), reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_follows_partition_and_region_of_the_secret() {
        let url = |arn: &str| {
            let clock = || SystemTime::UNIX_EPOCH;
            let access = AwsAccess::default();
            TokenSource::new(arn, Duration::ZERO, access, clock).unwrap().api.url().to_owned()
        };
        assert_eq!(
            url("arn:aws:secretsmanager:eu-west-1:111122223333:secret:modal"),
            "https://secretsmanager.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            url("arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:modal"),
            "https://secretsmanager.us-gov-west-1.amazonaws.com"
        );
        assert_eq!(
            url("arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:modal"),
            "https://secretsmanager.cn-north-1.amazonaws.com.cn"
        );
    }
}
