//! Terraform's core, as a provider meets it: the calls in their order, and every answer checked.
//!
//! Each method is one step of Terraform and says which RPCs it makes. Nothing else is called, so a
//! test that scripts what happens behind the provider knows what is asked of it and when.

mod action;
mod apply;
mod data_source;
mod ephemeral;
mod function;
mod import;
mod list;
mod metadata;
mod plan;
mod read;
mod rehearse;
mod transport;
mod upgrade;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tfplugin_proto::tfplugin5 as wire;
use tfplugin_proto::tfplugin5::provider_client::ProviderClient;
use tfplugin_proto::tfplugin5::provider_server::Provider;
use tonic::transport::Channel;
use tonic::{Code, Status};

pub use action::Invoked;
pub use apply::Applied;
pub use ephemeral::Opened;
pub use import::ImportTarget;
pub use list::Listed;
pub use plan::Planned;
pub use rehearse::{Act, Broken, Import, Life, Report};
pub use upgrade::Move;

use crate::codec;
use crate::config::Config;
use crate::diagnostics::{Diagnostic, Said};
use crate::refusal::{Breach, Refusal, Rule, unbroken};
use crate::schema::{self, Block, Schema, Schemas};
use crate::value::{Value, quote};
use transport::Transport;

/// How the sentences end that are about a bug of a provider.
const BUG: &str =
    "This is a bug in the provider, which should be reported in the provider's own issue tracker.";

/// An object as state holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub value: Value,
    /// What the provider keeps for itself.
    pub private: Vec<u8>,
    pub identity: Option<Value>,
    /// Whether the next plan replaces it, because its creation failed.
    pub tainted: bool,
}

impl Object {
    /// An object of which the provider keeps nothing for itself.
    pub fn new(value: Value) -> Self {
        Self { value, private: Vec::new(), identity: None, tainted: false }
    }
}

/// Why a provider puts a change off.
pub type DeferredReason = wire::deferred::Reason;

/// How to reach a provider and what to call things.
pub struct Connection {
    transport: Transport,
    address: String,
    instance: String,
    deferral_allowed: bool,
}

impl Connection {
    /// Into a service in this process, without a socket.
    pub fn in_process(service: impl Provider) -> Self {
        Self::new(Transport::in_process(service))
    }

    /// To a provider that serves elsewhere.
    pub fn over(channel: Channel) -> Self {
        Self::new(Transport::channel(channel))
    }

    fn new(transport: Transport) -> Self {
        Self {
            transport,
            address: "example.com/acme/test".to_owned(),
            instance: "this".to_owned(),
            deferral_allowed: false,
        }
    }

    /// The provider's address in messages; `example.com/acme/test` if nothing is said.
    #[must_use]
    pub fn address(mut self, address: &str) -> Self {
        self.address = address.to_owned();
        self
    }

    /// The name of objects in messages; `this` if nothing is said.
    #[must_use]
    pub fn instance(mut self, instance: &str) -> Self {
        self.instance = instance.to_owned();
        self
    }

    /// Allows the provider to put changes off.
    #[must_use]
    pub fn allow_deferral(mut self) -> Self {
        self.deferral_allowed = true;
        self
    }

    /// Reads and checks the schemas. RPCs: GetSchema, GetResourceIdentitySchemas.
    pub async fn connect(self) -> Result<Core, Refusal> {
        let client = ProviderClient::new(self.transport)
            .max_decoding_message_size(usize::MAX)
            .max_encoding_message_size(usize::MAX);
        let mut core = Core {
            client,
            address: self.address,
            instance: self.instance,
            deferral_allowed: self.deferral_allowed,
            schemas: Schemas::default(),
            warnings: Mutex::default(),
        };
        core.read_schemas().await?;
        Ok(core)
    }
}

/// Terraform's core, connected to one provider.
pub struct Core {
    client: ProviderClient<Transport>,
    address: String,
    instance: String,
    deferral_allowed: bool,
    schemas: Schemas,
    warnings: Mutex<Vec<Diagnostic>>,
}

impl Core {
    /// Connects to a service in this process. RPCs: GetSchema, GetResourceIdentitySchemas.
    pub async fn in_process(service: impl Provider) -> Result<Self, Refusal> {
        Connection::in_process(service).connect().await
    }

    /// Connects to a provider that serves elsewhere. RPCs: GetSchema, GetResourceIdentitySchemas.
    pub async fn over(channel: Channel) -> Result<Self, Refusal> {
        Connection::over(channel).connect().await
    }

