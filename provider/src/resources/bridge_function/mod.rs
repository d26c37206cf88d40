//! `modal_bridge_function`: the Lambda function that calls a Modal function, with all it needs.
//!
//! Three AWS objects make one bridge: a log group, an execution role, the function. Each may be
//! missing, after a create that was cut short or because somebody deleted it; state says which are
//! there, and an update makes what is missing.

mod desired;
mod model;
mod names;
mod observed;
mod schema;

use tf_framework::{
    AttributePath, Create, Delete, Diagnostic, Plan, Read, Resource, Response, Schema, Update,
    Value, async_trait,
};

use self::desired::Desired;
pub(crate) use self::model::BridgeFunctionModel;
use self::observed::Observed;
use super::cannot::{cannot, cannot_create};
use crate::aws::lambda::{FunctionSettings, LambdaFunction, invoke_arn};
use crate::aws::{AwsError, Fault};
use crate::bridge_package::{self, BRIDGE_VERSION};
use crate::execution_policy::{POLICY_NAME, execution_policy};
use crate::provider::Clients;
use crate::tags::{self, TagChanges};

/// Days that logs are kept.
const LOG_RETENTION: i32 = 14;

/// What Lambda allows for names and values of all environment variables together, in bytes.
const MAX_ENVIRONMENT: usize = 4096;

/// Makes and keeps bridges.
#[derive(Debug)]
pub(crate) struct BridgeFunction {
    clients: Clients,
}

impl BridgeFunction {
    /// Works with the configured clients.
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients }
    }
}

#[async_trait]
impl Resource for BridgeFunction {
    const TYPE_NAME: &'static str = "bridge_function";
    type Model = BridgeFunctionModel;

    fn schema() -> Schema {
        schema::schema()
    }

    async fn plan(&self, plan: &mut Plan<BridgeFunctionModel>) -> Result<(), Diagnostic> {
        let clients = &self.clients;
        let caller = clients.aws.caller.identity().await;
        let caller =
            caller.map_err(|error| cannot("find out whose AWS account this is", &error))?;
        let (partition, account, region) =
            (&caller.partition, &caller.account_id, &clients.aws.region);

        // Made once, at create, and then kept.
        let name = match (&plan.prior, &plan.config.name) {
            (_, Value::Known(name)) => Value::Known(name.clone()),
            (_, Value::Unknown) => Value::Unknown,
            (Some(prior), Value::Null) => prior.name.clone(),
            (None, Value::Null) => names::function_name(&plan.config),
        };
        let arn = name
            .clone()
            .map(|name| format!("arn:{partition}:lambda:{region}:{account}:function:{name}"));
        let prior_role = plan.prior.as_ref().and_then(|prior| prior.execution_role_arn.known());
        let role_arn = match prior_role {
            Some(arn) => Value::Known(arn.clone()),
            None => name.clone().map(|name| {
                let role = names::role_name(&name, region);
                format!("arn:{partition}:iam::{account}:role/{role}")
            }),
        };
        let log_group = name.clone().map(|name| names::log_group_name(&name));
        let policy = match (plan.config.token_secret_arn.known(), log_group.known()) {
            (Some(secret_arn), Some(log_group)) => {
                let log_group =
                    format!("arn:{partition}:logs:{region}:{account}:log-group:{log_group}");
                Value::Known(execution_policy(secret_arn, &log_group).to_string())
            }
            _ => Value::Unknown,
        };
        plan.set("name", name.clone());
        plan.set("function_name", name);
        plan.set("invoke_arn", arn.clone().map(|arn| invoke_arn(&arn)));
        plan.set("arn", arn);
        plan.set("execution_role_arn", role_arn);
        plan.set("execution_role_policy", policy);
        plan.set("log_group_name", log_group);
        plan.set("timeout", plan.config.timeout_or_default());
        plan.set("modal_server_url", Value::from(clients.modal_server_url.clone()));
        plan.set("tags_all", tags::planned(&clients.default_tags, &plan.config.tags));
        self.plan_code(plan)?;
        self.check_environment(&plan.config)
    }

