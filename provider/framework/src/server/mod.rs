//! Protocol 5's provider service: decode, call, encode. Decisions are made elsewhere.
//!
//! gRPC statuses are for RPCs that this framework does not serve; all else is a diagnostic.

mod action_rpcs;
mod data_source_rpcs;
mod ephemeral_rpcs;
mod function_rpcs;
mod identity_rpcs;
mod list_rpcs;
mod provider_rpcs;
mod resource_rpcs;
mod stored_state_rpcs;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tfplugin_proto::tfplugin5::{self as wire, provider_server};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::action::ActionType;
use crate::data_source::DataSourceType;
use crate::deferral::Deferral;
use crate::diagnostics::Diagnostic;
use crate::ephemeral::EphemeralResourceType;
use crate::function::FunctionType;
use crate::list::ListResourceType;
use crate::provider::Provider;
use crate::resource_type::ResourceType;
use crate::schema::Schema;

/// `provider` as the service that Terraform calls, without a process around it.
pub fn service<P: Provider>(provider: P) -> impl provider_server::Provider {
    Server::new(provider)
}

/// A provider behind the wire.
pub(crate) struct Server<P: Provider> {
    provider: P,
    schema: Schema,
    resources: ByName<ResourceType<P::Clients>>,
    data_sources: ByName<DataSourceType<P::Clients>>,
    ephemeral_resources: ByName<EphemeralResourceType<P::Clients>>,
    list_resources: ByName<ListResourceType<P::Clients>>,
    actions: ByName<ActionType<P::Clients>>,
    functions: ByName<FunctionType>,
    clients: RwLock<Configured<P::Clients>>,
    /// Cancelled when the process is to end.
    stop: CancellationToken,
    /// Cancelled by Terraform's Stop, and new with every configuration: under a debugger one
    /// process serves many runs.
    run: Mutex<CancellationToken>,
}

/// All of one kind that a provider serves, by the name that Terraform uses.
struct ByName<T> {
    /// The kind's name, for a diagnostic.
    kind: &'static str,
    types: BTreeMap<String, T>,
}

impl<T> ByName<T> {
    fn new(kind: &'static str, types: Vec<T>, name: impl Fn(&T) -> String) -> Self {
        let mut by_name = BTreeMap::new();
        for found in types {
            let name = name(&found);
            let former = by_name.insert(name.clone(), found);
            assert!(former.is_none(), "this provider has two of the {kind} {name}");
        }
        Self { kind, types: by_name }
    }

    fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.types.keys().cloned()
    }

    /// Something of each, by name.
    fn each<U, M: FromIterator<(String, U)>>(&self, of: impl Fn(&T) -> U) -> M {
        self.types.iter().map(|(name, found)| (name.clone(), of(found))).collect()
    }

    fn get(&self, name: &str) -> Result<&T, Diagnostic> {
        self.types.get(name).ok_or_else(|| {
            let Self { kind, .. } = self;
            Diagnostic::bug(format!("There is no {kind} {name:?} in this provider."))
        })
    }
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
        let prefixed = |name: &str| format!("{}_{name}", P::TYPE_NAME);
        Self {
            provider,
            schema: P::schema(),
            resources: ByName::new("resource type", P::resources(), |found| prefixed(found.name)),
            data_sources: ByName::new("data source", P::data_sources(), |found| {
                prefixed(found.name)
            }),
            ephemeral_resources: ByName::new(
                "ephemeral resource",
                P::ephemeral_resources(),
                |found| prefixed(found.name),
            ),
            list_resources: ByName::new("list resource", P::list_resources(), |found| {
                prefixed(found.name)
            }),
            actions: ByName::new("action", P::actions(), |found| prefixed(found.name)),
            functions: ByName::new("function", P::functions(), |found| found.name.to_owned()),
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

    /// Whether all that needs clients is put off to a later plan, because the provider block is not
    /// known yet and this Terraform plans in several rounds.
    fn deferral(&self, capabilities: Option<wire::ClientCapabilities>) -> Option<Deferral> {
        let allowed = capabilities.is_some_and(|client| client.deferral_allowed);
        let unknown = matches!(
            &*self.clients.read().unwrap_or_else(PoisonError::into_inner),
            Configured::Partly
        );
        (allowed && unknown).then_some(Deferral::ProviderConfigUnknown)
    }

    fn set_clients(&self, configured: Configured<P::Clients>) {
        *self.clients.write().unwrap_or_else(PoisonError::into_inner) = configured;
    }
}

