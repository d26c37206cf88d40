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

    /// Reads the token and looks the function up, unless both are known. A token that Modal refuses
    /// is read again once: it may have been replaced.
    pub(crate) async fn ready(&self, deadline: Instant) -> Result<Ready, BridgeError> {
        match self.ready_with_kept_token(deadline).await {
            Err(BridgeError::Modal { error: ModalError::Unauthenticated { .. }, .. }) => {
                self.forget_token().await;
                self.ready_with_kept_token(deadline).await
            }
            other => other,
        }
    }

    /// The client alone, for what needs no function. Its token may turn out stale.
    pub(crate) async fn client(&self, deadline: Instant) -> Result<Arc<Client>, BridgeError> {
        let token = self.tokens.get(deadline).await?;
        let mut kept = self.kept.lock().await;
        self.client_for(token, &mut kept)
    }

    /// How often the token secret was read.
    pub(crate) fn secret_reads(&self) -> u32 {
        self.tokens.reads()
    }

    /// Has the function looked up again next time.
    pub(crate) async fn forget_function(&self) {
        self.kept.lock().await.function = None;
    }

    /// Has the token read again next time, and everything that came by it.
    pub(crate) async fn forget_token(&self) {
        self.tokens.forget().await;
        *self.kept.lock().await = Kept::default();
    }

    async fn ready_with_kept_token(&self, deadline: Instant) -> Result<Ready, BridgeError> {
        let token = self.tokens.get(deadline).await?;
        let mut kept = self.kept.lock().await;
        let client = self.client_for(token, &mut kept)?;
        let now = (self.clock)();
        if let Some((function, found_at)) = &kept.function
            && now.duration_since(*found_at).is_ok_and(|age| age < FUNCTION_KEPT_FOR)
        {
            return Ok(Ready { client, function: Arc::clone(function) });
        }
        let function = client.function(&self.name, deadline).await;
        let function = Arc::new(function.map_err(BridgeError::before_call)?);
        kept.function = Some((Arc::clone(&function), now));
        Ok(Ready { client, function })
    }

    fn client_for(&self, token: Credentials, kept: &mut Kept) -> Result<Arc<Client>, BridgeError> {
        if let Some((known, client)) = &kept.client
            && *known == token
        {
            return Ok(Arc::clone(client));
        }
        let client = Client::new(self.modal.clone(), token.clone());
        let client = Arc::new(client.map_err(BridgeError::before_call)?);
        *kept = Kept { client: Some((token, Arc::clone(&client))), function: None };
        Ok(client)
    }
}