    async fn create(
        &self,
        request: Create<BridgeFunctionModel>,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let desired = Desired::of(&request.plan)?;
        let nothing = request.plan.clone().without_objects();
        self.make_log_group(&desired, nothing, response).await?;
        self.make_role(&desired, response).await?;
        self.make_function(&desired, response).await?;
        response.set_state(request.plan);
        Ok(())
    }

    async fn read(
        &self,
        request: Read<BridgeFunctionModel>,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let state = request.state;
        let name = state.name.require("name")?.clone();
        let observed = self.observe(&name, &state).await;
        let observed =
            observed.map_err(|error| cannot(&format!("read bridge function {name:?}"), &error))?;
        match observed.model(state, &self.clients.default_tags) {
            Some(model) => response.set_state(model),
            None => response.remove(),
        }
        Ok(())
    }

    async fn update(
        &self,
        request: Update<BridgeFunctionModel>,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let Update { prior, plan, .. } = request;
        let desired = Desired::of(&plan)?;
        let have = prior.tags_all.known().cloned().unwrap_or_default();
        let tags = TagChanges::between(&have, &desired.tags);
        if prior.log_group_name.known().is_some() {
            self.update_log_group(&desired, &tags).await?;
        } else {
            self.make_log_group(&desired, prior.clone(), response).await?;
        }
        if prior.execution_role_arn.known().is_some() {
            self.update_role(&desired, &tags).await?;
        } else {
            self.make_role(&desired, response).await?;
        }
        match self.find_function(&desired.name).await? {
            Some(function) => self.update_function(&desired, &function).await?,
            None => self.make_function(&desired, response).await?,
        }
        response.set_state(plan);
        Ok(())
    }

    async fn delete(
        &self,
        request: Delete<BridgeFunctionModel>,
        _response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let (state, aws) = (&request.state, &self.clients.aws);
        // The function first: what it writes and runs as must outlive it.
        if let (Some(_), Some(name)) = (state.arn.known(), state.name.known()) {
            aws.lambda
                .delete_function(name)
                .await
                .map_err(|error| cannot(&format!("delete Lambda function {name:?}"), &error))?;
        }
        if let Some(arn) = state.execution_role_arn.known() {
            let name = names::role_of_arn(arn);
            aws.iam
                .delete_role(name)
                .await
                .map_err(|error| cannot(&format!("delete execution role {name:?}"), &error))?;
        }
        if let Some(name) = state.log_group_name.known() {
            aws.logs
                .delete_log_group(name)
                .await
                .map_err(|error| cannot(&format!("delete log group {name:?}"), &error))?;
        }
        Ok(())
    }

    async fn import(
        &self,
        id: &str,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let attempt = format!("import bridge function {id:?}");
        let state = BridgeFunctionModel { name: id.into(), ..BridgeFunctionModel::default() };
        let observed = self.observe(id, &state).await;
        let observed = observed.map_err(|error| cannot(&attempt, &error))?;
        if !observed.has_function() {
            return Err(Diagnostic::error(
                format!("Cannot {attempt}"),
                "There is no such Lambda function in this account and region. The id to import by \
                 is its name.",
            ));
        }
        match observed.model(state, &self.clients.default_tags) {
            Some(model) => response.set_state(model),
            None => response.remove(),
        }
        Ok(())
    }
}

impl BridgeFunction {
    /// Architecture, hash and version of the code, all known from this very program.
    fn plan_code(&self, plan: &mut Plan<BridgeFunctionModel>) -> Result<(), Diagnostic> {
        let architecture = match &plan.config.architecture {
            Value::Null => Value::Known(bridge_package::default_architecture().to_owned()),
            given => given.clone(),
        };
        let sha256 = match architecture.known() {
            Some(architecture) => Value::Known(package(architecture)?.sha256.to_owned()),
            None => Value::Unknown,
        };
        plan.set("architecture", architecture);
        plan.set("code_sha256", sha256);
        plan.set("bridge_version", Value::from(BRIDGE_VERSION));
        Ok(())
    }

