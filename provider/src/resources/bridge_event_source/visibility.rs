//! For how long a queue hides a message that the bridge works on.
//!
//! Lambda refuses a queue that shows a message to others again while the function may still work on
//! it, and AWS advises six times the function's timeout, so that Lambda can try again when it is
//! throttled (AWS Lambda developer guide, "Creating and configuring an Amazon SQS event source
//! mapping").

use tf_framework::Diagnostic;

use super::BridgeEventSource;
use super::desired::Desired;
use super::source::Source;
use crate::arn::Arn;
use crate::aws::lambda::LambdaFunction;
use crate::aws::{Aws, AwsError};

/// Seconds, and what they are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visibility {
    /// Name of the queue.
    pub queue: String,
    /// Name of the function.
    pub bridge: String,
    /// How long the queue hides a message.
    pub hidden: i64,
    /// How long the function may work.
    pub timeout: i64,
    /// How long Lambda gathers messages before it begins.
    pub window: i64,
}

impl Visibility {
    /// `None` where the source is no queue, or none that is there.
    pub(super) async fn of(
        aws: &Aws,
        source_arn: &str,
        function: &LambdaFunction,
        window: i64,
    ) -> Result<Option<Self>, AwsError> {
        if !Source::of(source_arn).is_some_and(Source::is_queue) {
            return Ok(None);
        }
        let hidden = aws.queues.visibility_timeout(source_arn).await?;
        Ok(hidden.map(|hidden| Self {
            queue: Arn::parse(source_arn).map_or("", |arn| arn.resource).to_owned(),
            bridge: function.name.clone(),
            hidden,
            timeout: function.settings.timeout.into(),
            window,
        }))
    }

    /// Whether Lambda would refuse the queue.
    pub(super) fn is_too_short(&self) -> bool {
        self.hidden < self.timeout
    }

    /// What AWS advises at least.
    fn advised(&self) -> i64 {
        6 * self.timeout + self.window
    }

    /// That Lambda would refuse this.
    pub(super) fn refusal(&self) -> Diagnostic {
        Diagnostic::error("Visibility timeout of the queue is too short", self.text())
            .at("event_source_arn")
    }

    /// What there is to say before anything is done. It is no error yet: the same apply may change
    /// the queue or the bridge.
    pub(super) fn warning(&self) -> Option<Diagnostic> {
        let (queue, bridge, hidden) = (&self.queue, &self.bridge, self.hidden);
        let advised = self.advised();
        let (summary, text) = if self.is_too_short() {
            ("Visibility timeout of the queue is too short", self.text())
        } else if hidden < advised {
            (
                "Visibility timeout of the queue is short",
                format!(
                    "The queue {queue:?} hides a message for {hidden} seconds, and the bridge \
                     {bridge:?} may take {} seconds for it. When Lambda is throttled, the message \
                     may come back, and be worked on twice, before Lambda had a chance to try \
                     again. AWS advises six times the timeout, and the batching window: set the \
                     queue's visibility_timeout_seconds to {advised}.",
                    self.timeout
                ),
            )
        } else {
            return None;
        };
        Some(Diagnostic::warning(summary, text).at("event_source_arn"))
    }

    fn text(&self) -> String {
        let Self { queue, bridge, hidden, timeout, .. } = self;
        format!(
            "The queue {queue:?} hides a message for {hidden} seconds, and the bridge {bridge:?} \
             may take {timeout} seconds for it: the message would come back while it is worked on, \
             and Lambda refuses that. Set the queue's visibility_timeout_seconds to {} (at least \
             {timeout}), or the bridge's timeout to {hidden} or less.",
            self.advised()
        )
    }
}

impl BridgeEventSource {
    /// Refuses what Lambda would refuse, in better words and before anything is made. Where the
    /// queue may not be looked at, Lambda has the word.
    pub(super) async fn check_visibility(
        &self,
        desired: &Desired,
        function: &LambdaFunction,
    ) -> Result<(), Diagnostic> {
        let window = desired.settings.batching_window.into();
        let source_arn = &desired.source_arn;
        let seen = Visibility::of(&self.clients.aws, source_arn, function, window).await;
        match seen {
            Ok(Some(visibility)) if visibility.is_too_short() => Err(visibility.refusal()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn hidden_for(hidden: i64) -> Visibility {
        let (queue, bridge) = ("jobs".to_owned(), "worker".to_owned());
        Visibility { queue, bridge, hidden, timeout: 30, window: 5 }
    }

    #[test]
    fn what_is_long_enough_is_not_spoken_of() {
        assert_eq!(hidden_for(185).warning(), None);
        assert!(!hidden_for(30).is_too_short());
    }

    #[test]
    fn what_lambda_would_refuse_says_which_numbers_to_change() {
        let visibility = hidden_for(29);
        assert!(visibility.is_too_short());
        expect![[r#"The queue "jobs" hides a message for 29 seconds, and the bridge "worker" may take 30 seconds for it: the message would come back while it is worked on, and Lambda refuses that. Set the queue's visibility_timeout_seconds to 185 (at least 30), or the bridge's timeout to 29 or less."#]].assert_eq(&visibility.refusal().detail);
        assert_eq!(visibility.warning().unwrap().detail, visibility.refusal().detail);
    }

    #[test]
    fn what_is_short_is_warned_of() {
        let warning = hidden_for(184).warning().unwrap();
        assert_eq!(warning.summary, "Visibility timeout of the queue is short");
        expect![[r#"The queue "jobs" hides a message for 184 seconds, and the bridge "worker" may take 30 seconds for it. When Lambda is throttled, the message may come back, and be worked on twice, before Lambda had a chance to try again. AWS advises six times the timeout, and the batching window: set the queue's visibility_timeout_seconds to 185."#]].assert_eq(&warning.detail);
    }
}
