//! Waiting for AWS: how long, how often, and until when.
//!
//! The only place that sleeps. Budgets are values, so that tests need not wait; Terraform's Stop
//! ends every wait with AWS's last words.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::error::{AwsError, Fault};

/// How long to go on asking, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// All waiting together.
    pub total: Duration,
    /// The first pause.
    pub first_pause: Duration,
    /// Pauses grow by half, up to this.
    pub longest_pause: Duration,
}

/// The waits that AWS makes necessary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// Until what was just written is known everywhere: a role to Lambda, an object to deletes.
    pub propagation: Budget,
    /// Until a Lambda function is active, updated or gone.
    pub state: Budget,
    /// Until Lambda has deleted the network interfaces of a function that is gone. As long as the
    /// operation may take: AWS says minutes, and means up to 45.
    pub interfaces: Budget,
    /// Until a service finds what it has just created.
    pub consistency: Budget,
    /// When an operation's time is up: until the call under way has made its last attempt.
    pub last_words: Duration,
    really: bool,
}

impl Default for Waits {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self {
            propagation: Budget {
                total: 120 * second,
                first_pause: second,
                longest_pause: 5 * second,
            },
            state: Budget {
                total: 600 * second,
                first_pause: second / 4,
                longest_pause: 5 * second,
            },
            interfaces: Budget {
                total: 86_400 * second,
                first_pause: 2 * second,
                longest_pause: 20 * second,
            },
            consistency: Budget {
                total: 10 * second,
                first_pause: second / 2,
                longest_pause: 2 * second,
            },
            last_words: 30 * second,
            really: true,
        }
    }
}

impl Waits {
    /// Budgets of a few seconds, really waited.
    pub(super) fn little() -> Self {
        let millisecond = Duration::from_millis(1);
        let budget = |total| Budget {
            total,
            first_pause: 20 * millisecond,
            longest_pause: 100 * millisecond,
        };
        Self {
            propagation: budget(4000 * millisecond),
            state: budget(6000 * millisecond),
            interfaces: budget(6000 * millisecond),
            consistency: budget(1500 * millisecond),
            last_words: 1000 * millisecond,
            really: true,
        }
    }

    /// The same budgets, and pauses that count in full and take no time.
    pub fn without_sleeping() -> Self {
        Self { really: false, ..Self::default() }
    }
}

/// What a look at something in progress showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress<T> {
    /// It is as it should be.
    Done(T),
    /// Not yet; in what state it is, for the message when time is up.
    Pending(String),
}

/// Waits and their end: made once when the provider is configured, and held by every adapter.
#[derive(Debug, Clone)]
pub struct Waiter {
    waits: Waits,
    stop: CancellationToken,
    deadline: Option<Instant>,
}

impl Waiter {
    /// `stop` is cancelled when Terraform tells the provider to stop.
    pub fn new(waits: Waits, stop: CancellationToken) -> Self {
        Self { waits, stop, deadline: None }
    }

    /// The same waits, none of which goes on when `limit` has passed from now.
    pub fn within(&self, limit: Duration) -> Self {
        Self { deadline: Instant::now().checked_add(limit), ..self.clone() }
    }

    /// The budgets.
    pub fn waits(&self) -> &Waits {
        &self.waits
    }

    /// What is left of the operation's time; `None` where nobody limits it.
    pub(super) fn left(&self) -> Option<Duration> {
        let now = Instant::now();
        self.deadline.map(|deadline| deadline.saturating_duration_since(now))
    }

    /// Whether nothing is to be tried again: time is up, or Terraform asked to stop.
    pub(super) fn is_over(&self) -> bool {
        self.stop.is_cancelled() || self.left().is_some_and(|left| left.is_zero())
    }

    /// Calls until it succeeds or fails for another reason than `not_yet`. When time is up, the
    /// last answer is the error.
    pub async fn retry<T, F>(
        &self,
        budget: Budget,
        not_yet: impl Fn(&AwsError) -> bool,
        mut call: impl FnMut() -> F,
    ) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, AwsError>>,
    {
        let mut clock = self.clock(budget);
        loop {
            let error = match call().await {
                Err(error) if not_yet(&error) => error,
                answer => return answer,
            };
            match self.pause(&mut clock).await {
                Pause::Over => {}
                Pause::OutOfTime => {
                    return Err(error.giving_up(format!("still so after {}", clock.text())));
                }
                Pause::Stopped => {
                    return Err(error
                        .with_fault(Fault::Interrupted)
                        .giving_up("interrupted while waiting for this to pass"));
                }
            }
        }
    }

    /// Looks until what `look` shows is done. Errors of `look` end the wait.
    pub async fn until<T, F>(
        &self,
        action: &'static str,
        budget: Budget,
        mut look: impl FnMut() -> F,
    ) -> Result<T, AwsError>
    where
        F: Future<Output = Result<Progress<T>, AwsError>>,
    {
        let mut clock = self.clock(budget);
        loop {
            let state = match look().await? {
                Progress::Done(value) => return Ok(value),
                Progress::Pending(state) => state,
            };
            match self.pause(&mut clock).await {
                Pause::Over => {}
                Pause::OutOfTime => {
                    let message = format!("still {state} after {}", clock.text());
                    return Err(AwsError::of_ours(action, Fault::TimedOut, message));
                }
                Pause::Stopped => {
                    let message = format!("interrupted while it was {state}");
                    return Err(AwsError::of_ours(action, Fault::Interrupted, message));
                }
            }
        }
    }

