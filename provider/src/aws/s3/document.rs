//! The document that says what a bucket tells whom.

use std::collections::BTreeSet;

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput;
use aws_sdk_s3::types as sdk;

/// The ids of the entries that this provider writes begin so.
pub const ENTRY_PREFIX: &str = "modal-trigger-";

/// That a bucket invokes a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Unique in the document.
    pub id: String,
    /// The function, maybe with a version or an alias.
    pub function_arn: String,
    /// `s3:ObjectCreated:*` and the like.
    pub events: BTreeSet<String>,
    /// How the object's key begins.
    pub prefix: Option<String>,
    /// How it ends.
    pub suffix: Option<String>,
}

/// Another entry of a document, which tells somebody of the same events and objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its id.
    pub id: String,
    /// Function, queue or topic.
    pub destination: String,
    /// Its key filter.
    pub prefix: Option<String>,
    /// Its key filter.
    pub suffix: Option<String>,
}

impl Neighbour {
    /// Whether this provider made it, here or elsewhere.
    pub fn is_of_a_trigger(&self) -> bool {
        self.id.starts_with(ENTRY_PREFIX)
    }
}

/// The document. Two are the same where they say the same, in whatever order.
#[derive(Debug, Clone)]
pub struct Notifications(sdk::NotificationConfiguration);

#[cfg(test)]
impl Default for Notifications {
    fn default() -> Self {
        Self(sdk::NotificationConfiguration::builder().build())
    }
}

impl PartialEq for Notifications {
    fn eq(&self, other: &Self) -> bool {
        self.facts() == other.facts()
            && self.0.event_bridge_configuration == other.0.event_bridge_configuration
    }
}

impl From<GetBucketNotificationConfigurationOutput> for Notifications {
    fn from(found: GetBucketNotificationConfigurationOutput) -> Self {
        let builder = sdk::NotificationConfiguration::builder()
            .set_topic_configurations(found.topic_configurations)
            .set_queue_configurations(found.queue_configurations)
            .set_lambda_function_configurations(found.lambda_function_configurations)
            .set_event_bridge_configuration(found.event_bridge_configuration);
        Self(builder.build())
    }
}

/// What one entry of any kind says.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fact {
    id: String,
    destination: String,
    events: BTreeSet<String>,
    prefix: Option<String>,
    suffix: Option<String>,
}

impl Notifications {
    /// The entry with this id, where it invokes a function.
    pub fn entry(&self, id: &str) -> Option<Entry> {
        let found = self.0.lambda_function_configurations();
        let found = found.iter().find(|entry| entry.id() == Some(id))?;
        let fact =
            Fact::of(found.id(), found.lambda_function_arn(), found.events(), found.filter());
        Some(Entry {
            id: fact.id,
            function_arn: fact.destination,
            events: fact.events,
            prefix: fact.prefix,
            suffix: fact.suffix,
        })
    }

    /// Another entry beside which S3 refuses `entry`: one with a common event, whose objects may be
    /// the same.
    pub fn overlapping(&self, entry: &Entry) -> Option<Neighbour> {
        let mut others = self.facts().into_iter().filter(|other| other.id != entry.id);
        let found = others.find(|other| other.overlaps(entry))?;
        let Fact { id, destination, prefix, suffix, .. } = found;
        Some(Neighbour { id, destination, prefix, suffix })
    }

    /// The document with `entry`, where the one with its id was.
    pub(super) fn with(&self, entry: &Entry) -> Result<Self, BuildError> {
        if self.entry(&entry.id).as_ref() == Some(entry) {
            return Ok(self.clone());
        }
        let mut changed = self.0.clone();
        let entries = changed.lambda_function_configurations.get_or_insert_default();
        let desired = entry.to_sdk()?;
        match entries.iter_mut().find(|found| found.id() == Some(&entry.id)) {
            Some(found) => *found = desired,
            None => entries.push(desired),
        }
        Ok(Self(changed))
    }

    /// The document without the entry with this id.
    pub(super) fn without(&self, id: &str) -> Self {
        let mut changed = self.0.clone();
        if let Some(entries) = &mut changed.lambda_function_configurations {
            entries.retain(|entry| entry.id() != Some(id));
        }
        Self(changed)
    }

    /// Every ARN that is told something.
    pub(super) fn destinations(&self) -> Vec<String> {
        let arns: BTreeSet<String> =
            self.facts().into_iter().map(|fact| fact.destination).collect();
        arns.into_iter().collect()
    }

    pub(super) fn to_sdk(&self) -> sdk::NotificationConfiguration {
        self.0.clone()
    }

