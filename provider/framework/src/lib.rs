//! A Terraform provider framework over plugin protocol 5.
//!
//! It knows Terraform, and nothing of what any provider manages. A provider is a type that implements
//! [`Provider`]; what it serves are types that implement [`Resource`], [`DataSource`], [`Function`],
//! [`EphemeralResource`], [`ListResource`] or [`Action`]. [`serve::run`] is all that its `main` does.
//!
//! The wire ends in `proto`, `server` and `serve`: no generated type is in the signatures that a
//! provider is written with.
//!
//! # Writing a resource
//!
//! A resource is a model, a schema, and what happens to one object. Below is a whole provider with one
//! resource:
//!
//! ```hcl
//! resource "demo_greeting" "world" {
//!   name = "World"
//! }
//!
//! output "text" {
//!   value = demo_greeting.world.text # Hello, World!
//! }
//! ```
//!
//! What a [`Value`] holds is known, null, or not known before apply. The framework plans: it takes what
//! is configured, fills in defaults, keeps what no change touches, and leaves the rest unknown; `plan`
//! (not needed here) is for what a resource knows better. A [`Response`] keeps what was recorded even
//! where the operation then fails or panics, so record the state as soon as something exists.
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::sync::{Arc, Mutex};
//!
//! use tf_framework::{
//!     Attribute, Configure, Create, Delete, Diagnostic, ImportBy, Model, ObjectReader, ObjectWriter,
//!     Provider, Read, Resource, ResourceType, Response, Schema, Update, Validator, Value,
//!     async_trait,
//! };
//!
//! /// The model: a field for each attribute of the schema.
//! #[derive(Clone, Default)]
//! struct Greeting {
//!     name: Value<String>,
//!     mood: Value<String>,
//!     text: Value<String>,
//! }
//!
//! impl Model for Greeting {
//!     fn read(object: &mut ObjectReader) -> Self {
//!         Self { name: object.take("name"), mood: object.take("mood"), text: object.take("text") }
//!     }
//!
//!     fn write(self, object: &mut ObjectWriter) {
//!         let Self { name, mood, text } = self;
//!         object.put("name", name);
//!         object.put("mood", mood);
//!         object.put("text", text);
//!     }
//! }
//!
//! /// What stands for the other side's API: cheap to clone, made when the provider is configured.
//! #[derive(Clone, Default)]
//! struct Greetings(Arc<Mutex<BTreeMap<String, String>>>);
//!
//! struct GreetingResource(Greetings);
//!
//! impl GreetingResource {
//!     fn write(&self, mut greeting: Greeting) -> Result<Greeting, Diagnostic> {
//!         let name = greeting.name.require("name")?;
//!         let end = if greeting.mood.require("mood")? == "loud" { "!" } else { "." };
//!         let text = format!("Hello, {name}{end}");
//!         self.0.0.lock().unwrap().insert(name.clone(), text.clone());
//!         greeting.text = Value::Known(text);
//!         Ok(greeting)
//!     }
//! }
//!
//! #[async_trait]
//! impl Resource for GreetingResource {
//!     const TYPE_NAME: &'static str = "greeting";
//!     type Model = Greeting;
//!     type Identity = ();
//!
//!     /// The descriptions are the documentation.
//!     fn schema() -> Schema {
//!         Schema::new("A line that greets somebody.")
//!             .attribute("name", Attribute::string("Who is greeted.").required().requires_replace())
//!             .attribute(
//!                 "mood",
//!                 Attribute::string("How. `loud` if not set.")
//!                     .default("loud")
//!                     .validate(Validator::one_of(&["loud", "calm"])),
//!             )
//!             .attribute("text", Attribute::string("The line.").computed())
//!     }
//!
//!     async fn create(
//!         &self,
//!         request: Create<Greeting>,
//!         response: &mut Response<Greeting>,
//!     ) -> Result<(), Diagnostic> {
//!         response.set_state(self.write(request.plan)?);
//!         Ok(())
//!     }
//!
//!     /// Drift shows here: the state is what is there now.
//!     async fn read(
//!         &self,
//!         request: Read<Greeting>,
//!         response: &mut Response<Greeting>,
//!     ) -> Result<(), Diagnostic> {
//!         match self.0.0.lock().unwrap().get(request.state.name.require("name")?).cloned() {
//!             Some(text) => {
//!                 response.set_state(Greeting { text: Value::Known(text), ..request.state });
//!             }
//!             None => response.remove(),
//!         }
//!         Ok(())
//!     }
//!
//!     async fn update(
//!         &self,
//!         request: Update<Greeting>,
//!         response: &mut Response<Greeting>,
//!     ) -> Result<(), Diagnostic> {
//!         response.set_state(self.write(request.plan)?);
//!         Ok(())
//!     }
//!
//!     /// Succeeds where the object is gone already.
//!     async fn delete(
//!         &self,
//!         request: Delete<Greeting>,
//!         _: &mut Response<Greeting>,
//!     ) -> Result<(), Diagnostic> {
//!         self.0.0.lock().unwrap().remove(request.state.name.require("name")?);
//!         Ok(())
//!     }
//!
//!     /// Only as far as a read can follow.
//!     async fn import(
//!         &self,
//!         by: ImportBy<()>,
//!         response: &mut Response<Greeting>,
//!     ) -> Result<(), Diagnostic> {
//!         if let ImportBy::Id(name) = by {
//!             response.set_state(Greeting { name: Value::Known(name), ..Greeting::default() });
//!         }
//!         Ok(())
//!     }
//! }
//!
//! struct Demo;
//!
//! #[async_trait]
//! impl Provider for Demo {
//!     const TYPE_NAME: &'static str = "demo";
//!     /// The provider block has no attributes.
//!     type Model = ();
//!     type Clients = Greetings;
//!
//!     fn schema() -> Schema {
//!         Schema::new("Greets.")
//!     }
//!
//!     fn resources() -> Vec<ResourceType<Greetings>> {
//!         vec![ResourceType::new(|greetings: &Greetings| GreetingResource(greetings.clone()))]
//!     }
//!
//!     async fn configure(
//!         &self,
//!         _: Configure<()>,
//!         _: &mut Vec<Diagnostic>,
//!     ) -> Result<Greetings, Diagnostic> {
//!         Ok(Greetings::default())
//!     }
//! }
//!
//! // Model and schema cannot drift apart:
//! tf_framework::testing::assert_model_matches_schema::<GreetingResource>();
//! // And a provider is a service that a test can call without a process.
//! let _service = tf_framework::testing::service(Demo);
//! ```
//!
//! Errors are [`Diagnostic`]s: what could not be done to which object, what to do about it, on the
//! attribute that caused it. An error that no configuration can cause is a [`Diagnostic::bug`].

