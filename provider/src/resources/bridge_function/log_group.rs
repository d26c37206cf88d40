//! The block `log_group`: how long logs are kept, and by what key they are encrypted.

use tf_framework::{
    Attribute, Block, Dynamic, Model, ObjectReader, ObjectWriter, Validator, Value,
};

use crate::aws::logs::{LogClass, LogGroup, LogGroupSettings};

/// Days that logs are kept, unless the practitioner says otherwise.
const USUAL_RETENTION: i32 = 14;

/// What `PutRetentionPolicy` takes (CloudWatch Logs API reference); 0 stands for ever, as in
/// `aws_cloudwatch_log_group`.
const RETENTIONS: &[i32] = &[
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// Attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct LogGroupModel {
    pub(super) retention_in_days: Value<i64>,
    pub(super) kms_key_id: Value<String>,
    pub(super) log_group_class: Value<String>,
    pub(super) skip_destroy: Value<bool>,
}

pub(super) fn block() -> Block {
    Block::single(
        "The log group, which is made with the function. That of a function which is imported or \
         moved, and which Lambda made, becomes the bridge's with the next apply, which tags it: the \
         plan shows `log_group_name` go from null to its name, and what becomes of the logs that are \
         in it. Until then, a destroy leaves it; from then on, it goes with the bridge, unless \
         `skip_destroy` is set.",
    )
        .attribute(
            "retention_in_days",
            Attribute::number(
                "Days that logs are kept: 1, 3, 5, 7, 14, 30, 60, 90 and so on as CloudWatch has \
                 them, or 0 for ever. 14 unless set.",
            )
            .validate(Validator::new(check_retention)),
        )
        .attribute(
            "kms_key_id",
            Attribute::string("ARN of the KMS key for the logs. CloudWatch's own unless set."),
        )
        .attribute(
            "log_group_class",
            Attribute::string(
                "`STANDARD` or `INFREQUENT_ACCESS`. `STANDARD` unless set. Another class means \
                 another bridge.",
            )
            .validate(Validator::one_of(&["STANDARD", "INFREQUENT_ACCESS"])),
        )
        .attribute(
            "skip_destroy",
            Attribute::bool("Whether the logs stay when the bridge goes. `false` unless set."),
        )
}

/// What the log group should be. What is not known counts as usual.
pub(super) fn desired(block: &Value<LogGroupModel>) -> LogGroupSettings {
    let block = block.known();
    let days = block.and_then(|block| block.retention_in_days.known());
    let days = days.map_or(USUAL_RETENTION, |days| i32::try_from(*days).unwrap_or_default());
    LogGroupSettings {
        retention_in_days: (days != 0).then_some(days),
        kms_key_id: block.and_then(|block| block.kms_key_id.known()).cloned(),
        class: class(block),
    }
}

/// Whether the log group cannot become what is planned.
pub(super) fn is_another(prior: &Value<LogGroupModel>, planned: &Value<LogGroupModel>) -> bool {
    class(prior.known()) != class(planned.known())
}

/// Whether the logs are to outlive the bridge.
pub(super) fn stays(block: &Value<LogGroupModel>) -> bool {
    block.known().is_some_and(|block| block.skip_destroy == Value::Known(true))
}

/// What CloudWatch has. What means the same in the state keeps its spelling.
pub(super) fn observed(found: &LogGroup, state: &Value<LogGroupModel>) -> Value<LogGroupModel> {
    let before = state.known().cloned().unwrap_or_default();
    let LogGroupSettings { retention_in_days, kms_key_id, class } = &found.settings;
    let days = retention_in_days.unwrap_or_default();
    let block = LogGroupModel {
        retention_in_days: match before.retention_in_days {
            Value::Null if days == USUAL_RETENTION => Value::Null,
            _ => Value::Known(days.into()),
        },
        kms_key_id: kms_key_id.clone().into(),
        log_group_class: match before.log_group_class {
            Value::Null if *class == LogClass::Standard => Value::Null,
            _ => class.name().into(),
        },
        skip_destroy: before.skip_destroy,
    };
    if state.is_null() && block == LogGroupModel::default() {
        Value::Null
    } else {
        Value::Known(block)
    }
}

fn class(block: Option<&LogGroupModel>) -> LogClass {
    let name = block.and_then(|block| block.log_group_class.known());
    name.map_or(LogClass::Standard, |name| LogClass::from_name(name))
}

fn check_retention(days: &Dynamic) -> Result<(), String> {
    let Dynamic::Number(number) = days else { return Ok(()) };
    if RETENTIONS.iter().any(|known| *number == i64::from(*known).into()) {
        return Ok(());
    }
    let known: Vec<_> = RETENTIONS.iter().map(ToString::to_string).collect();
    Err(format!("must be one of {}, not {number}.", known.join(", ")))
}

impl Model for LogGroupModel {
    fn read(object: &mut ObjectReader) -> Self {
        Self {
            retention_in_days: object.take("retention_in_days"),
            kms_key_id: object.take("kms_key_id"),
            log_group_class: object.take("log_group_class"),
            skip_destroy: object.take("skip_destroy"),
        }
    }

    fn write(self, object: &mut ObjectWriter) {
        let Self { retention_in_days, kms_key_id, log_group_class, skip_destroy } = self;
        object.put("retention_in_days", retention_in_days);
        object.put("kms_key_id", kms_key_id);
        object.put("log_group_class", log_group_class);
        object.put("skip_destroy", skip_destroy);
    }
}
