//! What the execution role looks like in HCL.

use tf_framework::{Attribute, Schema, Type, Validator};

use crate::arn::Arn;
use crate::resources::iam_role::{check_boundary, check_name, check_path, check_policy_arn};

/// What the practitioner may choose.
pub(in super::super) fn inputs(schema: Schema) -> Schema {
    schema
        .attribute(
            "role_arn",
            Attribute::string(
                "ARN of a role of your own for the bridge to run as. Nothing of it is changed: it \
                 must trust `lambda.amazonaws.com` and allow what `execution_role_policy` says. \
                 Not a role that Modal functions assume: they could read the Modal token. Unless \
                 set, this resource makes a role and deletes it with the bridge. From the one to \
                 the other, the bridge changes in place. Conflicts with `role_name`, `role_path`, \
                 `permissions_boundary` and `additional_policy_arns`.",
            )
            .validate(Validator::text(check_role_arn)),
        )
        .attribute(
            "role_name",
            Attribute::string(
                "Name of the role that this resource makes, up to 64 characters. \
                 `<name>-<region>` unless set. Another name replaces the role, and not the bridge: \
                 the new role gets the inline policies that something else has put on the old one, \
                 such as `modal_bridge_event_source`, and none of the managed policies that \
                 something else has attached to it. Attach those to `execution_role_name` again, or \
                 name them in `additional_policy_arns`.",
            )
            .validate(Validator::text(|name| check_name(name, 64))),
        )
        .attribute(
            "role_path",
            Attribute::string(
                "Path of the role that this resource makes. `/` unless set. Another path replaces \
                 the role, and not the bridge, as another `role_name` does.",
            )
            .validate(Validator::text(check_path)),
        )
        .attribute(
            "permissions_boundary",
            Attribute::string(
                "ARN of the managed policy that bounds what the role may do that this resource \
                 makes. It must allow what `execution_role_policy` says.",
            )
            .validate(Validator::text(check_boundary)),
        )
        .attribute(
            "additional_policy_arns",
            Attribute::new(
                Type::set(Type::String),
                "ARNs of managed policies to attach to the role that this resource makes, beside \
                 its own policy. Policies that something else attached stay, until the role goes.",
            )
            .validate(Validator::each(Validator::text(check_policy_arn))),
        )
}

/// What follows from it.
pub(in super::super) fn outputs(schema: Schema) -> Schema {
    let output = |description: &str| Attribute::string(description).computed();
    schema
        .attribute("execution_role_arn", output("ARN of the role that the bridge runs as."))
        .attribute("execution_role_name", output("Name of that role."))
        .attribute(
            "execution_role_policy",
            output(
                "What the role must allow, JSON: the policy that this resource keeps on the role \
                 that it makes, and for `role_arn`, the one to put there yourself.",
            ),
        )
        .attribute(
            "former_execution_role_arns",
            Attribute::new(
                Type::set(Type::String),
                "Roles of this resource that the bridge is to run as no longer, and that could not be \
                 deleted yet, and those that an apply made which was killed: the next apply deletes \
                 them, or goes on with them. Null as a rule.",
            )
            .computed(),
        )
}

fn check_role_arn(arn: &str) -> Result<(), String> {
    let is_role = Arn::parse(arn).is_some_and(|arn| {
        let name = arn.resource.strip_prefix("role/").unwrap_or_default();
        arn.service == "iam" && !arn.account.is_empty() && !name.is_empty() && !name.ends_with('/')
    });
    if is_role { Ok(()) } else { Err(format!("must be the ARN of an IAM role, not {arn:?}.")) }
}
