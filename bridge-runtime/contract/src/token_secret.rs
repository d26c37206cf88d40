//! The token secret: the JSON in Secrets Manager that the provider writes and the bridge reads.

/// Its keys.
pub const TOKEN_ID_KEY: &str = "MODAL_TOKEN_ID";
pub const TOKEN_SECRET_KEY: &str = "MODAL_TOKEN_SECRET";

/// The token id of a secret that nobody has filled in yet.
pub const PLACEHOLDER_TOKEN_ID: &str = "token-id";
