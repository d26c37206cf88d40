//! What a role looks like in HCL.

use tf_framework::{Attribute, Block, Schema, Type, Validator};

use super::checks::{check_audience, check_inline_policies, same_policies, same_statements};
use crate::grant_policy::Access;
use crate::resources::iam_role::{check_boundary, check_name, check_path, check_policy_arn};
use crate::resources::made_up_name::LONGEST_PREFIX;
use crate::subject::{self, SubjectNote};
use crate::tags;
use crate::trust_policy::{AUDIENCE, check_additional};

pub(super) fn schema() -> Schema {
    let schema = Schema::new(
        "An IAM role that Modal functions assume through OIDC: no AWS keys in Modal. The \
         account's OIDC provider for `oidc.modal.com` is created where there is none, and is \
         never deleted with a role, because all such roles of the account share it.\n\n\
         Attachments and inline policies of the role that are not listed here are left alone. An \
         import takes over the trust policy, the grants and the role's own settings; managed \
         policies and inline policies become this resource's when `policy_arns` and \
         `inline_policies` list them.",
    );
    outputs(permissions(trust(names(schema))))
        .block("subject", subject_block())
        .block("grant", grant_block())
}

fn names(schema: Schema) -> Schema {
    schema
        .attribute(
            "name",
            Attribute::string(
                "Name of the role, up to 64 characters. Made up where neither it nor \
                 `name_prefix` is set; then `arn` is known after the apply only. Another name \
                 means another role.",
            )
            .optional_computed()
            .use_state_for_unknown()
            .requires_replace()
            .validate(Validator::text(|name| check_name(name, 64))),
        )
        .attribute(
            "name_prefix",
            Attribute::string(
                "Beginning of a name that is made up, up to 38 characters. Conflicts with \
                 `name`. A prefix that the name does not begin with means another role.",
            )
            .validate(Validator::text(|prefix| check_name(prefix, LONGEST_PREFIX))),
        )
        .attribute(
            "path",
            Attribute::string("Path of the role, `/` unless set. Another path means another role.")
                .default("/")
                .requires_replace()
                .validate(Validator::text(check_path)),
        )
        .attribute("description", Attribute::string("What the role is for."))
        .attribute(
            "tags",
            Attribute::new(Type::map(Type::String), "Tags of the role, by key.")
                .validate(tags::validator()),
        )
}

fn trust(schema: Schema) -> Schema {
    schema
        .attribute(
            "workspace_id",
            Attribute::string(
                "ID of the Modal workspace, `ac-…`, as `modal token info` prints it. It is what \
                 keeps every other customer of Modal out: no wildcard is possible.",
            )
            .required()
            .validate(Validator::text(|id| note(subject::check_workspace_id(id)))),
        )
        .attribute(
            "audience",
            Attribute::string(
                "Audience that a token must name. `oidc.modal.com` unless set, which is what \
                 Modal's tokens have.",
            )
            .default(AUDIENCE)
            .validate(Validator::text(check_audience)),
        )
        .attribute(
            "oidc_provider_arn",
            Attribute::string(
                "ARN of the account's OIDC provider for Modal: what a `modal_oidc_provider` or an \
                 `aws_iam_openid_connect_provider` manages. Then it must accept the audience \
                 already. Where it is not set, the provider is looked for, and created where there \
                 is none.",
            )
            .optional_computed(),
        )
        .attribute(
            "create_oidc_provider",
            Attribute::bool(
                "Whether a missing OIDC provider is created, and a missing audience added to it. \
                 `true` unless set; with `false`, that is an error. Without effect where \
                 `oidc_provider_arn` is set.",
            )
            .default(true),
        )
        .attribute(
            "additional_trust_statements",
            Attribute::string(
                "Further statements of the trust policy, a JSON list: `jsonencode([{ Effect = \
                 \"Allow\", Principal = { Service = \"lambda.amazonaws.com\" }, Action = \
                 \"sts:AssumeRole\" }])`. For Modal's tokens there are `subject` blocks; \
                 statements that allow them, or everybody, are refused.",
            )
            .same_when(same_statements)
            .validate(Validator::text(|text| check_additional(text).map(drop))),
        )
        .attribute(
            "max_session_duration",
            Attribute::number("Longest session in seconds. 3600 unless set, 43200 at most.")
                .default(3600)
                .validate(Validator::between(3600..=43200)),
        )
}

