//! The URL of a function, and whether anybody may call it.
//!
//! A function has one URL of its own: asking for it twice is asking for the same one.

use aws_sdk_lambda::types as sdk;
use serde_json::Value as Json;

use super::Lambda;
use super::permissions::condition;
use crate::aws::cors::{Cors, convert_cors};
use crate::aws::error::{AwsError, Fault};
use crate::aws::iam::{absent, gone_is_fine};

/// A URL that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionUrl {
    /// `https://<id>.lambda-url.<region>.on.aws/`
    pub url: String,
    /// What can be changed.
    pub settings: UrlSettings,
}

/// What can be changed of a URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UrlSettings {
    /// Whether requests need no signature of an AWS identity.
    pub is_open: bool,
    /// What browsers allow other sites. As it is by default: no headers for it at all. Without an
    /// age of 0, which is none.
    pub cors: Cors,
    /// Whether Lambda passes the answer on as it comes, and reads no status and headers from it.
    pub is_streamed: bool,
}

/// The two statements that an open URL needs: since October 2025, Lambda asks both (AWS Lambda
/// developer guide, "Control access to Lambda function URLs"). The ids are those of Lambda's console.
pub const PUBLIC_STATEMENTS: [&str; 2] =
    ["FunctionURLAllowPublicAccess", "FunctionURLInvokeAllowPublicAccess"];

/// What each of them allows, and what its one condition key must be: without the service's prefix,
/// for they are no calls of this provider.
const LETS_IN: [(&str, &str, &str); 2] = [
    ("InvokeFunctionUrl", "FunctionUrlAuthType", "NONE"),
    ("InvokeFunction", "InvokedViaFunctionUrl", "true"),
];

const OPEN: sdk::FunctionUrlAuthType = sdk::FunctionUrlAuthType::None;

impl Lambda {
    /// `None` where the function has no URL, or there is no such function.
    pub async fn find_url(&self, function: &str) -> Result<Option<FunctionUrl>, AwsError> {
        let answer = self.client.get_function_url_config().function_name(function).send().await;
        match answer {
            Ok(found) => Ok(Some(FunctionUrl {
                url: found.function_url().to_owned(),
                settings: UrlSettings {
                    is_open: *found.auth_type() == OPEN,
                    cors: found.cors().map(found_cors).unwrap_or_default(),
                    is_streamed: found.invoke_mode() == Some(&sdk::InvokeMode::ResponseStream),
                },
            })),
            Err(error) => absent(AwsError::from_sdk("lambda:GetFunctionUrlConfig", &error)),
        }
    }

    /// Gives the function a URL with these settings, or the URL that it has these settings.
    pub async fn put_url(
        &self,
        function: &str,
        settings: &UrlSettings,
    ) -> Result<FunctionUrl, AwsError> {
        let have = match self.find_url(function).await? {
            None => self.create_url(function, settings).await?,
            Some(have) => have,
        };
        if have.settings != *settings {
            self.update_url(function, settings).await?;
        }
        Ok(FunctionUrl { settings: settings.clone(), ..have })
    }

