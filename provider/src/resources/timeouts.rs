//! The `timeouts` block: how long Terraform may be kept waiting, as in hashicorp/aws.

use std::time::Duration;

use tf_framework::{Attribute, Block, Model, ObjectReader, ObjectWriter, Validator, Value};

/// How long each operation of a resource takes at most, unless the practitioner says otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DefaultTimeouts {
    pub create: Duration,
    pub update: Duration,
    pub delete: Duration,
}

impl DefaultTimeouts {
    /// So many minutes for each.
    pub(crate) const fn minutes(minutes: u64) -> Self {
        let limit = Duration::from_secs(minutes * 60);
        Self { create: limit, update: limit, delete: limit }
    }

    /// The block, for a schema.
    pub(crate) fn block(self) -> Block {
        let attribute = |operation: &str, usual: Duration| {
            let minutes = usual.as_secs() / 60;
            Attribute::string(&format!(
                "How long {operation} may wait for AWS, such as `30s` or `1h30m`. `{minutes}m` \
                 unless set."
            ))
            .validate(Validator::text(check_duration))
        };
        Block::single("How long operations may wait for AWS before they fail.")
            .attribute("create", attribute("a create", self.create))
            .attribute("update", attribute("an update", self.update))
            .attribute("delete", attribute("a delete", self.delete))
    }
}

/// The block, as configured.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TimeoutsModel {
    create: Value<String>,
    update: Value<String>,
    delete: Value<String>,
}

impl TimeoutsModel {
    /// How long a create may take.
    pub(crate) fn create(block: &Value<Self>, usual: DefaultTimeouts) -> Duration {
        chosen(block, |block| &block.create, usual.create)
    }

    /// How long an update may take.
    pub(crate) fn update(block: &Value<Self>, usual: DefaultTimeouts) -> Duration {
        chosen(block, |block| &block.update, usual.update)
    }

    /// How long a delete may take.
    pub(crate) fn delete(block: &Value<Self>, usual: DefaultTimeouts) -> Duration {
        chosen(block, |block| &block.delete, usual.delete)
    }
}

fn chosen(
    block: &Value<TimeoutsModel>,
    member: impl Fn(&TimeoutsModel) -> &Value<String>,
    usual: Duration,
) -> Duration {
    let given = block.known().and_then(|block| member(block).known());
    given.and_then(|text| parse_duration(text)).unwrap_or(usual)
}

impl Model for TimeoutsModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            create: object.take("create"),
            update: object.take("update"),
            delete: object.take("delete"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { create, update, delete } = self;
        object.put("create", create);
        object.put("update", update);
        object.put("delete", delete);
    }
}

fn check_duration(text: &str) -> Result<(), String> {
    match parse_duration(text) {
        Some(_) => Ok(()),
        None => {
            Err(format!("must be a duration such as \"30s\", \"10m\" or \"1h30m\", not {text:?}."))
        }
    }
}

/// What Go's `time.ParseDuration` reads of a positive duration, from milliseconds up: the form that
/// practitioners know from every other provider.
fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let count: f64 = rest[..digits].parse().ok()?;
        let unit = &rest[digits..];
        let end = unit.find(|letter: char| letter.is_ascii_digit()).unwrap_or(unit.len());
        let seconds = match &unit[..end] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(count * seconds).ok()?)?;
        rest = &unit[end..];
    }
    (!total.is_zero()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        let seconds = |text| parse_duration(text).map(|read| read.as_secs_f64());
        assert_eq!(seconds("10m"), Some(600.0));
        assert_eq!(seconds("1h30m"), Some(5400.0));
        assert_eq!(seconds("1.5h"), Some(5400.0));
        assert_eq!(seconds("90s500ms"), Some(90.5));
        for refused in [
            "",
            "10",
            "m",
            "0s",
            "-5m",
            "5 m",
            "5d",
            "1e3s",
            "..s",
            "10m5",
            "99999999999999999999h",
        ] {
            assert_eq!(parse_duration(refused), None, "{refused}");
        }
    }

    #[test]
    fn what_is_not_set_is_as_usual() {
        let usual = DefaultTimeouts::minutes(10);
        let block =
            Value::Known(TimeoutsModel { delete: "45m".into(), ..TimeoutsModel::default() });
        assert_eq!(TimeoutsModel::create(&block, usual), usual.create);
        assert_eq!(TimeoutsModel::delete(&block, usual), Duration::from_secs(45 * 60));
        assert_eq!(TimeoutsModel::update(&Value::Null, usual), usual.update);
    }
}
