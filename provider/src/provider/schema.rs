//! What the provider block looks like in HCL. The descriptions are the documentation's first page.

use bridge_contract::check_server_url;
use tf_framework::{Attribute, Block, Schema, Type, Validator};

use crate::arn::Arn;
use crate::tags;

pub(super) fn schema() -> Schema {
    Schema::new(
        "Lets AWS events call functions deployed on [Modal](https://modal.com), and lets \
         Modal functions use AWS without keys. AWS is configured as in `hashicorp/aws`: by \
         this block, the environment, or the shared configuration files.",
    )
    .attribute(
        "region",
        Attribute::string("AWS region. Also `AWS_REGION`, or the profile's region."),
    )
    .attribute("profile", Attribute::string("Profile in the shared files. Also `AWS_PROFILE`."))
    .attribute("access_key", Attribute::string("AWS access key ID. Also `AWS_ACCESS_KEY_ID`."))
    .attribute(
        "secret_key",
        Attribute::string("AWS secret access key. Also `AWS_SECRET_ACCESS_KEY`.").sensitive(),
    )
    .attribute(
        "token",
        Attribute::string("AWS session token. Also `AWS_SESSION_TOKEN`.").sensitive(),
    )
    .attribute(
        "modal_server_url",
        Attribute::string(
            "Modal server that bridges call, where it is not Modal's own. `https`, or `http` \
             on this machine alone. The Lambda functions get it as `MODAL_SERVER_URL`.",
        )
        .validate(Validator::text(|url| {
            check_server_url(url).map_err(|error| format!("is not usable: {error}."))
        })),
    )
    .block("endpoints", endpoints_block())
    .block(
        "default_tags",
        Block::list("Tags for every resource of this provider.").max_items(1).attribute(
            "tags",
            Attribute::new(
                Type::map(Type::String),
                "Tags by key. A resource's own tag of the same key wins.",
            )
            .validate(tags::validator()),
        ),
    )
    .block(
        "assume_role",
        Block::list("IAM role to work as.")
            .max_items(1)
            .attribute(
                "role_arn",
                Attribute::string("ARN of the role.")
                    .required()
                    .validate(Validator::text(check_role_arn)),
            )
            .attribute("session_name", Attribute::string("Name of the session."))
            .attribute(
                "external_id",
                Attribute::string("External ID that the role's trust policy asks for."),
            ),
    )
}

fn endpoints_block() -> Block {
    let service = |name: &str| {
        Attribute::string(&format!("URL of {name}.")).validate(Validator::text(|url| {
            let known = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
            if known || url.is_empty() {
                Ok(())
            } else {
                Err(format!("must be an http or https URL, not {url:?}."))
            }
        }))
    };
    Block::list(
        "Endpoints other than AWS's own. Also `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>`.",
    )
    .max_items(1)
    .attribute("iam", service("IAM"))
    .attribute("lambda", service("Lambda"))
    .attribute("logs", service("CloudWatch Logs"))
    .attribute("secretsmanager", service("Secrets Manager"))
    .attribute("sts", service("STS"))
}

/// What is empty counts as left out, as in `hashicorp/aws`.
fn check_role_arn(arn: &str) -> Result<(), String> {
    let is_role = Arn::parse(arn).is_some_and(|arn| {
        (arn.service, arn.region) == ("iam", "")
            && !arn.account.is_empty()
            && arn.resource.starts_with("role/")
    });
    if arn.is_empty() || is_role {
        Ok(())
    } else {
        Err(format!("must be the ARN of an IAM role, not {arn:?}."))
    }
}
