//! The smallest provider that has one of everything: notes in a folder.
//!
//! The framework's tests start it in Terraform's place, and serve it to Terraform itself.
//! `cargo run -p tf-framework -- -debug` does so by hand.

mod desk;
mod join;
mod key;
mod note;
mod note_data;
mod note_list;
mod scrap;
mod shred;
mod timer;

use std::process::ExitCode;

use tf_framework::serve::{self, Environment, Options};
use tf_framework::{
    ActionType, Attribute, Configure, DataSourceType, Diagnostic, EphemeralResourceType,
    FunctionType, ListResourceType, Model, ObjectReader, ObjectWriter, Provider, ResourceType,
    Schema, Value, async_trait,
};

use crate::desk::Desk;
use crate::join::Join;
use crate::key::Key;
use crate::note::Note;
use crate::note_data::NoteData;
use crate::note_list::NoteList;
use crate::scrap::Scrap;
use crate::shred::Shred;
use crate::timer::Timer;

fn main() -> ExitCode {
    serve::run(
        Tiny,
        &Options {
            source_address: "registry.terraform.io/acme/tiny",
            debug: std::env::args().any(|argument| argument == "-debug"),
            environment: Environment::from_process(),
            log_targets: &["terraform_provider_tiny"],
        },
    )
}

struct Tiny;

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
struct TinyModel {
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
