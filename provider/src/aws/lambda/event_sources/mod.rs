//! Event source mappings: what Lambda polls for a function.
//!
//! Lambda makes and changes a mapping in the background, refuses a second change meanwhile, and
//! learns some seconds late what a role may do. All three end here.

mod settings;

use std::fmt;

use aws_sdk_lambda::types as sdk;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

pub use self::settings::{MappingSettings, SourceSettings, StreamSettings};
use super::Lambda;
use crate::aws::error::{AwsError, Fault};
use crate::aws::iam::{absent, gone_is_fine};
use crate::aws::waiter::Progress;
use crate::tags::{CREATE_NONCE, Tags, fresh_nonce};

/// A mapping to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMapping {
    /// ARN of the function, with a version or alias where one is meant.
    pub function_arn: String,
    /// ARN of what Lambda polls.
    pub source_arn: String,
    /// Where in a stream to begin; none in a queue.
    pub start: Option<StartingPosition>,
    /// All that can be changed later.
    pub settings: MappingSettings,
    /// The practitioner's tags.
    pub tags: Tags,
}

/// Where in a stream Lambda begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartingPosition {
    /// `LATEST`, `TRIM_HORIZON` or `AT_TIMESTAMP`.
    pub name: String,
    /// The time of the last of these.
    pub timestamp: Option<Timestamp>,
}

/// A point in time, as Lambda keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp(DateTime);

impl Timestamp {
    /// RFC 3339, in any time zone.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::from_str(text, Format::DateTimeWithOffset).ok().map(Self)
    }
}

/// RFC 3339, in UTC.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A mapping as Lambda has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// What tells it from all others.
    pub uuid: String,
    /// Its own.
    pub arn: String,
    /// The function, with a version or alias where the mapping names one.
    pub function_arn: String,
    /// What Lambda polls.
    pub source_arn: String,
    /// Where in a stream it began.
    pub start: Option<StartingPosition>,
    /// What can be changed.
    pub settings: MappingSettings,
    /// `Enabled`, `Disabled`, or what it is about to be.
    pub state: String,
    /// Who or what brought it into this state.
    pub state_transition_reason: Option<String>,
    /// RFC 3339
    pub last_modified: Option<String>,
    /// What became of the last records.
    pub last_processing_result: Option<String>,
    /// Every tag on it, the provider's own too.
    pub tags: Tags,
    /// Why the filters could not be read.
    filters_error: Option<String>,
}

impl Lambda {
    /// Creates a mapping and answers with its UUID, as soon as there is one: wait with
    /// [`Lambda::wait_until_settled`] before relying on it. Waits for the rights of the function's
    /// role to be known to Lambda.
    ///
    /// Fails with [`Fault::AlreadyExists`] when the function is fed from there already, unless by
    /// this very call, whose first answer was lost.
    pub async fn create_mapping(&self, new: &NewMapping) -> Result<String, AwsError> {
        let nonce = fresh_nonce();
        let error = match self.once_allowed(|| self.send_create_mapping(new, &nonce)).await {
            Err(error) if error.fault == Fault::AlreadyExists || !error.is_refusal() => error,
            answer => return answer,
        };
        let Ok(found) = self.list_mappings(&new.function_arn, Some(&new.source_arn)).await else {
            return Err(error);
        };
        for mapping in found {
            let tags = self.tags_of(&mapping.arn).await;
            if tags.is_ok_and(|tags| tags.get(CREATE_NONCE) == Some(&nonce)) {
                return Ok(mapping.uuid);
            }
        }
        Err(error)
    }

    async fn send_create_mapping(&self, new: &NewMapping, nonce: &str) -> Result<String, AwsError> {
        const ACTION: &str = "lambda:CreateEventSourceMapping";
        let start = new.start.as_ref();
        let mut request = self
            .client
            .create_event_source_mapping()
            .function_name(&new.function_arn)
            .event_source_arn(&new.source_arn)
            .set_starting_position(start.map(|start| start.name.as_str().into()))
            .set_starting_position_timestamp(
                start.and_then(|start| start.timestamp).map(|timestamp| timestamp.0),
            )
            .tags(CREATE_NONCE, nonce);
        for (key, value) in &new.tags {
            request = request.tags(key, value);
        }
        let answer = settings::created_with(request, &new.settings).send().await;
        let answer = answer.map_err(|error| AwsError::from_sdk(ACTION, &error))?;
        let uuid = answer.uuid().map(str::to_owned);
        uuid.ok_or_else(|| AwsError::unexpected(ACTION, "the answer has no UUID"))
    }