fn permissions(schema: Schema) -> Schema {
    schema
        .attribute(
            "permissions_boundary",
            Attribute::string("ARN of the managed policy that bounds what the role may do.")
                .validate(Validator::text(check_boundary)),
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
            "inline_policies",
            Attribute::new(
                Type::map(Type::String),
                "Inline policies of your own: JSON by name. Policies of other names stay as they \
                 are. `modal-grants` is the name of what the `grant` blocks make. IAM allows a \
                 role 10,240 characters of inline policies, without white space.",
            )
            .same_when(same_policies)
            .validate(Validator::new(check_inline_policies)),
        )
        .attribute(
            "force_detach_policies",
            Attribute::bool(
                "Whether a destroy also detaches and deletes the policies that something else put \
                 on the role. `true` unless set; with `false`, the destroy of such a role is \
                 refused.",
            )
            .default(true),
        )
}

fn outputs(schema: Schema) -> Schema {
    schema
        .attribute(
            "arn",
            Attribute::string(
                "ARN of the role: what `oidc_auth_role_arn` of Modal's `CloudBucketMount` and STS \
                 take. Known at plan when the name is.",
            )
            .computed(),
        )
        .attribute(
            "unique_id",
            Attribute::string("ID that IAM gave the role, `AROA…`.")
                .computed()
                .use_state_for_unknown(),
        )
        .attribute(
            "create_date",
            Attribute::string("When the role was created, RFC 3339.")
                .computed()
                .use_state_for_unknown(),
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
            "modal_secret_env",
            Attribute::new(
                Type::map(Type::String),
                "`AWS_ROLE_ARN`, `AWS_REGION` and `AWS_DEFAULT_REGION` (which boto3 reads), for a \
                 Modal Secret that the functions get. With three more lines in the function, AWS's \
                 SDKs find the role by themselves: see the guide on AWS from Modal.",
            )
            .computed(),
        )
        .attribute(
            "tags_all",
            Attribute::new(Type::map(Type::String), "The tags with the provider's `default_tags`.")
                .computed(),
        )
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
             Needs `app_name`. A name also lets in what Modal calls the methods of a class of that \
             name, `Class.*`: a token names the class, not the method.",
            subject::check_function_name,
        ),
    )
}

fn grant_block() -> Block {
    Block::list(
        "What the functions may do with AWS resources, as CDK's `grantRead` and its like: the \
         right actions, on the resources and on what is in them. The guide on grants lists them.",
    )
    .attribute(
        "access",
        Attribute::string(
            "`read`, `write` and `read_write` of S3, DynamoDB, Kinesis, Secrets Manager, KMS and \
             CloudWatch Logs; `read` of ECR; `delete` of S3 objects; `consume` and `send` of SQS; \
             `consume` of streams; `publish` of SNS and EventBridge; `invoke` of Lambda. For S3, \
             `write` does not delete and `read_write` does.",
        )
        .required()
        .validate(Validator::one_of(Access::NAMES)),
    )
    .attribute(
        "resource_arns",
        Attribute::new(
            Type::set(Type::String),
            "ARNs of the resources; the service follows from each. A bucket's objects, a table's \
             indexes, a stream's consumers, a function's versions and a log group's streams are \
             included.",
        )
        .required(),
    )
    .attribute(
        "prefixes",
        Attribute::new(
            Type::set(Type::String),
            "How the keys begin of the objects that are meant, such as `uploads/`. For S3 buckets \
             alone. Lists of the bucket show those keys only.",
        ),
    )
    .attribute(
        "kms_key_arns",
        Attribute::new(
            Type::set(Type::String),
            "ARNs of the KMS keys that the resources are encrypted with.",
        ),
    )
    .attribute(
        "sid",
        Attribute::string(
            "Name of the statement in the policy, letters and digits. Further statements of the \
             grant have a number after it.",
        ),
    )
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
