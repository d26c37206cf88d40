//! What the bridge's Lambda function may do, and who may run as its role.
//!
//! The bridge reads one secret, decrypts what that secret alone is encrypted with, and writes to one
//! log group. It has no `logs:CreateLogGroup`: a log group that Terraform has destroyed must not come
//! back with the last invocation.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::arn::Arn;

/// Name of the inline policy on an execution role.
pub const POLICY_NAME: &str = "modal-bridge";

/// What one bridge uses of AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// The secret with the Modal token.
    pub secret_arn: String,
    /// Without the trailing `:*`.
    pub log_group_arn: String,
    /// The DynamoDB table that remembers events, where there is one.
    pub table_arn: Option<String>,
    /// What Lambda polls in the role's name. An ARN of no such service gives no right.
    pub event_source_arns: BTreeSet<String>,
    /// Queues, topics, functions, buses and buckets to which Lambda sends what became of an event.
    pub destination_arns: BTreeSet<String>,
    /// Whether Lambda sends traces to X-Ray.
    pub is_traced: bool,
    /// Whether Lambda makes network interfaces.
    pub is_in_vpc: bool,
}

/// What Lambda polls for a function, with the function's rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PollSource {
    /// An SQS queue.
    Queue,
    /// A Kinesis stream.
    KinesisStream,
    /// The stream of a DynamoDB table.
    TableStream,
}

impl PollSource {
    const ALL: [Self; 3] = [Self::Queue, Self::KinesisStream, Self::TableStream];

    /// Of which kind the thing with this ARN is; `None` where Lambda does not poll it.
    pub fn of(arn: &str) -> Option<Self> {
        let arn = Arn::parse(arn)?;
        match arn.service {
            "sqs" => Some(Self::Queue),
            "kinesis" if arn.resource.starts_with("stream/") => Some(Self::KinesisStream),
            "dynamodb" if arn.resource.contains("/stream/") => Some(Self::TableStream),
            _ => None,
        }
    }

    fn sid(self) -> &'static str {
        match self {
            Self::Queue => "PollQueues",
            Self::KinesisStream => "PollKinesisStreams",
            Self::TableStream => "PollTableStreams",
        }
    }

    /// The AWS Lambda developer guide, "Configuring permissions" of each event source.
    fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Queue => &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            Self::KinesisStream => &[
                "kinesis:DescribeStream",
                "kinesis:DescribeStreamSummary",
                "kinesis:GetRecords",
                "kinesis:GetShardIterator",
                "kinesis:ListShards",
                "kinesis:SubscribeToShard",
            ],
            Self::TableStream => {
                &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
            }
        }
    }
}

