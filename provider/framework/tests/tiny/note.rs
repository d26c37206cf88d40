//! A resource with an identity, a write-only attribute, blocks, an older schema version, and another
//! type that moves to it.

use std::collections::BTreeMap;

use tf_framework::{
    Attribute, Block, Create, Deferral, Delete, Diagnostic, IdentitySchema, ImportBy, Json, Model,
    MoveSource, ObjectReader, ObjectWriter, Plan, Read, Resource, Response, Schema, Type, Update,
    Validator, Value, async_trait,
};

use super::desk::Desk;

/// `tiny_note`: a text in a file.
pub(crate) struct Note {
    desk: Desk,
}

impl Note {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }

    /// Writes the note, and says how it is now.
    fn write(&self, mut note: NoteModel, config: &NoteModel) -> Result<NoteModel, Diagnostic> {
        let mut text = note.text.require("text")?.clone();
        for line in note.lines.known().into_iter().flatten() {
            text = format!("{text}\n{}", line.text.require("line.text")?);
        }
        if let Some(secret) = config.secret_wo.known() {
            text = format!("{text}\n({} secret characters)", secret.chars().count());
        }
        self.desk.put(note.name.require("name")?, &text)?;
        note.length = length(&text);
        Ok(note)
    }
}

#[async_trait]
impl Resource for Note {
    const TYPE_NAME: &'static str = "note";
    type Model = NoteModel;
    type Identity = NoteIdentity;

    fn schema() -> Schema {
        let mut schema = Schema::new("A text in a file.")
            .attribute(
                "name",
                Attribute::string("The file's name.")
                    .required()
                    .requires_replace()
                    .validate(Validator::length(1..=40)),
            )
            .attribute("text", Attribute::string("What it says.").default("empty"))
            .attribute("secret_wo", Attribute::string("Counted, not kept.").write_only())
            .attribute("secret_wo_version", Attribute::number("Change it with the secret."))
            .attribute("colour", Attribute::string("Ignored.").deprecated("Paper is white."))
            .attribute("labels", Attribute::new(Type::map(Type::String), "Ignored too."))
            .attribute("pin", Attribute::string("Ignored as well.").sensitive())
            .attribute("length", Attribute::number("How many characters it has.").computed())
            .block(
                "line",
                Block::list("One more line.")
                    .attribute("text", Attribute::string("What it says.").required()),
            );
        schema.version = 1;
        schema
    }

    fn identity_schema() -> Option<IdentitySchema> {
        let mut schema = IdentitySchema::new().required("name", Type::String, "The file's name.");
        schema.version = 1;
        Some(schema)
    }

    fn identity(&self, state: &NoteModel) -> NoteIdentity {
        NoteIdentity { name: state.name.clone() }
    }

    fn validate(config: &NoteModel) -> Vec<Diagnostic> {
        assert!(config.text.known().is_none_or(|text| text != "panic"), "validation has a bug");
        Vec::new()
    }

    fn upgrade(_: i64, mut state: Json) -> Result<Json, Diagnostic> {
        name_for_title(&mut state);
        Ok(state)
    }

    fn upgrade_identity(_: i64, mut identity: Json) -> Result<Json, Diagnostic> {
        name_for_title(&mut identity);
        Ok(identity)
    }

    /// Scraps of paper become notes.
    fn move_from(source: &MoveSource) -> Option<Result<Json, Diagnostic>> {
        let text = source.state["text"].as_str().unwrap_or_default();
        let note = serde_json::json!({
            "name": source.state["name"],
            "text": text,
            "length": text.chars().count(),
        });
        (source.type_name == "tiny_scrap").then_some(Ok(note))
    }

    async fn plan(&self, plan: &mut Plan<NoteModel>) -> Result<(), Diagnostic> {
        if plan.config.text.known().is_some_and(|text| text == "later") {
            plan.defer(Deferral::AbsentPrerequisite);
        }
        self.desk.begin("tiny_note plan").await
    }

