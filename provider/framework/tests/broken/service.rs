//! The tiny provider's service, with a fault put into its answers.

use std::pin::Pin;

use tfplugin_proto::tfplugin5::{self as wire, provider_server};
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status};

use crate::faults::Fault;
use crate::tiny::Tiny;

/// A provider with a mistake in it.
pub(crate) struct Broken<S> {
    inner: S,
    fault: Fault,
}

/// The tiny provider with this mistake.
pub(crate) fn broken(fault: Fault) -> impl provider_server::Provider {
    Broken { inner: tf_framework::testing::service(Tiny), fault }
}

type Reply<T> = Result<Response<T>, Status>;

type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl<S: provider_server::Provider> provider_server::Provider for Broken<S> {
    async fn get_metadata(
        &self,
        request: Request<wire::get_metadata::Request>,
    ) -> Reply<wire::get_metadata::Response> {
        self.inner.get_metadata(request).await
    }

    async fn get_schema(
        &self,
        request: Request<wire::get_provider_schema::Request>,
    ) -> Reply<wire::get_provider_schema::Response> {
        let mut answer = self.inner.get_schema(request).await?;
        self.fault.schema(answer.get_mut());
        Ok(answer)
    }

    async fn prepare_provider_config(
        &self,
        request: Request<wire::prepare_provider_config::Request>,
    ) -> Reply<wire::prepare_provider_config::Response> {
        self.inner.prepare_provider_config(request).await
    }

    async fn validate_resource_type_config(
        &self,
        request: Request<wire::validate_resource_type_config::Request>,
    ) -> Reply<wire::validate_resource_type_config::Response> {
        let mut answer = self.inner.validate_resource_type_config(request).await?;
        self.fault.validate(answer.get_mut());
        Ok(answer)
    }

    async fn validate_data_source_config(
        &self,
        request: Request<wire::validate_data_source_config::Request>,
    ) -> Reply<wire::validate_data_source_config::Response> {
        self.inner.validate_data_source_config(request).await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<wire::upgrade_resource_state::Request>,
    ) -> Reply<wire::upgrade_resource_state::Response> {
        let mut answer = self.inner.upgrade_resource_state(request).await?;
        self.fault.upgrade(answer.get_mut());
        Ok(answer)
    }

    async fn get_resource_identity_schemas(
        &self,
        request: Request<wire::get_resource_identity_schemas::Request>,
    ) -> Reply<wire::get_resource_identity_schemas::Response> {
        let mut answer = self.inner.get_resource_identity_schemas(request).await?;
        self.fault.identity_schemas(answer.get_mut());
        Ok(answer)
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<wire::upgrade_resource_identity::Request>,
    ) -> Reply<wire::upgrade_resource_identity::Response> {
        self.inner.upgrade_resource_identity(request).await
    }

    async fn configure(
        &self,
        request: Request<wire::configure::Request>,
    ) -> Reply<wire::configure::Response> {
        self.inner.configure(request).await
    }

    async fn read_resource(
        &self,
        request: Request<wire::read_resource::Request>,
    ) -> Reply<wire::read_resource::Response> {
        let mut answer = self.inner.read_resource(request).await?;
        self.fault.read(answer.get_mut());
        Ok(answer)
    }

    async fn plan_resource_change(
        &self,
        request: Request<wire::plan_resource_change::Request>,
    ) -> Reply<wire::plan_resource_change::Response> {
        let asked = request.get_ref().clone();
        let mut answer = self.inner.plan_resource_change(request).await?;
        self.fault.plan(&asked, answer.get_mut());
        Ok(answer)
    }

    async fn apply_resource_change(
        &self,
        request: Request<wire::apply_resource_change::Request>,
    ) -> Reply<wire::apply_resource_change::Response> {
        let asked = request.get_ref().clone();
        let mut answer = self.inner.apply_resource_change(request).await?;
        self.fault.apply(&asked, answer.get_mut());
        Ok(answer)
    }

    async fn import_resource_state(
        &self,
        request: Request<wire::import_resource_state::Request>,
    ) -> Reply<wire::import_resource_state::Response> {
        let mut answer = self.inner.import_resource_state(request).await?;
        self.fault.import(answer.get_mut());
        Ok(answer)
    }

    async fn move_resource_state(
        &self,
        request: Request<wire::move_resource_state::Request>,
    ) -> Reply<wire::move_resource_state::Response> {
        let mut answer = self.inner.move_resource_state(request).await?;
        self.fault.moved(answer.get_mut());
        Ok(answer)
    }

    async fn read_data_source(
        &self,
        request: Request<wire::read_data_source::Request>,
    ) -> Reply<wire::read_data_source::Response> {
        let mut answer = self.inner.read_data_source(request).await?;
        self.fault.data(answer.get_mut());
        Ok(answer)
    }

    async fn generate_resource_config(
        &self,
        request: Request<wire::generate_resource_config::Request>,
    ) -> Reply<wire::generate_resource_config::Response> {
        self.inner.generate_resource_config(request).await
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<wire::validate_ephemeral_resource_config::Request>,
    ) -> Reply<wire::validate_ephemeral_resource_config::Response> {
        self.inner.validate_ephemeral_resource_config(request).await
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<wire::open_ephemeral_resource::Request>,
    ) -> Reply<wire::open_ephemeral_resource::Response> {
        let mut answer = self.inner.open_ephemeral_resource(request).await?;
        self.fault.open(answer.get_mut());
        Ok(answer)
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<wire::renew_ephemeral_resource::Request>,
    ) -> Reply<wire::renew_ephemeral_resource::Response> {
        self.inner.renew_ephemeral_resource(request).await
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<wire::close_ephemeral_resource::Request>,
    ) -> Reply<wire::close_ephemeral_resource::Response> {
        self.inner.close_ephemeral_resource(request).await
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<wire::validate_list_resource_config::Request>,
    ) -> Reply<wire::validate_list_resource_config::Response> {
        self.inner.validate_list_resource_config(request).await
    }

    async fn get_functions(
        &self,
        request: Request<wire::get_functions::Request>,
    ) -> Reply<wire::get_functions::Response> {
        self.inner.get_functions(request).await
    }

    async fn call_function(
        &self,
        request: Request<wire::call_function::Request>,
    ) -> Reply<wire::call_function::Response> {
        let mut answer = self.inner.call_function(request).await?;
        self.fault.call(answer.get_mut());
        Ok(answer)
    }

    async fn plan_action(
        &self,
        request: Request<wire::plan_action::Request>,
    ) -> Reply<wire::plan_action::Response> {
        self.inner.plan_action(request).await
    }

    async fn validate_action_config(
        &self,
        request: Request<wire::validate_action_config::Request>,
    ) -> Reply<wire::validate_action_config::Response> {
        self.inner.validate_action_config(request).await
    }

    async fn stop(&self, request: Request<wire::stop::Request>) -> Reply<wire::stop::Response> {
        self.inner.stop(request).await
    }

    type ListResourceStream = Events<wire::list_resource::Event>;

    async fn list_resource(
        &self,
        request: Request<wire::list_resource::Request>,
    ) -> Reply<Self::ListResourceStream> {
        let fault = self.fault;
        let answer = self.inner.list_resource(request).await?;
        Ok(answer.map(|events| -> Self::ListResourceStream {
            Box::pin(events.map(move |event| event.map(|event| fault.listed(event))))
        }))
    }

    type InvokeActionStream = Events<wire::invoke_action::Event>;

    async fn invoke_action(
        &self,
        request: Request<wire::invoke_action::Request>,
    ) -> Reply<Self::InvokeActionStream> {
        let answer = self.inner.invoke_action(request).await?;
        Ok(answer.map(|events| -> Self::InvokeActionStream { Box::pin(events) }))
    }
}
