//! The RPCs about actions.

use std::sync::Arc;

use tfplugin_proto::tfplugin5::{invoke_action, plan_action, validate_action_config};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::{STREAM_BUFFER, Server};
use crate::action::{ActionOperations, Progress};
use crate::diagnostics::Diagnostic;
use crate::dynamic::Object;
use crate::proto::{from_proto, to_proto};
use crate::provider::Provider;

type Events = mpsc::Sender<Result<invoke_action::Event, Status>>;

impl<P: Provider> Server<P> {
    pub(super) fn validate_action(
        &self,
        request: &validate_action_config::Request,
    ) -> validate_action_config::Response {
        let found = self.actions.get(&request.type_name).and_then(|action| {
            let config = from_proto::configuration(request.config.as_ref(), &action.schema)?;
            Ok(action.operations().validate(config))
        });
        let found = found.unwrap_or_else(|bug| vec![bug]);
        validate_action_config::Response { diagnostics: to_proto::diagnostics(found) }
    }

    pub(super) async fn plan_action_config(
        &self,
        request: plan_action::Request,
    ) -> plan_action::Response {
        tracing::debug!(action_type = request.action_type, "plan action");
        let deferred = self.deferral(request.client_capabilities).map(to_proto::deferred);
        let mut found = Vec::new();
        if let Err(diagnostic) = self.try_plan_action(&request, &mut found).await {
            found.push(diagnostic);
        }
        plan_action::Response { diagnostics: to_proto::diagnostics(found), deferred }
    }

    async fn try_plan_action(
        &self,
        request: &plan_action::Request,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let action = self.actions.get(&request.action_type)?;
        let config = from_proto::configuration(request.config.as_ref(), &action.schema)?;
        match self.clients_if_known()? {
            Some(clients) => action.operations().plan(&clients, config, warnings).await,
            None => Ok(()),
        }
    }

    /// Goes on after it has returned, until the action has ended.
    pub(super) fn invoke(
        &self,
        request: invoke_action::Request,
    ) -> ReceiverStream<Result<invoke_action::Event, Status>> {
        tracing::debug!(action_type = request.action_type, "invoke action");
        let (events, receiver) = mpsc::channel(STREAM_BUFFER);
        let begun = self.begin_invocation(&request);
        tokio::spawn(async move {
            let mut found = Vec::new();
            let done = match begun {
                Ok(invocation) => invocation.run(&events, &mut found).await,
                Err(diagnostic) => Err(diagnostic),
            };
            found.extend(done.err());
            let _ = events.send(Ok(completed(found))).await;
        });
        ReceiverStream::new(receiver)
    }

    fn begin_invocation(
        &self,
        request: &invoke_action::Request,
    ) -> Result<Invocation<P::Clients>, Diagnostic> {
        let action = self.actions.get(&request.action_type)?;
        let config = from_proto::configuration(request.config.as_ref(), &action.schema)?;
        Ok(Invocation { clients: self.clients()?, operations: action.operations(), config })
    }
}

/// An action under way, which outlives its RPC's first answer.
struct Invocation<C> {
    clients: Arc<C>,
    operations: Arc<dyn ActionOperations<C>>,
    config: Object,
}

impl<C: Send + Sync + 'static> Invocation<C> {
    async fn run(self, events: &Events, warnings: &mut Vec<Diagnostic>) -> Result<(), Diagnostic> {
        let Self { clients, operations, config } = self;
        let (sender, mut said) = mpsc::channel(STREAM_BUFFER);
        let progress = Progress(sender);
        let show = async move {
            while let Some(message) = said.recv().await {
                // Nobody listening is no reason to stop half-way.
                let _ = events.send(Ok(self::progress(message))).await;
            }
        };
        let invoke = async move {
            let progress = progress;
            operations.invoke(&clients, config, &progress, warnings).await
        };
        let (done, ()) = tokio::join!(invoke, show);
        done
    }
}

fn progress(message: String) -> invoke_action::Event {
    let progress = invoke_action::event::Progress { message };
    invoke_action::Event { r#type: Some(invoke_action::event::Type::Progress(progress)) }
}

fn completed(found: Vec<Diagnostic>) -> invoke_action::Event {
    let completed = invoke_action::event::Completed { diagnostics: to_proto::diagnostics(found) };
    invoke_action::Event { r#type: Some(invoke_action::event::Type::Completed(completed)) }
}
