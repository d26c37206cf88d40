//! What is meant to bring the program down: events and results that are small as text and large in
//! memory, lengths that lie, nesting without end, and a Modal that takes for ever. Each gets an answer
//! or an error of its own type, the next event gets its answer, and 128 MB are enough for all of it.

use loopback::{BlobStore, Outcome};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::*;
use crate::bootstrap::Lambda;

/// The least memory that Lambda gives, and what the program may take of it. The rest is Lambda's.
const LAMBDA_MEGABYTES: u32 = 128;
const MOST_KIB: u64 = 112 * 1024;

/// The most that Lambda takes as an event.
const MOST: usize = 6 << 20;

fn with_memory(mut vars: BTreeMap<&'static str, String>) -> BTreeMap<&'static str, String> {
    vars.insert("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", LAMBDA_MEGABYTES.to_string());
    vars
}

/// `error_type: message`, or "answered".
fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Response(_) => "answered".into(),
        Outcome::Error(error) => {
            let text = |name: &str| error[name].as_str().unwrap().to_owned();
            format!("{}: {}", text("errorType"), text("errorMessage"))
        }
    }
}

/// As long an event as there is, of one thing again and again.
fn full_of(start: &str, item: &str, end: &str) -> String {
    let count = (MOST - start.len() - end.len()) / item.len();
    format!("{start}{}{end}", item.repeat(count))
}

/// What a queue sends when nobody limits the batch: 10,000 messages.
fn large_batch() -> String {
    let mut event: Value = serde_json::from_str(include_str!("events/sqs.json")).unwrap();
    let mut record = event["Records"][0].take();
    record["body"] = "x".repeat(100).into();
    event["Records"] = vec![record; 9000].into();
    event.to_string()
}

