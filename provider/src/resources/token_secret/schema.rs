//! What a token secret looks like in HCL. The descriptions are its documentation.

use tf_framework::{Attribute, Block, Dynamic, Schema, Type, Validator};

use super::{DEFAULT_RECOVERY_WINDOW, USUAL, policy, validate};
use crate::resources::region;
use crate::tags;

pub(super) fn schema() -> Schema {
    let schema = Schema::new(
        "The Secrets Manager secret with the Modal token that bridges use.\n\n\
         Give it the token's ID in `token_id`, and its secret in `token_secret_wo`, which is kept \
         in neither state nor plan. Another ID makes a new version of the secret: Modal's tokens \
         do not change, they are replaced.\n\n\
         With neither, the secret is made with a placeholder, to be filled in by hand: \
         `{\"MODAL_TOKEN_ID\": \"ak-…\", \"MODAL_TOKEN_SECRET\": \"as-…\"}`. What is filled in by \
         hand is never overwritten, and the value is never read: a refresh needs no \
         `secretsmanager:GetSecretValue`.",
    );
    computed(secret(verification(token(name(schema)))))
        .block(
            "replica",
            Block::set(
                "Copy of the secret in another region, for bridges there. Reads of it stay in \
                 that region.",
            )
            .attribute(
                "region",
                Attribute::string("AWS region of the copy.")
                    .required()
                    .validate(Validator::text(region::check)),
            )
            .attribute(
                "kms_key_id",
                Attribute::string(
                    "ARN, ID or alias of a KMS key in that region. `aws/secretsmanager` unless set.",
                ),
            ),
        )
        .block("timeouts", USUAL.block())
}

fn name(schema: Schema) -> Schema {
    schema
        .attribute(
            "name",
            Attribute::string(
                "Name of the secret: letters, digits and `/_+=.@-`, at most 512 characters. Made \
                 up where neither it nor `name_prefix` is set. Another name means another secret.",
            )
            .optional_computed()
            .use_state_for_unknown()
            .requires_replace()
            .validate(Validator::text(validate::check_name)),
        )
        .attribute(
            "name_prefix",
            Attribute::string("Beginning of a name that is made up. Conflicts with `name`.")
                .requires_replace()
                .validate(Validator::text(validate::check_name)),
        )
        .attribute("description", Attribute::string("What the secret is for."))
}

fn token(schema: Schema) -> Schema {
    schema
        .attribute(
            "token_id",
            Attribute::string(
                "ID of the Modal token, `ak-…`. It is no secret, and is stored in the state. \
                 Another ID makes a new version of the secret.",
            ),
        )
        .attribute(
            "token_id_wo",
            Attribute::string(
                "As `token_id`, kept in neither state nor plan: for an ID that comes from \
                 `modal_credentials`. Needs `token_secret_wo_version`, because nothing else tells \
                 one token from the next. Conflicts with `token_id`. Terraform 1.11 or later.",
            )
            .write_only(),
        )
        .attribute(
            "token_secret_wo",
            Attribute::string(
                "Secret of the Modal token, `as-…`, kept in neither state nor plan. Give it an \
                 `ephemeral = true` variable, or `modal_credentials`. Written when `token_id` or \
                 `token_secret_wo_version` changes. Terraform 1.11 or later.",
            )
            .sensitive()
            .write_only(),
        )
        .attribute(
            "token_secret_wo_version",
            Attribute::string(
                "Any text. Another one writes the token again, also where its ID is the same.",
            ),
        )
        .attribute(
            "token_secret",
            Attribute::string(
                "As `token_secret_wo`, for Terraform before 1.11. **It is stored in the state.** \
                 Conflicts with `token_secret_wo`.",
            )
            .sensitive(),
        )
}

fn verification(schema: Schema) -> Schema {
    schema
        .attribute(
            "verify",
            Attribute::bool(
                "Ask Modal whose the token is before it is written. A token that Modal refuses \
                 ends the apply; where Modal cannot be asked, the apply goes on with a warning. \
                 The provider's `skip_token_verification` wins. `false` unless set.",
            )
            .default(false),
        )
        .attribute(
            "workspace_id",
            Attribute::string(
                "Modal workspace of the token, `ac-…`. Known by `verify`; set it where Modal \
                 cannot be asked. Where both tell it, they must agree.",
            )
            .optional_computed()
            .validate(Validator::text(validate::check_workspace_id)),
        )
}

fn secret(schema: Schema) -> Schema {
    schema
        .attribute(
            "restore_if_deleted",
            Attribute::bool(
                "Where a secret of this name waits for its deletion, restore it, and give it the \
                 token and all that is set here. Without a token, it keeps the value it had. \
                 `true` unless set.",
            )
            .default(true),
        )
        .attribute(
            "recovery_window_in_days",
            Attribute::number(
                "Days during which a deleted secret can be restored: 7 to 30, or 0 for none. 30 \
                 unless set.",
            )
            .default(DEFAULT_RECOVERY_WINDOW)
            .validate(Validator::new(validate::check_recovery_window)),
        )
        .attribute(
            "kms_key_id",
            Attribute::string("ARN, ID or alias of the KMS key. `aws/secretsmanager` unless set."),
        )
        .attribute(
            "policy",
            Attribute::string(
                "Resource policy of the secret, JSON. Compared by what it means, so that another \
                 order or layout is no change. Where it is not set, no policy is looked at: \
                 `aws_secretsmanager_secret_policy` may keep one.",
            )
            .same_when(same_policy)
            .validate(Validator::text(policy::check)),
        )
        .attribute(
            "force_overwrite_replica_secret",
            Attribute::bool(
                "Let a `replica` take the place of a secret of this name in its region. `false` \
                 unless set.",
            )
            .default(false),
        )
        .attribute("region", region::attribute())
        .attribute(
            "tags",
            Attribute::new(Type::map(Type::String), "Tags of the secret, by key.")
                .validate(tags::validator()),
        )
}

fn computed(schema: Schema) -> Schema {
    schema
        .attribute(
            "arn",
            Attribute::string("ARN of the secret.").computed().use_state_for_unknown(),
        )
        .attribute("version_id", Attribute::string("ID of the current version.").computed())
        .attribute(
            "token_status",
            Attribute::string(
                "`managed` when the current version holds the token given here, `placeholder` \
                 until a placeholder is filled in, `external` when something else wrote it.",
            )
            .computed(),
        )
        .attribute(
            "workspace_name",
            Attribute::string("Name of the token's workspace, where it was verified.").computed(),
        )
        .attribute(
            "token_name",
            Attribute::string("Name of the token in Modal, where it was verified.").computed(),
        )
        .attribute(
            "expires_at",
            Attribute::string(
                "When the token expires, RFC 3339, where it was verified and does expire. Plans \
                 warn 14 days before.",
            )
            .computed(),
        )
        .attribute(
            "tags_all",
            Attribute::new(Type::map(Type::String), "The tags with the provider's `default_tags`.")
                .computed(),
        )
}

fn same_policy(left: &Dynamic, right: &Dynamic) -> bool {
    match (left, right) {
        (Dynamic::String(left), Dynamic::String(right)) => policy::same(left, right),
        _ => false,
    }
}
