//! What can go wrong with a call, and AWS's words for it.

/// One thing that goes wrong, at one call of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Too many requests, once.
    Throttled,
    /// Too many requests, from this call on.
    ThrottledOn,
    /// A 500, once.
    Broken,
    /// A 500 to this action, from this call on.
    BrokenOn,
    /// A 503, once.
    Unavailable,
    /// The connection ends before the request has reached AWS, once.
    ResetBefore,
    /// The request takes effect, and the connection ends instead of the answer, once.
    ResetAfter,
    /// The request takes effect, and a 500 is the answer, once.
    BrokenAfter,
    /// This action takes effect, from this call on, and its answers are lost.
    AnswersLost,
    /// This action, from this call on, takes longer than anybody waits.
    Hangs,
    /// The credentials have expired, from this call on.
    Expired,
    /// This action is not allowed, from this call on.
    Denied,
    /// Lambda is busy with the function, once.
    Busy,
    /// A read answers what it answered before the last write.
    Stale,
    /// What was just made is not found, three times.
    Invisible,
    /// Lambda and Scheduler cannot assume new roles for a second.
    NotYetAssumable,
    /// They cannot for longer than anybody waits.
    NotAssumable,
    /// Somebody else makes the OIDC provider, right before we do.
    MadeByAnother,
}

impl Fault {
    pub(crate) const ALL: [Self; 18] = [
        Self::Throttled,
        Self::ThrottledOn,
        Self::Broken,
        Self::BrokenOn,
        Self::Unavailable,
        Self::ResetBefore,
        Self::ResetAfter,
        Self::BrokenAfter,
        Self::AnswersLost,
        Self::Hangs,
        Self::Expired,
        Self::Denied,
        Self::Busy,
        Self::Stale,
        Self::Invisible,
        Self::NotYetAssumable,
        Self::NotAssumable,
        Self::MadeByAnother,
    ];

