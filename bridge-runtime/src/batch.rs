//! Records called one by one: which may go at the same time, which must wait for another, and what
//! becomes of the rest when one fails or time runs out.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use tokio::time::Instant;

use crate::answer::{Outcome, RecordResult};
use crate::event::Delivery;
use crate::{BridgeError, Event};

/// Records in lanes: those of one lane go one after another, and the first that fails ends it.
pub(crate) fn lanes(event: &Event) -> Vec<Vec<usize>> {
    let records = event.records();
    let all = 0..records.len();
    match event.source.delivery() {
        Delivery::Ordered => vec![all.collect()],
        Delivery::Grouped => {
            let mut lanes: Vec<Vec<usize>> = Vec::new();
            let mut lane_of: HashMap<Option<&str>, usize> = HashMap::new();
            for (index, record) in records.iter().enumerate() {
                let lane = *lane_of.entry(record.group()).or_insert_with(|| {
                    lanes.push(Vec::new());
                    lanes.len() - 1
                });
                if let Some(lane) = lanes.get_mut(lane) {
                    lane.push(index);
                }
            }
            lanes
        }
        Delivery::One | Delivery::Together | Delivery::Unordered => {
            all.map(|index| vec![index]).collect()
        }
    }
}

/// Calls every record, at most `concurrency` at the same time, and none after `give_up`. The results
/// are in the order of the records.
pub(crate) async fn run<F>(
    lanes: &[Vec<usize>],
    concurrency: u32,
    give_up: Instant,
    call: impl Fn(usize) -> F,
) -> Vec<RecordResult>
where
    F: Future<Output = Result<Outcome, BridgeError>>,
{
    let total = lanes.iter().map(Vec::len).sum();
    let results = Mutex::new(vec![RecordResult::Skipped; total]);
    let put = |index: usize, result: RecordResult| {
        let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = results.get_mut(index) {
            *slot = result;
        }
    };
    let next = AtomicUsize::new(0);
    let worker = || async {
        while let Some(lane) = lanes.get(next.fetch_add(1, Ordering::Relaxed)) {
            for index in lane {
                if Instant::now() >= give_up {
                    put(*index, RecordResult::Failed(BridgeError::NotStarted));
                    break;
                }
                match call(*index).await {
                    Ok(outcome) => put(*index, RecordResult::Done(outcome)),
                    Err(error) => {
                        put(*index, RecordResult::Failed(error));
                        break;
                    }
                }
            }
        }
    };
    let workers = lanes.len().min(usize::try_from(concurrency).unwrap_or(usize::MAX));
    all((0..workers).map(|_| worker())).await;
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Drives futures together until each has ended.
async fn all<F: Future<Output = ()>>(futures: impl Iterator<Item = F>) {
    let mut running: Vec<Pin<Box<F>>> = futures.map(Box::pin).collect();
    poll_fn(|context| {
        running.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn queue(arn: &str, groups: &[&str]) -> Event {
        let records: Vec<_> = groups
            .iter()
            .map(|group| {
                json!({
                    "eventSource": "aws:sqs",
                    "eventSourceARN": arn,
                    "attributes": { "MessageGroupId": group },
                })
            })
            .collect();
        Event::parse(&json!({ "Records": records }).to_string()).unwrap()
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn messages_of_a_group_wait_for_each_other_and_for_no_other_group() {
        let groups = ["a", "b", "a", "c", "b"];
        assert_eq!(lanes(&queue("q.fifo", &groups)), [vec![0, 2], vec![1, 4], vec![3]]);
        assert_eq!(lanes(&queue("q", &groups)).len(), 5);
    }

    #[test]
    fn a_stream_is_one_lane() {
        let record = json!({ "eventSource": "aws:kinesis" });
        let event = json!({ "Records": [record, record, record] });
        assert_eq!(lanes(&Event::parse(&event.to_string()).unwrap()), [vec![0, 1, 2]]);
    }

    #[tokio::test]
    async fn no_more_records_are_called_at_the_same_time_than_allowed() {
        let lanes: Vec<_> = (0..20).map(|index| vec![index]).collect();
        let (now, most) = (AtomicU32::new(0), AtomicU32::new(0));
        let results = run(&lanes, 3, soon(), |index| {
            let (now, most) = (&now, &most);
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                crate::wait(Duration::from_millis(5)).await;
                now.fetch_sub(1, Ordering::Relaxed);
                Ok(Outcome::Spawned(format!("fc-{index}")))
            }
        })
        .await;
        assert_eq!(most.into_inner(), 3);
        let want = (0..20).map(|n| RecordResult::Done(Outcome::Spawned(format!("fc-{n}"))));
        assert_eq!(results, want.collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn after_a_failure_the_rest_of_the_lane_is_not_called() {
        let lanes = [vec![0, 2, 3], vec![1, 4]];
        let called = Mutex::new(Vec::new());
        let results = run(&lanes, 10, soon(), |index| {
            called.lock().unwrap().push(index);
            async move {
                if index == 2 {
                    Err(BridgeError::NotStarted)
                } else {
                    Ok(Outcome::Spawned("fc".into()))
                }
            }
        })
        .await;
        let done = || RecordResult::Done(Outcome::Spawned("fc".into()));
        let failed = RecordResult::Failed(BridgeError::NotStarted);
        assert_eq!(results, [done(), done(), failed, RecordResult::Skipped, done()]);
        let mut called = called.into_inner().unwrap();
        called.sort_unstable();
        assert_eq!(called, [0, 1, 2, 4]);
    }

    #[tokio::test]
    async fn what_was_not_begun_in_time_is_reported_and_not_called() {
        let lanes = [vec![0], vec![1], vec![2]];
        let results = run(&lanes, 1, Instant::now() + Duration::from_millis(30), |_| async {
            crate::wait(Duration::from_millis(50)).await;
            Ok(Outcome::Spawned("fc".into()))
        })
        .await;
        let late = || RecordResult::Failed(BridgeError::NotStarted);
        assert_eq!(results, [RecordResult::Done(Outcome::Spawned("fc".into())), late(), late()]);
    }
}
