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
use crate::bridge_package::BridgePackage;
use crate::resources::cannot::cannot;

impl BridgeFunction {
    /// Changes runtime, code and settings. What the function was before is kept as a version, and
    /// the practitioner told which.
    pub(super) async fn take_over(
        &self,
        desired: &Desired,
        function: &LambdaFunction,
        package: &BridgePackage,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let lambda = &self.clients.aws.lambda;
        let attempt = format!("make a bridge out of Lambda function {:?}", desired.name);
        // Without the code of before, there is nothing to go back to: an apply that was cut short.
        if function.code_sha256 != package.sha256 {
            let published = lambda.publish_version(function, "As it was before it was adopted");
            let version = published.await.map_err(|error| cannot(&attempt, &error))?;
            response.push(way_back(function, &version));
        }
        let FunctionSettings { runtime, handler, .. } = function.settings.clone();
        let staged = FunctionSettings { runtime, handler, ..desired.settings.clone() };
        let mut now = &staged;
        if function.settings != staged {
            let changed = match lambda.update_settings(&desired.name, &staged).await {
                // Lambda changes nothing about a runtime that it has given up, but the runtime.
                Err(error) if is_about_an_old_runtime(&error) => {
                    now = &desired.settings;
                    lambda.update_settings(&desired.name, now).await
                }
                changed => changed,
            };
            changed.map_err(|error| match &desired.role {
                None if is_about_the_role(&error) => cannot(&attempt, &error).at("role_arn"),
                _ => cannot(&attempt, &error),
            })?;
            self.wait_until_ready(&desired.name, &attempt).await?;
        }
        if !has_code(function, desired, package) {
            let changed = lambda.update_code(&desired.name, package.zip, desired.architecture);
            changed.await.map_err(|error| cannot(&attempt, &error))?;
            self.wait_until_ready(&desired.name, &attempt).await?;
        }
        if *now != desired.settings {
            let changed = lambda.update_settings(&desired.name, &desired.settings).await;
            changed.map_err(|error| cannot(&attempt, &error))?;
            self.wait_until_ready(&desired.name, &attempt).await?;
        }
        Ok(())
    }
}

/// Whether the function has this code already, for the architecture that it is to run on.
pub(super) fn has_code(
    function: &LambdaFunction,
    desired: &Desired,
    package: &BridgePackage,
) -> bool {
    function.code_sha256 == package.sha256 && function.architecture == Some(desired.architecture)
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
