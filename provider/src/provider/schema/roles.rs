//! `assume_role` and `assume_role_with_web_identity`.

use std::time::Duration;

use tf_framework::{Attribute, Block, Type, Validator};

use super::super::duration::parse_duration;
use crate::arn::Arn;

pub(super) fn assume_role() -> Block {
    let block = Block::list(
        "IAM role to work as. Several blocks are a chain: the first role is assumed with the \
         credentials that were found, each further one with those of the role before.",
    );
    session(block)
        .attribute(
            "external_id",
            Attribute::string(
                "External ID that the role's trust policy asks for: 2 to 1224 characters.",
            )
            .validate(words(2..=1224, "+=,.@:/-")),
        )
        .attribute(
            "source_identity",
            Attribute::string(
                "Who is behind the session, in CloudTrail and in every session after it: 2 to 64 \
                 characters.",
            )
            .validate(words(2..=64, "+=,.@-")),
        )
        .attribute("tags", Attribute::new(Type::map(Type::String), "Tags of the session, by key."))
        .attribute(
            "transitive_tag_keys",
            Attribute::new(
                Type::set(Type::String),
                "Keys of those tags that the sessions after it have too.",
            ),
        )
}

pub(super) fn assume_role_with_web_identity() -> Block {
    let block = Block::list(
        "IAM role to work as by a token of an OIDC provider, such as a CI system's. No AWS \
         credentials are needed; `access_key` wins over it. Roles of `assume_role` are assumed \
         after it.",
    );
    session(block.max_items(1))
        .attribute(
            "web_identity_token",
            Attribute::string(
                "The token. Conflicts with `web_identity_token_file`. Also \
                 `TF_AWS_WEB_IDENTITY_TOKEN`, where neither is set.",
            )
            .sensitive()
            .validate(Validator::text(|token| match token.len() {
                0 | 4..=20000 => Ok(()),
                length => Err(format!("must have 4 to 20000 characters, not {length}.")),
            })),
        )
        .attribute(
            "web_identity_token_file",
            Attribute::string(
                "File with the token, read anew for each session. Conflicts with \
                 `web_identity_token`. Also `AWS_WEB_IDENTITY_TOKEN_FILE`, where neither is set.",
            ),
        )
}

/// What both have.
fn session(block: Block) -> Block {
    block
        .attribute(
            "role_arn",
            Attribute::string("ARN of the role.")
                .required()
                .validate(Validator::text(check_role_arn)),
        )
        .attribute(
            "session_name",
            Attribute::string(
                "Name of the session, in CloudTrail and in the caller's ARN: 2 to 64 characters. \
                 `terraform-provider-modal` unless set.",
            )
            .validate(words(2..=64, "+=,.@-")),
        )
        .attribute(
            "duration",
            Attribute::string(
                "How long the session's credentials are good, from `15m` to `12h`, and no longer \
                 than the role allows. AWS's `1h` unless set.",
            )
            .validate(Validator::text(check_duration)),
        )
        .attribute(
            "policy",
            Attribute::string(
                "IAM policy, in JSON. The session has only those of the role's permissions that \
                 this gives too.",
            )
            .validate(Validator::text(check_json)),
        )
        .attribute(
            "policy_arns",
            Attribute::new(Type::set(Type::String), "ARNs of IAM policies, to the same effect.")
                .validate(Validator::each(Validator::text(|arn| match Arn::parse(arn) {
                    Some(_) => Ok(()),
                    None => Err(format!("must hold ARNs of IAM policies, not {arn:?}.")),
                }))),
        )
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

fn check_duration(text: &str) -> Result<(), String> {
    let allowed = Duration::from_secs(15 * 60)..=Duration::from_secs(12 * 60 * 60);
    if text.is_empty() || parse_duration(text).is_some_and(|found| allowed.contains(&found)) {
        return Ok(());
    }
    Err(format!("must be a duration from \"15m\" to \"12h\", such as \"1h30m\", not {text:?}."))
}

fn check_json(text: &str) -> Result<(), String> {
    let fault = serde_json::from_str::<serde_json::Value>(text).err();
    match fault.filter(|_| !text.is_empty()) {
        Some(fault) => Err(format!("must be an IAM policy in JSON: {fault}.")),
        None => Ok(()),
    }
}

/// Letters, digits, `_` and some other signs.
fn words(length: std::ops::RangeInclusive<usize>, signs: &'static str) -> Validator {
    Validator::text(move |text| {
        let known = |letter: char| {
            letter.is_ascii_alphanumeric() || letter == '_' || signs.contains(letter)
        };
        if text.is_empty() || (length.contains(&text.len()) && text.chars().all(known)) {
            return Ok(());
        }
        let (first, last) = (length.start(), length.end());
        Err(format!(
            "must have {first} to {last} characters, of letters, digits and any of _{signs} only."
        ))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn what_aws_would_refuse_is_refused_before() {
        expect![[r#"must be a duration from "15m" to "12h", such as "1h30m", not "5m"."#]]
            .assert_eq(&check_duration("5m").unwrap_err());
        expect![[r#"must be a duration from "15m" to "12h", such as "1h30m", not "1 hour"."#]]
            .assert_eq(&check_duration("1 hour").unwrap_err());
        assert_eq!(check_duration("12h"), Ok(()));
        expect!["must be an IAM policy in JSON: expected ident at line 1 column 2."]
            .assert_eq(&check_json("not json").unwrap_err());
        assert_eq!(check_json("{}"), Ok(()));
        expect![[r#"must be the ARN of an IAM role, not "deploy"."#]]
            .assert_eq(&check_role_arn("deploy").unwrap_err());
        assert_eq!(check_role_arn("arn:aws-cn:iam::111122223333:role/a/deploy"), Ok(()));
    }
}
