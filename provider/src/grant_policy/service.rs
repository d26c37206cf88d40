//! The services whose resources can be granted: how their ARNs look, and the actions.
//!
//! The actions are those of AWS CDK's `grantRead`, `grantWrite` and so on (aws-cdk-lib 2.215), which
//! practitioners know. Where they differ, `docs/guides/grants.md` says why.

use super::access::Access;
use crate::arn::Arn;

/// A service, or a part of one that has actions of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    S3,
    DynamoDb,
    DynamoDbStream,
    Sqs,
    Sns,
    Kinesis,
    SecretsManager,
    Kms,
    Lambda,
    EventBridge,
    Ecr,
    Logs,
}

/// Actions for one access.
type Actions = &'static [&'static str];

impl Service {
    /// Every service, in the order of the documentation.
    pub(super) const ALL: [Self; 12] = [
        Self::S3,
        Self::DynamoDb,
        Self::DynamoDbStream,
        Self::Sqs,
        Self::Sns,
        Self::Kinesis,
        Self::SecretsManager,
        Self::Kms,
        Self::Lambda,
        Self::EventBridge,
        Self::Ecr,
        Self::Logs,
    ];

    /// The service of a resource that can be granted.
    pub(super) fn of(arn: &str) -> Option<Self> {
        let Arn { service, region, account, resource, .. } = Arn::parse(arn)?;
        if service == "s3" {
            let bucket = resource.split('/').next().unwrap_or_default();
            let is_bucket = region.is_empty() && account.is_empty() && !bucket.is_empty();
            return is_bucket.then_some(Self::S3);
        }
        if region.is_empty() || account.is_empty() {
            return None;
        }
        let below = |kind: &str| {
            let name = resource.strip_prefix(kind)?;
            (!name.is_empty() && !name.starts_with(':')).then_some(name)
        };
        let is = |kind: &str, service: Self| below(kind).map(|_| service);
        match service {
            "dynamodb" => below("table/").filter(|table| !table.starts_with('/')).map(|table| {
                if table.contains("/stream/") { Self::DynamoDbStream } else { Self::DynamoDb }
            }),
            "sqs" if !resource.contains([':', '/']) => Some(Self::Sqs),
            "sns" if !resource.contains([':', '/']) => Some(Self::Sns),
            "kinesis" => is("stream/", Self::Kinesis),
            "secretsmanager" => is("secret:", Self::SecretsManager),
            "kms" => is("key/", Self::Kms),
            "lambda" => is("function:", Self::Lambda),
            "events" => is("event-bus/", Self::EventBridge),
            "ecr" => is("repository/", Self::Ecr),
            "logs" => is("log-group:", Self::Logs),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::DynamoDb => "DynamoDB",
            Self::DynamoDbStream => "a DynamoDB stream",
            Self::Sqs => "SQS",
            Self::Sns => "SNS",
            Self::Kinesis => "Kinesis",
            Self::SecretsManager => "Secrets Manager",
            Self::Kms => "KMS",
            Self::Lambda => "Lambda",
            Self::EventBridge => "EventBridge",
            Self::Ecr => "ECR",
            Self::Logs => "CloudWatch Logs",
        }
    }

