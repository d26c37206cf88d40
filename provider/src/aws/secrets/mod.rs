//! Secrets Manager: the secret that holds the Modal token. Written, described, never read.

mod list;
mod policy;
mod replicas;
#[cfg(test)]
mod tests;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::types::Tag;

pub use self::list::{ListedSecret, SecretFilter};
pub use self::replicas::Replica;
use super::error::{AwsError, Fault};
use super::iam::{absent, gone_is_fine};
use super::limit::limited;
use super::waiter::{Progress, Waiter};
use crate::secret_string::SecretString;
use crate::tags::{TagChanges, Tags, fresh_nonce};

/// The secrets of one account and region.
#[derive(Debug, Clone)]
pub struct Secrets {
    client: Client,
    waiter: Waiter,
}

/// A secret to create, with its first version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSecret {
    /// Unique in account and region, also while an old one waits to be deleted.
    pub name: String,
    /// For people.
    pub description: String,
    /// `None`: the key that AWS manages for Secrets Manager.
    pub kms_key_id: Option<String>,
    /// The first version.
    pub value: SecretString,
    /// The practitioner's tags.
    pub tags: Tags,
}

/// What creating a secret made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedSecret {
    /// Ends in six characters that AWS adds.
    pub arn: String,
    /// The version that holds the value.
    pub version_id: String,
}

/// A secret as Secrets Manager describes it: all but the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Ends in six characters that AWS adds.
    pub arn: String,
    /// Unique in account and region.
    pub name: String,
    /// Empty when it has none.
    pub description: String,
    /// `None`: the key that AWS manages for Secrets Manager.
    pub kms_key_id: Option<String>,
    /// The version that readers get; `None` while there is no value.
    pub version_id: Option<String>,
    /// It still has its name, and nobody can read it.
    pub scheduled_for_deletion: bool,
    /// Every tag on it.
    pub tags: Tags,
    /// The ids of all versions, the old ones too.
    pub versions: Vec<String>,
    /// Its copies in other regions.
    pub replicas: Vec<Replica>,
}

/// When a deleted secret ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// After 7 to 30 days; until then it can be restored, and keeps its name.
    AfterDays(i64),
    /// At once, for good.
    Now,
}

impl Secrets {
    /// An adapter that speaks through `client`.
    pub fn new(client: Client, waiter: Waiter) -> Self {
        Self { client, waiter }
    }

    /// The same with other waits.
    pub(super) fn waiting_by(&self, waiter: &Waiter) -> Self {
        let client = limited!(aws_sdk_secretsmanager, self.client, waiter);
        Self { client, waiter: waiter.clone() }
    }

    /// Fails with [`Fault::AlreadyExists`] when the name is taken, unless by this very call, whose
    /// first answer was lost; and with [`Fault::ScheduledForDeletion`] when it is still taken by a
    /// secret that waits for its end.
    pub async fn create_secret(&self, new: &NewSecret) -> Result<CreatedSecret, AwsError> {
        // The token becomes the id of the first version: a secret with that version is ours.
        let token = fresh_nonce();
        let busy = |error: &AwsError| error.fault == Fault::Conflict;
        let created = self
            .waiter
            .retry(self.waiter.waits().propagation, busy, || self.create_or_heal(new, &token))
            .await;
        created.map_err(|error| match error.fault {
            Fault::Conflict => error.with_fault(Fault::ScheduledForDeletion),
            _ => error,
        })
    }

    async fn create_or_heal(
        &self,
        new: &NewSecret,
        token: &str,
    ) -> Result<CreatedSecret, AwsError> {
        let error = match self.send_create(new, token).await {
            Ok(created) => return Ok(created),
            Err(error) => error,
        };
        let taken = matches!(error.fault, Fault::AlreadyExists | Fault::ScheduledForDeletion);
        if !taken && error.is_refusal() {
            return Err(error);
        }
        let fault = error.fault;
        match self.find_secret(&new.name).await {
            Ok(Some(found)) if found.versions.iter().any(|version| version == token) => {
                Ok(CreatedSecret { arn: found.arn, version_id: token.to_owned() })
            }
            Ok(Some(found)) if found.scheduled_for_deletion => {
                Err(error.with_fault(Fault::ScheduledForDeletion))
            }
            // Deleted at once, and its name not free yet.
            Ok(None) if fault == Fault::ScheduledForDeletion => {
                Err(error.with_fault(Fault::Conflict))
            }
            _ => Err(error),
        }
    }

    async fn send_create(&self, new: &NewSecret, token: &str) -> Result<CreatedSecret, AwsError> {
        const ACTION: &str = "secretsmanager:CreateSecret";
        let answer = self
            .client
            .create_secret()
            .name(&new.name)
            .client_request_token(token)
            .description(&new.description)
            .set_kms_key_id(new.kms_key_id.clone())
            .secret_string(new.value.expose())
            .set_tags((!new.tags.is_empty()).then(|| sdk_tags(&new.tags)))
            .send()
            .await
            .map_err(|error| AwsError::from_sdk(ACTION, &error))?;
        match (answer.arn(), answer.version_id()) {
            (Some(arn), Some(version_id)) => {
                Ok(CreatedSecret { arn: arn.to_owned(), version_id: version_id.to_owned() })
            }
            _ => Err(AwsError::unexpected(ACTION, "the answer has no ARN or no version")),
        }
    }

