//! A Modal token: an id, which may be shown, and a secret, which cannot be.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What every call is authorized with.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub token_id: String,
    token_secret: String,
}

impl Credentials {
    /// `ak-…` and `as-…`.
    pub fn new(token_id: impl Into<String>, token_secret: impl Into<String>) -> Self {
        Self { token_id: token_id.into(), token_secret: token_secret.into() }
    }

    /// For the header that carries it, and nothing else.
    pub(crate) fn token_secret(&self) -> &str {
        &self.token_secret
    }
}

/// The credentials in use. They may be replaced at any time: who waits for a call goes on with the new
/// ones.
#[derive(Debug, Clone)]
pub(crate) struct Current(Arc<Mutex<Credentials>>);

impl Current {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self(Arc::new(Mutex::new(credentials)))
    }

    pub(crate) fn get(&self) -> Credentials {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn replace(&self, credentials: Credentials) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = credentials;
    }
}

/// Written by hand: the derived one would print the secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("token_id", &self.token_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_not_printed() {
        let credentials = Credentials::new("ak-1", "as-hush");
        assert_eq!(format!("{credentials:?}"), r#"Credentials { token_id: "ak-1", .. }"#);
    }
}
