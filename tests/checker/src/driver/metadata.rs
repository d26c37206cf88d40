//! The short answers about what there is, against the long one.
//!
//! Terraform does not ask for them. OpenTofu asks for functions, and other tools for the rest.

use std::collections::BTreeSet;

use tfplugin_proto::tfplugin5 as wire;

use super::{Core, plugin_error};
use crate::refusal::{Breach, Refusal, Rule, unbroken};
use crate::schema::Capabilities;

impl Core {
    /// Refuses a provider that says other things about itself in short than in full. RPCs:
    /// GetMetadata, GetFunctions.
    pub async fn check_metadata(&self) -> Result<(), Refusal> {
        let metadata = self
            .client()
            .get_metadata(wire::get_metadata::Request {})
            .await
            .map_err(|status| plugin_error("GetMetadata", &status))?
            .into_inner();
        self.heard(&metadata.diagnostics, None)?;
        let functions = self
            .client()
            .get_functions(wire::get_functions::Request {})
            .await
            .map_err(|status| plugin_error("GetFunctions", &status))?
            .into_inner();
        self.heard(&functions.diagnostics, None)?;
        let schemas = self.schemas();
        let mut breaches = Vec::new();
        let mut same = |what: &str, short: Vec<String>, full: Vec<&String>| {
            let names: BTreeSet<&String> = short.iter().collect();
            let wanted: BTreeSet<&String> = full.into_iter().collect();
            if names != wanted || names.len() != short.len() {
                breaches.push(Breach::new(
                    Rule::Metadata,
                    format!("Provider declares other {what} in short than in full"),
                    format!("In short: {short:?}. In full: {wanted:?}."),
                ));
            }
        };
        let names = metadata.resources.into_iter().map(|m| m.type_name).collect();
        same("resources", names, schemas.resources.keys().collect());
        let names = metadata.data_sources.into_iter().map(|m| m.type_name).collect();
        same("data sources", names, schemas.data_sources.keys().collect());
        let names = metadata.ephemeral_resources.into_iter().map(|m| m.type_name).collect();
        same("ephemeral resources", names, schemas.ephemeral_resources.keys().collect());
        let names = metadata.list_resources.into_iter().map(|m| m.type_name).collect();
        same("list resources", names, schemas.list_resources.keys().collect());
        let names = metadata.actions.into_iter().map(|m| m.type_name).collect();
        same("actions", names, schemas.actions.keys().collect());
        let names = metadata.functions.into_iter().map(|m| m.name).collect();
        same("functions", names, schemas.functions.keys().collect());
        let names = functions.functions.into_keys().collect();
        same("functions", names, schemas.functions.keys().collect());
        let announced = metadata.server_capabilities.map(|capabilities| Capabilities {
            plan_destroy: capabilities.plan_destroy,
            get_provider_schema_optional: capabilities.get_provider_schema_optional,
            move_resource_state: capabilities.move_resource_state,
            generate_resource_config: capabilities.generate_resource_config,
        });
        let announced = announced.unwrap_or_default();
        if announced != schemas.capabilities {
            breaches.push(Breach::new(
                Rule::Metadata,
                "Provider announces other capabilities in short than in full",
                format!("In short: {announced:?}. In full: {:?}.", schemas.capabilities),
            ));
        }
        unbroken(breaches)
    }
}