    /// By name or ARN; `None` when there is no such secret. One that is scheduled for deletion is
    /// found, and says so.
    pub async fn find_secret(&self, id: &str) -> Result<Option<Secret>, AwsError> {
        let answer = match self.client.describe_secret().secret_id(id).send().await {
            Ok(answer) => answer,
            Err(error) => {
                return absent(AwsError::from_sdk("secretsmanager:DescribeSecret", &error));
            }
        };
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let versions = answer.version_ids_to_stages();
        let current = versions.into_iter().flatten().find_map(|(version, stages)| {
            stages.iter().any(|stage| stage == "AWSCURRENT").then(|| version.clone())
        });
        Ok(Some(Secret {
            arn: text(answer.arn()),
            name: text(answer.name()),
            description: text(answer.description()),
            kms_key_id: answer.kms_key_id().map(str::to_owned),
            version_id: current,
            scheduled_for_deletion: answer.deleted_date().is_some(),
            tags: our_tags(answer.tags()),
            versions: versions.into_iter().flatten().map(|(version, _)| version.clone()).collect(),
            replicas: answer.replication_status().iter().filter_map(replicas::read).collect(),
        }))
    }

    /// Takes back the deletion of a secret that waits for its end. One that does not wait is fine.
    pub async fn restore_secret(&self, id: &str) -> Result<(), AwsError> {
        let answer = self.client.restore_secret().secret_id(id).send().await;
        let Err(error) = answer else { return Ok(()) };
        let error = AwsError::from_sdk("secretsmanager:RestoreSecret", &error);
        // Of two answers, the first may have been lost.
        match self.find_secret(id).await {
            Ok(Some(secret)) if !secret.scheduled_for_deletion => Ok(()),
            _ => Err(error),
        }
    }

    /// Writes a new version, which readers get from then on, and answers with its id.
    pub async fn put_value(&self, id: &str, value: &SecretString) -> Result<String, AwsError> {
        const ACTION: &str = "secretsmanager:PutSecretValue";
        let token = fresh_nonce();
        let answer = self
            .client
            .put_secret_value()
            .secret_id(id)
            .client_request_token(&token)
            .secret_string(value.expose())
            .send()
            .await
            .map_err(|error| AwsError::from_sdk(ACTION, &error))?;
        Ok(answer.version_id().map_or(token, str::to_owned))
    }

    /// Sets description and key. Without a key, the one there is stays.
    pub async fn update_secret(
        &self,
        id: &str,
        description: &str,
        kms_key_id: Option<&str>,
    ) -> Result<(), AwsError> {
        self.client
            .update_secret()
            .secret_id(id)
            .description(description)
            .set_kms_key_id(kms_key_id.map(str::to_owned))
            .send()
            .await
            .map_err(|error| AwsError::from_sdk("secretsmanager:UpdateSecret", &error))?;
        Ok(())
    }

    /// Sets and removes tags. No call when nothing changes.
    pub async fn change_tags(&self, id: &str, changes: &TagChanges) -> Result<(), AwsError> {
        if !changes.remove.is_empty() {
            let keys = changes.remove.iter().cloned().collect();
            let request = self.client.untag_resource().secret_id(id).set_tag_keys(Some(keys));
            let answer = request.send().await;
            answer.map_err(|error| AwsError::from_sdk("secretsmanager:UntagResource", &error))?;
        }
        if !changes.set.is_empty() {
            let tags = sdk_tags(&changes.set);
            let request = self.client.tag_resource().secret_id(id).set_tags(Some(tags));
            let answer = request.send().await;
            answer.map_err(|error| AwsError::from_sdk("secretsmanager:TagResource", &error))?;
        }
        Ok(())
    }

    /// Deletes a secret, or schedules that. One that is gone, or scheduled already, is fine.
    pub async fn delete_secret(&self, id: &str, deletion: Deletion) -> Result<(), AwsError> {
        const ACTION: &str = "secretsmanager:DeleteSecret";
        let request = self.client.delete_secret().secret_id(id);
        let request = match deletion {
            Deletion::AfterDays(days) => request.recovery_window_in_days(days),
            Deletion::Now => request.force_delete_without_recovery(true),
        };
        let deleted = match request.send().await.map_err(|e| AwsError::from_sdk(ACTION, &e)) {
            Err(error) if error.fault == Fault::ScheduledForDeletion => return Ok(()),
            answer => answer.map(drop),
        };
        gone_is_fine(deleted)?;
        if deletion != Deletion::Now {
            return Ok(());
        }
        // "At once" takes a few seconds, and until then the name is not free.
        self.waiter
            .until(ACTION, self.waiter.waits().propagation, || async {
                Ok(match self.find_secret(id).await? {
                    None => Progress::Done(()),
                    Some(_) => Progress::Pending("there".to_owned()),
                })
            })
            .await
    }
}

fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn our_tags(tags: &[Tag]) -> Tags {
    tags.iter().filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned()))).collect()
}
