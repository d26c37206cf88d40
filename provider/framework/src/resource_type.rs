//! A resource type without its Rust types: objects in, objects out. What the server calls.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::deferral::Deferral;
use crate::diagnostics::{AttributePath, Diagnostic, Severity};
use crate::dynamic::Object;
use crate::identity::IdentitySchema;
use crate::model::{self, Model};
use crate::panics::{caught, caught_now};
use crate::plan;
use crate::resource::{
    Create, Delete, ImportBy, MoveSource, Plan, Read, Resource, Response, Update,
};
use crate::schema::Schema;
use crate::validate;

/// One line of a provider's list of resources: the type, and how it is made from the clients.
#[derive(Clone)]
pub struct ResourceType<C> {
    pub(crate) name: &'static str,
    pub(crate) schema: Schema,
    pub(crate) identity: Option<IdentitySchema>,
    inner: Arc<dyn Operations<C>>,
}

impl<C: Send + Sync + 'static> ResourceType<C> {
    /// `make` is called for every operation, so it should only clone handles.
    pub fn new<R: Resource>(make: impl Fn(&C) -> R + Send + Sync + 'static) -> Self {
        let schema = R::schema();
        Self {
            name: R::TYPE_NAME,
            schema: schema.clone(),
            identity: R::identity_schema(),
            inner: Arc::new(Typed { make, schema, of: PhantomData }),
        }
    }

    pub(crate) fn operations(&self) -> &dyn Operations<C> {
        &*self.inner
    }
}

impl<C> fmt::Debug for ResourceType<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ResourceType").field(&self.name).finish()
    }
}

/// What an operation answers.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// `None`: nothing exists.
    pub state: Option<Object>,
    /// `None`: not known, or the type has none.
    pub identity: Option<Object>,
    pub private: Vec<u8>,
    pub diagnostics: Vec<Diagnostic>,
}

/// What planning answers.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    pub state: Option<Object>,
    pub private: Vec<u8>,
    pub requires_replace: Vec<AttributePath>,
    pub deferral: Option<Deferral>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Everything that Terraform may do to an object; the clients come with each call.
#[async_trait]
pub(crate) trait Operations<C>: Send + Sync {
    fn validate(&self, config: Object) -> Vec<Diagnostic>;

    /// Stored state of another version, as this version's.
    fn upgrade(&self, version: i64, state: Json) -> Result<Json, Diagnostic>;

    fn upgrade_identity(&self, version: i64, identity: Json) -> Result<Json, Diagnostic>;

    /// `None`: nothing moves here from that type.
    fn move_from(&self, source: &MoveSource) -> Option<Result<Json, Diagnostic>>;

    /// Without clients, the resource's own `plan` has no say: what it would tell stays unknown.
    async fn plan(
        &self,
        clients: Option<&C>,
        prior: Option<Object>,
        config: Object,
        private: Vec<u8>,
    ) -> Planned;

    async fn plan_destroy(&self, clients: &C, state: Object) -> Vec<Diagnostic>;

    async fn create(&self, clients: &C, plan: Object, config: Object, private: Vec<u8>) -> Answer;

    async fn read(&self, clients: &C, state: Object, private: Vec<u8>) -> Answer;

    async fn update(&self, clients: &C, objects: UpdateObjects, private: Vec<u8>) -> Answer;

    async fn delete(&self, clients: &C, state: Object, private: Vec<u8>) -> Answer;

    async fn import(&self, clients: &C, by: ImportBy<Object>) -> Answer;
}

/// The three objects of an update.
#[derive(Debug)]
pub(crate) struct UpdateObjects {
    pub prior: Object,
    pub plan: Object,
    pub config: Object,
}

struct Typed<F, R> {
    make: F,
    schema: Schema,
    of: PhantomData<fn() -> R>,
}

