//! That the arguments of `hashicorp/aws` in our examples are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use acceptance::Workspace;
use serde_json::{Value, json};

/// The part of that schema that matters here.
const SCHEMA: &str = "tests/acceptance/fixtures/hashicorp-aws-5.100.0-schema.json";

#[test]
fn every_argument_of_another_provider_is_one_of_its_own() {
    let schema = Schema::read();
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for file in hcl_in(&Workspace::here().file("examples")) {
        let text = fs::read_to_string(&file).unwrap();
        let of_file = schema.faults(&text);
        faults.extend(of_file.into_iter().map(|fault| format!("{}: {fault}", file.display())));
        seen.extend(resources(&text).into_iter().map(|(resource, _)| resource));
    }
    assert_eq!(faults, [] as [String; 0]);
    assert!(seen.contains("aws_lambda_event_source_mapping"), "{seen:?}");
}

/// The `.tf` files of a folder and of those in it.
fn hcl_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(hcl_in(&path));
        } else if path.extension().is_some_and(|extension| extension == "tf") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The resources of `hashicorp/aws` in formatted HCL, each with the ways to its arguments.
fn resources(text: &str) -> Vec<(String, Vec<Vec<String>>)> {
    let mut found: Vec<(String, Vec<Vec<String>>)> = Vec::new();
    // The blocks that are open; values over several lines are `None`.
    let mut open: Vec<Option<String>> = Vec::new();
    for line in text.lines().map(str::trim) {
        let line = line.split(" # ").next().unwrap_or(line);
        if line.starts_with('#') {
            continue;
        }
        let name: String =
            line.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        let rest = line[name.len()..].trim_start();
        let is_block = !name.is_empty() && !rest.starts_with('=') && rest.ends_with('{');
        if open.is_empty() {
            let parts: Vec<_> = line.split('"').collect();
            let is_theirs =
                name == "resource" && parts.get(1).is_some_and(|t| t.starts_with("aws_"));
            if is_theirs {
                found.push((parts[1].to_owned(), Vec::new()));
            }
            if rest.ends_with('{') {
                open.push(is_theirs.then(|| parts[1].to_owned()));
            }
            continue;
        }
        let inside = open.iter().all(Option::is_some);
        if inside
            && (is_block || rest.starts_with('='))
            && let Some((_, paths)) = found.last_mut()
        {
            let path = open[1..].iter().flatten().cloned().chain([name.clone()]).collect();
            paths.push(path);
        }
        let opened = line.matches(['{', '[', '(']).count();
        let closed = line.matches(['}', ']', ')']).count();
        for _ in closed..opened {
            open.push((inside && is_block).then(|| name.clone()));
        }
        for _ in opened..closed {
            open.pop();
        }
    }
    found
}

/// What that provider's version 5.100.0 says of the resources that go with a bridge.
pub(crate) struct Schema(Value);

impl Schema {
    pub(crate) fn read() -> Self {
        let text = fs::read_to_string(Workspace::here().file(SCHEMA)).unwrap();
        Self(serde_json::from_str(&text).unwrap())
    }

    /// The resources and arguments in formatted HCL that the provider does not have.
    pub(crate) fn faults(&self, text: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for (resource, arguments) in resources(text) {
            if self.block(&resource).is_null() {
                faults.push(format!("{resource} is not in the schema"));
            }
            for path in arguments {
                if !is_in(self.block(&resource), &path) {
                    faults.push(format!("{resource} has no {}", path.join(".")));
                }
            }
        }
        faults
    }

    /// Whether a resource has an attribute.
    pub(crate) fn has(&self, resource: &str, attribute: &str) -> bool {
        !self.block(resource)["attributes"][attribute].is_null()
    }

    fn block(&self, resource: &str) -> &Value {
        &self.0["resource_schemas"][resource]["block"]
    }
}

/// Whether the schema of a block has this argument, or block of arguments.
fn is_in(block: &Value, path: &[String]) -> bool {
    const METAS: &[&str] = &["count", "depends_on", "for_each", "lifecycle", "provider"];
    let Some((name, rest)) = path.split_first() else { return true };
    if METAS.contains(&name.as_str()) {
        return true;
    }
    let nested = &block["block_types"][name]["block"];
    if rest.is_empty() {
        return !nested.is_null() || !block["attributes"][name].is_null();
    }
    !nested.is_null() && is_in(nested, rest)
}

#[test]
fn arguments_are_found_at_every_depth() {
    let text = r#"
resource "aws_s3_bucket_notification" "this" {
  bucket = local.bucket # a bucket

  lambda_function {
    events = [
      "a = b",
    ]
    filter_prefix = "in/"
  }
}

resource "modal_bridge_function" "this" {
  name = "x"
}
"#;
    let path = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
    let found = resources(text);
    assert_eq!(found.len(), 1);
    let (resource, arguments) = &found[0];
    assert_eq!(resource, "aws_s3_bucket_notification");
    let wanted = [
        path(&["bucket"]),
        path(&["lambda_function"]),
        path(&["lambda_function", "events"]),
        path(&["lambda_function", "filter_prefix"]),
    ];
    assert_eq!(arguments, &wanted);
    let schema = json!({
        "attributes": {"bucket": {}},
        "block_types": {"lambda_function": {"block": {"attributes": {"events": {}}}}},
    });
    assert_eq!(wanted.map(|path| is_in(&schema, &path)), [true, true, true, false]);
}
