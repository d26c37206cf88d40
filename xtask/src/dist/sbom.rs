//! What a release is made of: a software bill of materials in CycloneDX's JSON.
//!
//! <https://cyclonedx.org/docs/1.6/json/>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::Context;
use crate::error::Error;
use crate::metadata::{Metadata, Node, Package};

/// What is shipped: the provider, and the bridge in it.
const SHIPPED: [&str; 2] = ["terraform-provider-modal", "bridge-runtime"];

/// The document, the same for the same `Cargo.lock`.
pub(super) fn sbom(context: &Context, version: &str) -> Result<Value, Error> {
    Ok(document(&Metadata::read(context)?, version))
}

fn document(metadata: &Metadata, version: &str) -> Value {
    let shipped = linked(metadata);
    let components: BTreeMap<(&str, &str), Value> = metadata
        .packages
        .iter()
        .filter(|package| shipped.contains(package.id.as_str()) && package.source.is_some())
        .map(|package| ((package.name.as_str(), package.version.as_str()), component(package)))
        .collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": "terraform-provider-modal",
                "version": version,
                "licenses": [{ "expression": "Apache-2.0" }],
            },
        },
        "components": components.into_values().collect::<Vec<_>>(),
    })
}

fn component(package: &Package) -> Value {
    let Package { name, version, license, .. } = package;
    let purl = format!("pkg:cargo/{name}@{version}");
    let mut component = json!({
        "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
    });
    if let Some(license) = license {
        // An old spelling of "or".
        let expression = license.replace('/', " OR ");
        component["licenses"] = json!([{ "expression": expression }]);
    }
    component
}

/// The packages whose code is in what is shipped.
fn linked(metadata: &Metadata) -> BTreeSet<&str> {
    let nodes: BTreeMap<&str, &Node> =
        metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let roots = metadata.packages.iter().filter(|package| SHIPPED.contains(&package.name.as_str()));
    let mut open: Vec<&str> = roots.map(|package| package.id.as_str()).collect();
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !found.insert(id) {
            continue;
        }
        let linked = nodes
            .get(id)
            .into_iter()
            .flat_map(|node| &node.deps)
            .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none()));
        open.extend(linked.map(|dependency| dependency.pkg.as_str()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_in_is_listed_and_what_only_tests_or_builds_need_is_not() {
        let package = |name: &str, license: &str| json!({ "id": name, "name": name, "version": "1.0.0", "license": license, "source": "registry" });
        let dependency =
            |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let mut provider = package("terraform-provider-modal", "Apache-2.0");
        provider["source"] = Value::Null;
        let metadata = json!({
            "packages": [
                provider, package("tokio", "MIT"), package("bytes", "MIT/Apache-2.0"),
                package("proptest", "MIT"), package("cc", "MIT"),
            ],
            "resolve": { "nodes": [
                { "id": "terraform-provider-modal", "deps": [
                    dependency("tokio", Value::Null),
                    dependency("proptest", json!("dev")),
                    dependency("cc", json!("build")),
                ] },
                { "id": "tokio", "deps": [dependency("bytes", Value::Null)] },
                { "id": "bytes", "deps": [] },
            ] },
        });
        let document = document(&serde_json::from_value(metadata).unwrap(), "1.2.3");
        let names =
            document["components"].as_array().unwrap().iter().map(|component| &component["name"]);
        assert_eq!(names.collect::<Vec<_>>(), ["bytes", "tokio"]);
        assert_eq!(document["components"][0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
    }
}
