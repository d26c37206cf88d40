//! A bridge's code: what another provider brings, packages, and published versions.

use std::fs;

use acceptance::{Workspace, World};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{EVERYTHING, changed};
use crate::bridge::{ADDRESS, OTHER_CODE, bridge, function, objects};

/// The provider of another release, so far as Terraform and AWS can tell: this build, with another zip
/// of the bridge in it. The zip is as long, and has another date of its one file.
struct OtherProvider {
    _folder: tempfile::TempDir,
    cli_configuration: String,
    sha256: String,
}

impl OtherProvider {
    fn build(sha256: &str) -> Self {
        let program = Workspace::here().program("terraform-provider-modal").unwrap();
        let mut bytes = fs::read(program).unwrap();
        let zip = zip_with(&bytes, sha256);
        let mut other = bytes[zip.clone()].to_vec();
        other[10] ^= 1;
        let other_sha256 = STANDARD.encode(Sha256::digest(&other));
        bytes[zip].copy_from_slice(&other);
        for at in positions(&bytes, sha256.as_bytes()) {
            bytes[at..at + sha256.len()].copy_from_slice(other_sha256.as_bytes());
        }
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("terraform-provider-modal");
        fs::write(&place, bytes).unwrap();
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&place, permissions).unwrap();
        let cli_configuration = folder.path().join("terraformrc");
        let text = format!(
            "disable_checkpoint = true\nprovider_installation {{\n  dev_overrides {{\n    \
             \"modal-bridge/modal\" = {:?}\n  }}\n}}\n",
            folder.path()
        );
        fs::write(&cli_configuration, text).unwrap();
        Self {
            cli_configuration: cli_configuration.to_str().unwrap().to_owned(),
            _folder: folder,
            sha256: other_sha256,
        }
    }
}

/// Where the zip with this hash is in a program.
fn zip_with(program: &[u8], sha256: &str) -> std::ops::Range<usize> {
    let begins = positions(program, b"PK\x03\x04");
    // After the record that ends a zip, and its 22 bytes, there is nothing of it.
    let ends: Vec<_> = positions(program, b"PK\x05\x06").into_iter().map(|end| end + 22).collect();
    let zips = begins
        .into_iter()
        .flat_map(|begin| ends.iter().find(|end| **end > begin).map(|end| begin..*end));
    let mut zips =
        zips.filter(|zip| STANDARD.encode(Sha256::digest(&program[zip.clone()])) == sha256);
    zips.next().unwrap_or_else(|| panic!("the provider carries no zip with the hash {sha256}"))
}

fn positions(program: &[u8], wanted: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = program[from..].iter().position(|byte| *byte == wanted[0]) {
        let at = from + at;
        if program[at..].starts_with(wanted) {
            found.push(at);
        }
        from = at + 1;
    }
    found
}

#[test]
fn another_release_brings_its_bridge_in_one_change() {
    let world = World::start();
    let config = world.config(&bridge(""));
    let planned = config.plan();
    let ours = planned.change(ADDRESS)["after"]["code_sha256"].as_str().unwrap().to_owned();
    let other = OtherProvider::build(&ours);
    assert_ne!(other.sha256, ours);

    let config = config.with_env("TF_CLI_CONFIG_FILE", &other.cli_configuration);
    config.apply();
    config.plan().assert_empty();
    assert_eq!(function(&world, "thumbnails")["CodeSha256"], other.sha256);

    let config = config.without_env("TF_CLI_CONFIG_FILE");
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    let change = plan.change(ADDRESS);
    assert_eq!(change["after_unknown"]["last_modified"], true);
    let mut differs = changed(change);
    differs.as_object_mut().unwrap().remove("last_modified");
    assert_eq!(differs, json!({"code_sha256": [other.sha256, ours]}), "{plan}");

    // Unless it is to stay.
    config.rewrite(&bridge("  auto_upgrade = false"));
    let plan = config.plan();
    let differs = changed(plan.change(ADDRESS));
    assert_eq!(differs, json!({"auto_upgrade": [null, false]}), "{plan}");
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!(function(&world, "thumbnails")["CodeSha256"], other.sha256);

    config.rewrite(&bridge(""));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(function(&world, "thumbnails")["CodeSha256"], ours);
    assert_eq!(count(&world, "lambda:UpdateFunctionCode"), 1);
    assert_eq!(count(&world, "lambda:CreateFunction"), 1);

    // An older bridge that Terraform does not know yet comes in with one change as well.
    let config = config.with_env("TF_CLI_CONFIG_FILE", &other.cli_configuration);
    config.apply();
    config.forget(ADDRESS);
    let config = config.without_env("TF_CLI_CONFIG_FILE");
    config.import(ADDRESS, "thumbnails");
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    let mut differs = changed(plan.change(ADDRESS));
    differs.as_object_mut().unwrap().remove("last_modified");
    let version = env!("CARGO_PKG_VERSION");
    let expected = json!({"bridge_version": [null, version], "code_sha256": [other.sha256, ours]});
    assert_eq!(differs, expected, "{plan}");
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!(function(&world, "thumbnails")["CodeSha256"], ours);
}

