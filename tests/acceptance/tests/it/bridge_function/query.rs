//! Bridges that exist, found by `terraform query` and brought under Terraform.

use acceptance::{Action, Core, World};

use crate::bridge::{ADDRESS, bridge, function, make_foreign_function};
use crate::cdk::{CdkBridge, Generation};

#[test]
fn bridges_of_this_provider_and_of_the_cdk_library_are_found_and_imported() {
    let world = World::start().on(Core::V1_14);
    let made = CdkBridge::make(&world, "render", "spawn", Generation::TypeScript);
    let config = world.config(&bridge("").replace("\"thumbnails\"", "\"ours\""));
    config.apply();
    make_foreign_function(&world);

    config.forget(ADDRESS);
    config.rewrite("");
    config.write(
        "all.tfquery.hcl",
        "list \"modal_bridge_function\" \"all\" {\n  provider         = modal\n  include_resource = true\n}\n",
    );
    let found = config.succeeds(&["query", "-no-color", "-generate-config-out=generated.tf"]);
    let lines = found.lines().filter(|line| line.starts_with("list."));
    let mut names: Vec<_> = lines.map(|line| line.split_once("  ").unwrap().1.trim()).collect();
    names.sort_unstable();
    let expected =
        ["ours (main/images/render, remote)", "render_spawn (main/thumbnails/render, spawn)"];
    assert!(names.iter().zip(expected).all(|(name, end)| name.ends_with(end)), "{found}");
    assert_eq!(names.len(), 2, "{found}");

    // Ours comes back as it is; the library's is one update away from it.
    let plan = config.plan();
    let actions = plan.actions();
    assert_eq!(actions.values().collect::<Vec<_>>(), [&Action::Update], "{plan}");
    config.apply_planned();
    config.plan().assert_empty();
    let adopted = function(&world, &made.name);
    assert_eq!(adopted["Runtime"], "provided.al2023");
    assert_eq!(adopted["Environment"]["Variables"]["MODAL_SECRET_ARN"], made.secret_arn);
    // The configuration that was written says that it keeps its role.
    assert_eq!(adopted["Role"], made.role_arn);
}
