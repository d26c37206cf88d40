//! EventBridge Scheduler: schedules that invoke a function, and nothing more.
//!
//! Scheduler does not know a role that IAM has just made, and an update replaces all of a schedule,
//! also what it does not name. Both end here.

use std::time::SystemTime;

use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::types as sdk;
use aws_smithy_types::DateTime;
use aws_smithy_types::error::operation::BuildError;

use super::error::{AwsError, Fault};
use super::eventbridge::RetryPolicy;
use super::iam::{absent, gone_is_fine};
use super::limit::limited;
use super::waiter::Waiter;
use crate::tags::fresh_nonce;

/// The group that every account has.
pub const DEFAULT_GROUP: &str = "default";

/// The schedules of one account and region.
#[derive(Debug, Clone)]
pub struct Scheduler {
    client: Client,
    waiter: Waiter,
}

/// What a schedule is called. Names are unique in their group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleName {
    /// [`DEFAULT_GROUP`], or one that was made.
    pub group: String,
    /// Unique in the group.
    pub name: String,
}

/// When a schedule invokes what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleSettings {
    /// `rate(…)`, `cron(…)` or `at(…)`.
    pub expression: String,
    /// Of `cron` and `at`, as IANA has it.
    pub timezone: String,
    /// Not before.
    pub start: Option<SystemTime>,
    /// Not after.
    pub end: Option<SystemTime>,
    /// Within so many minutes after the time; `None` at the time.
    pub flexible_window: Option<i32>,
    /// Whether it does at all.
    pub enabled: bool,
    /// The event; Scheduler's own where there is none.
    pub input: Option<String>,
    /// How long Scheduler goes on trying.
    pub retries: RetryPolicy,
    /// ARN of the queue for what it cannot hand over.
    pub dead_letter_arn: Option<String>,
    /// What is invoked.
    pub function_arn: String,
    /// What invokes.
    pub role_arn: String,
}

/// A schedule as Scheduler has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// With group and name in it.
    pub arn: String,
    /// When it invokes what.
    pub settings: ScheduleSettings,
    /// What others have said of it, which an update has to say again.
    others: Others,
}

/// All of a schedule that this provider has no words for.
#[derive(Debug, Clone, Default, PartialEq)]
struct Others {
    description: Option<String>,
    kms_key_arn: Option<String>,
    action_after_completion: Option<sdk::ActionAfterCompletion>,
}

/// Puts all of a schedule into a request: a create and an update take the same, in types of their
/// own.
macro_rules! with_settings {
    ($request:expr, $name:expr, $settings:expr, $others:expr) => {{
        let (name, settings, others): (&ScheduleName, &ScheduleSettings, &Others) =
            ($name, $settings, $others);
        $request
            .name(&name.name)
            .group_name(&name.group)
            .schedule_expression(&settings.expression)
            .schedule_expression_timezone(&settings.timezone)
            .set_start_date(settings.start.map(DateTime::from))
            .set_end_date(settings.end.map(DateTime::from))
            .flexible_time_window(settings.window()?)
            .state(settings.state())
            .target(settings.target()?)
            .set_description(others.description.clone())
            .set_kms_key_arn(others.kms_key_arn.clone())
            .set_action_after_completion(others.action_after_completion.clone())
    }};
}

impl Scheduler {
    /// An adapter that speaks through `client`.
    pub fn new(client: Client, waiter: Waiter) -> Self {
        Self { client, waiter }
    }

    /// The same with other waits.
    pub(super) fn waiting_by(&self, waiter: &Waiter) -> Self {
        let client = limited!(aws_sdk_scheduler, self.client, waiter);
        Self { client, waiter: waiter.clone() }
    }

    /// Waits for the role to be known to Scheduler. Fails with [`Fault::AlreadyExists`] when the
    /// name is taken.
    ///
    /// The role must be of this schedule alone: when an answer is lost, the schedule that works by
    /// it is the one that was made.
    pub async fn create_schedule(
        &self,
        name: &ScheduleName,
        settings: &ScheduleSettings,
    ) -> Result<(), AwsError> {
        // Scheduler takes a call again under the same token for the first one.
        let token = fresh_nonce();
        let created = self
            .knowing_the_role(|| async {
                let request = self.client.create_schedule().client_token(&token);
                let request = with_settings!(request, name, settings, &Others::default());
                let answer = request.send().await;
                answer.map_err(|error| {
                    let error = AwsError::from_sdk("scheduler:CreateSchedule", &error);
                    match error.code.as_deref() {
                        Some("ConflictException") => error.with_fault(Fault::AlreadyExists),
                        _ => error,
                    }
                })
            })
            .await;
        let error = match created {
            Ok(_) => return Ok(()),
            Err(error) if error.fault == Fault::AlreadyExists || !error.is_refusal() => error,
            Err(error) => return Err(error),
        };
        match self.find_schedule(name).await {
            Ok(Some(found)) if found.settings.role_arn == settings.role_arn => Ok(()),
            _ => Err(error),
        }
    }

