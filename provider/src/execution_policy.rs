//! What the bridge's Lambda function may do, and who may run as its role.
//!
//! The bridge reads one secret and writes to one log group. It has no `logs:CreateLogGroup`: a log
//! group that Terraform has destroyed must not come back with the last invocation.

use serde_json::{Value as Json, json};

/// Name of the inline policy on an execution role.
pub const POLICY_NAME: &str = "modal-bridge";

/// The execution role's only policy. `log_group_arn` is without the trailing `:*`.
pub fn execution_policy(secret_arn: &str, log_group_arn: &str) -> Json {
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "ReadModalToken",
                "Effect": "Allow",
                "Action": ["secretsmanager:GetSecretValue"],
                "Resource": [secret_arn],
            },
            {
                "Sid": "WriteLogs",
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": [format!("{log_group_arn}:*")],
            },
        ],
    })
}

/// Lambda runs as the role, and nothing else does. The service has this name in every partition.
pub fn lambda_trust_policy() -> Json {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": ["lambda.amazonaws.com"] },
            "Action": ["sts:AssumeRole"],
        }],
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_bridge_reads_its_secret_and_writes_its_logs_and_that_is_all() {
        let policy = execution_policy(
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf",
            "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/thumbnails",
        );
        expect![[r#"{"Version":"2012-10-17","Statement":[{"Sid":"ReadModalToken","Effect":"Allow","Action":["secretsmanager:GetSecretValue"],"Resource":["arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf"]},{"Sid":"WriteLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":["arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/thumbnails:*"]}]}"#]]
            .assert_eq(&policy.to_string());
    }

    #[test]
    fn lambda_alone_runs_as_the_role() {
        expect![[r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com"]},"Action":["sts:AssumeRole"]}]}"#]]
            .assert_eq(&lambda_trust_policy().to_string());
    }
}
