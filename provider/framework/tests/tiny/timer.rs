//! A resource that takes its time.

use std::time::Duration;

use tf_framework::{
    Attribute, Create, Delete, Diagnostic, ImportBy, Model, ObjectReader, ObjectWriter, Read,
    Resource, Response, Schema, Update, Value, async_trait,
};

use super::desk::Desk;

/// `tiny_timer`: an egg timer. Creating it takes as long as it is set to.
pub(crate) struct Timer {
    desk: Desk,
}

impl Timer {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }
}

#[async_trait]
impl Resource for Timer {
    const TYPE_NAME: &'static str = "timer";
    type Model = TimerModel;
    type Identity = ();

    fn schema() -> Schema {
        Schema::new("An egg timer.")
            .attribute(
                "seconds",
                Attribute::number("How long creating takes. Negative is a bug.").required(),
            )
            .attribute("rang", Attribute::bool("Whether it was left to ring.").computed())
    }

    async fn create(
        &self,
        request: Create<TimerModel>,
        response: &mut Response<TimerModel>,
    ) -> Result<(), Diagnostic> {
        let mut timer = request.plan;
        let seconds = *timer.seconds.require("seconds")?;
        tracing::debug!(seconds, "the timer runs");
        assert!(seconds >= 0, "a timer cannot run backwards");
        timer.rang = Value::Known(false);
        response.set_state(timer.clone());
        let duration = Duration::from_secs(seconds.unsigned_abs());
        if tokio::time::timeout(duration, self.desk.stop.cancelled()).await.is_ok() {
            return Err(Diagnostic::error("The timer was stopped", "It had not rung yet."));
        }
        timer.rang = Value::Known(true);
        response.set_state(timer);
        Ok(())
    }

    async fn read(
        &self,
        _: Read<TimerModel>,
        _: &mut Response<TimerModel>,
    ) -> Result<(), Diagnostic> {
        Ok(())
    }

    async fn update(
        &self,
        request: Update<TimerModel>,
        response: &mut Response<TimerModel>,
    ) -> Result<(), Diagnostic> {
        let rang = request.prior.rang;
        response.set_state(TimerModel { rang, ..request.plan });
        Ok(())
    }

    async fn delete(
        &self,
        _: Delete<TimerModel>,
        _: &mut Response<TimerModel>,
    ) -> Result<(), Diagnostic> {
        Ok(())
    }

    async fn import(
        &self,
        _: ImportBy<()>,
        _: &mut Response<TimerModel>,
    ) -> Result<(), Diagnostic> {
        Err(Diagnostic::error("Cannot import a timer", "It exists in the state alone."))
    }
}

#[derive(Clone, Default)]
pub(crate) struct TimerModel {
    seconds: Value<i64>,
    rang: Value<bool>,
}

impl Model for TimerModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { seconds: object.take("seconds"), rang: object.take("rang") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { seconds, rang } = self;
        object.put("seconds", seconds);
        object.put("rang", rang);
    }
}