    /// `None` when there is no mapping with this UUID, or soon none.
    pub async fn find_mapping(&self, uuid: &str) -> Result<Option<Mapping>, AwsError> {
        let Some(found) = self.look_at_mapping(uuid).await? else { return Ok(None) };
        if found.state == "Deleting" {
            return Ok(None);
        }
        if let Some(error) = found.filters_error {
            let message = format!("its filter criteria: {error}");
            return Err(AwsError::of_ours("kms:Decrypt", Fault::AccessDenied, message));
        }
        let tags = self.tags_of(&found.arn).await?;
        Ok(Some(Mapping { tags, ..found }))
    }

    /// The mapping in whatever state, without its tags.
    async fn look_at_mapping(&self, uuid: &str) -> Result<Option<Mapping>, AwsError> {
        const ACTION: &str = "lambda:GetEventSourceMapping";
        let answer = match self.client.get_event_source_mapping().uuid(uuid).send().await {
            Ok(answer) => answer,
            Err(error) => return absent(AwsError::from_sdk(ACTION, &error)),
        };
        let configuration = sdk::EventSourceMappingConfiguration::builder()
            .set_uuid(answer.uuid)
            .set_event_source_mapping_arn(answer.event_source_mapping_arn)
            .set_function_arn(answer.function_arn)
            .set_event_source_arn(answer.event_source_arn)
            .set_starting_position(answer.starting_position)
            .set_starting_position_timestamp(answer.starting_position_timestamp)
            .set_state(answer.state)
            .set_state_transition_reason(answer.state_transition_reason)
            .set_last_modified(answer.last_modified)
            .set_last_processing_result(answer.last_processing_result)
            .set_batch_size(answer.batch_size)
            .set_maximum_batching_window_in_seconds(answer.maximum_batching_window_in_seconds)
            .set_filter_criteria(answer.filter_criteria)
            .set_filter_criteria_error(answer.filter_criteria_error)
            .set_function_response_types(answer.function_response_types)
            .set_kms_key_arn(answer.kms_key_arn)
            .set_scaling_config(answer.scaling_config)
            .set_parallelization_factor(answer.parallelization_factor)
            .set_bisect_batch_on_function_error(answer.bisect_batch_on_function_error)
            .set_maximum_record_age_in_seconds(answer.maximum_record_age_in_seconds)
            .set_maximum_retry_attempts(answer.maximum_retry_attempts)
            .set_destination_config(answer.destination_config)
            .build();
        Ok(Some(Mapping::from(&configuration)))
    }

