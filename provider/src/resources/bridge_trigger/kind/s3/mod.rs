//! `s3`: objects that come into a bucket, or leave it.

mod block;
mod planned;

use tf_framework::{Diagnostic, Plan, Response, Value, async_trait};
use uuid::Uuid;

pub(in crate::resources::bridge_trigger) use self::block::{NAME, S3Model, block};
pub(crate) use self::planned::PlannedNotifications;
use super::{At, BridgeTriggerModel, Kind, import_block, within};
use crate::aws::lambda::Permission;
use crate::aws::s3::{ENTRY_PREFIX, Entry, Neighbour, Written};
use crate::aws::{AwsError, Fault};
use crate::resources::bridge_trigger::place::statement_id;
use crate::resources::cannot::cannot;

pub(super) const ID_FORM: &str = "s3/<bucket>/<id of the entry in its notifications>";

/// What an id says after bridge and kind.
pub(super) fn of_key(key: &str) -> Option<S3Model> {
    let (bucket, entry) = key.split_once('/')?;
    let whole = !bucket.is_empty() && !entry.is_empty();
    whole.then(|| S3Model { bucket: bucket.into(), ..S3Model::default() })
}

/// The wiring and the permission of one trigger.
struct Wiring {
    key: String,
    bucket: String,
    entry: Entry,
    permission: Permission,
}

impl Wiring {
    /// As `block` has it, with the key that it has or is given now.
    fn of(block: &S3Model, key: Option<&str>, at: &At) -> Result<Self, Diagnostic> {
        let bucket = block.bucket.require("bucket")?.clone();
        let fresh = || format!("{bucket}/{ENTRY_PREFIX}{}", Uuid::new_v4().simple());
        let key = key.map_or_else(fresh, str::to_owned);
        let id = key.split_once('/').map_or(key.as_str(), |(_, id)| id).to_owned();
        let place = &at.place;
        let permission = at.permission(
            NAME,
            &key,
            "s3.amazonaws.com",
            &bucket_arn(at, &bucket),
            // A bucket's ARN names no account, and its name may be somebody else's tomorrow.
            Some(&place.account),
        );
        let entry = block.entry(id, place.bridge_arn());
        Ok(Self { key, bucket, entry, permission })
    }

    fn attempt(&self, verb: &str, at: &At) -> String {
        format!(
            "{verb} the notifications of bucket {:?} to bridge {:?}",
            self.bucket, at.place.bridge
        )
    }
}

fn bucket_arn(at: &At, bucket: &str) -> String {
    format!("arn:{}:s3:::{bucket}", at.place.partition)
}

#[async_trait]
impl Kind for S3Model {
    fn name(&self) -> &'static str {
        NAME
    }

    fn validate(&self) -> Vec<Diagnostic> {
        self.check()
    }

    async fn plan(
        &self,
        at: Option<&At>,
        plan: &mut Plan<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let key = plan.prior.as_ref().and_then(|prior| prior.key());
        let key = key.map(str::to_owned);
        if let Some(key) = &key {
            plan.set("statement_id", Value::Known(statement_id(NAME, key)));
        }
        let (Some(at), Some(bucket)) = (at, self.bucket.known()) else {
            plan.set("source_arn", Value::<String>::Unknown);
            return Ok(());
        };
        plan.set("source_arn", Value::Known(bucket_arn(at, bucket)));
        let before = plan.prior.as_ref().and_then(|prior| prior.s3.known());
        if before != Some(self) && self.is_known() {
            let entry = key.as_deref().and_then(|key| key.split_once('/'));
            let entry = entry.map(|(_, id)| id).unwrap_or_default().to_owned();
            self.check_bucket(at, bucket, &self.entry(entry, at.place.bridge_arn())).await?;
        }
        Ok(())
    }

    async fn apply(
        &self,
        at: &At,
        prior: Option<&BridgeTriggerModel>,
        plan: BridgeTriggerModel,
        response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let wiring = Wiring::of(self, prior.and_then(|prior| prior.key()), at)?;
        let found = |block: S3Model, statement_id| BridgeTriggerModel {
            id: Value::Known(at.place.id(NAME, &wiring.key)),
            source_arn: Value::from(wiring.permission.source_arn.clone()),
            statement_id,
            s3: Value::Known(block),
            ..plan.clone()
        };
        let unwired = || S3Model { bucket: self.bucket.clone(), ..S3Model::silent() };
        let before = prior.and_then(|prior| prior.s3.known().cloned()).unwrap_or_else(unwired);
        let statement = prior.map(|prior| prior.statement_id.clone()).unwrap_or_default();
        // Before the first call: after an answer that is lost, something may be there.
        response.set_state(found(before.clone(), statement.clone()));
        let allowed = Value::Known(wiring.permission.statement_id.clone());
        if statement != allowed {
            at.allow(&wiring.permission, NAME).await?;
            response.set_state(found(before, allowed.clone()));
        }
        let written = at.aws.s3.put_entry(&wiring.bucket, &wiring.entry).await;
        match written.map_err(|error| self.cannot(&wiring.attempt("set up", at), &error))? {
            Written::Done { unreachable } => {
                response.set_state(found(self.clone(), allowed));
                response_warns(response, &wiring.bucket, &unreachable);
                Ok(())
            }
            Written::Overlaps(other) => {
                if prior.is_none() {
                    // What state knows of cannot be imported.
                    at.disallow(&wiring.permission.statement_id).await?;
                    response.remove();
                }
                Err(overlap(&wiring.attempt("set up", at), &wiring.bucket, &other, at))
            }
        }
    }

    async fn read(
        &self,
        at: &At,
        state: BridgeTriggerModel,
    ) -> Result<Option<BridgeTriggerModel>, Diagnostic> {
        let wiring = Wiring::of(self, state.key(), at)?;
        let found = at.aws.s3.find_notifications(&wiring.bucket).await;
        let found = found.map_err(|error| self.cannot(&wiring.attempt("read", at), &error))?;
        let entry = found.and_then(|found| found.entry(&wiring.entry.id));
        let entry = entry.filter(|entry| entry.function_arn == wiring.entry.function_arn);
        let statement_id = at.statement(&wiring.permission).await?;
        if entry.is_none() && statement_id.is_null() {
            return Ok(None);
        }
        let block = match entry {
            Some(entry) => S3Model::of(self.bucket.clone(), entry),
            None => S3Model { bucket: self.bucket.clone(), ..S3Model::silent() },
        };
        Ok(Some(BridgeTriggerModel {
            source_arn: Value::from(wiring.permission.source_arn),
            statement_id,
            s3: Value::Known(block),
            ..state
        }))
    }

    async fn delete(
        &self,
        at: &At,
        state: &BridgeTriggerModel,
        response: &mut Response<BridgeTriggerModel>,
    ) -> Result<(), Diagnostic> {
        let wiring = Wiring::of(self, state.key(), at)?;
        let removed = at.aws.s3.remove_entry(&wiring.bucket, &wiring.entry.id).await;
        let removed = removed.map_err(|error| self.cannot(&wiring.attempt("end", at), &error))?;
        if let Written::Done { unreachable } = removed {
            response_warns(response, &wiring.bucket, &unreachable);
        }
        at.disallow(&wiring.permission.statement_id).await
    }
}

