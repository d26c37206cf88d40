//! An ephemeral resource with a lease.

use std::time::{Duration, SystemTime};

use tf_framework::{
    Attribute, Diagnostic, EphemeralResource, Lease, Model, ObjectReader, ObjectWriter, Opened,
    Schema, Value, async_trait,
};

use super::desk::Desk;

/// `tiny_key`: what opens a drawer. While it is open, a note of its name says so.
pub(crate) struct Key {
    desk: Desk,
}

impl Key {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }

    /// Writes how often the key was renewed, and asks to be called again soon.
    fn lease(&self, name: &str, renewals: usize) -> Result<Lease, Diagnostic> {
        self.desk.put(name, &format!("open, renewed {renewals} times"))?;
        Ok(Lease { renew_at: Some(soon()), private: format!("{renewals} {name}").into_bytes() })
    }
}

#[async_trait]
impl EphemeralResource for Key {
    const TYPE_NAME: &'static str = "key";
    type Model = KeyModel;

    fn schema() -> Schema {
        Schema::new("What opens a drawer.")
            .attribute("name", Attribute::string("The drawer's name.").required())
            .attribute("teeth", Attribute::string("The key's form.").computed().sensitive())
    }

    async fn open(
        &self,
        mut config: KeyModel,
        _: &mut Vec<Diagnostic>,
    ) -> Result<Opened<KeyModel>, Diagnostic> {
        self.desk.begin("tiny_key open").await?;
        let name = config.name.require("name")?.clone();
        let lease = self.lease(&name, 0)?;
        config.teeth = Value::Known(name.chars().rev().collect());
        Ok(Opened { result: config, lease })
    }

    async fn renew(&self, private: Vec<u8>) -> Result<Lease, Diagnostic> {
        self.desk.begin("tiny_key renew").await?;
        let (renewals, name) = parts(&private);
        self.lease(&name, renewals + 1)
    }

    async fn close(&self, private: Vec<u8>) -> Result<(), Diagnostic> {
        self.desk.begin("tiny_key close").await?;
        self.desk.remove(&parts(&private).1)
    }
}

/// How often it was renewed, and the key's name.
fn parts(private: &[u8]) -> (usize, String) {
    let text = String::from_utf8_lossy(private);
    let (renewals, name) = text.split_once(' ').unwrap_or(("0", &text));
    (renewals.parse().unwrap_or_default(), name.to_owned())
}

/// Terraform renews when there is less than this left, and at once when it is past.
#[expect(clippy::disallowed_methods, reason = "a lease ends at a time of day")]
fn soon() -> SystemTime {
    SystemTime::now() + Duration::from_secs(1)
}

#[derive(Clone, Default)]
pub(crate) struct KeyModel {
    name: Value<String>,
    teeth: Value<String>,
}

impl Model for KeyModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self { name: object.take("name"), teeth: object.take("teeth") }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { name, teeth } = self;
        object.put("name", name);
        object.put("teeth", teeth);
    }
}
