//! One file, one resource: schema, model, what happens to an object, diagnostics.

mod bridge_function;
pub(crate) mod cannot;
mod identity;
mod oidc_role;
mod region;
#[cfg(test)]
mod rehearsal;
mod timeouts;
mod token_secret;

pub(crate) use bridge_function::BridgeFunction;
pub(crate) use oidc_role::OidcRole;
pub(crate) use token_secret::TokenSecret;