    /// As tables have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttled once",
            Self::ThrottledOn => "throttled from here on",
            Self::Broken => "500 once",
            Self::BrokenOn => "500 from here on",
            Self::Unavailable => "503 once",
            Self::ResetBefore => "reset before",
            Self::ResetAfter => "answer lost",
            Self::BrokenAfter => "done, and a 500",
            Self::AnswersLost => "answers lost from here on",
            Self::Hangs => "hangs",
            Self::Expired => "credentials expired",
            Self::Denied => "denied",
            Self::Busy => "ResourceConflictException",
            Self::Stale => "stale read",
            Self::Invisible => "not visible yet",
            Self::NotYetAssumable => "role not assumable for a second",
            Self::NotAssumable => "role not assumable",
            Self::MadeByAnother => "made by another meanwhile",
        }
    }

    /// How often it happens. All but the first time, to the same action only or to any.
    pub(super) fn reach(self) -> Reach {
        match self {
            Self::ThrottledOn | Self::Expired => Reach::AllFromHere,
            Self::NotYetAssumable | Self::NotAssumable | Self::MadeByAnother => Reach::Elsewhere,
            Self::BrokenOn | Self::AnswersLost | Self::Hangs | Self::Denied => {
                Reach::ThisActionFromHere
            }
            Self::Invisible => Reach::Times(3),
            _ => Reach::Times(1),
        }
    }

    /// AWS's answer in place of its effect, if it gives one.
    pub(super) fn refusal(self, service: &str) -> Option<Refusal> {
        let is_json = matches!(service, "secretsmanager" | "logs" | "events" | "sqs");
        Some(match self {
            Self::Throttled | Self::ThrottledOn => match service {
                "lambda" | "apigateway" => {
                    refusal(429, "TooManyRequestsException", "Rate exceeded")
                }
                "scheduler" => refusal(429, "ThrottlingException", "Rate exceeded"),
                "s3" => refusal(503, "SlowDown", "Please reduce your request rate."),
                "sqs" => refusal(400, "RequestThrottled", "Rate exceeded"),
                _ if is_json => refusal(400, "ThrottlingException", "Rate exceeded"),
                _ => refusal(400, "Throttling", "Rate exceeded"),
            },
            Self::Broken | Self::BrokenOn | Self::BrokenAfter => match service {
                "lambda" => refusal(500, "ServiceException", "An error occurred. Try again."),
                "secretsmanager" => {
                    refusal(500, "InternalServiceError", "An error occurred on the server side.")
                }
                "s3" => refusal(500, "InternalError", "We encountered an internal error."),
                "iam" | "sts" => refusal(500, "ServiceFailure", "The request failed."),
                _ => refusal(500, "InternalFailure", "The request failed."),
            },
            Self::Unavailable => refusal(503, "ServiceUnavailable", "Try again later."),
            Self::Expired => match service {
                "iam" | "sts" | "sns" => refusal(
                    403,
                    "ExpiredToken",
                    "The security token included in the request is expired",
                ),
                "s3" => refusal(400, "ExpiredToken", "The provided token has expired."),
                _ => refusal(
                    if is_json { 400 } else { 403 },
                    "ExpiredTokenException",
                    "The security token included in the request is expired",
                ),
            },
            Self::Denied => match service {
                "iam" | "sts" | "s3" => {
                    refusal(403, "AccessDenied", "not authorized to perform this")
                }
                "sns" => refusal(403, "AuthorizationError", "not authorized to perform this"),
                _ => refusal(
                    if is_json { 400 } else { 403 },
                    "AccessDeniedException",
                    "not authorized to perform this",
                ),
            },
            Self::Busy => refusal(
                409,
                "ResourceConflictException",
                "The operation cannot be performed at this time. An update is in progress for \
                 resource",
            ),
            Self::Invisible => match service {
                "iam" => refusal(404, "NoSuchEntity", "The role cannot be found."),
                _ => refusal(404, "ResourceNotFoundException", "Function not found"),
            },
            Self::ResetBefore
            | Self::ResetAfter
            | Self::AnswersLost
            | Self::Hangs
            | Self::Stale
            | Self::NotYetAssumable
            | Self::NotAssumable
            | Self::MadeByAnother => return None,
        })
    }

    /// Whether another attempt a moment later succeeds, so that nobody needs to know.
    pub(crate) fn passes(self) -> bool {
        matches!(
            self,
            Self::Throttled
                | Self::Broken
                | Self::Unavailable
                | Self::ResetBefore
                | Self::NotYetAssumable
                | Self::MadeByAnother
        )
    }

    /// Whether AWS's answer, if it is an answer, has an id to ask about.
    pub(crate) fn has_request_id(self) -> bool {
        matches!(
            self,
            Self::Throttled
                | Self::ThrottledOn
                | Self::Broken
                | Self::BrokenOn
                | Self::Unavailable
                | Self::Expired
                | Self::Denied
                | Self::Busy
        )
    }

    /// Whether it can happen to this call, `seen` by the one that nothing happened to.
    pub(crate) fn applies_to(self, seen: &super::Seen) -> bool {
        match self {
            Self::Busy => seen.action.starts_with("lambda:") && !seen.is_read,
            Self::Stale => seen.was_otherwise,
            Self::Invisible => seen.follows_a_create,
            Self::NotYetAssumable | Self::NotAssumable => ASSUMING.contains(&seen.action.as_str()),
            Self::MadeByAnother => seen.action == "iam:CreateOpenIDConnectProvider",
            Self::BrokenAfter | Self::ResetAfter | Self::AnswersLost => !seen.is_read,
            _ => true,
        }
    }
}

/// At which a service looks whether it can assume a role.
const ASSUMING: &[&str] = &[
    "lambda:CreateFunction",
    "lambda:UpdateFunctionConfiguration",
    "lambda:CreateEventSourceMapping",
    "scheduler:CreateSchedule",
];

/// Which calls a fault meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The call and, of the same action, those after it: so many in all.
    Times(usize),
    ThisActionFromHere,
    AllFromHere,
    /// It is no matter of a call.
    Elsewhere,
}

/// A refusal in AWS's words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    message: &'static str,
}

fn refusal(status: u16, code: &'static str, message: &'static str) -> Refusal {
    Refusal { status, code, message }
}

impl Refusal {
    /// In the protocol of the service, with a request id.
    pub(super) fn answer(self, service: &str, request_id: &str) -> Vec<u8> {
        let Self { status, code, message } = self;
        let (kind, body) = match service {
            "iam" | "sts" | "sns" => (
                "text/xml",
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}\
                     </Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
                ),
            ),
            "s3" => (
                "application/xml",
                format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"),
            ),
            _ => (
                "application/json",
                format!("{{\"__type\":\"{code}\",\"message\":\"{message}\",\"Type\":\"User\"}}"),
            ),
        };
        format!(
            "HTTP/1.1 {status} Refused\r\ncontent-type: {kind}\r\nx-amzn-errortype: {code}\r\n\
             x-amzn-requestid: {request_id}\r\nx-amz-request-id: {request_id}\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}
