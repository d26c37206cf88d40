//! What a provider author writes: the provider block, and the lists of all that it serves.

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::action::ActionType;
use crate::data_source::DataSourceType;
use crate::diagnostics::Diagnostic;
use crate::ephemeral::EphemeralResourceType;
use crate::function::FunctionType;
use crate::list::ListResourceType;
use crate::model::Model;
use crate::resource_type::ResourceType;
use crate::schema::Schema;

/// A provider. One value of it lives as long as the process.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// The prefix of its resource types: `aws` in `aws_iam_role`.
    const TYPE_NAME: &'static str;

    type Model: Model;

    /// What resources are made with. Exists once the provider is configured.
    type Clients: Send + Sync + 'static;

    fn schema() -> Schema;

    /// Every resource type, in the order of the documentation.
    fn resources() -> Vec<ResourceType<Self::Clients>>;

    /// Every data source, in the order of the documentation; likewise the other kinds.
    fn data_sources() -> Vec<DataSourceType<Self::Clients>> {
        Vec::new()
    }

    fn ephemeral_resources() -> Vec<EphemeralResourceType<Self::Clients>> {
        Vec::new()
    }

    fn list_resources() -> Vec<ListResourceType<Self::Clients>> {
        Vec::new()
    }

    fn actions() -> Vec<ActionType<Self::Clients>> {
        Vec::new()
    }

    /// Functions have no clients: Terraform calls them before the provider is configured.
    fn functions() -> Vec<FunctionType> {
        Vec::new()
    }

    /// Checks the provider block beyond its single attributes. Values may be unknown.
    fn validate(_config: &Self::Model) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Makes the clients. Every value is known: while some are not, Terraform plans without clients.
    async fn configure(
        &self,
        request: Configure<Self::Model>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Self::Clients, Diagnostic>;
}

/// What configuring may use.
#[derive(Debug)]
pub struct Configure<M> {
    pub config: M,
    /// As Terraform calls its version: `1.11.4`.
    pub terraform_version: String,
    /// Cancelled when Terraform asks to stop: for clients that wait.
    pub stop: CancellationToken,
}
