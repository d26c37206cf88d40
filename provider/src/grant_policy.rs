//! Grants: what a Modal function may do with S3 buckets and DynamoDB tables, as one IAM policy.
//!
//! The actions are those of AWS CDK's `grantRead`, `grantWrite` and so on (aws-cdk-lib 2.215,
//! `aws-s3/lib/perms.ts` and `aws-dynamodb/lib/perms.ts`), which practitioners know.

use serde_json::{Value as Json, json};
use thiserror::Error;

use crate::arn::Arn;
use crate::policy_document;

/// Name of the inline policy that holds every grant of a role.
pub const POLICY_NAME: &str = "modal-grants";

/// What may be done with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read and list.
    Read,
    /// Add and overwrite; in DynamoDB also delete.
    Write,
    /// Both, and delete.
    ReadWrite,
    /// Delete objects.
    Delete,
}

impl Access {
    /// Every access, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::ReadWrite, Self::Delete];

    /// As the practitioner writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::ReadWrite => "read_write",
            Self::Delete => "delete",
        }
    }

    /// The access of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|access| access.name() == name)
    }
}

/// One `grant` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What may be done.
    pub access: Access,
    /// To which resources. Buckets and tables include what is in them.
    pub resource_arns: Vec<String>,
}

/// Why a grant cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GrantError {
    /// Not the ARN of a bucket, of objects, or of a table.
    #[error(
        "\"{0}\" is not an ARN that a grant understands; expected an S3 bucket or objects in one \
         (arn:aws:s3:::bucket, arn:aws:s3:::bucket/prefix/*), or a DynamoDB table \
         (arn:aws:dynamodb:us-east-1:111122223333:table/name). Attach a policy of your own with \
         policy_arns for anything else"
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
    #[error("resource_arns is empty; name at least one bucket or table")]
    Empty,
}

/// The policy document of all grants, in order. `None` when there are none: no policy then.
pub fn document(grants: &[Grant]) -> Result<Option<Json>, GrantError> {
    let mut statements = Vec::new();
    for grant in grants {
        statements.extend(statements_of(grant)?);
    }
    if statements.is_empty() {
        return Ok(None);
    }
    Ok(Some(json!({ "Version": "2012-10-17", "Statement": statements })))
}

/// The way back. Accepts only what [`document`] would write, so that an edited policy shows.
///
/// A grant over both services comes back as two.
pub fn parse(policy: &Json) -> Option<Vec<Grant>> {
    let statements = match &policy["Statement"] {
        Json::Array(statements) => statements.as_slice(),
        lone => std::slice::from_ref(lone),
    };
    let grants = statements.iter().map(parse_statement).collect::<Option<Vec<_>>>()?;
    let ours = document(&grants).ok()??;
    policy_document::equivalent(&ours, policy).then_some(grants)
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    S3,
    DynamoDb,
}

impl Service {
    const ALL: [Self; 2] = [Self::S3, Self::DynamoDb];

    fn of(arn: &str) -> Option<Self> {
        let Arn { service, region, account, resource, .. } = Arn::parse(arn)?;
        match service {
            // Access points have a region and other actions.
            "s3" if region.is_empty() && account.is_empty() && !resource.starts_with('/') => {
                Some(Self::S3)
            }
            "dynamodb" if !region.is_empty() && !account.is_empty() => {
                let table = resource.strip_prefix("table/")?;
                (!table.is_empty() && !table.starts_with('/')).then_some(Self::DynamoDb)
            }
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::DynamoDb => "DynamoDB",
        }
    }

    fn actions(self, access: Access) -> Option<Vec<&'static str>> {
        let parts: &[&[&str]] = match (self, access) {
            (Self::S3, Access::Read) => &[S3_READ],
            (Self::S3, Access::Write) => &[S3_WRITE],
            (Self::S3, Access::ReadWrite) => &[S3_READ, S3_WRITE, S3_DELETE],
            (Self::S3, Access::Delete) => &[S3_DELETE],
            (Self::DynamoDb, Access::Read) => &[DYNAMODB_READ, DYNAMODB_DESCRIBE],
            (Self::DynamoDb, Access::Write) => &[DYNAMODB_WRITE, DYNAMODB_DESCRIBE],
            (Self::DynamoDb, Access::ReadWrite) => {
                &[DYNAMODB_READ, DYNAMODB_WRITE, DYNAMODB_DESCRIBE]
            }
            (Self::DynamoDb, Access::Delete) => return None,
        };
        Some(parts.concat())
    }

    /// The ARN of what is in the resource, as the policy must name it beside the resource itself.
    /// `None` for an ARN that already goes deeper.
    fn contents(self, arn: &str) -> Option<String> {
        let resource = Arn::parse(arn).map_or(arn, |arn| arn.resource);
        match self {
            Self::S3 => (!resource.contains('/')).then(|| format!("{arn}/*")),
            Self::DynamoDb => {
                (resource.matches('/').count() == 1).then(|| format!("{arn}/index/*"))
            }
        }
    }
}

