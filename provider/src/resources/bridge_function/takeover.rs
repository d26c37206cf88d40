//! Making a bridge of this provider's out of a function that ran other code on another runtime, such
//! as one of the CDK library.
//!
//! Lambda changes code and runtime by two calls, and between them a function has the code of one and
//! the runtime of the other: it answers nothing but errors. So all else is changed before, while the
//! old code still runs, above all the role, which Lambda may refuse for seconds; then the code, which
//! takes its time to get there; and then the runtime alone, which is a small request.

use tf_framework::{Diagnostic, Response};

use super::apply::is_about_the_role;
use super::desired::Desired;
use super::{BridgeFunction, BridgeFunctionModel};
use crate::aws::lambda::{FunctionSettings, LambdaFunction, is_about_an_old_runtime};
use crate::resources::cannot::cannot;

impl BridgeFunction {
    /// Changes runtime, code and settings. What the function was before is kept as a version, and
    /// the practitioner told which.
    pub(super) async fn take_over(
        &self,
        desired: &Desired,
        plan: &BridgeFunctionModel,
        function: LambdaFunction,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<LambdaFunction, Diagnostic> {
        let lambda = &self.clients.aws.lambda;
        let attempt = format!("make a bridge out of Lambda function {:?}", desired.name);
        // Without the code of before, there is nothing to go back to: an apply that was cut short.
        if plan.code.code_sha256.known() != Some(&function.code_sha256) {
            let why = Some("As it was before it was adopted");
            let published = lambda.publish_version(&function, why).await;
            let version = published.map_err(|error| cannot(&attempt, &error))?;
            response.push(way_back(&function, &version));
        }
        let has_code = plan.code.is_deployed(&function, desired.architecture);
        let FunctionSettings { runtime, handler, .. } = function.settings.clone();
        let staged = FunctionSettings { runtime, handler, ..desired.settings.clone() };
        let mut settings = &staged;
        let mut now = function;
        if now.settings != staged {
            let changed = match lambda.update_settings(&desired.name, &staged).await {
                // Lambda changes nothing about a runtime that it has given up, but the runtime.
                Err(error) if is_about_an_old_runtime(&error) => {
                    settings = &desired.settings;
                    lambda.update_settings(&desired.name, settings).await
                }
                changed => changed,
            };
            changed.map_err(|error| match &desired.role {
                None if is_about_the_role(&error) => cannot(&attempt, &error).at("role_arn"),
                _ => cannot(&attempt, &error),
            })?;
            now = self.wait_until_ready(&desired.name, &attempt).await?;
        }
        if !has_code {
            let code = plan.code.to_deploy(desired.architecture.name())?;
            let changed = lambda.update_code(&desired.name, &code, desired.architecture).await;
            changed.map_err(|error| cannot(&attempt, &error))?;
            now = self.wait_until_ready(&desired.name, &attempt).await?;
        }
        if *settings != desired.settings {
            let changed = lambda.update_settings(&desired.name, &desired.settings).await;
            changed.map_err(|error| cannot(&attempt, &error))?;
            now = self.wait_until_ready(&desired.name, &attempt).await?;
        }
        Ok(now)
    }
}

fn way_back(function: &LambdaFunction, version: &str) -> Diagnostic {
    let name = &function.name;
    let FunctionSettings { runtime, handler, .. } = &function.settings;
    Diagnostic::warning(
        format!("Lambda function {name:?} was given another runtime and other code"),
        format!(
            "What it was until now is its version {version}, of runtime {runtime} with the handler \
             {handler}. To go back, give the function that version's code and settings. Once \
             nobody wants to:\n\n\
             aws lambda delete-function --function-name {name} --qualifier {version}"
        ),
    )
}
