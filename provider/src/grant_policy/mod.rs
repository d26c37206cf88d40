//! Grants: what a Modal function may do with AWS resources, as one IAM policy.

mod access;
mod parse;
mod service;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use thiserror::Error;

pub use self::access::Access;
pub use self::parse::parse;
use self::service::{S3_DELETE, S3_LIST, S3_LOCATE, S3_READ_OBJECTS, S3_WRITE, Service};
use crate::arn::Arn;

/// Name of the inline policy that holds every grant of a role.
pub const POLICY_NAME: &str = "modal-grants";

/// The most that the inline policies of a role may have together. White space does not count.
pub const INLINE_QUOTA: usize = 10_240;

/// One `grant` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What may be done.
    pub access: Access,
    /// To which resources. Buckets, tables and the like include what is in them.
    pub resource_arns: Vec<String>,
    /// How the keys of objects begin, where not every object of the buckets is meant.
    pub prefixes: Vec<String>,
    /// The KMS keys that the resources are encrypted with.
    pub kms_key_arns: Vec<String>,
    /// Name of the statement; further statements of the grant get a number after it.
    pub sid: Option<String>,
}

impl Grant {
    /// A grant of resources alone.
    pub fn new(access: Access, resource_arns: Vec<String>) -> Self {
        let (prefixes, kms_key_arns, sid) = Default::default();
        Self { access, resource_arns, prefixes, kms_key_arns, sid }
    }
}

/// Why a grant cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GrantError {
    /// Not the ARN of something that can be granted.
    #[error(
        "\"{0}\" is not an ARN that a grant understands; expected that of an S3 bucket or of \
         objects in one (arn:aws:s3:::bucket, arn:aws:s3:::bucket/prefix/*), of a DynamoDB table \
         or stream, an SQS queue, an SNS topic, a Kinesis stream, a secret, a KMS key, a Lambda \
         function, an EventBridge bus, an ECR repository or a log group. Write a policy of your \
         own with inline_policies for anything else"
    )]
    Resource(String),
    /// The service has no such access.
    #[error(
        "access \"{}\" is not possible for \"{arn}\"; {service} has {}",
        access.name(),
        names(offered)
    )]
    Access {
        /// What was asked for.
        access: Access,
        /// To what.
        arn: String,
        /// The service's name, for people.
        service: &'static str,
        /// What there is.
        offered: Vec<Access>,
    },
    /// A grant that grants nothing.
    #[error("resource_arns is empty; name at least one resource")]
    Empty,
    /// A prefix where there are no keys.
    #[error("prefixes is for S3 buckets alone, and \"{0}\" is none")]
    PrefixOf(String),
    /// A prefix that would be read as a pattern.
    #[error(
        "the prefix \"{0}\" cannot be used; expected the beginning of a key without *, ? and $, \
         such as \"uploads/\""
    )]
    Prefix(String),
    /// Not the ARN of a key.
    #[error(
        "\"{0}\" is not the ARN of a KMS key; expected arn:aws:kms:<region>:<account>:key/<id>: \
         IAM does not follow aliases"
    )]
    Key(String),
    /// Keys for an access that uses none.
    #[error("kms_key_arns has no use with access \"{}\"", .0.name())]
    NoKey(Access),
    /// A name that IAM refuses.
    #[error("sid is \"{0}\"; expected letters and digits")]
    Sid(String),
    /// A name that two statements would have.
    #[error(
        "sid \"{0}\" is taken by another statement; the second statement of a grant has its sid \
         with a 2 after it, and so on"
    )]
    SidTaken(String),
}

impl GrantError {
    /// The attribute of the block that caused it.
    pub fn attribute(&self) -> &'static str {
        match self {
            Self::Resource(_) | Self::Access { .. } | Self::Empty => "resource_arns",
            Self::PrefixOf(_) | Self::Prefix(_) => "prefixes",
            Self::Key(_) | Self::NoKey(_) => "kms_key_arns",
            Self::Sid(_) | Self::SidTaken(_) => "sid",
        }
    }
}

/// The policy document of all grants, in order. `None` when there are none: no policy then.
pub fn document(grants: &[Grant]) -> Result<Option<Json>, GrantError> {
    let mut statements = Vec::new();
    for grant in grants {
        statements.extend(statements_of(grant)?);
    }
    let mut sids = BTreeSet::new();
    for sid in statements.iter().filter_map(|statement| statement["Sid"].as_str()) {
        if !sids.insert(sid) {
            return Err(GrantError::SidTaken(sid.to_owned()));
        }
    }
    if statements.is_empty() {
        return Ok(None);
    }
    Ok(Some(json!({ "Version": "2012-10-17", "Statement": statements })))
}

/// Checks one ARN against the access asked for: for messages at plan, before the rest is known.
pub fn check(access: Access, arn: &str) -> Result<(), GrantError> {
    let service = Service::of(arn).ok_or_else(|| GrantError::Resource(arn.to_owned()))?;
    if service.actions(access).is_none() {
        let offered =
            Access::ALL.into_iter().filter(|access| service.actions(*access).is_some()).collect();
        let arn = arn.to_owned();
        return Err(GrantError::Access { access, arn, service: service.name(), offered });
    }
    Ok(())
}

