//! Lambda functions: what this provider asks of them, and nothing more.
//!
//! Lambda does not know a role that IAM has just made, changes a function in the background, and
//! refuses a second change until the first is done. All three end here.

mod code;
mod code_signing;
mod event_invoke;
mod event_sources;
mod invoke;
mod list;
mod permissions;
mod settings;
mod urls;
mod versions;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::types as sdk;

pub use self::code::Code;
pub use self::event_invoke::EventInvokeConfig;
pub use self::event_sources::{
    Mapping, MappingSettings, NewMapping, SourceSettings, StartingPosition, StreamSettings,
    Timestamp, lacks_rights,
};
pub use self::invoke::{Answered, Invocation};
pub use self::permissions::Permission;
pub use self::settings::{
    FunctionSettings, JSON_FORMAT, Logging, RUNTIME, USUAL_LEVEL, USUAL_STORAGE, Vpc,
};
pub use self::urls::{FunctionUrl, PUBLIC_STATEMENTS, UrlSettings};
pub use self::versions::LATEST;
use super::error::{AwsError, Fault};
use super::iam::{absent, gone_is_fine};
use super::limit::limited;
use super::turns::Turns;
use super::waiter::{Progress, Waiter};
use crate::arn::Arn;
use crate::tags::{CREATE_NONCE, TagChanges, Tags, fresh_nonce};

/// The status of a deletion that goes on after its answer. Only functions on instances of one's own
/// get it, as LocalStack recorded (its pull request 13751); any other one is gone with the answer, 204.
const DELETED_LATER: i32 = 202;

/// The Lambda functions of one account and region.
#[derive(Debug, Clone)]
pub struct Lambda {
    client: Client,
    waiter: Waiter,
    writers: Turns,
}

/// The processors that Lambda has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Graviton
    Arm64,
    /// Intel and AMD
    X86_64,
}

impl Architecture {
    /// As Lambda and the practitioner write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }

    /// The architecture of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Arm64, Self::X86_64].into_iter().find(|known| known.name() == name)
    }
}

/// Puts the settings into a request: a create and an update take the same, in types of their own.
macro_rules! with_settings {
    ($request:expr, $settings:expr) => {{
        let settings: &FunctionSettings = $settings;
        $request
            // An image has its own.
            .set_runtime(settings.runtime().map(sdk::Runtime::from))
            .set_handler(settings.runtime().map(|_| settings.handler.clone()))
            .role(&settings.role_arn)
            .description(&settings.description)
            .timeout(settings.timeout)
            .memory_size(settings.memory_size)
            .environment(settings.environment())
            .logging_config(settings.logging_config())
            .kms_key_arn(settings.kms_key_arn.as_deref().unwrap_or_default())
            .set_layers(settings.runtime().map(|_| settings.layers.clone()))
            .vpc_config(settings.vpc_config())
            .tracing_config(settings.tracing_config())
            .set_ephemeral_storage(settings.storage())
            .dead_letter_config(settings.dead_letter_config())
    }};
}

/// A function to create: a `bootstrap` on `provided.al2023`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFunction {
    /// Unique in account and region.
    pub name: String,
    /// What the code was built for.
    pub architecture: Architecture,
    /// All that can be changed later.
    pub settings: FunctionSettings,
    /// Whose signature the code must have.
    pub code_signing_config_arn: Option<String>,
    /// The practitioner's tags.
    pub tags: Tags,
}

/// A function as Lambda has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LambdaFunction {
    /// Unique in account and region.
    pub name: String,
    /// Without a version.
    pub arn: String,
    /// `None` for one that this provider does not know.
    pub architecture: Option<Architecture>,
    /// What can be changed.
    pub settings: FunctionSettings,
    /// Base64 of the zip's SHA-256.
    pub code_sha256: String,
    /// Bytes of the zip.
    pub code_size: i64,
    /// The image that it was made of, where it was.
    pub image_uri: Option<String>,
    /// When code or settings were changed last, as Lambda writes it.
    pub last_modified: String,
    /// How many invocations may run at a time; `None` without a limit.
    pub reserved_concurrency: Option<i32>,
    /// Every tag on it, the provider's own too.
    pub tags: Tags,
    state: State,
}

