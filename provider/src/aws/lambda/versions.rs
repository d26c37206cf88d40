//! Versions of a function: what it was, kept as it was.

use super::{Lambda, LambdaFunction};
use crate::aws::error::AwsError;

impl Lambda {
    /// Keeps the function as it is under a number, which is the answer. Where nothing has changed
    /// since the last version, that one is it.
    ///
    /// Fails where the function has other code by now.
    pub async fn publish_version(
        &self,
        function: &LambdaFunction,
        description: &str,
    ) -> Result<String, AwsError> {
        const ACTION: &str = "lambda:PublishVersion";
        let answer = self
            .patiently(|| async {
                let request = self
                    .client
                    .publish_version()
                    .function_name(&function.name)
                    .code_sha256(&function.code_sha256)
                    .description(description);
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk(ACTION, &error))
            })
            .await?;
        let version = answer.version().map(str::to_owned);
        version.ok_or_else(|| AwsError::unexpected(ACTION, "the answer has no version"))
    }
}
