//! The RPCs about the provider itself: schema, validation of its block, configuration.

use std::sync::Arc;

use tfplugin_proto::tfplugin5::{
    ActionSchema, ServerCapabilities, configure, get_metadata, get_provider_schema,
    prepare_provider_config,
};

use super::{Configured, Server};
use crate::diagnostics::{Diagnostic, Severity};
use crate::dynamic::Dynamic;
use crate::model;
use crate::panics::caught;
use crate::proto::{from_proto, to_proto};
use crate::provider::{Configure, Provider};
use crate::schema::Schema;
use crate::validate;

/// Everything there is. Terraform may also use a schema that it has cached.
const CAPABILITIES: ServerCapabilities = ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

impl<P: Provider> Server<P> {
    pub(super) fn metadata(&self) -> get_metadata::Response {
        let resource = |type_name| get_metadata::ResourceMetadata { type_name };
        let data_source = |type_name| get_metadata::DataSourceMetadata { type_name };
        let ephemeral = |type_name| get_metadata::EphemeralMetadata { type_name };
        let list = |type_name| get_metadata::ListResourceMetadata { type_name };
        let action = |type_name| get_metadata::ActionMetadata { type_name };
        let function = |name| get_metadata::FunctionMetadata { name };
        get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            diagnostics: Vec::new(),
            resources: self.resources.names().map(resource).collect(),
            data_sources: self.data_sources.names().map(data_source).collect(),
            ephemeral_resources: self.ephemeral_resources.names().map(ephemeral).collect(),
            list_resources: self.list_resources.names().map(list).collect(),
            actions: self.actions.names().map(action).collect(),
            functions: self.functions.names().map(function).collect(),
        }
    }

    pub(super) fn provider_schema(&self) -> get_provider_schema::Response {
        let schema = to_proto::schema;
        let action = |schema: &Schema| ActionSchema { schema: Some(to_proto::schema(schema)) };
        get_provider_schema::Response {
            provider: Some(schema(&self.schema)),
            resource_schemas: self.resources.each(|found| schema(&found.schema)),
            data_source_schemas: self.data_sources.each(|found| schema(&found.schema)),
            ephemeral_resource_schemas: self
                .ephemeral_resources
                .each(|found| schema(&found.schema)),
            list_resource_schemas: self.list_resources.each(|found| schema(&found.schema)),
            action_schemas: self.actions.each(|found| action(&found.schema)),
            functions: self.functions.each(|found| to_proto::function(&found.signature)),
            server_capabilities: Some(CAPABILITIES),
            diagnostics: Vec::new(),
            // None: a `provider_meta` block for this provider is Terraform's to refuse.
            provider_meta: None,
        }
    }

    pub(super) fn prepare(
        &self,
        request: prepare_provider_config::Request,
    ) -> prepare_provider_config::Response {
        let config = from_proto::configuration(request.config.as_ref(), &self.schema);
        let found = config.map_or_else(
            |bug| vec![bug],
            |config| validate::configuration(&self.schema, config, P::validate),
        );
        prepare_provider_config::Response {
            prepared_config: request.config,
            diagnostics: to_proto::diagnostics(found),
        }
    }

    pub(super) async fn configure_provider(
        &self,
        request: configure::Request,
    ) -> configure::Response {
        let mut found = Vec::new();
        if let Err(diagnostic) = self.try_configure(request, &mut found).await {
            found.push(diagnostic);
        }
        configure::Response { diagnostics: to_proto::diagnostics(found) }
    }

    async fn try_configure(
        &self,
        request: configure::Request,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let config = from_proto::configuration(request.config.as_ref(), &self.schema)?;
        if config.values().any(Dynamic::has_unknown) {
            self.set_clients(Configured::Partly);
            return Ok(());
        }
        let request = Configure {
            config: model::read(config)?,
            terraform_version: request.terraform_version,
            stop: self.begin_run(),
        };
        let clients = caught(self.provider.configure(request, warnings)).await?;
        if warnings.iter().all(|found| found.severity == Severity::Warning) {
            self.set_clients(Configured::Wholly(Arc::new(clients)));
        }
        Ok(())
    }
}
