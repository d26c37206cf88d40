//! A proxy in front of the local AWS: for `http` by whole URLs, for `https` by CONNECT, and as a TLS
//! server of its own. It has an authority of its own, knows every host, and tells what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{fs, thread};

use acceptance::World;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The proxy. It serves until the process ends.
pub(super) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

/// One request that came through.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) host: String,
    pub(super) by: By,
    /// The region that it is signed for; none without credentials.
    pub(super) region: Option<String>,
    /// `GetCallerIdentity`, or `secretsmanager.CreateSecret`, or a path.
    pub(super) action: String,
    /// The parameters, of the services that take a form.
    pub(super) form: BTreeMap<String, String>,
}

/// How a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    WholeUrl,
    Connect,
    ItsOwn,
}

struct Shared {
    upstream: String,
    authority: Issuer<'static, KeyPair>,
    certificate: String,
    seen: Mutex<Vec<Seen>>,
    how: How,
}

/// What it does to the answers.
#[derive(Debug, Clone, Copy, Default)]
struct How {
    throttles: bool,
    partition: Option<&'static str>,
}

impl Proxy {
    /// In front of this world's AWS.
    pub(super) fn of(world: &World) -> Self {
        Self::start(world, How::default())
    }

    /// It answers everything by itself, with AWS's words for "too many requests".
    pub(super) fn throttling(world: &World) -> Self {
        Self::start(world, How { throttles: true, ..How::default() })
    }

    /// Every ARN in its answers is of another partition.
    pub(super) fn in_partition(world: &World, partition: &'static str) -> Self {
        Self::start(world, How { partition: Some(partition), ..How::default() })
    }

    fn start(world: &World, how: How) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        let upstream = world.aws.endpoint().strip_prefix("http://").unwrap().to_owned();
        let shared = Arc::new(Shared {
            upstream,
            authority: Issuer::new(params, key),
            certificate,
            seen: Mutex::default(),
            how,
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                // A client that goes away in the middle is no fault of the test.
                thread::spawn(move || shared.serve(client));
            }
        });
        Self { port, shared }
    }

    /// For `http_proxy` and `https_proxy`.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// As an endpoint.
    pub(super) fn own_url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The authority's certificate, in a file.
    pub(super) fn ca_bundle(&self, folder: &Path) -> PathBuf {
        let file = folder.join("ca.pem");
        fs::write(&file, &self.shared.certificate).unwrap();
        file
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// Every host that was asked, once.
    pub(super) fn hosts(&self) -> Vec<String> {
        let mut hosts: Vec<_> = self.seen().into_iter().map(|seen| seen.host).collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }

    /// How often an action was asked for.
    pub(super) fn count(&self, action: &str) -> usize {
        self.seen().iter().filter(|seen| seen.action == action).count()
    }

    /// The only request for an action, or the first.
    pub(super) fn first(&self, action: &str) -> Seen {
        self.seen().into_iter().find(|seen| seen.action == action).unwrap()
    }
}

