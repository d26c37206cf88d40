//! Whose signature a function's code must have.

use super::Lambda;
use crate::aws::error::AwsError;
use crate::aws::iam::{absent, gone_is_fine};

impl Lambda {
    /// ARN of the function's code signing configuration.
    pub async fn find_code_signing_config(
        &self,
        function: &str,
    ) -> Result<Option<String>, AwsError> {
        let request = self.client.get_function_code_signing_config().function_name(function);
        match request.send().await {
            Ok(found) => {
                let arn = Some(found.code_signing_config_arn()).filter(|arn| !arn.is_empty());
                Ok(arn.map(str::to_owned))
            }
            Err(error) => absent(AwsError::from_sdk("lambda:GetFunctionCodeSigningConfig", &error)),
        }
    }

    /// Sets it for code that is deployed from now on; `None` for code without a signature.
    pub async fn set_code_signing_config(
        &self,
        function: &str,
        arn: Option<&str>,
    ) -> Result<(), AwsError> {
        let client = &self.client;
        match arn {
            Some(arn) => self
                .patiently(|| async {
                    let request = client.put_function_code_signing_config();
                    let request = request.function_name(function).code_signing_config_arn(arn);
                    let answer = request.send().await;
                    answer.map_err(|error| {
                        AwsError::from_sdk("lambda:PutFunctionCodeSigningConfig", &error)
                    })
                })
                .await
                .map(drop),
            None => {
                let deleted = self
                    .patiently(|| async {
                        let request = client.delete_function_code_signing_config();
                        let answer = request.function_name(function).send().await;
                        answer.map_err(|error| {
                            AwsError::from_sdk("lambda:DeleteFunctionCodeSigningConfig", &error)
                        })
                    })
                    .await;
                gone_is_fine(deleted.map(drop))
            }
        }
    }
}