/// What Lambda is doing with a function.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Ready,
    Busy(String),
    Failed(String),
}

impl LambdaFunction {
    /// The URI under which API Gateway calls the function.
    pub fn invoke_arn(&self) -> String {
        invoke_arn(&self.arn)
    }
}

/// The URI under which API Gateway calls the function with this ARN.
pub fn invoke_arn(arn: &str) -> String {
    let parsed = Arn::parse(arn);
    let (partition, region) = parsed.map_or(("aws", ""), |arn| (arn.partition, arn.region));
    format!(
        "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
    )
}

impl Lambda {
    /// An adapter that speaks through `client`.
    pub fn new(client: Client, waiter: Waiter) -> Self {
        Self { client, waiter, writers: Turns::default() }
    }

    /// The same with other waits.
    pub(super) fn waiting_by(&self, waiter: &Waiter) -> Self {
        let client = limited!(aws_sdk_lambda, self.client, waiter);
        Self { client, waiter: waiter.clone(), ..self.clone() }
    }

    /// Creates a function and answers with its ARN, as soon as there is one: wait with
    /// [`Lambda::wait_until_ready`] before using it. Waits for the role to be known to Lambda.
    ///
    /// Fails with [`Fault::AlreadyExists`] when the name is taken, unless by this very call, whose
    /// first answer was lost.
    pub async fn create_function(
        &self,
        new: &NewFunction,
        code: &Code,
    ) -> Result<String, AwsError> {
        let nonce = fresh_nonce();
        let created = self
            .waiter
            .retry(
                self.waiter.waits().propagation,
                |error| is_not_yet(error) || error.fault == Fault::Conflict,
                || self.send_create(new, code, &nonce),
            )
            .await;
        let error = match created {
            Err(error) if error.fault == Fault::AlreadyExists || !error.is_refusal() => error,
            answer => return answer,
        };
        match self.find_function(&new.name).await {
            Ok(Some(found)) if found.tags.get(CREATE_NONCE) == Some(&nonce) => Ok(found.arn),
            _ => Err(error),
        }
    }

    async fn send_create(
        &self,
        new: &NewFunction,
        code: &Code,
        nonce: &str,
    ) -> Result<String, AwsError> {
        const ACTION: &str = "lambda:CreateFunction";
        let request = self
            .client
            .create_function()
            .function_name(&new.name)
            .architectures(sdk::Architecture::from(new.architecture.name()))
            .set_package_type(code.is_image().then_some(sdk::PackageType::Image))
            .code(code.to_sdk())
            .set_code_signing_config_arn(new.code_signing_config_arn.clone())
            .tags(CREATE_NONCE, nonce);
        let mut request = with_settings!(request, &new.settings);
        for (key, value) in &new.tags {
            request = request.tags(key, value);
        }
        let answer = request.send().await.map_err(|error| AwsError::from_sdk(ACTION, &error))?;
        let arn = answer.function_arn().map(str::to_owned);
        arn.ok_or_else(|| AwsError::unexpected(ACTION, "the answer has no ARN"))
    }

    /// `None` when no function has this name.
    pub async fn find_function(&self, name: &str) -> Result<Option<LambdaFunction>, AwsError> {
        const ACTION: &str = "lambda:GetFunction";
        let answer = match self.client.get_function().function_name(name).send().await {
            Ok(answer) => answer,
            Err(error) => return absent(AwsError::from_sdk(ACTION, &error)),
        };
        if let Some(refused) = answer.tags_error() {
            let message = format!("its tags: {}: {}", refused.error_code(), refused.message());
            return Err(AwsError::of_ours("lambda:ListTags", Fault::AccessDenied, message));
        }
        let Some(configuration) = answer.configuration() else {
            return Err(AwsError::unexpected(ACTION, "the answer has no configuration"));
        };
        let tags = answer.tags().into_iter().flatten();
        let tags = tags.map(|(key, value)| (key.clone(), value.clone())).collect();
        let concurrency = answer.concurrency();
        let reserved_concurrency =
            concurrency.and_then(|found| found.reserved_concurrent_executions());
        let image_uri = answer.code().and_then(|code| code.image_uri()).map(str::to_owned);
        let found = LambdaFunction::from(configuration);
        Ok(Some(LambdaFunction { tags, reserved_concurrency, image_uri, ..found }))
    }

