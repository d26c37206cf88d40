//! The RPCs about lists of objects.

use std::sync::Arc;

use tfplugin_proto::tfplugin5::{list_resource, validate_list_resource_config};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::{STREAM_BUFFER, Server};
use crate::diagnostics::Diagnostic;
use crate::identity::IdentitySchema;
use crate::list::{ListObjects, ListOperations, ListedObject};
use crate::proto::{from_proto, to_proto};
use crate::provider::Provider;
use crate::schema::Schema;

type Events = mpsc::Sender<Result<list_resource::Event, Status>>;

impl<P: Provider> Server<P> {
    pub(super) fn validate_list(
        &self,
        request: &validate_list_resource_config::Request,
    ) -> validate_list_resource_config::Response {
        let found = self.list_resources.get(&request.type_name).and_then(|list| {
            let config = from_proto::configuration(request.config.as_ref(), &list.schema)?;
            Ok(list.operations().validate(config))
        });
        let found = found.unwrap_or_else(|bug| vec![bug]);
        validate_list_resource_config::Response { diagnostics: to_proto::diagnostics(found) }
    }

    /// Goes on after it has returned, until all is sent or Terraform listens no more.
    pub(super) fn list(
        &self,
        request: list_resource::Request,
    ) -> ReceiverStream<Result<list_resource::Event, Status>> {
        tracing::debug!(type_name = request.type_name, "list");
        let (events, receiver) = mpsc::channel(STREAM_BUFFER);
        let begun = self.begin_list(&request);
        tokio::spawn(async move {
            let listed = match begun {
                Ok(listing) => listing.run(&events).await,
                Err(diagnostic) => Err(diagnostic),
            };
            if let Err(diagnostic) = listed {
                let _ = events.send(Ok(failure(diagnostic))).await;
            }
        });
        ReceiverStream::new(receiver)
    }

    fn begin_list(
        &self,
        request: &list_resource::Request,
    ) -> Result<Listing<P::Clients>, Diagnostic> {
        let list = self.list_resources.get(&request.type_name)?;
        let resource = self.resources.get(&request.type_name)?;
        let identity = resource.identity.clone().ok_or_else(|| {
            Diagnostic::bug(format!("{} is listed and has no identity.", request.type_name))
        })?;
        Ok(Listing {
            clients: self.clients()?,
            operations: list.operations(),
            schema: resource.schema.clone(),
            identity,
            request: ListObjects {
                config: from_proto::configuration(request.config.as_ref(), &list.schema)?,
                include_resource: request.include_resource_object,
                limit: usize::try_from(request.limit).unwrap_or_default(),
            },
        })
    }
}

/// A list under way, which outlives its RPC's first answer.
struct Listing<C> {
    clients: Arc<C>,
    operations: Arc<dyn ListOperations<C>>,
    /// Of the objects that are listed.
    schema: Schema,
    identity: IdentitySchema,
    request: ListObjects,
}

impl<C: Send + Sync + 'static> Listing<C> {
    async fn run(self, events: &Events) -> Result<(), Diagnostic> {
        let Self { clients, operations, schema, identity, request } = self;
        let (sender, mut found) = mpsc::channel(STREAM_BUFFER);
        let send = async move {
            while let Some(object) = found.recv().await {
                let event = event(object, &schema, &identity)?;
                if events.send(Ok(event)).await.is_err() {
                    // Closes `found`, which tells the list that nobody listens.
                    break;
                }
            }
            Ok(())
        };
        let list = async {
            let (listed, sent) = tokio::join!(operations.list(&clients, request, sender), send);
            listed.and(sent)
        };
        tokio::select! {
            listed = list => listed,
            // Terraform listens no more, and a list changes nothing that would have to be finished.
            () = events.closed() => Ok(()),
        }
    }
}

fn event(
    object: ListedObject,
    schema: &Schema,
    identity: &IdentitySchema,
) -> Result<list_resource::Event, Diagnostic> {
    let gap =
        || Diagnostic::bug(format!("{:?} is listed without its identity.", object.display_name));
    let found = identity.whole(object.identity).ok_or_else(gap)?;
    let resource = object
        .resource
        .map(|state| to_proto::object(Some(schema.body.without_write_only(state)), schema));
    Ok(list_resource::Event {
        identity: Some(to_proto::identity(found, identity)?),
        display_name: object.display_name,
        resource_object: resource.transpose()?,
        diagnostic: Vec::new(),
    })
}

fn failure(diagnostic: Diagnostic) -> list_resource::Event {
    let diagnostic = to_proto::diagnostics(vec![diagnostic]);
    list_resource::Event { diagnostic, ..Default::default() }
}
