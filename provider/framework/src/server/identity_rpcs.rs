//! The RPCs about identities.

use tfplugin_proto::tfplugin5::{
    ResourceIdentityData, get_resource_identity_schemas, upgrade_resource_identity,
};

use super::Server;
use crate::diagnostics::Diagnostic;
use crate::proto::{from_proto, to_proto};
use crate::provider::Provider;

impl<P: Provider> Server<P> {
    /// Terraform 1.12 and later ask at every start.
    pub(super) fn identity_schemas(&self) -> get_resource_identity_schemas::Response {
        let types = self.resources.types.iter();
        let schemas = types.filter_map(|(name, resource)| {
            let schema = resource.identity.as_ref()?;
            Some((name.clone(), to_proto::identity_schema(schema)))
        });
        get_resource_identity_schemas::Response {
            identity_schemas: schemas.collect(),
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn upgrade_identity(
        &self,
        request: &upgrade_resource_identity::Request,
    ) -> upgrade_resource_identity::Response {
        match self.try_upgrade_identity(request) {
            Ok(upgraded_identity) => {
                upgrade_resource_identity::Response { upgraded_identity, diagnostics: Vec::new() }
            }
            Err(diagnostic) => upgrade_resource_identity::Response {
                upgraded_identity: None,
                diagnostics: to_proto::diagnostics(vec![diagnostic]),
            },
        }
    }

    /// Terraform calls this for identities that an older provider stored.
    fn try_upgrade_identity(
        &self,
        request: &upgrade_resource_identity::Request,
    ) -> Result<Option<ResourceIdentityData>, Diagnostic> {
        let resource = self.resources.get(&request.type_name)?;
        let schema = resource.identity.as_ref().ok_or_else(|| {
            Diagnostic::bug(format!("{} has no identity to upgrade.", request.type_name))
        })?;
        // State of a provider that had no identities has none: the next read gives it one.
        let sent = request.raw_identity.as_ref().filter(|sent| !sent.json.is_empty());
        let Some(mut stored) = from_proto::stored(sent)? else { return Ok(None) };
        if request.version != schema.version {
            stored = resource.operations().upgrade_identity(request.version, stored)?;
        }
        let identity = from_proto::stored_identity(&stored, schema)?;
        identity.map(|identity| to_proto::identity(identity, schema)).transpose()
    }
}
