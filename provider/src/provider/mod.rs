//! The `provider "modal"` block, what resources are made with, and the lists of them.

mod catalog;
mod clients;
mod model;
mod schema;
mod settings;

use tf_framework::{
    Configure, DataSourceType, Diagnostic, FunctionType, ListResourceType, Provider, ResourceType,
    Schema, async_trait,
};

pub use self::clients::Clients;
pub use self::model::ProviderModel;
use crate::aws::{Aws, Waiter, Waits};
use crate::bridge_package;
use crate::sentence::sentence;

/// The provider.
#[derive(Debug)]
pub struct ModalProvider;

#[async_trait]
impl Provider for ModalProvider {
    const TYPE_NAME: &'static str = "modal";
    type Model = ProviderModel;
    type Clients = Clients;

    fn schema() -> Schema {
        schema::schema()
    }

    fn resources() -> Vec<ResourceType<Clients>> {
        catalog::resources()
    }

    fn data_sources() -> Vec<DataSourceType<Clients>> {
        catalog::data_sources()
    }

    fn list_resources() -> Vec<ListResourceType<Clients>> {
        catalog::list_resources()
    }

    fn functions() -> Vec<FunctionType> {
        catalog::functions()
    }

    async fn configure(
        &self,
        request: Configure<ProviderModel>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Clients, Diagnostic> {
        let model = request.config;
        if let Some(missing) = bridge_package::missing() {
            warnings.push(Diagnostic::warning("This is a development build", missing));
        }
        let tag_rules = model.tag_rules();
        let modal_server_url = model.modal_server_url.known().cloned();
        let waiter = Waiter::new(Waits::default(), request.stop);
        let aws = Aws::connect(&model.settings(), &waiter)
            .await
            .map_err(|error| Diagnostic::error("Cannot configure AWS", sentence(&error)))?;
        Ok(Clients { aws, tag_rules, modal_server_url })
    }
}
