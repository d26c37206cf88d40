//! The RPCs about one object of a resource type.

use tfplugin_proto::tfplugin5::{
    ResourceIdentityData, apply_resource_change, import_resource_state, plan_resource_change,
    read_resource, validate_resource_type_config,
};

use super::Server;
use crate::diagnostics::{AttributePath, Diagnostic};
use crate::dynamic::{Dynamic, Object};
use crate::panics::caught;
use crate::proto::{from_proto, to_proto};
use crate::provider::Provider;
use crate::resource::ImportBy;
use crate::resource_type::{Answer, Planned, ResourceType, UpdateObjects};
use crate::schema::Block;

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
        let resource = self.resources.get(&request.type_name)?;
        let config =
            from_proto::object(request.config.as_ref(), &resource.schema, "configuration")?;
        let Some(config) = config else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let capabilities = request.client_capabilities;
        if !capabilities.is_some_and(|allowed| allowed.write_only_attributes_allowed) {
            let path = AttributePath::default();
            found.extend(write_only_in_use(&resource.schema.body, &config, &path));
        }
        found.extend(resource.operations().validate(config));
        Ok(found)
    }

    pub(super) async fn read(&self, request: read_resource::Request) -> read_resource::Response {
        let answer = self.try_read(&request).await.and_then(|(resource, answer)| {
            let Answer { state, identity, private, diagnostics } = answer;
            let new_identity = identity_or(identity, request.current_identity.as_ref(), resource)?;
            Ok(read_resource::Response {
                new_state: Some(to_proto::object(state, &resource.schema)?),
                private,
                diagnostics: to_proto::diagnostics(diagnostics),
                deferred: self.deferral(request.client_capabilities).map(to_proto::deferred),
                new_identity,
            })
        });
        answer.unwrap_or_else(|diagnostic| read_resource::Response {
            // Never without a state: Terraform would take that for "gone".
            new_state: request.current_state,
            private: request.private,
            diagnostics: to_proto::diagnostics(vec![diagnostic]),
            deferred: None,
            new_identity: request.current_identity,
        })
    }

    async fn try_read(
        &self,
        request: &read_resource::Request,
    ) -> Result<(&ResourceType<P::Clients>, Answer), Diagnostic> {
        tracing::debug!(type_name = request.type_name, "read");
        let resource = self.resources.get(&request.type_name)?;
        let state =
            from_proto::object(request.current_state.as_ref(), &resource.schema, "prior state")?;
        let private = request.private.clone();
        let Some(state) = state else {
            return Ok((resource, Answer { private, ..Answer::default() }));
        };
        let Some(clients) = self.clients_if_known()? else {
            return Ok((resource, Answer { state: Some(state), private, ..Answer::default() }));
        };
        let read = resource.operations().read(&clients, state, private);
        Ok((resource, caught(async { Ok(read.await) }).await?))
    }

    pub(super) async fn plan(
        &self,
        request: plan_resource_change::Request,
    ) -> plan_resource_change::Response {
        let capabilities = request.client_capabilities;
        let answer = self.try_plan(&request).await.and_then(|(resource, planned)| {
            let Planned { state, private, requires_replace, deferral, mut diagnostics } = planned;
            let allowed = capabilities.is_some_and(|client| client.deferral_allowed);
            if let Some(refused) = deferral.filter(|_| !allowed) {
                diagnostics.push(refused.refused());
            }
            let deferral = self.deferral(capabilities).or(deferral.filter(|_| allowed));
            Ok(plan_resource_change::Response {
                planned_state: Some(to_proto::object(state, &resource.schema)?),
                planned_private: private,
                requires_replace: requires_replace.iter().map(to_proto::path).collect(),
                diagnostics: to_proto::diagnostics(diagnostics),
                legacy_type_system: false,
                deferred: deferral.map(to_proto::deferred),
                // It never changes: what tells objects apart cannot.
                planned_identity: request.prior_identity.clone(),
            })
        });
        answer.unwrap_or_else(|diagnostic| plan_resource_change::Response {
            planned_state: request.prior_state,
            planned_private: request.prior_private,
            diagnostics: to_proto::diagnostics(vec![diagnostic]),
            planned_identity: request.prior_identity,
            ..Default::default()
        })
    }

    async fn try_plan(
        &self,
        request: &plan_resource_change::Request,
    ) -> Result<(&ResourceType<P::Clients>, Planned), Diagnostic> {
        tracing::debug!(type_name = request.type_name, "plan");
        let resource = self.resources.get(&request.type_name)?;
        let schema = &resource.schema;
        let private = request.prior_private.clone();
        // The proposed state is not used: it is derived from these two.
        let config = from_proto::object(request.config.as_ref(), schema, "configuration")?;
        let prior = from_proto::object(request.prior_state.as_ref(), schema, "prior state")?;
        let clients = self.clients_if_known()?;
        let Some(config) = config else {
            let diagnostics = match (&clients, prior) {
                (Some(clients), Some(prior)) => {
                    let plan = resource.operations().plan_destroy(clients, prior);
                    caught(async { Ok(plan.await) }).await?
                }
                _ => Vec::new(),
            };
            return Ok((resource, Planned { private, diagnostics, ..Planned::default() }));
        };
        let plan = resource.operations().plan(clients.as_deref(), prior, config, private);
        Ok((resource, caught(async { Ok(plan.await) }).await?))
    }

    pub(super) async fn apply(
        &self,
        request: apply_resource_change::Request,
    ) -> apply_resource_change::Response {
        let answer = self.try_apply(&request).await.and_then(|(resource, answer)| {
            let Answer { state, identity, private, mut diagnostics } = answer;
            let new_state = to_proto::saved(state, &resource.schema, &mut diagnostics)?;
            let sent = request.planned_identity.as_ref();
            let new_identity = identity_or(identity, sent, resource).unwrap_or_else(|bug| {
                diagnostics.push(bug);
                sent.cloned()
            });
            Ok(apply_resource_change::Response {
                new_state: Some(new_state),
                private,
                diagnostics: to_proto::diagnostics(diagnostics),
                legacy_type_system: false,
                new_identity,
            })
        });
        answer.unwrap_or_else(|diagnostic| apply_resource_change::Response {
            // Nothing was begun: what was there is still there.
            new_state: request.prior_state,
            private: request.planned_private,
            diagnostics: to_proto::diagnostics(vec![diagnostic]),
            legacy_type_system: false,
            new_identity: request.planned_identity,
        })
    }

    async fn try_apply(
        &self,
        request: &apply_resource_change::Request,
    ) -> Result<(&ResourceType<P::Clients>, Answer), Diagnostic> {
        tracing::debug!(type_name = request.type_name, "apply");
        let resource = self.resources.get(&request.type_name)?;
        let schema = &resource.schema;
        let prior = from_proto::object(request.prior_state.as_ref(), schema, "prior state")?;
        let plan = from_proto::object(request.planned_state.as_ref(), schema, "plan")?;
        let config = from_proto::object(request.config.as_ref(), schema, "configuration")?;
        let clients = self.clients()?;
        let private = request.planned_private.clone();
        let operations = resource.operations();
        let apply = match (prior, plan, config) {
            (None, Some(plan), Some(config)) => operations.create(&clients, plan, config, private),
            (Some(prior), Some(plan), Some(config)) => {
                let objects = UpdateObjects { prior, plan, config };
                operations.update(&clients, objects, private)
            }
            (Some(prior), None, _) => operations.delete(&clients, prior, private),
            _ => return Err(Diagnostic::bug("Terraform asked to apply nothing.")),
        };
        Ok((resource, caught(async { Ok(apply.await) }).await?))
    }

    pub(super) async fn import(
        &self,
        request: import_resource_state::Request,
    ) -> import_resource_state::Response {
        let deferred = self.deferral(request.client_capabilities).map(to_proto::deferred);
        if deferred.is_some() {
            return import_resource_state::Response { deferred, ..Default::default() };
        }
        let answer = self.try_import(&request).await.and_then(|(resource, answer)| {
            let Answer { state, identity, private, diagnostics } = answer;
            let identity = identity_or(identity, request.identity.as_ref(), resource)?;
            let imported = state.map(|state| {
                Ok(import_resource_state::ImportedResource {
                    type_name: request.type_name.clone(),
                    state: Some(to_proto::object(Some(state), &resource.schema)?),
                    private,
                    identity,
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
        let resource = self.resources.get(&request.type_name)?;
        let identity = match &resource.identity {
            Some(schema) => {
                let identity = from_proto::identity(request.identity.as_ref(), schema)?;
                if let Some(missing) = identity.as_ref().and_then(|found| schema.missing(found)) {
                    return Err(missing);
                }
                identity
            }
            None => None,
        };
        let by = match identity {
            Some(identity) => ImportBy::Identity(identity),
            None => ImportBy::Id(request.id.clone()),
        };
        let clients = self.clients()?;
        let import = resource.operations().import(&clients, by);
        Ok((resource, caught(async { Ok(import.await) }).await?))
    }
}

/// The identity that an operation found, or else the one that Terraform sent along.
fn identity_or<C: Send + Sync + 'static>(
    found: Option<Object>,
    sent: Option<&ResourceIdentityData>,
    resource: &ResourceType<C>,
) -> Result<Option<ResourceIdentityData>, Diagnostic> {
    match (found, &resource.identity) {
        (Some(found), Some(schema)) => to_proto::identity(found, schema).map(Some),
        _ => Ok(sent.cloned()),
    }
}

/// Terraform before 1.11 would store what is write-only.
fn write_only_in_use(schema: &Block, config: &Object, path: &AttributePath) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, attribute) in &schema.attributes {
        let given = !matches!(config.get(name), None | Some(Dynamic::Null));
        if attribute.write_only && given {
            let path = path.attribute(name);
            let summary = format!("Cannot use the write-only attribute {path}");
            let detail = "Write-only attributes need Terraform 1.11 or later.";
            found.push(Diagnostic::error(summary, detail).at(path));
        }
    }
    for (name, block) in &schema.blocks {
        let path = path.attribute(name);
        match config.get(name) {
            Some(Dynamic::Map(config)) => found.extend(write_only_in_use(block, config, &path)),
            // Sets cannot hold write-only attributes.
            Some(Dynamic::List(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    if let Dynamic::Map(config) = element {
                        found.extend(write_only_in_use(block, config, &path.index(index)));
                    }
                }
            }
            _ => {}
        }
    }
    found
}