    /// Lambda would refuse it at apply.
    fn check_environment(&self, config: &BridgeFunctionModel) -> Result<(), Diagnostic> {
        let Some(size) = config.environment_size(self.clients.modal_server_url.as_deref()) else {
            return Ok(());
        };
        if size.total <= MAX_ENVIRONMENT {
            return Ok(());
        }
        let (total, params) = (size.total, size.params);
        Err(Diagnostic::error(
            "Invalid value for params",
            format!(
                "Lambda allows {MAX_ENVIRONMENT} bytes for all environment variables, and this \
                 bridge's take at least {total}, {params} of them for params. Pass what is large \
                 by reference: an object in S3, or a table."
            ),
        )
        .at("params"))
    }

    async fn make_log_group(
        &self,
        desired: &Desired,
        state: BridgeFunctionModel,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let (logs, name) = (&self.clients.aws.logs, &desired.log_group_name);
        logs.create_log_group(name, &desired.name, &desired.tags).await.map_err(|error| {
            let advice = format!(
                "The log group exists and is not this bridge's. Delete it, or choose another \
                 name for the bridge.\n\n{}",
                error.with_request_id()
            );
            match error.fault {
                Fault::AlreadyExists => {
                    Diagnostic::error(format!("Cannot create log group {name:?}"), advice)
                }
                _ => cannot(&format!("create log group {name:?}"), &error),
            }
            .at("name")
        })?;
        response.set_state(BridgeFunctionModel { log_group_name: name.as_str().into(), ..state });
        self.set_retention(name).await
    }

    async fn update_log_group(
        &self,
        desired: &Desired,
        tags: &TagChanges,
    ) -> Result<(), Diagnostic> {
        let name = &desired.log_group_name;
        let tagged = self.clients.aws.logs.change_tags(&desired.log_group_arn, tags).await;
        tagged.map_err(|error| cannot(&format!("tag log group {name:?}"), &error))?;
        self.set_retention(name).await
    }

    async fn set_retention(&self, name: &str) -> Result<(), Diagnostic> {
        let set = self.clients.aws.logs.set_retention(name, LOG_RETENTION).await;
        set.map_err(|error| cannot(&format!("set the retention of log group {name:?}"), &error))
    }

    async fn make_role(
        &self,
        desired: &Desired,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let name = &desired.role.name;
        let created = self.clients.aws.iam.create_role(&desired.role).await;
        let created = created.map_err(|error| {
            cannot_create(
                &format!("create execution role {name:?}"),
                &error,
                Self::TYPE_NAME,
                &desired.name,
            )
            .at("name")
        })?;
        self.record(response, |state| state.execution_role_arn = Value::Known(created.arn));
        self.write_role_policy(desired).await?;
        let policy = desired.role_policy.to_string();
        self.record(response, |state| state.execution_role_policy = Value::Known(policy));
        Ok(())
    }

    async fn update_role(&self, desired: &Desired, tags: &TagChanges) -> Result<(), Diagnostic> {
        let (iam, role) = (&self.clients.aws.iam, &desired.role);
        let attempt = format!("update execution role {:?}", role.name);
        let trusted = iam.set_trust_policy(&role.name, &role.trust_policy).await;
        trusted.map_err(|error| cannot(&attempt, &error))?;
        let tagged = iam.change_role_tags(&role.name, tags).await;
        tagged.map_err(|error| cannot(&attempt, &error))?;
        self.write_role_policy(desired).await
    }

    async fn write_role_policy(&self, desired: &Desired) -> Result<(), Diagnostic> {
        let name = &desired.role.name;
        let written =
            self.clients.aws.iam.put_role_policy(name, POLICY_NAME, &desired.role_policy).await;
        written.map_err(|error| {
            cannot(&format!("write the policy of execution role {name:?}"), &error)
        })
    }