    fn clock(&self, budget: Budget) -> Clock {
        let now = Instant::now();
        let total = self.left().map_or(budget.total, |left| left.min(budget.total));
        Clock { started: now, paused: Duration::ZERO, next: budget.first_pause, total, budget }
    }

    async fn pause(&self, clock: &mut Clock) -> Pause {
        if self.stop.is_cancelled() {
            return Pause::Stopped;
        }
        let Some(pause) = clock.next_pause() else { return Pause::OutOfTime };
        if !self.waits.really {
            return Pause::Over;
        }
        tokio::select! {
            () = self.stop.cancelled() => Pause::Stopped,
            () = sleep(pause) => Pause::Over,
        }
    }
}

enum Pause {
    Over,
    OutOfTime,
    Stopped,
}

/// Time spent in one wait: by the pauses taken or by the clock, whichever is more.
struct Clock {
    started: Instant,
    paused: Duration,
    next: Duration,
    total: Duration,
    budget: Budget,
}

impl Clock {
    fn spent(&self) -> Duration {
        self.started.elapsed().max(self.paused)
    }

    fn next_pause(&mut self) -> Option<Duration> {
        let left = self.total.checked_sub(self.spent()).filter(|left| !left.is_zero())?;
        let pause = self.next.min(left).max(Duration::from_millis(1));
        self.paused += pause;
        self.next = (self.next * 3 / 2).min(self.budget.longest_pause);
        Some(pause)
    }

    fn text(&self) -> String {
        let seconds = self.spent().as_secs();
        match seconds {
            1 => "1 second".to_owned(),
            0..=119 => format!("{seconds} seconds"),
            _ => format!("{} minutes", seconds / 60),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the waiter that all waits go through")]
async fn sleep(pause: Duration) {
    tokio::time::sleep(pause).await;
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use expect_test::expect;

    use super::*;

    fn waiter() -> Waiter {
        Waiter::new(Waits::without_sleeping(), CancellationToken::new())
    }

    fn busy() -> AwsError {
        AwsError::of_ours("lambda:CreateFunction", Fault::Conflict, "an update is in progress")
    }

    fn is_busy(error: &AwsError) -> bool {
        error.fault == Fault::Conflict
    }

    #[tokio::test]
    async fn a_call_is_repeated_until_aws_has_caught_up() {
        let waiter = waiter();
        let calls = Cell::new(0);
        let answer = waiter
            .retry(waiter.waits().propagation, is_busy, async || {
                calls.set(calls.get() + 1);
                if calls.get() < 4 { Err(busy()) } else { Ok("made") }
            })
            .await;
        assert_eq!((answer, calls.get()), (Ok("made"), 4));
    }

    #[tokio::test]
    async fn a_final_answer_is_not_waited_for() {
        let waiter = waiter();
        let calls = Cell::new(0);
        let denied = AwsError::of_ours("iam:CreateRole", Fault::AccessDenied, "no");
        let answer: Result<(), _> = waiter
            .retry(waiter.waits().propagation, is_busy, async || {
                calls.set(calls.get() + 1);
                Err(denied.clone())
            })
            .await;
        assert_eq!((answer, calls.get()), (Err(denied), 1));
    }

    #[tokio::test]
    async fn when_time_is_up_the_last_answer_is_the_error() {
        let waiter = waiter();
        let error = waiter
            .retry::<(), _>(waiter.waits().propagation, is_busy, async || Err(busy()))
            .await
            .unwrap_err();
        assert_eq!(error.fault, Fault::Conflict);
        expect![
            "lambda:CreateFunction failed: an update is in progress (still so after 2 minutes)"
        ]
        .assert_eq(&error.to_string());
    }

    #[tokio::test]
    async fn a_state_that_does_not_change_is_named() {
        let waiter = waiter();
        let error = waiter
            .until::<(), _>("lambda:GetFunction", waiter.waits().state, async || {
                Ok(Progress::Pending("Pending: creating".to_owned()))
            })
            .await
            .unwrap_err();
        assert_eq!(error.fault, Fault::TimedOut);
        expect!["lambda:GetFunction failed: still Pending: creating after 10 minutes"]
            .assert_eq(&error.to_string());
    }

    #[tokio::test]
    async fn no_wait_goes_on_when_the_operations_time_is_up() {
        let waiter = waiter().within(Duration::from_secs(40));
        let error = waiter
            .until::<(), _>("lambda:GetFunction", waiter.waits().state, async || {
                Ok(Progress::Pending("Pending: creating".to_owned()))
            })
            .await
            .unwrap_err();
        assert_eq!(error.fault, Fault::TimedOut);
        assert!(error.to_string().contains("after 39 seconds"), "{error}");

        let waiter = waiter.within(Duration::ZERO);
        let calls = Cell::new(0);
        let answer: Result<(), _> = waiter
            .retry(waiter.waits().propagation, is_busy, async || {
                calls.set(calls.get() + 1);
                Err(busy())
            })
            .await;
        assert!(answer.is_err());
        assert_eq!(calls.get(), 1);
    }

    #[tokio::test]
    async fn stop_ends_a_wait_with_awss_last_words() {
        let stop = CancellationToken::new();
        let waiter = Waiter::new(Waits::default(), stop.clone());
        let waiting =
            waiter.retry::<(), _>(waiter.waits().propagation, is_busy, async || Err(busy()));
        let (answer, ()) = tokio::join!(waiting, async { stop.cancel() });

        let error = answer.unwrap_err();
        assert_eq!(error.fault, Fault::Interrupted);
        expect!["lambda:CreateFunction failed: an update is in progress (interrupted while waiting for this to pass)"]
            .assert_eq(&error.to_string());
    }
}
