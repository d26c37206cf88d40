//! The policy document that lets named Modal functions assume a role, and the way back.

use serde_json::{Value as Json, json};

mod additional;
#[cfg(test)]
mod tests;

pub use self::additional::check_additional;
use crate::policy_document::{self, statements};
use crate::subject::{self, Subject};

/// Modal's OIDC issuer, as IAM names it: without a scheme.
pub const ISSUER: &str = "oidc.modal.com";

/// The audience of every token that Modal issues.
pub const AUDIENCE: &str = "oidc.modal.com";

/// The issuer's URL, as IAM is told it.
pub const ISSUER_URL: &str = "https://oidc.modal.com";

/// The longest trust policy that IAM accepts unless the account's quota was raised. White space does
/// not count.
pub const DEFAULT_QUOTA: usize = 2048;

/// The longest trust policy that any account's quota can be raised to.
pub const HIGHEST_QUOTA: usize = 4096;

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
    /// Statements about others than Modal, as the practitioner wrote them.
    pub additional: Vec<Json>,
}

impl Trust {
    /// The policy document.
    pub fn document(&self) -> Json {
        let mut statements = vec![self.statement(&subject::patterns(&self.subjects))];
        statements.extend(self.additional.iter().cloned());
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    fn statement(&self, patterns: &[String]) -> Json {
        json!({
            "Effect": "Allow",
            "Principal": { "Federated": self.oidc_provider_arn },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": { format!("{ISSUER}:aud"): self.audience },
                "StringLike": { format!("{ISSUER}:sub"): patterns },
            },
        })
    }

    /// What a document says, where one of its statements has the form of ours. The others are
    /// additional ones.
    ///
    /// Subjects that this provider would write with other patterns count too, such as those of a
    /// role from Modal's guide: whoever must know that it is the same compares
    /// [`Trust::document`].
    pub fn parse(document: &Json) -> Option<Self> {
        if document["Version"] != "2012-10-17" {
            return None;
        }
        let mut additional: Vec<Json> = statements(document).cloned().collect();
        let (position, trust) =
            additional.iter().enumerate().find_map(|(position, statement)| {
                Some((position, Self::parse_statement(statement)?))
            })?;
        additional.remove(position);
        Some(Self { additional, ..trust })
    }

    fn parse_statement(statement: &Json) -> Option<Self> {
        let condition = &statement["Condition"];
        let patterns = texts(&condition["StringLike"][format!("{ISSUER}:sub")])?;
        let trust = Self {
            oidc_provider_arn: lone_text(&statement["Principal"]["Federated"])?,
            audience: lone_text(&condition["StringEquals"][format!("{ISSUER}:aud")])?,
            subjects: subject::parse_patterns(&patterns)?,
            additional: Vec::new(),
        };
        let mut written = trust.statement(&patterns);
        // A name for people changes nothing.
        if let Some(sid) = statement.get("Sid") {
            written["Sid"] = sid.clone();
        }
        let ours =
            !trust.subjects.is_empty() && policy_document::same_statement(&written, statement);
        ours.then_some(trust)
    }

    /// Whether any statement of a document is about tokens of Modal's issuer, whatever it says.
    pub fn is_about_modal(document: &Json) -> bool {
        statements(document).any(|statement| {
            texts(&statement["Principal"]["Federated"])
                .is_some_and(|principals| principals.iter().any(|arn| is_modals_provider(arn)))
        })
    }
}

/// Whether this is the ARN of an OIDC provider for Modal, in whatever account.
pub fn is_modals_provider(arn: &str) -> bool {
    arn.rsplit_once(":oidc-provider/").is_some_and(|(_, issuer)| issuer == ISSUER)
}

pub(crate) fn texts(value: &Json) -> Option<Vec<String>> {
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