impl<F, R: Resource> Typed<F, R> {
    /// Saves what an operation left: no unknown values, no write-only ones. Where its model cannot
    /// even be written, `instead`: something exists, and a state must name it.
    fn answer(
        &self,
        resource: &R,
        response: Response<R::Model>,
        outcome: Result<(), Diagnostic>,
        instead: Option<Object>,
    ) -> Answer {
        let Response { state, private, mut diagnostics } = response;
        diagnostics.extend(outcome.err());
        let failed = diagnostics.iter().any(|found| found.severity == Severity::Error);
        let identity = R::identity_schema().zip(state.as_ref()).and_then(|(schema, state)| {
            let identity = caught_now(|| model::write(resource.identity(state)));
            identity.map(|identity| schema.whole(identity)).unwrap_or_else(|bug| {
                diagnostics.push(bug);
                None
            })
        });
        let state = state.and_then(|state| {
            caught_now(|| model::write(state)).map_or_else(
                |bug| {
                    diagnostics.push(bug);
                    instead
                },
                Some,
            )
        });
        let state = state.map(|state| self.schema.body.without_write_only(state));
        if !failed {
            let unknown = state.iter().flatten().filter(|(_, value)| value.has_unknown());
            diagnostics.extend(unknown.map(|(name, _)| model::not_known(name)));
        }
        let state = state.map(|object| {
            object.into_iter().map(|(name, value)| (name, value.unknown_as_null())).collect()
        });
        Answer { state, identity, private, diagnostics }
    }

    fn failed(state: Option<Object>, private: Vec<u8>, diagnostic: Diagnostic) -> Answer {
        Answer { state, identity: None, private, diagnostics: vec![diagnostic] }
    }

    async fn try_plan<C>(
        &self,
        clients: Option<&C>,
        prior: Option<&Object>,
        config: Object,
    ) -> Result<(Object, Plan<R::Model>), Diagnostic>
    where
        F: Fn(&C) -> R + Send + Sync,
        C: Sync,
    {
        let mut planned = plan::plan(&self.schema, prior, &config);
        let mut plan = Plan::new(
            prior.cloned().map(model::read).transpose()?,
            model::read(config)?,
            model::read(planned.clone())?,
        );
        if let Some(clients) = clients
            && let Err(error) = caught((self.make)(clients).plan(&mut plan)).await
        {
            plan.push(error);
        }
        for (name, value) in plan.changes.drain(..) {
            planned.insert(name, value);
        }
        Ok((planned, plan))
    }
}

