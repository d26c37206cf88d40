//! What may call a bridge. Each kind is a block, whose model does what that kind needs.

mod http_api;
mod s3;

use tf_framework::{Block, Diagnostic, Dynamic, Plan, Response, Validator, Value, async_trait};

pub(super) use self::http_api::HttpApiModel;
pub(super) use self::s3::S3Model;
use super::{At, BridgeTriggerModel, within};

/// What is done with triggers of one kind, by the model of its block.
#[async_trait]
pub(super) trait Kind: Send + Sync {
    /// The name of the block, and the middle of ids.
    fn name(&self) -> &'static str;

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
    [(s3::NAME, s3::block()), (http_api::NAME, http_api::block())].into_iter()
}

/// How the id of each kind is made up, one a line.
pub(super) fn id_forms() -> String {
    [s3::ID_FORM, http_api::ID_FORM].map(|form| format!("  <bridge>/{form}")).join("\n")
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
        http_api::NAME => {
            let block = Value::Known(http_api::of_key(key)?);
            Some(BridgeTriggerModel { http_api: block, ..model })
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
        let s3 = self.s3.known().map(|block| block as &dyn Kind);
        let http_api = self.http_api.known().map(|block| block as &dyn Kind);
        [s3, http_api].into_iter().flatten()
    }

    /// The block that is there.
    pub(super) fn kind(&self) -> Option<&dyn Kind> {
        self.kinds().next()
    }
}

/// A trigger has one block. What a `dynamic` block makes may not be known yet.
pub(super) fn validate_count(config: &BridgeTriggerModel) -> Vec<Diagnostic> {
    let BridgeTriggerModel { s3, http_api, .. } = config;
    let maybe = [s3.is_unknown(), http_api.is_unknown()].contains(&true);
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
