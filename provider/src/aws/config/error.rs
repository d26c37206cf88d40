//! What is wrong with the configuration itself, before AWS is asked anything.

use std::error::Error as StdError;

use thiserror::Error;

use super::source::{Source, Sourced};

/// The provider block, the environment and the shared files together do not make a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// Neither the block, nor the environment, nor a profile names a region.
    #[error(
        "no AWS region is configured; set region in the provider block, or AWS_REGION, or region \
         in the profile"
    )]
    NoRegion,
    /// A region that AWS does not have, as far as this provider knows.
    #[error(
        "{:?} is no AWS region that this provider knows ({}); correct it, or set \
         skip_region_validation = true for a new region or another AWS", .0.value, .0.source
    )]
    UnknownRegion(Sourced<String>),
    /// One half of static credentials.
    #[error("access_key and secret_key belong together; {0} is missing")]
    HalfCredentials(&'static str),
    /// A session token of no session.
    #[error("token is given without access_key and secret_key")]
    TokenAlone,
    /// A profile that was named.
    #[error(
        "there is no profile {:?}, which {} names, in {}",
        .named.value, .named.source, .looked_into.join(" or ")
    )]
    NoProfile {
        /// The profile.
        named: Sourced<String>,
        /// The files that it is not in.
        looked_into: Vec<String>,
    },
    /// A shared file.
    #[error("the shared files cannot be read: {0}")]
    UnreadableProfiles(String),
    /// A way to retry that does not exist.
    #[error("{:?} is no retry mode ({}); it must be \"standard\" or \"adaptive\"", .0.value, .0.source)]
    UnknownRetryMode(Sourced<String>),
    /// A number of attempts that is none.
    #[error("{:?} is no number of attempts ({}); it must be a whole number from 1", .0.value, .0.source)]
    UnknownAttempts(Sourced<String>),
    /// A proxy.
    #[error("the proxy of {0} is not usable: it must be a URL with http or https and a host")]
    Proxy(&'static str),
    /// A file of certificates.
    #[error("the certificates in {} ({}) are not usable: {reason}", .file.value, .file.source)]
    CaBundle {
        /// The file.
        file: Sourced<String>,
        /// What is wrong with it.
        reason: String,
    },
    /// Whose token it is that a role is assumed with.
    #[error(
        "assume_role_with_web_identity needs one of web_identity_token and \
         web_identity_token_file, or one of TF_AWS_WEB_IDENTITY_TOKEN and \
         AWS_WEB_IDENTITY_TOKEN_FILE in the environment"
    )]
    WebIdentityToken,
}

impl SettingsError {
    /// The attribute of the provider block to correct; `None` where it is none, or may be secret.
    pub fn attribute(&self) -> Option<&'static str> {
        let source = match self {
            Self::UnknownRegion(found)
            | Self::UnknownRetryMode(found)
            | Self::UnknownAttempts(found) => &found.source,
            Self::NoProfile { named, .. } => &named.source,
            Self::CaBundle { file, .. } => &file.source,
            Self::WebIdentityToken => return Some("assume_role_with_web_identity"),
            Self::NoRegion
            | Self::HalfCredentials(_)
            | Self::TokenAlone
            | Self::UnreadableProfiles(_)
            | Self::Proxy(_) => return None,
        };
        match source {
            Source::Block(attribute) => Some(attribute),
            _ => None,
        }
    }

    /// The SDK's words, which name file and line and not what stands there.
    pub(super) fn unreadable_profiles(error: &(dyn StdError + 'static)) -> Self {
        let mut texts = Vec::new();
        let mut next = Some(error);
        while let Some(error) = next {
            texts.push(error.to_string());
            next = error.source();
        }
        Self::UnreadableProfiles(texts.join(": "))
    }
}
