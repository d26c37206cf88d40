//! Arguments and results too large for a message.

use http::{Method, StatusCode};
use loopback::BlobStore;
use m::blob_create_response::{UploadTypeOneof, UploadTypesOneof};

use super::*;

fn event(bytes: usize) -> [Value; 2] {
    [json!("x".repeat(bytes)), json!({})]
}

fn listed(urls: &[String]) -> m::BlobCreateResponse {
    m::BlobCreateResponse {
        blob_ids: (1..=urls.len()).map(|n| format!("bl-{n}")).collect(),
        upload_types_oneof: Some(UploadTypesOneof::UploadUrls(m::UploadUrlList {
            items: urls.to_vec(),
        })),
        ..Default::default()
    }
}

async fn spawned_blob_id(modal: &Modal, args: &[Value; 2]) -> Result<String, ModalError> {
    let client = client(modal);
    let function = function(modal, &client, handle()).await.unwrap();
    client.spawn(&function, args, soon()).await?;
    let [mut sent] = modal.requests::<m::FunctionMapRequest>("FunctionMap").try_into().unwrap();
    Ok(sent_blob_id(sent.pipelined_inputs.remove(0).input))
}

#[tokio::test]
async fn a_spawned_event_above_8_kib_goes_by_the_blob_store() {
    let (modal, store) = (Modal::start().await, BlobStore::start().await);
    modal.answer("BlobCreate", listed(&[store.url("a")]));
    modal.answer("FunctionMap", mapped());
    assert_eq!(spawned_blob_id(&modal, &event(8192)).await.unwrap(), "bl-1");

    let stored = store.get("a").unwrap();
    assert!(stored.starts_with(b"\x80\x02(X\0\x20\0\0xxx"));
    let [create] = &modal.requests::<m::BlobCreateRequest>("BlobCreate")[..] else { panic!() };
    assert_eq!(create.content_length, i64::try_from(stored.len()).unwrap());
    let [put] = &store.requests()[..] else { panic!() };
    assert_eq!(put.method(), Method::PUT);
    assert_eq!(put.headers()["content-type"], "application/octet-stream");
    assert_eq!(put.headers()["content-md5"], *create.content_md5);
    assert_eq!(put.headers()["content-length"], *stored.len().to_string());
    let tokens = put.headers().keys().filter(|name| name.as_str().starts_with("x-modal"));
    assert_eq!(tokens.count(), 0, "a presigned URL is the whole authorization");
}

#[tokio::test]
async fn the_limits_count_serialized_bytes_and_are_inclusive() {
    let modal = Modal::start().await;
    let client = client(&modal);
    // Around the text: protocol, marks, a head of five bytes, the empty dicts.
    let around = 2 + 1 + 5 + 3 + 1 + 1 + 1 + 1;
    let function_ = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped());
    client.spawn(&function_, &event(8192 - around), soon()).await.unwrap();
    let error = client.spawn(&function_, &event(8193 - around), soon()).await;
    assert!(error.is_err(), "one byte more asks for a blob, which nothing answers");
    assert_eq!(modal.rpcs(), ["FunctionGet", "FunctionMap", "BlobCreate"]);
    forget_unexpected(modal);
}

/// The test asked for something unscripted on purpose.
fn forget_unexpected(modal: Modal) {
    std::mem::forget(modal);
}

#[tokio::test]
async fn a_handle_may_have_other_limits() {
    let (modal, store) = (Modal::start().await, BlobStore::start().await);
    let client = client(&modal);
    let small = m::FunctionHandleMetadata { max_object_size_bytes: Some(16), ..handle() };
    let function = function(&modal, &client, small).await.unwrap();
    modal.answer("BlobCreate", listed(&[store.url("a")]));
    modal.answer("FunctionMap", mapped());
    client.remote(&function, &args(), soon()).await.unwrap();
    assert!(store.get("a").unwrap().starts_with(b"\x82\x82\xa1\x63key"));
}

#[tokio::test]
async fn uploads_are_tried_again_and_then_elsewhere() {
    let (modal, store) = (Modal::start().await, BlobStore::start().await);
    modal.answer("BlobCreate", listed(&[store.url("a"), store.url("b")]));
    modal.answer("FunctionMap", mapped());
    for _ in 0..4 {
        store.fail(StatusCode::INTERNAL_SERVER_ERROR);
    }
    assert_eq!(spawned_blob_id(&modal, &event(9000)).await.unwrap(), "bl-2");
    let paths: Vec<_> = store.requests().iter().map(|r| r.uri().path().to_owned()).collect();
    assert_eq!(paths, ["/a", "/a", "/a", "/b", "/b"]);
}

