//! `endpoints`: services elsewhere than AWS has them.

use tf_framework::{Attribute, Block, Validator};

pub(super) fn endpoints() -> Block {
    Block::list(
        "Endpoints other than AWS's own. Also `AWS_ENDPOINT_URL_<SERVICE>`, such as \
         `AWS_ENDPOINT_URL_SECRETS_MANAGER`; else `AWS_ENDPOINT_URL`, for all services; else \
         `endpoint_url` of the profile. `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` leaves only this \
         block. Of several blocks, the last that names a service counts.",
    )
    .attribute("apigatewayv2", service("API Gateway's HTTP APIs"))
    .attribute("ec2", service("EC2, for the network interfaces of bridges in a VPC"))
    .attribute("events", service("EventBridge"))
    .attribute("iam", service("IAM"))
    .attribute("lambda", service("Lambda"))
    .attribute("logs", service("CloudWatch Logs"))
    .attribute("s3", service("S3"))
    .attribute("scheduler", service("EventBridge Scheduler"))
    .attribute("secretsmanager", service("Secrets Manager"))
    .attribute("sns", service("SNS"))
    .attribute("sqs", service("SQS"))
    .attribute("sts", service("STS, for the caller's identity and for roles to work as"))
}

fn service(name: &str) -> Attribute {
    Attribute::string(&format!("URL of {name}.")).validate(Validator::text(|url| {
        let known = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
        if known || url.is_empty() {
            Ok(())
        } else {
            Err(format!("must be an http or https URL, not {url:?}."))
        }
    }))
}
