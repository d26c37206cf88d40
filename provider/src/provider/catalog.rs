//! All that the provider serves, kind by kind, in the order of the documentation.

use tf_framework::{DataSourceType, ResourceType};

use super::Clients;
use crate::data_sources::{BridgeCodeData, BridgeFunctionData};
use crate::resources::{BridgeFunction, OidcRole, TokenSecret};

pub(super) fn resources() -> Vec<ResourceType<Clients>> {
    vec![
        ResourceType::new(|clients: &Clients| TokenSecret::new(clients.clone())),
        ResourceType::new(|clients: &Clients| OidcRole::new(clients.clone())),
        ResourceType::new(|clients: &Clients| BridgeFunction::new(clients.clone())),
    ]
}

pub(super) fn data_sources() -> Vec<DataSourceType<Clients>> {
    vec![
        DataSourceType::new(|clients: &Clients| BridgeFunctionData::new(clients.clone())),
        DataSourceType::new(|_: &Clients| BridgeCodeData),
    ]
}
