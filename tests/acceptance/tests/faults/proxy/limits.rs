//! How many requests a second AWS answers: a token bucket for each of its quotas.

use std::time::Instant;

/// Actions that share a quota.
struct Quota {
    service: &'static str,
    /// None for all others of the service.
    actions: &'static [&'static str],
    per_second: f64,
}

/// What an account has in one region. A bucket holds what comes in a second: how much more AWS takes
/// in one go, it does not say.
///
/// - IAM: AWS publishes none. This is an assumption, and a strict one.
/// - Lambda: AWS Lambda developer guide, "Lambda quotas", API requests. They cannot be increased.
/// - Logs: Amazon CloudWatch Logs user guide, "CloudWatch Logs quotas".
/// - Secrets Manager: AWS Secrets Manager user guide, "AWS Secrets Manager quotas".
const QUOTAS: &[Quota] = &[
    Quota { service: "iam", actions: &[], per_second: 20.0 },
    Quota { service: "lambda", actions: &["GetFunction"], per_second: 100.0 },
    Quota { service: "lambda", actions: &["GetPolicy"], per_second: 15.0 },
    Quota { service: "lambda", actions: &[], per_second: 15.0 },
    Quota { service: "logs", actions: &["CreateLogGroup"], per_second: 10.0 },
    Quota { service: "logs", actions: &["DeleteLogGroup"], per_second: 10.0 },
    Quota { service: "logs", actions: &["DescribeLogGroups"], per_second: 10.0 },
    Quota { service: "logs", actions: &["ListTagsForResource"], per_second: 5.0 },
    Quota { service: "logs", actions: &["PutRetentionPolicy"], per_second: 5.0 },
    Quota { service: "logs", actions: &["TagResource"], per_second: 5.0 },
    Quota { service: "logs", actions: &["UntagResource"], per_second: 5.0 },
    Quota {
        service: "secretsmanager",
        actions: &["DescribeSecret", "GetSecretValue"],
        per_second: 10_000.0,
    },
    Quota {
        service: "secretsmanager",
        actions: &["DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy"],
        per_second: 50.0,
    },
    Quota {
        service: "secretsmanager",
        actions: &["PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage"],
        per_second: 50.0,
    },
    Quota { service: "secretsmanager", actions: &["CreateSecret"], per_second: 50.0 },
    Quota { service: "secretsmanager", actions: &["DeleteSecret"], per_second: 50.0 },
    Quota {
        service: "secretsmanager",
        actions: &["TagResource", "UntagResource"],
        per_second: 50.0,
    },
];

/// What is left of each quota.
pub(super) struct Limits(Vec<Bucket>);

struct Bucket {
    left: f64,
    at: Instant,
}

impl Limits {
    /// Nothing is used up.
    pub(super) fn new(now: Instant) -> Self {
        Self(QUOTAS.iter().map(|quota| Bucket { left: quota.per_second, at: now }).collect())
    }

    /// Whether AWS answers this request. Those that it refuses use up nothing.
    pub(super) fn admit(&mut self, action: &str, now: Instant) -> bool {
        let Some(index) = quota_of(action) else { return true };
        let (quota, bucket) = (&QUOTAS[index], &mut self.0[index]);
        let more = quota.per_second * now.duration_since(bucket.at).as_secs_f64();
        bucket.left = (bucket.left + more).min(quota.per_second);
        bucket.at = now;
        let admitted = bucket.left >= 1.0;
        bucket.left -= f64::from(u8::from(admitted));
        admitted
    }
}

/// The quotas, to be read beside what was measured under them.
pub(crate) fn stated() -> String {
    let quotas = QUOTAS.iter().map(|Quota { service, actions, per_second }| {
        let actions = if actions.is_empty() { "others".to_owned() } else { actions.join("+") };
        format!("{service}:{actions} {per_second}")
    });
    quotas.collect::<Vec<_>>().join(", ")
}

fn quota_of(action: &str) -> Option<usize> {
    let (service, name) = action.split_once(':')?;
    let of_service = || QUOTAS.iter().enumerate().filter(|(_, quota)| quota.service == service);
    let named = of_service().find(|(_, quota)| quota.actions.contains(&name));
    let found = named.or_else(|| of_service().find(|(_, quota)| quota.actions.is_empty()));
    found.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn admitted(limits: &mut Limits, action: &str, now: Instant) -> usize {
        (0..1000).take_while(|_| limits.admit(action, now)).count()
    }

    #[test]
    fn each_quota_is_used_up_by_its_own_actions_and_fills_again() {
        let start = Instant::now();
        let mut limits = Limits::new(start);
        assert_eq!(admitted(&mut limits, "lambda:CreateFunction", start), 15);
        assert_eq!(admitted(&mut limits, "lambda:DeleteFunction", start), 0);
        assert_eq!(admitted(&mut limits, "lambda:GetPolicy", start), 15);
        assert_eq!(admitted(&mut limits, "lambda:GetFunction", start), 100);
        assert_eq!(admitted(&mut limits, "sts:GetCallerIdentity", start), 1000);

        let later = start + Duration::from_millis(200);
        assert_eq!(admitted(&mut limits, "lambda:DeleteFunction", later), 3);
        assert_eq!(admitted(&mut limits, "iam:GetRole", later + Duration::from_secs(60)), 20);
    }
}