    /// What feeds a function, from this source or from any, without tags. The function by name or
    /// ARN.
    pub async fn list_mappings(
        &self,
        function: &str,
        source_arn: Option<&str>,
    ) -> Result<Vec<Mapping>, AwsError> {
        let request = self.client.list_event_source_mappings();
        let request =
            request.function_name(function).set_event_source_arn(source_arn.map(str::to_owned));
        let mut pages = request.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| AwsError::from_sdk("lambda:ListEventSourceMappings", &error))?;
            found.extend(page.event_source_mappings().iter().map(Mapping::from));
        }
        Ok(found)
    }

    async fn tags_of(&self, arn: &str) -> Result<Tags, AwsError> {
        let answer = self.client.list_tags().resource(arn).send().await;
        let answer = answer.map_err(|error| AwsError::from_sdk("lambda:ListTags", &error))?;
        Ok(answer.tags.unwrap_or_default().into_iter().collect())
    }

    /// Waits until nothing is under way with the mapping, and tells how it is then.
    pub async fn wait_until_settled(&self, uuid: &str) -> Result<Mapping, AwsError> {
        const ACTION: &str = "lambda:GetEventSourceMapping";
        let unknown = |error: &AwsError| error.fault == Fault::NotFound;
        self.waiter
            .until(ACTION, self.waiter.waits().state, || async {
                let look = || async {
                    self.find_mapping(uuid).await?.ok_or_else(|| {
                        let message = format!("there is no mapping \"{uuid}\"");
                        AwsError::of_ours(ACTION, Fault::NotFound, message)
                    })
                };
                let found =
                    self.waiter.retry(self.waiter.waits().consistency, unknown, look).await?;
                Ok(match found.state.as_str() {
                    "Creating" | "Enabling" | "Disabling" | "Updating" => {
                        Progress::Pending(found.state)
                    }
                    _ => Progress::Done(found),
                })
            })
            .await
    }

    /// Changes what differs from what the mapping has. Lambda goes on in the background.
    pub async fn update_mapping(
        &self,
        uuid: &str,
        have: &MappingSettings,
        want: &MappingSettings,
    ) -> Result<(), AwsError> {
        self.once_allowed(|| async {
            let request = self.client.update_event_source_mapping().uuid(uuid);
            let answer = settings::changed_to(request, have, want).send().await;
            answer.map_err(|error| AwsError::from_sdk("lambda:UpdateEventSourceMapping", &error))
        })
        .await?;
        Ok(())
    }

    /// Deletes a mapping and waits until it is gone. Deleting one that is gone succeeds.
    pub async fn delete_mapping(&self, uuid: &str) -> Result<(), AwsError> {
        let deleted = self
            .patiently(|| async {
                let answer = self.client.delete_event_source_mapping().uuid(uuid).send().await;
                answer
                    .map_err(|error| AwsError::from_sdk("lambda:DeleteEventSourceMapping", &error))
            })
            .await;
        gone_is_fine(deleted.map(drop))?;
        self.waiter
            .until("lambda:DeleteEventSourceMapping", self.waiter.waits().state, || async {
                Ok(match self.look_at_mapping(uuid).await? {
                    None => Progress::Done(()),
                    Some(found) => Progress::Pending(found.state),
                })
            })
            .await
    }

    /// Repeats a change until an earlier one is done, and until Lambda knows what the role may do.
    async fn once_allowed<T, F>(&self, call: impl Fn() -> F) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, AwsError>>,
    {
        let budget = self.waiter.waits().propagation;
        self.patiently(|| self.waiter.retry(budget, lacks_rights, &call)).await
    }
}

/// What Lambda says of a role that may not poll the source or send to the destination: for ever, or
/// for the seconds until IAM's word has reached it. The same words as hashicorp/aws waits for.
pub fn lacks_rights(error: &AwsError) -> bool {
    const WORDS: &[&str] = &[
        "cannot be assumed by Lambda",
        "execution role does not have permissions",
        "ensure the role can perform",
    ];
    WORDS.iter().any(|words| error.says("InvalidParameterValueException", words))
}

impl From<&sdk::EventSourceMappingConfiguration> for Mapping {
    fn from(found: &sdk::EventSourceMappingConfiguration) -> Self {
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let error = found.filter_criteria_error().map(|error| {
            let (code, message) = (error.error_code(), error.message());
            format!("{}: {}", code.unwrap_or_default(), message.unwrap_or_default())
        });
        Self {
            uuid: text(found.uuid()),
            arn: text(found.event_source_mapping_arn()),
            function_arn: text(found.function_arn()),
            source_arn: text(found.event_source_arn()),
            start: found.starting_position().map(|position| StartingPosition {
                name: position.as_str().to_owned(),
                timestamp: found.starting_position_timestamp().copied().map(Timestamp),
            }),
            settings: MappingSettings::from(found),
            state: text(found.state()),
            state_transition_reason: found.state_transition_reason().map(str::to_owned),
            last_modified: found.last_modified().map(ToString::to_string),
            last_processing_result: found.last_processing_result().map(str::to_owned),
            tags: Tags::new(),
            filters_error: error,
        }
    }
}

#[cfg(test)]
mod tests;
