//! Data sources about bridges: what exists, and the code that this build carries.

use std::fs;

use acceptance::{Workspace, World, host_architecture};
use expect_test::expect;
use serde_json::{Value, json};

use crate::bridge::{SECRET_ARN, bridge, make_foreign_function};

#[test]
fn a_bridge_of_another_region_is_found_by_its_name() {
    let world = World::start();
    let made = bridge("  region = \"eu-west-1\"\n  params = jsonencode({ width = 128 })\n");
    let config = world.config(&format!(
        "{made}
data \"modal_bridge_function\" \"found\" {{
  name   = modal_bridge_function.this.name
  region = modal_bridge_function.this.region
}}
output \"found\" {{
  value = data.modal_bridge_function.found
}}
"
    ));
    config.apply();
    config.plan().assert_empty();

    let found = config.output("found");
    assert_eq!(
        found["arn"],
        format!("arn:aws:lambda:eu-west-1:{}:function:thumbnails", world.aws.id())
    );
    let part = |name: &str| found[name].clone();
    assert_eq!(
        ["app_name", "environment_name", "modal_function_name", "mode", "params"].map(part),
        ["images", "main", "render", "remote", r#"{"width":128}"#].map(Value::from)
    );
    assert_eq!(found["token_secret_arn"], SECRET_ARN);
    assert_eq!(found["execution_role_arn"], {
        let made = config.resource("modal_bridge_function.this").unwrap();
        made["execution_role_arn"].clone()
    });

    // Read as any other client would: it is there, and not here.
    let function = json!({"FunctionName": "thumbnails"});
    assert!(world.aws.try_call("lambda", "get_function", function).is_err());
    let errors = config_of("thumbnails", &world).plan_errors();
    expect![[r#"
        Cannot read bridge function "thumbnails"

        There is no such Lambda function in this account in us-east-1."#]]
    .assert_eq(&errors.join("\n"));

    config.forget("modal_bridge_function.this");
    config.import("modal_bridge_function.this", "thumbnails@eu-west-1");
    config.plan().assert_empty();
    config.destroy();
}

#[test]
fn a_function_that_calls_no_modal_function_is_no_bridge() {
    let world = World::start();
    make_foreign_function(&world);
    let errors = config_of("thumbnails", &world).plan_errors();
    expect![[r#"
        Cannot read bridge function "thumbnails"

        This Lambda function is no bridge: environment variable MODAL_INTEGRATION_PATTERN is not set; expected "spawn" or "remote"."#]].assert_eq(&errors.join("\n"));
}

#[test]
fn the_code_that_this_build_carries_is_written_where_terraform_runs() {
    let world = World::start();
    let config = world.config(&format!(
        "data \"modal_bridge_code\" \"this\" {{\n  architecture = \"{}\"\n}}\n\
         output \"code\" {{\n  value = data.modal_bridge_code.this\n}}\n",
        host_architecture()
    ));
    config.apply();
    config.plan().assert_empty();

    let code = config.output("code");
    let written = fs::read(config.directory().join(code["path"].as_str().unwrap())).unwrap();
    let built = fs::read(Workspace::here().file("target/bridge").join(zip())).unwrap();
    assert!(written == built, "the zip is the one that was built");
    assert_eq!(code["size"], built.len());
    assert_eq!(code["runtime"], "provided.al2023");
}

fn zip() -> String {
    format!("bootstrap-{}.zip", host_architecture())
}

fn config_of(name: &str, world: &World) -> acceptance::Config {
    world.config(&format!("data \"modal_bridge_function\" \"this\" {{\n  name = {name:?}\n}}\n"))
}
