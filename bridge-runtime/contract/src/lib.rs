//! What the provider writes into the Lambda's environment variables, and the bridge reads.
//!
//! No variable's name is spelled anywhere else. Nothing here does I/O: the process environment is
//! a lookup that the caller passes in.

mod config;
mod options;
mod server_url;
mod token_secret;

pub use config::{BridgeConfig, ConfigError, Mode, Params, UnknownMode, VARIABLES};
pub use options::{
    BatchMode, Idempotency, OnTimeout, Options, RECORD_CONCURRENCY_RANGE, ResponseFormat,
    SECRET_CACHE_TTL_RANGE, UnknownWord,
};
pub use server_url::{MODAL_SERVER_URL, ServerUrlError, check_server_url};
pub use token_secret::{PLACEHOLDER_TOKEN_ID, TOKEN_ID_KEY, TOKEN_SECRET_KEY};
