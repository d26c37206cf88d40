//! CloudWatch log groups: what this provider asks of them, and nothing more.

use aws_sdk_cloudwatchlogs::Client;

use super::error::{AwsError, Fault};
use super::iam::{absent, gone_is_fine};
use super::limit::limited;
use super::waiter::Waiter;
use crate::tags::{OWNER, TagChanges, Tags};

/// The log groups of one account and region.
#[derive(Debug, Clone)]
pub struct Logs {
    client: Client,
    waiter: Waiter,
}

/// A log group as CloudWatch has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroup {
    /// Unique in account and region.
    pub name: String,
    /// Without the `:*` that CloudWatch puts at its end.
    pub arn: String,
    /// How it keeps what is in it.
    pub settings: LogGroupSettings,
    /// Every tag on it, the provider's own too.
    pub tags: Tags,
}

/// How a log group keeps what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroupSettings {
    /// `None`: for ever.
    pub retention_in_days: Option<i32>,
    /// ARN of the key; `None` for CloudWatch's own.
    pub kms_key_id: Option<String>,
    /// Chosen once.
    pub class: LogClass,
}

/// What a log group can do, and costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogClass {
    /// Everything.
    Standard,
    /// Less, for half the price.
    InfrequentAccess,
}

impl LogClass {
    /// As CloudWatch and the practitioner write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::InfrequentAccess => "INFREQUENT_ACCESS",
        }
    }

    /// The class of this name; an unknown one is the one that can least.
    pub fn from_name(name: &str) -> Self {
        if name == Self::Standard.name() { Self::Standard } else { Self::InfrequentAccess }
    }
}

impl Logs {
    /// An adapter that speaks through `client`.
    pub fn new(client: Client, waiter: Waiter) -> Self {
        Self { client, waiter }
    }

    /// The same with other waits.
    pub(super) fn waiting_by(&self, waiter: &Waiter) -> Self {
        let client = limited!(aws_sdk_cloudwatchlogs, self.client, waiter);
        Self { client, waiter: waiter.clone() }
    }

