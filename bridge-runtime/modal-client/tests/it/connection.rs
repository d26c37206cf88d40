//! Headers, tries, deadlines, and connections that die.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use expect_test::expect;
use loopback::Network;
use tonic::Status;

use super::lookup::details;
use super::*;

#[tokio::test]
async fn a_call_says_who_calls() {
    let modal = Modal::start().await;
    function(&modal, &client(&modal), handle()).await.unwrap();
    let header = |name| modal.headers("FunctionGet", name).remove(0).unwrap_or_default();
    assert_eq!(header("x-modal-client-type"), "7");
    assert_eq!(header("x-modal-client-version"), "1.0.0");
    assert_eq!(header("x-modal-libmodal-version"), "terraform-provider-modal/0.0.0");
    assert_eq!(header("x-modal-host"), "127.0.0.1");
    assert_eq!(header("x-modal-token-id"), "ak-1");
    assert_eq!(header("x-modal-token-secret"), "as-1");
    assert_eq!(header("x-retry-attempt"), "0");
    assert_eq!(header("x-idempotency-key").len(), 36);
    assert!(header("x-modal-timestamp").parse::<f64>().unwrap() > 1.7e9);
}

#[tokio::test]
async fn all_tries_of_a_call_have_one_idempotency_key() {
    let modal = Modal::start().await;
    modal.fail("FunctionGet", Status::unavailable("restarting"));
    modal.fail("FunctionGet", Status::internal("oops"));
    let client = client(&modal);
    let render = function(&modal, &client, handle()).await.unwrap();

    let keys = modal.headers("FunctionGet", "x-idempotency-key");
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|key| key.is_some() && *key == keys[0]));
    let attempts = modal.headers("FunctionGet", "x-retry-attempt");
    assert_eq!(attempts, ["0", "1", "2"].map(|n| Some(n.to_owned())));
    let delays = modal.headers("FunctionGet", "x-retry-delay");
    assert!(delays[0].is_none() && delays[2].is_some());

    modal.answer("FunctionMap", mapped());
    client.spawn(&render, &args(), soon()).await.unwrap();
    assert_ne!(modal.headers("FunctionMap", "x-idempotency-key")[0], keys[0]);
}

#[tokio::test]
async fn a_server_that_stays_unavailable_is_tried_four_times() {
    let modal = Modal::start().await;
    for _ in 0..4 {
        modal.fail("FunctionGet", Status::unavailable("down for maintenance"));
    }
    let error = client(&modal).function(&render(), soon()).await.unwrap_err();
    expect!["Modal's FunctionGet answered Unavailable: down for maintenance"]
        .assert_eq(&error.to_string());
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_asked_again_without_counting() {
    let modal = Modal::start().await;
    let wait = |seconds| {
        let policy = m::RpcRetryPolicy { retry_after_secs: seconds };
        details("RPCRetryPolicy", &policy, Status::resource_exhausted("slow down"))
    };
    for _ in 0..5 {
        modal.fail("FunctionGet", wait(0.0));
    }
    let client = client(&modal);
    function(&modal, &client, handle()).await.unwrap();
    let throttled = modal.headers("FunctionGet", "x-throttle-retry-attempt");
    assert_eq!(throttled.last().unwrap().as_deref(), Some("5"));

    // Not beyond the deadline.
    modal.fail("FunctionGet", wait(60.0));
    let started = Instant::now();
    let error = client.function(&render(), soon()).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5));
    expect!["Modal is throttling: FunctionGet answered: slow down"].assert_eq(&error.to_string());
}

