//! Queues: for how long they hide a message from others while one consumer works on it.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;

use super::error::AwsError;
use super::iam::absent;
use super::limit::limited;
use super::waiter::Waiter;
use crate::arn::Arn;

/// The SQS queues of one region.
#[derive(Debug, Clone)]
pub struct Queues {
    client: Client,
}

impl Queues {
    /// An adapter that speaks through `client`.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// The same, within the time of an operation.
    pub(super) fn limited_by(&self, waiter: &Waiter) -> Self {
        Self { client: limited!(aws_sdk_sqs, self.client, waiter) }
    }

    /// Seconds for which a message that was received stays hidden. `None` when there is no such
    /// queue.
    pub async fn visibility_timeout(&self, arn: &str) -> Result<Option<i64>, AwsError> {
        const ACTION: &str = "sqs:GetQueueAttributes";
        let Some(queue) = Arn::parse(arn) else { return Ok(None) };
        let request = self.client.get_queue_url().queue_name(queue.resource);
        let answer = match request.queue_owner_aws_account_id(queue.account).send().await {
            Ok(answer) => answer,
            Err(error) => return absent(AwsError::from_sdk("sqs:GetQueueUrl", &error)),
        };
        let request = self.client.get_queue_attributes();
        let request = request.queue_url(answer.queue_url().unwrap_or_default());
        let request = request.attribute_names(QueueAttributeName::VisibilityTimeout);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return absent(AwsError::from_sdk(ACTION, &error)),
        };
        let attributes = answer.attributes();
        let seconds = attributes.and_then(|all| all.get(&QueueAttributeName::VisibilityTimeout));
        match seconds.and_then(|seconds| seconds.parse().ok()) {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(AwsError::unexpected(ACTION, "the answer has no visibility timeout")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::testing::{FakeAws, json as answer, json_error};
    use super::*;

    const ARN: &str = "arn:aws:sqs:us-east-1:111122223333:jobs";

    #[tokio::test]
    async fn a_queue_of_any_account_is_asked_by_its_arn() {
        let aws = FakeAws::new();
        let url = "https://sqs.us-east-1.amazonaws.com/111122223333/jobs";
        aws.answer("GetQueueUrl", answer(200, json!({ "QueueUrl": url })));
        let attributes = json!({ "Attributes": { "VisibilityTimeout": "45" } });
        aws.answer("GetQueueAttributes", answer(200, attributes));
        let queues = Queues::new(Client::new(&aws.config()));

        assert_eq!(queues.visibility_timeout(ARN).await, Ok(Some(45)));

        let asked = |operation| serde_json::from_str::<Json>(&aws.asked(operation)).unwrap();
        let named = json!({ "QueueName": "jobs", "QueueOwnerAWSAccountId": "111122223333" });
        assert_eq!(asked("GetQueueUrl"), named);
        let wanted = json!({ "QueueUrl": url, "AttributeNames": ["VisibilityTimeout"] });
        assert_eq!(asked("GetQueueAttributes"), wanted);
        aws.assert_done();
    }

    #[tokio::test]
    async fn a_queue_that_is_not_there_has_no_timeout() {
        let aws = FakeAws::new();
        let missing = "The specified queue does not exist.";
        for code in
            ["com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"]
        {
            aws.answer("GetQueueUrl", json_error(400, code, missing));
            let queues = Queues::new(Client::new(&aws.config()));
            assert_eq!(queues.visibility_timeout(ARN).await, Ok(None), "{code}");
        }
    }
}