    async fn make_function(
        &self,
        desired: &Desired,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        let (lambda, name) = (&self.clients.aws.lambda, &desired.name);
        let package = package(desired.architecture.name())?;
        let attempt = format!("create Lambda function {name:?}");
        let created = lambda.create_function(&desired.new_function(), package.zip).await;
        let arn = created
            .map_err(|error| cannot_create(&attempt, &error, Self::TYPE_NAME, name).at("name"))?;
        self.record(response, |state| {
            state.invoke_arn = Value::Known(invoke_arn(&arn));
            state.arn = Value::Known(arn);
            state.function_name = name.as_str().into();
            state.code_sha256 = package.sha256.into();
            state.bridge_version = BRIDGE_VERSION.into();
        });
        self.wait_until_ready(name, &attempt).await
    }

    async fn update_function(
        &self,
        desired: &Desired,
        function: &LambdaFunction,
    ) -> Result<(), Diagnostic> {
        let (lambda, name) = (&self.clients.aws.lambda, &desired.name);
        let attempt = format!("update Lambda function {name:?}");
        let package = package(desired.architecture.name())?;
        if function.settings != desired.settings {
            let updated = lambda.update_settings(name, &desired.settings).await;
            updated.map_err(|error| cannot(&attempt, &error))?;
            self.wait_until_ready(name, &attempt).await?;
        }
        let same_code = function.code_sha256 == package.sha256
            && function.architecture == Some(desired.architecture);
        if !same_code {
            let updated = lambda.update_code(name, package.zip, desired.architecture).await;
            updated.map_err(|error| cannot(&attempt, &error))?;
            self.wait_until_ready(name, &attempt).await?;
        }
        let tags = TagChanges::between(&function.tags, &desired.tags);
        let tagged = lambda.change_tags(&function.arn, &tags).await;
        tagged.map_err(|error| cannot(&attempt, &error))
    }

    async fn wait_until_ready(&self, name: &str, attempt: &str) -> Result<(), Diagnostic> {
        let ready = self.clients.aws.lambda.wait_until_ready(name).await;
        ready.map(drop).map_err(|error| cannot(attempt, &error))
    }

    async fn find_function(&self, name: &str) -> Result<Option<LambdaFunction>, Diagnostic> {
        let found = self.clients.aws.lambda.find_function(name).await;
        found.map_err(|error| cannot(&format!("read Lambda function {name:?}"), &error))
    }

    /// What of the three objects is there.
    async fn observe(&self, name: &str, state: &BridgeFunctionModel) -> Result<Observed, AwsError> {
        let aws = &self.clients.aws;
        let function = aws.lambda.find_function(name).await?;
        let settings = function.as_ref().map(|function| &function.settings);
        // State knows its objects; after an import the function does.
        let of_function = |get: fn(&FunctionSettings) -> &String| settings.map(get);
        let role_arn =
            state.execution_role_arn.known().or_else(|| of_function(|settings| &settings.role_arn));
        let log_group =
            state.log_group_name.known().or_else(|| of_function(|settings| &settings.log_group));
        let role = match role_arn {
            Some(arn) => aws.iam.find_role(names::role_of_arn(arn)).await?,
            None => None,
        };
        let role_policy = match &role {
            Some(role) => aws.iam.find_role_policy(&role.name, POLICY_NAME).await?,
            None => None,
        };
        let log_group = match log_group {
            Some(name) => aws.logs.find_log_group(name).await?,
            None => None,
        };
        Ok(Observed { function, role, role_policy, log_group })
    }

    /// Adds to the state what exists as of now.
    fn record(
        &self,
        response: &mut Response<BridgeFunctionModel>,
        change: impl FnOnce(&mut BridgeFunctionModel),
    ) {
        let mut state = response.state().cloned().unwrap_or_default();
        change(&mut state);
        response.set_state(state);
    }
}

/// The code for an architecture. Fails in a build that does not carry it.
fn package(architecture: &str) -> Result<&'static bridge_package::BridgePackage, Diagnostic> {
    bridge_package::for_architecture(architecture).ok_or_else(|| {
        Diagnostic::error(
            format!("This build of the provider has no bridge for {architecture}"),
            bridge_package::missing().unwrap_or_default(),
        )
        .at(AttributePath::from("architecture"))
    })
}
