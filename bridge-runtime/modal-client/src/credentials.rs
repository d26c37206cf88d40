//! A Modal token: an id, which may be shown, and a secret, which cannot be.

use std::fmt;

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
