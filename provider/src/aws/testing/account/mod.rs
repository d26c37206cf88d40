//! An AWS account in memory, as far as this provider's adapters ask.
//!
//! It keeps what it is given and refuses what is taken or missing, in AWS's form. Permissions,
//! quotas and delays it does not have: scripts and the acceptance tests do.

mod apigateway;
mod ec2;
mod event_sources;
mod events;
mod iam;
mod lambda;
mod logs;
mod s3;
mod scheduler;
mod secrets;
mod sns;
mod sqs;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use aws_config::retry::RetryConfig;

use self::ec2::Interface;
use self::iam::{OidcProvider, Role};
use super::request::Request;
use super::{Answer, Answers, config, iam_error, json_error, waiter, xml};
use crate::aws::{Aws, AwsSettings};

/// Whose account it is.
const ACCOUNT_ID: &str = "111122223333";

/// The region of its clients.
pub(crate) const REGION: &str = "us-east-1";

/// The account. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Account {
    contents: Arc<Mutex<Contents>>,
    calls: Arc<Mutex<Calls>>,
    watcher: Arc<Mutex<Option<Watcher>>>,
}

/// Looks at what is there after each call.
type Watcher = Box<dyn FnMut(&Contents) + Send>;

/// Operations are names, or methods and paths of Lambda.
#[derive(Default)]
struct Calls {
    asked: BTreeSet<String>,
    trouble: Option<(String, Trouble)>,
}

/// What may happen to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The caller may not do this.
    Denied,
    /// It is done, and the answer does not arrive.
    Lost,
}

/// All that is in it, in AWS's own words.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Contents {
    pub(crate) roles: BTreeMap<String, Role>,
    /// By ARN.
    pub(crate) oidc_providers: BTreeMap<String, OidcProvider>,
    /// `GetFunction`'s answers, by name.
    pub(crate) functions: BTreeMap<String, serde_json::Value>,
    /// `DescribeLogGroups`'s members with their tags, by name.
    pub(crate) log_groups: BTreeMap<String, serde_json::Value>,
    /// By id.
    pub(crate) interfaces: BTreeMap<String, Interface>,
    /// `GetApi`'s answers with what is in each API, by id.
    pub(crate) apis: BTreeMap<String, serde_json::Value>,
    /// The notifications of each bucket, in XML, by the bucket's name.
    pub(crate) buckets: BTreeMap<String, String>,
    /// `DescribeSecret`'s answers, by ARN.
    pub(crate) secrets: BTreeMap<String, serde_json::Value>,
    /// The value of each secret's current version, by ARN.
    pub(crate) secret_values: BTreeMap<String, String>,
    /// The resource policies of secrets, by ARN.
    pub(crate) secret_policies: BTreeMap<String, String>,
    /// `GetEventSourceMapping`'s answers with their tags, by UUID.
    pub(crate) mappings: BTreeMap<String, serde_json::Value>,
    /// Seconds for which each queue hides a message, by its name.
    pub(crate) queues: BTreeMap<String, i64>,
    /// What is subscribed to topics: its attributes, by the subscription's ARN.
    pub(crate) subscriptions: BTreeMap<String, BTreeMap<String, String>>,
    /// `DescribeRule`'s answers with their targets and tags, by bus and name.
    pub(crate) rules: BTreeMap<String, serde_json::Value>,
    /// `GetSchedule`'s answers, by group and name.
    pub(crate) schedules: BTreeMap<String, serde_json::Value>,
    /// What is in other regions than [`REGION`], by their names.
    pub(crate) elsewhere: BTreeMap<String, Contents>,
    /// `None` for [`REGION`].
    region: Option<String>,
    /// How many objects were made, so that no two are alike.
    made: usize,
}

impl Contents {
    fn region(&self) -> &str {
        self.region.as_deref().unwrap_or(REGION)
    }

    fn of_region(&mut self, region: &str) -> &mut Self {
        if region == REGION {
            return self;
        }
        let fresh = || Self { region: Some(region.to_owned()), ..Self::default() };
        self.elsewhere.entry(region.to_owned()).or_insert_with(fresh)
    }

    fn next(&mut self) -> usize {
        self.made += 1;
        self.made
    }
}

impl Account {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// One with a bridge, `worker`, which takes 30 seconds, and its role; and with a queue, `jobs`.
    pub(crate) fn with_worker() -> Self {
        let account = Self::new();
        account.edit(|contents| {
            contents.roles.insert("worker-role".to_owned(), Role::default());
            contents.queues.insert("jobs".to_owned(), 180);
            let function = serde_json::json!({
                "Configuration": {
                    "FunctionName": "worker",
                    "FunctionArn": format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:worker"),
                    "Role": format!("arn:aws:iam::{ACCOUNT_ID}:role/modal/worker-role"),
                    "Timeout": 30,
                    "State": "Active",
                },
                "Tags": {},
            });
            contents.functions.insert("worker".to_owned(), function);
        });
        account
    }

