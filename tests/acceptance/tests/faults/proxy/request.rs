//! One request on its way to AWS, and which operation it asks for.

use std::io::{self, BufRead, Read, Write as _};
use std::net::TcpStream;

/// A request, read to its end.
pub(crate) struct Request {
    method: String,
    /// With the query.
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// The next one of a connection; `None` when the client hangs up.
    pub(super) fn read(client: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if client.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace();
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
        let (method, target) = (method.to_owned(), target.to_owned());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            client.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or_default();
        let mut body = vec![0; length];
        client.read_exact(&mut body)?;
        Ok(Some(Self { method, target, headers, body }))
    }

    /// Asks the server at `address`, and reads its whole answer.
    pub(super) fn forward(&self, address: &str) -> io::Result<Vec<u8>> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            if !["connection", "content-length"].contains(&name.as_str()) {
                text += &format!("{name}: {value}\r\n");
            }
        }
        text += &format!("content-length: {}\r\nconnection: close\r\n\r\n", self.body.len());
        let mut upstream = TcpStream::connect(address)?;
        upstream.write_all(text.as_bytes())?;
        upstream.write_all(&self.body)?;
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer)?;
        Ok(answer)
    }

    /// What makes two reads the same.
    pub(super) fn question(&self) -> Vec<u8> {
        [self.method.as_bytes(), b" ", self.target.as_bytes(), b" ", &self.body].concat()
    }

    /// The first of these words that stands in it.
    pub(super) fn first_of(&self, words: &'static [&'static str]) -> Option<&'static str> {
        let body = str::from_utf8(&self.body).unwrap_or_default();
        words.iter().copied().find(|word| self.target.contains(word) || body.contains(word))
    }

    /// Whose credentials it is signed with. In the local AWS that is the account.
    pub(super) fn access_key(&self) -> Option<&str> {
        self.scope().next()
    }

    /// The service that it is signed for.
    pub(super) fn service(&self) -> &str {
        self.scope().nth(3).unwrap_or_default()
    }

    /// Key, date, region, service.
    fn scope(&self) -> impl Iterator<Item = &str> {
        let signed = self.header("authorization").unwrap_or_default();
        signed.split("Credential=").nth(1).unwrap_or_default().split(['/', ','])
    }

    /// What is asked for, as an IAM policy names it: `iam:CreateRole`.
    pub(super) fn action(&self) -> String {
        let service = self.service();
        let name = match service {
            "lambda" => lambda(&self.method, self.path()),
            "scheduler" => scheduler(&self.method, self.path()),
            "s3" => s3(&self.method, &self.target),
            // IAM names the method, and not the operation.
            "apigateway" => Some(self.method.clone()),
            _ => self.target_header().or_else(|| self.form_action()),
        };
        let name = name.unwrap_or_else(|| format!("{} {}", self.method, self.target));
        format!("{service}:{name}")
    }

    /// Whether it asks only.
    pub(super) fn is_read(&self) -> bool {
        let action = self.action();
        let name = action.split_once(':').map_or("", |(_, name)| name);
        name == "GET"
            || ["Get", "List", "Describe", "Head"].iter().any(|verb| name.starts_with(verb))
    }

    fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    /// `secretsmanager.CreateSecret`.
    fn target_header(&self) -> Option<String> {
        self.header("x-amz-target")?.rsplit('.').next().map(str::to_owned)
    }

    fn form_action(&self) -> Option<String> {
        let body = str::from_utf8(&self.body).ok()?;
        body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned)
    }
}

