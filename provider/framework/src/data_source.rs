//! What a data source author writes, and the same without its Rust types.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;

use crate::diagnostics::Diagnostic;
use crate::dynamic::Object;
use crate::model::{self, Model};
use crate::panics::caught;
use crate::schema::Schema;
use crate::validate;

/// One data source: something that exists, and is only looked at.
#[async_trait]
pub trait DataSource: Send + Sync + 'static {
    /// The name without the provider's prefix: `workspace`.
    const TYPE_NAME: &'static str;

    type Model: Model;

    fn schema() -> Schema;

    /// Checks a configuration beyond its single attributes. Values may be unknown.
    fn validate(_config: &Self::Model) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Fills in what the configuration leaves to the provider. Not finding the thing is an error.
    async fn read(
        &self,
        config: Self::Model,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Self::Model, Diagnostic>;
}

/// One line of a provider's list of data sources.
pub struct DataSourceType<C> {
    pub(crate) name: &'static str,
    pub(crate) schema: Schema,
    operations: Arc<dyn DataSourceOperations<C>>,
}

impl<C: Send + Sync + 'static> DataSourceType<C> {
    /// `make` is called for every operation, so it should only clone handles.
    pub fn new<D: DataSource>(make: impl Fn(&C) -> D + Send + Sync + 'static) -> Self {
        let schema = D::schema();
        let operations = Arc::new(Typed { make, schema: schema.clone(), of: PhantomData });
        Self { name: D::TYPE_NAME, schema, operations }
    }

    pub(crate) fn operations(&self) -> &dyn DataSourceOperations<C> {
        &*self.operations
    }
}

impl<C> fmt::Debug for DataSourceType<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DataSourceType").field(&self.name).finish()
    }
}

/// All that Terraform asks of a data source; the clients come with each call.
#[async_trait]
pub(crate) trait DataSourceOperations<C>: Send + Sync {
    fn validate(&self, config: Object) -> Vec<Diagnostic>;

    async fn read(
        &self,
        clients: &C,
        config: Object,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Object, Diagnostic>;
}

struct Typed<F, D> {
    make: F,
    schema: Schema,
    of: PhantomData<fn() -> D>,
}

#[async_trait]
impl<C, F, D> DataSourceOperations<C> for Typed<F, D>
where
    C: Send + Sync + 'static,
    F: Fn(&C) -> D + Send + Sync + 'static,
    D: DataSource,
{
    fn validate(&self, config: Object) -> Vec<Diagnostic> {
        validate::configuration(&self.schema, config, D::validate)
    }

    async fn read(
        &self,
        clients: &C,
        config: Object,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Object, Diagnostic> {
        let found = async {
            let source = (self.make)(clients);
            model::known(source.read(model::read(config)?, warnings).await?)
        };
        caught(found).await
    }
}