#[tokio::test]
async fn a_call_ends_at_its_deadline() {
    let modal = Modal::start().await;
    modal.hang("FunctionGet");
    let deadline = Instant::now() + Duration::from_millis(200);
    let error = client(&modal).function(&render(), deadline).await.unwrap_err();
    assert_eq!(error, ModalError::DeadlineExceeded { rpc: "FunctionGet" });
    assert!(deadline.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_with_the_reason() {
    let modal = Modal::start().await;
    let client = client(&modal);
    drop(modal);
    let error = client.function(&render(), soon()).await.unwrap_err().to_string();
    assert!(error.starts_with("cannot reach Modal at 127.0.0.1: "), "{error}");
    assert!(error.contains("Connection refused"), "{error}");
}

#[tokio::test]
async fn a_broken_connection_costs_a_retry_and_no_error() {
    let modal = Modal::start().await;
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.close_connections();
    modal.answer("FunctionMap", mapped());
    client.spawn(&function, &args(), soon()).await.unwrap();
    assert_eq!(modal.rpcs(), ["FunctionGet", "FunctionMap"]);
}

/// Seconds that the clock of [`a_connection_from_before_a_freeze_is_replaced`] is ahead.
static FROZEN: AtomicU64 = AtomicU64::new(0);

fn clock_of_a_frozen_process() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000 + FROZEN.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_connection_from_before_a_freeze_is_replaced() {
    let modal = Modal::start().await;
    let mut config = config(&modal);
    config.clock = clock_of_a_frozen_process;
    let client = Client::new(config, Credentials::new("ak-1", "as-1")).unwrap();
    let function = function(&modal, &client, handle()).await.unwrap();
    for (seconds, connections) in [(29, 1), (28 + 29, 1), (28 + 29 + 31, 2), (28 + 29 + 31, 2)] {
        FROZEN.store(seconds, Ordering::Relaxed);
        modal.answer("FunctionMap", mapped());
        client.spawn(&function, &args(), soon()).await.unwrap();
        assert_eq!(modal.connections(), connections, "after {seconds} s");
    }
}

/// A client on a network whose connections a test can let die, and a function it has found.
async fn behind_a_network(
    modal: &Modal,
    change: impl Fn(&mut Config),
) -> (Network, Client, Function) {
    let network = Network::to(&modal.address()).await;
    let mut config = config(modal);
    config.server_url = network.url();
    change(&mut config);
    let client = Client::new(config, Credentials::new("ak-1", "as-1")).unwrap();
    let function = function(modal, &client, handle()).await.unwrap();
    (network, client, function)
}

/// Seconds that the clock of [`a_connection_that_died_in_a_freeze_costs_no_time`] is ahead.
static ASLEEP: AtomicU64 = AtomicU64::new(0);

fn clock_of_a_sleeper() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000 + ASLEEP.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_connection_that_died_in_a_freeze_costs_no_time() {
    let modal = Modal::start().await;
    let asleep = |config: &mut Config| config.clock = clock_of_a_sleeper;
    let (network, client, function) = behind_a_network(&modal, asleep).await;
    ASLEEP.store(41, Ordering::Relaxed);
    network.swallow();
    modal.answer("FunctionMap", mapped());
    let started = Instant::now();
    client.spawn(&function, &args(), soon()).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    let tries = modal.headers("FunctionMap", "x-retry-attempt");
    assert_eq!((tries, network.connections()), (vec![Some("0".into())], 2));
}

#[tokio::test]
async fn a_connection_that_swallows_a_call_costs_one_retry_and_not_the_deadline() {
    let modal = Modal::start().await;
    let short = Duration::from_millis(200);
    let pings = |config: &mut Config| *config = config.clone().with_keep_alive(short, short);
    let (network, client, function) = behind_a_network(&modal, pings).await;
    network.swallow();
    modal.answer("FunctionMap", mapped());
    let started = Instant::now();
    let call = client.remote(&function, &args(), soon()).await;
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    let tries = modal.headers("FunctionMap", "x-retry-attempt");
    assert_eq!((tries, network.connections()), (vec![Some("1".into())], 2));

    // And while a result is waited for.
    modal.hang("FunctionGetOutputs");
    modal.answer("FunctionGetOutputs", outputs(result(SUCCESS, "", Some(OK))));
    let started = Instant::now();
    let mut call = call.unwrap();
    let (result, ()) = tokio::join!(call.result(soon()), async {
        while !modal.rpcs().contains(&"FunctionGetOutputs") {
            tokio::task::yield_now().await;
        }
        network.swallow();
    });
    assert_eq!(result, Ok(json!({ "ok": true })));
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    let polls = modal.requests::<m::FunctionGetOutputsRequest>("FunctionGetOutputs");
    assert!(polls.iter().all(|poll| poll.function_call_id == "fc-1"));
    assert_eq!(modal.headers("FunctionMap", "x-retry-attempt").len(), 1, "no second call");
}

#[tokio::test]
async fn a_server_that_takes_its_time_and_answers_pings_is_not_asked_twice() {
    let modal = Modal::start().await;
    let short = Duration::from_millis(100);
    let pings = |config: &mut Config| *config = config.clone().with_keep_alive(short, short);
    let (network, client, function) = behind_a_network(&modal, pings).await;
    modal.answer_after("FunctionMap", Duration::from_millis(700), mapped());
    client.spawn(&function, &args(), soon()).await.unwrap();
    assert_eq!(network.connections(), 1);
}

#[test]
fn a_server_in_cleartext_is_refused() {
    let client = |url: &str| {
        let config = Config::new(url, "x", "1", clock_of_a_frozen_process);
        Client::new(config, Credentials::new("ak-1", "as-1")).map(drop)
    };
    for url in ["http://api.modal.com", "ftp://api.modal.com", "api.modal.com", "", "https://"] {
        let error = client(url).unwrap_err();
        assert!(matches!(error, ModalError::ServerUrl { .. }), "{url}: {error}");
    }
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        for url in ["https://api.modal.com", "http://localhost:1", "http://[::1]:1"] {
            client(url).unwrap();
        }
    });
}