const S3_READ: &[&str] = &["s3:GetObject*", "s3:GetBucket*", "s3:List*"];
const S3_WRITE: &[&str] = &[
    "s3:PutObject",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
    "s3:PutObjectTagging",
    "s3:PutObjectVersionTagging",
    "s3:Abort*",
];
const S3_DELETE: &[&str] = &["s3:DeleteObject*"];
const DYNAMODB_READ: &[&str] = &[
    "dynamodb:BatchGetItem",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:Query",
    "dynamodb:GetItem",
    "dynamodb:Scan",
    "dynamodb:ConditionCheckItem",
];
const DYNAMODB_WRITE: &[&str] =
    &["dynamodb:BatchWriteItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];
const DYNAMODB_DESCRIBE: &[&str] = &["dynamodb:DescribeTable"];

fn statements_of(grant: &Grant) -> Result<Vec<Json>, GrantError> {
    if grant.resource_arns.is_empty() {
        return Err(GrantError::Empty);
    }
    for arn in &grant.resource_arns {
        check(grant.access, arn)?;
    }
    let statement = |service: Service| {
        let mut resources = Vec::new();
        for arn in grant.resource_arns.iter().filter(|arn| Service::of(arn) == Some(service)) {
            resources.push(arn.clone());
            resources.extend(service.contents(arn));
        }
        let actions = service.actions(grant.access)?;
        (!resources.is_empty())
            .then(|| json!({ "Effect": "Allow", "Action": actions, "Resource": resources }))
    };
    Ok(Service::ALL.into_iter().filter_map(statement).collect())
}

fn parse_statement(statement: &Json) -> Option<Grant> {
    let mut actions = texts(&statement["Action"])?;
    actions.sort_unstable();
    let written = texts(&statement["Resource"])?;
    let service = Service::of(written.first()?)?;
    let access = Access::ALL.into_iter().find(|access| {
        let mut ours = service.actions(*access).unwrap_or_default();
        ours.sort_unstable();
        ours == actions
    })?;
    let contents: Vec<String> = written.iter().filter_map(|arn| service.contents(arn)).collect();
    let resource_arns = written
        .into_iter()
        .filter(|arn| !contents.iter().any(|contents| contents == arn))
        .map(str::to_owned)
        .collect();
    Some(Grant { access, resource_arns })
}

fn texts(value: &Json) -> Option<Vec<&str>> {
    match value {
        Json::String(text) => Some(vec![text]),
        Json::Array(values) => values.iter().map(Json::as_str).collect(),
        _ => None,
    }
}

fn names(accesses: &[Access]) -> String {
    accesses.iter().map(|access| access.name()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const BUCKET: &str = "arn:aws:s3:::images";
    const TABLE: &str = "arn:aws:dynamodb:us-east-1:111122223333:table/chat";

    fn grant(access: Access, arns: &[&str]) -> Grant {
        Grant { access, resource_arns: arns.iter().map(|arn| (*arn).to_owned()).collect() }
    }

    #[test]
    fn a_bucket_includes_its_objects_and_a_table_its_indexes() {
        let policy =
            document(&[grant(Access::ReadWrite, &[BUCKET]), grant(Access::ReadWrite, &[TABLE])]);
        expect![[r#"
            {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Effect": "Allow",
                  "Action": [
                    "s3:GetObject*",
                    "s3:GetBucket*",
                    "s3:List*",
                    "s3:PutObject",
                    "s3:PutObjectLegalHold",
                    "s3:PutObjectRetention",
                    "s3:PutObjectTagging",
                    "s3:PutObjectVersionTagging",
                    "s3:Abort*",
                    "s3:DeleteObject*"
                  ],
                  "Resource": [
                    "arn:aws:s3:::images",
                    "arn:aws:s3:::images/*"
                  ]
                },
                {
                  "Effect": "Allow",
                  "Action": [
                    "dynamodb:BatchGetItem",
                    "dynamodb:GetRecords",
                    "dynamodb:GetShardIterator",
                    "dynamodb:Query",
                    "dynamodb:GetItem",
                    "dynamodb:Scan",
                    "dynamodb:ConditionCheckItem",
                    "dynamodb:BatchWriteItem",
                    "dynamodb:PutItem",
                    "dynamodb:UpdateItem",
                    "dynamodb:DeleteItem",
                    "dynamodb:DescribeTable"
                  ],
                  "Resource": [
                    "arn:aws:dynamodb:us-east-1:111122223333:table/chat",
                    "arn:aws:dynamodb:us-east-1:111122223333:table/chat/index/*"
                  ]
                }
              ]
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&policy.unwrap().unwrap()).unwrap());
    }

    #[test]
    fn reading_and_writing_apart_cannot_delete_objects() {
        for access in [Access::Read, Access::Write] {
            let policy = document(&[grant(access, &[BUCKET])]).unwrap().unwrap();
            assert!(!policy.to_string().contains("Delete"), "{policy}");
        }
    }

    #[test]
    fn an_arn_that_goes_deeper_is_taken_as_it_is() {
        let prefix = "arn:aws:s3:::images/in/*";
        let policy = document(&[grant(Access::Read, &[prefix])]).unwrap().unwrap();
        assert_eq!(policy["Statement"][0]["Resource"], json!([prefix]));
    }

    #[test]
    fn no_grants_are_no_policy() {
        assert_eq!(document(&[]), Ok(None));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let grants = [
            grant(Access::Read, &[BUCKET, "arn:aws:s3:::other/in/*"]),
            grant(Access::Delete, &[BUCKET]),
            grant(Access::Write, &[TABLE, "arn:aws-cn:dynamodb:cn-north-1:111122223333:table/b"]),
        ];
        let policy = document(&grants).unwrap().unwrap();
        assert_eq!(parse(&policy), Some(grants.to_vec()));
    }

    #[test]
    fn a_grant_over_two_services_is_two_statements() {
        let policy = document(&[grant(Access::Read, &[TABLE, BUCKET])]).unwrap().unwrap();
        let apart = vec![grant(Access::Read, &[BUCKET]), grant(Access::Read, &[TABLE])];
        assert_eq!(parse(&policy), Some(apart));
    }

    #[test]
    fn an_edited_policy_is_not_ours() {
        let edits: [fn(&mut Json); 4] = [
            |policy| policy["Statement"][0]["Action"] = json!("s3:*"),
            |policy| policy["Statement"][0]["Resource"] = json!("arn:aws:s3:::images"),
            |policy| policy["Statement"][0]["Effect"] = json!("Deny"),
            |policy| policy["Statement"][0]["Condition"] = json!({ "Bool": { "x": "true" } }),
        ];
        for edit in edits {
            let mut policy = document(&[grant(Access::Read, &[BUCKET])]).unwrap().unwrap();
            edit(&mut policy);
            assert_eq!(parse(&policy), None, "{policy}");
        }
    }

    #[test]
    fn what_cannot_be_granted_is_explained() {
        let refusal = |access, arn| document(&[grant(access, &[arn])]).unwrap_err().to_string();
        expect![[r#""arn:aws:sqs:us-east-1:111122223333:jobs" is not an ARN that a grant understands; expected an S3 bucket or objects in one (arn:aws:s3:::bucket, arn:aws:s3:::bucket/prefix/*), or a DynamoDB table (arn:aws:dynamodb:us-east-1:111122223333:table/name). Attach a policy of your own with policy_arns for anything else"#]]
            .assert_eq(&refusal(Access::Read, "arn:aws:sqs:us-east-1:111122223333:jobs"));
        expect![[r#"access "delete" is not possible for "arn:aws:dynamodb:us-east-1:111122223333:table/chat"; DynamoDB has read, write, read_write"#]]
            .assert_eq(&refusal(Access::Delete, TABLE));
        for bad in ["", "images", "arn:aws:s3:::", "arn:aws:s3:us-east-1:1:accesspoint/a", "*"] {
            assert!(refusal(Access::Read, bad).contains("is not an ARN"), "{bad}");
        }
        let empty = document(&[grant(Access::Read, &[])]).unwrap_err();
        expect!["resource_arns is empty; name at least one bucket or table"]
            .assert_eq(&empty.to_string());
    }

    #[test]
    fn accesses_have_the_names_that_practitioners_write() {
        for access in Access::ALL {
            assert_eq!(Access::from_name(access.name()), Some(access));
        }
        assert_eq!(Access::from_name("admin"), None);
    }
}
