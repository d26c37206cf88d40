//! Ctrl-C, a second one, a Terraform that is killed, and a stranger at the provider's socket.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use acceptance::processes::{assert_ends, kill, parent_of, providers_in};
use acceptance::{Running, Workspace, World};
use serde_json::{Value, json};

use crate::bridge::{ADDRESS, bridge, objects};

/// Waits for the create of a bridge to have come to its function, the last object.
fn await_the_function(world: &World, apply: &mut Running) {
    apply.wait_for("Creating...");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !world.aws.calls().contains(&"lambda:CreateFunction".to_owned()) {
        assert!(Instant::now() < deadline, "{}", apply.output());
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_ctrl_c_leaves_a_state_that_knows_what_exists() {
    let world = World::start();
    let config = world.config(&bridge(""));
    world.aws.set_knobs(&json!({"role_propagation_seconds": 60}));

    let mut apply = config.start_apply();
    await_the_function(&world, &mut apply);
    let interrupted = Instant::now();
    apply.interrupt();
    let finished = apply.wait().unwrap();

    assert!(interrupted.elapsed() < Duration::from_secs(10), "{}", finished.output);
    assert_eq!(finished.code, Some(1), "{}", finished.output);
    for words in [
        "Interrupt received.",
        r#"Cannot create Lambda function "thumbnails""#,
        "Apply again to finish: Terraform was told to stop.",
        "The role defined for the function cannot be assumed by Lambda",
    ] {
        // Terraform wraps what it says to the width of a terminal.
        let said = finished.output.replace('\n', " ");
        assert!(said.contains(words), "{words}:\n{}", finished.output);
    }
    let state = config.resource(ADDRESS).unwrap();
    assert_eq!(state["arn"], Value::Null);
    assert_eq!(state["log_group_name"], "/aws/lambda/thumbnails");
    let role = format!("arn:aws:iam::{}:role/thumbnails-us-east-1", world.aws.id());
    assert_eq!(state["execution_role_arn"], role);
    assert_eq!(objects(&world, "thumbnails"), [false, true, true]);

    world.aws.set_knobs(&json!({"role_propagation_seconds": 0}));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(objects(&world, "thumbnails"), [true; 3]);
    config.destroy();
    assert_eq!(objects(&world, "thumbnails"), [false; 3]);
}

#[test]
fn a_ctrl_c_while_the_function_is_pending_leaves_it_known() {
    let world = World::start();
    let config = world.config(&bridge(""));
    world.aws.set_knobs(&json!({"pending_update_seconds": 60}));

    let mut apply = config.start_apply();
    await_the_function(&world, &mut apply);
    while objects(&world, "thumbnails") != [true; 3] {
        thread::sleep(Duration::from_millis(20));
    }
    apply.interrupt();
    let finished = apply.wait().unwrap();

    assert_eq!(finished.code, Some(1), "{}", finished.output);
    let said = finished.output.replace('\n', " ");
    assert!(said.contains("interrupted while it was Pending"), "{}", finished.output);
    let arn = format!("arn:aws:lambda:us-east-1:{}:function:thumbnails", world.aws.id());
    assert_eq!(config.resource(ADDRESS).unwrap()["arn"], arn);
    config.destroy();
    assert_eq!(objects(&world, "thumbnails"), [false; 3]);
}

#[test]
fn a_ctrl_c_while_a_role_is_replaced_leaves_both_roles_known() {
    for heals in [true, false] {
        let world = World::start();
        let config = world.config(&bridge(""));
        config.apply();
        world.aws.set_knobs(&json!({"role_propagation_seconds": 60}));
        config.rewrite(&bridge("  role_name = \"runner\""));

        let mut apply = config.start_apply();
        apply.wait_for("Modifying...");
        let deadline = Instant::now() + Duration::from_secs(60);
        while !world.aws.calls().contains(&"lambda:UpdateFunctionConfiguration".to_owned()) {
            assert!(Instant::now() < deadline, "{}", apply.output());
            thread::sleep(Duration::from_millis(20));
        }
        apply.interrupt();
        let finished = apply.wait().unwrap();

        assert_eq!(finished.code, Some(1), "{}", finished.output);
        let state = config.resource(ADDRESS).unwrap();
        let arn = |name: &str| json!(format!("arn:aws:iam::{}:role/{name}", world.aws.id()));
        assert_eq!(state["execution_role_arn"], arn("runner"));
        assert_eq!(state["former_execution_role_arns"], json!([arn("thumbnails-us-east-1")]));
        world.aws.set_knobs(&json!({"role_propagation_seconds": 0}));
        if heals {
            config.apply();
            config.plan().assert_empty();
            let roles = world.aws.call("iam", "list_roles", json!({}))["Roles"].clone();
            assert_eq!((roles.as_array().unwrap().len(), &roles[0]["Arn"]), (1, &arn("runner")));
        } else {
            config.destroy();
            assert_eq!(world.aws.call("iam", "list_roles", json!({}))["Roles"], json!([]));
            assert_eq!(objects(&world, "thumbnails"), [false; 3]);
        }
    }
}

#[test]
fn a_second_ctrl_c_ends_terraform_and_no_provider_stays() {
    let world = World::start();
    let config = world.config(&bridge(""));
    world.aws.set_knobs(&json!({"role_propagation_seconds": 60}));

    let mut apply = config.start_apply();
    await_the_function(&world, &mut apply);
    let providers = providers_in(config.directory());
    assert_eq!(providers.len(), 1, "{providers:?}");
    apply.interrupt();
    apply.wait_for("Interrupt received.");
    apply.interrupt();
    let finished = apply.wait().unwrap();

    assert!(!finished.succeeded(), "{}", finished.output);
    assert_ends(providers[0]);
    // What exists is known, by the state or by the import block that the next apply prints.
    world.aws.set_knobs(&json!({"role_propagation_seconds": 0}));
    if config.resource(ADDRESS).is_some() {
        config.apply();
        config.destroy();
        assert_eq!(objects(&world, "thumbnails"), [false; 3]);
    } else {
        let errors = config.apply_errors();
        assert!(errors[0].contains("import {"), "{errors:#?}");
    }
}

#[test]
fn a_provider_ends_when_its_terraform_is_killed() {
    let world = World::start();
    let config = world.config(&bridge(""));
    world.aws.set_knobs(&json!({"role_propagation_seconds": 60}));

    let mut apply = config.start_apply();
    await_the_function(&world, &mut apply);
    let providers = providers_in(config.directory());
    assert_eq!(providers.len(), 1, "{providers:?}");
    kill(parent_of(providers[0]).unwrap());
    let finished = apply.wait().unwrap();

    assert!(!finished.succeeded(), "{}", finished.output);
    assert_ends(providers[0]);
}

#[test]
fn whoever_is_not_the_terraform_that_started_it_is_refused() {
    let world = World::start();
    let config = world.config(&bridge(""));
    world.aws.set_knobs(&json!({"role_propagation_seconds": 60}));
    let mut apply = config.start_apply();
    await_the_function(&world, &mut apply);
    let providers = providers_in(config.directory());
    let socket = socket_of(providers[0]);

    let certificate = config.directory().join("stranger.pem");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(&certificate, made.signing_key.serialize_pem() + &made.cert.pem()).unwrap();

    let refused = Command::new(Workspace::here().python().unwrap())
        .arg(Workspace::here().file("tests/acceptance/terraform/stranger.py"))
        .args([&socket, &certificate])
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(refused.status.success(), "{said}{}", String::from_utf8_lossy(&refused.stderr));
    assert_eq!(
        said,
        "without TLS: closed without an answer\n\
         without a certificate: refused\n\
         with another certificate: refused\n"
    );
    // And it goes on serving its own.
    world.aws.set_knobs(&json!({"role_propagation_seconds": 0}));
    let finished = apply.wait().unwrap();
    assert!(finished.succeeded(), "{}", finished.output);
}

/// The unix socket that a process listens on.
fn socket_of(process: u32) -> PathBuf {
    let files = fs::read_dir(format!("/proc/{process}/fd")).unwrap().flatten();
    let open: Vec<String> = files
        .filter_map(|entry| Some(fs::read_link(entry.path()).ok()?.to_str()?.to_owned()))
        .collect();
    let table = fs::read_to_string("/proc/net/unix").unwrap();
    let listening = table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, _, _, _, _, _, inode, path] = fields[..] else { return None };
        open.contains(&format!("socket:[{inode}]")).then(|| PathBuf::from(path))
    });
    listening.unwrap_or_else(|| panic!("{process} listens on no unix socket: {open:?}"))
}
