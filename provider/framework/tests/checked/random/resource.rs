//! A resource of any schema, which lives in the state alone.

use std::cell::RefCell;

use tf_framework::{
    Configure, Create, Delete, Diagnostic, Dynamic, ImportBy, Object, Provider, Read, Resource,
    ResourceType, Response, Schema, Update, async_trait,
};

use super::schema::{Spec, example};

/// The type's name.
pub(crate) const NAME: &str = "random_thing";

thread_local! {
    /// Schemas belong to types; this type has another one for each test case.
    static SPEC: RefCell<Option<Spec>> = const { RefCell::new(None) };
}

/// Makes something while the type has this schema.
pub(crate) fn with_schema<T>(spec: Spec, make: impl FnOnce() -> T) -> T {
    SPEC.with_borrow_mut(|current| *current = Some(spec));
    make()
}

fn spec() -> Spec {
    SPEC.with_borrow(|spec| spec.clone().expect("a schema is set"))
}

pub(crate) struct Random;

#[async_trait]
impl Provider for Random {
    const TYPE_NAME: &'static str = "random";
    type Model = ();
    type Clients = ();

    fn schema() -> Schema {
        Schema::new("Random.")
    }

    fn resources() -> Vec<ResourceType<()>> {
        let spec = spec();
        vec![ResourceType::new(move |()| Thing { spec: spec.clone() })]
    }

    async fn configure(&self, _: Configure<()>, _: &mut Vec<Diagnostic>) -> Result<(), Diagnostic> {
        Ok(())
    }
}

struct Thing {
    spec: Spec,
}

#[async_trait]
impl Resource for Thing {
    const TYPE_NAME: &'static str = "thing";
    type Model = Object;
    type Identity = ();

    fn schema() -> Schema {
        spec().schema()
    }

    async fn create(
        &self,
        request: Create<Object>,
        response: &mut Response<Object>,
    ) -> Result<(), Diagnostic> {
        response.set_state(Computing::new("created").fill(&self.spec, request.plan));
        Ok(())
    }

    async fn read(&self, _: Read<Object>, _: &mut Response<Object>) -> Result<(), Diagnostic> {
        Ok(())
    }

    async fn update(
        &self,
        request: Update<Object>,
        response: &mut Response<Object>,
    ) -> Result<(), Diagnostic> {
        response.set_state(Computing::new("updated").fill(&self.spec, request.plan));
        Ok(())
    }

    async fn delete(&self, _: Delete<Object>, _: &mut Response<Object>) -> Result<(), Diagnostic> {
        Ok(())
    }

    async fn import(&self, _: ImportBy<()>, _: &mut Response<Object>) -> Result<(), Diagnostic> {
        Err(Diagnostic::error("Cannot import", "It exists in the state alone."))
    }
}

/// Gives values to what is not known: each text another one, or elements of a set could become one.
struct Computing {
    text: &'static str,
    count: usize,
}

impl Computing {
    fn new(text: &'static str) -> Self {
        Self { text, count: 0 }
    }

    fn fill(&mut self, spec: &Spec, mut plan: Object) -> Object {
        for (name, attribute) in spec.attributes() {
            if let Some(value @ Dynamic::Unknown) = plan.get_mut(&name) {
                self.count += 1;
                *value = example(&attribute.ty, &format!("{} {}", self.text, self.count));
            }
        }
        for (name, block) in spec.blocks() {
            let mut fill = |value: &mut Dynamic| {
                if let Dynamic::Map(object) = value {
                    *object = self.fill(&block.spec, std::mem::take(object));
                }
            };
            match plan.get_mut(&name) {
                Some(Dynamic::List(elements) | Dynamic::Set(elements)) => {
                    elements.iter_mut().for_each(fill);
                }
                Some(single) => fill(single),
                None => {}
            }
        }
        plan
    }
}
