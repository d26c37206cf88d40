//! What a resource author writes: one type, its schema, its model, and what happens to an object.

use async_trait::async_trait;

use serde_json::Value as Json;

use crate::deferral::Deferral;
use crate::diagnostics::{AttributePath, Diagnostic};
use crate::dynamic::Dynamic;
use crate::identity::IdentitySchema;
use crate::model::{self, Model};
use crate::schema::Schema;
use crate::value::{self, Element, Value};

/// One resource type. A value of it exists once the provider is configured.
///
/// Every operation answers through a [`Response`] or a [`Plan`], which keeps what was set even
/// where the operation ends in an error: what exists is never forgotten.
#[async_trait]
pub trait Resource: Send + Sync + 'static {
    /// The name without the provider's prefix: `oidc_role`.
    const TYPE_NAME: &'static str;

    type Model: Model;

    /// What tells one object from all others; `()` where [`Resource::identity_schema`] has none.
    type Identity: Model;

    fn schema() -> Schema;

    /// What tells one object of this type from all others, for `import` blocks and lists.
    /// Terraform 1.12 and later ask for it.
    fn identity_schema() -> Option<IdentitySchema> {
        None
    }

    /// Checks a configuration beyond its single attributes. Values may be unknown.
    fn validate(_config: &Self::Model) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// The identity of the object in this state. With a null in it, it is not known yet.
    fn identity(&self, _state: &Self::Model) -> Self::Identity {
        Self::Identity::default()
    }

    /// Brings stored state of an older version of the schema to this one: JSON in, JSON out.
    /// Attributes that the result lacks are null.
    fn upgrade(version: i64, _state: Json) -> Result<Json, Diagnostic> {
        Err(other_version(version))
    }

    /// The same for a stored identity.
    fn upgrade_identity(version: i64, _identity: Json) -> Result<Json, Diagnostic> {
        Err(other_version(version))
    }

    /// The state of an object that a `moved` block brings here from another resource type, as
    /// this type's JSON. `None` where that type is not one to come from.
    fn move_from(_source: &MoveSource) -> Option<Result<Json, Diagnostic>> {
        None
    }

    /// Changes a plan in what this resource knows better than its schema. Called twice for one
    /// apply, and must say the same twice. Not called for a destroy.
    async fn plan(&self, _plan: &mut Plan<Self::Model>) -> Result<(), Diagnostic> {
        Ok(())
    }

    /// Refuses to plan the end of an object, or warns of what it leaves behind.
    async fn plan_destroy(
        &self,
        _state: &Self::Model,
        _warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Diagnostic> {
        Ok(())
    }

    async fn create(
        &self,
        request: Create<Self::Model>,
        response: &mut Response<Self::Model>,
    ) -> Result<(), Diagnostic>;

    /// Fills the state with what is there now. [`Response::remove`] where nothing is.
    async fn read(
        &self,
        request: Read<Self::Model>,
        response: &mut Response<Self::Model>,
    ) -> Result<(), Diagnostic>;

    async fn update(
        &self,
        request: Update<Self::Model>,
        response: &mut Response<Self::Model>,
    ) -> Result<(), Diagnostic>;

    /// Deletes the object; succeeds where it is gone. A state set in `response` is what is left
    /// when deletion ends in an error.
    async fn delete(
        &self,
        request: Delete<Self::Model>,
        response: &mut Response<Self::Model>,
    ) -> Result<(), Diagnostic>;

    /// Finds the object that a practitioner names, far enough that a read can follow.
    async fn import(
        &self,
        by: ImportBy<Self::Identity>,
        response: &mut Response<Self::Model>,
    ) -> Result<(), Diagnostic>;
}

/// What a create may use.
#[derive(Debug)]
pub struct Create<M> {
    /// What was planned: known, but for what the provider computes.
    pub plan: M,
    /// The configuration, the one place where write-only values are.
    pub config: M,
}

/// What a read may use.
#[derive(Debug)]
pub struct Read<M> {
    pub state: M,
}

