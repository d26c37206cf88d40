//! What tells one object of a resource type from all others, without its state.

use crate::diagnostics::Diagnostic;
use crate::dynamic::{Dynamic, Object};
use crate::types::Type;

/// The attributes of an identity. They never change while the object lives.
#[derive(Debug, Clone, Default)]
pub struct IdentitySchema {
    /// Raised when a stored identity of the former version cannot be read as it is.
    pub version: i64,
    pub(crate) attributes: Vec<IdentityAttribute>,
}

/// One attribute of an identity.
#[derive(Debug, Clone)]
pub(crate) struct IdentityAttribute {
    pub name: String,
    pub ty: Type,
    pub description: String,
    /// Whether an `import` block must give it.
    pub required: bool,
}

impl IdentitySchema {
    pub fn new() -> Self {
        Self::default()
    }

    /// An attribute that an `import` block must give.
    #[must_use]
    pub fn required(self, name: &str, ty: Type, description: &str) -> Self {
        self.with(name, ty, description, true)
    }

    /// An attribute that an `import` block may leave out, because the provider knows it too: the
    /// account, the region.
    #[must_use]
    pub fn optional(self, name: &str, ty: Type, description: &str) -> Self {
        self.with(name, ty, description, false)
    }

    fn with(mut self, name: &str, ty: Type, description: &str, required: bool) -> Self {
        let (name, description) = (name.to_owned(), description.to_owned());
        self.attributes.push(IdentityAttribute { name, ty, description, required });
        self
    }

    pub(crate) fn object_type(&self) -> Type {
        let attributes = self.attributes.iter();
        Type::Object(attributes.map(|found| (found.name.clone(), found.ty.clone())).collect())
    }

    /// `identity`, if it is known as a whole: one that has gaps is none.
    pub(crate) fn whole(&self, identity: Object) -> Option<Object> {
        let gap = |value: &Dynamic| value.has_unknown() || *value == Dynamic::Null;
        (!identity.values().any(gap)).then_some(identity)
    }

    /// What an `import` block may not leave out, and does.
    pub(crate) fn missing(&self, identity: &Object) -> Option<Diagnostic> {
        let is_missing = |found: &&IdentityAttribute| {
            found.required && !identity.get(&found.name).is_some_and(is_known)
        };
        self.attributes.iter().find(is_missing).map(|missing| {
            Diagnostic::error(
                "Cannot import by this identity",
                format!("The identity must have the attribute {}.", missing.name),
            )
        })
    }
}

fn is_known(value: &Dynamic) -> bool {
    *value != Dynamic::Null && !value.has_unknown()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> IdentitySchema {
        IdentitySchema::new().required("name", Type::String, "Name.").optional(
            "region",
            Type::String,
            "Region.",
        )
    }

    fn identity(name: Dynamic, region: Dynamic) -> Object {
        Object::from([("name".to_owned(), name), ("region".to_owned(), region)])
    }

    #[test]
    fn an_identity_with_a_gap_is_none() {
        let whole = identity("a".into(), "eu-west-1".into());
        assert_eq!(schema().whole(whole.clone()), Some(whole));
        assert_eq!(schema().whole(identity("a".into(), Dynamic::Null)), None);
        assert_eq!(schema().whole(identity(Dynamic::Unknown, "eu-west-1".into())), None);
    }

    #[test]
    fn an_import_may_leave_out_only_what_is_optional() {
        assert_eq!(schema().missing(&identity("a".into(), Dynamic::Null)), None);
        let missing = schema().missing(&identity(Dynamic::Null, "eu-west-1".into())).unwrap();
        assert_eq!(missing.detail, "The identity must have the attribute name.");
    }
}
