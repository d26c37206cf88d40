//! What is kept between invocations: the token, the client with its connections, the function.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bridge_contract::BridgeConfig;
use modal_client::{Client, Clock, Config, Credentials, Function, FunctionRef, ModalError};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::{BridgeError, TokenSource};

/// After this long a function is looked up again: a redeploy may have changed it.
const FUNCTION_KEPT_FOR: Duration = Duration::from_secs(60);

/// Everything a call needs.
#[derive(Clone)]
pub(crate) struct Ready {
    pub(crate) client: Arc<Client>,
    pub(crate) function: Arc<Function>,
    /// What the client calls with, unless it was renewed since.
    pub(crate) token: Credentials,
}

/// Makes things ready, and keeps them as long as they are good.
#[derive(Debug)]
pub(crate) struct Session {
    name: FunctionRef,
    modal: Config,
    clock: Clock,
    tokens: TokenSource,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    client: Option<(Credentials, Arc<Client>)>,
    function: Option<(Arc<Function>, SystemTime)>,
}

impl Session {
    pub(crate) fn new(config: &BridgeConfig, tokens: TokenSource, clock: Clock) -> Self {
        Self {
            name: FunctionRef {
                environment: config.environment.clone(),
                app: config.app.clone(),
                function: config.function.clone(),
                app_version: config.options.app_version,
            },
            modal: Config::new(
                config.server_url(),
                "terraform-provider-modal",
                env!("CARGO_PKG_VERSION"),
                clock,
            ),
            clock,
            tokens,
            kept: Mutex::default(),
        }
    }

    /// How much memory a result may take.
    pub(crate) fn limit_results(&mut self, bytes: usize) {
        self.modal.max_result_memory = bytes;
    }

    /// Reads the token and looks the function up, unless both are known. A token that Modal refuses
    /// is read again: it may have been replaced.
    pub(crate) async fn ready(&self, deadline: Instant) -> Result<Ready, BridgeError> {
        let mut kept = self.kept.lock().await;
        let (client, mut token) = self.client_in(&mut kept, deadline).await?;
        let now = (self.clock)();
        if let Some((function, found_at)) = &kept.function
            && now.duration_since(*found_at).is_ok_and(|age| age < FUNCTION_KEPT_FOR)
        {
            return Ok(Ready { client, function: Arc::clone(function), token });
        }
        let function = match client.function(&self.name, deadline).await {
            Err(ModalError::Unauthenticated { .. })
                if self.renewed_in(&mut kept, &mut token, deadline).await =>
            {
                client.function(&self.name, deadline).await
            }
            other => other,
        };
        let function = Arc::new(function.map_err(BridgeError::before_call)?);
        kept.function = Some((Arc::clone(&function), now));
        Ok(Ready { client, function, token })
    }

    /// The client alone, for what needs no function, and its token.
    pub(crate) async fn client(
        &self,
        deadline: Instant,
    ) -> Result<(Arc<Client>, Credentials), BridgeError> {
        let mut kept = self.kept.lock().await;
        self.client_in(&mut kept, deadline).await
    }

    /// Whether there is another token than this one, which Modal refused. The client goes on with it,
    /// and so does who waits for a call: several may ask, and the secret is read once.
    pub(crate) async fn renewed(&self, token: &mut Credentials, deadline: Instant) -> bool {
        let mut kept = self.kept.lock().await;
        self.renewed_in(&mut kept, token, deadline).await
    }

    /// How often the token secret was read.
    pub(crate) fn secret_reads(&self) -> u32 {
        self.tokens.reads()
    }

    /// Has the function looked up again next time.
    pub(crate) async fn forget_function(&self) {
        self.kept.lock().await.function = None;
    }

    async fn client_in(
        &self,
        kept: &mut Kept,
        deadline: Instant,
    ) -> Result<(Arc<Client>, Credentials), BridgeError> {
        let token = self.tokens.get(deadline).await?;
        let client = match &kept.client {
            Some((known, client)) if *known == token => Arc::clone(client),
            Some((_, client)) => {
                client.replace_credentials(token.clone()).await;
                Arc::clone(client)
            }
            None => {
                let client = Client::new(self.modal.clone(), token.clone());
                Arc::new(client.map_err(BridgeError::before_call)?)
            }
        };
        if kept.client.as_ref().is_none_or(|(known, _)| *known != token) {
            // Another token may be another workspace's, where the same name is another function.
            *kept = Kept { client: Some((token.clone(), Arc::clone(&client))), function: None };
        }
        Ok((client, token))
    }

    async fn renewed_in(
        &self,
        kept: &mut Kept,
        token: &mut Credentials,
        deadline: Instant,
    ) -> bool {
        if kept.client.as_ref().is_some_and(|(known, _)| known == token) {
            self.tokens.forget().await;
            // Who cannot read it says what Modal said.
            let _unread = self.client_in(kept, deadline).await;
        }
        match &kept.client {
            Some((known, _)) if known != token => {
                *token = known.clone();
                true
            }
            _ => false,
        }
    }
}
