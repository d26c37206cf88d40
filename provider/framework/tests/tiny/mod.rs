//! The smallest provider that has one of everything: notes in a folder.

mod desk;
mod join;
mod key;
mod note;
mod note_data;
mod note_list;
mod scrap;
mod shred;
mod timer;

use tf_framework::{
    ActionType, Attribute, Configure, DataSourceType, Diagnostic, EphemeralResourceType,
    FunctionType, ListResourceType, Model, ObjectReader, ObjectWriter, Provider, ResourceType,
    Schema, Value, async_trait,
};

use self::desk::Desk;
use self::join::Join;
use self::key::Key;
use self::note::Note;
use self::note_data::NoteData;
use self::note_list::NoteList;
use self::scrap::Scrap;
use self::shred::Shred;
use self::timer::Timer;

/// The provider.
pub(crate) struct Tiny;

#[async_trait]
impl Provider for Tiny {
    const TYPE_NAME: &'static str = "tiny";
    type Model = TinyModel;
    type Clients = Desk;

    fn schema() -> Schema {
        Schema::new("The smallest provider: notes in a folder.")
            .attribute("folder", Attribute::string("Where notes are kept. Must exist."))
            .attribute(
                "delay_seconds",
                Attribute::number("How long every operation waits before it begins."),
            )
            .attribute(
                "panic_in",
                Attribute::string("The operation that has a bug, such as `tiny_note read`."),
            )
    }

    fn resources() -> Vec<ResourceType<Desk>> {
        vec![
            ResourceType::new(|desk: &Desk| Timer::new(desk.clone())),
            ResourceType::new(|desk: &Desk| Note::new(desk.clone())),
            ResourceType::new(|desk: &Desk| Scrap::new(desk.clone())),
        ]
    }

    fn data_sources() -> Vec<DataSourceType<Desk>> {
        vec![DataSourceType::new(|desk: &Desk| NoteData::new(desk.clone()))]
    }

    fn ephemeral_resources() -> Vec<EphemeralResourceType<Desk>> {
        vec![EphemeralResourceType::new(|desk: &Desk| Key::new(desk.clone()))]
    }

    fn list_resources() -> Vec<ListResourceType<Desk>> {
        vec![ListResourceType::new(|desk: &Desk| NoteList::new(desk.clone()))]
    }

    fn actions() -> Vec<ActionType<Desk>> {
        vec![ActionType::new(|desk: &Desk| Shred::new(desk.clone()))]
    }

    fn functions() -> Vec<FunctionType> {
        vec![FunctionType::new::<Join>()]
    }

    async fn configure(
        &self,
        request: Configure<TinyModel>,
        _: &mut Vec<Diagnostic>,
    ) -> Result<Desk, Diagnostic> {
        tracing::info!(terraform_version = request.terraform_version, "configured");
        Ok(Desk::new(request.config, request.stop))
    }
}

#[derive(Clone, Default)]
pub(crate) struct TinyModel {
    folder: Value<String>,
    delay_seconds: Value<i64>,
    panic_in: Value<String>,
}

impl Model for TinyModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            folder: object.take("folder"),
            delay_seconds: object.take("delay_seconds"),
            panic_in: object.take("panic_in"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { folder, delay_seconds, panic_in } = self;
        object.put("folder", folder);
        object.put("delay_seconds", delay_seconds);
        object.put("panic_in", panic_in);
    }
}
