//! The calls to Modal that planning and applying need. None of them changes anything.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bridge_contract::MODAL_SERVER_URL;
use modal_client::{
    Client, Clock, Config, Credentials, FunctionDescription, FunctionRef, ModalError, TokenInfo,
};
use tokio::time::Instant;

use super::ModalSettings;
use super::error::CallError;
use super::settings::{ModalSettingsError, Token};
use crate::secret_string::SecretString;

/// Long enough for Modal's retries and a slow line; short enough for who is behind a firewall that
/// drops packets.
const TIME_FOR_A_CALL: Duration = Duration::from_secs(20);

/// Modal, as the provider is configured for it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Modal {
    settings: Arc<ModalSettings>,
    clock: Clock,
}

impl Modal {
    /// Calls nobody yet.
    pub fn new(settings: ModalSettings, clock: Clock) -> Self {
        Self { settings: Arc::new(settings), clock }
    }

    /// What block, environment and file say.
    pub fn settings(&self) -> &ModalSettings {
        &self.settings
    }

    /// The time of day.
    pub fn now(&self) -> SystemTime {
        (self.clock)()
    }

    /// The token of the provider's settings, or that of a profile where one is asked for.
    pub fn token(
        &self,
        profile: Option<&str>,
        config_path: Option<&Path>,
    ) -> Result<Token, ModalSettingsError> {
        if profile.is_none() && config_path.is_none() {
            self.settings.token()
        } else {
            self.settings.token_of_profile(profile, config_path)
        }
    }

    /// Whose the provider's own token is.
    pub async fn workspace(&self) -> Result<TokenInfo, CallError> {
        let token = self.settings.token()?;
        let client = self.client(&token.id.value, &token.secret.value)?;
        let answer = client.token_info(deadline()).await;
        answer.map_err(|error| CallError::Call { error, token: Some(token) })
    }

    /// Whose another token is.
    pub async fn owner_of(&self, id: &str, secret: &SecretString) -> Result<TokenInfo, CallError> {
        let client = self.client(id, secret)?;
        client.token_info(deadline()).await.map_err(CallError::from)
    }

    /// What is deployed under a name; with the name of the environment, which Modal fills in where
    /// `name` leaves it empty.
    pub async fn function(
        &self,
        name: &FunctionRef,
    ) -> Result<(String, FunctionDescription), CallError> {
        let token = self.settings.token()?;
        let client = self.client(&token.id.value, &token.secret.value)?;
        let asked = async {
            let environment = if name.environment.is_empty() {
                client.default_environment(deadline()).await?
            } else {
                name.environment.clone()
            };
            let name = FunctionRef { environment, ..name.clone() };
            let found = client.describe_function(&name, deadline()).await?;
            Ok((name.environment, found))
        };
        asked.await.map_err(|error| CallError::Call { error, token: Some(token) })
    }

    fn client(&self, id: &str, secret: &SecretString) -> Result<Client, ModalError> {
        let url = self.settings.server_url().unwrap_or(MODAL_SERVER_URL);
        let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        let config = Config::new(url, name, version, self.clock);
        Client::new(config, Credentials::new(id, secret.expose()))
    }
}

fn deadline() -> Instant {
    Instant::now() + TIME_FOR_A_CALL
}
