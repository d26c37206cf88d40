//! The block `cors`, as far as it is the same wherever a resource has one.

use std::collections::BTreeSet;

use tf_framework::{Model, ObjectReader, ObjectWriter, Value};

use crate::aws::cors::Cors;

/// Attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct CorsModel {
    pub(super) allow_credentials: Value<bool>,
    pub(super) allow_headers: Value<BTreeSet<String>>,
    pub(super) allow_methods: Value<BTreeSet<String>>,
    pub(super) allow_origins: Value<BTreeSet<String>>,
    pub(super) expose_headers: Value<BTreeSet<String>>,
    pub(super) max_age: Value<i64>,
}

impl CorsModel {
    /// What AWS is to have. What is not known counts as not set.
    pub(super) fn wanted(&self) -> Cors {
        let set = |names: &Value<BTreeSet<String>>| names.known().cloned().unwrap_or_default();
        Cors {
            allow_credentials: self.allow_credentials == Value::Known(true),
            allow_headers: set(&self.allow_headers),
            allow_methods: set(&self.allow_methods),
            allow_origins: set(&self.allow_origins),
            expose_headers: set(&self.expose_headers),
            max_age: self.max_age.known().and_then(|age| i32::try_from(*age).ok()),
        }
    }
}

impl Model for CorsModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            allow_credentials: object.take("allow_credentials"),
            allow_headers: object.take("allow_headers"),
            allow_methods: object.take("allow_methods"),
            allow_origins: object.take("allow_origins"),
            expose_headers: object.take("expose_headers"),
            max_age: object.take("max_age"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self {
            allow_credentials,
            allow_headers,
            allow_methods,
            allow_origins,
            expose_headers,
            max_age,
        } = self;
        object.put("allow_credentials", allow_credentials);
        object.put("allow_headers", allow_headers);
        object.put("allow_methods", allow_methods);
        object.put("allow_origins", allow_origins);
        object.put("expose_headers", expose_headers);
        object.put("max_age", max_age);
    }
}