    /// `None` when there is no schedule of this name.
    pub async fn find_schedule(&self, name: &ScheduleName) -> Result<Option<Schedule>, AwsError> {
        const ACTION: &str = "scheduler:GetSchedule";
        let request = self.client.get_schedule().name(&name.name).group_name(&name.group);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return absent(AwsError::from_sdk(ACTION, &error)),
        };
        let Some(target) = answer.target() else {
            return Err(AwsError::unexpected(ACTION, "the answer has no target"));
        };
        let text = |value: Option<&str>| value.map(str::to_owned);
        let time = |value: Option<&DateTime>| value.and_then(|at| SystemTime::try_from(*at).ok());
        let window = answer.flexible_time_window();
        let retries = target.retry_policy();
        Ok(Some(Schedule {
            arn: text(answer.arn()).unwrap_or_default(),
            settings: ScheduleSettings {
                expression: text(answer.schedule_expression()).unwrap_or_default(),
                timezone: text(answer.schedule_expression_timezone()).unwrap_or_default(),
                start: time(answer.start_date()),
                end: time(answer.end_date()),
                flexible_window: window
                    .filter(|window| *window.mode() == sdk::FlexibleTimeWindowMode::Flexible)
                    .and_then(sdk::FlexibleTimeWindow::maximum_window_in_minutes),
                enabled: answer.state() != Some(&sdk::ScheduleState::Disabled),
                input: text(target.input()),
                retries: RetryPolicy {
                    maximum_event_age: retries.and_then(|it| it.maximum_event_age_in_seconds()),
                    maximum_attempts: retries.and_then(|it| it.maximum_retry_attempts()),
                },
                dead_letter_arn: text(target.dead_letter_config().and_then(|it| it.arn())),
                function_arn: target.arn().to_owned(),
                role_arn: target.role_arn().to_owned(),
            },
            others: Others {
                description: text(answer.description()),
                kms_key_arn: text(answer.kms_key_arn()),
                action_after_completion: answer.action_after_completion().cloned(),
            },
        }))
    }

    /// Replaces when a schedule invokes what, and leaves the rest of it as it is. Waits for the role
    /// to be known to Scheduler.
    pub async fn update_schedule(
        &self,
        name: &ScheduleName,
        settings: &ScheduleSettings,
    ) -> Result<(), AwsError> {
        const ACTION: &str = "scheduler:UpdateSchedule";
        let Some(Schedule { others, .. }) = self.find_schedule(name).await? else {
            let message = format!("there is no schedule {:?}", name.name);
            return Err(AwsError::of_ours(ACTION, Fault::NotFound, message));
        };
        self.knowing_the_role(|| async {
            let request = self.client.update_schedule();
            let answer = with_settings!(request, name, settings, &others).send().await;
            answer.map_err(|error| AwsError::from_sdk(ACTION, &error))
        })
        .await?;
        Ok(())
    }

    /// Deletes a schedule. One that is gone, with its group or without, is fine.
    pub async fn delete_schedule(&self, name: &ScheduleName) -> Result<(), AwsError> {
        let deleted = self
            .patiently(|| async {
                let request = self.client.delete_schedule();
                let answer = request.name(&name.name).group_name(&name.group).send().await;
                answer.map_err(|error| AwsError::from_sdk("scheduler:DeleteSchedule", &error))
            })
            .await;
        gone_is_fine(deleted.map(drop))
    }

    /// Repeats a change while another one of the same schedule is under way.
    async fn patiently<T, F>(&self, call: impl FnMut() -> F) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, AwsError>>,
    {
        // The same code says that the name is taken.
        let busy = |error: &AwsError| {
            error.code.as_deref() == Some("ConflictException")
                && error.fault != Fault::AlreadyExists
        };
        self.waiter.retry(self.waiter.waits().propagation, busy, call).await
    }

    /// The same, and until Scheduler can assume the role.
    async fn knowing_the_role<T, F>(&self, call: impl Fn() -> F) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, AwsError>>,
    {
        let unknown = |error: &AwsError| error.says("ValidationException", "assume the role");
        self.waiter.retry(self.waiter.waits().propagation, unknown, || self.patiently(&call)).await
    }
}

impl ScheduleSettings {
    fn window(&self) -> Result<sdk::FlexibleTimeWindow, AwsError> {
        let mode = match self.flexible_window {
            Some(_) => sdk::FlexibleTimeWindowMode::Flexible,
            None => sdk::FlexibleTimeWindowMode::Off,
        };
        let window = sdk::FlexibleTimeWindow::builder().mode(mode);
        window.set_maximum_window_in_minutes(self.flexible_window).build().map_err(incomplete)
    }

    fn state(&self) -> sdk::ScheduleState {
        if self.enabled { sdk::ScheduleState::Enabled } else { sdk::ScheduleState::Disabled }
    }

    fn target(&self) -> Result<sdk::Target, AwsError> {
        let retries = sdk::RetryPolicy::builder()
            .set_maximum_event_age_in_seconds(self.retries.maximum_event_age)
            .set_maximum_retry_attempts(self.retries.maximum_attempts);
        let queue = self.dead_letter_arn.as_ref();
        let queue = queue.map(|arn| sdk::DeadLetterConfig::builder().arn(arn).build());
        sdk::Target::builder()
            .arn(&self.function_arn)
            .role_arn(&self.role_arn)
            .set_input(self.input.clone())
            .retry_policy(retries.build())
            .set_dead_letter_config(queue)
            .build()
            .map_err(incomplete)
    }
}

fn incomplete(error: BuildError) -> AwsError {
    AwsError::unexpected("scheduler:CreateSchedule", error.to_string())
}

#[cfg(test)]
mod tests;
