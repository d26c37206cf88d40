//! What AWS should hold for a bridge. Nothing here knows of unknown values.

use std::collections::BTreeSet;

use bridge_contract::BridgeConfig;
use serde_json::Value as Json;
use tf_framework::Diagnostic;

use super::{BridgeFunctionModel, log_group, names};
use crate::arn::Arn;
use crate::aws::iam::NewRole;
use crate::aws::lambda::{Architecture, FunctionSettings, NewFunction};
use crate::aws::logs::LogGroupSettings;
use crate::execution_policy::{execution_policy, lambda_trust_policy};
use crate::tags::{OWNER, Tags};

/// The three objects.
pub(super) struct Desired {
    pub name: String,
    /// Of the function.
    pub arn: String,
    pub account: String,
    pub architecture: Architecture,
    pub settings: FunctionSettings,
    pub code_signing_config_arn: Option<String>,
    /// `None` where the bridge runs as the practitioner's own.
    pub role: Option<ManagedRole>,
    /// Of the role that stands in while that one is replaced.
    pub stand_in_name: String,
    pub log_group_name: String,
    pub log_group_arn: String,
    pub log_group: LogGroupSettings,
    pub tags: Tags,
}

/// A role that this resource makes.
#[derive(Debug, Clone)]
pub(super) struct ManagedRole {
    pub role: NewRole,
    pub policy: Json,
    /// ARNs of managed policies.
    pub attached: BTreeSet<String>,
}

impl Desired {
    pub(super) fn of(plan: &BridgeFunctionModel) -> Result<Self, Diagnostic> {
        let name = plan.name.require("name")?.clone();
        let arn = plan.arn.require("arn")?;
        let role_arn = plan.execution_role_arn.require("execution_role_arn")?.clone();
        let log_group_name = plan.log_group_name.require("log_group_name")?.clone();
        let tags = plan.tags_all.require("tags_all")?.clone();
        let architecture = plan.architecture.require("architecture")?;
        let architecture = Architecture::from_name(architecture).ok_or_else(|| {
            Diagnostic::bug(format!("The architecture {architecture:?} was planned."))
        })?;
        let config = plan.bridge_config()?;
        let not_known = || Diagnostic::bug("The execution role's policy was not planned.");
        let role_policy = role_policy(plan, arn).ok_or_else(not_known)?;
        let log_group_arn = log_group_arn(arn, &log_group_name)?;
        let owner = (OWNER.to_owned(), arn.clone());
        Ok(Self {
            arn: arn.clone(),
            stand_in_name: names::stand_in_name(arn),
            role: (!plan.runs_as_own_role()).then(|| ManagedRole {
                role: NewRole {
                    name: names::role_of_arn(&role_arn).to_owned(),
                    path: names::path_of_role(&role_arn).to_owned(),
                    description: format!("Execution role of the Lambda function {name}"),
                    max_session_duration: 3600,
                    permissions_boundary: plan.role.permissions_boundary.known().cloned(),
                    trust_policy: lambda_trust_policy(),
                    tags: tags.clone().into_iter().chain([owner]).collect(),
                },
                policy: role_policy,
                attached: plan.role.additional_policy_arns.known().cloned().unwrap_or_default(),
            }),
            account: Arn::parse(arn).map(|arn| arn.account.to_owned()).unwrap_or_default(),
            settings: settings(plan, &config, role_arn, log_group_name.clone())?,
            code_signing_config_arn: plan.code.code_signing_config_arn.known().cloned(),
            name,
            architecture,
            log_group_name,
            log_group_arn,
            log_group: log_group::desired(&plan.log_group),
            tags,
        })
    }

    pub(super) fn new_function(&self) -> NewFunction {
        NewFunction {
            name: self.name.clone(),
            architecture: self.architecture,
            settings: self.settings.clone(),
            code_signing_config_arn: self.code_signing_config_arn.clone(),
            tags: self.tags.clone(),
        }
    }
}

fn settings(
    plan: &BridgeFunctionModel,
    config: &BridgeConfig,
    role_arn: String,
    log_group: String,
) -> Result<FunctionSettings, Diagnostic> {
    // Both are validated, and far smaller than this type's limit.
    let number = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let variables = config.to_vars().into_iter();
    let mut settings = FunctionSettings {
        description: description(config),
        timeout: number(*plan.timeout.require("timeout")?),
        memory_size: number(*plan.memory_size.require("memory_size")?),
        variables: variables.map(|(name, value)| (name.to_owned(), value)).collect(),
        ..FunctionSettings::usual(role_arn, log_group)
    };
    plan.lambda.put_into(&mut settings);
    if plan.code.is_image() {
        (settings.runtime, settings.handler) = Default::default();
    }
    Ok(settings)
}