/// The operations of the Lambda API that the provider asks for, by method and path.
fn lambda(method: &str, path: &str) -> Option<String> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let name = match (method, &parts[1..]) {
        ("POST", ["functions"]) => "CreateFunction",
        ("GET", ["functions"]) => "ListFunctions",
        ("GET", ["functions", _]) => "GetFunction",
        ("DELETE", ["functions", _]) => "DeleteFunction",
        ("POST", ["functions", _, "invocations"]) => "InvokeFunction",
        ("POST", ["functions", _, "policy"]) => "AddPermission",
        ("DELETE", ["functions", _, "policy", _]) => "RemovePermission",
        ("PUT", ["functions", _, "code"]) => "UpdateFunctionCode",
        ("POST", ["functions", _, "versions"]) => "PublishVersion",
        ("GET", ["functions", _, "versions"]) => "ListVersionsByFunction",
        ("POST", ["functions", _, "url"]) => "CreateFunctionUrlConfig",
        ("POST", ["event-source-mappings"]) => "CreateEventSourceMapping",
        ("GET", ["event-source-mappings"]) => "ListEventSourceMappings",
        (_, ["event-source-mappings", _]) => {
            return Some(verb(method, "Update")? + "EventSourceMapping");
        }
        ("GET", ["tags", _]) => "ListTags",
        ("POST", ["tags", _]) => "TagResource",
        ("DELETE", ["tags", _]) => "UntagResource",
        (_, ["functions", _, part]) => {
            let (put, noun) = match *part {
                "configuration" => ("Update", "FunctionConfiguration"),
                "concurrency" => ("Put", "FunctionConcurrency"),
                "url" => ("Update", "FunctionUrlConfig"),
                "event-invoke-config" => ("Put", "FunctionEventInvokeConfig"),
                "code-signing-config" => ("Put", "FunctionCodeSigningConfig"),
                "policy" => ("Put", "Policy"),
                _ => return None,
            };
            return Some(verb(method, put)? + noun);
        }
        _ => return None,
    };
    Some(name.to_owned())
}

fn scheduler(method: &str, path: &str) -> Option<String> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (method, &parts[..]) {
        ("GET", ["schedules"]) => Some("ListSchedules".to_owned()),
        ("POST", ["schedules", _]) => Some("CreateSchedule".to_owned()),
        (_, ["schedules", _]) => Some(verb(method, "Update")? + "Schedule"),
        _ => None,
    }
}

/// IAM's name is shorter than the operation's.
fn s3(method: &str, target: &str) -> Option<String> {
    let is_notification =
        target.split('?').nth(1).is_some_and(|query| query.contains("notification"));
    Some(verb(method, "Put")? + if is_notification { "BucketNotification" } else { "Bucket" })
}

fn verb(method: &str, put: &str) -> Option<String> {
    let verb = match method {
        "GET" => "Get",
        "HEAD" => "Head",
        "PUT" => put,
        "DELETE" => "Delete",
        _ => return None,
    };
    Some(verb.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str, service: &str, body: &str) -> Request {
        let text = format!(
            "{head}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=111122223333/20260101/us-east-1/\
             {service}/aws4_request, SignedHeaders=host\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Request::read(&mut text.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn every_protocol_names_its_operation() {
        for (head, service, body, action) in [
            ("POST / HTTP/1.1", "iam", "Action=CreateRole&RoleName=a", "iam:CreateRole"),
            (
                "POST / HTTP/1.1\r\nX-Amz-Target: secretsmanager.CreateSecret",
                "secretsmanager",
                "{}",
                "secretsmanager:CreateSecret",
            ),
            ("POST /2015-03-31/functions HTTP/1.1", "lambda", "{}", "lambda:CreateFunction"),
            (
                "PUT /2015-03-31/functions/a/configuration HTTP/1.1",
                "lambda",
                "{}",
                "lambda:UpdateFunctionConfiguration",
            ),
            (
                "DELETE /2015-03-31/functions/a/policy/b?Qualifier=1 HTTP/1.1",
                "lambda",
                "",
                "lambda:RemovePermission",
            ),
            ("GET /uploads?notification HTTP/1.1", "s3", "", "s3:GetBucketNotification"),
            (
                "DELETE /schedules/a?groupName=b HTTP/1.1",
                "scheduler",
                "",
                "scheduler:DeleteSchedule",
            ),
            ("PATCH /v2/apis/a HTTP/1.1", "apigateway", "{}", "apigateway:PATCH"),
        ] {
            let request = read(head, service, body);
            assert_eq!(request.action(), action);
            assert_eq!(request.access_key(), Some("111122223333"));
        }
    }
}
