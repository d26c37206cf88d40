//! What AWS answers when it does not do what was asked, sorted by what the provider does about it.

use std::error::Error as StdError;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use aws_types::request_id::RequestId;

/// The faults that change what the provider does or says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// There is no such thing.
    NotFound,
    /// The name is taken.
    AlreadyExists,
    /// A secret of this name waits to be deleted, and keeps the name until then.
    ScheduledForDeletion,
    /// The caller may not do this.
    AccessDenied,
    /// No credentials, or such as AWS does not know or no longer accepts.
    Credentials,
    /// Too many requests, also after waiting between them.
    Throttled,
    /// Something else is being done to the object just now.
    Conflict,
    /// The bucket is in another region than the one asked.
    OtherRegion,
    /// Terraform was told to stop while we waited.
    Interrupted,
    /// AWS took longer than the budget of the wait.
    TimedOut,
    /// Anything else; the words say it.
    Other,
}

/// A call to AWS that failed, in AWS's own words.
///
/// The SDK's types end here, so unlike other errors it holds its causes' texts itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsError {
    /// What was asked, as an IAM policy names it: `iam:CreateRole`.
    pub action: &'static str,
    /// What to do about it.
    pub fault: Fault,
    /// AWS's code, when AWS answered: `EntityAlreadyExists`.
    pub code: Option<String>,
    /// AWS's message, or why there was no answer.
    pub message: String,
    /// For AWS's support.
    pub request_id: Option<String>,
    /// Why we stopped asking, when we had been asking again.
    pub gave_up: Option<String>,
    answered: bool,
}

impl AwsError {
    /// What the SDK reports about `action`.
    pub fn from_sdk<E>(action: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let Some(service_error) = error.as_service_error() else {
            return Self {
                action,
                fault: if is_about_credentials(error) { Fault::Credentials } else { Fault::Other },
                code: None,
                message: with_causes(error),
                request_id: error.request_id().map(str::to_owned),
                gave_up: None,
                answered: false,
            };
        };
        let status = error.raw_response().map(|response| response.status().as_u16());
        let code = service_error.code().unwrap_or_default();
        let message = service_error.message().unwrap_or("no message").to_owned();
        Self {
            action,
            fault: fault_of(code, &message, status),
            code: (!code.is_empty()).then(|| code.to_owned()),
            message,
            request_id: error.request_id().map(str::to_owned),
            gave_up: None,
            // A 500 says nothing of what was done before it.
            answered: status.is_none_or(|status| status < 500),
        }
    }

    /// An answer that is no refusal and yet cannot be used.
    pub(super) fn unexpected(action: &'static str, message: impl Into<String>) -> Self {
        Self::of_ours(action, Fault::Other, message)
    }

    /// A fault that we found, in our words.
    pub(super) fn of_ours(action: &'static str, fault: Fault, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { action, fault, code: None, message, request_id: None, gave_up: None, answered: true }
    }

    /// Whether AWS refused, so that nothing was done. After a lost answer, nobody knows.
    pub fn is_refusal(&self) -> bool {
        self.answered
    }

    /// Whether AWS answered with this code and a message that contains `words`.
    pub fn says(&self, code: &str, words: &str) -> bool {
        self.code.as_deref() == Some(code) && self.message.contains(words)
    }

    pub(super) fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    pub(super) fn giving_up(mut self, why: impl Into<String>) -> Self {
        self.gave_up = Some(why.into());
        self
    }

    /// The error and the request id, each on a line: the end of a diagnostic's detail.
    pub fn with_request_id(&self) -> String {
        match &self.request_id {
            Some(id) => format!("{self}\nAWS request id: {id}"),
            None => self.to_string(),
        }
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} answered {code}: {}", self.action, self.message)?,
            None => write!(f, "{} failed: {}", self.action, self.message)?,
        }
        match &self.gave_up {
            Some(why) => write!(f, " ({why})"),
            None => Ok(()),
        }
    }
}

impl StdError for AwsError {}

