//! A resource type that gave way to another: `moved` blocks bring its objects to `tiny_note`.

use tf_framework::{
    Attribute, Create, Delete, Diagnostic, ImportBy, Model, ObjectReader, ObjectWriter, Read,
    Resource, Response, Schema, Update, Value, async_trait,
};

use super::desk::Desk;

/// `tiny_scrap`: a scrap of paper.
pub(crate) struct Scrap {
    desk: Desk,
}

impl Scrap {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }

    fn write(&self, scrap: &ScrapModel) -> Result<(), Diagnostic> {
        self.desk.put(scrap.name.require("name")?, scrap.text.require("text")?)
    }
}

#[async_trait]
impl Resource for Scrap {
    const TYPE_NAME: &'static str = "scrap";
    type Model = ScrapModel;
    type Identity = ();

    fn schema() -> Schema {
        Schema::new("A scrap of paper.")
            .attribute("name", Attribute::string("Name.").required().requires_replace())
            .attribute("text", Attribute::string("What it says.").required())
            .deprecated("Use tiny_note.")
    }

    async fn create(
        &self,
        request: Create<ScrapModel>,
        response: &mut Response<ScrapModel>,
    ) -> Result<(), Diagnostic> {
        self.write(&request.plan)?;
        response.set_state(request.plan);
        Ok(())
    }

    async fn read(
        &self,
        request: Read<ScrapModel>,
        response: &mut Response<ScrapModel>,
    ) -> Result<(), Diagnostic> {
        match self.desk.find(request.state.name.require("name")?)? {
            None => response.remove(),
            Some(text) => {
                response.set_state(ScrapModel { text: Value::Known(text), ..request.state });
            }
        }
        Ok(())
    }

    async fn update(
        &self,
        request: Update<ScrapModel>,
        response: &mut Response<ScrapModel>,
    ) -> Result<(), Diagnostic> {
        self.write(&request.plan)?;
        response.set_state(request.plan);
        Ok(())
    }

    async fn delete(
        &self,
        request: Delete<ScrapModel>,
        _: &mut Response<ScrapModel>,
    ) -> Result<(), Diagnostic> {
        self.desk.remove(request.state.name.require("name")?)
    }

    async fn import(
        &self,
        _: ImportBy<()>,
        _: &mut Response<ScrapModel>,
    ) -> Result<(), Diagnostic> {
        Err(Diagnostic::error("Cannot import a scrap", "Import it as a tiny_note."))
    }
}

#[derive(Clone, Default)]
pub(crate) struct ScrapModel {
    name: Value<String>,
    text: Value<String>,
}

impl Model for ScrapModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { name: object.take("name"), text: object.take("text") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { name, text } = self;
        object.put("name", name);
        object.put("text", text);
    }
}
