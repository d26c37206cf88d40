//! Ephemeral resources: opened, kept alive, closed, and never stored.

use std::time::SystemTime;

use tfplugin_proto::tfplugin5 as wire;

use super::{Core, DeferredReason, named, plugin_error};
use crate::codec;
use crate::config::Config;
use crate::refusal::{Breach, Refusal, Rule, unbroken};
use crate::rules;
use crate::value::Value;

/// An ephemeral resource that is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    pub type_name: String,
    /// What the configuration may use.
    pub value: Value,
    /// When it has to be renewed, if ever.
    pub renew_at: Option<SystemTime>,
    /// What the provider keeps to renew and to close it.
    pub private: Vec<u8>,
    /// Why the provider puts it off, if it does and may.
    pub deferred: Option<DeferredReason>,
}

impl Core {
    /// Opens an ephemeral resource whose configuration is known. RPCs:
    /// ValidateEphemeralResourceConfig, OpenEphemeralResource.
    pub async fn open(
        &self,
        type_name: &str,
        config: impl Into<Config>,
    ) -> Result<Opened, Refusal> {
        let schemas = &self.schemas().ephemeral_resources;
        let block = &named(schemas, "ephemeral resource", type_name).block;
        let config = config.into().value(block)?;
        self.validate_ephemeral(type_name, &config).await?;
        let object = format!("ephemeral.{}", self.object(type_name));
        let request = wire::open_ephemeral_resource::Request {
            type_name: type_name.to_owned(),
            config: Some(codec::encode(&config, &block.ty())),
            client_capabilities: Some(self.capabilities()),
        };
        let answer = self
            .client()
            .open_ephemeral_resource(request)
            .await
            .map_err(|status| plugin_error("OpenEphemeralResource", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, Some(block))?;
        let value = self.decode(answer.result.as_ref(), block)?;
        let deferred = self.deferred(answer.deferred, &object)?;
        if deferred.is_none() {
            self.check_opened(type_name, &config, &value)?;
        }
        Ok(Opened {
            type_name: type_name.to_owned(),
            value,
            renew_at: time(answer.renew_at.as_ref()),
            private: answer.private.unwrap_or_default(),
            deferred,
        })
    }

    fn check_opened(&self, type_name: &str, config: &Value, value: &Value) -> Result<(), Refusal> {
        let schemas = &self.schemas().ephemeral_resources;
        let block = &named(schemas, "ephemeral resource", type_name).block;
        let invalid = |rule: Rule, why: String| {
            Breach::new(
                rule,
                "Provider produced invalid ephemeral resource instance",
                format!("The provider for {type_name} produced an inconsistent result: {why}."),
            )
        };
        let types = value.ty().nonconformities(&block.ty()).into_iter();
        unbroken(
            types
                .map(|(path, why)| {
                    let at = if path.is_root() { String::new() } else { format!("{path}: ") };
                    invalid(Rule::EphemeralResult, format!("{at}{why}"))
                })
                .collect(),
        )?;
        let problems = rules::plan_valid(block, &block.null(), config, value);
        let problems = problems.into_iter();
        unbroken(problems.map(|p| invalid(Rule::EphemeralResult, p.to_string())).collect())?;
        let unknown = value.unknown_paths().into_iter();
        unbroken(
            unknown
                .map(|path| invalid(Rule::EphemeralUnknown, format!("{path}: is not known")))
                .collect(),
        )
    }

    /// Validates a configuration of an ephemeral resource, of which not all may be known. RPC:
    /// ValidateEphemeralResourceConfig.
    pub async fn validate_ephemeral(
        &self,
        type_name: &str,
        config: impl Into<Config>,
    ) -> Result<(), Refusal> {
        let schemas = &self.schemas().ephemeral_resources;
        let block = &named(schemas, "ephemeral resource", type_name).block;
        let config = config.into().value(block)?;
        let request = wire::validate_ephemeral_resource_config::Request {
            type_name: type_name.to_owned(),
            config: Some(codec::encode(&config, &block.ty())),
        };
        let answer = self
            .client()
            .validate_ephemeral_resource_config(request)
            .await
            .map_err(|status| plugin_error("ValidateEphemeralResourceConfig", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, Some(block))
    }

    /// Renews what is open: afterwards, its private data and the next time are the answer's, if the
    /// answer has a next time. RPC: RenewEphemeralResource.
    pub async fn renew(&self, opened: &mut Opened) -> Result<(), Refusal> {
        let request = wire::renew_ephemeral_resource::Request {
            type_name: opened.type_name.clone(),
            private: Some(opened.private.clone()),
        };
        let answer = self
            .client()
            .renew_ephemeral_resource(request)
            .await
            .map_err(|status| plugin_error("RenewEphemeralResource", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, None)?;
        opened.renew_at = time(answer.renew_at.as_ref());
        if opened.renew_at.is_some() {
            opened.private = answer.private.unwrap_or_default();
        }
        Ok(())
    }

    /// Closes what is open. RPC: CloseEphemeralResource.
    pub async fn close(&self, opened: Opened) -> Result<(), Refusal> {
        let request = wire::close_ephemeral_resource::Request {
            type_name: opened.type_name,
            private: Some(opened.private),
        };
        let answer = self
            .client()
            .close_ephemeral_resource(request)
            .await
            .map_err(|status| plugin_error("CloseEphemeralResource", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, None)
    }
}

fn time(wire: Option<&prost_types::Timestamp>) -> Option<SystemTime> {
    SystemTime::try_from(*wire?).ok()
}
