//! All that the provider serves, kind by kind, in the order of the documentation.

use tf_framework::ResourceType;

use super::Clients;
use crate::resources::{BridgeFunction, OidcRole, TokenSecret};

pub(super) fn resources() -> Vec<ResourceType<Clients>> {
    vec![
        ResourceType::new(|clients: &Clients| TokenSecret::new(clients.clone())),
        ResourceType::new(|clients: &Clients| OidcRole::new(clients.clone())),
        ResourceType::new(|clients: &Clients| BridgeFunction::new(clients.clone())),
    ]
}
