//! `verify_function`: whether the bridge could call what it is to call, asked of Modal at plan.

use tf_framework::{Attribute, Diagnostic, Plan, Schema, Value};

use super::{BridgeFunction, BridgeFunctionModel};
use crate::modal::{FunctionDescription, FunctionRef, why_not_callable};

pub(super) fn schema(schema: Schema) -> Schema {
    schema
        .attribute(
            "verify_function",
            Attribute::bool(
                "Whether each plan asks Modal, with the provider's Modal token, if the bridge could \
                 call the function: it is deployed; it is no web function, no generator and no \
                 method of a class with parameters; and with mode `remote`, it takes and gives \
                 CBOR. Warned of are a function that may take longer than `timeout`, and a Modal \
                 that does not answer. `false` unless set.",
            )
            .default(false),
        )
        .attribute(
            "modal_dashboard_url",
            Attribute::string(
                "Where Modal's dashboard shows the function. Null unless `verify_function` is set.",
            )
            .computed(),
        )
}

impl BridgeFunction {
    /// Asks, where that is wanted and the function's name is known. `named` has the environment
    /// that is meant.
    pub(super) async fn verify(
        &self,
        plan: &mut Plan<BridgeFunctionModel>,
        named: &BridgeFunctionModel,
    ) -> Result<(), Diagnostic> {
        plan.set("modal_dashboard_url", Value::<String>::Null);
        if plan.config.verify_function != Value::Known(true) {
            return Ok(());
        }
        let Some(name) = function_ref(named) else {
            let unknown: Value<String> = Value::Unknown;
            plan.set("modal_dashboard_url", unknown);
            return Ok(());
        };
        let attempt = format!(
            "verify that a bridge could call {:?} of Modal app {:?}",
            name.function, name.app
        );
        let found = match self.clients.modal.function(&name).await {
            Ok((_, found)) => found,
            Err(error) => {
                if let Some(attribute) = error.attribute_at_fault() {
                    return Err(error.diagnostic(&attempt).at(attribute));
                }
                if error.is_about_the_token() || error.is_about_the_settings() {
                    return Err(error.diagnostic(&attempt).at("verify_function"));
                }
                let consequence = "The plan goes on as if it could be called.";
                let summary = format!("Cannot {attempt}");
                plan.push(error.warning(&summary, consequence).at("verify_function"));
                let prior = plan.prior.as_ref().filter(|prior| function_ref(prior) == Some(name));
                let url = prior.map_or(Value::Null, |prior| prior.modal_dashboard_url.clone());
                plan.set("modal_dashboard_url", url);
                return Ok(());
            }
        };
        let waits = named.mode.known().is_some_and(|mode| mode == "remote");
        if let Some(error) = why_not_callable(&name, &found, waits) {
            return Err(error.diagnostic(&attempt).at("modal_function_name"));
        }
        if let Some(warning) = too_slow(named, &name, &found).filter(|_| waits) {
            plan.push(warning);
        }
        let url = format!("https://modal.com/id/{}", found.function_id);
        plan.set("modal_dashboard_url", Value::Known(url));
        Ok(())
    }
}

/// `None` while a part of the name is not known.
fn function_ref(model: &BridgeFunctionModel) -> Option<FunctionRef> {
    let app_version = match &model.options.app_version {
        Value::Null => None,
        Value::Known(number) => Some((*number).try_into().ok()?),
        Value::Unknown => return None,
    };
    Some(FunctionRef {
        environment: model.environment_name.known()?.clone(),
        app: model.app_name.known()?.clone(),
        function: model.modal_function_name.known()?.clone(),
        app_version,
    })
}

/// A function that Modal lets run for longer than Lambda waits for it.
fn too_slow(
    model: &BridgeFunctionModel,
    name: &FunctionRef,
    found: &FunctionDescription,
) -> Option<Diagnostic> {
    let timeout = model.timeout_or_default().into_known()?;
    let allowed = i64::from(found.timeout_secs?);
    (allowed > timeout).then(|| {
        Diagnostic::warning(
            "The Modal function may take longer than the bridge waits",
            format!(
                "Modal allows {:?} of app {:?} {allowed} seconds, and the Lambda function has \
                 {timeout}: a call that takes longer fails, and what invoked the bridge may try \
                 again. Raise timeout, to 900 seconds at most, lower the Modal function's timeout, \
                 or use mode \"spawn\".",
                name.function, name.app
            ),
        )
        .at("timeout")
    })
}
