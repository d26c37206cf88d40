//! What of buckets' notifications is planned and not made yet, so that two triggers that S3 does not
//! take side by side are refused before either is made.
//!
//! Terraform does not say which object a plan is of. It plans one object more than once, and drops
//! some of its plans: of an object that it then replaces, the first. A plan counts as another
//! object's only where it can be no one else's:
//!
//! - two triggers that are new, and not the same: the same one may be planned again;
//! - two triggers that exist, under different ids, and are not replaced.
//!
//! One that is new is not held against one that exists, which may be about to be replaced by it. S3
//! does that when the plan is applied.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tf_framework::Diagnostic;

use super::{NAME, REMEDY, keys};
use crate::aws::s3::Entry;
use crate::resources::bridge_trigger::BridgeTriggerModel;
use crate::resources::bridge_trigger::place::Bridge;

/// Of one configured provider: the clones share it.
#[derive(Debug, Clone, Default)]
pub struct PlannedNotifications(Arc<Mutex<Vec<Planned>>>);

/// One trigger.
#[derive(Debug)]
struct Planned {
    /// `None` of one that is new.
    id: Option<String>,
    bucket: String,
    /// `None` while the name of the bridge is not known.
    bridge: Option<String>,
    entry: Entry,
}

impl PlannedNotifications {
    /// Remembers a plan, unless S3 would refuse it beside another.
    pub(in crate::resources::bridge_trigger) fn add(
        &self,
        plan: &BridgeTriggerModel,
        prior: Option<&BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        self.remove(plan, prior);
        let Some(planned) = Planned::of(plan, prior) else { return Ok(()) };
        let mut others = self.lock();
        if let Some(other) = others.iter().find(|other| planned.is_refused_beside(other)) {
            return Err(planned.refusal(other));
        }
        others.push(planned);
        Ok(())
    }