/// The execution role's policy of this provider.
pub fn execution_policy(needs: &Needs) -> Json {
    let Needs {
        secret_arn,
        log_group_arn,
        table_arn,
        event_source_arns,
        destination_arns,
        is_traced,
        is_in_vpc,
    } = needs;
    let mut statements = vec![
        allow("ReadModalToken", &["secretsmanager:GetSecretValue"], json!([secret_arn])),
        decrypt(secret_arn),
        allow(
            "WriteLogs",
            &["logs:CreateLogStream", "logs:PutLogEvents"],
            json!([format!("{log_group_arn}:*")]),
        ),
    ];
    if let Some(table) = table_arn {
        let actions = ["dynamodb:GetItem", "dynamodb:UpdateItem"];
        statements.push(allow("RememberEvents", &actions, json!([table])));
    }
    statements.extend(poll(event_source_arns));
    statements.extend(send(destination_arns));
    if *is_traced {
        let actions = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"];
        statements.push(allow("SendTraces", &actions, json!(["*"])));
    }
    if *is_in_vpc {
        statements.push(allow("UseVpc", VPC_ACTIONS, json!(["*"])));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// What a role must allow for one event source, and for where Lambda sends word of what it gave up.
pub fn event_source_policy(source_arn: &str, destination_arn: Option<&str>) -> Json {
    let mut sources = BTreeSet::from([source_arn.to_owned()]);
    // A consumer of a stream reads by a name of its own, and the stream is looked at as well.
    if let Some((stream, _)) = source_arn.split_once("/consumer/") {
        sources.insert(stream.to_owned());
    }
    let destinations: BTreeSet<_> = destination_arn.map(str::to_owned).into_iter().collect();
    let mut statements = poll(&sources);
    statements.extend(send(&destinations));
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// For all that Lambda polls, one statement for each kind.
fn poll(arns: &BTreeSet<String>) -> Vec<Json> {
    let mut statements = Vec::new();
    for source in PollSource::ALL {
        let of_this_kind = |arn: &&String| PollSource::of(arn) == Some(source);
        let arns: Vec<_> = arns.iter().filter(of_this_kind).collect();
        if arns.is_empty() {
            continue;
        }
        statements.push(allow(source.sid(), source.actions(), json!(arns)));
        if source == PollSource::TableStream {
            // Lambda asks for it, and it cannot be narrowed to a stream.
            statements.push(allow("ListTableStreams", &["dynamodb:ListStreams"], json!(["*"])));
        }
    }
    statements
}

/// For all that Lambda sends to, likewise.
fn send(arns: &BTreeSet<String>) -> Vec<Json> {
    let of = |service: &str| -> Vec<&String> {
        let of_this_kind =
            |arn: &&String| Arn::parse(arn).is_some_and(|arn| arn.service == service);
        arns.iter().filter(of_this_kind).collect()
    };
    let statement = |(sid, service, action): &(&str, &str, &str)| {
        let arns = of(service);
        (!arns.is_empty()).then(|| allow(sid, &[action], json!(arns)))
    };
    let mut statements: Vec<_> = DESTINATIONS.iter().filter_map(statement).collect();
    let buckets = of("s3");
    if !buckets.is_empty() {
        statements.push(allow("ListBucket", &["s3:ListBucket"], json!(buckets)));
        let objects: Vec<_> = buckets.iter().map(|bucket| format!("{bucket}/*")).collect();
        statements.push(allow("PutObjects", &["s3:PutObject"], json!(objects)));
    }
    statements
}

/// Where Lambda sends, and what it must be allowed there.
const DESTINATIONS: &[(&str, &str, &str)] = &[
    ("SendToQueues", "sqs", "sqs:SendMessage"),
    ("PublishToTopics", "sns", "sns:Publish"),
    ("InvokeFunctions", "lambda", "lambda:InvokeFunction"),
    ("PutEvents", "events", "events:PutEvents"),
];

/// AWS managed policy AWSLambdaVPCAccessExecutionRole, without the logs. None can be narrowed to what
/// is there before Lambda has made it.
const VPC_ACTIONS: &[&str] = &[
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

/// The key is the secret's own affair and may change; Secrets Manager names the secret wherever it
/// uses a key (AWS Secrets Manager user guide, "Secret encryption and decryption").
fn decrypt(secret_arn: &str) -> Json {
    let mut statement = allow("DecryptModalToken", &["kms:Decrypt"], json!(["*"]));
    statement["Condition"] =
        json!({ "StringEquals": { "kms:EncryptionContext:SecretARN": secret_arn } });
    statement
}

fn allow(sid: &str, actions: &[&str], resources: Json) -> Json {
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources })
}

/// Lambda runs as the role, and nothing else does. The service has this name in every partition.
pub fn lambda_trust_policy() -> Json {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": ["lambda.amazonaws.com"] },
            "Action": ["sts:AssumeRole"],
        }],
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn needs() -> Needs {
        let region = "us-east-1:111122223333";
        Needs {
            secret_arn: format!("arn:aws:secretsmanager:{region}:secret:modal-AbCdEf"),
            log_group_arn: format!("arn:aws:logs:{region}:log-group:/aws/lambda/thumbnails"),
            table_arn: None,
            event_source_arns: BTreeSet::new(),
            destination_arns: BTreeSet::new(),
            is_traced: false,
            is_in_vpc: false,
        }
    }

    #[test]
    fn the_bridge_reads_its_secret_and_writes_its_logs_and_that_is_all() {
        let policy = execution_policy(&needs());
        expect![[r#"{"Version":"2012-10-17","Statement":[{"Sid":"ReadModalToken","Effect":"Allow","Action":["secretsmanager:GetSecretValue"],"Resource":["arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf"]},{"Sid":"DecryptModalToken","Effect":"Allow","Action":["kms:Decrypt"],"Resource":["*"],"Condition":{"StringEquals":{"kms:EncryptionContext:SecretARN":"arn:aws:secretsmanager:us-east-1:111122223333:secret:modal-AbCdEf"}}},{"Sid":"WriteLogs","Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":["arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/thumbnails:*"]}]}"#]]
            .assert_eq(&policy.to_string());
    }

    #[test]
    fn what_a_bridge_is_fed_from_and_remembers_with_is_added_and_no_more() {
        let region = "us-east-1:111122223333";
        let sources = [
            format!("arn:aws:sqs:{region}:jobs"),
            format!("arn:aws:sqs:{region}:more"),
            format!("arn:aws:kinesis:{region}:stream/clicks"),
            format!("arn:aws:dynamodb:{region}:table/orders/stream/2026-01-01T00:00:00.000"),
            format!("arn:aws:sns:{region}:topic"),
        ];
        let policy = execution_policy(&Needs {
            table_arn: Some(format!("arn:aws:dynamodb:{region}:table/seen")),
            event_source_arns: sources.into(),
            destination_arns: ["sqs", "sns", "lambda", "events"]
                .map(|service| format!("arn:aws:{service}:{region}:failed"))
                .into_iter()
                .chain(["arn:aws:s3:::failed".to_owned()])
                .collect(),
            is_traced: true,
            is_in_vpc: true,
            ..needs()
        });
        let added = &policy["Statement"].as_array().unwrap()[3..];
        let lines: Vec<_> = added.iter().map(ToString::to_string).collect();
        expect![[r#"
            {"Sid":"RememberEvents","Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:UpdateItem"],"Resource":["arn:aws:dynamodb:us-east-1:111122223333:table/seen"]}
            {"Sid":"PollQueues","Effect":"Allow","Action":["sqs:ReceiveMessage","sqs:DeleteMessage","sqs:GetQueueAttributes"],"Resource":["arn:aws:sqs:us-east-1:111122223333:jobs","arn:aws:sqs:us-east-1:111122223333:more"]}
            {"Sid":"PollKinesisStreams","Effect":"Allow","Action":["kinesis:DescribeStream","kinesis:DescribeStreamSummary","kinesis:GetRecords","kinesis:GetShardIterator","kinesis:ListShards","kinesis:SubscribeToShard"],"Resource":["arn:aws:kinesis:us-east-1:111122223333:stream/clicks"]}
            {"Sid":"PollTableStreams","Effect":"Allow","Action":["dynamodb:DescribeStream","dynamodb:GetRecords","dynamodb:GetShardIterator"],"Resource":["arn:aws:dynamodb:us-east-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000"]}
            {"Sid":"ListTableStreams","Effect":"Allow","Action":["dynamodb:ListStreams"],"Resource":["*"]}
            {"Sid":"SendToQueues","Effect":"Allow","Action":["sqs:SendMessage"],"Resource":["arn:aws:sqs:us-east-1:111122223333:failed"]}
            {"Sid":"PublishToTopics","Effect":"Allow","Action":["sns:Publish"],"Resource":["arn:aws:sns:us-east-1:111122223333:failed"]}
            {"Sid":"InvokeFunctions","Effect":"Allow","Action":["lambda:InvokeFunction"],"Resource":["arn:aws:lambda:us-east-1:111122223333:failed"]}
            {"Sid":"PutEvents","Effect":"Allow","Action":["events:PutEvents"],"Resource":["arn:aws:events:us-east-1:111122223333:failed"]}
            {"Sid":"ListBucket","Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::failed"]}
            {"Sid":"PutObjects","Effect":"Allow","Action":["s3:PutObject"],"Resource":["arn:aws:s3:::failed/*"]}
            {"Sid":"SendTraces","Effect":"Allow","Action":["xray:PutTelemetryRecords","xray:PutTraceSegments"],"Resource":["*"]}
            {"Sid":"UseVpc","Effect":"Allow","Action":["ec2:AssignPrivateIpAddresses","ec2:CreateNetworkInterface","ec2:DeleteNetworkInterface","ec2:DescribeNetworkInterfaces","ec2:DescribeSubnets","ec2:UnassignPrivateIpAddresses"],"Resource":["*"]}"#]].assert_eq(&lines.join("\n"));
    }

    #[test]
    fn one_event_source_needs_no_more_than_its_own_and_its_destinations_rights() {
        let region = "us-east-1:111122223333";
        let lines = |source: &str, destination: Option<&str>| {
            let policy = event_source_policy(source, destination);
            let statements = policy["Statement"].as_array().unwrap().iter();
            statements.map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        expect![[r#"{"Sid":"PollQueues","Effect":"Allow","Action":["sqs:ReceiveMessage","sqs:DeleteMessage","sqs:GetQueueAttributes"],"Resource":["arn:aws:sqs:us-east-1:111122223333:jobs"]}"#]].assert_eq(&lines(&format!("arn:aws:sqs:{region}:jobs"), None));
        expect![[r#"
            {"Sid":"PollKinesisStreams","Effect":"Allow","Action":["kinesis:DescribeStream","kinesis:DescribeStreamSummary","kinesis:GetRecords","kinesis:GetShardIterator","kinesis:ListShards","kinesis:SubscribeToShard"],"Resource":["arn:aws:kinesis:us-east-1:111122223333:stream/clicks","arn:aws:kinesis:us-east-1:111122223333:stream/clicks/consumer/images:1"]}
            {"Sid":"ListBucket","Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::failed"]}
            {"Sid":"PutObjects","Effect":"Allow","Action":["s3:PutObject"],"Resource":["arn:aws:s3:::failed/*"]}"#]].assert_eq(&lines(
            &format!("arn:aws:kinesis:{region}:stream/clicks/consumer/images:1"),
            Some("arn:aws:s3:::failed"),
        ));
        expect![[r#"
            {"Sid":"PollTableStreams","Effect":"Allow","Action":["dynamodb:DescribeStream","dynamodb:GetRecords","dynamodb:GetShardIterator"],"Resource":["arn:aws:dynamodb:us-east-1:111122223333:table/orders/stream/2026-01-01T00:00:00.000"]}
            {"Sid":"ListTableStreams","Effect":"Allow","Action":["dynamodb:ListStreams"],"Resource":["*"]}
            {"Sid":"PublishToTopics","Effect":"Allow","Action":["sns:Publish"],"Resource":["arn:aws:sns:us-east-1:111122223333:failed"]}"#]].assert_eq(&lines(
            &format!("arn:aws:dynamodb:{region}:table/orders/stream/2026-01-01T00:00:00.000"),
            Some(&format!("arn:aws:sns:{region}:failed")),
        ));
    }

    #[test]
    fn lambda_alone_runs_as_the_role() {
        expect![[r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com"]},"Action":["sts:AssumeRole"]}]}"#]]
            .assert_eq(&lambda_trust_policy().to_string());
    }
}