/// One request, as far as it concerns anybody here.
struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Shared {
    fn serve(&self, client: TcpStream) -> Option<()> {
        let mut first = [0];
        client.peek(&mut first).ok()?;
        // A TLS handshake begins with this byte.
        if first[0] == 0x16 {
            return self.answer(self.tls("localhost", client)?, By::ItsOwn);
        }
        let mut client = BufReader::new(client);
        let request = Request::read(&mut client)?;
        if request.method != "CONNECT" {
            let answer = self.ask(&request, By::WholeUrl)?;
            return client.get_mut().write_all(&answer).ok();
        }
        let mut client = client.into_inner();
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
        let host = request.target.rsplit_once(':')?.0.to_owned();
        self.answer(self.tls(&host, client)?, By::Connect)
    }

    fn answer(&self, client: impl Read + Write, by: By) -> Option<()> {
        let mut client = BufReader::new(client);
        let request = Request::read(&mut client)?;
        let answer = self.ask(&request, by)?;
        client.get_mut().write_all(&answer).ok()?;
        client.get_mut().flush().ok()
    }

    fn tls(
        &self,
        host: &str,
        client: TcpStream,
    ) -> Option<StreamOwned<ServerConnection, TcpStream>> {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.authority).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let connection = ServerConnection::new(Arc::new(config)).ok()?;
        Some(StreamOwned::new(connection, client))
    }

    /// Passes a request on, or answers it.
    fn ask(&self, request: &Request, by: By) -> Option<Vec<u8>> {
        self.seen.lock().unwrap().push(request.seen(by));
        if self.how.throttles {
            let body = "<ErrorResponse><Error><Code>Throttling</Code>\
                        <Message>Rate exceeded</Message></Error></ErrorResponse>";
            let length = body.len();
            let head = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/xml\r\nconnection: close";
            return Some(format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes());
        }
        let path = request.path();
        let body = self.translated(&request.body, false);
        let mut text = format!("{} {path} HTTP/1.1\r\n", request.method);
        for (name, value) in &request.headers {
            if !["connection", "content-length", "proxy-connection"].contains(&name.as_str()) {
                text += &format!("{name}: {value}\r\n");
            }
        }
        text += &format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len());
        let mut upstream = TcpStream::connect(&self.upstream).ok()?;
        upstream.write_all(text.as_bytes()).ok()?;
        upstream.write_all(&body).ok()?;
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).ok()?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let body = self.translated(&answer[end..], true);
        let head = String::from_utf8_lossy(&answer[..end - 4]);
        let lines = head.lines().filter(|line| {
            let line = line.to_ascii_lowercase();
            !line.starts_with("content-length") && !line.starts_with("connection")
        });
        let head: Vec<_> = lines.collect();
        let head = format!(
            "{}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            head.join("\r\n"),
            body.len()
        );
        Some([head.into_bytes(), body].concat())
    }

    /// The local AWS has one partition.
    fn translated(&self, text: &[u8], outward: bool) -> Vec<u8> {
        let (Some(partition), Ok(text)) = (self.how.partition, str::from_utf8(text)) else {
            return text.to_vec();
        };
        let mut text = text.to_owned();
        for colon in [":", "%3A"] {
            let here = format!("arn{colon}aws{colon}");
            let there = format!("arn{colon}{partition}{colon}");
            let (from, to) = if outward { (here, there) } else { (there, here) };
            text = text.replace(&from, &to);
        }
        text.into_bytes()
    }
}

impl Request {
    fn read(client: &mut impl BufRead) -> Option<Self> {
        let mut line = String::new();
        client.read_line(&mut line).ok()?;
        let mut words = line.split_whitespace();
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            client.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.map_or(0, |(_, value)| value.parse().unwrap());
        let mut body = vec![0; length];
        client.read_exact(&mut body).ok()?;
        Some(Self { method, target, headers, body })
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    fn path(&self) -> &str {
        match self.target.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
            None => &self.target,
        }
    }

    fn seen(&self, by: By) -> Seen {
        let scope = self.header("authorization").unwrap_or_default();
        let region = scope.split("Credential=").nth(1).and_then(|scope| scope.split('/').nth(2));
        let body = String::from_utf8_lossy(&self.body);
        let form: BTreeMap<_, _> = match self.header("x-amz-target") {
            None if body.starts_with("Action=") => body
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (decoded(name), decoded(value)))
                .collect(),
            _ => BTreeMap::new(),
        };
        let action = match (self.header("x-amz-target"), form.get("Action")) {
            (Some(target), _) => target.to_owned(),
            (None, Some(action)) => action.clone(),
            (None, None) => self.path().to_owned(),
        };
        let host = self.header("host").unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host).to_owned();
        Seen { host, by, region: region.map(str::to_owned), action, form }
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}