    /// Forgets a plan that is being applied, or was dropped: from now on, the bucket says what there
    /// is.
    pub(in crate::resources::bridge_trigger) fn remove(
        &self,
        plan: &BridgeTriggerModel,
        prior: Option<&BridgeTriggerModel>,
    ) {
        let id = prior.and_then(|prior| prior.id.known());
        let planned = Planned::of(plan, prior);
        self.lock().retain(|other| {
            let is_of_it = id.is_some() && other.id.as_ref() == id;
            !is_of_it && planned.as_ref().is_none_or(|planned| !planned.is(other))
        });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Planned>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Planned {
    /// `None` where it waits for other resources, is of another kind, or will be replaced: then
    /// Terraform plans once more, without what was there before.
    fn of(plan: &BridgeTriggerModel, prior: Option<&BridgeTriggerModel>) -> Option<Self> {
        let block = plan.s3.known().filter(|block| block.is_known())?;
        if let Some(prior) = prior
            && (prior.bridge_name != plan.bridge_name
                || prior.region != plan.region
                || prior.s3.known().is_none_or(|before| before.bucket != block.bucket))
        {
            return None;
        }
        let bridge = plan.bridge_name.known();
        Some(Self {
            id: prior.and_then(|prior| prior.id.known().cloned()),
            bucket: block.bucket.known()?.clone(),
            bridge: bridge.map(|text| Bridge::parse(text).name.to_owned()),
            entry: block.entry(String::new(), String::new()),
        })
    }

    /// Whether both may be of one object.
    fn is(&self, other: &Self) -> bool {
        match (&self.id, &other.id) {
            (None, None) => {
                let bridges = self.bridge.as_ref().zip(other.bridge.as_ref());
                self.bucket == other.bucket
                    && self.entry == other.entry
                    && bridges.is_none_or(|(one, other)| one == other)
            }
            (id, other) => id == other,
        }
    }

    fn is_refused_beside(&self, other: &Self) -> bool {
        self.id.is_some() == other.id.is_some()
            && !self.is(other)
            && self.bucket == other.bucket
            && self.entry.overlaps(&other.entry)
    }

    fn refusal(&self, other: &Self) -> Diagnostic {
        let to_bridge = |planned: &Self| match &planned.bridge {
            Some(bridge) => format!("bridge {bridge:?}"),
            None => "a bridge".to_owned(),
        };
        let (bucket, entry) = (&self.bucket, &other.entry);
        Diagnostic::error(
            format!("Cannot set up the notifications of bucket {bucket:?} to {}", to_bridge(self)),
            format!(
                "S3 tells one destination alone of an event: another trigger of this configuration \
                 sends events of the same kind, of {}, of bucket {bucket:?} to {}. {REMEDY}",
                keys(entry.prefix.as_deref(), entry.suffix.as_deref()),
                to_bridge(other),
            ),
        )
        .at(NAME)
    }
}

#[cfg(test)]
mod tests {
    use tf_framework::Value;

    use super::super::S3Model;
    use super::*;

    fn trigger(bridge: &str, prefix: &str) -> BridgeTriggerModel {
        let events = ["s3:ObjectCreated:*".to_owned()].into();
        BridgeTriggerModel {
            bridge_name: bridge.into(),
            s3: Value::Known(S3Model {
                bucket: "uploads".into(),
                events: Value::Known(events),
                prefix: prefix.into(),
                suffix: Value::Null,
            }),
            ..BridgeTriggerModel::default()
        }
    }

    fn existing(id: &str, bridge: &str, prefix: &str) -> BridgeTriggerModel {
        BridgeTriggerModel { id: id.into(), ..trigger(bridge, prefix) }
    }

    /// Plans these one after the other, each with what was there before, and tells which are refused.
    fn refused(plans: &[(BridgeTriggerModel, Option<BridgeTriggerModel>)]) -> Vec<usize> {
        let planned = PlannedNotifications::default();
        let refused = |(plan, prior): &(BridgeTriggerModel, Option<_>)| {
            planned.add(plan, prior.as_ref()).is_err()
        };
        (0..plans.len()).filter(|at| refused(&plans[*at])).collect()
    }

    #[test]
    fn new_triggers_that_overlap_are_refused() {
        let plans = [("a", "in/"), ("a", "in/small/"), ("b", "in/"), ("b", "out/")];
        let plans = plans.map(|(bridge, prefix)| (trigger(bridge, prefix), None));
        assert_eq!(refused(&plans), [1, 2]);
    }

    #[test]
    fn a_bridge_whose_name_comes_later_may_be_any() {
        let unnamed =
            |prefix| BridgeTriggerModel { bridge_name: Value::Unknown, ..trigger("", prefix) };
        let plans = [unnamed("in/"), trigger("a", "in/"), unnamed("in/small/")];
        assert_eq!(refused(&plans.map(|plan| (plan, None))), [2]);
    }

    #[test]
    fn what_waits_for_other_resources_is_not_refused() {
        let mut later = trigger("a", "in/");
        if let Value::Known(block) = &mut later.s3 {
            block.prefix = Value::Unknown;
        }
        assert_eq!(refused(&[(later, None), (trigger("b", "in/"), None)]), [] as [usize; 0]);
    }

    #[test]
    fn existing_triggers_that_come_to_overlap_are_refused() {
        let one = existing("1", "a", "in/");
        let two = existing("2", "a", "out/");
        let nearer = trigger("a", "in/small/");
        assert_eq!(refused(&[(one.clone(), Some(one.clone())), (nearer, Some(two.clone()))]), [1]);
        // They change places, and one is planned twice.
        let (first, second) = ((two.clone(), Some(one.clone())), (one, Some(two)));
        assert_eq!(refused(&[first.clone(), second, first]), [] as [usize; 0]);
    }

    #[test]
    fn what_comes_in_the_place_of_another_is_not_refused() {
        let before = existing("1", "a", "in/");
        let after = trigger("b", "in/small/");
        // Replaced because of another bridge, or because Terraform was told so.
        for first in [after.clone(), before.clone()] {
            let plans = [(first, Some(before.clone())), (after.clone(), None)];
            assert_eq!(refused(&plans), [] as [usize; 0]);
        }
    }

    #[test]
    fn what_is_made_is_no_longer_planned() {
        let planned = PlannedNotifications::default();
        planned.add(&trigger("a", "in/"), None).unwrap();
        planned.remove(&trigger("a", "in/"), None);
        planned.add(&trigger("a", "in/small/"), None).unwrap();
    }
}