    fn facts(&self) -> BTreeSet<Fact> {
        let document = &self.0;
        let functions = document.lambda_function_configurations().iter().map(|entry| {
            Fact::of(entry.id(), entry.lambda_function_arn(), entry.events(), entry.filter())
        });
        let queues = document
            .queue_configurations()
            .iter()
            .map(|entry| Fact::of(entry.id(), entry.queue_arn(), entry.events(), entry.filter()));
        let topics = document
            .topic_configurations()
            .iter()
            .map(|entry| Fact::of(entry.id(), entry.topic_arn(), entry.events(), entry.filter()));
        functions.chain(queues).chain(topics).collect()
    }
}

impl Fact {
    fn of(
        id: Option<&str>,
        destination: &str,
        events: &[sdk::Event],
        filter: Option<&sdk::NotificationConfigurationFilter>,
    ) -> Self {
        let rules =
            filter.and_then(|filter| filter.key()).map_or(&[][..], |key| key.filter_rules());
        // S3 gives the names back as they were written, in whatever case.
        let rule = |name: &str| {
            let mut found = rules.iter().filter(|rule| {
                rule.name().is_some_and(|found| found.as_str().eq_ignore_ascii_case(name))
            });
            let value = found.next().and_then(|rule| rule.value());
            value.filter(|value| !value.is_empty()).map(str::to_owned)
        };
        Self {
            id: id.unwrap_or_default().to_owned(),
            destination: destination.to_owned(),
            events: events.iter().map(|event| event.as_str().to_owned()).collect(),
            prefix: rule("prefix"),
            suffix: rule("suffix"),
        }
    }
}

impl Fact {
    /// Whether S3 refuses the two in one document.
    fn overlaps(&self, entry: &Entry) -> bool {
        overlap(&self.events, [&self.prefix, &self.suffix], entry)
    }
}

impl Entry {
    /// Whether S3 refuses the two in one document: a common event, whose objects may be the same.
    pub fn overlaps(&self, other: &Self) -> bool {
        overlap(&self.events, [&self.prefix, &self.suffix], other)
    }

    fn to_sdk(&self) -> Result<sdk::LambdaFunctionConfiguration, BuildError> {
        let rule = |name: sdk::FilterRuleName, value: &Option<String>| {
            let value = value.as_ref()?;
            Some(sdk::FilterRule::builder().name(name).value(value).build())
        };
        let rules = [
            rule(sdk::FilterRuleName::Prefix, &self.prefix),
            rule(sdk::FilterRuleName::Suffix, &self.suffix),
        ];
        let rules: Vec<_> = rules.into_iter().flatten().collect();
        let filter = (!rules.is_empty()).then(|| {
            let key = sdk::S3KeyFilter::builder().set_filter_rules(Some(rules)).build();
            sdk::NotificationConfigurationFilter::builder().key(key).build()
        });
        let mut entry = sdk::LambdaFunctionConfiguration::builder()
            .id(&self.id)
            .lambda_function_arn(&self.function_arn)
            .set_events(Some(Vec::new()))
            .set_filter(filter);
        for event in &self.events {
            entry = entry.events(sdk::Event::from(event.as_str()));
        }
        entry.build()
    }
}

fn overlap(events: &BTreeSet<String>, keys: [&Option<String>; 2], entry: &Entry) -> bool {
    events_overlap(events, &entry.events)
        && keys_overlap(
            keys.map(Option::as_deref),
            [entry.prefix.as_deref(), entry.suffix.as_deref()],
        )
}

/// `s3:ObjectCreated:*` is every event that begins so.
fn events_overlap(some: &BTreeSet<String>, others: &BTreeSet<String>) -> bool {
    let covers = |all: &str, one: &str| match all.strip_suffix('*') {
        Some(beginning) => one.starts_with(beginning),
        None => one == all,
    };
    some.iter().any(|one| others.iter().any(|other| covers(one, other) || covers(other, one)))
}

/// Prefix and suffix of one, and of the other: one key may have both prefixes where one begins with
/// the other, and likewise with suffixes.
fn keys_overlap(one: [Option<&str>; 2], other: [Option<&str>; 2]) -> bool {
    let [one_prefix, one_suffix] = one.map(Option::unwrap_or_default);
    let [prefix, suffix] = other.map(Option::unwrap_or_default);
    (one_prefix.starts_with(prefix) || prefix.starts_with(one_prefix))
        && (one_suffix.ends_with(suffix) || suffix.ends_with(one_suffix))
}
