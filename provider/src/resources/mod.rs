//! One file, one resource: schema, model, what happens to an object, diagnostics.

mod bridge_event_source;
mod bridge_function;
mod bridge_trigger;
pub(crate) mod cannot;
mod cors;
mod iam_role;
mod identity;
mod made_up_name;
mod moved;
mod moving_roles;
mod oidc_provider;
mod oidc_role;
mod region;
#[cfg(test)]
pub(crate) mod rehearsal;
mod timeouts;
mod token_secret;

pub(crate) use bridge_event_source::BridgeEventSource;
pub(crate) use bridge_function::{BridgeFunction, BridgeFunctionIdentity, bridge_config};
pub(crate) use bridge_trigger::{BridgeTrigger, PlannedNotifications};
pub(crate) use cannot::cannot;
pub(crate) use moving_roles::MovingRoles;
pub(crate) use oidc_provider::OidcProvider;
pub(crate) use oidc_role::{OidcRole, OidcRoleIdentity};
pub(crate) use region::check as check_region;
pub(crate) use token_secret::{TokenSecret, TokenSecretIdentity};
