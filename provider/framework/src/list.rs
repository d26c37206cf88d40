//! What the author of a list resource writes, and the same without its Rust types: the objects of a
//! resource type that exist, whoever made them.

use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::diagnostics::Diagnostic;
use crate::dynamic::Object;
use crate::model::{self, Model};
use crate::panics::caught;
use crate::resource::Resource;
use crate::schema::Schema;
use crate::validate;

/// The list of one resource type's objects, for `terraform query`: Terraform 1.14 and later.
#[async_trait]
pub trait ListResource: Send + Sync + 'static {
    /// What is listed. It must have an identity.
    type Resource: Resource;

    /// What the `config` block of a `list` block holds.
    type Model: Model;

    fn schema() -> Schema;

    /// Checks a configuration beyond its single attributes. Values may be unknown.
    fn validate(_config: &Self::Model) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Finds the objects, and sends each as soon as it is found.
    async fn list(
        &self,
        request: List<Self::Model>,
        found: &mut Found<Self::Resource>,
    ) -> Result<(), Diagnostic>;
}

/// What a list may use.
#[derive(Debug)]
pub struct List<M> {
    pub config: M,
    /// Whether the objects' states are asked for too.
    pub include_resource: bool,
}

/// One object of a list.
#[derive(Debug)]
pub struct Listed<R: Resource> {
    pub identity: R::Identity,
    /// How practitioners know it.
    pub display_name: String,
    /// Its state, where it is asked for.
    pub resource: Option<R::Model>,
}

/// Where a list's objects go.
pub struct Found<R: Resource> {
    sender: mpsc::Sender<ListedObject>,
    /// How many more Terraform takes.
    left: usize,
    of: PhantomData<fn() -> R>,
}

impl<R: Resource> Found<R> {
    /// Sends one object. `Break` where Terraform wants no more.
    pub async fn send(&mut self, listed: Listed<R>) -> ControlFlow<()> {
        let Some(left) = self.left.checked_sub(1) else { return ControlFlow::Break(()) };
        self.left = left;
        let listed = ListedObject {
            identity: model::write(listed.identity),
            display_name: listed.display_name,
            resource: listed.resource.map(model::write),
        };
        match self.sender.send(listed).await {
            Ok(()) if left > 0 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }
}

impl<R: Resource> fmt::Debug for Found<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found").field("left", &self.left).finish_non_exhaustive()
    }
}

/// One object of a list, by name.
#[derive(Debug)]
pub(crate) struct ListedObject {
    pub identity: Object,
    pub display_name: String,
    pub resource: Option<Object>,
}

/// One line of a provider's list of list resources.
pub struct ListResourceType<C> {
    pub(crate) name: &'static str,
    pub(crate) schema: Schema,
    operations: Arc<dyn ListOperations<C>>,
}

impl<C: Send + Sync + 'static> ListResourceType<C> {
    /// `make` is called for every operation, so it should only clone handles.
    pub fn new<L: ListResource>(make: impl Fn(&C) -> L + Send + Sync + 'static) -> Self {
        let schema = L::schema();
        let operations = Arc::new(Typed { make, schema: schema.clone(), of: PhantomData });
        Self { name: L::Resource::TYPE_NAME, schema, operations }
    }

    pub(crate) fn operations(&self) -> Arc<dyn ListOperations<C>> {
        Arc::clone(&self.operations)
    }
}

impl<C> fmt::Debug for ListResourceType<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ListResourceType").field(&self.name).finish()
    }
}

/// What Terraform asks of a list, by name.
#[derive(Debug)]
pub(crate) struct ListObjects {
    pub config: Object,
    pub include_resource: bool,
    pub limit: usize,
}

/// All that Terraform asks of a list resource; the clients come with each call.
#[async_trait]
pub(crate) trait ListOperations<C>: Send + Sync {
    fn validate(&self, config: Object) -> Vec<Diagnostic>;

    async fn list(
        &self,
        clients: &C,
        request: ListObjects,
        sender: mpsc::Sender<ListedObject>,
    ) -> Result<(), Diagnostic>;
}

struct Typed<F, L> {
    make: F,
    schema: Schema,
    of: PhantomData<fn() -> L>,
}

#[async_trait]
impl<C, F, L> ListOperations<C> for Typed<F, L>
where
    C: Send + Sync + 'static,
    F: Fn(&C) -> L + Send + Sync + 'static,
    L: ListResource,
{
    fn validate(&self, config: Object) -> Vec<Diagnostic> {
        validate::configuration(&self.schema, config, L::validate)
    }

    async fn list(
        &self,
        clients: &C,
        request: ListObjects,
        sender: mpsc::Sender<ListedObject>,
    ) -> Result<(), Diagnostic> {
        let ListObjects { config, include_resource, limit } = request;
        if limit == 0 {
            return Ok(());
        }
        let list = async {
            let request = List { config: model::read(config)?, include_resource };
            let mut found = Found { sender, left: limit, of: PhantomData };
            (self.make)(clients).list(request, &mut found).await
        };
        caught(list).await
    }
}
