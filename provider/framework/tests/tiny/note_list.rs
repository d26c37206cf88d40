//! A list of a resource type's objects.

use tf_framework::{
    Attribute, Diagnostic, Found, List, ListResource, Listed, Model, ObjectReader, ObjectWriter,
    Schema, Value, async_trait,
};

use super::desk::Desk;
use super::note::{self, Note, NoteIdentity};

/// Every `tiny_note` of the folder.
pub(crate) struct NoteList {
    desk: Desk,
}

impl NoteList {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }
}

#[async_trait]
impl ListResource for NoteList {
    type Resource = Note;
    type Model = NoteListModel;

    fn schema() -> Schema {
        Schema::new("Every note of the folder.")
            .attribute("prefix", Attribute::string("How the names begin."))
    }

    async fn list(
        &self,
        request: List<NoteListModel>,
        found: &mut Found<Note>,
    ) -> Result<(), Diagnostic> {
        let prefix = request.config.prefix.into_known().unwrap_or_default();
        for name in self.desk.names()?.into_iter().filter(|name| name.starts_with(&prefix)) {
            self.desk.begin("tiny_note list").await?;
            let Some(text) = self.desk.find(&name)? else { continue };
            let listed = Listed {
                identity: NoteIdentity { name: Value::Known(name.clone()) },
                display_name: format!("Note {name}"),
                resource: request.include_resource.then(|| note::found(name, text)),
            };
            if found.send(listed).await.is_break() {
                break;
            }
        }
        Ok(())
    }
}

#[derive(Clone, Default)]
pub(crate) struct NoteListModel {
    prefix: Value<String>,
}

impl Model for NoteListModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { prefix: object.take("prefix") }
    }

    fn write(self, object: &mut ObjectWriter) {
        object.put("prefix", self.prefix);
    }
}
