//! Reading data sources.

use tfplugin_proto::tfplugin5 as wire;

use super::{BUG, Core, DeferredReason, named, plugin_error};
use crate::codec;
use crate::config::Config;
use crate::refusal::{Breach, Refusal, Rule, unbroken};
use crate::rules;
use crate::value::Value;

impl Core {
    /// Reads a data source whose configuration is known. RPCs: ValidateDataSourceConfig,
    /// ReadDataSource.
    pub async fn read_data_source(
        &self,
        type_name: &str,
        config: impl Into<Config>,
    ) -> Result<Value, Refusal> {
        Ok(self.read_data_source_or_defer(type_name, config).await?.0)
    }

    /// Reads a data source, and tells why the provider puts it off if it does and may. RPCs:
    /// ValidateDataSourceConfig, ReadDataSource.
    pub async fn read_data_source_or_defer(
        &self,
        type_name: &str,
        config: impl Into<Config>,
    ) -> Result<(Value, Option<DeferredReason>), Refusal> {
        let block = &named(&self.schemas().data_sources, "data source", type_name).block;
        let config = config.into().value(block)?;
        self.validate_data_source(type_name, &config).await?;
        let object = format!("data.{}", self.object(type_name));
        let request = wire::read_data_source::Request {
            type_name: type_name.to_owned(),
            config: Some(codec::encode(&config, &block.ty())),
            provider_meta: self.provider_meta(),
            client_capabilities: Some(self.capabilities()),
        };
        let answer = self
            .client()
            .read_data_source(request)
            .await
            .map_err(|status| plugin_error("ReadDataSource", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, Some(block))?;
        let value = self.decode(answer.state.as_ref(), block)?;
        if let Some(reason) = self.deferred(answer.deferred, &object)? {
            return Ok((value, Some(reason)));
        }
        let resolved = self.resolved();
        let invalid = |rule: Rule, summary: &str, why: String| {
            Breach::new(rule, summary, format!("Provider {resolved} produced {why}.\n\n{BUG}"))
        };
        let invalid_object = "Provider produced invalid object";
        let types = value.ty().nonconformities(&block.ty()).into_iter();
        unbroken(
            types
                .map(|(path, why)| {
                    let why = format!("an invalid value for {object}{path}: {why}");
                    invalid(Rule::DataSourceType, invalid_object, why)
                })
                .collect(),
        )?;
        if value.is_null() {
            let why = format!("a null value for {object}");
            let summary = "Provider produced null object";
            return Err(invalid(Rule::DataSourceNull, summary, why).into());
        }
        if !value.is_wholly_known() {
            let why = format!("a value for {object} that is not wholly known");
            return Err(invalid(Rule::DataSourceUnknown, invalid_object, why).into());
        }
        let problems = rules::plan_valid(block, &block.null(), &config, &value).into_iter();
        unbroken(
            problems
                .map(|problem| {
                    let why = format!("an invalid value for {}", problem.after(&object));
                    invalid(Rule::DataSourceConfiguration, invalid_object, why)
                })
                .collect(),
        )?;
        Ok((value, None))
    }

    /// Validates a configuration of a data source, of which not all may be known. RPC:
    /// ValidateDataSourceConfig.
    pub async fn validate_data_source(
        &self,
        type_name: &str,
        config: impl Into<Config>,
    ) -> Result<(), Refusal> {
        let block = &named(&self.schemas().data_sources, "data source", type_name).block;
        let config = config.into().value(block)?;
        let request = wire::validate_data_source_config::Request {
            type_name: type_name.to_owned(),
            config: Some(codec::encode(&config, &block.ty())),
        };
        let answer = self
            .client()
            .validate_data_source_config(request)
            .await
            .map_err(|status| plugin_error("ValidateDataResourceConfig", &status))?
            .into_inner();
        self.heard(&answer.diagnostics, Some(block))
    }
}