mod action;
mod codec;
mod data_source;
mod deferral;
mod diagnostics;
mod dynamic;
mod ephemeral;
mod function;
mod generate_config;
mod identity;
mod list;
mod model;
mod number;
mod panics;
mod plan;
mod proto;
mod provider;
mod resource;
mod resource_type;
mod schema;
pub mod serve;
mod server;
pub mod testing;
mod types;
mod validate;
mod value;

pub use action::{Action, ActionType, Progress};
pub use async_trait::async_trait;
pub use data_source::{DataSource, DataSourceType};
pub use deferral::Deferral;
pub use diagnostics::{AttributePath, Diagnostic, Severity, Step};
pub use dynamic::{Dynamic, Object};
pub use ephemeral::{EphemeralResource, EphemeralResourceType, Lease, Opened};
pub use function::{Arguments, Function, FunctionError, FunctionType, Parameter, Signature};
pub use identity::IdentitySchema;
pub use list::{Found, List, ListResource, ListResourceType, Listed};
pub use model::{Model, ObjectReader, ObjectWriter};
pub use number::Number;
pub use provider::{Configure, Provider};
pub use resource::{Create, Delete, ImportBy, MoveSource, Plan, Read, Resource, Response, Update};
pub use resource_type::ResourceType;
pub use schema::{Attribute, Block, Nesting, Schema, Validator};
/// What stored state is, where its schema is not known.
pub use serde_json::Value as Json;
pub use tokio_util::sync::CancellationToken;
pub use types::Type;
pub use value::{Element, Misfit, Value};
