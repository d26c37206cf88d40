//! Region, credentials, and which account they may be of.

use tf_framework::{Attribute, Schema, Type, Validator};

use super::super::settings::parse_bool;

pub(super) fn attributes(schema: Schema) -> Schema {
    let schema = schema
        .attribute(
            "region",
            Attribute::string(
                "AWS region of everything that does not name one itself. Also `AWS_REGION` or \
                 `AWS_DEFAULT_REGION`, else `region` of the profile, else the machine's.",
            ),
        )
        .attribute(
            "profile",
            Attribute::string(
                "Profile in the shared files. Set here, it wins over access keys of the \
                 environment. Also `AWS_PROFILE`, which does not; else `default`.",
            ),
        )
        .attribute("shared_config_files", files("config", "AWS_CONFIG_FILE"))
        .attribute("shared_credentials_files", files("credentials", "AWS_SHARED_CREDENTIALS_FILE"))
        .attribute(
            "access_key",
            Attribute::string(
                "AWS access key ID. Needs `secret_key`. Also `AWS_ACCESS_KEY_ID`. Without either, \
                 credentials are looked for in `AWS_WEB_IDENTITY_TOKEN_FILE`, the profile, the \
                 container and the machine.",
            ),
        )
        .attribute(
            "secret_key",
            Attribute::string("AWS secret access key. Also `AWS_SECRET_ACCESS_KEY`.").sensitive(),
        )
        .attribute(
            "token",
            Attribute::string(
                "AWS session token, of access keys that are temporary. Also `AWS_SESSION_TOKEN`.",
            )
            .sensitive(),
        );
    skips(accounts(schema))
}

fn accounts(schema: Schema) -> Schema {
    schema
        .attribute(
            "allowed_account_ids",
            Attribute::new(
                Type::set(Type::String),
                "The only AWS accounts to work in, so that nobody works in another one by \
                 mistake. Conflicts with `forbidden_account_ids`.",
            ),
        )
        .attribute(
            "forbidden_account_ids",
            Attribute::new(
                Type::set(Type::String),
                "AWS accounts not to work in. Conflicts with `allowed_account_ids`.",
            ),
        )
}

fn skips(schema: Schema) -> Schema {
    schema
        .attribute(
            "skip_credentials_validation",
            Attribute::bool(
                "Do not ask STS whether the credentials are good before anything else is done. \
                 Without `skip_requesting_account_id` it is asked all the same, for the account. \
                 `false` unless set.",
            ),
        )
        .attribute(
            "skip_requesting_account_id",
            Attribute::bool(
                "With `skip_credentials_validation`, do not ask STS for the account before a \
                 resource needs it. Roles and bridges do, for their ARNs; secrets do not. It is \
                 asked for where `allowed_account_ids` or `forbidden_account_ids` is set. `false` \
                 unless set.",
            ),
        )
        .attribute(
            "skip_region_validation",
            Attribute::bool(
                "Take any region, also one that this version of the provider does not know. \
                 `false` unless set.",
            ),
        )
        .attribute(
            "skip_metadata_api_check",
            Attribute::string(
                "`true` never to ask the machine's metadata service for credentials and region, \
                 `false` to ask it even where `AWS_EC2_METADATA_DISABLED` is set. Unset, that \
                 variable decides.",
            )
            .validate(Validator::text(|text| {
                if text.is_empty() || parse_bool(text).is_some() {
                    return Ok(());
                }
                Err(format!("must be \"true\" or \"false\", not {text:?}."))
            })),
        )
}

fn files(kind: &str, variable: &str) -> Attribute {
    Attribute::new(
        Type::list(Type::String),
        &format!(
            "Shared {kind} files, of which the last that says something counts. `~` and `$NAME` \
             are replaced, and one that does not exist is empty. Also `{variable}`, for one file; \
             else `~/.aws/{kind}`."
        ),
    )
}
