//! Modal's blob store: for arguments and results too large for a message.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use ::http::header::{CONTENT_TYPE, ETAG};
use ::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use md5::Md5;
use modal_proto::blob_create_response::{UploadTypeOneof, UploadTypesOneof};
use modal_proto::{
    BlobCreateRequest, BlobCreateResponse, BlobGetRequest, BlobGetResponse, MultiPartUpload,
};
use sha2::{Digest, Sha256};
use tokio::time::{Instant, timeout_at};

use crate::http::{Answer, Http, HttpError};
use crate::retry::wait;
use crate::rpc::{Call, Plane};
use crate::{Config, ModalError};

/// As in Modal's Python client 1.6.4 (`modal/_utils/blob_utils.py`).
const UPLOAD_TRIES: u32 = 3;
const DOWNLOAD_TRIES: u32 = 5;
/// Longer than the largest input or result takes on a slow line.
const TRY_FOR: Duration = Duration::from_secs(60);
/// The store says 503 for "slow down".
const SLOW_DOWN: Duration = Duration::from_secs(1);
/// Answers of the store are short, but for a blob itself.
const MAX_ANSWER: usize = 64 * 1024;

const UPLOAD: &str = "upload";
const DOWNLOAD: &str = "download";

/// Uploads and downloads; always arranged with the control plane.
#[derive(Clone)]
pub(crate) struct Blobs {
    http: Http,
    control_plane: Arc<Plane>,
    config: Arc<Config>,
}

impl std::fmt::Debug for Blobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blobs").finish_non_exhaustive()
    }
}

/// One place that a blob can go to.
#[derive(Debug, PartialEq)]
enum Upload {
    Single(String),
    Parts(MultiPartUpload),
}

impl Blobs {
    pub(crate) fn new(http: Http, control_plane: Arc<Plane>, config: Arc<Config>) -> Self {
        Self { http, control_plane, config }
    }

    /// Stores `content`, and returns the blob's id.
    pub(crate) async fn put(
        &self,
        content: &Bytes,
        deadline: Instant,
    ) -> Result<String, ModalError> {
        let md5 = BASE64_STANDARD.encode(Md5::digest(content));
        let request = BlobCreateRequest {
            content_md5: md5.clone(),
            content_sha256_base64: BASE64_STANDARD.encode(Sha256::digest(content)),
            content_length: i64::try_from(content.len()).unwrap_or(i64::MAX),
        };
        // A place that nothing is put into is no harm.
        let call = Call::question("BlobCreate", deadline);
        let answer = self.control_plane.call(call, &request).await?;

        let mut error =
            ModalError::Incomplete { rpc: "BlobCreate", missing: "a place to upload to" };
        for (id, upload) in alternatives(answer) {
            let sent = match &upload {
                Upload::Single(url) => self.put_single(url, content, &md5, deadline).await,
                Upload::Parts(parts) => self.put_parts(parts, content, deadline).await,
            };
            match sent {
                Ok(()) => return Ok(id),
                Err(last @ ModalError::DeadlineExceeded { .. }) => return Err(last),
                Err(last) => error = last,
            }
        }
        Err(error)
    }

    /// Reads a blob of at most the configured size.
    pub(crate) async fn get(&self, id: &str, deadline: Instant) -> Result<Bytes, ModalError> {
        let request = BlobGetRequest { blob_id: id.to_owned() };
        let call = Call::question("BlobGet", deadline);
        let answer: BlobGetResponse = self.control_plane.call(call, &request).await?;

        let request = HttpCall {
            what: DOWNLOAD,
            method: Method::GET,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            tries: DOWNLOAD_TRIES,
            limit: self.config.max_result_bytes,
        };
        Ok(self.http(&answer.download_url, request, deadline).await?.body)
    }

