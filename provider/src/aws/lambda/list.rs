//! The functions of an account and region.

use aws_sdk_lambda::types::FunctionVersion;

use super::{Lambda, LambdaFunction, Vpc};
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

    /// The networks of all functions but this one, and of their published versions, which keep the
    /// network that they were published with.
    pub async fn networks_of_others(&self, name: &str) -> Result<Vec<Vpc>, AwsError> {
        let mut networks = Vec::new();
        let mut from = None;
        loop {
            let request = self.client.list_functions().function_version(FunctionVersion::All);
            let answer = request.set_marker(from).send().await;
            let answer =
                answer.map_err(|error| AwsError::from_sdk("lambda:ListFunctions", &error))?;
            let others =
                answer.functions().iter().filter(|found| found.function_name() != Some(name));
            networks.extend(others.filter_map(|found| found.vpc_config()).map(Vpc::from));
            from = answer.next_marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
            if from.is_none() {
                return Ok(networks);
            }
        }
    }
}
