//! Making, changing and finding the three objects of a bridge.

use tf_framework::{Diagnostic, Response, Value};

use super::desired::Desired;
use super::ours::{find_adoptable_log_group, foreign};
use super::package::CodeModel;
use super::{BridgeFunction, BridgeFunctionModel, log_group};
use crate::aws::lambda::{LambdaFunction, invoke_arn};
use crate::aws::logs::LogGroupSettings;
use crate::aws::{AwsError, Fault};
use crate::resources::cannot::cannot;
use crate::tags::{OWNER, TagChanges, Tags};

impl BridgeFunction {
    pub(super) async fn make_log_group(
        &self,
        desired: &Desired,
        state: BridgeFunctionModel,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let (logs, name) = (&self.clients.aws.logs, &desired.log_group_name);
        let created =
            logs.create_log_group(name, &desired.name, &desired.log_group, &desired.tags).await;
        let attempt = format!("create log group {name:?}");
        let settings = match created {
            Ok(settings) => settings,
            Err(error) if error.fault == Fault::AlreadyExists => {
                let taken = || foreign(&attempt, "There is such a log group already.");
                self.log_group_of_adopted(desired).await?.ok_or_else(taken)?
            }
            Err(error) => return Err(cannot(&attempt, &error)),
        };
        response.set_state(BridgeFunctionModel {
            log_group_name: name.as_str().into(),
            log_group_arn: desired.log_group_arn.as_str().into(),
            ..state
        });
        self.set_up_log_group(desired, &settings).await
    }

    /// How the log group is, once it carries the bridge's tag, that Lambda made for a function which
    /// this provider did not.
    async fn log_group_of_adopted(
        &self,
        desired: &Desired,
    ) -> Result<Option<LogGroupSettings>, Diagnostic> {
        let Some(function) = self.find_function(&desired.name).await? else { return Ok(None) };
        let name = &desired.log_group_name;
        let attempt = format!("read log group {name:?}");
        let found = find_adoptable_log_group(&self.clients.aws, Some(&function)).await;
        let Some(found) = found.map_err(|error| cannot(&attempt, &error))? else {
            return Ok(None);
        };
        let tags = self.log_group_tags(desired, &found.tags);
        let tagged = self.clients.aws.logs.change_tags(&desired.log_group_arn, &tags).await;
        tagged.map_err(|error| cannot(&format!("tag log group {name:?}"), &error))?;
        Ok(Some(found.settings))
    }

    fn log_group_tags(&self, desired: &Desired, have: &Tags) -> TagChanges {
        let mut tags = self.clients.tag_rules.changes(have, &desired.tags);
        if have.get(OWNER) != Some(&desired.name) {
            tags.set.insert(OWNER.to_owned(), desired.name.clone());
        }
        tags
    }

    pub(super) async fn update_log_group(
        &self,
        desired: &Desired,
        prior: &BridgeFunctionModel,
    ) -> Result<(), Diagnostic> {
        let (logs, name) = (&self.clients.aws.logs, &desired.log_group_name);
        let attempt = format!("tag log group {name:?}");
        // One that is gone by now shows at the next call.
        let have = logs.tags(&desired.log_group_arn).await;
        let have = have.map_err(|error| cannot(&attempt, &error))?.unwrap_or_default();
        let tagged =
            logs.change_tags(&desired.log_group_arn, &self.log_group_tags(desired, &have)).await;
        tagged.map_err(|error| cannot(&attempt, &error))?;
        self.set_up_log_group(desired, &log_group::desired(&prior.log_group)).await
    }

    /// Changes what differs.
    async fn set_up_log_group(
        &self,
        desired: &Desired,
        have: &LogGroupSettings,
    ) -> Result<(), Diagnostic> {
        let (logs, name) = (&self.clients.aws.logs, &desired.log_group_name);
        let want = &desired.log_group;
        if want.retention_in_days != have.retention_in_days {
            let set = logs.set_retention(name, want.retention_in_days).await;
            let attempt = format!("set the retention of log group {name:?}");
            set.map_err(|error| cannot(&attempt, &error).at("log_group"))?;
        }
        if want.kms_key_id != have.kms_key_id {
            let set = logs.set_key(name, want.kms_key_id.as_deref()).await;
            let attempt = format!("set the KMS key of log group {name:?}");
            set.map_err(|error| cannot(&attempt, &error).at("log_group"))?;
        }
        Ok(())
    }

