//! The rules of dependency between our crates, and the names that only some files may write.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use acceptance::Workspace;
use serde_json::Value;

/// Every crate of this workspace, and the ones of this workspace it may depend on.
const CRATES: &[(&str, &[&str])] = &[
    ("modal-proto", &[]),
    ("tfplugin-proto", &[]),
    ("tf-framework", &["tfplugin-proto", "checker"]),
    ("bridge-contract", &[]),
    ("modal-client", &["modal-proto", "loopback"]),
    (
        "terraform-provider-modal",
        &["tf-framework", "bridge-contract", "modal-client", "checker", "loopback"],
    ),
    ("bridge-runtime", &["bridge-contract", "modal-client", "loopback"]),
    ("loopback", &["modal-proto"]),
    ("checker", &["tfplugin-proto", "acceptance"]),
    ("acceptance", &["checker", "loopback"]),
    ("xtask", &["acceptance"]),
    ("bench", &["acceptance", "loopback"]),
    ("sign", &[]),
];

/// Crates that only tests, and the benchmark, may use.
const TEST_ONLY: &[&str] = &["loopback", "checker", "bench"];

/// A name, and the only places that may write it.
const CONFINED: &[(&str, &[&str])] = &[
    ("aws_sdk_", &["provider/src/aws/", "provider/src/main.rs"]),
    (
        "tfplugin_proto",
        &[
            "provider/framework/src/server/",
            "provider/framework/src/proto/",
            "provider/framework/src/serve/",
            "provider/framework/tests/",
            "tests/checker/",
        ],
    ),
    ("modal_client", &["bridge-runtime/", "provider/src/modal/", "tests/loopback/"]),
    ("modal_proto", &["bridge-runtime/modal-client/", "tests/loopback/", "proto/modal/"]),
];

#[test]
fn crates_depend_on_each_other_only_as_the_layers_allow() {
    let allowed: BTreeMap<&str, &[&str]> = CRATES.iter().copied().collect();
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let ours: BTreeSet<&str> =
        packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    assert_eq!(ours, allowed.keys().copied().collect(), "each crate has its line in CRATES");

    let mut violations = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let on = dependency["name"].as_str().unwrap();
            if !ours.contains(on) {
                continue;
            }
            if !allowed[name].contains(&on) {
                violations.push(format!("{name} must not depend on {on}"));
            }
            if TEST_ONLY.contains(&on) && dependency["kind"] != "dev" && !TEST_ONLY.contains(&name)
            {
                violations.push(format!("{name} may depend on {on} in [dev-dependencies] only"));
            }
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn names_of_the_outside_stay_in_the_modules_that_translate_them() {
    let root = Workspace::here().root().to_owned();
    let mut violations = Vec::new();
    for file in rust_files(&root) {
        let path = file.strip_prefix(&root).unwrap().to_str().unwrap();
        if path == "tests/acceptance/tests/it/layers.rs" {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for (name, places) in CONFINED {
            if text.contains(name) && !places.iter().any(|place| path.starts_with(place)) {
                violations.push(format!("{path} writes {name}, which belongs into {places:?}"));
            }
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn no_crate_brings_in_aws_lc() {
    let lock = fs::read_to_string(Workspace::here().file("Cargo.lock")).unwrap();
    let found: Vec<_> = lock.lines().filter(|line| line.contains("aws-lc")).collect();
    assert!(found.is_empty(), "ring everywhere, but Cargo.lock has {found:?}");
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(Workspace::here().root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The Rust that we wrote: not what cargo or a proto compiler made.
fn rust_files(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                if !matches!(name, "target" | "generated") && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if name.ends_with(".rs") {
                files.push(path);
            }
        }
    }
    files
}
