//! States that releases wrote: this version goes on from each.
//!
//! `fixtures/state/<version>/main.tf` is a configuration of that version, `state.json` the
//! state that it left. What AWS and the provider made up for it (ARNs, ids, times) is replaced by
//! that of objects of today; the attributes that there are, their types and the schemas' versions are
//! those of the release.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use acceptance::{Config, LocalModal, Workspace, World};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// In the place of what is another one in every run.
const ACCOUNT: &str = "111122223333";
const MODAL: &str = "http://127.0.0.1:9999";

#[test]
fn this_version_plans_nothing_for_what_any_release_made() {
    for version in versions() {
        let world = World::start();
        let config = of_version(&world, &version);
        config.apply();
        let file = config.directory().join("terraform.tfstate");
        let now = fs::read_to_string(&file).unwrap();

        let fixture = folder(&version).join("state.json");
        let Ok(then) = fs::read_to_string(&fixture) else {
            let text =
                now.replace(world.aws.id(), ACCOUNT).replace(world.modal().server_url(), MODAL);
            fs::write(&fixture, text).unwrap();
            config.destroy();
            panic!(
                "there was no state of version {version}: now there is. Look at it and commit it."
            );
        };
        let (then, now) = (json_of(&then), json_of(&now));
        let placed = placed(&then, &now);
        fs::write(&file, placed.to_string()).unwrap();

        config.plan().assert_empty();
        config.destroy();
    }
}

#[test]
fn this_version_has_a_state_with_every_resource() {
    let version = versions().into_iter().find(|version| version == VERSION);
    let Some(version) = version else { panic!("{} is missing", folder(VERSION).display()) };
    let state = json_of(&fs::read_to_string(folder(&version).join("state.json")).unwrap());
    let resources = state["resources"].as_array().unwrap();
    let types: BTreeSet<_> = resources.iter().map(|r| r["type"].as_str().unwrap()).collect();
    let pages = fs::read_dir(Workspace::here().file("docs/resources")).unwrap();
    let pages = pages.map(|page| page.unwrap().path().file_stem().unwrap().to_owned());
    let all: BTreeSet<_> = pages.map(|page| format!("modal_{}", page.to_string_lossy())).collect();
    assert_eq!(types, all.iter().map(String::as_str).collect());
}

fn of_version(world: &World, version: &str) -> Config {
    let aws = &world.aws;
    aws.call("s3", "create_bucket", json!({"Bucket": format!("my-images-{}", aws.id())}));
    aws.call("sns", "create_topic", json!({"Name": "alerts"}));
    let queue = json!({"QueueName": "jobs", "Attributes": {"VisibilityTimeout": "180"}});
    aws.call("sqs", "create_queue", queue);
    world
        .config_of(folder(version).to_str().unwrap())
        .with_env("TF_VAR_account_id", aws.id())
        .with_env("TF_VAR_modal_server_url", world.modal().server_url())
        .with_env("TF_VAR_modal_token_id", LocalModal::TOKEN_ID)
        .with_env("TF_VAR_modal_token_secret", LocalModal::TOKEN_SECRET)
}

/// A state of then about objects of now.
fn placed(then: &Value, now: &Value) -> Value {
    let mut placed = then.clone();
    for resource in placed["resources"].as_array_mut().unwrap() {
        let same =
            |other: &&Value| ["mode", "type", "name"].iter().all(|key| other[key] == resource[key]);
        let found = now["resources"].as_array().unwrap().iter().find(same);
        let Some(other) = found else {
            panic!("nothing is {} {}", resource["type"], resource["name"])
        };
        let instances = resource["instances"].as_array_mut().unwrap();
        for (instance, other) in instances.iter_mut().zip(other["instances"].as_array().unwrap()) {
            for part in ["attributes", "identity"] {
                if let Some(value) = instance.get_mut(part) {
                    *value = with_text_of(value, &other[part]);
                }
            }
            // What the provider keeps for itself tells versions of secrets.
            if let (Some(then), Some(now)) = (private(instance), private(other)) {
                let text = with_text_of(&then, &now).to_string();
                instance["private"] = BASE64_STANDARD.encode(text).into();
            }
        }
    }
    placed
}

fn private(instance: &Value) -> Option<Value> {
    let bytes = BASE64_STANDARD.decode(instance["private"].as_str()?).unwrap();
    Some(serde_json::from_slice(&bytes).unwrap())
}

/// The value in its own shape, with the other one's text wherever both have some.
fn with_text_of(value: &Value, other: &Value) -> Value {
    match (value, other) {
        (Value::Object(members), Value::Object(others)) => {
            let member = |(name, member): (&String, &Value)| {
                let member =
                    others.get(name).map_or(member.clone(), |other| with_text_of(member, other));
                (name.clone(), member)
            };
            Value::Object(members.iter().map(member).collect())
        }
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => {
            items.iter().zip(others).map(|(item, other)| with_text_of(item, other)).collect()
        }
        (Value::String(_), Value::String(_)) => other.clone(),
        _ => value.clone(),
    }
}

#[test]
fn a_state_keeps_its_shape_and_gets_todays_text() {
    let then = json!({"arn": "old", "gone": 1, "list": ["a"], "number": 1, "none": null});
    let now = json!({"arn": "new", "list": ["b"], "number": "1", "none": "x", "added": true});
    let expected = json!({"arn": "new", "gone": 1, "list": ["b"], "number": 1, "none": null});
    assert_eq!(with_text_of(&then, &now), expected);
}

fn versions() -> Vec<String> {
    let entries = fs::read_dir(folder("")).unwrap();
    let mut found: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    found
}

fn folder(version: &str) -> PathBuf {
    Workspace::here().file("tests/acceptance/fixtures/state").join(version)
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
