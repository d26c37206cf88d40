//! The `provider "modal"` block, what resources are made with, and the lists of them.

mod blocks;
mod catalog;
mod clients;
mod connect;
mod duration;
mod modal;
mod model;
mod schema;
mod settings;
mod validate;

use std::time::SystemTime;

use tf_framework::{
    ActionType, Configure, DataSourceType, Diagnostic, EphemeralResourceType, FunctionType,
    ListResourceType, Provider, ResourceType, Schema, async_trait,
};

pub use self::clients::Clients;
pub use self::model::ProviderModel;
use crate::aws::{AwsEnvironment, Patience};
use crate::bridge_package;
use crate::modal::{Modal, ModalEnvironment, ModalSettings};
use crate::resources::{MovingRoles, PlannedNotifications};
use crate::sentence::sentence;

/// The provider, in the surroundings that its process has.
#[derive(Debug)]
pub struct ModalProvider {
    /// What the environment says of AWS.
    pub aws_environment: AwsEnvironment,
    /// What it says of Modal.
    pub modal_environment: ModalEnvironment,
    /// The time of day.
    pub clock: fn() -> SystemTime,
    /// How long it bears with AWS.
    pub patience: Patience,
}

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

    fn ephemeral_resources() -> Vec<EphemeralResourceType<Clients>> {
        catalog::ephemeral_resources()
    }

    fn list_resources() -> Vec<ListResourceType<Clients>> {
        catalog::list_resources()
    }

    fn actions() -> Vec<ActionType<Clients>> {
        catalog::actions()
    }

    fn functions() -> Vec<FunctionType> {
        catalog::functions()
    }

    fn validate(config: &ProviderModel) -> Vec<Diagnostic> {
        validate::validate(config)
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
        let tag_rules = model.tag_rules(&self.aws_environment);
        let modal = ModalSettings::read(model.modal.settings(), self.modal_environment.clone())
            .map_err(|error| Diagnostic::error("Cannot configure Modal", sentence(&error)))?;
        let modal = Modal::new(modal, self.clock);
        let modal_server_url = modal.settings().server_url().map(str::to_owned);
        let settings = model.settings(self.patience.clone());
        let aws =
            connect::connect(&settings, &self.aws_environment, request.stop, warnings).await?;
        Ok(Clients {
            aws,
            tag_rules,
            modal_server_url,
            modal,
            moving_roles: MovingRoles::default(),
            planned_notifications: PlannedNotifications::default(),
        })
    }
}
