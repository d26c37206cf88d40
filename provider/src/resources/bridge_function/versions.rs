//! `publish`: versions of the Lambda function, and what else changes with it.

use tf_framework::{
    Attribute, Diagnostic, Model, ObjectReader, ObjectWriter, Plan, Response, Schema, Value,
};

use super::desired::Desired;
use super::package::CodeModel;
use super::{BridgeFunction, BridgeFunctionModel};
use crate::aws::lambda::{LATEST, LambdaFunction, RUNTIME, invoke_arn};
use crate::aws::{AwsError, Lambda};
use crate::bridge_package;
use crate::resources::cannot::cannot;

/// Attributes. Members of a bridge, not of a block.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct VersionsModel {
    pub(super) publish: Value<bool>,
    pub(super) version: Value<String>,
    pub(super) qualified_arn: Value<String>,
    pub(super) qualified_invoke_arn: Value<String>,
    pub(super) last_modified: Value<String>,
}

pub(super) fn schema(schema: Schema) -> Schema {
    let output = |description: &str| Attribute::string(description).computed();
    schema
        .attribute(
            "publish",
            Attribute::bool(
                "Whether every change of the function's code or settings is published as a new \
                 version, which then stays as it is: with the role that the function ran as. A \
                 version whose role is gone, because another `role_name`, `role_path` or `role_arn` \
                 took its place, answers errors only, so let aliases and triggers follow `version`. \
                 `false` unless set.",
            ),
        )
        .attribute(
            "version",
            output("The newest published version; `$LATEST` where there is none."),
        )
        .attribute("qualified_arn", output("ARN of that `version` of the Lambda function."))
        .attribute(
            "qualified_invoke_arn",
            output("ARN by which API Gateway invokes that `version`."),
        )
        .attribute("last_modified", output("When code or settings were changed last."))
}

impl VersionsModel {
    /// The same of a bridge without a function.
    pub(super) fn without_objects(self) -> Self {
        Self { publish: self.publish, ..Self::default() }
    }

    fn publishes(&self) -> bool {
        self.publish == Value::Known(true)
    }

    /// The version and the names that follow from it, of the function with this ARN.
    fn with_version(self, version: Value<String>, arn: &Value<String>) -> Self {
        let qualified_arn = match (arn, &version) {
            (Value::Known(arn), Value::Known(version)) => Value::Known(format!("{arn}:{version}")),
            (_, Value::Null) => Value::Null,
            _ => Value::Unknown,
        };
        let qualified_invoke_arn = qualified_arn.clone().map(|arn| invoke_arn(&arn));
        Self { version, qualified_arn, qualified_invoke_arn, ..self }
    }

    /// What Lambda has. Without a version where one is to be published: an apply that was cut short
    /// left it so.
    pub(super) fn observed(found: &LambdaFunction, version: Option<String>, state: &Self) -> Self {
        let last_modified = Value::Known(found.last_modified.clone());
        let arn = Value::Known(found.arn.clone());
        Self { last_modified, ..state.clone() }.with_version(version.into(), &arn)
    }
}

/// The newest version. Without publishing, there can only be one that was published before; then it
/// need not be asked for.
pub(super) async fn find_newest(
    lambda: &Lambda,
    function: &str,
    state: &BridgeFunctionModel,
) -> Result<Option<String>, AwsError> {
    let versions = &state.versions;
    if versions.version.is_null() && versions.publishes() && state.arn.known().is_some() {
        return Ok(None);
    }
    if !versions.publishes() && versions.version == Value::from(LATEST) {
        return Ok(Some(LATEST.to_owned()));
    }
    lambda.newest_version(function).await.map(Some)
}

