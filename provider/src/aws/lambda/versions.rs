//! Published versions: a function's code and settings as they were, for ever.

use super::{Lambda, LambdaFunction};
use crate::aws::error::AwsError;

/// What stands for the version that changes.
pub const LATEST: &str = "$LATEST";

impl Lambda {
    /// Keeps the function as it is under a number, which is the answer. Where nothing has changed
    /// since the newest version, it is that one.
    ///
    /// Fails where the function has other code by now.
    pub async fn publish_version(
        &self,
        function: &LambdaFunction,
        description: Option<&str>,
    ) -> Result<String, AwsError> {
        const ACTION: &str = "lambda:PublishVersion";
        let published = self
            .patiently(|| async {
                let request = self
                    .client
                    .publish_version()
                    .function_name(&function.name)
                    .code_sha256(&function.code_sha256)
                    .set_description(description.map(str::to_owned));
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk(ACTION, &error))
            })
            .await?;
        let version = published.version().map(str::to_owned);
        version.ok_or_else(|| AwsError::unexpected(ACTION, "the answer has no version"))
    }

    /// The newest published version, or [`LATEST`] where there is none.
    pub async fn newest_version(&self, function: &str) -> Result<String, AwsError> {
        let mut newest: Option<u64> = None;
        let mut marker = None;
        loop {
            let request = self.client.list_versions_by_function().function_name(function);
            let page = request.set_marker(marker).send().await;
            let page =
                page.map_err(|error| AwsError::from_sdk("lambda:ListVersionsByFunction", &error))?;
            let numbers = page.versions().iter().filter_map(|found| found.version()?.parse().ok());
            newest = newest.into_iter().chain(numbers).max();
            marker = page.next_marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
            if marker.is_none() {
                return Ok(newest.map_or_else(|| LATEST.to_owned(), |number| number.to_string()));
            }
        }
    }
}