    /// `None` where the service has no such access.
    pub(super) fn actions(self, access: Access) -> Option<Vec<&'static str>> {
        use Access::{Consume, Delete, Invoke, Publish, Read, ReadWrite, Send, Write};
        let parts: &[Actions] = match (self, access) {
            (Self::S3, Read) => &[S3_READ],
            (Self::S3, Write) => &[S3_WRITE],
            (Self::S3, ReadWrite) => &[S3_READ, S3_WRITE, S3_DELETE],
            (Self::S3, Delete) => &[S3_DELETE],
            (Self::DynamoDb, Read) => &[DYNAMODB_READ, DYNAMODB_DESCRIBE],
            (Self::DynamoDb, Write) => &[DYNAMODB_WRITE, DYNAMODB_DESCRIBE],
            (Self::DynamoDb, ReadWrite) => &[DYNAMODB_READ, DYNAMODB_WRITE, DYNAMODB_DESCRIBE],
            (Self::DynamoDbStream, Read | Consume) => &[DYNAMODB_STREAM],
            (Self::Sqs, Consume) => &[SQS_CONSUME, SQS_DESCRIBE],
            (Self::Sqs, Send) => &[SQS_SEND, SQS_DESCRIBE],
            (Self::Sns, Publish) => &[&["sns:Publish"]],
            (Self::Kinesis, Read | Consume) => &[KINESIS_READ, KINESIS_SHARDS],
            (Self::Kinesis, Write) => &[KINESIS_WRITE, KINESIS_SHARDS],
            (Self::Kinesis, ReadWrite) => &[KINESIS_READ, KINESIS_WRITE, KINESIS_SHARDS],
            (Self::SecretsManager, Read) => &[SECRET_READ],
            (Self::SecretsManager, Write) => &[SECRET_WRITE],
            (Self::SecretsManager, ReadWrite) => &[SECRET_READ, SECRET_WRITE],
            (Self::Kms, Read) => &[KMS_READ],
            (Self::Kms, Write) => &[KMS_WRITE],
            (Self::Kms, ReadWrite) => &[KMS_READ, KMS_WRITE],
            (Self::Lambda, Invoke) => &[&["lambda:InvokeFunction"]],
            (Self::EventBridge, Publish) => &[&["events:PutEvents"]],
            (Self::Ecr, Read) => &[ECR_PULL],
            (Self::Logs, Read) => &[LOGS_READ],
            (Self::Logs, Write) => &[LOGS_WRITE],
            (Self::Logs, ReadWrite) => &[LOGS_READ, LOGS_WRITE],
            _ => return None,
        };
        Some(parts.concat())
    }

    /// Actions that IAM ties to no resource, which the access is useless without.
    pub(super) fn account_wide(self) -> Actions {
        match self {
            Self::Ecr => &["ecr:GetAuthorizationToken"],
            _ => &[],
        }
    }

    /// The ARN of what is in the resource, as the policy must name it beside the resource itself.
    /// `None` for one that has no parts, and for an ARN that already goes deeper.
    pub(super) fn contents(self, arn: &str) -> Option<String> {
        let resource = Arn::parse(arn).map_or(arn, |arn| arn.resource);
        let (slashes, colons) = (resource.matches('/').count(), resource.matches(':').count());
        match self {
            Self::S3 => (slashes == 0).then(|| format!("{arn}/*")),
            Self::DynamoDb => (slashes == 1).then(|| format!("{arn}/index/*")),
            Self::Kinesis => (slashes == 1).then(|| format!("{arn}/consumer/*")),
            Self::Lambda | Self::Logs => (colons == 1).then(|| format!("{arn}:*")),
            _ => None,
        }
    }
}

/// Reading objects below a prefix: what of [`S3_READ`] is about objects.
pub(super) const S3_READ_OBJECTS: Actions = &["s3:GetObject*", "s3:ListMultipartUploadParts"];
/// Listing a bucket, which IAM can confine to a prefix.
pub(super) const S3_LIST: Actions = &["s3:ListBucket", "s3:ListBucketVersions"];
/// What SDKs ask of any bucket.
pub(super) const S3_LOCATE: Actions = &["s3:GetBucketLocation"];
pub(super) const S3_WRITE: Actions = &[
    "s3:PutObject",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
    "s3:PutObjectTagging",
    "s3:PutObjectVersionTagging",
    "s3:Abort*",
];
pub(super) const S3_DELETE: Actions = &["s3:DeleteObject*"];
const S3_READ: Actions = &["s3:GetObject*", "s3:GetBucket*", "s3:List*"];
const DYNAMODB_READ: Actions = &[
    "dynamodb:BatchGetItem",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:Query",
    "dynamodb:GetItem",
    "dynamodb:Scan",
    "dynamodb:ConditionCheckItem",
];
const DYNAMODB_WRITE: Actions =
    &["dynamodb:BatchWriteItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];
const DYNAMODB_DESCRIBE: Actions = &["dynamodb:DescribeTable"];
const DYNAMODB_STREAM: Actions =
    &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"];
const SQS_CONSUME: Actions =
    &["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"];
const SQS_SEND: Actions = &["sqs:SendMessage"];
const SQS_DESCRIBE: Actions = &["sqs:GetQueueAttributes", "sqs:GetQueueUrl"];
const KINESIS_READ: Actions = &[
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:SubscribeToShard",
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamConsumer",
];
const KINESIS_WRITE: Actions = &["kinesis:PutRecord", "kinesis:PutRecords"];
const KINESIS_SHARDS: Actions = &["kinesis:ListShards"];
const SECRET_READ: Actions = &["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"];
const SECRET_WRITE: Actions = &[
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecret",
    "secretsmanager:UpdateSecretVersionStage",
];
const KMS_READ: Actions = &["kms:Decrypt", "kms:DescribeKey"];
const KMS_WRITE: Actions = &["kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"];
const ECR_PULL: Actions =
    &["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"];
const LOGS_READ: Actions = &[
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogGroupFields",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
];
const LOGS_WRITE: Actions = &["logs:CreateLogStream", "logs:PutLogEvents"];
