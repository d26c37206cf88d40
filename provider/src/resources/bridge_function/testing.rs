//! A bridge as it is planned, for the tests of this folder.

use tf_framework::Value;

use super::BridgeFunctionModel;
use super::destroy::DestroyModel;
use super::lambda_settings::LambdaSettingsModel;
use super::options::OptionsModel;
use super::package::CodeModel;
use super::role::RoleModel;
use super::versions::VersionsModel;

/// Everything known.
pub(super) fn planned() -> BridgeFunctionModel {
    let arn = "arn:aws:lambda:us-east-1:111122223333:function:thumbnails";
    BridgeFunctionModel {
        name: "thumbnails".into(),
        name_prefix: Value::Null,
        region: "us-east-1".into(),
        app_name: "images".into(),
        modal_function_name: "render".into(),
        environment_name: "main".into(),
        mode: "remote".into(),
        params: r#"{"width":128}"#.into(),
        token_secret_arn: "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf"
            .into(),
        timeout: Value::Known(300),
        memory_size: Value::Known(256),
        architecture: "arm64".into(),
        role: RoleModel {
            execution_role_name: "thumbnails-us-east-1".into(),
            ..RoleModel::default()
        },
        options: OptionsModel::default(),
        lambda: LambdaSettingsModel::default(),
        log_group: Value::Null,
        reserved_concurrent_executions: Value::Known(-1),
        paused: Value::Known(false),
        verify_function: Value::Known(false),
        allowed_triggers: Value::Known(Vec::new()),
        function_url: Value::Null,
        event_invoke_config: Value::Null,
        event_source_arns: Value::Null,
        tags: Value::Null,
        arn: arn.into(),
        invoke_arn: Value::Known(crate::aws::lambda::invoke_arn(arn)),
        function_name: "thumbnails".into(),
        execution_role_arn: "arn:aws:iam::111122223333:role/thumbnails-us-east-1".into(),
        execution_role_policy: Value::Null,
        log_group_name: "/aws/lambda/thumbnails".into(),
        url: Value::Null,
        url_id: Value::Null,
        runtime: "provided.al2023".into(),
        log_group_arn: Value::Null,
        code: CodeModel {
            code_sha256: "sha".into(),
            bridge_version: "0.1.0".into(),
            ..CodeModel::default()
        },
        versions: VersionsModel::default(),
        destroy: DestroyModel::default(),
        modal_server_url: Value::Null,
        timeouts: Value::Null,
        tags_all: Value::Known([("team".to_owned(), "images".to_owned())].into()),
    }
}