    pub(super) async fn make_function(
        &self,
        desired: &Desired,
        plan: &BridgeFunctionModel,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<LambdaFunction, Diagnostic> {
        let (lambda, name) = (&self.clients.aws.lambda, &desired.name);
        let code = plan.code.to_deploy(desired.architecture.name())?;
        let attempt = format!("create Lambda function {name:?}");
        let created = lambda.create_function(&desired.new_function(), &code).await;
        let arn = created.map_err(|error| {
            let at = if desired.role.is_none() && is_about_the_role(&error) {
                "role_arn"
            } else {
                "name"
            };
            cannot(&attempt, &error).at(at)
        })?;
        self.record(response, |state| {
            state.invoke_arn = Value::Known(invoke_arn(&arn));
            state.arn = Value::Known(arn);
            state.function_name = name.as_str().into();
            state.runtime = plan.runtime.clone();
            let CodeModel { code_sha256, code_size, bridge_version, .. } = plan.code.clone();
            let code = CodeModel { code_sha256, code_size, bridge_version, ..state.code.clone() };
            state.code = code.without_unknown();
        });
        self.wait_until_ready(name, &attempt).await
    }

    pub(super) async fn update_function(
        &self,
        desired: &Desired,
        plan: &BridgeFunctionModel,
        function: LambdaFunction,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<LambdaFunction, Diagnostic> {
        let (lambda, name) = (&self.clients.aws.lambda, &desired.name);
        let attempt = format!("update Lambda function {name:?}");
        if function.settings.runtime != desired.settings.runtime {
            let now = self.take_over(desired, plan, function, response).await?;
            return self.tag_function(desired, now).await;
        }
        let has_code = plan.code.is_deployed(&function, desired.architecture);
        let mut now = function;
        if now.settings != desired.settings {
            let updated = lambda.update_settings(name, &desired.settings).await;
            updated.map_err(|error| match &desired.role {
                None if is_about_the_role(&error) => cannot(&attempt, &error).at("role_arn"),
                _ => cannot(&attempt, &error),
            })?;
            now = self.wait_until_ready(name, &attempt).await?;
        }
        if !has_code {
            let code = plan.code.to_deploy(desired.architecture.name())?;
            let updated = lambda.update_code(name, &code, desired.architecture).await;
            updated.map_err(|error| cannot(&attempt, &error))?;
            now = self.wait_until_ready(name, &attempt).await?;
        }
        self.tag_function(desired, now).await
    }

    async fn tag_function(
        &self,
        desired: &Desired,
        function: LambdaFunction,
    ) -> Result<LambdaFunction, Diagnostic> {
        let tags = self.clients.tag_rules.changes(&function.tags, &desired.tags);
        let tagged = self.clients.aws.lambda.change_tags(&function.arn, &tags).await;
        let attempt = format!("tag Lambda function {:?}", desired.name);
        tagged.map_err(|error| cannot(&attempt, &error))?;
        Ok(function)
    }

    /// Whose signature new code must have.
    pub(super) async fn change_code_signing(
        &self,
        desired: &Desired,
        prior: &Value<String>,
    ) -> Result<(), Diagnostic> {
        let (lambda, name) = (&self.clients.aws.lambda, &desired.name);
        let want = desired.code_signing_config_arn.as_deref();
        if prior.known().map(String::as_str) == want {
            return Ok(());
        }
        let set = lambda.set_code_signing_config(name, want).await;
        set.map_err(|error| {
            let attempt = format!("set the code signing of Lambda function {name:?}");
            cannot(&attempt, &error).at("code_signing_config_arn")
        })
    }

    pub(super) async fn wait_until_ready(
        &self,
        name: &str,
        attempt: &str,
    ) -> Result<LambdaFunction, Diagnostic> {
        let ready = self.clients.aws.lambda.wait_until_ready(name).await;
        ready.map_err(|error| cannot(attempt, &error))
    }

    pub(super) async fn find_function(
        &self,
        name: &str,
    ) -> Result<Option<LambdaFunction>, Diagnostic> {
        let found = self.clients.aws.lambda.find_function(name).await;
        found.map_err(|error| cannot(&format!("read Lambda function {name:?}"), &error))
    }

    /// Adds to the state what exists as of now.
    pub(super) fn record(
        &self,
        response: &mut Response<BridgeFunctionModel>,
        change: impl FnOnce(&mut BridgeFunctionModel),
    ) {
        let mut state = response.state().cloned().unwrap_or_default();
        change(&mut state);
        response.set_state(state);
    }
}

/// Whether Lambda refuses the role, rather than anything else.
pub(super) fn is_about_the_role(error: &AwsError) -> bool {
    error.says("InvalidParameterValueException", "role")
}
