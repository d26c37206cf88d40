//! All that the provider serves, kind by kind, in the order of the documentation.

use tf_framework::{
    ActionType, DataSourceType, EphemeralResourceType, FunctionType, ListResourceType, ResourceType,
};

use super::Clients;
use crate::actions::InvokeBridge;
use crate::data_sources::{
    BridgeCodeData, BridgeFunctionData, FunctionData, OidcProviderData, WorkspaceData,
};
use crate::ephemeral::Credentials;
use crate::functions::{
    GrantPolicy, OidcProviderArn, OidcSubject, ParseSubject, RoleArn, TrustPolicy,
};
use crate::lists::{BridgeFunctionList, OidcRoleList, TokenSecretList};
use crate::resources::{
    BridgeEventSource, BridgeFunction, BridgeTrigger, OidcProvider, OidcRole, TokenSecret,
};

pub(super) fn resources() -> Vec<ResourceType<Clients>> {
    vec![
        ResourceType::new(|clients: &Clients| TokenSecret::new(clients.clone())),
        ResourceType::new(|clients: &Clients| OidcProvider::new(clients.clone())),
        ResourceType::new(|clients: &Clients| OidcRole::new(clients.clone())),
        ResourceType::new(|clients: &Clients| BridgeFunction::new(clients.clone())),
        ResourceType::new(|clients: &Clients| BridgeTrigger::new(clients.clone())),
        ResourceType::new(|clients: &Clients| BridgeEventSource::new(clients.clone())),
    ]
}

pub(super) fn data_sources() -> Vec<DataSourceType<Clients>> {
    vec![
        DataSourceType::new(|clients: &Clients| WorkspaceData::new(clients.clone())),
        DataSourceType::new(|clients: &Clients| FunctionData::new(clients.clone())),
        DataSourceType::new(|clients: &Clients| OidcProviderData::new(clients.clone())),
        DataSourceType::new(|clients: &Clients| BridgeFunctionData::new(clients.clone())),
        DataSourceType::new(|_: &Clients| BridgeCodeData),
    ]
}

pub(super) fn ephemeral_resources() -> Vec<EphemeralResourceType<Clients>> {
    vec![EphemeralResourceType::new(|clients: &Clients| Credentials::new(clients.clone()))]
}

pub(super) fn list_resources() -> Vec<ListResourceType<Clients>> {
    vec![
        ListResourceType::new(|clients: &Clients| TokenSecretList::new(clients.clone())),
        ListResourceType::new(|clients: &Clients| OidcRoleList::new(clients.clone())),
        ListResourceType::new(|clients: &Clients| BridgeFunctionList::new(clients.clone())),
    ]
}

pub(super) fn actions() -> Vec<ActionType<Clients>> {
    vec![ActionType::new(|clients: &Clients| InvokeBridge::new(clients.clone()))]
}

pub(super) fn functions() -> Vec<FunctionType> {
    vec![
        FunctionType::new::<OidcSubject>(),
        FunctionType::new::<ParseSubject>(),
        FunctionType::new::<OidcProviderArn>(),
        FunctionType::new::<TrustPolicy>(),
        FunctionType::new::<GrantPolicy>(),
        FunctionType::new::<RoleArn>(),
    ]
}
