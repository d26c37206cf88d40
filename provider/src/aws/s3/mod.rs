//! Buckets, as far as their notifications go: one document a bucket, which every writer writes whole.
//!
//! S3 has no conditional write and no version of the document. What can be done is done: writes of
//! this provider to one bucket wait for each other, the document is read again right before it is
//! written, and once more afterwards.

mod document;

use std::sync::{Mutex, PoisonError};

use aws_sdk_s3::Client;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

pub use self::document::{ENTRY_PREFIX, Entry, Neighbour, Notifications};
use super::error::{AwsError, Fault};
use super::iam::absent;
use super::limit::limited;
use super::turns::Turns;
use super::waiter::{Progress, Waiter};

const READ: &str = "s3:GetBucketNotification";
const WRITE: &str = "s3:PutBucketNotification";

/// The buckets of one account and region.
#[derive(Debug, Clone)]
pub struct S3 {
    client: Client,
    waiter: Waiter,
    /// For each bucket, whoever changes its notifications now.
    writers: Turns,
}

/// How a change of a bucket's notifications ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It is there. S3 could not reach these destinations of others, and was told not to try.
    Done { unreachable: Vec<String> },
    /// S3 would refuse it beside this one.
    Overlaps(Neighbour),
}

/// What is done to one entry.
enum Change<'a> {
    Put(&'a Entry),
    Remove(&'a str),
}

impl Change<'_> {
    fn on(&self, found: &Notifications) -> Result<Notifications, AwsError> {
        match self {
            Self::Put(entry) => {
                found.with(entry).map_err(|error| AwsError::unexpected(WRITE, error.to_string()))
            }
            Self::Remove(id) => Ok(found.without(id)),
        }
    }
}

/// One attempt at a change.
enum Attempt {
    Ended(Written),
    /// Somebody else wrote meanwhile.
    Crossed,
    Overlaps(Neighbour),
}

/// S3 refuses a document as a whole where it cannot reach one of its destinations.
const UNREACHABLE: &str = "Unable to validate the following destination configurations";

impl S3 {
    /// An adapter that speaks through `client`.
    pub fn new(client: Client, waiter: Waiter) -> Self {
        Self { client, waiter, writers: Turns::default() }
    }

    /// The same with other waits.
    pub(super) fn waiting_by(&self, waiter: &Waiter) -> Self {
        let client = limited!(aws_sdk_s3, self.client, waiter);
        Self { client, waiter: waiter.clone(), ..self.clone() }
    }

    /// What a bucket tells whom; `None` where there is no such bucket.
    pub async fn find_notifications(
        &self,
        bucket: &str,
    ) -> Result<Option<Notifications>, AwsError> {
        let answer = self.client.get_bucket_notification_configuration().bucket(bucket).send();
        match answer.await {
            Ok(answer) => Ok(Some(Notifications::from(answer))),
            Err(error) => absent(refusal(READ, &error)),
        }
    }

    /// Makes `entry` one of the bucket's, in the place of the one with its id if there is one.
    /// Waits until S3 may invoke the entry's function. Whatever else the bucket has, stays.
    pub async fn put_entry(&self, bucket: &str, entry: &Entry) -> Result<Written, AwsError> {
        let not_yet = |error: &AwsError| error.says("InvalidArgument", UNREACHABLE);
        let propagation = self.waiter.waits().propagation;
        let change = Change::Put(entry);
        self.waiter.retry(propagation, not_yet, || self.change(bucket, &change)).await
    }

    /// Takes the entry with this id away. One that is gone, with its bucket or without, is fine.
    pub async fn remove_entry(&self, bucket: &str, id: &str) -> Result<Written, AwsError> {
        match self.change(bucket, &Change::Remove(id)).await {
            Err(error) if error.fault == Fault::NotFound => {
                Ok(Written::Done { unreachable: Vec::new() })
            }
            answer => answer,
        }
    }

    /// Attempts until nobody else writes at the same time. An overlap with another trigger's entry
    /// may pass too: Terraform may be about to change that one.
    async fn change(&self, bucket: &str, change: &Change<'_>) -> Result<Written, AwsError> {
        let overlap = Mutex::new(None);
        let found = |with: Option<Neighbour>| {
            *overlap.lock().unwrap_or_else(PoisonError::into_inner) = with;
        };
        let changed = self
            .waiter
            .until(WRITE, self.waiter.waits().consistency, || async {
                let (found_now, progress) = match self.attempt(bucket, change).await? {
                    Attempt::Ended(written) => (None, Progress::Done(written)),
                    Attempt::Crossed => {
                        (None, Progress::Pending("changed by others at the same time".to_owned()))
                    }
                    Attempt::Overlaps(other) if other.is_of_a_trigger() => {
                        (Some(other), Progress::Pending("taken by another trigger".to_owned()))
                    }
                    Attempt::Overlaps(other) => (None, Progress::Done(Written::Overlaps(other))),
                };
                found(found_now);
                Ok(progress)
            })
            .await;
        let overlap = overlap.into_inner().unwrap_or_else(PoisonError::into_inner);
        match (changed, overlap) {
            (Err(error), Some(other)) if error.fault == Fault::TimedOut => {
                Ok(Written::Overlaps(other))
            }
            (changed, _) => changed,
        }
    }