#[tokio::test]
async fn an_upload_that_fails_everywhere_is_an_error_without_the_url() {
    let (modal, store) = (Modal::start().await, BlobStore::start().await);
    modal.answer("BlobCreate", listed(&[store.url("a")]));
    for _ in 0..3 {
        store.fail(StatusCode::FORBIDDEN);
    }
    let error = spawned_blob_id(&modal, &event(9000)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Modal's blob store: upload failed: the store answered 403 Forbidden"
    );
}

#[tokio::test]
async fn the_older_fields_of_the_answer_do_as_well() {
    let (modal, store) = (Modal::start().await, BlobStore::start().await);
    modal.answer(
        "BlobCreate",
        m::BlobCreateResponse {
            blob_id: "bl-old".into(),
            upload_type_oneof: Some(UploadTypeOneof::UploadUrl(store.url("a"))),
            ..Default::default()
        },
    );
    modal.answer("FunctionMap", mapped());
    assert_eq!(spawned_blob_id(&modal, &event(9000)).await.unwrap(), "bl-old");
}

#[tokio::test]
async fn a_blob_in_parts_is_joined() {
    let (modal, store) = (Modal::start().await, BlobStore::start().await);
    let parts = m::MultiPartUpload {
        part_length: 5000,
        upload_urls: vec![store.url("part-1"), store.url("part-2")],
        completion_url: store.url("whole"),
    };
    modal.answer(
        "BlobCreate",
        m::BlobCreateResponse {
            blob_ids: vec!["bl-1".into()],
            upload_types_oneof: Some(UploadTypesOneof::Multiparts(m::MultiPartUploadList {
                items: vec![parts],
            })),
            ..Default::default()
        },
    );
    modal.answer("FunctionMap", mapped());
    assert_eq!(spawned_blob_id(&modal, &event(9000)).await.unwrap(), "bl-1");
    assert_eq!(store.get("part-1").unwrap().len(), 5000);
    let put = &store.requests()[1];
    assert_eq!(put.headers().get("content-type"), None, "the URLs of parts are signed without one");
    assert_eq!(store.requests()[2].method(), Method::POST);
}

fn blob_result() -> m::FunctionGetOutputsItem {
    let mut output = result(SUCCESS, "", None);
    let id = m::generic_result::DataOneof::DataBlobId("bl-out".into());
    output.result.as_mut().unwrap().data_oneof = Some(id);
    output
}

#[tokio::test]
async fn a_large_result_is_downloaded_after_a_failure_too() {
    let (modal, store) = (Modal::start().await, BlobStore::start().await);
    store.put("out", [b"\x7a\x00\x30\x00\x00".as_slice(), &vec![b'y'; 3 << 20]].concat());
    let client = client(&modal);
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped());
    modal.answer("FunctionGetOutputs", outputs(blob_result()));
    modal.answer("BlobGet", m::BlobGetResponse { download_url: store.url("out") });
    store.fail(StatusCode::INTERNAL_SERVER_ERROR);

    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    let value = call.result(soon()).await.unwrap();
    assert_eq!(value.as_str().unwrap().len(), 3 << 20);
    assert_eq!(modal.requests::<m::BlobGetRequest>("BlobGet")[0].blob_id, "bl-out");
}

#[tokio::test]
async fn a_result_beyond_the_limit_is_not_read() {
    let (modal, store) = (Modal::start().await, BlobStore::start().await);
    store.put("out", vec![0; 2000]);
    let mut config = config(&modal);
    config.max_result_bytes = 1999;
    let client = Client::new(config, Credentials::new("ak-1", "as-1")).unwrap();
    let function = function(&modal, &client, handle()).await.unwrap();
    modal.answer("FunctionMap", mapped());
    modal.answer("FunctionGetOutputs", outputs(blob_result()));
    modal.answer("BlobGet", m::BlobGetResponse { download_url: store.url("out") });

    let mut call = client.remote(&function, &args(), soon()).await.unwrap();
    let error = call.result(soon()).await.unwrap_err();
    assert_eq!(error, ModalError::ResultTooLarge { limit: 1999 });
}
