//! The functions of an account and region.

use super::{Lambda, LambdaFunction};
use crate::aws::error::AwsError;

impl Lambda {
    /// One page of functions, without tags and reserved concurrency, and where the next begins.
    ///
    /// Without their variables where the caller may not use the key that these are encrypted with.
    pub async fn list_functions(
        &self,
        from: Option<String>,
    ) -> Result<(Vec<LambdaFunction>, Option<String>), AwsError> {
        let answer = self.client.list_functions().set_marker(from).send().await;
        let answer = answer.map_err(|error| AwsError::from_sdk("lambda:ListFunctions", &error))?;
        let functions = answer.functions().iter().map(LambdaFunction::from).collect();
        let next = answer.next_marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
        Ok((functions, next))
    }
}
