//! What a role looks like in HCL.

use tf_framework::{Attribute, Block, Schema, Type, Validator};

use crate::subject::{self, SubjectNote};
use crate::tags;

pub(super) fn schema() -> Schema {
    Schema::new(
        "An IAM role that Modal functions assume through OIDC: no AWS keys in Modal. The \
     account's OIDC provider for `oidc.modal.com` is created where there is none, and is \
     never deleted, because all such roles of the account share it.",
    )
    .attribute(
        "name",
        Attribute::string("Name of the role. Another name means another role.")
            .required()
            .requires_replace()
            .validate(Validator::text(check_name)),
    )
    .attribute(
        "workspace_id",
        Attribute::string("ID of the Modal workspace, as `modal token info` prints it.")
            .required()
            .validate(Validator::text(|id| note(subject::check_workspace_id(id)))),
    )
    .attribute("description", Attribute::string("What the role is for."))
    .attribute(
        "max_session_duration",
        Attribute::number("Longest session in seconds. 3600 unless set, 43200 at most.")
            .default(3600)
            .validate(Validator::between(3600..=43200)),
    )
    .attribute(
        "policy_arns",
        Attribute::new(
            Type::set(Type::String),
            "ARNs of managed policies to attach. Policies that something else attached stay.",
        )
        .validate(Validator::each(Validator::text(check_policy_arn))),
    )
    .attribute(
        "tags",
        Attribute::new(Type::map(Type::String), "Tags of the role, by key.")
            .validate(tags::validator()),
    )
    .attribute(
        "arn",
        Attribute::string("ARN of the role. Known at plan when the name is.").computed(),
    )
    .attribute(
        "assume_role_policy",
        Attribute::string("Trust policy of the role, JSON.").computed(),
    )
    .attribute(
        "subjects",
        Attribute::new(
            Type::list(Type::String),
            "Patterns of the Modal subjects that may assume the role.",
        )
        .computed(),
    )
    .attribute(
        "oidc_provider_arn",
        Attribute::string("ARN of the account's OIDC provider for Modal.").computed(),
    )
    .attribute(
        "tags_all",
        Attribute::new(Type::map(Type::String), "The tags with the provider's `default_tags`.")
            .computed(),
    )
    .block("subject", subject_block())
    .block("grant", grant_block())
}

fn subject_block() -> Block {
    let checked = |description: &str, check: fn(&str) -> Result<(), SubjectNote>| {
        Attribute::string(description).validate(Validator::text(move |text| note(check(text))))
    };
    Block::list(
        "Modal functions that may assume the role. Leave out `function_name`, then `app_name`, to \
         let in every function of an app, or every app of an environment.",
    )
    .min_items(1)
    .attribute(
        "environment_name",
        checked("Modal environment, or `*` for all.", subject::check_environment_name).required(),
    )
    .attribute("app_name", checked("Modal app.", subject::check_app_name))
    .attribute(
        "function_name",
        checked(
            "Modal function, class, or `Class.method`; with a `*` at the end, all that begin so. \
             Needs `app_name`.",
            subject::check_function_name,
        ),
    )
}

fn grant_block() -> Block {
    Block::list(
        "What the functions may do with AWS resources, as CDK's `grantRead` and its like: the \
         right actions, on the resources and on what is in them.",
    )
    .attribute(
        "access",
        Attribute::string(
            "`read`, `write`, `read_write` or `delete`. For S3, `write` does not delete and \
             `read_write` does.",
        )
        .required()
        .validate(Validator::one_of(&["read", "write", "read_write", "delete"])),
    )
    .attribute(
        "resource_arns",
        Attribute::new(
            Type::set(Type::String),
            "ARNs of S3 buckets, of objects in them, or of DynamoDB tables. A table's indexes are \
             included.",
        )
        .required(),
    )
}

/// IAM's rule for the names of roles.
fn check_name(name: &str) -> Result<(), String> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || "+=,.@_-".contains(letter);
    match name.len() {
        1..=64 if name.chars().all(known) => Ok(()),
        1..=64 => Err("may have letters, digits and any of +=,.@_- only.".to_owned()),
        length => Err(format!("must have 1 to 64 characters, not {length}.")),
    }
}

fn check_policy_arn(arn: &str) -> Result<(), String> {
    let is_policy = arn.starts_with("arn:") && arn.contains(":policy/");
    if is_policy { Ok(()) } else { Err(format!("must hold ARNs of IAM policies, not {arn:?}.")) }
}

fn note(checked: Result<(), SubjectNote>) -> Result<(), String> {
    checked.map_err(|note| note.predicate())
}

#[cfg(test)]
mod tests {
    use tf_framework::testing::assert_model_matches_schema;

    use super::super::OidcRole;

    #[test]
    fn model_matches_schema() {
        assert_model_matches_schema::<OidcRole>();
    }
}
