//! Secrets that exist, found by `terraform query` and brought under Terraform.

use acceptance::{Core, World};
use expect_test::expect;
use serde_json::json;

#[test]
fn secrets_are_found_by_name_and_tags_and_imported() {
    let world = World::start().on(Core::V1_14);
    for (name, team) in
        [("modal/prod", "ml"), ("modal/dev", "ml"), ("modal/web", "web"), ("x", "ml")]
    {
        let tags = json!([{"Key": "team", "Value": team}]);
        let secret =
            json!({"Name": name, "SecretString": "{}", "Tags": tags, "Description": "By hand."});
        world.aws.call("secretsmanager", "create_secret", secret);
    }
    let config = world.config("");
    let list = |body: &str| {
        format!(
            "list \"modal_token_secret\" \"all\" {{\n  provider         = modal\n  include_resource = true\n\n  config {{\n{body}\n  }}\n}}\n"
        )
    };
    config.write(
        "all.tfquery.hcl",
        &list("    name_prefix = \"modal/\"\n    tags        = { team = \"ml\" }"),
    );
    let found = config.succeeds(&["query", "-no-color", "-generate-config-out=generated.tf"]);
    let mut names: Vec<_> = found
        .lines()
        .filter(|line| line.starts_with("list."))
        .filter_map(|line| line.split_whitespace().last())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["modal/dev", "modal/prod"], "{found}");

    // What it wrote is a configuration of what is there.
    let plan = config.plan();
    plan.assert_only(&[]);
    config.apply_planned();
    let state = config.resource("modal_token_secret.all_0").unwrap();
    assert_eq!(state["description"], "By hand.");
    assert_eq!(state["token_status"], "external");

    config.write("all.tfquery.hcl", &list(""));
    let said = config.fails(&["query", "-no-color"]);
    let said: Vec<_> = said.split_whitespace().filter(|word| !"│╷╵".contains(*word)).collect();
    let said = said.join(" ");
    let (_, error) = said.split_once("Error: ").unwrap();
    let error = error.split(" with list").next().unwrap();
    expect!["Nothing says which secrets are meant"].assert_eq(error);
}
