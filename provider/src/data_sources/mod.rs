//! One file, one data source: what exists already, only looked at.

mod bridge_code;
mod bridge_function;
mod oidc_provider;

pub(crate) use bridge_code::BridgeCodeData;
pub(crate) use bridge_function::BridgeFunctionData;
pub(crate) use oidc_provider::OidcProviderData;