    async fn plan_destroy(
        &self,
        state: &NoteModel,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Diagnostic> {
        if state.text.known().is_some_and(|text| text.contains("keep")) {
            warnings.push(Diagnostic::warning(
                "The note asks to be kept",
                "It will be removed all the same.",
            ));
        }
        Ok(())
    }

    async fn create(
        &self,
        request: Create<NoteModel>,
        response: &mut Response<NoteModel>,
    ) -> Result<(), Diagnostic> {
        self.desk.begin("tiny_note create").await?;
        response.set_state(self.write(request.plan, &request.config)?);
        self.desk.begin("tiny_note after create").await
    }

    async fn read(
        &self,
        request: Read<NoteModel>,
        response: &mut Response<NoteModel>,
    ) -> Result<(), Diagnostic> {
        self.desk.begin("tiny_note read").await?;
        match self.desk.find(request.state.name.require("name")?)? {
            None => response.remove(),
            Some(text) => {
                let mut note = request.state;
                if note.length != length(&text) {
                    // Somebody else wrote it.
                    note.length = length(&text);
                    note.text = Value::Known(text);
                    note.lines = Value::Known(Vec::new());
                }
                response.set_state(note);
            }
        }
        Ok(())
    }

    async fn update(
        &self,
        request: Update<NoteModel>,
        response: &mut Response<NoteModel>,
    ) -> Result<(), Diagnostic> {
        self.desk.begin("tiny_note update").await?;
        response.set_state(self.write(request.plan, &request.config)?);
        Ok(())
    }

    async fn delete(
        &self,
        request: Delete<NoteModel>,
        _: &mut Response<NoteModel>,
    ) -> Result<(), Diagnostic> {
        self.desk.begin("tiny_note delete").await?;
        self.desk.remove(request.state.name.require("name")?)
    }

    async fn import(
        &self,
        by: ImportBy<NoteIdentity>,
        response: &mut Response<NoteModel>,
    ) -> Result<(), Diagnostic> {
        self.desk.begin("tiny_note import").await?;
        let name = match by {
            ImportBy::Id(id) => id,
            ImportBy::Identity(identity) => identity.name.require("name")?.clone(),
        };
        match self.desk.find(&name)? {
            Some(text) => {
                response.set_state(found(name, text));
                Ok(())
            }
            None => Err(Diagnostic::error(
                format!("Cannot import note {name:?}"),
                "There is no such note in the folder.",
            )),
        }
    }
}

/// In version 0, a note's name was its title.
fn name_for_title(stored: &mut Json) {
    if let Some(stored) = stored.as_object_mut()
        && let Some(title) = stored.remove("title")
    {
        stored.insert("name".to_owned(), title);
    }
}

/// A note that somebody wrote.
pub(crate) fn found(name: String, text: String) -> NoteModel {
    NoteModel {
        name: Value::Known(name),
        length: length(&text),
        text: Value::Known(text),
        lines: Value::Known(Vec::new()),
        ..NoteModel::default()
    }
}

fn length(text: &str) -> Value<i64> {
    Value::Known(i64::try_from(text.chars().count()).unwrap_or(i64::MAX))
}

#[derive(Clone, Default)]
pub(crate) struct NoteModel {
    pub(crate) name: Value<String>,
    pub(crate) text: Value<String>,
    secret_wo: Value<String>,
    secret_wo_version: Value<i64>,
    colour: Value<String>,
    labels: Value<BTreeMap<String, String>>,
    pin: Value<String>,
    pub(crate) length: Value<i64>,
    lines: Value<Vec<LineModel>>,
}

impl Model for NoteModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            name: object.take("name"),
            text: object.take("text"),
            secret_wo: object.take("secret_wo"),
            secret_wo_version: object.take("secret_wo_version"),
            colour: object.take("colour"),
            labels: object.take("labels"),
            pin: object.take("pin"),
            length: object.take("length"),
            lines: object.take_blocks("line"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { name, text, secret_wo, secret_wo_version, colour, labels, pin, length, lines } =
            self;
        object.put("name", name);
        object.put("text", text);
        object.put("secret_wo", secret_wo);
        object.put("secret_wo_version", secret_wo_version);
        object.put("colour", colour);
        object.put("labels", labels);
        object.put("pin", pin);
        object.put("length", length);
        object.put_blocks("line", lines);
    }
}

#[derive(Clone, Default)]
struct LineModel {
    text: Value<String>,
}

impl Model for LineModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { text: object.take("text") }
    }

    fn write(self, object: &mut ObjectWriter) {
        object.put("text", self.text);
    }
}

/// What tells a note from all others in its folder.
#[derive(Clone, Default)]
pub(crate) struct NoteIdentity {
    pub(crate) name: Value<String>,
}

impl Model for NoteIdentity {
    fn read(object: &mut ObjectReader) -> Self {
        Self { name: object.take("name") }
    }

    fn write(self, object: &mut ObjectWriter) {
        object.put("name", self.name);
    }
}
