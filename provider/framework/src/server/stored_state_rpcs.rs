//! The RPCs about state as it is stored: of older versions, of other types, or to be written as a
//! configuration.

use tfplugin_proto::tfplugin5::{
    DynamicValue, generate_resource_config, move_resource_state, upgrade_resource_state,
};

use super::Server;
use crate::diagnostics::Diagnostic;
use crate::generate_config;
use crate::proto::{from_proto, to_proto};
use crate::provider::Provider;
use crate::resource::MoveSource;

impl<P: Provider> Server<P> {
    pub(super) fn upgrade(
        &self,
        request: &upgrade_resource_state::Request,
    ) -> upgrade_resource_state::Response {
        match self.try_upgrade(request) {
            Ok(state) => upgrade_resource_state::Response {
                upgraded_state: Some(state),
                diagnostics: Vec::new(),
            },
            Err(diagnostic) => upgrade_resource_state::Response {
                upgraded_state: None,
                diagnostics: to_proto::diagnostics(vec![diagnostic]),
            },
        }
    }

    /// Terraform calls this at every refresh, mostly with state of the current version.
    fn try_upgrade(
        &self,
        request: &upgrade_resource_state::Request,
    ) -> Result<DynamicValue, Diagnostic> {
        let resource = self.resources.get(&request.type_name)?;
        let schema = &resource.schema;
        let Some(mut stored) = from_proto::stored(request.raw_state.as_ref())? else {
            return to_proto::object(None, schema);
        };
        if request.version != schema.version {
            stored = resource.operations().upgrade(request.version, stored)?;
        }
        to_proto::object(from_proto::stored_object(&stored, schema)?, schema)
    }

    pub(super) fn move_state(
        &self,
        request: move_resource_state::Request,
    ) -> move_resource_state::Response {
        match self.try_move(request) {
            Ok(state) => {
                move_resource_state::Response { target_state: Some(state), ..Default::default() }
            }
            Err(diagnostic) => move_resource_state::Response {
                diagnostics: to_proto::diagnostics(vec![diagnostic]),
                ..Default::default()
            },
        }
    }

    /// Neither identity nor private data move: the next read gives the one, and the other is
    /// another type's own.
    fn try_move(&self, request: move_resource_state::Request) -> Result<DynamicValue, Diagnostic> {
        let resource = self.resources.get(&request.target_type_name)?;
        let source = MoveSource {
            provider_address: request.source_provider_address,
            type_name: request.source_type_name,
            schema_version: request.source_schema_version,
            state: from_proto::stored(request.source_state.as_ref())?
                .ok_or_else(|| Diagnostic::bug("Terraform asked to move nothing."))?,
        };
        let moved = resource.operations().move_from(&source).unwrap_or_else(|| {
            Err(Diagnostic::error(
                format!("Cannot move {} to {}", source.type_name, request.target_type_name),
                format!(
                    "No {} of {} becomes a {}. Write a removed block for the old resource and an \
                     import block for the new one.",
                    source.type_name, source.provider_address, request.target_type_name
                ),
            ))
        })?;
        let state = from_proto::stored_object(&moved, &resource.schema)?;
        to_proto::object(state, &resource.schema)
    }

    pub(super) fn generate_config(
        &self,
        request: &generate_resource_config::Request,
    ) -> generate_resource_config::Response {
        let config = self.resources.get(&request.type_name).and_then(|resource| {
            let schema = &resource.schema;
            let state = from_proto::object(request.state.as_ref(), schema, "state")?;
            let config = state.map(|state| generate_config::generate(&schema.body, state));
            to_proto::object(config, schema)
        });
        match config {
            Ok(config) => {
                generate_resource_config::Response { config: Some(config), diagnostics: Vec::new() }
            }
            Err(diagnostic) => generate_resource_config::Response {
                config: None,
                diagnostics: to_proto::diagnostics(vec![diagnostic]),
            },
        }
    }
}
