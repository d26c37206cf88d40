//! When to try a call again.

use std::time::Duration;

use modal_proto::FunctionRetryPolicy;
use tonic::Code;

/// How often, and after how long, a failed try is repeated. Modal's Python client 1.6.4 has the
/// same numbers (`modal/_utils/grpc_utils.py`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Retries {
    /// Tries after the first.
    pub(crate) limit: u32,
    pub(crate) first_delay: Duration,
    pub(crate) longest_delay: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            limit: 3,
            first_delay: Duration::from_millis(100),
            longest_delay: Duration::from_secs(1),
        }
    }
}

impl Retries {
    /// The wait before the try after `retries` repeated ones, or `None` when `code` is final.
    pub(crate) fn next_delay(&self, retries: u32, code: Code) -> Option<Duration> {
        if retries >= self.limit || !is_transient(code) {
            return None;
        }
        let doubled = self.first_delay.saturating_mul(2_u32.saturating_pow(retries));
        Some(doubled.min(self.longest_delay))
    }
}

/// The wait that a server asks for with `RPCRetryPolicy`. Not counted as a retry.
pub(crate) fn throttle_delay(retry_after_secs: f32) -> Duration {
    // A nonsensical number is a long wait, which a deadline ends.
    let asked = Duration::try_from_secs_f32(retry_after_secs).unwrap_or(Duration::MAX);
    asked.max(Duration::from_millis(100))
}

/// What the function's author wrote as `retries=`: on `remote`, the caller carries it out. Modal's
/// Python client 1.6.4 has the same limits (`modal/retries.py`).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct UserRetries {
    policy: FunctionRetryPolicy,
    done: u32,
}

impl UserRetries {
    const SHORTEST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    pub(crate) fn new(policy: Option<FunctionRetryPolicy>) -> Self {
        Self { policy: policy.unwrap_or_default(), done: 0 }
    }

    /// The wait before the function is tried again, or `None` when its failure is final.
    pub(crate) fn next_delay(&mut self) -> Option<Duration> {
        if self.done >= self.policy.retries {
            return None;
        }
        let growth = f64::from(self.policy.backoff_coefficient).powf(f64::from(self.done));
        let seconds = f64::from(self.policy.initial_delay_ms) / 1000.0 * growth;
        self.done += 1;
        // A nonsensical number is the longest wait, which a deadline ends.
        let delay = Duration::try_from_secs_f64(seconds).unwrap_or(Self::LONGEST);
        Some(delay.clamp(Self::SHORTEST, Self::LONGEST))
    }
}

/// Codes that say nothing about the request itself.
pub(crate) fn is_transient(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::Internal
            | Code::Unknown
    )
}

/// The one place of this crate that waits.
pub(crate) async fn wait(delay: Duration) {
    #[expect(clippy::disallowed_methods, reason = "this is the crate's waiter")]
    tokio::time::sleep(delay).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transient_failure_is_tried_four_times_with_doubling_waits() {
        let retries = Retries::default();
        let delays: Vec<_> = (0..5).map(|n| retries.next_delay(n, Code::Unavailable)).collect();
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(delays, [ms(100), ms(200), ms(400), None, None]);
    }

    #[test]
    fn a_function_s_own_retries_wait_a_second_at_least_and_grow_as_its_author_said() {
        let policy = FunctionRetryPolicy {
            retries: 3,
            initial_delay_ms: 800,
            backoff_coefficient: 2.0,
            max_delay_ms: 60_000,
        };
        let mut retries = UserRetries::new(Some(policy));
        let delays: Vec<_> = (0..4).map(|_| retries.next_delay()).collect();
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(delays, [ms(1000), ms(1600), ms(3200), None]);
        assert_eq!(UserRetries::new(None).next_delay(), None);
        let odd = FunctionRetryPolicy { backoff_coefficient: f32::NAN, ..policy };
        let mut odd = UserRetries::new(Some(odd));
        assert_eq!(odd.next_delay(), ms(1000));
        assert_eq!(odd.next_delay(), Some(UserRetries::LONGEST));
    }

    #[test]
    fn waits_stop_growing_at_a_second() {
        let retries = Retries { limit: 40, ..Retries::default() };
        assert_eq!(retries.next_delay(4, Code::Internal), Some(Duration::from_secs(1)));
        assert_eq!(retries.next_delay(39, Code::Internal), Some(Duration::from_secs(1)));
    }

    #[test]
    fn what_the_request_itself_caused_is_final() {
        for code in [
            Code::Unauthenticated,
            Code::PermissionDenied,
            Code::NotFound,
            Code::InvalidArgument,
            Code::OutOfRange,
            Code::FailedPrecondition,
            Code::Aborted,
            Code::Unimplemented,
            Code::ResourceExhausted,
        ] {
            assert_eq!(Retries::default().next_delay(0, code), None, "{code:?}");
        }
    }

    #[test]
    fn a_server_that_throttles_is_asked_again_no_sooner_than_it_says() {
        assert_eq!(throttle_delay(2.5), Duration::from_millis(2500));
        assert_eq!(throttle_delay(0.0), Duration::from_millis(100));
        assert_eq!(throttle_delay(f32::NAN), Duration::MAX);
        assert_eq!(throttle_delay(-1.0), Duration::MAX);
    }
}
