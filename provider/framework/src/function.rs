//! What the author of a provider function writes: pure, called without any configuration.

use std::fmt;

use crate::diagnostics::Diagnostic;
use crate::dynamic::Dynamic;
use crate::panics::caught_now;
use crate::types::Type;
use crate::value::{self, Element, Value};

/// One function: `provider::<type>::<name>(…)` in HCL, from Terraform 1.8 on.
pub trait Function: 'static {
    /// As practitioners write it: `oidc_subject`.
    const NAME: &'static str;

    fn signature() -> Signature;

    /// The value for these arguments. Must be the same for the same arguments.
    fn call(arguments: &mut Arguments) -> Result<Dynamic, FunctionError>;
}

/// What a function takes and gives.
#[derive(Debug, Clone)]
pub struct Signature {
    pub(crate) summary: String,
    pub(crate) description: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) variadic: Option<Parameter>,
    pub(crate) returns: Type,
    pub(crate) deprecated: Option<String>,
}

impl Signature {
    /// `summary` is one line without a full stop; `description` is Markdown, in whole sentences.
    pub fn new(summary: &str, description: &str, returns: Type) -> Self {
        let (summary, description) = (summary.to_owned(), description.to_owned());
        let (parameters, variadic, deprecated) = Default::default();
        Self { summary, description, parameters, variadic, returns, deprecated }
    }

    /// The next positional parameter.
    #[must_use]
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// The parameter that takes all arguments from here on, none included.
    #[must_use]
    pub fn variadic(mut self, parameter: Parameter) -> Self {
        self.variadic = Some(parameter);
        self
    }

    /// Terraform warns where it is called; `message` says what to use instead.
    #[must_use]
    pub fn deprecated(mut self, message: &str) -> Self {
        self.deprecated = Some(message.to_owned());
        self
    }

    /// The type of the argument at `position`, if the function takes so many.
    pub(crate) fn type_at(&self, position: usize) -> Option<&Type> {
        let parameter = self.parameters.get(position).or(self.variadic.as_ref());
        parameter.map(|parameter| &parameter.ty)
    }
}

/// One parameter. Terraform calls with null or unknown arguments only where they are allowed.
#[derive(Debug, Clone)]
pub struct Parameter {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) description: String,
    pub(crate) allow_null: bool,
    pub(crate) allow_unknown: bool,
}

impl Parameter {
    pub fn new(name: &str, ty: Type, description: &str) -> Self {
        let (name, description) = (name.to_owned(), description.to_owned());
        Self { name, ty, description, allow_null: false, allow_unknown: false }
    }

    /// Null may be given.
    #[must_use]
    pub fn allow_null(mut self) -> Self {
        self.allow_null = true;
        self
    }

    /// A value that is not known yet may be given. Without it the whole call is not known yet.
    #[must_use]
    pub fn allow_unknown(mut self) -> Self {
        self.allow_unknown = true;
        self
    }
}

/// The arguments of one call, in order.
#[derive(Debug)]
pub struct Arguments {
    rest: std::vec::IntoIter<Dynamic>,
    position: usize,
}

impl Arguments {
    pub(crate) fn new(arguments: Vec<Dynamic>) -> Self {
        Self { rest: arguments.into_iter(), position: 0 }
    }

    /// The next argument, of a parameter that takes neither null nor unknown values.
    pub fn take<T: Element>(&mut self) -> Result<T, FunctionError> {
        let position = self.position;
        self.take_value()?
            .into_known()
            .ok_or_else(|| FunctionError::argument(position, "must have a value: null is none"))
    }

    /// The next argument in its three states.
    pub fn take_value<T: Element>(&mut self) -> Result<Value<T>, FunctionError> {
        let position = self.position;
        let argument =
            self.rest.next().ok_or_else(|| FunctionError::new("an argument is missing"))?;
        self.position += 1;
        value::read(argument)
            .map_err(|_| FunctionError::argument(position, "has another type than it should"))
    }

    /// All arguments that are left: those of the variadic parameter.
    pub fn take_rest<T: Element>(&mut self) -> Result<Vec<T>, FunctionError> {
        let mut taken = Vec::new();
        while self.rest.len() > 0 {
            taken.push(self.take()?);
        }
        Ok(taken)
    }

    /// The position of the argument that the next `take` gives: for [`FunctionError::argument`].
    pub fn position(&self) -> usize {
        self.position
    }
}

/// Why a function has no value for these arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    pub(crate) text: String,
    pub(crate) argument: Option<usize>,
}

impl FunctionError {
    /// An error about the call as a whole: a sentence without a full stop, which Terraform adds.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), argument: None }
    }

    /// An error about the argument at `position`, counted from 0. Terraform names the parameter.
    pub fn argument(position: usize, text: impl Into<String>) -> Self {
        Self { text: text.into(), argument: Some(position) }
    }
}

/// An answer about a function has room for a text alone.
impl From<Diagnostic> for FunctionError {
    fn from(diagnostic: Diagnostic) -> Self {
        let text = format!("{}. {}", diagnostic.summary, diagnostic.detail);
        Self::new(text.trim_end_matches('.'))
    }
}

/// One line of a provider's list of functions.
#[derive(Clone)]
pub struct FunctionType {
    pub(crate) name: &'static str,
    pub(crate) signature: Signature,
    call: fn(&mut Arguments) -> Result<Dynamic, FunctionError>,
}

impl FunctionType {
    pub fn new<F: Function>() -> Self {
        Self { name: F::NAME, signature: F::signature(), call: F::call }
    }

    pub(crate) fn call(&self, arguments: Vec<Dynamic>) -> Result<Dynamic, FunctionError> {
        let mut arguments = Arguments::new(arguments);
        caught_now(|| (self.call)(&mut arguments))?
    }
}

impl fmt::Debug for FunctionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FunctionType").field(&self.name).finish()
    }
}
