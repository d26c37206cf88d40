//! A string that cannot be printed.

use std::fmt;

/// A secret on its way to AWS. Neither `Debug` nor an error can show what is in it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretString(String);

impl SecretString {
    /// Takes the secret in.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself: only for the request that carries it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Written by hand: the derived one would print the secret.
impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretString(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = SecretString::new("as-hush");
        assert_eq!(format!("{secret:?}"), "SecretString(..)");
        assert_eq!(secret.expose(), "as-hush");
    }
}
