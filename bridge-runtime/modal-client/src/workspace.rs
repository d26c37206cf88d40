//! Whose token it is, and which environment is meant where none is named: for who configures
//! things, not for who calls functions.

use std::time::{Duration, SystemTime};

use modal_proto::token_info_get_response::Identity as WireIdentity;
use modal_proto::{EnvironmentListResponse, TokenInfoGetRequest, TokenInfoGetResponse};
use tokio::time::Instant;

use crate::rpc::Call;
use crate::{Client, ModalError};

/// What Modal says of the token that a [`Client`] calls with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    pub token_id: String,
    /// `ac-…`
    pub workspace_id: String,
    pub workspace_name: String,
    /// Empty where it has none.
    pub token_name: String,
    /// Who acts with it.
    pub identity: Option<Identity>,
    pub created_at: Option<SystemTime>,
    /// `None` for a token that does not end by itself.
    pub expires_at: Option<SystemTime>,
}

/// A person, or an account of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    User { id: String, name: String },
    ServiceUser { id: String, name: String },
}

impl TokenInfo {
    fn new(answer: TokenInfoGetResponse) -> Result<Self, ModalError> {
        if answer.workspace_id.is_empty() {
            let missing = "a workspace id";
            return Err(ModalError::Incomplete { rpc: "TokenInfoGet", missing });
        }
        let identity = answer.identity.map(|identity| match identity {
            WireIdentity::UserIdentity(user) => {
                Identity::User { id: user.user_id, name: user.username }
            }
            WireIdentity::ServiceUserIdentity(user) => {
                Identity::ServiceUser { id: user.service_user_id, name: user.service_user_name }
            }
        });
        Ok(Self {
            token_id: answer.token_id,
            workspace_id: answer.workspace_id,
            workspace_name: answer.workspace_name,
            token_name: answer.token_name,
            identity,
            created_at: answer.created_at.and_then(|at| time_of(at.seconds, at.nanos)),
            expires_at: answer.expires_at.and_then(|at| time_of(at.seconds, at.nanos)),
        })
    }
}

/// `None` where it is not a time after 1970, or none at all.
fn time_of(seconds: i64, nanos: i32) -> Option<SystemTime> {
    let since = Duration::new(seconds.try_into().ok()?, nanos.try_into().ok()?);
    SystemTime::UNIX_EPOCH.checked_add(since).filter(|at| *at > SystemTime::UNIX_EPOCH)
}

impl Client {
    /// Whose the token is. Fails with [`ModalError::Unauthenticated`] where Modal does not take it.
    pub async fn token_info(&self, deadline: Instant) -> Result<TokenInfo, ModalError> {
        let call = Call::question("TokenInfoGet", deadline);
        TokenInfo::new(self.control_plane.call(call, &TokenInfoGetRequest {}).await?)
    }

    /// The environment that is meant where none is named.
    pub async fn default_environment(&self, deadline: Instant) -> Result<String, ModalError> {
        const RPC: &str = "EnvironmentList";
        let call = Call::question(RPC, deadline);
        let answer: EnvironmentListResponse = self.control_plane.call(call, &()).await?;
        let default = answer.items.into_iter().find(|item| item.default).map(|item| item.name);
        default.ok_or(ModalError::Incomplete { rpc: RPC, missing: "a default environment" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_nobody_set_is_none() {
        assert_eq!(time_of(0, 0), None);
        assert_eq!(time_of(-1, 0), None);
        assert_eq!(time_of(1, -1), None);
        let second = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        assert_eq!(time_of(1, 0), Some(second));
    }
}
