//! Just enough HTTP for the knobs of the local servers: one request, one connection, loopback.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::error::HarnessError;

/// Asks, and reads the JSON of the answer; `Null` for an empty one.
pub(crate) fn request(
    method: &str,
    base_url: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, HarnessError> {
    let authority = base_url.trim_start_matches("http://").trim_end_matches('/');
    let attempt = format!("{method} {base_url}{path}");
    let body = body.map(Value::to_string).unwrap_or_default();
    // HTTP/1.0: the answer ends where the connection does, and comes in no chunks.
    let request = format!(
        "{method} {path} HTTP/1.0\r\nHost: {authority}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let exchange = || {
        let mut stream = TcpStream::connect(authority)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = exchange().map_err(HarnessError::io(attempt.clone()))?;

    let bad = |answer: &str| HarnessError::BadAnswer {
        program: "a local server",
        answer: format!("{attempt}: {answer}"),
    };
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| bad(&answer))?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if !status.starts_with('2') {
        return Err(bad(&answer));
    }
    if body.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(body).map_err(|_| bad(&answer))
}
