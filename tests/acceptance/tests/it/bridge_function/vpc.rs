//! Bridges in a VPC, and the network interfaces that Lambda makes for them and deletes later.

use std::collections::BTreeSet;

use acceptance::World;
use expect_test::expect;
use serde_json::{Value, json};

use super::{EVERYTHING, NOTHING};
use crate::bridge::{bridge, function, objects};

const NETWORK: &str = r#"
  vpc_config {
    subnet_ids         = ["subnet-1", "subnet-2"]
    security_group_ids = ["sg-1"]
  }
"#;

#[test]
fn a_destroy_waits_until_lambda_has_deleted_its_interfaces_as_the_bridges_role() {
    let world = World::start();
    let config = world.config(&bridge(NETWORK));
    config.apply();
    config.plan().assert_empty();
    assert_eq!(subnets(&world), ["subnet-1", "subnet-2"].map(str::to_owned).into());

    // Where there are no rights to look, nothing is gone yet.
    world.aws.set_knobs(&json!({"deny": ["ec2:DescribeNetworkInterfaces"]}));
    let said = config.destroy_fails();
    assert!(said.contains("Allow ec2:DescribeNetworkInterfaces to the identity"), "{said}");
    assert_eq!(objects(&world, "thumbnails"), EVERYTHING);

    // The local Lambda deletes nothing as a role that is gone.
    world.aws.set_knobs(&json!({"deny": [], "interfaces_stay_seconds": 3}));
    config.destroy();
    assert_eq!(objects(&world, "thumbnails"), NOTHING);
    assert_eq!(subnets(&world), BTreeSet::new());
    let calls = world.aws.calls();
    let at = |wanted: &str| calls.iter().rposition(|call| call == wanted).unwrap();
    assert!(at("lambda:DeleteFunction") < at("ec2:DescribeNetworkInterfaces"));
    assert!(at("iam:DeleteRole") < at("logs:DeleteLogGroup"));
}

#[test]
fn what_lambda_does_not_delete_in_time_keeps_the_role_and_no_more() {
    let world = World::start();
    let timeouts = "  timeouts {\n    delete = \"3s\"\n  }";
    let config = world.config(&bridge(&format!("{NETWORK}{timeouts}")));
    config.apply();
    world.aws.set_knobs(&json!({"interfaces_stay_seconds": 600}));
    let said = config.destroy_fails();
    let told = said.split_once("Error: ").map_or(said.as_str(), |(_, told)| told);
    let seconds = told.rsplit_once(" after ").map_or("", |(_, rest)| rest.trim());
    let told = told.replace(seconds, "(time)");
    let told = ids(&world).iter().fold(told, |told, id| told.replace(id, "(id)"));
    expect![[r#"
        Cannot wait for the network interfaces of Lambda function "thumbnails" to go

        Lambda takes up to 45 minutes to delete them, and needs the execution role
        for it, which stays until then. Destroy again to go on waiting;
        timeouts.delete says how long a destroy waits.

        ec2:DescribeNetworkInterfaces failed: still there: (id),
        (id) after (time)
    "#]]
    .assert_eq(&told);
    assert_eq!(objects(&world, "thumbnails"), [false, true, true]);

    world.aws.set_knobs(&json!({"interfaces_stay_seconds": 0}));
    config.destroy();
    assert_eq!(objects(&world, "thumbnails"), NOTHING);
    assert_eq!(subnets(&world), BTreeSet::new());
}

#[test]
fn interfaces_that_another_function_uses_are_not_waited_for() {
    let world = World::start();
    let other = bridge(NETWORK).replace("\"this\"", "\"other\"").replace("thumbnails", "other");
    let config = world.config(&format!("{}{other}", bridge(NETWORK)));
    config.apply();
    world.aws.set_knobs(&json!({"interfaces_stay_seconds": 600}));
    config.rewrite(&other);
    config.apply();
    assert_eq!(objects(&world, "thumbnails"), NOTHING);
    assert_eq!(objects(&world, "other"), EVERYTHING);
    assert_eq!(ids(&world).len(), 2);

    world.aws.set_knobs(&json!({"interfaces_stay_seconds": 0}));
    config.destroy();
    assert_eq!(subnets(&world), BTreeSet::new());
}

#[test]
fn security_groups_are_given_back_before_the_function_goes() {
    let world = World::start();
    let config = world.config(&bridge(&format!(
        "{NETWORK}  replace_security_groups_on_destroy = true\n  \
         replacement_security_group_ids     = [\"sg-2\"]\n"
    )));
    config.apply();
    config.plan().assert_empty();
    let groups = || function(&world, "thumbnails")["VpcConfig"]["SecurityGroupIds"].clone();
    assert_eq!(groups(), json!(["sg-1"]));

    world.aws.set_knobs(&json!({"deny": ["lambda:DeleteFunction"]}));
    let said = config.destroy_fails();
    assert!(said.contains("Cannot delete Lambda function \"thumbnails\""), "{said}");
    assert_eq!(groups(), json!(["sg-2"]));
    assert_eq!(objects(&world, "thumbnails"), EVERYTHING);

    world.aws.set_knobs(&json!({"deny": []}));
    config.destroy();
    assert_eq!(objects(&world, "thumbnails"), NOTHING);
    assert_eq!(subnets(&world), BTreeSet::new());
}

fn interfaces(world: &World) -> Vec<Value> {
    let found = world.aws.call("ec2", "describe_network_interfaces", json!({}));
    found["NetworkInterfaces"].as_array().cloned().unwrap_or_default()
}

fn ids(world: &World) -> Vec<String> {
    let found = interfaces(world);
    let ids = found.iter().map(|found| found["NetworkInterfaceId"].as_str().unwrap().to_owned());
    ids.collect()
}

fn subnets(world: &World) -> BTreeSet<String> {
    let found = interfaces(world);
    found.iter().map(|found| found["SubnetId"].as_str().unwrap().to_owned()).collect()
}
