//! The resource policy of a secret: who else may use it.

use super::Secrets;
use crate::aws::error::AwsError;
use crate::aws::iam::{absent, gone_is_fine};

impl Secrets {
    /// The policy as Secrets Manager keeps it; `None` where there is none.
    pub async fn resource_policy(&self, id: &str) -> Result<Option<String>, AwsError> {
        let answer = self.client.get_resource_policy().secret_id(id).send().await;
        match answer {
            Ok(answer) => Ok(answer.resource_policy().map(str::to_owned)),
            Err(error) => absent(AwsError::from_sdk("secretsmanager:GetResourcePolicy", &error)),
        }
    }

    /// Sets the policy. Waits for principals in it that IAM has only just made.
    pub async fn put_resource_policy(&self, id: &str, policy: &str) -> Result<(), AwsError> {
        let unknown = |error: &AwsError| {
            error.says("MalformedPolicyDocumentException", "unsupported principal")
        };
        let put = || async {
            let request = self.client.put_resource_policy().secret_id(id).resource_policy(policy);
            let answer = request.send().await.map(drop);
            answer.map_err(|error| AwsError::from_sdk("secretsmanager:PutResourcePolicy", &error))
        };
        self.waiter.retry(self.waiter.waits().propagation, unknown, put).await
    }

    /// Takes the policy off. None is fine.
    pub async fn delete_resource_policy(&self, id: &str) -> Result<(), AwsError> {
        let answer = self.client.delete_resource_policy().secret_id(id).send().await.map(drop);
        gone_is_fine(
            answer
                .map_err(|error| AwsError::from_sdk("secretsmanager:DeleteResourcePolicy", &error)),
        )
    }
}
