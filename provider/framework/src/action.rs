//! What the author of an action writes, and the same without its Rust types: something to do that
//! leaves no object behind.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::diagnostics::Diagnostic;
use crate::dynamic::Object;
use crate::model::{self, Model};
use crate::panics::caught;
use crate::schema::Schema;
use crate::validate;

/// One action. Terraform 1.14 and later.
#[async_trait]
pub trait Action: Send + Sync + 'static {
    /// The name without the provider's prefix: `invoke_bridge`.
    const TYPE_NAME: &'static str;

    type Model: Model;

    fn schema() -> Schema;

    /// Checks a configuration beyond its single attributes. Values may be unknown.
    fn validate(_config: &Self::Model) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Refuses what can be seen to fail before anything is applied. Values may be unknown.
    async fn plan(
        &self,
        _config: &Self::Model,
        _warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Diagnostic> {
        Ok(())
    }

    /// Does it, and says how far it is.
    async fn invoke(
        &self,
        config: Self::Model,
        progress: &Progress,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Diagnostic>;
}

/// Where an action says how far it is.
#[derive(Debug, Clone)]
pub struct Progress(pub(crate) mpsc::Sender<String>);

impl Progress {
    /// Shows one line to the practitioner. Where nobody listens any more, nothing happens.
    pub async fn say(&self, message: impl Into<String> + Send) {
        let _ = self.0.send(message.into()).await;
    }
}

/// One line of a provider's list of actions.
pub struct ActionType<C> {
    pub(crate) name: &'static str,
    pub(crate) schema: Schema,
    operations: Arc<dyn ActionOperations<C>>,
}

impl<C: Send + Sync + 'static> ActionType<C> {
    /// `make` is called for every operation, so it should only clone handles.
    pub fn new<A: Action>(make: impl Fn(&C) -> A + Send + Sync + 'static) -> Self {
        let schema = A::schema();
        let operations = Arc::new(Typed { make, schema: schema.clone(), of: PhantomData });
        Self { name: A::TYPE_NAME, schema, operations }
    }

    pub(crate) fn operations(&self) -> Arc<dyn ActionOperations<C>> {
        Arc::clone(&self.operations)
    }
}

impl<C> fmt::Debug for ActionType<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ActionType").field(&self.name).finish()
    }
}

/// All that Terraform asks of an action; the clients come with each call.
#[async_trait]
pub(crate) trait ActionOperations<C>: Send + Sync {
    fn validate(&self, config: Object) -> Vec<Diagnostic>;

    async fn plan(
        &self,
        clients: &C,
        config: Object,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Diagnostic>;

    async fn invoke(
        &self,
        clients: &C,
        config: Object,
        progress: &Progress,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Diagnostic>;
}

struct Typed<F, A> {
    make: F,
    schema: Schema,
    of: PhantomData<fn() -> A>,
}

#[async_trait]
impl<C, F, A> ActionOperations<C> for Typed<F, A>
where
    C: Send + Sync + 'static,
    F: Fn(&C) -> A + Send + Sync + 'static,
    A: Action,
{
    fn validate(&self, config: Object) -> Vec<Diagnostic> {
        validate::configuration(&self.schema, config, A::validate)
    }

    async fn plan(
        &self,
        clients: &C,
        config: Object,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Diagnostic> {
        caught(async { (self.make)(clients).plan(&model::read(config)?, warnings).await }).await
    }

    async fn invoke(
        &self,
        clients: &C,
        config: Object,
        progress: &Progress,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let invoke =
            async { (self.make)(clients).invoke(model::read(config)?, progress, warnings).await };
        caught(invoke).await
    }
}
