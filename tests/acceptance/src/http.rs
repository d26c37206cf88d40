//! Just enough HTTP for the knobs of the local servers: one request, one connection, loopback.

use std::io::{self, BufRead, BufReader, Write as _};
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
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let exchange = || {
        let mut stream = TcpStream::connect(authority)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.write_all(request.as_bytes())?;
        read_answer(&mut BufReader::new(stream))
    };
    let (status, body) = exchange().map_err(HarnessError::io(attempt.clone()))?;

    let bad = || HarnessError::BadAnswer {
        program: "a local server",
        answer: format!("{attempt}: {status} {body}"),
    };
    if !status.starts_with('2') {
        return Err(bad());
    }
    if body.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&body).map_err(|_| bad())
}

/// Status and body. Both servers say how long a body is, and may leave the connection open.
fn read_answer(stream: &mut impl BufRead) -> io::Result<(String, String)> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_to_its_length_and_not_beyond() {
        let mut answer = &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]more"[..];
        assert_eq!(read_answer(&mut answer).unwrap(), ("200".to_owned(), "[]".to_owned()));
        assert_eq!(answer, b"more");
    }
}
