//! One file, one list: the objects of a resource type that exist, whoever made them.

mod bridge_function;
mod oidc_role;
mod token_secret;

pub(crate) use bridge_function::BridgeFunctionList;
pub(crate) use oidc_role::OidcRoleList;
pub(crate) use token_secret::TokenSecretList;
