//! Actions: what a provider does without an object of its own.

use tfplugin_proto::tfplugin5 as wire;

use super::{Core, deferral_refused, named, plugin_error};
use crate::codec;
use crate::config::Config;
use crate::refusal::{Breach, Refusal, Rule};
use crate::value::quote;

/// What came of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoked {
    /// What it said while it ran.
    pub progress: Vec<String>,
}

impl Core {
    /// Validates a configuration of an action, of which not all may be known. RPC:
    /// ValidateActionConfig.
    pub async fn validate_action(
        &self,
        action: &str,
        config: impl Into<Config>,
    ) -> Result<(), Refusal> {
        let block = &named(&self.schemas().actions, "action", action).block;
        let config = config.into().value(block)?;
        let request = wire::validate_action_config::Request {
            type_name: action.to_owned(),
            config: Some(codec::encode(&config, &block.ty())),
        };
        let answer = self
            .client()
            .validate_action_config(request)
            .await
            .map_err(|status| plugin_error("ValidateActionConfig", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, Some(block))
    }

    /// Plans an action, of which not all may be known; actions are never put off. RPC: PlanAction.
    pub async fn plan_action(
        &self,
        action: &str,
        config: impl Into<Config>,
    ) -> Result<(), Refusal> {
        let block = &named(&self.schemas().actions, "action", action).block;
        let config = config.into().value(block)?;
        let request = wire::plan_action::Request {
            action_type: action.to_owned(),
            config: Some(codec::encode(&config, &block.ty())),
            client_capabilities: Some(wire::ClientCapabilities {
                deferral_allowed: false,
                ..self.capabilities()
            }),
        };
        let answer = self
            .client()
            .plan_action(request)
            .await
            .map_err(|status| plugin_error("PlanAction", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, Some(block))?;
        match answer.deferred {
            None => Ok(()),
            Some(_) => Err(deferral_refused(&format!("action.{}", self.object(action)))),
        }
    }

    /// Invokes an action and hears it out. RPC: InvokeAction.
    pub async fn invoke_action(
        &self,
        action: &str,
        config: impl Into<Config>,
    ) -> Result<Invoked, Refusal> {
        let block = &named(&self.schemas().actions, "action", action).block;
        let config = config.into().value(block)?;
        assert!(config.is_wholly_known(), "what is invoked has to be known: {}", config.go());
        let request = wire::invoke_action::Request {
            action_type: action.to_owned(),
            config: Some(codec::encode(&config, &block.ty())),
            client_capabilities: Some(self.capabilities()),
        };
        let mut events = self
            .client()
            .invoke_action(request)
            .await
            .map_err(|status| plugin_error("InvokeAction", &status))?
            .into_inner();
        use wire::invoke_action::event::Type;
        let mut progress = Vec::new();
        let mut completed = false;
        while let Some(event) =
            events.message().await.map_err(|status| plugin_error("InvokeAction", &status))?
        {
            if completed {
                return Err(incomplete(action, "went on after it was completed"));
            }
            match event.r#type {
                Some(Type::Progress(said)) => progress.push(said.message),
                Some(Type::Completed(end)) => {
                    self.heard(&end.diagnostics, Some(block))?;
                    completed = true;
                }
                None => {
                    return Err(Breach::new(
                        Rule::ActionEvent,
                        format!("unexpected event in the answer of action {}", quote(action)),
                        "It is neither progress nor completion. Terraform panics.",
                    )
                    .into());
                }
            }
        }
        if completed {
            Ok(Invoked { progress })
        } else {
            Err(incomplete(action, "ended without being completed"))
        }
    }
}

fn incomplete(action: &str, how: &str) -> Refusal {
    Breach::new(
        Rule::ActionCompletion,
        "Provider return invalid response",
        format!("The stream of events of action {} {how}.", quote(action)),
    )
    .into()
}