    /// Waits until the function is active and its last update is done, and tells how it is then.
    /// Fails in Lambda's words when either went wrong.
    pub async fn wait_until_ready(&self, name: &str) -> Result<LambdaFunction, AwsError> {
        const ACTION: &str = "lambda:GetFunction";
        let unknown = |error: &AwsError| error.fault == Fault::NotFound;
        self.waiter
            .until(ACTION, self.waiter.waits().state, || async {
                let look = || async {
                    self.find_function(name).await?.ok_or_else(|| {
                        let message = format!("there is no function \"{name}\"");
                        AwsError::of_ours(ACTION, Fault::NotFound, message)
                    })
                };
                let found =
                    self.waiter.retry(self.waiter.waits().consistency, unknown, look).await?;
                match &found.state {
                    State::Ready => Ok(Progress::Done(found)),
                    State::Busy(state) => Ok(Progress::Pending(state.clone())),
                    State::Failed(reason) => Err(AwsError::unexpected(ACTION, reason)),
                }
            })
            .await
    }

    /// Replaces the code. Lambda goes on in the background.
    pub async fn update_code(
        &self,
        name: &str,
        code: &Code,
        architecture: Architecture,
    ) -> Result<(), AwsError> {
        self.patiently(|| async {
            let request = self
                .client
                .update_function_code()
                .function_name(name)
                .architectures(sdk::Architecture::from(architecture.name()));
            let answer = code.put_into(request).send().await;
            answer.map_err(|error| AwsError::from_sdk("lambda:UpdateFunctionCode", &error))
        })
        .await?;
        Ok(())
    }

    /// Replaces the settings. Lambda goes on in the background.
    pub async fn update_settings(
        &self,
        name: &str,
        settings: &FunctionSettings,
    ) -> Result<(), AwsError> {
        self.patiently(|| async {
            let request = self.client.update_function_configuration().function_name(name);
            let answer = with_settings!(request, settings).send().await;
            answer.map_err(|error| AwsError::from_sdk("lambda:UpdateFunctionConfiguration", &error))
        })
        .await?;
        Ok(())
    }

    /// How many invocations may run at a time; `None` for no limit.
    pub async fn set_reserved_concurrency(
        &self,
        name: &str,
        limit: Option<i32>,
    ) -> Result<(), AwsError> {
        let client = &self.client;
        match limit {
            Some(limit) => {
                self.patiently(|| async {
                    let request = client.put_function_concurrency().function_name(name);
                    let answer = request.reserved_concurrent_executions(limit).send().await;
                    answer.map_err(|error| {
                        AwsError::from_sdk("lambda:PutFunctionConcurrency", &error)
                    })
                })
                .await?;
            }
            None => {
                self.patiently(|| async {
                    let answer =
                        client.delete_function_concurrency().function_name(name).send().await;
                    answer.map_err(|error| {
                        AwsError::from_sdk("lambda:DeleteFunctionConcurrency", &error)
                    })
                })
                .await?;
            }
        }
        Ok(())
    }

