//! A data source.

use tf_framework::{
    Attribute, DataSource, Diagnostic, Model, ObjectReader, ObjectWriter, Schema, Value,
    async_trait,
};

use super::desk::Desk;

/// `tiny_note`, looked at.
pub(crate) struct NoteData {
    desk: Desk,
}

impl NoteData {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }
}

#[async_trait]
impl DataSource for NoteData {
    const TYPE_NAME: &'static str = "note";
    type Model = NoteDataModel;

    fn schema() -> Schema {
        Schema::new("A note that somebody else wrote.")
            .attribute("name", Attribute::string("The file's name.").required())
            .attribute("text", Attribute::string("What it says.").computed())
    }

    async fn read(
        &self,
        mut config: NoteDataModel,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<NoteDataModel, Diagnostic> {
        self.desk.begin("tiny_note data").await?;
        let name = config.name.require("name")?;
        let Some(text) = self.desk.find(name)? else {
            return Err(Diagnostic::error(
                format!("There is no note {name:?}"),
                "Write it, or look for another.",
            )
            .at("name"));
        };
        if text.is_empty() {
            warnings
                .push(Diagnostic::warning("The note is blank", "Nobody wrote on it.").at("name"));
        }
        config.text = Value::Known(text);
        Ok(config)
    }
}

#[derive(Clone, Default)]
pub(crate) struct NoteDataModel {
    name: Value<String>,
    text: Value<String>,
}

impl Model for NoteDataModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { name: object.take("name"), text: object.take("text") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { name, text } = self;
        object.put("name", name);
        object.put("text", text);
    }
}
