//! `modal_bridge_function`: every Lambda function of a region that calls Modal.

use bridge_contract::BridgeConfig;
use tf_framework::{
    Attribute, Diagnostic, Found, List, ListResource, Listed, Model, ObjectReader, ObjectWriter,
    Schema, Validator, Value, async_trait,
};

use crate::provider::Clients;
use crate::resources::{
    BridgeFunction, BridgeFunctionIdentity, bridge_config, cannot, check_region,
};

/// Looks through the functions.
#[derive(Debug)]
pub(crate) struct BridgeFunctionList {
    clients: Clients,
}

impl BridgeFunctionList {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl ListResource for BridgeFunctionList {
    type Resource = BridgeFunction;
    type Model = BridgeFunctionListModel;

    fn schema() -> Schema {
        Schema::new(
            "Every bridge of a region, whoever made it: this provider, or the CDK library \
             `modal-bridge-constructs`. For audits, and to bring bridges under Terraform. A bridge \
             is known by its environment variables, such as `MODAL_APP_NAME` and \
             `MODAL_FUNCTION_NAME`; one whose variables are encrypted with a KMS key that the \
             identity that runs Terraform may not use is not found.",
        )
        .attribute(
            "region",
            Attribute::string("AWS region of the bridges. The provider's unless set.")
                .validate(Validator::text(check_region)),
        )
    }

    async fn list(
        &self,
        request: List<BridgeFunctionListModel>,
        found: &mut Found<BridgeFunction>,
    ) -> Result<(), Diagnostic> {
        let region = request.config.region;
        let aws = self.clients.aws_in(&region);
        let bridges = BridgeFunction::new(self.clients.clone());
        let mut from = None;
        loop {
            let page = aws.lambda.list_functions(from).await;
            let (page, next) = page.map_err(|error| cannot("list Lambda functions", &error))?;
            for function in page {
                let Some(config) = bridge_config(&function) else { continue };
                let name = &function.name;
                let resource = if request.include_resource {
                    let state = bridges.find(name, &region).await;
                    let attempt = format!("read bridge function {name:?}");
                    // One that is deleted meanwhile is none.
                    let Some(state) = state.map_err(|error| cannot(&attempt, &error))? else {
                        continue;
                    };
                    Some(state)
                } else {
                    None
                };
                let listed = Listed {
                    identity: BridgeFunctionIdentity::of_function(name, &function.arn),
                    display_name: display_name(name, &config),
                    resource,
                };
                if found.send(listed).await.is_break() {
                    return Ok(());
                }
            }
            from = next;
            if from.is_none() {
                return Ok(());
            }
        }
    }
}

/// The bridge, and what it calls.
fn display_name(name: &str, config: &BridgeConfig) -> String {
    let BridgeConfig { app, environment, function, mode, .. } = config;
    format!("{name} ({environment}/{app}/{function}, {mode})")
}

/// The `config` block.
#[derive(Debug, Clone, Default)]
pub(crate) struct BridgeFunctionListModel {
    region: Value<String>,
}

impl Model for BridgeFunctionListModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { region: object.take("region") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { region } = self;
        object.put("region", region);
    }
}