    /// The adapters, on this account.
    pub(crate) fn aws(&self) -> Aws {
        let config = config(self.clone(), RetryConfig::disabled());
        Aws::new(&config, &AwsSettings::default(), &waiter())
    }

    /// What is there now.
    pub(crate) fn contents(&self) -> Contents {
        self.contents.lock().unwrap().clone()
    }

    /// Every operation that was asked for.
    pub(crate) fn asked(&self) -> BTreeSet<String> {
        self.calls.lock().unwrap().asked.clone()
    }

    /// From now on, every call of this operation has that trouble.
    pub(crate) fn trouble(&self, operation: &str, trouble: Trouble) {
        self.calls.lock().unwrap().trouble = Some((operation.to_owned(), trouble));
    }

    /// No call has any trouble.
    pub(crate) fn no_trouble(&self) {
        self.calls.lock().unwrap().trouble = None;
    }

    /// Shows `look` what is there after each call from now on.
    pub(crate) fn watch(&self, look: impl FnMut(&Contents) + Send + 'static) {
        *self.watcher.lock().unwrap() = Some(Box::new(look));
    }

    /// Changes what is there, as somebody else may.
    pub(crate) fn edit(&self, change: impl FnOnce(&mut Contents)) {
        change(&mut self.contents.lock().unwrap());
    }
}

impl Answers for Account {
    fn answer(&self, request: &Request) -> Answer {
        let operation = request.operation();
        let mut calls = self.calls.lock().unwrap();
        calls.asked.insert(operation.clone());
        let trouble = calls.trouble.as_ref().filter(|(troubled, _)| *troubled == operation);
        match trouble.map(|(_, trouble)| trouble) {
            Some(Trouble::Denied) if request.service == "s3" => s3::denied(),
            Some(Trouble::Denied) if request.service == "ec2" => ec2::denied(),
            Some(Trouble::Denied) if request.is_form() => {
                iam_error(403, "AccessDenied", "not allowed")
            }
            Some(Trouble::Denied) => json_error(403, "AccessDeniedException", "not allowed"),
            Some(Trouble::Lost) => {
                self.done(request, &operation);
                Answer::Lost
            }
            None => self.done(request, &operation),
        }
    }
}

impl Account {
    fn done(&self, request: &Request, operation: &str) -> Answer {
        let mut contents = self.contents.lock().unwrap();
        let target = request.target.as_deref().and_then(|target| target.split_once('.'));
        let answer = match target {
            Some(("secretsmanager", operation)) => {
                secrets::answer(contents.of_region(&request.region), operation, &body(request))
            }
            Some((service, operation)) if service.starts_with("Logs_") => {
                logs::answer(contents.of_region(&request.region), operation, &body(request))
            }
            Some(("AmazonSQS", operation)) => {
                sqs::answer(contents.of_region(&request.region), operation, &body(request))
            }
            Some(("AWSEvents", operation)) => {
                events::answer(contents.of_region(&request.region), operation, &body(request))
            }
            Some((service, _)) => panic!("{service} is not in this account"),
            None if operation == "GetCallerIdentity" => caller_identity(),
            None if request.service == "sns" => {
                sns::answer(contents.of_region(&request.region), &request.form())
            }
            None if request.service == "ec2" => {
                ec2::answer(&mut contents, &request.region, &request.form())
            }
            None if request.service == "scheduler" => {
                scheduler::answer(contents.of_region(&request.region), request)
            }
            None if request.is_form() => iam::answer(&mut contents, &request.form()),
            None if request.service == "apigateway" => {
                apigateway::answer(contents.of_region(&request.region), request)
            }
            None if request.service == "s3" => {
                s3::answer(contents.of_region(&request.region), request)
            }
            None => lambda::answer(contents.of_region(&request.region), request),
        };
        if let Some(look) = self.watcher.lock().unwrap().as_mut() {
            look(&contents);
        }
        answer
    }
}

fn body(request: &Request) -> serde_json::Value {
    serde_json::from_str(&request.body).unwrap()
}

fn caller_identity() -> Answer {
    xml(
        200,
        format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult>\
             <Arn>arn:aws:iam::{ACCOUNT_ID}:user/practitioner</Arn><Account>{ACCOUNT_ID}</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>"
        ),
    )
}

/// Tags as most services take and give them, as a map.
fn tags(list: &serde_json::Value) -> BTreeMap<String, String> {
    let tags = list.as_array().into_iter().flatten();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    tags.map(|tag| (text(&tag["Key"]), text(&tag["Value"]))).collect()
}