/// What an update may use.
#[derive(Debug)]
pub struct Update<M> {
    pub prior: M,
    pub plan: M,
    pub config: M,
}

/// What a delete may use.
#[derive(Debug)]
pub struct Delete<M> {
    pub state: M,
}

/// How a practitioner names an object that is to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportBy<I> {
    Id(String),
    /// Only for types with an identity. What is required for import is there.
    Identity(I),
}

/// An object of another resource type, maybe of another provider, that a `moved` block brings here.
#[derive(Debug, Clone)]
pub struct MoveSource {
    /// Host, namespace and type: `registry.terraform.io/hashicorp/aws`.
    pub provider_address: String,
    pub type_name: String,
    pub schema_version: i64,
    /// The stored state. Numbers have all their digits.
    pub state: Json,
}

fn other_version(version: i64) -> Diagnostic {
    Diagnostic::error(
        "Cannot read stored state of another version",
        format!(
            "The state was written with version {version} of the schema, which this provider does \
             not read. Use the provider version that wrote the state."
        ),
    )
}

/// What an operation leaves behind, also when it fails half-way.
#[derive(Debug)]
pub struct Response<M> {
    pub(crate) state: Option<M>,
    pub(crate) private: Vec<u8>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<M> Response<M> {
    pub(crate) fn new(state: Option<M>, private: Vec<u8>) -> Self {
        Self { state, private, diagnostics: Vec::new() }
    }

    /// Records what exists now. Call it the moment something does, and again as more is known.
    pub fn set_state(&mut self, state: M) {
        self.state = Some(state);
    }

    /// What is recorded so far.
    pub fn state(&self) -> Option<&M> {
        self.state.as_ref()
    }

    /// Records that nothing exists any more.
    pub fn remove(&mut self) {
        self.state = None;
    }

    /// What the provider stored beside the state, invisible to practitioners. No secrets: state
    /// files hold it in clear.
    pub fn private(&self) -> &[u8] {
        &self.private
    }

    /// Replaces what is stored beside the state.
    pub fn set_private(&mut self, private: Vec<u8>) {
        self.private = private;
    }

    /// Adds a warning, or one error of several.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

impl<M> Default for Response<M> {
    fn default() -> Self {
        Self::new(None, Vec::new())
    }
}

/// A plan under way: what the framework made of schema, state and configuration, and what the
/// resource changes in it.
#[derive(Debug)]
pub struct Plan<M> {
    /// `None` at create.
    pub prior: Option<M>,
    pub config: M,
    /// What the framework planned, to look at: [`Plan::set`] changes it.
    pub planned: M,
    pub(crate) changes: Vec<(String, Dynamic)>,
    pub(crate) requires_replace: Vec<AttributePath>,
    pub(crate) deferral: Option<Deferral>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<M> Plan<M> {
    pub(crate) fn new(prior: Option<M>, config: M, planned: M) -> Self {
        let (changes, requires_replace, deferral, diagnostics) = Default::default();
        Self { prior, config, planned, changes, requires_replace, deferral, diagnostics }
    }

    /// Plans another value for the computed attribute `name`.
    pub fn set<T: Element>(&mut self, name: &str, value: Value<T>) {
        self.changes.push((name.to_owned(), value::write(value)));
    }

    /// Whether a part of the configuration is not known yet.
    pub fn has_unknown_config(&self) -> bool
    where
        M: Model,
    {
        model::write(self.config.clone()).values().any(Dynamic::has_unknown)
    }

    /// Plans a replacement because of the attribute `name`.
    pub fn require_replace(&mut self, name: &str) {
        self.requires_replace.push(name.into());
    }

    /// Asks Terraform to put this object off to a later plan: an error where Terraform does not
    /// allow that, and only experimental ones do.
    pub fn defer(&mut self, reason: Deferral) {
        self.deferral = Some(reason);
    }

    /// Adds a warning, or one error of several.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}
