//! The policy document that lets named Modal functions assume a role, and the way back.

use serde_json::{Value as Json, json};

use crate::policy_document;
use crate::subject::{self, Subject};

/// Modal's OIDC issuer, as IAM names it: without a scheme.
pub const ISSUER: &str = "oidc.modal.com";

/// The audience of every token that Modal issues.
pub const AUDIENCE: &str = "oidc.modal.com";

/// The issuer's URL, as IAM is told it.
pub const ISSUER_URL: &str = "https://oidc.modal.com";

/// The longest trust policy that IAM accepts unless the account's quota was raised.
pub const MAX_LENGTH: usize = 2048;

/// The ARN that the account's OIDC provider for Modal has, whether it exists or not.
pub fn oidc_provider_arn(partition: &str, account_id: &str) -> String {
    format!("arn:{partition}:iam::{account_id}:oidc-provider/{ISSUER}")
}

/// What a trust policy of ours says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// The OIDC provider whose tokens are accepted.
    pub oidc_provider_arn: String,
    /// The audience that a token must name.
    pub audience: String,
    /// The Modal functions. Never empty: the audience is the same for all of Modal's customers, so
    /// the subject is the only thing that keeps them out.
    pub subjects: Vec<Subject>,
}

impl Trust {
    /// The policy document.
    pub fn document(&self) -> Json {
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Federated": self.oidc_provider_arn },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": { format!("{ISSUER}:aud"): self.audience },
                    "StringLike": { format!("{ISSUER}:sub"): subject::patterns(&self.subjects) },
                },
            }],
        })
    }

    /// Accepts only what [`Trust::document`] would write: it regenerates and compares, so that one
    /// added statement is drift too.
    pub fn parse(document: &Json) -> Option<Self> {
        let statement = match &document["Statement"] {
            Json::Array(statements) => statements.first()?,
            lone => lone,
        };
        let condition = &statement["Condition"];
        let patterns = texts(&condition["StringLike"][format!("{ISSUER}:sub")])?;
        let subjects = subject::parse_patterns(&patterns)?;
        let trust = Self {
            oidc_provider_arn: lone_text(&statement["Principal"]["Federated"])?,
            audience: lone_text(&condition["StringEquals"][format!("{ISSUER}:aud")])?,
            subjects,
        };
        let ours =
            !trust.subjects.is_empty() && policy_document::equivalent(&trust.document(), document);
        ours.then_some(trust)
    }
}

fn texts(value: &Json) -> Option<Vec<String>> {
    match value {
        Json::String(text) => Some(vec![text.clone()]),
        Json::Array(values) => {
            values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    }
}

fn lone_text(value: &Json) -> Option<String> {
    let mut texts = texts(value)?;
    if texts.len() == 1 { texts.pop() } else { None }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn trust() -> Trust {
        Trust {
            oidc_provider_arn: oidc_provider_arn("aws", "111122223333"),
            audience: AUDIENCE.to_owned(),
            subjects: vec![
                Subject::new("ac-1", "main", Some("images"), Some("resize")).unwrap(),
                Subject::new("ac-1", "dev", Some("images"), None).unwrap(),
            ],
        }
    }

    #[test]
    fn a_trust_policy_names_issuer_audience_and_subjects() {
        expect![[r#"
            {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Effect": "Allow",
                  "Principal": {
                    "Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.modal.com"
                  },
                  "Action": "sts:AssumeRoleWithWebIdentity",
                  "Condition": {
                    "StringEquals": {
                      "oidc.modal.com:aud": "oidc.modal.com"
                    },
                    "StringLike": {
                      "oidc.modal.com:sub": [
                        "modal:workspace_id:ac-1:environment_name:main:app_name:images:function_name:resize:*",
                        "modal:workspace_id:ac-1:environment_name:main:app_name:images:function_name:resize.*:*",
                        "modal:workspace_id:ac-1:environment_name:dev:app_name:images:*"
                      ]
                    }
                  }
                }
              ]
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&trust().document()).unwrap());
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(Trust::parse(&trust().document()), Some(trust()));
    }

    #[test]
    fn a_lone_statement_and_a_lone_pattern_are_read_too() {
        let mut one = trust();
        one.subjects.remove(0);
        let mut document = one.document();
        document["Statement"] = document["Statement"][0].clone();
        let pattern =
            document["Statement"]["Condition"]["StringLike"]["oidc.modal.com:sub"][0].clone();
        document["Statement"]["Condition"]["StringLike"]["oidc.modal.com:sub"] = pattern;
        assert_eq!(Trust::parse(&document), Some(one));
    }

    #[test]
    fn an_edited_policy_is_not_ours() {
        let edits: [fn(&mut Json); 7] = [
            |document| document["Statement"][0]["Effect"] = json!("Deny"),
            |document| document["Statement"][0]["Action"] = json!("sts:*"),
            |document| document["Statement"][0]["Principal"] = json!("*"),
            |document| document["Version"] = json!("2008-10-17"),
            |document| {
                let second = json!({ "Effect": "Allow", "Principal": "*", "Action": "sts:*" });
                document["Statement"].as_array_mut().unwrap().push(second);
            },
            |document| {
                document["Statement"][0]["Condition"]["StringLike"]["oidc.modal.com:sub"] =
                    json!("modal:workspace_id:*");
            },
            |document| {
                document["Statement"][0]["Condition"]["StringLike"]["oidc.modal.com:sub"] =
                    json!([]);
            },
        ];
        for edit in edits {
            let mut document = trust().document();
            edit(&mut document);
            assert_eq!(Trust::parse(&document), None, "{document}");
        }
        assert_eq!(Trust::parse(&json!("not a policy")), None);
    }

    #[test]
    fn the_provider_is_looked_for_in_the_accounts_own_partition() {
        assert_eq!(
            oidc_provider_arn("aws-us-gov", "111122223333"),
            "arn:aws-us-gov:iam::111122223333:oidc-provider/oidc.modal.com"
        );
    }
}
