//! What the author of an ephemeral resource writes, and the same without its Rust types: a value
//! that lives as long as one run of Terraform, and is stored nowhere.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;

use crate::diagnostics::Diagnostic;
use crate::dynamic::Object;
use crate::model::{self, Model};
use crate::panics::caught;
use crate::schema::Schema;
use crate::validate;

/// One ephemeral resource. Terraform 1.10 and later.
#[async_trait]
pub trait EphemeralResource: Send + Sync + 'static {
    /// The name without the provider's prefix: `credentials`.
    const TYPE_NAME: &'static str;

    type Model: Model;

    fn schema() -> Schema;

    /// Checks a configuration beyond its single attributes. Values may be unknown.
    fn validate(_config: &Self::Model) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Makes the value. What an open that fails has made, it must end itself: nobody closes it.
    async fn open(
        &self,
        config: Self::Model,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Opened<Self::Model>, Diagnostic>;

    /// Keeps the value alive. Called at [`Lease::renew_at`], with the latest `private`.
    async fn renew(&self, _private: Vec<u8>) -> Result<Lease, Diagnostic> {
        Err(Diagnostic::bug("This ephemeral resource cannot be renewed."))
    }

    /// Ends the value. `private` is the latest of what open and renew said.
    async fn close(&self, _private: Vec<u8>) -> Result<(), Diagnostic> {
        Ok(())
    }
}

/// A value, and for how long it is one.
#[derive(Debug, Clone)]
pub struct Opened<M> {
    pub result: M,
    pub lease: Lease,
}

impl<M> Opened<M> {
    /// A value that needs neither renewal nor an end.
    pub fn new(result: M) -> Self {
        Self { result, lease: Lease::default() }
    }
}

/// What Terraform keeps of an open value while it runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lease {
    /// When to renew it; never where it is `None`.
    pub renew_at: Option<SystemTime>,
    /// What renew and close need. It stays in Terraform's memory.
    pub private: Vec<u8>,
}

/// One line of a provider's list of ephemeral resources.
pub struct EphemeralResourceType<C> {
    pub(crate) name: &'static str,
    pub(crate) schema: Schema,
    operations: Arc<dyn EphemeralOperations<C>>,
}

impl<C: Send + Sync + 'static> EphemeralResourceType<C> {
    /// `make` is called for every operation, so it should only clone handles.
    pub fn new<E: EphemeralResource>(make: impl Fn(&C) -> E + Send + Sync + 'static) -> Self {
        let schema = E::schema();
        let operations = Arc::new(Typed { make, schema: schema.clone(), of: PhantomData });
        Self { name: E::TYPE_NAME, schema, operations }
    }

    pub(crate) fn operations(&self) -> &dyn EphemeralOperations<C> {
        &*self.operations
    }
}

impl<C> fmt::Debug for EphemeralResourceType<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EphemeralResourceType").field(&self.name).finish()
    }
}

/// All that Terraform asks of an ephemeral resource; the clients come with each call.
#[async_trait]
pub(crate) trait EphemeralOperations<C>: Send + Sync {
    fn validate(&self, config: Object) -> Vec<Diagnostic>;

    async fn open(
        &self,
        clients: &C,
        config: Object,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Opened<Object>, Diagnostic>;

    async fn renew(&self, clients: &C, private: Vec<u8>) -> Result<Lease, Diagnostic>;

    async fn close(&self, clients: &C, private: Vec<u8>) -> Result<(), Diagnostic>;
}

struct Typed<F, E> {
    make: F,
    schema: Schema,
    of: PhantomData<fn() -> E>,
}

#[async_trait]
impl<C, F, E> EphemeralOperations<C> for Typed<F, E>
where
    C: Send + Sync + 'static,
    F: Fn(&C) -> E + Send + Sync + 'static,
    E: EphemeralResource,
{
    fn validate(&self, config: Object) -> Vec<Diagnostic> {
        validate::configuration(&self.schema, config, E::validate)
    }

    async fn open(
        &self,
        clients: &C,
        config: Object,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Opened<Object>, Diagnostic> {
        let opened = async {
            let resource = (self.make)(clients);
            let opened = resource.open(model::read(config)?, warnings).await?;
            Ok(Opened { result: model::known(opened.result)?, lease: opened.lease })
        };
        caught(opened).await
    }

    async fn renew(&self, clients: &C, private: Vec<u8>) -> Result<Lease, Diagnostic> {
        caught(async { (self.make)(clients).renew(private).await }).await
    }

    async fn close(&self, clients: &C, private: Vec<u8>) -> Result<(), Diagnostic> {
        caught(async { (self.make)(clients).close(private).await }).await
    }
}