#[async_trait]
impl<C, F, R> Operations<C> for Typed<F, R>
where
    C: Send + Sync + 'static,
    F: Fn(&C) -> R + Send + Sync + 'static,
    R: Resource,
{
    fn validate(&self, config: Object) -> Vec<Diagnostic> {
        validate::configuration(&self.schema, config, R::validate)
    }

    fn upgrade(&self, version: i64, state: Json) -> Result<Json, Diagnostic> {
        caught_now(|| R::upgrade(version, state))?
    }

    fn upgrade_identity(&self, version: i64, identity: Json) -> Result<Json, Diagnostic> {
        caught_now(|| R::upgrade_identity(version, identity))?
    }

    fn move_from(&self, source: &MoveSource) -> Option<Result<Json, Diagnostic>> {
        caught_now(|| R::move_from(source)).unwrap_or_else(|bug| Some(Err(bug)))
    }

    async fn plan(
        &self,
        clients: Option<&C>,
        prior: Option<Object>,
        config: Object,
        private: Vec<u8>,
    ) -> Planned {
        match self.try_plan(clients, prior.as_ref(), config).await {
            Ok((planned, plan)) => {
                let Plan { mut requires_replace, deferral, diagnostics, .. } = plan;
                if let Some(prior) = &prior {
                    requires_replace.extend(plan::requires_replace(&self.schema, prior, &planned));
                }
                let failed = diagnostics.iter().any(|found| found.severity == Severity::Error);
                let state = if failed { prior } else { Some(planned) };
                Planned { state, private, requires_replace, deferral, diagnostics }
            }
            Err(diagnostic) => Planned {
                state: prior,
                private,
                diagnostics: vec![diagnostic],
                ..Planned::default()
            },
        }
    }

    async fn plan_destroy(&self, clients: &C, state: Object) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let outcome = match model::read(state) {
            Ok(state) => caught((self.make)(clients).plan_destroy(&state, &mut found)).await,
            Err(bug) => Err(bug),
        };
        found.extend(outcome.err());
        found
    }

    async fn create(&self, clients: &C, plan: Object, config: Object, private: Vec<u8>) -> Answer {
        let instead = Some(plan.clone());
        let request = match (model::read(plan), model::read(config)) {
            (Ok(plan), Ok(config)) => Create { plan, config },
            (Err(bug), _) | (_, Err(bug)) => return Self::failed(None, private, bug),
        };
        let mut response = Response::new(None, private);
        let resource = (self.make)(clients);
        let mut outcome = caught(resource.create(request, &mut response)).await;
        if outcome.is_ok() && response.state.is_none() {
            outcome = Err(Diagnostic::bug("A create ended without an error and without a state."));
        }
        self.answer(&resource, response, outcome, instead)
    }

    async fn read(&self, clients: &C, state: Object, private: Vec<u8>) -> Answer {
        let model: R::Model = match model::read(state.clone()) {
            Ok(model) => model,
            Err(bug) => return Self::failed(Some(state), private, bug),
        };
        let mut response = Response::new(Some(model.clone()), private);
        let resource = (self.make)(clients);
        let outcome = caught(resource.read(Read { state: model }, &mut response)).await;
        self.answer(&resource, response, outcome, Some(state))
    }

    async fn update(&self, clients: &C, objects: UpdateObjects, private: Vec<u8>) -> Answer {
        let UpdateObjects { prior, plan, config } = objects;
        let models =
            (model::read::<R::Model>(prior.clone()), model::read(plan), model::read(config));
        let request = match models {
            (Ok(prior), Ok(plan), Ok(config)) => Update { prior, plan, config },
            (Err(bug), ..) | (_, Err(bug), _) | (.., Err(bug)) => {
                return Self::failed(Some(prior), private, bug);
            }
        };
        // What was there before is there until the resource says otherwise.
        let mut response = Response::new(Some(request.prior.clone()), private);
        let resource = (self.make)(clients);
        let outcome = caught(resource.update(request, &mut response)).await;
        self.answer(&resource, response, outcome, Some(prior))
    }

    async fn delete(&self, clients: &C, state: Object, private: Vec<u8>) -> Answer {
        let model: R::Model = match model::read(state.clone()) {
            Ok(model) => model,
            Err(bug) => return Self::failed(Some(state), private, bug),
        };
        let mut response = Response::new(Some(model.clone()), private);
        let resource = (self.make)(clients);
        let outcome = caught(resource.delete(Delete { state: model }, &mut response)).await;
        if outcome.is_ok() {
            response.remove();
        }
        self.answer(&resource, response, outcome, Some(state))
    }

    async fn import(&self, clients: &C, by: ImportBy<Object>) -> Answer {
        let by = match by {
            ImportBy::Id(id) => Ok(ImportBy::Id(id)),
            ImportBy::Identity(identity) => model::read(identity).map(ImportBy::Identity),
        };
        let by = match by {
            Ok(by) => by,
            Err(bug) => return Self::failed(None, Vec::new(), bug),
        };
        let mut response = Response::default();
        let resource = (self.make)(clients);
        let mut outcome = caught(resource.import(by, &mut response)).await;
        if outcome.is_ok() && response.state.is_none() {
            outcome = Err(Diagnostic::bug("An import ended without an error and without a state."));
        }
        self.answer(&resource, response, outcome, None)
    }
}

/// Schema and model agree: what a test of every resource asserts.
pub(crate) fn model_fits<M: Model>(schema: &Schema) -> Result<(), String> {
    let empty = schema.body.empty();
    let model: M = model::read(empty.clone()).map_err(|bug| bug.detail)?;
    let written = model::write(model);
    if written == empty {
        return Ok(());
    }
    let names = |object: &Object| object.keys().cloned().collect::<Vec<_>>().join(", ");
    Err(format!("the model writes {}; the schema has {}", names(&written), names(&empty)))
}
