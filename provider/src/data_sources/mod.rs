//! One file, one data source: what exists already, only looked at.

mod bridge_code;
mod bridge_function;
mod function;
mod oidc_provider;
mod workspace;

pub(crate) use bridge_code::BridgeCodeData;
pub(crate) use bridge_function::BridgeFunctionData;
pub(crate) use function::FunctionData;
pub(crate) use oidc_provider::OidcProviderData;
pub(crate) use workspace::WorkspaceData;
