//! An action that says how far it is.

use tf_framework::{
    Action, Attribute, Diagnostic, Model, ObjectReader, ObjectWriter, Progress, Schema, Value,
    async_trait,
};

use super::desk::Desk;

/// `tiny_shred`: makes a note unreadable.
pub(crate) struct Shred {
    desk: Desk,
}

impl Shred {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }
}

#[async_trait]
impl Action for Shred {
    const TYPE_NAME: &'static str = "shred";
    type Model = ShredModel;

    fn schema() -> Schema {
        Schema::new("Makes a note unreadable.")
            .attribute("name", Attribute::string("The note's name.").required())
            .attribute("passes", Attribute::number("How often. Once if not set."))
    }

    async fn plan(&self, config: &ShredModel, _: &mut Vec<Diagnostic>) -> Result<(), Diagnostic> {
        self.desk.begin("tiny_shred plan").await?;
        if config.passes.known().is_some_and(|passes| *passes > 35) {
            return Err(Diagnostic::error("Too many passes", "35 are enough.").at("passes"));
        }
        Ok(())
    }

    async fn invoke(
        &self,
        config: ShredModel,
        progress: &Progress,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let name = config.name.require("name")?;
        let Some(text) = self.desk.find(name)? else {
            warnings.push(Diagnostic::warning("Nothing to shred", "There is no such note."));
            return Ok(());
        };
        for pass in 1..=config.passes.into_known().unwrap_or(1) {
            self.desk.begin("tiny_shred invoke").await?;
            self.desk.put(name, &"#".repeat(text.chars().count()))?;
            progress.say(format!("pass {pass}")).await;
        }
        Ok(())
    }
}

#[derive(Clone, Default)]
pub(crate) struct ShredModel {
    name: Value<String>,
    passes: Value<i64>,
}

impl Model for ShredModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { name: object.take("name"), passes: object.take("passes") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { name, passes } = self;
        object.put("name", name);
        object.put("passes", passes);
    }
}
