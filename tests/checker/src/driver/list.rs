//! Listing what exists.

use tfplugin_proto::tfplugin5 as wire;

use super::{Core, named, plugin_error};
use crate::codec;
use crate::config::Config;
use crate::diagnostics::Said;
use crate::refusal::{Breach, Refusal, Rule, unbroken};
use crate::value::{Value, quote};

/// One object that a list found.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    pub display_name: String,
    pub identity: Value,
    /// The object itself, if it was asked for.
    pub object: Option<Value>,
}

impl Core {
    /// Lists at most `limit` objects of a type. RPCs: ValidateListResourceConfig, ListResource.
    pub async fn list(
        &self,
        type_name: &str,
        config: impl Into<Config>,
        include_object: bool,
        limit: u32,
    ) -> Result<Vec<Listed>, Refusal> {
        let block = &named(&self.schemas().list_resources, "list resource", type_name).block;
        let config = config.into().value(block)?;
        let ty = block.ty();
        let request = wire::validate_list_resource_config::Request {
            type_name: type_name.to_owned(),
            config: Some(codec::encode(&config, &ty)),
            // As of Terraform 1.15, not sent over protocol 5.
            include_resource_object: None,
            limit: None,
        };
        let answer = self
            .client()
            .validate_list_resource_config(request)
            .await
            .map_err(|status| plugin_error("ValidateListResourceConfig", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, Some(block))?;
        let request = wire::list_resource::Request {
            type_name: type_name.to_owned(),
            config: Some(codec::encode(&config, &ty)),
            include_resource_object: include_object,
            limit: i64::from(limit),
        };
        let mut events = self
            .client()
            .list_resource(request)
            .await
            .map_err(|status| plugin_error("ListResource", &status))?
            .into_inner();
        let mut listed = Vec::new();
        while let Some(event) =
            events.message().await.map_err(|status| plugin_error("ListResource", &status))?
        {
            if listed.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
                return Err(Breach::new(
                    Rule::ListLimit,
                    "Provider listed more than it was asked for",
                    format!("The list of {type_name} has a limit of {limit} and goes on."),
                )
                .into());
            }
            listed.extend(self.listed(type_name, block, &event, include_object)?);
        }
        Ok(listed)
    }

    /// The object of an event: `None` of one that only warns.
    fn listed(
        &self,
        type_name: &str,
        config: &crate::schema::Block,
        event: &wire::list_resource::Event,
        include_object: bool,
    ) -> Result<Option<Listed>, Refusal> {
        let said = Said::read(&event.diagnostic, Some(config)).warnings()?;
        let warned = !said.is_empty();
        self.keep(said);
        let Some(identity) = self.identity(type_name, event.identity.as_ref())? else {
            if warned {
                return Ok(None);
            }
            let text = format!("missing identity data in ListResource event for {type_name}");
            return Err(Breach::new(Rule::ListIdentity, text, "").into());
        };
        self.identity_known(type_name, Some(&identity))?;
        if event.display_name.is_empty() {
            return Err(Breach::new(
                Rule::ListDisplayName,
                "Provider listed an object without a name to show",
                format!("The object of type {type_name} has the identity {}.", identity.go()),
            )
            .into());
        }
        let object = match (include_object, &event.resource_object) {
            (false, _) => None,
            (true, None) => {
                return Err(Breach::new(
                    Rule::ListObject,
                    "Provider listed an object without the object",
                    format!("The whole object of {} was asked for.", quote(&event.display_name)),
                )
                .into());
            }
            (true, Some(object)) => {
                let block = &self.resource(type_name).block;
                let value = self.decode(Some(object), block)?;
                unbroken(self.badly_read(type_name, &value))?;
                Some(value)
            }
        };
        Ok(Some(Listed { display_name: event.display_name.clone(), identity, object }))
    }
}
