//! The RPCs about ephemeral resources.

use tfplugin_proto::tfplugin5::{
    close_ephemeral_resource, open_ephemeral_resource, renew_ephemeral_resource,
    validate_ephemeral_resource_config,
};

use super::Server;
use crate::diagnostics::Diagnostic;
use crate::ephemeral::{Lease, Opened};
use crate::plan;
use crate::proto::{from_proto, to_proto};
use crate::provider::Provider;

impl<P: Provider> Server<P> {
    pub(super) fn validate_ephemeral(
        &self,
        request: &validate_ephemeral_resource_config::Request,
    ) -> validate_ephemeral_resource_config::Response {
        let found = self.ephemeral_resources.get(&request.type_name).and_then(|resource| {
            let config = from_proto::configuration(request.config.as_ref(), &resource.schema)?;
            Ok(resource.operations().validate(config))
        });
        let found = found.unwrap_or_else(|bug| vec![bug]);
        validate_ephemeral_resource_config::Response { diagnostics: to_proto::diagnostics(found) }
    }

    pub(super) async fn open(
        &self,
        request: open_ephemeral_resource::Request,
    ) -> open_ephemeral_resource::Response {
        let mut found = Vec::new();
        let answer = self.try_open(&request, &mut found).await;
        let mut answer = answer.unwrap_or_else(|diagnostic| {
            found.push(diagnostic);
            open_ephemeral_resource::Response::default()
        });
        answer.diagnostics = to_proto::diagnostics(found);
        answer
    }

    async fn try_open(
        &self,
        request: &open_ephemeral_resource::Request,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<open_ephemeral_resource::Response, Diagnostic> {
        tracing::debug!(type_name = request.type_name, "open");
        let resource = self.ephemeral_resources.get(&request.type_name)?;
        let schema = &resource.schema;
        let config = from_proto::configuration(request.config.as_ref(), schema)?;
        let deferral = self.deferral(request.client_capabilities);
        let Opened { result, lease } = match deferral {
            Some(_) => Opened::new(plan::plan(schema, None, &config)),
            None => resource.operations().open(&*self.clients()?, config, warnings).await?,
        };
        Ok(open_ephemeral_resource::Response {
            diagnostics: Vec::new(),
            renew_at: lease.renew_at.map(Into::into),
            result: Some(to_proto::object(Some(result), schema)?),
            private: Some(lease.private),
            deferred: deferral.map(to_proto::deferred),
        })
    }

    pub(super) async fn renew(
        &self,
        request: renew_ephemeral_resource::Request,
    ) -> renew_ephemeral_resource::Response {
        tracing::debug!(type_name = request.type_name, "renew");
        let renewed = async {
            let resource = self.ephemeral_resources.get(&request.type_name)?;
            let private = request.private.clone().unwrap_or_default();
            resource.operations().renew(&*self.clients()?, private).await
        };
        match renewed.await {
            Ok(Lease { renew_at, private }) => renew_ephemeral_resource::Response {
                diagnostics: Vec::new(),
                renew_at: renew_at.map(Into::into),
                private: Some(private),
            },
            Err(diagnostic) => renew_ephemeral_resource::Response {
                diagnostics: to_proto::diagnostics(vec![diagnostic]),
                renew_at: None,
                private: request.private,
            },
        }
    }

    pub(super) async fn close(
        &self,
        request: close_ephemeral_resource::Request,
    ) -> close_ephemeral_resource::Response {
        tracing::debug!(type_name = request.type_name, "close");
        let closed = async {
            let resource = self.ephemeral_resources.get(&request.type_name)?;
            let private = request.private.unwrap_or_default();
            resource.operations().close(&*self.clients()?, private).await
        };
        let found = closed.await.err().into_iter().collect();
        close_ephemeral_resource::Response { diagnostics: to_proto::diagnostics(found) }
    }
}
