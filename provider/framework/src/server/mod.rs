//! Protocol 5's provider service: decode, call, encode. Decisions are made elsewhere.
//!
//! gRPC statuses are for RPCs that this framework does not serve; all else is a diagnostic.

mod provider_rpcs;
mod resource_rpcs;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tfplugin_proto::tfplugin5::{self as wire, provider_server};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::diagnostics::Diagnostic;
use crate::provider::Provider;
use crate::resource_type::ResourceType;
use crate::schema::Schema;

/// A provider behind the wire.
pub(crate) struct Server<P: Provider> {
    provider: P,
    schema: Schema,
    resources: BTreeMap<String, ResourceType<P::Clients>>,
    clients: RwLock<Configured<P::Clients>>,
    /// Cancelled when the process is to end.
    stop: CancellationToken,
    /// Cancelled by Terraform's Stop, and new with every configuration: under a debugger one
    /// process serves many runs.
    run: Mutex<CancellationToken>,
}

/// How far Terraform has configured the provider.
enum Configured<C> {
    NotYet,
    /// With values that another resource gives at apply. This plan does without clients: a guess
    /// could read from the wrong place, and take what it does not find there for gone.
    Partly,
    Wholly(Arc<C>),
}

impl<P: Provider> Server<P> {
    pub(crate) fn new(provider: P) -> Self {
        let resources = P::resources().into_iter();
        let name = |resource: &ResourceType<_>| format!("{}_{}", P::TYPE_NAME, resource.name);
        Self {
            provider,
            schema: P::schema(),
            resources: resources.map(|resource| (name(&resource), resource)).collect(),
            clients: RwLock::new(Configured::NotYet),
            stop: CancellationToken::new(),
            run: Mutex::default(),
        }
    }

    /// What Terraform's Stop call cancels.
    pub(crate) fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// The token that clients of the run beginning now watch.
    fn begin_run(&self) -> CancellationToken {
        let run = self.stop.child_token();
        *self.run.lock().unwrap_or_else(PoisonError::into_inner) = run.clone();
        run
    }

    fn resource(&self, type_name: &str) -> Result<&ResourceType<P::Clients>, Diagnostic> {
        self.resources.get(type_name).ok_or_else(|| {
            Diagnostic::bug(format!("There is no resource type {type_name:?} in this provider."))
        })
    }

    /// `None` while the provider block is not wholly known. Fails before Terraform has configured
    /// the provider, which it never does.
    fn clients_if_known(&self) -> Result<Option<Arc<P::Clients>>, Diagnostic> {
        match &*self.clients.read().unwrap_or_else(PoisonError::into_inner) {
            Configured::NotYet => Err(Diagnostic::bug("The provider is not configured yet.")),
            Configured::Partly => Ok(None),
            Configured::Wholly(clients) => Ok(Some(Arc::clone(clients))),
        }
    }

    fn clients(&self) -> Result<Arc<P::Clients>, Diagnostic> {
        self.clients_if_known()?.ok_or_else(|| {
            Diagnostic::error(
                "The provider block is not known yet",
                "This needs values of the provider block that are known only after apply. Apply \
                 what they come from first, with -target.",
            )
        })
    }

    fn set_clients(&self, configured: Configured<P::Clients>) {
        *self.clients.write().unwrap_or_else(PoisonError::into_inner) = configured;
    }
}

type Reply<T> = Result<Response<T>, Status>;

fn not_served<T>(rpc: &str) -> Reply<T> {
    Err(Status::unimplemented(format!("this provider does not serve {rpc}")))
}

#[tonic::async_trait]
impl<P: Provider> provider_server::Provider for Server<P> {
    async fn get_metadata(
        &self,
        _: Request<wire::get_metadata::Request>,
    ) -> Reply<wire::get_metadata::Response> {
        Ok(Response::new(self.metadata()))
    }

    async fn get_schema(
        &self,
        _: Request<wire::get_provider_schema::Request>,
    ) -> Reply<wire::get_provider_schema::Response> {
        Ok(Response::new(self.provider_schema()))
    }

    async fn prepare_provider_config(
        &self,
        request: Request<wire::prepare_provider_config::Request>,
    ) -> Reply<wire::prepare_provider_config::Response> {
        Ok(Response::new(self.prepare(request.into_inner())))
    }

    async fn configure(
        &self,
        request: Request<wire::configure::Request>,
    ) -> Reply<wire::configure::Response> {
        Ok(Response::new(self.configure_provider(request.into_inner()).await))
    }

    async fn stop(&self, _: Request<wire::stop::Request>) -> Reply<wire::stop::Response> {
        // Work under way sees the token and ends in its own way; its RPC is still answered.
        self.run.lock().unwrap_or_else(PoisonError::into_inner).cancel();
        Ok(Response::new(wire::stop::Response::default()))
    }

