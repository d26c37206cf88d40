//! The input plane's short-lived token: fetched from the control plane, kept, renewed in time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::ModalError;

/// How long a token is taken to live that does not say. Modal's Go client assumes the same.
const ASSUMED_LIFETIME: Duration = Duration::from_secs(20 * 60);

/// The current token. Callers that need one at the same time share one fetch.
#[derive(Debug, Default)]
pub(crate) struct AuthTokens {
    current: Mutex<Option<AuthToken>>,
}

struct AuthToken {
    value: String,
    renew_at: SystemTime,
    expires_at: SystemTime,
}

/// Written by hand: the derived one would print the token.
impl std::fmt::Debug for AuthToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl AuthTokens {
    /// A token that is valid at `now`. When it is due for renewal and `fetch` fails, one that is
    /// still valid does.
    pub(crate) async fn get(
        &self,
        now: SystemTime,
        fetch: impl Future<Output = Result<String, ModalError>>,
    ) -> Result<String, ModalError> {
        let mut current = self.current.lock().await;
        if let Some(token) = current.as_ref().filter(|token| now < token.renew_at) {
            return Ok(token.value.clone());
        }
        match fetch.await {
            Ok(value) => {
                *current = Some(AuthToken::new(value.clone(), now));
                Ok(value)
            }
            Err(error) => match current.as_ref().filter(|token| now < token.expires_at) {
                Some(token) => Ok(token.value.clone()),
                None => Err(error),
            },
        }
    }

    /// Has another one fetched next time, unless that was done already.
    pub(crate) async fn forget(&self, refused: &str) {
        let mut current = self.current.lock().await;
        if current.as_ref().is_some_and(|token| token.value == refused) {
            *current = None;
        }
    }

    /// Has another one fetched next time.
    pub(crate) async fn clear(&self) {
        *self.current.lock().await = None;
    }
}

impl AuthToken {
    fn new(value: String, now: SystemTime) -> Self {
        let expires_at = expiry(&value).unwrap_or(now + ASSUMED_LIFETIME);
        let lifetime = expires_at.duration_since(now).unwrap_or_default();
        Self { value, renew_at: now + lifetime / 2, expires_at }
    }
}

/// The claim `exp` of a JWT. Nothing is verified: the token is only passed on.
fn expiry(jwt: &str) -> Option<SystemTime> {
    let payload = jwt.split('.').nth(1)?.trim_end_matches('=');
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let seconds = claims.get("exp")?.as_f64()?;
    UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn jwt(expires: u64) -> String {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(format!(r#"{{"exp":{expires}}}"#));
        format!("e30.{payload}.c2ln")
    }

    async fn get(
        tokens: &AuthTokens,
        now: u64,
        fetched: Option<String>,
    ) -> Result<String, ModalError> {
        let refused = ModalError::DeadlineExceeded { rpc: "AuthTokenGet" };
        tokens.get(at(now), async { fetched.ok_or(refused) }).await
    }

    #[tokio::test]
    async fn a_token_is_renewed_after_half_its_life() {
        let tokens = AuthTokens::default();
        assert_eq!(get(&tokens, 1000, Some(jwt(2000))).await, Ok(jwt(2000)));
        assert_eq!(get(&tokens, 1499, Some(jwt(3000))).await, Ok(jwt(2000)));
        assert_eq!(get(&tokens, 1500, Some(jwt(3000))).await, Ok(jwt(3000)));
    }

    #[tokio::test]
    async fn a_failed_renewal_keeps_a_token_that_is_still_valid() {
        let tokens = AuthTokens::default();
        assert_eq!(get(&tokens, 1000, Some(jwt(2000))).await, Ok(jwt(2000)));
        assert_eq!(get(&tokens, 1999, None).await, Ok(jwt(2000)));
        assert!(get(&tokens, 2000, None).await.is_err());
    }

    #[tokio::test]
    async fn a_token_that_is_no_jwt_is_kept_for_a_while() {
        let tokens = AuthTokens::default();
        for odd in ["opaque", "a.b.c", "a.e30.c"] {
            let tokens = AuthTokens::default();
            assert_eq!(get(&tokens, 0, Some(odd.into())).await, Ok(odd.into()));
            assert_eq!(get(&tokens, 599, None).await, Ok(odd.into()));
        }
        assert_eq!(get(&tokens, 0, Some("x".into())).await, Ok("x".into()));
        assert_eq!(get(&tokens, 600, Some("y".into())).await, Ok("y".into()));
    }

    #[tokio::test]
    async fn a_token_that_was_refused_is_fetched_anew_once() {
        let tokens = AuthTokens::default();
        assert_eq!(get(&tokens, 1000, Some(jwt(2000))).await, Ok(jwt(2000)));
        tokens.forget(&jwt(2000)).await;
        assert!(get(&tokens, 1001, None).await.is_err(), "what was refused is not kept");
        assert_eq!(get(&tokens, 1001, Some(jwt(3000))).await, Ok(jwt(3000)));
        tokens.forget(&jwt(2000)).await;
        assert_eq!(
            get(&tokens, 1002, None).await,
            Ok(jwt(3000)),
            "the refused one is gone already"
        );
    }

    #[test]
    fn a_token_is_not_printed() {
        let token = AuthToken::new("hush".into(), at(0));
        assert!(!format!("{token:?}").contains("hush"));
    }
}