/// Checks what of a grant is known already: `None` stands for what is not. All that is wrong.
pub fn check_grant(
    access: Access,
    resource_arns: Option<&[String]>,
    prefixes: &[String],
    kms_key_arns: &[String],
    sid: Option<&str>,
) -> Vec<GrantError> {
    let mut found = Vec::new();
    if let Some(arns) = resource_arns {
        found.extend(arns.iter().filter_map(|arn| check(access, arn).err()));
        if arns.is_empty() {
            found.push(GrantError::Empty);
        }
        let other = arns.iter().find(|arn| !is_bucket(arn));
        if let (false, Some(other)) = (prefixes.is_empty(), other) {
            found.push(GrantError::PrefixOf(other.clone()));
        }
    }
    for prefix in prefixes {
        if prefix.is_empty() || prefix.contains(['*', '?', '$']) {
            found.push(GrantError::Prefix(prefix.clone()));
        }
    }
    let is_key = |arn: &str| Service::of(arn) == Some(Service::Kms);
    found.extend(
        kms_key_arns.iter().filter(|arn| !is_key(arn)).map(|arn| GrantError::Key(arn.clone())),
    );
    if !kms_key_arns.is_empty() && access.key_actions().is_empty() {
        found.push(GrantError::NoKey(access));
    }
    if let Some(sid) = sid
        && (sid.is_empty() || !sid.chars().all(|letter| letter.is_ascii_alphanumeric()))
    {
        found.push(GrantError::Sid(sid.to_owned()));
    }
    found
}

fn is_bucket(arn: &str) -> bool {
    Service::of(arn) == Some(Service::S3)
        && Arn::parse(arn).is_some_and(|arn| !arn.resource.contains('/'))
}

fn statements_of(grant: &Grant) -> Result<Vec<Json>, GrantError> {
    let Grant { access, resource_arns, prefixes, kms_key_arns, sid } = grant;
    let faults = check_grant(*access, Some(resource_arns), prefixes, kms_key_arns, sid.as_deref());
    if let Some(fault) = faults.into_iter().next() {
        return Err(fault);
    }
    let mut statements = Vec::new();
    for service in Service::ALL {
        let arns = resource_arns.iter().filter(|arn| Service::of(arn) == Some(service));
        let arns: Vec<&String> = arns.collect();
        if arns.is_empty() {
            continue;
        }
        if prefixes.is_empty() {
            let mut resources = Vec::new();
            for arn in arns {
                resources.push(arn.clone());
                resources.extend(service.contents(arn));
            }
            statements.push(allow(&service.actions(*access).unwrap_or_default(), &resources));
        } else {
            statements.extend(below_prefixes(*access, &arns, prefixes));
        }
        if !service.account_wide().is_empty() {
            statements.push(allow(service.account_wide(), &["*".to_owned()]));
        }
    }
    if !kms_key_arns.is_empty() {
        statements.push(allow(access.key_actions(), kms_key_arns));
    }
    if let Some(sid) = sid {
        for (index, statement) in statements.iter_mut().enumerate() {
            let number = if index == 0 { String::new() } else { (index + 1).to_string() };
            statement["Sid"] = format!("{sid}{number}").into();
        }
    }
    Ok(statements)
}

/// Objects whose keys begin so, and of the bucket only what shows no other keys.
fn below_prefixes(access: Access, buckets: &[&String], prefixes: &[String]) -> Vec<Json> {
    let objects: Vec<String> = buckets
        .iter()
        .flat_map(|bucket| prefixes.iter().map(move |prefix| format!("{bucket}/{prefix}*")))
        .collect();
    let buckets: Vec<String> = buckets.iter().map(|bucket| (*bucket).clone()).collect();
    let parts: &[&[&str]] = match access {
        Access::Read => &[S3_READ_OBJECTS],
        Access::ReadWrite => &[S3_READ_OBJECTS, S3_WRITE, S3_DELETE],
        Access::Delete => &[S3_DELETE],
        _ => &[S3_WRITE],
    };
    let mut statements = vec![allow(&parts.concat(), &objects)];
    if matches!(access, Access::Read | Access::ReadWrite) {
        let patterns: Vec<String> = prefixes.iter().map(|prefix| format!("{prefix}*")).collect();
        let mut list = allow(S3_LIST, &buckets);
        list["Condition"] = json!({ "StringLike": { "s3:prefix": patterns } });
        statements.push(list);
        statements.push(allow(S3_LOCATE, &buckets));
    }
    statements
}

fn allow(actions: &[&str], resources: &[String]) -> Json {
    json!({ "Effect": "Allow", "Action": actions, "Resource": resources })
}

fn names(accesses: &[Access]) -> String {
    accesses.iter().map(|access| access.name()).collect::<Vec<_>>().join(", ")
}