    async fn validate_resource_type_config(
        &self,
        request: Request<wire::validate_resource_type_config::Request>,
    ) -> Reply<wire::validate_resource_type_config::Response> {
        Ok(Response::new(self.validate_resource(&request.into_inner())))
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<wire::upgrade_resource_state::Request>,
    ) -> Reply<wire::upgrade_resource_state::Response> {
        Ok(Response::new(self.upgrade(&request.into_inner())))
    }

    async fn read_resource(
        &self,
        request: Request<wire::read_resource::Request>,
    ) -> Reply<wire::read_resource::Response> {
        Ok(Response::new(self.read(request.into_inner()).await))
    }

    async fn plan_resource_change(
        &self,
        request: Request<wire::plan_resource_change::Request>,
    ) -> Reply<wire::plan_resource_change::Response> {
        Ok(Response::new(self.plan(request.into_inner()).await))
    }

    async fn apply_resource_change(
        &self,
        request: Request<wire::apply_resource_change::Request>,
    ) -> Reply<wire::apply_resource_change::Response> {
        Ok(Response::new(self.apply(request.into_inner()).await))
    }

    async fn import_resource_state(
        &self,
        request: Request<wire::import_resource_state::Request>,
    ) -> Reply<wire::import_resource_state::Response> {
        Ok(Response::new(self.import(request.into_inner()).await))
    }

    /// Terraform 1.12 and later ask at every start; no resource here has an identity.
    async fn get_resource_identity_schemas(
        &self,
        _: Request<wire::get_resource_identity_schemas::Request>,
    ) -> Reply<wire::get_resource_identity_schemas::Response> {
        Ok(Response::new(wire::get_resource_identity_schemas::Response::default()))
    }

    /// OpenTofu asks whenever a configuration calls a function, and takes no "unimplemented".
    async fn get_functions(
        &self,
        _: Request<wire::get_functions::Request>,
    ) -> Reply<wire::get_functions::Response> {
        Ok(Response::new(wire::get_functions::Response::default()))
    }

    async fn validate_data_source_config(
        &self,
        _: Request<wire::validate_data_source_config::Request>,
    ) -> Reply<wire::validate_data_source_config::Response> {
        not_served("data sources")
    }

    async fn read_data_source(
        &self,
        _: Request<wire::read_data_source::Request>,
    ) -> Reply<wire::read_data_source::Response> {
        not_served("data sources")
    }

    async fn upgrade_resource_identity(
        &self,
        _: Request<wire::upgrade_resource_identity::Request>,
    ) -> Reply<wire::upgrade_resource_identity::Response> {
        not_served("resource identity")
    }

    async fn move_resource_state(
        &self,
        _: Request<wire::move_resource_state::Request>,
    ) -> Reply<wire::move_resource_state::Response> {
        not_served("moved state")
    }

    async fn generate_resource_config(
        &self,
        _: Request<wire::generate_resource_config::Request>,
    ) -> Reply<wire::generate_resource_config::Response> {
        not_served("generated configuration")
    }

    async fn validate_ephemeral_resource_config(
        &self,
        _: Request<wire::validate_ephemeral_resource_config::Request>,
    ) -> Reply<wire::validate_ephemeral_resource_config::Response> {
        not_served("ephemeral resources")
    }

    async fn open_ephemeral_resource(
        &self,
        _: Request<wire::open_ephemeral_resource::Request>,
    ) -> Reply<wire::open_ephemeral_resource::Response> {
        not_served("ephemeral resources")
    }

    async fn renew_ephemeral_resource(
        &self,
        _: Request<wire::renew_ephemeral_resource::Request>,
    ) -> Reply<wire::renew_ephemeral_resource::Response> {
        not_served("ephemeral resources")
    }

    async fn close_ephemeral_resource(
        &self,
        _: Request<wire::close_ephemeral_resource::Request>,
    ) -> Reply<wire::close_ephemeral_resource::Response> {
        not_served("ephemeral resources")
    }

    type ListResourceStream = tokio_stream::Empty<Result<wire::list_resource::Event, Status>>;

    async fn list_resource(
        &self,
        _: Request<wire::list_resource::Request>,
    ) -> Reply<Self::ListResourceStream> {
        not_served("list resources")
    }

    async fn validate_list_resource_config(
        &self,
        _: Request<wire::validate_list_resource_config::Request>,
    ) -> Reply<wire::validate_list_resource_config::Response> {
        not_served("list resources")
    }

    async fn call_function(
        &self,
        _: Request<wire::call_function::Request>,
    ) -> Reply<wire::call_function::Response> {
        not_served("functions")
    }

    async fn plan_action(
        &self,
        _: Request<wire::plan_action::Request>,
    ) -> Reply<wire::plan_action::Response> {
        not_served("actions")
    }

    type InvokeActionStream = tokio_stream::Empty<Result<wire::invoke_action::Event, Status>>;

    async fn invoke_action(
        &self,
        _: Request<wire::invoke_action::Request>,
    ) -> Reply<Self::InvokeActionStream> {
        not_served("actions")
    }

    async fn validate_action_config(
        &self,
        _: Request<wire::validate_action_config::Request>,
    ) -> Reply<wire::validate_action_config::Response> {
        not_served("actions")
    }
}