#[test]
fn a_package_takes_the_place_of_the_bridge_and_gives_it_back() {
    let world = World::start();
    let config = world.config(&bridge(""));
    config.apply();
    let ours = function(&world, "thumbnails")["CodeSha256"].clone();
    let zip = STANDARD.decode(OTHER_CODE.trim_start_matches("base64:")).unwrap();
    let sha256 = STANDARD.encode(Sha256::digest(&zip));
    fs::write(config.directory().join("own.zip"), &zip).unwrap();

    config.rewrite(&bridge(
        "  package {\n    filename         = \"${path.module}/own.zip\"\n    \
         source_code_hash = filebase64sha256(\"${path.module}/own.zip\")\n  }",
    ));
    let plan = config.plan();
    plan.assert_updates(&[ADDRESS]);
    assert_eq!(plan.change(ADDRESS)["after_unknown"]["code_sha256"], true);
    config.apply_planned();
    config.plan().assert_empty();
    let found = function(&world, "thumbnails");
    assert_eq!((&found["CodeSha256"], &found["CodeSize"]), (&json!(sha256), &json!(zip.len())));
    assert_eq!(config.resource(ADDRESS).unwrap()["bridge_version"], Value::Null);

    world.aws.call("s3", "create_bucket", json!({"Bucket": "code"}));
    let object = json!({"Bucket": "code", "Key": "own.zip", "Body": OTHER_CODE});
    world.aws.call("s3", "put_object", object);
    let in_s3 = |hash: &str| {
        bridge(&format!(
            "  package {{\n    s3_bucket        = \"code\"\n    s3_key           = \"own.zip\"\n    \
             source_code_hash = {hash:?}\n  }}"
        ))
    };
    config.rewrite(&in_s3("1"));
    config.apply();
    config.plan().assert_empty();
    config.rewrite(&in_s3("2"));
    config.plan().assert_updates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!(function(&world, "thumbnails")["CodeSha256"], sha256);
    assert_eq!(count(&world, "lambda:UpdateFunctionCode"), 3);

    config.rewrite(&bridge(""));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(function(&world, "thumbnails")["CodeSha256"], ours);
    assert_eq!(count(&world, "lambda:CreateFunction"), 1);
}

#[test]
fn versions_are_published_as_the_function_changes() {
    let world = World::start();
    let with = |arguments: &str| bridge(&format!("  publish = true\n{arguments}"));
    let config = world.config(&with(""));
    config.apply();
    config.plan().assert_empty();
    let state = config.resource(ADDRESS).unwrap();
    let arn = format!("arn:aws:lambda:us-east-1:{}:function:thumbnails", world.aws.id());
    assert_eq!(
        (&state["version"], &state["qualified_arn"]),
        (&json!("1"), &json!(format!("{arn}:1")))
    );
    let invoke = format!(
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}:1/invocations"
    );
    assert_eq!(state["qualified_invoke_arn"], invoke);
    assert_eq!(versions(&world), ["$LATEST", "1"]);

    config.rewrite(&with("  tags = { team = \"images\" }"));
    assert_eq!(config.plan().change(ADDRESS)["after"]["version"], "1");
    config.apply_planned();
    config.rewrite(&with("  tags = { team = \"images\" }\n  timeout = 7"));
    assert_eq!(config.plan().change(ADDRESS)["after_unknown"]["version"], true);
    config.apply_planned();
    config.plan().assert_empty();
    assert_eq!(versions(&world), ["$LATEST", "1", "2"]);
    assert_eq!(config.resource(ADDRESS).unwrap()["version"], "2");

    // A version that could not be published is published by the next apply.
    world.aws.set_knobs(&json!({"deny": ["lambda:PublishVersion"]}));
    config.rewrite(&with("  timeout = 8"));
    assert!(config.apply_fails().contains("publish a version"));
    world.aws.set_knobs(&json!({"deny": []}));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(versions(&world), ["$LATEST", "1", "2", "3"]);

    config.rewrite(&bridge(""));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(config.resource(ADDRESS).unwrap()["version"], "3", "the newest one");
    config.destroy();
}

#[test]
fn code_signing_is_set_from_the_start_changed_and_taken_away() {
    let world = World::start();
    let arn = |id: &str| {
        format!("arn:aws:lambda:us-east-1:{}:code-signing-config:csc-{id}", world.aws.id())
    };
    let with = |id: &str| bridge(&format!("  code_signing_config_arn = {:?}", arn(id)));
    let signing = || {
        let request = json!({"FunctionName": "thumbnails"});
        let found = world.aws.call("lambda", "get_function_code_signing_config", request);
        found["CodeSigningConfigArn"].as_str().unwrap_or_default().to_owned()
    };
    let config = world.config(&with("1"));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(signing(), arn("1"));
    assert_eq!(count(&world, "lambda:PutFunctionCodeSigningConfig"), 0, "by the create itself");
    config.rewrite(&with("2"));
    config.apply();
    assert_eq!(signing(), arn("2"));
    let theirs = json!({"FunctionName": "thumbnails", "CodeSigningConfigArn": arn("3")});
    world.aws.call("lambda", "put_function_code_signing_config", theirs);
    config.plan().assert_updates(&[ADDRESS]);
    config.rewrite(&bridge(""));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(signing(), "");
}

#[test]
fn a_bridge_may_stay_when_terraform_forgets_it() {
    let world = World::start();
    let config = world.config(&bridge("  skip_destroy = true"));
    config.apply();
    config.plan().assert_empty();
    let said = config.destroy();
    assert!(said.contains("Bridge \"thumbnails\" stays in AWS"), "{said}");
    assert_eq!(objects(&world, "thumbnails"), EVERYTHING);
}

/// How often this action was asked for.
fn count(world: &World, action: &str) -> usize {
    world.aws.calls().iter().filter(|call| *call == action).count()
}

fn versions(world: &World) -> Vec<String> {
    let request = json!({"FunctionName": "thumbnails"});
    let found = world.aws.call("lambda", "list_versions_by_function", request);
    let found = found["Versions"].as_array().unwrap().iter();
    found.map(|version| version["Version"].as_str().unwrap().to_owned()).collect()
}
