//! What the SDK asks, in each of its three protocols.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use percent_encoding::percent_decode_str;

/// One call.
pub(super) struct Request {
    /// `x-amz-target`, of the services that speak JSON to one path: `secretsmanager.CreateSecret`.
    pub target: Option<String>,
    /// The region that it is signed for.
    pub region: String,
    /// The service that it is signed for.
    pub service: String,
    /// In the name of the host.
    pub bucket: Option<String>,
    pub method: String,
    /// Decoded, without the query.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub(super) fn read(request: &HttpRequest) -> Self {
        let uri = request.uri();
        let uri = uri.strip_prefix("https://").unwrap_or(uri);
        let (host, path) = uri.split_at(uri.find('/').unwrap_or(uri.len()));
        let path = if path.is_empty() { "/" } else { path };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        let scope = request.headers().get("authorization").unwrap_or_default();
        let scope = scope.split("Credential=").nth(1).unwrap_or_default();
        let scope = |part: usize| scope.split('/').nth(part).unwrap_or_default().to_owned();
        Self {
            target: request.headers().get("x-amz-target").map(str::to_owned),
            region: scope(2),
            service: scope(3),
            method: request.method().to_owned(),
            bucket: host.split_once(".s3.").map(|(bucket, _)| bucket.to_owned()),
            path: decoded(path),
            query: fields(query).collect(),
            body: body.into_owned(),
        }
    }

    /// The name of the operation, or a method and path of Lambda.
    pub(super) fn operation(&self) -> String {
        match &self.target {
            Some(target) => target.rsplit('.').next().unwrap_or(target).to_owned(),
            None if self.is_form() => self.form().remove("Action").unwrap_or_default(),
            None if self.service == "s3" => {
                let what = self.query.first().map_or("", |(name, _)| name.as_str());
                format!("{} bucket {what}", self.method)
            }
            None => format!("{} {}", self.method, self.path),
        }
    }

    /// Whether it is in the protocol of IAM and STS.
    pub(super) fn is_form(&self) -> bool {
        self.body.starts_with("Action=")
    }

    pub(super) fn form(&self) -> BTreeMap<String, String> {
        fields(&self.body).collect()
    }
}

fn fields(text: &str) -> impl Iterator<Item = (String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decoded(name), decoded(&value.replace('+', " "))))
}

pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
