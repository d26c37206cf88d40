//! The RPCs about the provider itself: schema, validation of its block, configuration.

use std::sync::Arc;

use tfplugin_proto::tfplugin5::{
    ServerCapabilities, configure, get_metadata, get_provider_schema, prepare_provider_config,
};

use super::{Configured, Server};
use crate::diagnostics::{Diagnostic, Severity};
use crate::dynamic::Dynamic;
use crate::model;
use crate::proto::{from_proto, to_proto};
use crate::provider::{Configure, Provider};
use crate::validate;

/// Terraform may use a schema that it has cached; all else is off because nothing here serves it.
const CAPABILITIES: ServerCapabilities = ServerCapabilities {
    plan_destroy: false,
    get_provider_schema_optional: true,
    move_resource_state: false,
    generate_resource_config: false,
};

impl<P: Provider> Server<P> {
    pub(super) fn metadata(&self) -> get_metadata::Response {
        let resource =
            |type_name: &String| get_metadata::ResourceMetadata { type_name: type_name.clone() };
        get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            resources: self.resources.keys().map(resource).collect(),
            ..Default::default()
        }
    }

    pub(super) fn provider_schema(&self) -> get_provider_schema::Response {
        let resources = self.resources.iter();
        get_provider_schema::Response {
            provider: Some(to_proto::schema(&self.schema)),
            resource_schemas: resources
                .map(|(name, resource)| (name.clone(), to_proto::schema(&resource.schema)))
                .collect(),
            server_capabilities: Some(CAPABILITIES),
            ..Default::default()
        }
    }

    pub(super) fn prepare(
        &self,
        request: prepare_provider_config::Request,
    ) -> prepare_provider_config::Response {
        let found = match from_proto::object(request.config.as_ref(), &self.schema, "configuration")
        {
            Ok(config) => {
                let config = config.unwrap_or_else(|| self.schema.body.empty());
                let mut found = validate::validate(&self.schema, &config);
                // A model cannot be read from a configuration that has faults in its values.
                if found.is_empty() {
                    match model::read(config) {
                        Ok(config) => found.extend(P::validate(&config)),
                        Err(bug) => found.push(bug),
                    }
                }
                found
            }
            Err(bug) => vec![bug],
        };
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
        let config = from_proto::object(request.config.as_ref(), &self.schema, "configuration")?;
        let config = config.unwrap_or_else(|| self.schema.body.empty());
        if config.values().any(Dynamic::has_unknown) {
            self.set_clients(Configured::Partly);
            return Ok(());
        }
        let request = Configure {
            config: model::read(config)?,
            terraform_version: request.terraform_version,
            stop: self.begin_run(),
        };
        let clients = self.provider.configure(request, warnings).await?;
        if warnings.iter().all(|found| found.severity == Severity::Warning) {
            self.set_clients(Configured::Wholly(Arc::new(clients)));
        }
        Ok(())
    }
}
