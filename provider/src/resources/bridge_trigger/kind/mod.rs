//! What may call a bridge. Each kind is a block, whose model does what that kind needs.

mod event_rule;
mod http_api;
mod json;
mod names;
mod s3;
mod schedule;
mod sns;
mod undelivered;

use tf_framework::{Block, Diagnostic, Dynamic, Plan, Response, Validator, Value, async_trait};

pub(super) use self::event_rule::EventRuleModel;
pub(super) use self::http_api::HttpApiModel;
pub(crate) use self::s3::PlannedNotifications;
pub(super) use self::s3::S3Model;
pub(super) use self::schedule::ScheduleModel;
pub(super) use self::sns::SnsModel;
use super::{At, BridgeTriggerModel, within};

/// What is done with triggers of one kind, by the model of its block.
#[async_trait]
pub(super) trait Kind: Send + Sync {
    /// The name of the block, and the middle of ids.
    fn name(&self) -> &'static str;

    /// Whether what is made has the trigger's tags.
    fn takes_tags(&self) -> bool {
        false
    }

    /// What cannot be, and what should not, as far as the values are known.
    fn validate(&self) -> Vec<Diagnostic>;

    /// Plans what is computed, and refuses what only AWS could tell. `at` is `None` while bridge or
    /// region is not known. Other kinds, bridges and regions are replaced without its doing.
    async fn plan(
        &self,
        at: Option<&At>,
        plan: &mut Plan<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic>;

    /// Makes what is missing and changes what differs from `plan`. `prior` is `None` at create.
    async fn apply(
        &self,
        at: &At,
        prior: Option<&BridgeTriggerModel>,
        plan: BridgeTriggerModel,
        response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic>;

    /// What is there; `None` where neither wiring nor permission is. An import gives a state that has
    /// only what [`of_id`] reads in the id.
    async fn read(
        &self,
        at: &At,
        state: BridgeTriggerModel,
    ) -> Result<Option<BridgeTriggerModel>, Diagnostic>;

    /// Removes the wiring, and then the permission. What is gone is fine.
    async fn delete(
        &self,
        at: &At,
        state: &BridgeTriggerModel,
        response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic>;
}

/// The blocks, by name.
pub(super) fn blocks() -> impl Iterator<Item = (&'static str, Block)> {
    [
        (s3::NAME, s3::block()),
        (sns::NAME, sns::block()),
        (schedule::NAME, schedule::block()),
        (event_rule::NAME, event_rule::block()),
        (http_api::NAME, http_api::block()),
    ]
    .into_iter()
}

/// What one kind alone computes, by the kind. It is null with all others.
pub(super) const OUTPUTS: &[(&str, &str)] = &[
    (http_api::NAME, "api_endpoint"),
    (schedule::NAME, "role_arn"),
    (sns::NAME, "subscription_arn"),
];

/// How the id of each kind is made up, one a line.
pub(super) fn id_forms() -> String {
    let forms =
        [s3::ID_FORM, sns::ID_FORM, schedule::ID_FORM, event_rule::ID_FORM, http_api::ID_FORM];
    forms.map(|form| format!("  <bridge>/{form}")).join("\n")
}

/// What an id says of a trigger: enough to find it.
pub(super) fn of_id(id: &str) -> Option<BridgeTriggerModel> {
    let mut parts = id.splitn(3, '/');
    let (bridge, kind, key) = (parts.next()?, parts.next()?, parts.next()?);
    if bridge.is_empty() {
        return None;
    }
    let model = BridgeTriggerModel {
        id: id.into(),
        bridge_name: bridge.into(),
        ..BridgeTriggerModel::default()
    };
    match kind {
        s3::NAME => Some(BridgeTriggerModel { s3: Value::Known(s3::of_key(key)?), ..model }),
        sns::NAME => Some(BridgeTriggerModel { sns: Value::Known(sns::of_key(key)?), ..model }),
        schedule::NAME => {
            Some(BridgeTriggerModel { schedule: Value::Known(schedule::of_key(key)?), ..model })
        }
        event_rule::NAME => {
            Some(BridgeTriggerModel { event_rule: Value::Known(event_rule::of_key(key)?), ..model })
        }
        http_api::NAME => {
            Some(BridgeTriggerModel { http_api: Value::Known(http_api::of_key(key)?), ..model })
        }
        _ => None,
    }
}

/// Refuses a set that has nothing in it.
fn not_empty() -> Validator {
    Validator::new(|value| match value {
        Dynamic::Set(elements) if elements.is_empty() => Err("must not be empty.".to_owned()),
        _ => Ok(()),
    })
}

impl BridgeTriggerModel {
    /// The blocks that are there.
    pub(super) fn kinds(&self) -> impl Iterator<Item = &dyn Kind> {
        let Self { s3, sns, schedule, event_rule, http_api, .. } = self;
        [
            s3.known().map(|block| block as &dyn Kind),
            sns.known().map(|block| block as &dyn Kind),
            schedule.known().map(|block| block as &dyn Kind),
            event_rule.known().map(|block| block as &dyn Kind),
            http_api.known().map(|block| block as &dyn Kind),
        ]
        .into_iter()
        .flatten()
    }

    /// The block that is there.
    pub(super) fn kind(&self) -> Option<&dyn Kind> {
        self.kinds().next()
    }
}

/// What is there already, and how it comes under Terraform.
fn already_exists(attempt: &str, advice: &str, import_id: &str, words: &str) -> Diagnostic {
    let block = import_block(import_id);
    Diagnostic::error(format!("Cannot {attempt}"), format!("{advice}\n\n{block}\n\n{words}"))
}

/// By which a trigger comes under Terraform.
fn import_block(import_id: &str) -> String {
    format!("import {{\n  to = modal_bridge_trigger.<name>\n  id = {import_id:?}\n}}")
}

/// Tags need something that has them.
pub(super) fn validate_tags(config: &BridgeTriggerModel) -> Option<Diagnostic> {
    let kind = config.kind().filter(|kind| !kind.takes_tags())?;
    config.tags.known().filter(|tags| !tags.is_empty())?;
    Some(
        Diagnostic::error(
            "Tags mean nothing here",
            format!(
                "What a trigger with {} makes has no tags of yours: only the API of http_api has.",
                kind.name()
            ),
        )
        .at("tags"),
    )
}

/// A trigger has one block. What a `dynamic` block makes may not be known yet.
pub(super) fn validate_count(config: &BridgeTriggerModel) -> Vec<Diagnostic> {
    let BridgeTriggerModel { s3, sns, schedule, event_rule, http_api, .. } = config;
    let maybe = s3.is_unknown()
        || sns.is_unknown()
        || schedule.is_unknown()
        || event_rule.is_unknown()
        || http_api.is_unknown();
    let names: Vec<&str> = config.kinds().map(Kind::name).collect();
    let all: Vec<&str> = blocks().map(|(name, _)| name).collect();
    let all = all.join(", ");
    match names.as_slice() {
        [] if !maybe => vec![Diagnostic::error(
            "Missing block",
            format!("A trigger needs one block that says what calls the bridge: {all}."),
        )],
        [first, second, ..] => vec![Diagnostic::error(
            "More than one block",
            format!(
                "A trigger has one block that says what calls the bridge, and this has {first} and \
                 {second}. Write a resource for each."
            ),
        )
        .at(*second)],
        _ => Vec::new(),
    }
}