impl BridgeFunction {
    /// Plans the code, and what follows from whether the function changes. `next` is the bridge as it
    /// will be, but for these.
    pub(super) fn plan_code(
        &self,
        plan: &mut Plan<BridgeFunctionModel>,
        next: BridgeFunctionModel,
    ) -> Result<(), Diagnostic> {
        let architecture = match &plan.config.architecture {
            Value::Null => Value::Known(bridge_package::default_architecture().to_owned()),
            given => given.clone(),
        };
        let prior = plan.prior.as_ref().filter(|prior| prior.arn.known().is_some());
        let before = prior.map(|prior| (&prior.code, &prior.architecture));
        let code = CodeModel::planned(&plan.config.code, &architecture, before)?;
        let turns = prior.is_some_and(|prior| prior.code.is_image() != code.is_image());
        let next = BridgeFunctionModel { architecture, code, ..next };
        let is_known = !plan.has_unknown_config();
        let last_modified = match prior {
            Some(prior) if is_known && !is_changed(prior, &next) => {
                prior.versions.last_modified.clone()
            }
            _ => Value::Unknown,
        };
        let version = match (prior, next.versions.publishes()) {
            _ if next.versions.publish.is_unknown() => Value::Unknown,
            (Some(prior), true) => {
                let was_published = prior.versions.publishes() && !last_modified.is_unknown();
                match prior.versions.version.known() {
                    Some(version) if was_published => Value::Known(version.clone()),
                    _ => Value::Unknown,
                }
            }
            (None, true) => Value::Unknown,
            (prior, false) => {
                let version = prior.and_then(|prior| prior.versions.version.known());
                Value::Known(version.map_or(LATEST, String::as_str).to_owned())
            }
        };
        let versions = VersionsModel::default().with_version(version, &next.arn);
        let runtime = match &next.code.package {
            Value::Unknown => Value::Unknown,
            _ if next.code.is_image() => Value::Null,
            _ => Value::from(RUNTIME),
        };
        plan.set("architecture", next.architecture);
        plan.set("runtime", runtime);
        plan.set("code_sha256", next.code.code_sha256);
        plan.set("code_size", next.code.code_size);
        plan.set("bridge_version", next.code.bridge_version);
        plan.set("last_modified", last_modified);
        plan.set("version", versions.version);
        plan.set("qualified_arn", versions.qualified_arn);
        plan.set("qualified_invoke_arn", versions.qualified_invoke_arn);
        if turns {
            plan.require_replace("package");
        }
        Ok(())
    }

    /// Publishes where that is planned, and completes the plan with it.
    pub(super) async fn publish(
        &self,
        function: &LambdaFunction,
        plan: &mut BridgeFunctionModel,
        response: &mut Response<BridgeFunctionModel>,
    ) -> Result<(), Diagnostic> {
        if !plan.versions.version.is_unknown() && !plan.versions.qualified_arn.is_unknown() {
            return Ok(());
        }
        let version = match plan.versions.version.known() {
            Some(version) => version.clone(),
            None if plan.versions.publishes() => {
                let published = self.clients.aws.lambda.publish_version(function, None).await;
                published.map_err(|error| {
                    let attempt =
                        format!("publish a version of Lambda function {:?}", function.name);
                    cannot(&attempt, &error).at("publish")
                })?
            }
            None => LATEST.to_owned(),
        };
        let versions = std::mem::take(&mut plan.versions);
        plan.versions = versions.with_version(Value::Known(version), &plan.arn);
        let versions = plan.versions.clone();
        self.record(response, |state| state.versions = versions);
        Ok(())
    }
}

/// Whether an apply changes the function's code or settings, as far as the plan tells.
fn is_changed(prior: &BridgeFunctionModel, next: &BridgeFunctionModel) -> bool {
    let (Ok(have), Ok(want)) = (Desired::of(prior), Desired::of(next)) else { return true };
    let code = |model: &BridgeFunctionModel| {
        let CodeModel { code_sha256, bridge_version, .. } = model.code.clone();
        (code_sha256, bridge_version)
    };
    have.settings != want.settings
        || have.architecture != want.architecture
        || code(prior) != code(next)
        || prior.versions.last_modified.is_null()
}

impl Model for VersionsModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            publish: object.take("publish"),
            version: object.take("version"),
            qualified_arn: object.take("qualified_arn"),
            qualified_invoke_arn: object.take("qualified_invoke_arn"),
            last_modified: object.take("last_modified"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { publish, version, qualified_arn, qualified_invoke_arn, last_modified } = self;
        object.put("publish", publish);
        object.put("version", version);
        object.put("qualified_arn", qualified_arn);
        object.put("qualified_invoke_arn", qualified_invoke_arn);
        object.put("last_modified", last_modified);
    }
}