impl S3Model {
    fn cannot(&self, attempt: &str, error: &AwsError) -> Diagnostic {
        match error.fault {
            Fault::OtherRegion | Fault::NotFound => {
                cannot(attempt, error).at(within(NAME, "bucket"))
            }
            _ => cannot(attempt, error).at(NAME),
        }
    }

    /// Refuses what S3 would refuse, where the bucket is there already. What cannot be asked now, the
    /// apply will.
    async fn check_bucket(&self, at: &At, bucket: &str, entry: &Entry) -> Result<(), Diagnostic> {
        let attempt = format!(
            "set up the notifications of bucket {bucket:?} to bridge {:?}",
            at.place.bridge
        );
        match at.aws.s3.find_notifications(bucket).await {
            // Another trigger's entry may be about to change.
            Ok(Some(found)) => match found.overlapping(entry) {
                Some(other) if !other.is_of_a_trigger() => {
                    Err(overlap(&attempt, bucket, &other, at))
                }
                _ => Ok(()),
            },
            Err(error) if error.fault == Fault::OtherRegion => Err(self.cannot(&attempt, &error)),
            _ => Ok(()),
        }
    }
}

fn overlap(attempt: &str, bucket: &str, other: &Neighbour, at: &At) -> Diagnostic {
    let mut detail = format!(
        "S3 tells one destination alone of an event: entry {:?} of bucket {bucket:?} sends events of \
         the same kind, of {}, to {}. {REMEDY}",
        other.id,
        keys(other.prefix.as_deref(), other.suffix.as_deref()),
        other.destination
    );
    if other.is_of_a_trigger() && other.destination == at.place.bridge_arn() {
        let import_id = at.place.import_id(NAME, &format!("{bucket}/{}", other.id));
        detail = format!(
            "{detail}\n\nWhere no resource has that entry, as after an apply that was killed, bring \
             it under Terraform:\n\n{}",
            import_block(&import_id)
        );
    }
    Diagnostic::error(format!("Cannot {attempt}"), detail).at(NAME)
}

/// What may be done about two entries that overlap.
const REMEDY: &str = "Choose a prefix and a suffix that no key has together with those, or other \
                      events; or let both be told by a topic, or by EventBridge.";

/// The objects that a filter takes.
fn keys(prefix: Option<&str>, suffix: Option<&str>) -> String {
    match (prefix, suffix) {
        (None, None) => "every key".to_owned(),
        (Some(prefix), None) => format!("keys that begin with {prefix:?}"),
        (None, Some(suffix)) => format!("keys that end in {suffix:?}"),
        (Some(prefix), Some(suffix)) => {
            format!("keys that begin with {prefix:?} and end in {suffix:?}")
        }
    }
}

fn response_warns(
    response: &mut Response<BridgeTriggerModel>,
    bucket: &str,
    unreachable: &[String],
) {
    if unreachable.is_empty() {
        return;
    }
    response.push(
        Diagnostic::warning(
            "S3 cannot reach another destination of the bucket",
            format!(
                "Bucket {bucket:?} also notifies {}, which is gone or does not let S3 in. S3 takes \
                 no change of a bucket's notifications then, so that this one was made without \
                 S3 trying the destinations. Remove what is gone from the bucket.",
                unreachable.join(", ")
            ),
        )
        .at(NAME),
    );
}