    /// Creates the URL, or finds the one that is there when the answer does not say which.
    async fn create_url(
        &self,
        function: &str,
        settings: &UrlSettings,
    ) -> Result<FunctionUrl, AwsError> {
        let created = self
            .soon(|| async {
                let request = self.client.create_function_url_config().function_name(function);
                let answer = request
                    .auth_type(settings.auth_type())
                    .set_cors((settings.cors != Cors::default()).then(|| to_sdk(&settings.cors)))
                    .invoke_mode(settings.invoke_mode())
                    .send()
                    .await;
                answer.map_err(|error| {
                    let error = AwsError::from_sdk("lambda:CreateFunctionUrlConfig", &error);
                    // The same code as for a change that is under way.
                    if error.message.contains("exists") {
                        error.with_fault(Fault::AlreadyExists)
                    } else {
                        error
                    }
                })
            })
            .await;
        match created {
            Ok(made) => {
                Ok(FunctionUrl { url: made.function_url().to_owned(), settings: settings.clone() })
            }
            Err(error) if error.fault == Fault::AlreadyExists || !error.is_refusal() => {
                self.find_url(function).await?.ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    async fn update_url(&self, function: &str, settings: &UrlSettings) -> Result<(), AwsError> {
        self.patiently(|| async {
            let request = self.client.update_function_url_config().function_name(function);
            let answer = request
                .auth_type(settings.auth_type())
                // Left out, it would stay as it is.
                .cors(to_sdk(&settings.cors))
                .invoke_mode(settings.invoke_mode())
                .send()
                .await;
            answer.map_err(|error| AwsError::from_sdk("lambda:UpdateFunctionUrlConfig", &error))
        })
        .await?;
        Ok(())
    }

    /// Takes the function's URL away. One that is gone is fine.
    pub async fn delete_url(&self, function: &str) -> Result<(), AwsError> {
        let deleted = self
            .patiently(|| async {
                let request = self.client.delete_function_url_config().function_name(function);
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk("lambda:DeleteFunctionUrlConfig", &error))
            })
            .await;
        gone_is_fine(deleted.map(drop))
    }

    /// How many of the two statements are there that let anybody call the function by its URL.
    pub async fn count_public_statements(&self, function: &str) -> Result<usize, AwsError> {
        let statements = self.statements(function).await?;
        let there =
            PUBLIC_STATEMENTS.into_iter().zip(LETS_IN).filter(|(id, (action, key, value))| {
                statements.iter().any(|statement| {
                    statement["Sid"] == *id
                        && statement["Effect"] == "Allow"
                        && is_anybody(&statement["Principal"])
                        && statement["Action"] == lambda(action)
                        && condition(statement, &lambda(key)).as_deref() == Some(value)
                })
            });
        Ok(there.count())
    }

    /// Adds both statements, in place of others of their ids.
    pub async fn allow_public_url(&self, function: &str) -> Result<(), AwsError> {
        if self.count_public_statements(function).await? == PUBLIC_STATEMENTS.len() {
            return Ok(());
        }
        self.forbid_public_url(function).await?;
        let _turn = self.writers.take(function).await;
        for (id, (action, ..)) in PUBLIC_STATEMENTS.into_iter().zip(LETS_IN) {
            let added = self
                .soon(|| async {
                    let request = self.client.add_permission().function_name(function);
                    let request = request.statement_id(id).principal("*").action(lambda(action));
                    let request = if id == PUBLIC_STATEMENTS[0] {
                        request.function_url_auth_type(OPEN)
                    } else {
                        request.invoked_via_function_url(true)
                    };
                    let answer = request.send().await;
                    answer.map_err(|error| AwsError::from_sdk("lambda:AddPermission", &error))
                })
                .await;
            match added {
                // What was there is gone, so this is the statement whose answer was lost.
                Err(error) if error.fault == Fault::AlreadyExists => {}
                added => drop(added?),
            }
        }
        Ok(())
    }

    /// Removes both statements, as far as they are there.
    pub async fn forbid_public_url(&self, function: &str) -> Result<(), AwsError> {
        for id in PUBLIC_STATEMENTS {
            self.remove_permission(function, id).await?;
        }
        Ok(())
    }
}

/// As IAM names what is Lambda's.
fn lambda(name: &str) -> String {
    format!("lambda:{name}")
}

fn is_anybody(principal: &Json) -> bool {
    *principal == "*" || principal["AWS"] == "*"
}

impl UrlSettings {
    fn auth_type(&self) -> sdk::FunctionUrlAuthType {
        if self.is_open { OPEN } else { sdk::FunctionUrlAuthType::AwsIam }
    }

    fn invoke_mode(&self) -> sdk::InvokeMode {
        if self.is_streamed { sdk::InvokeMode::ResponseStream } else { sdk::InvokeMode::Buffered }
    }
}

convert_cors!(aws_sdk_lambda);

/// Lambda's form. Without anything set, there are no headers for it at all.
fn to_sdk(wanted: &Cors) -> sdk::Cors {
    if *wanted == Cors::default() {
        return sdk::Cors::builder().build();
    }
    // What is left out stays as it was.
    let max_age = Some(wanted.max_age.unwrap_or_default());
    (&Cors { max_age, ..wanted.clone() }).into()
}

/// What Lambda has: it does not tell an age of 0 from none.
fn found_cors(found: &sdk::Cors) -> Cors {
    let cors = Cors::from(found);
    Cors { max_age: cors.max_age.filter(|age| *age != 0), ..cors }
}