    async fn read_schemas(&mut self) -> Result<(), Refusal> {
        let answer = self
            .client()
            .get_schema(wire::get_provider_schema::Request {})
            .await
            .map_err(|status| plugin_error("GetProviderSchema", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, None)?;
        let request = wire::get_resource_identity_schemas::Request {};
        let identities = match self.client().get_resource_identity_schemas(request).await {
            Ok(answer) => {
                let answer = answer.into_inner();
                self.heard(&answer.diagnostics, None)?;
                answer.identity_schemas.into_iter().collect()
            }
            // A provider from before there were identities.
            Err(status) if status.code() == Code::Unimplemented => BTreeMap::new(),
            Err(status) => return Err(plugin_error("GetProviderSchema", &status)),
        };
        let (schemas, breaches) = schema::read(&self.address, &answer, &identities);
        unbroken(breaches)?;
        self.schemas = schemas;
        Ok(())
    }

    /// Everything that the provider declares.
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// The schema of a managed resource type.
    ///
    /// # Panics
    ///
    /// If the provider has no such type: the test names another one.
    pub fn resource(&self, type_name: &str) -> &Schema {
        named(&self.schemas.resources, "resource type", type_name)
    }

    /// The object that a configuration of a resource is. No RPC.
    pub fn config(&self, type_name: &str, config: impl Into<Config>) -> Result<Value, Refusal> {
        Ok(config.into().value(&self.resource(type_name).block)?)
    }

    /// The warnings since they were last taken.
    pub fn take_warnings(&self) -> Vec<Diagnostic> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Configures the provider. RPCs: PrepareProviderConfig, Configure.
    pub async fn configure(&self, config: impl Into<Config>) -> Result<(), Refusal> {
        let block = &self.schemas.provider;
        let config = config.into().value(block)?;
        let wire = codec::encode(&config, &block.ty());
        let request = wire::prepare_provider_config::Request { config: Some(wire.clone()) };
        let answer = self
            .client()
            .prepare_provider_config(request)
            .await
            .map_err(|status| plugin_error("ValidateProviderConfig", &status))?
            .into_inner();
        self.decode(answer.prepared_config.as_ref(), block)?;
        self.heard(&answer.diagnostics, Some(block))?;
        let request = wire::configure::Request {
            terraform_version: "1.15.9".to_owned(),
            config: Some(wire),
            client_capabilities: Some(self.capabilities()),
        };
        let answer = self
            .client()
            .configure(request)
            .await
            .map_err(|status| plugin_error("ConfigureProvider", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, Some(block))
    }

    /// Asks the provider to stop what it does. RPC: Stop.
    pub async fn stop(&self) -> Result<(), Refusal> {
        let answer = self
            .client()
            .stop(wire::stop::Request {})
            .await
            .map_err(|status| plugin_error("Stop", &status))?
            .into_inner();
        if answer.error.is_empty() {
            return Ok(());
        }
        Err(Breach::new(Rule::GrpcStatus, answer.error, "").into())
    }

    fn client(&self) -> ProviderClient<Transport> {
        self.client.clone()
    }

    fn capabilities(&self) -> wire::ClientCapabilities {
        wire::ClientCapabilities {
            deferral_allowed: self.deferral_allowed,
            write_only_attributes_allowed: true,
        }
    }

    /// The address of the object in messages.
    fn object(&self, type_name: &str) -> String {
        format!("{type_name}.{}", self.instance)
    }

    /// The configured provider in messages, with Go's quotes around.
    fn resolved(&self) -> String {
        quote(&format!("provider[{}]", quote(&self.address)))
    }

    /// Keeps the warnings of an answer, and refuses one that says anything worse.
    fn heard(
        &self,
        diagnostics: &[wire::Diagnostic],
        schema: Option<&Block>,
    ) -> Result<(), Refusal> {
        let warnings = Said::read(diagnostics, schema).warnings()?;
        self.keep(warnings);
        Ok(())
    }

    fn keep(&self, warnings: Vec<Diagnostic>) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).extend(warnings);
    }

    /// The object that an answer carries.
    fn decode(&self, wire: Option<&wire::DynamicValue>, block: &Block) -> Result<Value, Refusal> {
        codec::decode(wire, &block.ty()).map_err(|error| Breach::malformed(&error).into())
    }