#[tokio::test]
async fn no_event_costs_more_memory_than_the_least_lambda_has() {
    let too_deep = "BridgePayloadTooLarge: the event is nested deeper than 128 levels";
    let not_json = "BridgeEventError: the event is not JSON";
    let events = [
        ("a text", json!({ "body": "x".repeat(MOST - 20) }).to_string(), "answered"),
        ("a batch", large_batch(), "answered"),
        ("numbers", full_of("[", "0,", "0]"), "BridgePayloadTooLarge: the event holds"),
        ("lists", full_of("[", "[0],", "0]"), "BridgePayloadTooLarge: the event holds"),
        ("objects", full_of("[", r#"{"":0},"#, "0]"), "BridgePayloadTooLarge: the event holds"),
        (
            "an object",
            full_of("{", r#""k":[],"#, r#""":0}"#),
            "BridgePayloadTooLarge: the event holds",
        ),
        ("deep", format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)), too_deep),
        ("depth alone", full_of("", "[", ""), "BridgePayloadTooLarge: the event holds"),
        ("nonsense", full_of("", "x", ""), not_json),
        (
            "a long number",
            full_of("", "9", ""),
            "BridgePayloadTooLarge: an argument holds an integer",
        ),
    ];
    for mode in [Mode::Spawn, Mode::Remote] {
        let (world, store) = (World::start().await, BlobStore::start().await);
        world.modal.always("FunctionGet", Ok(found(handle())));
        let urls = m::UploadUrlList { items: vec![store.url("in")] };
        let place = m::BlobCreateResponse {
            blob_ids: vec!["bl-1".into()],
            upload_types_oneof: Some(m::blob_create_response::UploadTypesOneof::UploadUrls(urls)),
            ..Default::default()
        };
        world.modal.always("BlobCreate", Ok(place));
        world.modal.always("FunctionMap", Ok(mapped()));
        world.modal.always("FunctionGetOutputs", Ok(outputs(1, "", Some(OK))));
        let lambda = Lambda::start(with_memory(world.vars(mode))).await;
        // What is refused is refused before it is known what it is for.
        let of_mode = |want: &str| mode == Mode::Spawn || want == "answered";
        for (name, event, want) in events.iter().filter(|(.., want)| of_mode(want)) {
            let outcome = lambda.invoke(event).await;
            assert!(said(&outcome).starts_with(want), "{mode:?}, {name}: {}", said(&outcome));
            assert_eq!(said(&lambda.invoke("{}").await), "answered", "{mode:?}, after {name}");
            let peak = lambda.peak();
            assert!(peak < MOST_KIB, "{mode:?}, {name}: {peak} KiB");
        }
    }
}

/// A result that Modal sends: as CBOR, unless it says something else.
fn sent(data_format: i32, data: Vec<u8>) -> m::FunctionGetOutputsResponse {
    let mut answer = outputs(1, "", Some(&data));
    answer.outputs[0].data_format = data_format;
    answer
}

#[tokio::test]
async fn no_result_costs_more_memory_than_the_least_lambda_has() {
    let list = |item: &[u8], bytes: usize| {
        let count = bytes / item.len();
        let head = [&[0x9a], &u32::try_from(count).unwrap().to_be_bytes()[..]].concat();
        [head, item.repeat(count)].concat()
    };
    let invalid = "ModalResultError: the function's result is not valid CBOR";
    let too_deep = "ModalResultError: the function's result is nested too deeply";
    let too_dense = "ModalResultError: the function's result takes more than 21 MB of memory";
    let too_large = "BridgePayloadTooLarge: the function's result is larger than 16777216 bytes";
    let no_json = "ModalResultError: the function's result holds a value of CBOR tag";
    let huge = |major: u8| [&[major << 5 | 27], &[0x7f; 8][..]].concat();
    // The smallest of a class: `cos.system("id")`.
    let pickle = b"cos\nsystem\n(S'id'\ntR.".to_vec();
    let results = [
        (
            "a text of 5 MB",
            CBOR,
            [&[0x7a, 0, 80, 0, 0][..], &vec![b'x'; 80 << 16]].concat(),
            "answered",
        ),
        ("bytes of any length", CBOR, huge(2), invalid),
        ("a text of any length", CBOR, huge(3), invalid),
        ("a list of any length", CBOR, huge(4), invalid),
        ("a map of any length", CBOR, huge(5), invalid),
        ("numbers", CBOR, list(&[0], 15 << 20), too_dense),
        ("lists", CBOR, list(&[0x81, 0], 15 << 20), too_dense),
        ("maps", CBOR, list(&[0xa1, 0x60, 0], 15 << 20), too_dense),
        (
            "sets of lists",
            CBOR,
            list(&[0xd9, 1, 2, 0x81, 0], 15 << 20),
            "ModalResultError: the function's result holds a set",
        ),
        ("lists within lists", CBOR, vec![0x81; 10_000], too_deep),
        ("lists without an end", CBOR, vec![0x9f; 10_000], too_deep),
        ("tags of tags", CBOR, vec![0xd8; 15 << 20], no_json),
        ("a list that holds itself", CBOR, vec![0xd8, 28, 0x81, 0xd8, 29, 0], no_json),
        (
            "a long integer",
            CBOR,
            [&[0xc2, 0x5a, 0, 240, 0, 0][..], &vec![0xff; 240 << 16]].concat(),
            "ModalResultError: the function's result holds integers too long",
        ),
        ("17 MB", CBOR, vec![0; 17 << 20], too_large),
        ("60 MB", CBOR, vec![0; 60 << 20], too_large),
        ("a pickle", PICKLE, pickle, "ModalResultError: the function's result is a pickle"),
        (
            "a pickle that says it is CBOR",
            CBOR,
            b"\x80\x04cos\nsystem\n.".to_vec(),
            "ModalResultError",
        ),
        (
            "no format at all",
            99,
            vec![0],
            "ModalResultError: the function's result has an unknown format",
        ),
    ];
    let world = World::start().await;
    world.modal.always("FunctionGet", Ok(found(handle())));
    world.modal.always("FunctionMap", Ok(mapped()));
    let lambda = Lambda::start(with_memory(world.vars(Mode::Remote))).await;
    for (name, format, data, want) in results {
        world.modal.answer("FunctionGetOutputs", sent(format, data));
        let outcome = lambda.invoke("{}").await;
        assert!(said(&outcome).starts_with(want), "{name}: {}", said(&outcome));
        world.modal.answer("FunctionGetOutputs", outputs(1, "", Some(OK)));
        assert_eq!(said(&lambda.invoke("{}").await), "answered", "after {name}");
        let peak = lambda.peak();
        assert!(peak < MOST_KIB, "{name}: {peak} KiB");
    }
}

#[tokio::test]
async fn a_blob_without_an_end_is_read_no_further_than_a_result_may_go() {
    let (world, store) = (World::start().await, BlobStore::start().await);
    world.modal.always("FunctionGet", Ok(found(handle())));
    store.put("out", vec![0; 60 << 20]);
    let lambda = Lambda::start(with_memory(world.vars(Mode::Remote))).await;
    world.modal.answer("FunctionMap", mapped());
    let mut answer = outputs(1, "", None);
    let id = m::generic_result::DataOneof::DataBlobId("bl-out".into());
    answer.outputs[0].result.as_mut().unwrap().data_oneof = Some(id);
    world.modal.answer("FunctionGetOutputs", answer);
    world.modal.answer("BlobGet", m::BlobGetResponse { download_url: store.url("out") });
    let outcome = lambda.invoke("{}").await;
    assert!(said(&outcome).starts_with("BridgePayloadTooLarge"), "{}", said(&outcome));
    assert!(lambda.peak() < MOST_KIB, "{} KiB", lambda.peak());
}

#[tokio::test]
async fn a_modal_that_takes_for_ever_ends_with_the_lambda_s_time_and_not_the_program() {
    let world = World::start().await;
    world.modal.always("FunctionGet", Ok(found(handle())));
    let mut vars = with_memory(world.vars(Mode::Remote));
    vars.insert("MODAL_BRIDGE_ON_TIMEOUT", "abandon".into());
    let lambda = Lambda::start(vars).await;
    let (seconds, late) =
        (Duration::from_secs(2), "BridgeDeadlineExceeded: the Lambda ran out of time");
    for slow in ["FunctionMap", "FunctionGetOutputs"] {
        if slow == "FunctionGetOutputs" {
            world.modal.answer("FunctionMap", mapped());
        }
        world.modal.hang(slow);
        let asked = std::time::Instant::now();
        let outcome = lambda.api.invoke("{}", seconds).await;
        assert!(said(&outcome).starts_with(late), "{slow}: {}", said(&outcome));
        assert!(asked.elapsed() < seconds, "{slow}: {:?}", asked.elapsed());
        world.returns(1, "", Some(OK));
        assert_eq!(said(&lambda.invoke("{}").await), "answered", "after {slow}");
    }
}

/// It answers, a byte at a time, and never with anything whole.
#[tokio::test]
async fn a_modal_whose_answers_never_end_keeps_nobody_longer_than_the_lambda_s_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                // The largest frame of settings, most of which never comes.
                let mut frame = vec![0, 0x3f, 0xfc, 4, 0, 0, 0, 0, 0];
                frame.extend([0; 0x3ffc]);
                for byte in frame {
                    let sent = stream.write_all(&[byte]).await;
                    until(tokio::time::Instant::now() + Duration::from_millis(20)).await;
                    if sent.is_err() {
                        break;
                    }
                }
            });
        }
    });
    let world = World::start().await;
    let mut vars = with_memory(world.vars(Mode::Remote));
    vars.insert("MODAL_SERVER_URL", url);
    let lambda = Lambda::start(vars).await;
    lambda.api.initialized().await;
    let seconds = Duration::from_secs(2);
    for _ in 0..2 {
        let asked = std::time::Instant::now();
        let outcome = lambda.api.invoke("{}", seconds).await;
        assert!(said(&outcome).starts_with("BridgeDeadlineExceeded"), "{}", said(&outcome));
        assert!(asked.elapsed() < seconds, "{:?}", asked.elapsed());
    }
    assert!(lambda.peak() < MOST_KIB, "{} KiB", lambda.peak());
}