type Reply<T> = Result<Response<T>, Status>;

/// How many messages of a stream wait for Terraform to take them.
const STREAM_BUFFER: usize = 16;

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

    async fn get_resource_identity_schemas(
        &self,
        _: Request<wire::get_resource_identity_schemas::Request>,
    ) -> Reply<wire::get_resource_identity_schemas::Response> {
        Ok(Response::new(self.identity_schemas()))
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<wire::upgrade_resource_identity::Request>,
    ) -> Reply<wire::upgrade_resource_identity::Response> {
        Ok(Response::new(self.upgrade_identity(&request.into_inner())))
    }

    async fn move_resource_state(
        &self,
        request: Request<wire::move_resource_state::Request>,
    ) -> Reply<wire::move_resource_state::Response> {
        Ok(Response::new(self.move_state(request.into_inner())))
    }

    async fn generate_resource_config(
        &self,
        request: Request<wire::generate_resource_config::Request>,
    ) -> Reply<wire::generate_resource_config::Response> {
        Ok(Response::new(self.generate_config(&request.into_inner())))
    }

    async fn validate_data_source_config(
        &self,
        request: Request<wire::validate_data_source_config::Request>,
    ) -> Reply<wire::validate_data_source_config::Response> {
        Ok(Response::new(self.validate_data_source(&request.into_inner())))
    }

    async fn read_data_source(
        &self,
        request: Request<wire::read_data_source::Request>,
    ) -> Reply<wire::read_data_source::Response> {
        Ok(Response::new(self.read_data(request.into_inner()).await))
    }

    async fn get_functions(
        &self,
        _: Request<wire::get_functions::Request>,
    ) -> Reply<wire::get_functions::Response> {
        Ok(Response::new(self.function_signatures()))
    }

    async fn call_function(
        &self,
        request: Request<wire::call_function::Request>,
    ) -> Reply<wire::call_function::Response> {
        Ok(Response::new(self.call(&request.into_inner())))
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<wire::validate_ephemeral_resource_config::Request>,
    ) -> Reply<wire::validate_ephemeral_resource_config::Response> {
        Ok(Response::new(self.validate_ephemeral(&request.into_inner())))
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<wire::open_ephemeral_resource::Request>,
    ) -> Reply<wire::open_ephemeral_resource::Response> {
        Ok(Response::new(self.open(request.into_inner()).await))
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<wire::renew_ephemeral_resource::Request>,
    ) -> Reply<wire::renew_ephemeral_resource::Response> {
        Ok(Response::new(self.renew(request.into_inner()).await))
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<wire::close_ephemeral_resource::Request>,
    ) -> Reply<wire::close_ephemeral_resource::Response> {
        Ok(Response::new(self.close(request.into_inner()).await))
    }

    type ListResourceStream = ReceiverStream<Result<wire::list_resource::Event, Status>>;

    async fn list_resource(
        &self,
        request: Request<wire::list_resource::Request>,
    ) -> Reply<Self::ListResourceStream> {
        Ok(Response::new(self.list(request.into_inner())))
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<wire::validate_list_resource_config::Request>,
    ) -> Reply<wire::validate_list_resource_config::Response> {
        Ok(Response::new(self.validate_list(&request.into_inner())))
    }

    async fn validate_action_config(
        &self,
        request: Request<wire::validate_action_config::Request>,
    ) -> Reply<wire::validate_action_config::Response> {
        Ok(Response::new(self.validate_action(&request.into_inner())))
    }

    async fn plan_action(
        &self,
        request: Request<wire::plan_action::Request>,
    ) -> Reply<wire::plan_action::Response> {
        Ok(Response::new(self.plan_action_config(request.into_inner()).await))
    }

    type InvokeActionStream = ReceiverStream<Result<wire::invoke_action::Event, Status>>;

    async fn invoke_action(
        &self,
        request: Request<wire::invoke_action::Request>,
    ) -> Reply<Self::InvokeActionStream> {
        Ok(Response::new(self.invoke(request.into_inner())))
    }
}
