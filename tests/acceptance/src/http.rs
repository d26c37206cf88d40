//! Just enough HTTP for the local servers: one request, one connection, loopback.

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
    let body = body.map(Value::to_string).unwrap_or_default();
    let headers = [("Content-Type", "application/json")];
    let Answer { status, body, .. } = send(method, base_url, path, &headers, &body)?;
    let attempt = format!("{method} {base_url}{path}");

    let bad = || HarnessError::BadAnswer {
        program: "a local server",
        answer: format!("{attempt}: {status} {body}"),
    };
    if !(200..300).contains(&status) {
        return Err(bad());
    }
    if body.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&body).map_err(|_| bad())
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Name, in lower case, and value of each header.
    pub headers: Vec<(String, String)>,
    /// The text.
    pub body: String,
}

impl Answer {
    /// The first header of this name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// Asks as any client does. A `Host` among the headers is what the local AWS tells its sites by.
pub fn send(
    method: &str,
    base_url: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer, HarnessError> {
    let authority = base_url.trim_start_matches("http://").trim_end_matches('/');
    let mut request = format!("{method} {path} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        request += &format!("Host: {authority}\r\n");
    }
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let exchange = || {
        let mut stream = TcpStream::connect(authority)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.write_all(request.as_bytes())?;
        read_answer(&mut BufReader::new(stream))
    };
    exchange().map_err(HarnessError::io(format!("{method} {base_url}{path}")))
}

/// Both servers say how long a body is, and may leave the connection open.
fn read_answer(stream: &mut impl BufRead) -> io::Result<Answer> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).unwrap_or_default().parse().map_err(io::Error::other)?;
    let mut headers = Vec::new();
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        let (name, value) = (name.to_ascii_lowercase(), value.trim().to_owned());
        if name == "content-length" {
            length = value.parse().map_err(io::Error::other)?;
        }
        headers.push((name, value));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_to_its_length_and_not_beyond() {
        let mut answer = &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]more"[..];
        let read = read_answer(&mut answer).unwrap();
        assert_eq!((read.status, read.body.as_str()), (200, "[]"));
        assert_eq!(read.header("content-length"), Some("2"));
        assert_eq!(answer, b"more");
    }
}