    /// The reason of a deferral, or that there must be none.
    fn deferred(
        &self,
        deferred: Option<wire::Deferred>,
        object: &str,
    ) -> Result<Option<DeferredReason>, Refusal> {
        let Some(deferred) = deferred else { return Ok(None) };
        if !self.deferral_allowed {
            return Err(deferral_refused(object));
        }
        if deferred.reason() == DeferredReason::Unknown {
            return Err(Breach::new(
                Rule::DeferralReason,
                "Provider deferred changes without a reason",
                format!("The provider signaled a deferred action for {}.", quote(object)),
            )
            .into());
        }
        Ok(Some(deferred.reason()))
    }

    /// The identity that an answer carries, conforming; whether it is known is the step's to say.
    fn identity(
        &self,
        type_name: &str,
        wire: Option<&wire::ResourceIdentityData>,
    ) -> Result<Option<Value>, Refusal> {
        let Some(data) = wire.and_then(|wire| wire.identity_data.as_ref()) else {
            return Ok(None);
        };
        let Some(schema) = &self.resource(type_name).identity else {
            let text = format!("unknown identity type {}", quote(type_name));
            return Err(Breach::new(Rule::IdentitySchema, text, "").into());
        };
        let identity = codec::decode(Some(data), &schema.ty())
            .map_err(|error| Refusal::from(Breach::malformed(&error)))?;
        if identity.is_null() {
            return Ok(None);
        }
        let object = self.object(type_name);
        unbroken(crate::rules::identity_conforms(&self.address, &object, &identity, schema))?;
        Ok(Some(identity))
    }

    fn identity_known(&self, type_name: &str, identity: Option<&Value>) -> Result<(), Refusal> {
        let object = self.object(type_name);
        let breach = identity
            .and_then(|identity| crate::rules::identity_known(&self.address, &object, identity));
        unbroken(breach.into_iter().collect())
    }

    /// The wire's form of an identity.
    fn identity_data(
        &self,
        type_name: &str,
        identity: Option<&Value>,
    ) -> Option<wire::ResourceIdentityData> {
        let schema = self.resource(type_name).identity.as_ref()?;
        let identity_data = Some(codec::encode(identity?, &schema.ty()));
        Some(wire::ResourceIdentityData { identity_data })
    }

    /// The wire's form of what modules say to the provider: nothing, where it can be said.
    fn provider_meta(&self) -> Option<wire::DynamicValue> {
        let meta = self.schemas.provider_meta.as_ref()?;
        Some(codec::encode(&meta.null(), &meta.ty()))
    }
}

/// What is declared under that name.
#[expect(clippy::panic, reason = "a test that names what is not declared fails")]
fn named<'a, T>(declared: &'a BTreeMap<String, T>, what: &str, name: &str) -> &'a T {
    match declared.get(name) {
        Some(found) => found,
        None => {
            let names: Vec<_> = declared.keys().map(String::as_str).collect();
            panic!("the provider has no {what} {name}, but {}", names.join(", "))
        }
    }
}

/// What Terraform makes of a gRPC status. `method` is core's name of the call.
fn plugin_error(method: &str, status: &Status) -> Refusal {
    let method = format!("plugin.(*GRPCProvider).{method}");
    let (summary, detail) = match status.code() {
        Code::Unavailable => (
            "Plugin did not respond",
            format!(
                "The plugin encountered an error, and failed to respond to the {method} call. The \
                 plugin logs may contain more details."
            ),
        ),
        Code::Cancelled => ("Request cancelled", format!("The {method} request was cancelled.")),
        Code::Unimplemented => (
            "Unsupported plugin method",
            format!("The {method} method is not supported by this plugin."),
        ),
        code => (
            "Plugin error",
            format!(
                "The plugin returned an unexpected error from {method}: rpc error: code = {code:?} \
                 desc = {}",
                status.message()
            ),
        ),
    };
    Breach::new(Rule::GrpcStatus, summary, detail).into()
}

/// Refuses a deferral that was not allowed.
fn deferral_refused(object: &str) -> Refusal {
    Breach::new(
        Rule::DeferralNotAllowed,
        "Provider deferred changes when Terraform did not allow deferrals",
        format!(
            "The provider signaled a deferred action for {}, but in this context deferrals \
             are disabled. This is a bug in the provider, please file an issue with the \
             provider developers.",
            quote(object)
        ),
    )
    .into()
}