fn fault_of(code: &str, message: &str, status: Option<u16>) -> Fault {
    match code {
        "NoSuchBucket"
        | "NoSuchEntity"
        | "ResourceNotFoundException"
        | "NotFound"
        | "NotFoundException"
        | "QueueDoesNotExist"
        | "AWS.SimpleQueueService.NonExistentQueue" => Fault::NotFound,
        "EntityAlreadyExists" | "ResourceExistsException" | "ResourceAlreadyExistsException" => {
            Fault::AlreadyExists
        }
        // Lambda has one code for "exists" and for "busy".
        "ResourceConflictException" if message.contains("already exist") => Fault::AlreadyExists,
        "ResourceConflictException"
        | "ResourceInUseException"
        | "DeleteConflict"
        | "ConcurrentModification"
        | "ConcurrentModificationException"
        | "OperationAborted"
        | "OperationAbortedException" => Fault::Conflict,
        // Secrets Manager says "scheduled for deletion" when creating, "marked" otherwise.
        "InvalidRequestException"
            if message.contains("for deletion") || message.contains("was deleted") =>
        {
            Fault::ScheduledForDeletion
        }
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "AuthorizationError" => Fault::AccessDenied,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => Fault::Credentials,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestLimitExceeded"
        | "TooManyRequestsException" => Fault::Throttled,
        _ if status == Some(429) => Fault::Throttled,
        _ => Fault::Other,
    }
}

fn is_about_credentials(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(|cause| cause.is::<CredentialsError>())
}

/// The whole chain of causes, without those that only repeat the next.
fn with_causes(error: &(dyn StdError + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    // Of credentials, what their source says, and not on which way the SDK passed that on.
    let about_credentials = causes(error).find(|cause| cause.is::<CredentialsError>());
    let error = about_credentials.and_then(StdError::source).unwrap_or(error);
    for cause in causes(error) {
        let text = match cause.downcast_ref::<ErrorMetadata>() {
            // What a credential source was answered, and not how the SDK writes that down.
            Some(answer) => format!(
                "{}: {}",
                answer.code().unwrap_or("no code"),
                answer.message().unwrap_or("no message")
            ),
            None => cause.to_string(),
        };
        if texts.last().is_some_and(|last| last.contains(&text)) {
            continue;
        }
        texts.push(text);
    }
    texts.join(": ")
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::operation::get_role::GetRoleError;
    use expect_test::expect;

    use super::super::testing::{FakeAws, iam_error};
    use super::*;

    async fn refused(code: &str, status: u16) -> AwsError {
        let aws = FakeAws::new();
        aws.answer("GetRole", iam_error(status, code, "in AWS's words"));
        let client = aws_sdk_iam::Client::new(&aws.config_without_retries());
        let error = client.get_role().role_name("thumbnails").send().await.unwrap_err();
        AwsError::from_sdk("iam:GetRole", &error)
    }

    #[test]
    fn a_call_that_never_reached_aws_keeps_its_causes() {
        let error: SdkError<GetRoleError, HttpResponse> =
            SdkError::timeout_error("no route to host");
        let error = AwsError::from_sdk("iam:GetRole", &error);
        assert_eq!(
            error.to_string(),
            "iam:GetRole failed: request has timed out: no route to host"
        );
        assert!(!error.is_refusal());
    }

    #[test]
    fn missing_credentials_are_told_from_a_missing_network() {
        let error: SdkError<GetRoleError, HttpResponse> = SdkError::construction_failure(
            CredentialsError::not_loaded("no providers in chain provided credentials"),
        );
        let error = AwsError::from_sdk("iam:GetRole", &error);
        assert_eq!(error.fault, Fault::Credentials);
        expect!["iam:GetRole failed: no providers in chain provided credentials"]
            .assert_eq(&error.to_string());
    }

    #[tokio::test]
    async fn a_refusal_is_told_in_awss_words_with_the_request_id() {
        let error = refused("AccessDenied", 403).await;
        assert_eq!(error.fault, Fault::AccessDenied);
        assert!(error.is_refusal());
        expect![[r#"
            iam:GetRole answered AccessDenied: in AWS's words
            AWS request id: req-1"#]]
        .assert_eq(&error.with_request_id());
    }

    #[tokio::test]
    async fn codes_are_sorted_by_what_to_do() {
        for (code, fault) in [
            ("NoSuchEntity", Fault::NotFound),
            ("EntityAlreadyExists", Fault::AlreadyExists),
            ("DeleteConflict", Fault::Conflict),
            ("ExpiredToken", Fault::Credentials),
            ("Throttling", Fault::Throttled),
            ("MalformedPolicyDocument", Fault::Other),
        ] {
            assert_eq!(refused(code, 400).await.fault, fault, "{code}");
        }
    }

    #[tokio::test]
    async fn after_a_500_nobody_knows_what_was_done() {
        assert!(!refused("ServiceFailure", 500).await.is_refusal());
    }
}
