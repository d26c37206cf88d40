//! The floor: a bootstrap that answers every event with the same words and does nothing else. Compiled
//! by rustc alone, into a static program, for the benchmark.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;

fn main() -> io::Result<()> {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap_or_default();
    let stream = TcpStream::connect(&api)?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let mut requests = stream;
    let mut headers = String::new();
    let mut body = Vec::new();
    loop {
        let next = "/2018-06-01/runtime/invocation/next";
        requests.write_all(format!("GET {next} HTTP/1.1\r\nhost: {api}\r\n\r\n").as_bytes())?;
        read(&mut answers, &mut headers, &mut body)?;
        let id = value(&headers, "lambda-runtime-aws-request-id").unwrap_or_default();
        let path = format!("/2018-06-01/runtime/invocation/{id}/response");
        let answer = r#"{"status":"Success"}"#;
        let length = answer.len();
        let head = format!("POST {path} HTTP/1.1\r\nhost: {api}\r\ncontent-length: {length}\r\n\r\n");
        requests.write_all(format!("{head}{answer}").as_bytes())?;
        read(&mut answers, &mut headers, &mut body)?;
    }
}

fn read(from: &mut impl BufRead, headers: &mut String, body: &mut Vec<u8>) -> io::Result<()> {
    headers.clear();
    while !headers.ends_with("\r\n\r\n") {
        if from.read_line(headers)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let length = value(headers, "content-length").and_then(|length| length.parse().ok());
    body.resize(length.unwrap_or(0), 0);
    io::Read::read_exact(from, body)
}

fn value<'a>(headers: &'a str, name: &str) -> Option<&'a str> {
    headers.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}