    async fn attempt(&self, bucket: &str, change: &Change<'_>) -> Result<Attempt, AwsError> {
        let _turn = self.writers.take(bucket).await;
        let found = self.notifications(bucket).await?;
        let desired = change.on(&found)?;
        if desired == found {
            return Ok(Attempt::Ended(Written::Done { unreachable: Vec::new() }));
        }
        if let Change::Put(entry) = change
            && let Some(other) = found.overlapping(entry)
        {
            return Ok(Attempt::Overlaps(other));
        }
        // As close to the write as can be: what others write in between is lost.
        if self.notifications(bucket).await? != found {
            return Ok(Attempt::Crossed);
        }
        let written = match self.write(bucket, &desired, change).await {
            Err(error) if error.fault == Fault::Conflict => return Ok(Attempt::Crossed),
            Err(error) if error.is_refusal() => return Err(error),
            written => written,
        };
        let found = self.notifications(bucket).await?;
        let is_there = change.on(&found)? == found;
        match written {
            Err(lost) if !is_there => Err(lost),
            _ if !is_there => Ok(Attempt::Crossed),
            written => {
                let unreachable = written.unwrap_or_default();
                Ok(Attempt::Ended(Written::Done { unreachable }))
            }
        }
    }

    /// Writes the document, and tells whose destinations S3 had to take unseen.
    async fn write(
        &self,
        bucket: &str,
        desired: &Notifications,
        change: &Change<'_>,
    ) -> Result<Vec<String>, AwsError> {
        let refused = match self.send(bucket, desired, false).await {
            Ok(()) => return Ok(Vec::new()),
            Err(refused) if refused.error.says("InvalidArgument", UNREACHABLE) => refused,
            Err(refused) => return Err(refused.error),
        };
        let mut unreachable = desired.destinations();
        unreachable.retain(|arn| names(&refused.words, arn));
        let is_ours =
            matches!(change, Change::Put(entry) if unreachable.contains(&entry.function_arn));
        if unreachable.is_empty() || is_ours {
            return Err(refused.error);
        }
        self.send(bucket, desired, true).await.map_err(|refused| refused.error)?;
        Ok(unreachable)
    }

    async fn send(
        &self,
        bucket: &str,
        desired: &Notifications,
        unseen: bool,
    ) -> Result<(), Refused> {
        let request = self
            .client
            .put_bucket_notification_configuration()
            .bucket(bucket)
            .notification_configuration(desired.to_sdk());
        let request = if unseen { request.skip_destination_validation(true) } else { request };
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let words = error.raw_response().and_then(|answer| answer.body().bytes());
                let words = String::from_utf8_lossy(words.unwrap_or_default()).into_owned();
                Err(Refused { error: refusal(WRITE, &error), words })
            }
        }
    }

    async fn notifications(&self, bucket: &str) -> Result<Notifications, AwsError> {
        let found = self.find_notifications(bucket).await?;
        found.ok_or_else(|| {
            let message = format!("there is no bucket {bucket:?}");
            AwsError::of_ours(READ, Fault::NotFound, message)
        })
    }
}

/// A refusal with all that S3 says: which destinations it could not reach, the SDK does not read.
struct Refused {
    error: AwsError,
    words: String,
}

/// S3's words for a bucket that is elsewhere say it in a header.
fn refusal<E>(action: &'static str, error: &SdkError<E, HttpResponse>) -> AwsError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let refused = AwsError::from_sdk(action, error);
    let elsewhere = matches!(
        refused.code.as_deref(),
        Some(
            "PermanentRedirect"
                | "TemporaryRedirect"
                | "AuthorizationHeaderMalformed"
                | "IllegalLocationConstraintException"
        )
    );
    if !elsewhere {
        return refused;
    }
    let region =
        error.raw_response().and_then(|answer| answer.headers().get("x-amz-bucket-region"));
    let mut refused = refused.with_fault(Fault::OtherRegion);
    if let Some(region) = region {
        refused.message = format!("{} (the bucket is in {region})", refused.message);
    }
    refused
}

/// Whether `words` name this ARN, and not one that only begins so.
fn names(words: &str, arn: &str) -> bool {
    let goes_on = |letter: char| letter.is_ascii_alphanumeric() || "-_.:".contains(letter);
    words.match_indices(arn).any(|(at, _)| !words[at + arn.len()..].starts_with(goes_on))
}

#[cfg(test)]
mod tests;