    async fn put_single(
        &self,
        url: &str,
        content: &Bytes,
        md5: &str,
        deadline: Instant,
    ) -> Result<(), ModalError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        if let Ok(md5) = HeaderValue::from_str(md5) {
            headers.insert(HeaderName::from_static("content-md5"), md5);
        }
        let request = HttpCall { headers, body: content.clone(), ..HttpCall::put() };
        self.http(url, request, deadline).await.map(drop)
    }

    /// Parts go one after the other, without a content type: their URLs are signed so. Then the
    /// store is told to join them.
    async fn put_parts(
        &self,
        upload: &MultiPartUpload,
        content: &Bytes,
        deadline: Instant,
    ) -> Result<(), ModalError> {
        let refused = |reason: &str| ModalError::Blob { what: UPLOAD, reason: reason.to_owned() };
        let length = usize::try_from(upload.part_length).unwrap_or_default();
        if length == 0 || content.len().div_ceil(length) != upload.upload_urls.len() {
            return Err(refused("the parts offered do not fit the content"));
        }

        let mut body = String::from("<CompleteMultipartUpload>");
        let mut digests = Md5::new();
        for (index, url) in upload.upload_urls.iter().enumerate() {
            let start = index * length;
            let part = content.slice(start..content.len().min(start + length));
            digests.update(Md5::digest(&part));
            let request = HttpCall { body: part, ..HttpCall::put() };
            let answer = self.http(url, request, deadline).await?;
            let etag = answer.headers.get(ETAG).and_then(|etag| etag.to_str().ok());
            let etag = etag.ok_or_else(|| refused("a part was taken without an ETag"))?;
            let etag = etag.trim_matches('"');
            let number = index + 1;
            let _infallible = write!(
                body,
                "<Part><PartNumber>{number}</PartNumber><ETag>\"{etag}\"</ETag></Part>"
            );
        }
        body.push_str("</CompleteMultipartUpload>");

        let request = HttpCall { method: Method::POST, body: body.into(), ..HttpCall::put() };
        let answer = self.http(&upload.completion_url, request, deadline).await?;
        let whole = format!("{}-{}", hex(&digests.finalize()), upload.upload_urls.len());
        if String::from_utf8_lossy(&answer.body).contains(&whole) {
            Ok(())
        } else {
            Err(refused("the joined parts do not have the expected checksum"))
        }
    }

    async fn http(
        &self,
        url: &str,
        call: HttpCall,
        deadline: Instant,
    ) -> Result<Answer, ModalError> {
        let HttpCall { what, method, headers, body, tries, limit } = call;
        let mut delay = self.config.retries.first_delay;
        let mut tried = 0;
        loop {
            tried += 1;
            // A kept connection may have died unnoticed: leave time for another try.
            let left = deadline.saturating_duration_since(Instant::now());
            let first = Instant::now() + TRY_FOR.min(left / 2);
            let give_up = if tried < tries { first } else { deadline };
            let sent = self.http.send(method.clone(), url, headers.clone(), body.clone(), limit);
            let (reason, pause) = match timeout_at(give_up, sent).await {
                Err(_) if give_up >= deadline => {
                    return Err(ModalError::DeadlineExceeded { rpc: what });
                }
                Err(_) => ("the store is silent".to_owned(), delay),
                Ok(Err(HttpError::TooLarge)) => return Err(ModalError::ResultTooLarge { limit }),
                Ok(Err(HttpError::Failed(reason))) => (reason, delay),
                Ok(Ok(answer)) if answer.status.is_success() => return Ok(answer),
                Ok(Ok(answer)) => {
                    let slow_down = answer.status == StatusCode::SERVICE_UNAVAILABLE;
                    let pause = if slow_down { SLOW_DOWN.max(delay) } else { delay };
                    (format!("the store answered {}", answer.status), pause)
                }
            };
            if tried >= tries || pause >= deadline.saturating_duration_since(Instant::now()) {
                return Err(ModalError::Blob { what, reason });
            }
            wait(pause).await;
            delay = delay.saturating_mul(2);
        }
    }
}

/// A request to the store, and how hard to try.
struct HttpCall {
    what: &'static str,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
    tries: u32,
    limit: usize,
}

impl HttpCall {
    fn put() -> Self {
        Self {
            what: UPLOAD,
            method: Method::PUT,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            tries: UPLOAD_TRIES,
            limit: MAX_ANSWER,
        }
    }
}

/// Where a blob may go, best first, with the id it then has. The answer has two generations of
/// fields, and which one a server fills is its choice: the lists come first.
fn alternatives(answer: BlobCreateResponse) -> Vec<(String, Upload)> {
    let listed: Vec<Upload> = match answer.upload_types_oneof {
        Some(UploadTypesOneof::UploadUrls(urls)) => {
            urls.items.into_iter().map(Upload::Single).collect()
        }
        Some(UploadTypesOneof::Multiparts(parts)) => {
            parts.items.into_iter().map(Upload::Parts).collect()
        }
        None => Vec::new(),
    };
    let single = answer.upload_type_oneof.map(|upload| match upload {
        UploadTypeOneof::UploadUrl(url) => Upload::Single(url),
        UploadTypeOneof::Multipart(parts) => Upload::Parts(parts),
    });
    let mut all: Vec<_> = answer.blob_ids.into_iter().zip(listed).collect();
    if let Some(single) = single
        && !answer.blob_id.is_empty()
        && !all.iter().any(|(_, upload)| *upload == single)
    {
        all.push((answer.blob_id, single));
    }
    all
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
