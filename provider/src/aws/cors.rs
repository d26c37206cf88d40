//! What browsers let pages of other origins do, as API Gateway and Lambda both have it.

use std::collections::BTreeSet;

/// Which pages of other origins may do what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cors {
    /// Whether requests may carry cookies and the like.
    pub allow_credentials: bool,
    /// Request headers.
    pub allow_headers: BTreeSet<String>,
    /// Methods, or `*`.
    pub allow_methods: BTreeSet<String>,
    /// Origins, or `*`.
    pub allow_origins: BTreeSet<String>,
    /// Response headers that the page may read.
    pub expose_headers: BTreeSet<String>,
    /// For how many seconds a browser may remember that.
    pub max_age: Option<i32>,
}

/// Between [`Cors`] and the type of the same members that each SDK has.
macro_rules! convert_cors {
    ($sdk:ident) => {
        impl From<&$sdk::types::Cors> for $crate::aws::cors::Cors {
            fn from(found: &$sdk::types::Cors) -> Self {
                let set = |names: &[String]| names.iter().cloned().collect();
                Self {
                    allow_credentials: found.allow_credentials().unwrap_or_default(),
                    allow_headers: set(found.allow_headers()),
                    allow_methods: set(found.allow_methods()),
                    allow_origins: set(found.allow_origins()),
                    expose_headers: set(found.expose_headers()),
                    max_age: found.max_age(),
                }
            }
        }

        impl From<&$crate::aws::cors::Cors> for $sdk::types::Cors {
            fn from(wanted: &$crate::aws::cors::Cors) -> Self {
                let list = |names: &std::collections::BTreeSet<String>| {
                    Some(names.iter().cloned().collect())
                };
                Self::builder()
                    .allow_credentials(wanted.allow_credentials)
                    .set_allow_headers(list(&wanted.allow_headers))
                    .set_allow_methods(list(&wanted.allow_methods))
                    .set_allow_origins(list(&wanted.allow_origins))
                    .set_expose_headers(list(&wanted.expose_headers))
                    .set_max_age(wanted.max_age)
                    .build()
            }
        }
    };
}
pub(super) use convert_cors;
