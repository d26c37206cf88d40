//! The RPCs about data sources.

use tfplugin_proto::tfplugin5::{read_data_source, validate_data_source_config};

use super::Server;
use crate::diagnostics::Diagnostic;
use crate::plan;
use crate::proto::{from_proto, to_proto};
use crate::provider::Provider;

impl<P: Provider> Server<P> {
    pub(super) fn validate_data_source(
        &self,
        request: &validate_data_source_config::Request,
    ) -> validate_data_source_config::Response {
        let found = self.data_sources.get(&request.type_name).and_then(|source| {
            let config = from_proto::configuration(request.config.as_ref(), &source.schema)?;
            Ok(source.operations().validate(config))
        });
        let found = found.unwrap_or_else(|bug| vec![bug]);
        validate_data_source_config::Response { diagnostics: to_proto::diagnostics(found) }
    }

    pub(super) async fn read_data(
        &self,
        request: read_data_source::Request,
    ) -> read_data_source::Response {
        let mut found = Vec::new();
        let answer = self.try_read_data(&request, &mut found).await;
        let mut answer = answer.unwrap_or_else(|diagnostic| {
            found.push(diagnostic);
            read_data_source::Response::default()
        });
        answer.diagnostics = to_proto::diagnostics(found);
        answer
    }

    async fn try_read_data(
        &self,
        request: &read_data_source::Request,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<read_data_source::Response, Diagnostic> {
        tracing::debug!(type_name = request.type_name, "read data source");
        let source = self.data_sources.get(&request.type_name)?;
        let config = from_proto::configuration(request.config.as_ref(), &source.schema)?;
        let deferral = self.deferral(request.client_capabilities);
        let state = match deferral {
            Some(_) => plan::plan(&source.schema, None, &config),
            None => source.operations().read(&*self.clients()?, config, warnings).await?,
        };
        Ok(read_data_source::Response {
            state: Some(to_proto::object(Some(state), &source.schema)?),
            diagnostics: Vec::new(),
            deferred: deferral.map(to_proto::deferred),
        })
    }
}
