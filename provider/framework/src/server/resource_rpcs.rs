//! The RPCs about one object of a resource type.

use tfplugin_proto::tfplugin5::{
    apply_resource_change, import_resource_state, plan_resource_change, read_resource,
    upgrade_resource_state, validate_resource_type_config,
};

use super::Server;
use crate::diagnostics::Diagnostic;
use crate::dynamic::{Dynamic, Object};
use crate::proto::{from_proto, to_proto};
use crate::provider::Provider;
use crate::resource_type::{Answer, Planned, ResourceType, UpdateObjects};
use crate::schema::Schema;

impl<P: Provider> Server<P> {
    pub(super) fn validate_resource(
        &self,
        request: &validate_resource_type_config::Request,
    ) -> validate_resource_type_config::Response {
        let found = self.try_validate(request).unwrap_or_else(|diagnostic| vec![diagnostic]);
        validate_resource_type_config::Response { diagnostics: to_proto::diagnostics(found) }
    }

    fn try_validate(
        &self,
        request: &validate_resource_type_config::Request,
    ) -> Result<Vec<Diagnostic>, Diagnostic> {
        let resource = self.resource(&request.type_name)?;
        let config =
            from_proto::object(request.config.as_ref(), &resource.schema, "configuration")?;
        let Some(config) = config else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let capabilities = request.client_capabilities;
        if !capabilities.is_some_and(|allowed| allowed.write_only_attributes_allowed) {
            found.extend(write_only_in_use(&resource.schema, &config));
        }
        found.extend(resource.operations().validate(config));
        Ok(found)
    }

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
    ) -> Result<tfplugin_proto::tfplugin5::DynamicValue, Diagnostic> {
        let ResourceType { schema, .. } = self.resource(&request.type_name)?;
        if request.version != schema.version {
            return Err(Diagnostic::error(
                "Cannot read stored state of another version",
                format!(
                    "The state was written with version {} of the schema of {}, and this \
                     provider has version {}. Use the provider version that wrote the state.",
                    request.version, request.type_name, schema.version
                ),
            ));
        }
        let state = from_proto::stored(request.raw_state.as_ref(), schema)?;
        to_proto::object(state.map(|state| schema.body.without_write_only(state)), schema)
    }

    pub(super) async fn read(&self, request: read_resource::Request) -> read_resource::Response {
        let answer = self.try_read(&request).await.and_then(|(resource, answer)| {
            let Answer { state, private, diagnostics } = answer;
            Ok(read_resource::Response {
                new_state: Some(to_proto::object(state, &resource.schema)?),
                private,
                diagnostics: to_proto::diagnostics(diagnostics),
                ..Default::default()
            })
        });
        answer.unwrap_or_else(|diagnostic| read_resource::Response {
            // Never without a state: Terraform would take that for "gone".
            new_state: request.current_state,
            private: request.private,
            diagnostics: to_proto::diagnostics(vec![diagnostic]),
            ..Default::default()
        })
    }

    async fn try_read(
        &self,
        request: &read_resource::Request,
    ) -> Result<(&ResourceType<P::Clients>, Answer), Diagnostic> {
        tracing::debug!(type_name = request.type_name, "read");
        let resource = self.resource(&request.type_name)?;
        let state =
            from_proto::object(request.current_state.as_ref(), &resource.schema, "prior state")?;
        let private = request.private.clone();
        let Some(state) = state else {
            return Ok((resource, Answer { private, ..Answer::default() }));
        };
        let Some(clients) = self.clients_if_known()? else {
            return Ok((resource, Answer { state: Some(state), private, ..Answer::default() }));
        };
        Ok((resource, resource.operations().read(&clients, state, private).await))
    }

    pub(super) async fn plan(
        &self,
        request: plan_resource_change::Request,
    ) -> plan_resource_change::Response {
        let answer = self.try_plan(&request).await.and_then(|(resource, planned)| {
            let Planned { state, private, requires_replace, diagnostics } = planned;
            Ok(plan_resource_change::Response {
                planned_state: Some(to_proto::object(state, &resource.schema)?),
                planned_private: private,
                requires_replace: requires_replace.iter().map(to_proto::path).collect(),
                diagnostics: to_proto::diagnostics(diagnostics),
                ..Default::default()
            })
        });
        answer.unwrap_or_else(|diagnostic| plan_resource_change::Response {
            planned_state: request.prior_state,
            planned_private: request.prior_private,
            diagnostics: to_proto::diagnostics(vec![diagnostic]),
            ..Default::default()
        })
    }

    async fn try_plan(
        &self,
        request: &plan_resource_change::Request,
    ) -> Result<(&ResourceType<P::Clients>, Planned), Diagnostic> {
        tracing::debug!(type_name = request.type_name, "plan");
        let resource = self.resource(&request.type_name)?;
        let schema = &resource.schema;
        let private = request.prior_private.clone();
        // The proposed state is not used: it is derived from these two.
        let Some(config) = from_proto::object(request.config.as_ref(), schema, "configuration")?
        else {
            return Ok((resource, Planned { private, ..Planned::default() }));
        };
        let prior = from_proto::object(request.prior_state.as_ref(), schema, "prior state")?;
        let clients = self.clients_if_known()?;
        let planned = resource.operations().plan(clients.as_deref(), prior, config, private).await;
        Ok((resource, planned))
    }

    pub(super) async fn apply(
        &self,
        request: apply_resource_change::Request,
    ) -> apply_resource_change::Response {
        let answer = self.try_apply(&request).await.and_then(|(resource, answer)| {
            let Answer { state, private, diagnostics } = answer;
            Ok(apply_resource_change::Response {
                new_state: Some(to_proto::object(state, &resource.schema)?),
                private,
                diagnostics: to_proto::diagnostics(diagnostics),
                ..Default::default()
            })
        });
        answer.unwrap_or_else(|diagnostic| apply_resource_change::Response {
            // Nothing was begun: what was there is still there.
            new_state: request.prior_state,
            private: request.planned_private,
            diagnostics: to_proto::diagnostics(vec![diagnostic]),
            ..Default::default()
        })
    }

    async fn try_apply(
        &self,
        request: &apply_resource_change::Request,
    ) -> Result<(&ResourceType<P::Clients>, Answer), Diagnostic> {
        tracing::debug!(type_name = request.type_name, "apply");
        let resource = self.resource(&request.type_name)?;
        let schema = &resource.schema;
        let prior = from_proto::object(request.prior_state.as_ref(), schema, "prior state")?;
        let plan = from_proto::object(request.planned_state.as_ref(), schema, "plan")?;
        let config = from_proto::object(request.config.as_ref(), schema, "configuration")?;
        let clients = self.clients()?;
        let private = request.planned_private.clone();
        let operations = resource.operations();
        let answer = match (prior, plan, config) {
            (None, Some(plan), Some(config)) => {
                operations.create(&clients, plan, config, private).await
            }
            (Some(prior), Some(plan), Some(config)) => {
                let objects = UpdateObjects { prior, plan, config };
                operations.update(&clients, objects, private).await
            }
            (Some(prior), None, _) => operations.delete(&clients, prior, private).await,
            _ => return Err(Diagnostic::bug("Terraform asked to apply nothing.")),
        };
        Ok((resource, answer))
    }

    pub(super) async fn import(
        &self,
        request: import_resource_state::Request,
    ) -> import_resource_state::Response {
        let answer = self.try_import(&request).await.and_then(|(resource, answer)| {
            let Answer { state, private, diagnostics } = answer;
            let imported = state.map(|state| {
                Ok(import_resource_state::ImportedResource {
                    type_name: request.type_name.clone(),
                    state: Some(to_proto::object(Some(state), &resource.schema)?),
                    private,
                    identity: None,
                })
            });
            Ok(import_resource_state::Response {
                imported_resources: imported.into_iter().collect::<Result<_, _>>()?,
                diagnostics: to_proto::diagnostics(diagnostics),
                deferred: None,
            })
        });
        answer.unwrap_or_else(|diagnostic| import_resource_state::Response {
            diagnostics: to_proto::diagnostics(vec![diagnostic]),
            ..Default::default()
        })
    }

    async fn try_import(
        &self,
        request: &import_resource_state::Request,
    ) -> Result<(&ResourceType<P::Clients>, Answer), Diagnostic> {
        tracing::debug!(type_name = request.type_name, "import");
        let resource = self.resource(&request.type_name)?;
        let clients = self.clients()?;
        Ok((resource, resource.operations().import(&clients, &request.id).await))
    }
}

/// Terraform before 1.11 would store what is write-only.
fn write_only_in_use(schema: &Schema, config: &Object) -> Vec<Diagnostic> {
    let attributes = schema.body.attributes.iter().filter(|(name, attribute)| {
        attribute.write_only && !matches!(config.get(name), None | Some(Dynamic::Null))
    });
    attributes
        .map(|(name, _)| {
            Diagnostic::error(
                format!("Cannot use the write-only attribute {name}"),
                "Write-only attributes need Terraform 1.11 or later.",
            )
            .at(name.as_str())
        })
        .collect()
}
