//! The smallest provider: one resource, an egg timer. Creating it takes as long as it is set to.
//!
//! The framework's tests start it in Terraform's place. `cargo run -p tf-framework -- -debug` serves
//! it to Terraform itself.

use std::process::ExitCode;
use std::time::Duration;

use tf_framework::serve::{self, Environment, Options};
use tf_framework::{
    Attribute, CancellationToken, Configure, Create, Delete, Diagnostic, Model, ObjectReader,
    ObjectWriter, Provider, Read, Resource, ResourceType, Response, Schema, Update, Value,
    async_trait,
};

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
    /// Cancelled when Terraform asks to stop.
    type Clients = CancellationToken;

    fn schema() -> Schema {
        Schema::new("The smallest provider.")
            .attribute("note", Attribute::string("Anything. Goes nowhere."))
    }

    fn resources() -> Vec<ResourceType<CancellationToken>> {
        vec![ResourceType::new(|stop: &CancellationToken| Timer { stop: stop.clone() })]
    }

    async fn configure(
        &self,
        request: Configure<TinyModel>,
        _: &mut Vec<Diagnostic>,
    ) -> Result<CancellationToken, Diagnostic> {
        tracing::info!(terraform_version = request.terraform_version, "configured");
        Ok(request.stop)
    }
}

#[derive(Clone, Default)]
struct TinyModel {
    note: Value<String>,
}

impl Model for TinyModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { note: object.take("note") }
    }

    fn write(self, object: &mut ObjectWriter) {
        object.put("note", self.note);
    }
}

/// `tiny_timer`.
struct Timer {
    stop: CancellationToken,
}

#[async_trait]
impl Resource for Timer {
    const TYPE_NAME: &'static str = "timer";
    type Model = TimerModel;

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
        if tokio::time::timeout(duration, self.stop.cancelled()).await.is_ok() {
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

    async fn import(&self, _: &str, _: &mut Response<TimerModel>) -> Result<(), Diagnostic> {
        Err(Diagnostic::error("Cannot import a timer", "It exists in the state alone."))
    }
}

#[derive(Clone, Default)]
struct TimerModel {
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
