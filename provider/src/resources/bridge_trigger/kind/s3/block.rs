//! The block, as it is written.

use std::collections::BTreeSet;

use tf_framework::{
    Attribute, Block, Diagnostic, Model, ObjectReader, ObjectWriter, Type, Validator, Value,
};

use super::super::not_empty;
use super::within;
use crate::aws::s3::Entry;

pub(in crate::resources::bridge_trigger) const NAME: &str = "s3";

/// Attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct S3Model {
    pub(super) bucket: Value<String>,
    pub(super) events: Value<BTreeSet<String>>,
    pub(super) prefix: Value<String>,
    pub(super) suffix: Value<String>,
}

pub(in crate::resources::bridge_trigger) fn block() -> Block {
    Block::single(
        "Objects that come into a bucket or leave it, by the bucket's event notifications. The \
         bucket is in the region of the bridge, and in its account. Of the bucket's notifications, \
         only this trigger's own entry is changed. `aws_s3_bucket_notification` of `hashicorp/aws`, \
         and whatever else writes all of a bucket's notifications, erases that entry: where there \
         is one for the bucket, let it notify the bridge too, with an `allowed_trigger` of \
         `modal_bridge_function`, as in `examples/complete/s3-composed`.",
    )
    .attribute(
        "bucket",
        Attribute::string("Name of the bucket. Another bucket means another trigger.")
            .required()
            .requires_replace()
            .validate(Validator::text(check_bucket)),
    )
    .attribute(
        "events",
        Attribute::new(
            Type::set(Type::String),
            "What calls the bridge: `s3:ObjectCreated:*`, `s3:ObjectRemoved:Delete`, and S3's \
             other event types.",
        )
        .required()
        .validate(not_empty())
        .validate(Validator::each(Validator::text(check_event))),
    )
    .attribute("prefix", filter("How the keys of the objects begin, such as `uploads/`."))
    .attribute("suffix", filter("How the keys of the objects end, such as `.jpg`."))
}

fn filter(description: &str) -> Attribute {
    Attribute::string(&format!(
        "{description} All keys unless set. No two entries of a bucket may be told of the same \
         event of the same object."
    ))
    .validate(Validator::length(1..=1024))
}

impl S3Model {
    /// No event at all: the bucket has no such entry.
    pub(super) fn silent() -> Self {
        Self { events: Value::Known(BTreeSet::new()), ..Self::default() }
    }

    /// As the bucket has it.
    pub(super) fn of(bucket: Value<String>, entry: Entry) -> Self {
        Self {
            bucket,
            events: Value::Known(entry.events),
            prefix: entry.prefix.into(),
            suffix: entry.suffix.into(),
        }
    }

    /// The entry of the bucket, as it should be.
    pub(super) fn entry(&self, id: String, function_arn: String) -> Entry {
        Entry {
            id,
            function_arn,
            events: self.events.known().cloned().unwrap_or_default(),
            prefix: self.prefix.known().cloned(),
            suffix: self.suffix.known().cloned(),
        }
    }

    /// Whether nothing of it waits for other resources.
    pub(super) fn is_known(&self) -> bool {
        let Self { bucket, events, prefix, suffix } = self;
        ![bucket, prefix, suffix].iter().any(|text| text.is_unknown()) && !events.is_unknown()
    }

    pub(super) fn check(&self) -> Vec<Diagnostic> {
        let creates = |events: &BTreeSet<String>| {
            events.iter().any(|event| event.starts_with("s3:ObjectCreated:"))
        };
        let all_keys = self.prefix.is_null() && self.suffix.is_null();
        if all_keys && self.events.known().is_some_and(creates) {
            let warning = Diagnostic::warning(
                "Every object of the bucket calls the bridge",
                "Neither prefix nor suffix is set. If the Modal function writes into this bucket, \
                 each object that it writes calls it again, without end: AWS, which stops such \
                 loops between its own services, does not see this one. Set a prefix that the \
                 function does not write to, or let it write to another bucket.",
            );
            return vec![warning.at(within(NAME, "prefix"))];
        }
        Vec::new()
    }
}

impl Model for S3Model {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            bucket: object.take("bucket"),
            events: object.take("events"),
            prefix: object.take("prefix"),
            suffix: object.take("suffix"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { bucket, events, prefix, suffix } = self;
        object.put("bucket", bucket);
        object.put("events", events);
        object.put("prefix", prefix);
        object.put("suffix", suffix);
    }
}

/// S3's rule, as far as it tells a name from an ARN or a URL.
fn check_bucket(name: &str) -> Result<(), String> {
    let known = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.".contains(letter)
    };
    if !(3..=63).contains(&name.len()) || !name.chars().all(known) {
        Err(format!(
            "must be the name of a bucket, 3 to 63 lower-case letters, digits, - and ., not {name:?}."
        ))
    } else if name.ends_with("--x-s3") {
        Err("must not be a directory bucket: those notify nobody.".to_owned())
    } else {
        Ok(())
    }
}

/// Which there are, S3 says.
fn check_event(event: &str) -> Result<(), String> {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let parts: Vec<&str> = event.split(':').collect();
    let fits = match parts.as_slice() {
        ["s3", kind] => word(kind),
        ["s3", kind, what] => word(kind) && (*what == "*" || word(what)),
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(format!("must be an event type of S3, such as \"s3:ObjectCreated:*\", not {event:?}."))
    }
}