    /// Sets and removes tags. No call when nothing changes.
    pub async fn change_tags(&self, arn: &str, changes: &TagChanges) -> Result<(), AwsError> {
        if !changes.remove.is_empty() {
            self.patiently(|| async {
                let keys = changes.remove.iter().cloned().collect();
                let request = self.client.untag_resource().resource(arn).set_tag_keys(Some(keys));
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk("lambda:UntagResource", &error))
            })
            .await?;
        }
        if !changes.set.is_empty() {
            self.patiently(|| async {
                let tags = changes.set.clone().into_iter().collect();
                let request = self.client.tag_resource().resource(arn).set_tags(Some(tags));
                let answer = request.send().await;
                answer.map_err(|error| AwsError::from_sdk("lambda:TagResource", &error))
            })
            .await?;
        }
        Ok(())
    }

    /// Deletes a function and waits until it is gone. Deleting one that is gone succeeds.
    pub async fn delete_function(&self, name: &str) -> Result<(), AwsError> {
        const ACTION: &str = "lambda:DeleteFunction";
        let answer = self.patiently(|| async {
            let answer = self.client.delete_function().function_name(name).send().await;
            answer.map_err(|error| AwsError::from_sdk(ACTION, &error))
        });
        match answer.await {
            Ok(answer) if answer.status_code() == DELETED_LATER => {}
            answer => return gone_is_fine(answer.map(drop)),
        }
        self.waiter
            .until(ACTION, self.waiter.waits().state, || async {
                Ok(match self.find_function(name).await? {
                    None => Progress::Done(()),
                    Some(_) => Progress::Pending("there".to_owned()),
                })
            })
            .await
    }

    /// The same for what is added to a function that may just have been created.
    async fn soon<T, F>(&self, call: impl Fn() -> F) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, AwsError>>,
    {
        let unknown = |error: &AwsError| error.fault == Fault::NotFound;
        self.waiter.retry(self.waiter.waits().consistency, unknown, || self.patiently(&call)).await
    }

    /// Repeats a change until an earlier one is done, and until Lambda knows the role.
    async fn patiently<T, F>(&self, call: impl Fn() -> F) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, AwsError>>,
    {
        let waits = self.waiter.waits();
        let busy = |error: &AwsError| error.fault == Fault::Conflict;
        self.waiter
            .retry(waits.state, busy, || self.waiter.retry(waits.propagation, is_not_yet, &call))
            .await
    }
}

/// What Lambda says while a role or a grant has not reached it. The same words as hashicorp/aws
/// waits for, and for a mistake in the role they stay: hence the short budget.
fn is_not_yet(error: &AwsError) -> bool {
    const WORDS: &[&str] = &[
        "The role defined for the function cannot be assumed by Lambda",
        "The provided execution role does not have permissions",
        "throttled by EC2",
        "Lambda was unable to configure access to your environment variables because the KMS key \
         is invalid for CreateGrant",
    ];
    WORDS.iter().any(|words| error.says("InvalidParameterValueException", words))
}

/// Whether a change is refused because Lambda has given up the function's runtime.
pub fn is_about_an_old_runtime(error: &AwsError) -> bool {
    error.says("InvalidParameterValueException", "no longer supported")
}

impl From<&sdk::FunctionConfiguration> for LambdaFunction {
    fn from(found: &sdk::FunctionConfiguration) -> Self {
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        Self {
            name: text(found.function_name()),
            arn: text(found.function_arn()),
            architecture: match found.architectures() {
                [] => Some(Architecture::X86_64),
                [first, ..] => Architecture::from_name(first.as_str()),
            },
            settings: FunctionSettings::from(found),
            code_sha256: text(found.code_sha256()),
            code_size: found.code_size(),
            image_uri: None,
            last_modified: text(found.last_modified()),
            reserved_concurrency: None,
            tags: Tags::new(),
            state: State::from(found),
        }
    }
}

impl From<&sdk::FunctionConfiguration> for State {
    fn from(found: &sdk::FunctionConfiguration) -> Self {
        let told = |what: &str, reason: Option<&str>| match reason {
            Some(reason) => format!("{what}: {reason}"),
            None => what.to_owned(),
        };
        match found.state() {
            Some(sdk::State::Failed) => {
                return Self::Failed(told("State is Failed", found.state_reason()));
            }
            Some(state @ (sdk::State::Pending | sdk::State::Deleting)) => {
                return Self::Busy(told(state.as_str(), found.state_reason()));
            }
            _ => {}
        }
        let reason = found.last_update_status_reason();
        match found.last_update_status() {
            Some(sdk::LastUpdateStatus::Failed) => {
                Self::Failed(told("LastUpdateStatus is Failed", reason))
            }
            Some(sdk::LastUpdateStatus::InProgress) => Self::Busy(told("updating", reason)),
            _ => Self::Ready,
        }
    }
}

#[cfg(test)]
mod tests;
