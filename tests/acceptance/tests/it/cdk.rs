//! What the CDK library `modal-bridge-constructs` makes, as its synthesised template says: its names,
//! one role that Lambda and Modal both assume, six variables.
//!
//! Its code is not here. A handler that answers as its own does stands in for it.

use std::io::{Cursor, Write as _};
use std::thread;
use std::time::Duration;

use acceptance::World;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use crate::bridge::function;

/// The runtimes of the library's two generations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    /// Until 0.1.0.
    Python,
    /// Since 0.1.1.
    TypeScript,
}

impl Generation {
    fn runtime(self) -> &'static str {
        match self {
            Self::Python => "python3.12",
            Self::TypeScript => "nodejs22.x",
        }
    }

    fn code(self) -> (&'static str, &'static str) {
        match self {
            Self::Python => (
                "index.py",
                "def handler(event, context):\n    return {'status': 'Success', 'response': {'result': 'old'}}\n",
            ),
            Self::TypeScript => (
                "index.js",
                "exports.handler = async () => ({ status: 'Success', response: 'old' });\n",
            ),
        }
    }
}

/// What `new ModalFunction(this, …, { functionName, integrationPattern, … })` stands for.
#[derive(Clone, Debug)]
pub(crate) struct CdkBridge {
    /// `<functionName><delimiter>_<pattern>`
    pub name: String,
    pub secret_arn: String,
    pub role_arn: String,
}

impl CdkBridge {
    /// The name of the one role.
    pub(crate) fn role(&self) -> String {
        format!("{}_role", self.name)
    }

    /// The inline policy that all grants went into.
    pub(crate) const POLICY: &str = "ProcessorExecutionRoleDefaultPolicy1A2B3C4D";

    /// Makes all of it, in the app `thumbnails`, with a bucket that Modal may write and a queue that
    /// feeds the function.
    pub(crate) fn make(
        world: &World,
        function_name: &str,
        pattern: &str,
        made: Generation,
    ) -> Self {
        let (aws, account) = (&world.aws, world.aws.id());
        let name = format!("{function_name}_{pattern}");
        let token = json!({"MODAL_TOKEN_ID": "ak-demo", "MODAL_TOKEN_SECRET": "as-demo"});
        let secret = json!({"Name": format!("{name}-secret"), "SecretString": token.to_string()});
        let secret_arn = text(&aws.call("secretsmanager", "create_secret", secret)["ARN"]);

        let provider = format!("arn:aws:iam::{account}:oidc-provider/oidc.modal.com");
        let url = json!({"Url": "https://oidc.modal.com", "ClientIDList": ["oidc.modal.com"]});
        // One an account.
        let _ = aws.try_call("iam", "create_open_id_connect_provider", url);
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            },
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {"oidc.modal.com:aud": "oidc.modal.com"},
                    "StringLike": {"oidc.modal.com:sub": format!(
                        "modal:workspace_id:ac-1:environment_name:main:app_name:thumbnails:\
                         function_name:{function_name}:*"
                    )},
                },
            },
        ]});
        let role = json!({
            "RoleName": format!("{name}_role"),
            "AssumeRolePolicyDocument": trust.to_string(),
        });
        let role_arn = text(&aws.call("iam", "create_role", role)["Role"]["Arn"]);
        let logs = json!({
            "RoleName": format!("{name}_role"),
            "PolicyArn": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        });
        aws.call("iam", "attach_role_policy", logs);
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {
                "Effect": "Allow",
                "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                "Resource": secret_arn,
            },
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject*", "s3:GetBucket*", "s3:List*", "s3:PutObject"],
                "Resource": ["arn:aws:s3:::images", "arn:aws:s3:::images/*"],
            },
        ]});
        let policy = json!({
            "RoleName": format!("{name}_role"),
            "PolicyName": Self::POLICY,
            "PolicyDocument": policy.to_string(),
        });
        aws.call("iam", "put_role_policy", policy);

        let (file, code) = made.code();
        let runtime = made.runtime();
        aws.call(
            "lambda",
            "create_function",
            json!({
                "FunctionName": name,
                "Runtime": runtime,
                "Handler": "index.handler",
                "Role": role_arn,
                "Timeout": 300,
                "Code": {"ZipFile": zip(file, code)},
                "Environment": {"Variables": {
                    "MODAL_INTEGRATION_PATTERN": pattern,
                    "MODAL_APP_NAME": "thumbnails",
                    "MODAL_ENVIRONMENT_NAME": "main",
                    "MODAL_FUNCTION_NAME": function_name,
                    "MODAL_SECRET_ARN": secret_arn,
                    "PARAMETERS": r#"{"width":128}"#,
                }},
                "Tags": {"aws:cloudformation:stack-name": "images"},
            }),
        );
        while function(world, &name)["State"] != "Active" {
            thread::sleep(Duration::from_millis(50));
        }
        Self { name, secret_arn, role_arn }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A zip with one file, as boto3's driver takes it.
fn zip(file: &str, code: &str) -> String {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file(file, stored).unwrap();
    zip.write_all(code.as_bytes()).unwrap();
    format!("base64:{}", BASE64_STANDARD.encode(zip.finish().unwrap().into_inner()))
}
