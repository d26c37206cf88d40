//! One attribute: its type, who sets it, and what happens when it changes.

use std::fmt;
use std::sync::Arc;

use super::Validator;
use crate::dynamic::Dynamic;
use crate::types::Type;

/// Whether two configured values mean the same.
type SameMeaning = Arc<dyn Fn(&Dynamic, &Dynamic) -> bool + Send + Sync>;

/// An attribute, optional until it is told otherwise.
#[derive(Clone)]
pub struct Attribute {
    pub(crate) ty: Type,
    pub(crate) description: String,
    pub(crate) required: bool,
    pub(crate) optional: bool,
    pub(crate) computed: bool,
    pub(crate) sensitive: bool,
    pub(crate) write_only: bool,
    pub(crate) deprecated: Option<String>,
    pub(crate) requires_replace: bool,
    pub(crate) keeps_state: bool,
    pub(crate) default: Option<Dynamic>,
    pub(crate) same_meaning: Option<SameMeaning>,
    pub(crate) validators: Vec<Validator>,
}

impl Attribute {
    /// An attribute of any type. The description is Markdown, in whole sentences.
    pub fn new(ty: Type, description: &str) -> Self {
        Self {
            ty,
            description: description.to_owned(),
            required: false,
            optional: true,
            computed: false,
            sensitive: false,
            write_only: false,
            deprecated: None,
            requires_replace: false,
            keeps_state: false,
            default: None,
            same_meaning: None,
            validators: Vec::new(),
        }
    }

    pub fn string(description: &str) -> Self {
        Self::new(Type::String, description)
    }

    pub fn number(description: &str) -> Self {
        Self::new(Type::Number, description)
    }

    pub fn bool(description: &str) -> Self {
        Self::new(Type::Bool, description)
    }

    /// The configuration must set it.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self.optional = false;
        self
    }

    /// The provider sets it, the configuration cannot.
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.computed = true;
        self.optional = false;
        self
    }

    /// The provider sets it where the configuration does not.
    #[must_use]
    pub fn optional_computed(mut self) -> Self {
        self.computed = true;
        self.optional = true;
        self
    }

    /// The value where the configuration sets none.
    #[must_use]
    pub fn default(mut self, value: impl Into<Dynamic>) -> Self {
        self.default = Some(value.into());
        self.optional_computed()
    }

    /// Terraform hides the value from its output. State keeps it.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The value reaches the provider at apply and is kept nowhere. Terraform 1.11 and later.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// Terraform warns where it is set; `message` says what to use instead.
    #[must_use]
    pub fn deprecated(mut self, message: &str) -> Self {
        self.deprecated = Some(message.to_owned());
        self
    }

    /// Another value means another object. In a block, so does one more or less of the blocks.
    #[must_use]
    pub fn requires_replace(mut self) -> Self {
        self.requires_replace = true;
        self
    }

    /// A computed value that no update changes: known at plan once it is in state.
    #[must_use]
    pub fn use_state_for_unknown(mut self) -> Self {
        self.keeps_state = true;
        self
    }

    /// Values for which `same` holds are one value: a new spelling of it is no change.
    #[must_use]
    pub fn same_when(
        mut self,
        same: impl Fn(&Dynamic, &Dynamic) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.same_meaning = Some(Arc::new(same));
        self
    }

    /// Checks a known value of the configuration.
    #[must_use]
    pub fn validate(mut self, validator: Validator) -> Self {
        self.validators.push(validator);
        self
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attribute").field("ty", &self.ty).finish_non_exhaustive()
    }
}