    /// Creates the log group of the bridge `owner`, or takes the one that carries its tag: left
    /// behind by a create that was cut short, or by a destroy that was.
    ///
    /// Fails with [`Fault::AlreadyExists`] when a log group of that name is not the bridge's, for
    /// its retention and its end are then somebody else's business. What was created is not looked
    /// at: a look that fails would make the caller forget it.
    pub async fn create_log_group(
        &self,
        name: &str,
        owner: &str,
        settings: &LogGroupSettings,
        tags: &Tags,
    ) -> Result<LogGroupSettings, AwsError> {
        const ACTION: &str = "logs:CreateLogGroup";
        let created = self
            .patiently(|| async {
                let mut request = self
                    .client
                    .create_log_group()
                    .log_group_name(name)
                    .set_kms_key_id(settings.kms_key_id.clone())
                    .log_group_class(settings.class.name().into())
                    .tags(OWNER, owner);
                for (key, value) in tags {
                    request = request.tags(key, value);
                }
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk(ACTION, &error))
            })
            .await;
        let error = match created {
            Ok(_) => return Ok(LogGroupSettings { retention_in_days: None, ..settings.clone() }),
            Err(error) if error.fault != Fault::AlreadyExists && error.is_refusal() => {
                return Err(error);
            }
            Err(error) => error,
        };
        let not_found = |error: &AwsError| error.fault == Fault::NotFound;
        let found = self
            .waiter
            .retry(self.waiter.waits().consistency, not_found, || async {
                let found = self.find_log_group(name).await?;
                found.ok_or_else(|| error.clone().with_fault(Fault::NotFound))
            })
            .await?;
        let is_ours = found.tags.get(OWNER).is_some_and(|tag| tag == owner);
        if is_ours { Ok(found.settings) } else { Err(error) }
    }

    /// `None` when no log group has this name.
    pub async fn find_log_group(&self, name: &str) -> Result<Option<LogGroup>, AwsError> {
        let mut pages =
            self.client.describe_log_groups().log_group_name_prefix(name).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| AwsError::from_sdk("logs:DescribeLogGroups", &error))?;
            let exact = |group: &&aws_sdk_cloudwatchlogs::types::LogGroup| {
                group.log_group_name() == Some(name)
            };
            let Some(group) = page.log_groups().iter().find(exact) else { continue };
            let arn = group.arn().or(group.log_group_arn()).unwrap_or_default();
            let arn = arn.strip_suffix(":*").unwrap_or(arn).to_owned();
            let Some(tags) = self.tags(&arn).await? else { return Ok(None) };
            return Ok(Some(LogGroup {
                name: name.to_owned(),
                arn,
                settings: LogGroupSettings {
                    retention_in_days: group.retention_in_days(),
                    kms_key_id: group.kms_key_id().map(str::to_owned),
                    class: group
                        .log_group_class()
                        .map_or(LogClass::Standard, |class| LogClass::from_name(class.as_str())),
                },
                tags,
            }));
        }
        Ok(None)
    }

    /// Every tag on a log group; `None` when there is no such log group.
    pub async fn tags(&self, arn: &str) -> Result<Option<Tags>, AwsError> {
        match self.client.list_tags_for_resource().resource_arn(arn).send().await {
            Ok(answer) => Ok(Some(
                answer
                    .tags()
                    .into_iter()
                    .flatten()
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect(),
            )),
            Err(error) => absent(AwsError::from_sdk("logs:ListTagsForResource", &error)),
        }
    }

    /// How long events are kept; `None` for ever.
    pub async fn set_retention(&self, name: &str, days: Option<i32>) -> Result<(), AwsError> {
        let client = &self.client;
        match days {
            Some(days) => {
                self.patiently(|| async {
                    let request = client.put_retention_policy().log_group_name(name);
                    let answer = request.retention_in_days(days).send().await;
                    answer.map_err(|error| AwsError::from_sdk("logs:PutRetentionPolicy", &error))
                })
                .await?;
            }
            None => {
                self.patiently(|| async {
                    let answer = client.delete_retention_policy().log_group_name(name).send().await;
                    answer.map_err(|error| AwsError::from_sdk("logs:DeleteRetentionPolicy", &error))
                })
                .await?;
            }
        }
        Ok(())
    }

    /// The key for what is logged from now on; `None` for CloudWatch's own.
    pub async fn set_key(&self, name: &str, key: Option<&str>) -> Result<(), AwsError> {
        let client = &self.client;
        match key {
            Some(key) => {
                self.patiently(|| async {
                    let request = client.associate_kms_key().log_group_name(name).kms_key_id(key);
                    let answer = request.send().await;
                    answer.map_err(|error| AwsError::from_sdk("logs:AssociateKmsKey", &error))
                })
                .await?;
            }
            None => {
                self.patiently(|| async {
                    let answer = client.disassociate_kms_key().log_group_name(name).send().await;
                    answer.map_err(|error| AwsError::from_sdk("logs:DisassociateKmsKey", &error))
                })
                .await?;
            }
        }
        Ok(())
    }

    /// Sets and removes tags. No call when nothing changes.
    pub async fn change_tags(&self, arn: &str, changes: &TagChanges) -> Result<(), AwsError> {
        if !changes.remove.is_empty() {
            self.patiently(|| async {
                let keys = changes.remove.iter().cloned().collect();
                let request =
                    self.client.untag_resource().resource_arn(arn).set_tag_keys(Some(keys));
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk("logs:UntagResource", &error))
            })
            .await?;
        }
        if !changes.set.is_empty() {
            self.patiently(|| async {
                let tags = changes.set.clone().into_iter().collect();
                let request = self.client.tag_resource().resource_arn(arn).set_tags(Some(tags));
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk("logs:TagResource", &error))
            })
            .await?;
        }
        Ok(())
    }

    /// Deletes a log group with all its events. Deleting one that is gone succeeds.
    pub async fn delete_log_group(&self, name: &str) -> Result<(), AwsError> {
        let deleted = self
            .patiently(|| async {
                let answer = self.client.delete_log_group().log_group_name(name).send().await;
                answer.map_err(|error| AwsError::from_sdk("logs:DeleteLogGroup", &error))
            })
            .await;
        gone_is_fine(deleted.map(drop))
    }

    /// Repeats a change while another one of the same log group is under way.
    async fn patiently<T, F>(&self, call: impl FnMut() -> F) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, AwsError>>,
    {
        let busy = |error: &AwsError| error.fault == Fault::Conflict;
        self.waiter.retry(self.waiter.waits().propagation, busy, call).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::testing::{Answer, FakeAws, json as answer, json_error, waiter};
    use super::*;

    const NAME: &str = "/aws/lambda/bridge";
    const ARN: &str = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/bridge";

    fn logs(aws: &FakeAws) -> Logs {
        Logs::new(Client::new(&aws.config()), waiter())
    }

    fn listed() -> Answer {
        answer(
            200,
            json!({ "logGroups": [
                { "logGroupName": format!("{NAME}-2"), "arn": format!("{ARN}-2:*") },
                { "logGroupName": NAME, "arn": format!("{ARN}:*"), "retentionInDays": 14 },
            ] }),
        )
    }

    fn tagged(tags: Json) -> Answer {
        answer(200, json!({ "tags": tags }))
    }

    fn usual() -> LogGroupSettings {
        LogGroupSettings { retention_in_days: None, kms_key_id: None, class: LogClass::Standard }
    }

    fn exists() -> Answer {
        json_error(400, "ResourceAlreadyExistsException", "The specified log group already exists")
    }

    #[tokio::test]
    async fn a_log_group_carries_its_bridges_name() {
        let aws = FakeAws::new();
        aws.answer("CreateLogGroup", answer(200, json!({})));
        let tags = Tags::from([("team".to_owned(), "ml".to_owned())]);
        let wanted = LogGroupSettings { retention_in_days: Some(14), ..usual() };

        let created = logs(&aws).create_log_group(NAME, "bridge", &wanted, &tags).await.unwrap();

        assert_eq!(created, usual(), "the retention is another call's");
        let asked: Json = serde_json::from_str(&aws.asked("CreateLogGroup")).unwrap();
        assert_eq!(asked["tags"], json!({ OWNER: "bridge", "team": "ml" }));
        aws.assert_done();
    }

    #[tokio::test]
    async fn a_log_group_that_the_bridge_left_behind_is_taken_again() {
        let aws = FakeAws::new();
        aws.answer("CreateLogGroup", exists());
        aws.answer("DescribeLogGroups", answer(200, json!({ "logGroups": [] })));
        aws.answer("DescribeLogGroups", listed());
        aws.answer("ListTagsForResource", tagged(json!({ OWNER: "bridge" })));
        let taken =
            logs(&aws).create_log_group(NAME, "bridge", &usual(), &Tags::new()).await.unwrap();
        assert_eq!(taken, LogGroupSettings { retention_in_days: Some(14), ..usual() });
    }

    #[tokio::test]
    async fn a_log_group_of_the_right_name_alone_is_not_adopted() {
        for tags in [json!({}), json!({ OWNER: "another" })] {
            let aws = FakeAws::new();
            aws.answer("CreateLogGroup", exists());
            aws.answer("DescribeLogGroups", listed());
            aws.answer("ListTagsForResource", tagged(tags));
            let error = logs(&aws)
                .create_log_group(NAME, "bridge", &usual(), &Tags::new())
                .await
                .unwrap_err();
            assert_eq!(error.fault, Fault::AlreadyExists);
            assert_eq!(error.action, "logs:CreateLogGroup");
        }
    }

    #[tokio::test]
    async fn another_log_group_with_the_same_beginning_is_not_it() {
        let aws = FakeAws::new();
        let other = json!({ "logGroups": [{ "logGroupName": format!("{NAME}-2") }] });
        aws.answer("DescribeLogGroups", answer(200, other));
        assert_eq!(logs(&aws).find_log_group(NAME).await.unwrap(), None);
    }

    #[tokio::test]
    async fn changes_wait_for_each_other_and_deleting_twice_succeeds() {
        let aws = FakeAws::new();
        let busy = json_error(400, "OperationAbortedException", "A conflicting operation");
        aws.answer("PutRetentionPolicy", busy);
        aws.answer("PutRetentionPolicy", answer(200, json!({})));
        aws.answer("DeleteLogGroup", answer(200, json!({})));
        aws.answer("DeleteLogGroup", json_error(400, "ResourceNotFoundException", "no such group"));
        let logs = logs(&aws);

        logs.set_retention(NAME, Some(14)).await.unwrap();
        logs.delete_log_group(NAME).await.unwrap();
        logs.delete_log_group(NAME).await.unwrap();
        aws.assert_done();
    }
}