/// The description of a function that has none of the practitioner's.
pub(super) fn description(config: &BridgeConfig) -> String {
    format!("Calls the Modal function {} of {}", config.function, config.app)
}

/// What the bridge with this ARN may do; `None` while something of it is not known.
pub(super) fn role_policy(model: &BridgeFunctionModel, arn: &str) -> Option<Json> {
    let log_group = names::log_group_name(model.name.known()?);
    let log_group_arn = log_group_arn(arn, &log_group).ok()?;
    let needs = model.needs(&Arn::parse(arn)?, &log_group_arn)?;
    Some(execution_policy(&needs))
}

/// Of the log group in the account, region and partition of the function with this ARN.
pub(super) fn log_group_arn(function_arn: &str, log_group: &str) -> Result<String, Diagnostic> {
    let Arn { partition, region, account, .. } = Arn::parse(function_arn).ok_or_else(|| {
        Diagnostic::bug(format!("The Lambda function's ARN was planned as {function_arn:?}."))
    })?;
    Ok(format!("arn:{partition}:logs:{region}:{account}:log-group:{log_group}"))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use tf_framework::Value;

    use super::super::testing::planned;
    use super::*;
    use crate::tags::visible;

    #[test]
    fn a_plan_makes_three_objects_that_know_of_each_other() {
        let desired = Desired::of(&planned()).unwrap();

        let function = desired.new_function();
        assert_eq!(function.architecture, Architecture::Arm64);
        let role = desired.role.as_ref().unwrap();
        assert_eq!(function.tags, visible(&role.role.tags));
        assert_eq!(role.role.tags[OWNER], desired.arn);
        assert_eq!(
            desired.log_group_arn,
            "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/thumbnails"
        );
        assert_eq!(role.role.name, "thumbnails-us-east-1");
        expect![[r#"
            FunctionSettings {
                runtime: "provided.al2023",
                handler: "bootstrap",
                role_arn: "arn:aws:iam::111122223333:role/thumbnails-us-east-1",
                description: "Calls the Modal function render of images",
                timeout: 300,
                memory_size: 256,
                variables: {
                    "MODAL_APP_NAME": "images",
                    "MODAL_ENVIRONMENT_NAME": "main",
                    "MODAL_FUNCTION_NAME": "render",
                    "MODAL_INTEGRATION_PATTERN": "remote",
                    "MODAL_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf",
                    "PARAMETERS": "{\"width\":128}",
                },
                logging: Logging {
                    group: "/aws/lambda/thumbnails",
                    format: "JSON",
                    application_level: Some(
                        "INFO",
                    ),
                    system_level: Some(
                        "INFO",
                    ),
                },
                kms_key_arn: None,
                layers: [],
                vpc: Vpc {
                    subnet_ids: {},
                    security_group_ids: {},
                    ipv6: false,
                },
                is_traced: false,
                ephemeral_storage: 512,
                dead_letter_arn: None,
            }
        "#]]
        .assert_debug_eq(&function.settings);
    }

    #[test]
    fn other_partitions_and_paths_are_kept() {
        let desired = Desired::of(&BridgeFunctionModel {
            arn: "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:thumbnails".into(),
            execution_role_arn: "arn:aws-us-gov:iam::111122223333:role/teams/ml/bridge".into(),
            modal_server_url: "https://modal.example.com".into(),
            ..planned()
        })
        .unwrap();

        let role = desired.role.as_ref().unwrap();
        assert_eq!((role.role.name.as_str(), role.role.path.as_str()), ("bridge", "/teams/ml/"));
        assert_eq!(
            desired.log_group_arn,
            "arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:/aws/lambda/thumbnails"
        );
        assert_eq!(desired.settings.variables["MODAL_SERVER_URL"], "https://modal.example.com");
    }

    #[test]
    fn what_is_not_known_is_our_bug_and_no_guess() {
        for incomplete in [
            BridgeFunctionModel { name: Value::Unknown, ..planned() },
            BridgeFunctionModel { arn: Value::Null, ..planned() },
            BridgeFunctionModel { architecture: "riscv64".into(), ..planned() },
            BridgeFunctionModel { params: "[]".into(), ..planned() },
        ] {
            assert!(Desired::of(&incomplete).is_err());
        }
    }
}
