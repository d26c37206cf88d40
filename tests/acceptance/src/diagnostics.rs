//! What Terraform says of a run, taken out of the lines that it prints.

use serde_json::Value;

/// What Terraform says in every run with a provider that is not installed.
const OVERRIDDEN: &str = "Provider development overrides are in effect";

/// Summary and detail of the diagnostics in what `-json` prints: a line of JSON for each event.
pub(crate) fn diagnostics(output: &str, severity: &str) -> Vec<String> {
    output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|mut event| event["diagnostic"].take())
        .filter(|diagnostic| diagnostic["severity"] == severity)
        // The harness's own doing.
        .filter(|diagnostic| diagnostic["summary"] != OVERRIDDEN)
        .map(|diagnostic| {
            let part = |name: &str| diagnostic[name].as_str().unwrap_or_default().to_owned();
            format!("{}\n\n{}", part("summary"), part("detail")).trim_end().to_owned()
        })
        .collect()
}

/// The `import` block that an error prints, with the practitioner's name for the resource in it.
pub fn import_block(error: &str, address: &str) -> Option<String> {
    let (_, block) = error.split_once("import {")?;
    let (block, _) = block.split_once("\n}")?;
    let (resource, _) = address.split_once('.')?;
    Some(format!("import {{{block}\n}}").replace(&format!("{resource}.<name>"), address))
}
