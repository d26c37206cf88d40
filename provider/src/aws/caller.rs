//! Who asks AWS: the account and partition that ARNs are made of.

use std::sync::Arc;

use aws_sdk_sts::Client;
use tokio::sync::OnceCell;

use super::error::AwsError;
use super::limit::limited;
use super::waiter::Waiter;

/// The identity behind the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    /// Twelve digits.
    pub account_id: String,
    /// `aws`, `aws-cn`, `aws-us-gov` and so on: in every ARN of the account.
    pub partition: String,
    /// The user or role session.
    pub arn: String,
}

/// Asks STS once, and remembers.
#[derive(Debug, Clone)]
pub struct Caller {
    client: Client,
    known: Arc<OnceCell<CallerIdentity>>,
}

impl Caller {
    /// An adapter that speaks through `client`.
    pub fn new(client: Client) -> Self {
        Self { client, known: Arc::default() }
    }

    /// The same, within the time of an operation.
    pub(super) fn limited_by(&self, waiter: &Waiter) -> Self {
        Self { client: limited!(aws_sdk_sts, self.client, waiter), known: Arc::clone(&self.known) }
    }

    /// The identity. A failure is not remembered: the next call asks again.
    pub async fn identity(&self) -> Result<CallerIdentity, AwsError> {
        self.known.get_or_try_init(|| self.ask()).await.cloned()
    }

    /// The identity, if it was asked for before.
    pub fn known(&self) -> Option<&CallerIdentity> {
        self.known.get()
    }

    async fn ask(&self) -> Result<CallerIdentity, AwsError> {
        const ACTION: &str = "sts:GetCallerIdentity";
        let answer = self.client.get_caller_identity().send().await;
        let answer = answer.map_err(|error| AwsError::from_sdk(ACTION, &error))?;
        let arn = answer.arn().unwrap_or_default().to_owned();
        let partition = arn.split(':').nth(1).filter(|partition| !partition.is_empty());
        match (answer.account(), partition) {
            (Some(account_id), Some(partition)) => Ok(CallerIdentity {
                account_id: account_id.to_owned(),
                partition: partition.to_owned(),
                arn,
            }),
            _ => Err(AwsError::unexpected(ACTION, "the answer has no account or no ARN")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeAws, xml};
    use super::*;

    const ANSWER: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
        <Arn>arn:aws-us-gov:sts::111122223333:assumed-role/ci/run</Arn>\
        <Account>111122223333</Account>\
        </GetCallerIdentityResult></GetCallerIdentityResponse>";

    #[tokio::test]
    async fn sts_is_asked_once_and_tells_the_partition() {
        let aws = FakeAws::new();
        aws.answer("GetCallerIdentity", xml(200, ANSWER));
        let caller = Caller::new(aws_sdk_sts::Client::new(&aws.config()));
        assert_eq!(caller.known(), None);

        let identity = caller.identity().await.unwrap();
        assert_eq!(identity.partition, "aws-us-gov");
        assert_eq!(identity.account_id, "111122223333");
        assert_eq!(caller.clone().identity().await.unwrap(), identity);
        assert_eq!(caller.known(), Some(&identity));
        aws.assert_done();
    }
}
