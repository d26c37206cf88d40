//! `modal_oidc_provider`, as its practitioner meets it.

use std::thread;

use acceptance::World;
use expect_test::expect;
use serde_json::{Value, json};

use crate::diagnostics::said;

const ADDRESS: &str = "modal_oidc_provider.modal";
const PROVIDER: &str = "resource \"modal_oidc_provider\" \"modal\" {}\n";

fn arn(world: &World) -> String {
    format!("arn:aws:iam::{}:oidc-provider/oidc.modal.com", world.aws.id())
}

fn provider(world: &World) -> Value {
    let wanted = json!({"OpenIDConnectProviderArn": arn(world)});
    world.aws.call("iam", "get_open_id_connect_provider", wanted)
}

fn theirs(world: &World) {
    let made = json!({
        "Url": "https://oidc.modal.com",
        "ClientIDList": ["theirs"],
        "Tags": [{"Key": "owner", "Value": "platform"}],
    });
    world.aws.call("iam", "create_open_id_connect_provider", made);
}

#[test]
fn a_provider_is_made_shown_to_data_and_kept_on_destroy() {
    let world = World::start();
    let config = world.config(
        r#"
resource "modal_oidc_provider" "modal" {
  tags = { owner = "me" }
}
data "modal_oidc_provider" "modal" {
  depends_on = [modal_oidc_provider.modal]
}
resource "modal_oidc_role" "this" {
  name              = "thumbnails"
  workspace_id      = "ac-1"
  oidc_provider_arn = modal_oidc_provider.modal.arn

  subject {
    environment_name = "main"
    app_name         = "thumbnails"
  }
}
output "found" {
  value = data.modal_oidc_provider.modal
}
"#,
    );
    let plan = config.plan();
    assert_eq!(plan.change(ADDRESS)["after"]["arn"], arn(&world), "known at plan");
    config.apply_planned();
    config.plan().assert_empty();
    let found = config.output("found");
    assert_eq!(found["arn"], arn(&world));
    assert_eq!(found["client_id_list"], json!(["oidc.modal.com"]));
    assert_eq!(found["tags"], json!({"owner": "me"}));

    config.forget(ADDRESS);
    config.import(ADDRESS, "oidc.modal.com");
    config.apply();
    config.plan().assert_empty();

    let text = config.destroy();
    assert!(text.contains("The account keeps its OIDC provider for Modal"), "{text}");
    assert_eq!(provider(&world)["ClientIDList"], json!(["oidc.modal.com"]));
}

#[test]
fn a_provider_that_is_there_is_adopted_and_what_others_gave_it_stays() {
    let world = World::start();
    theirs(&world);
    let config = world.config(PROVIDER);
    config.apply();
    config.plan().assert_empty();
    assert_eq!(provider(&world)["ClientIDList"], json!(["theirs", "oidc.modal.com"]));
    assert_eq!(provider(&world)["Tags"], json!([{"Key": "owner", "Value": "platform"}]));

    config.rewrite(&PROVIDER.replace("{}", "{\n  retain_on_destroy = false\n}"));
    config.apply();
    let text = config.destroy();
    assert!(text.contains("No Modal function will be able to assume any role"), "{text}");
    let fault = world.aws.refusal(
        "iam",
        "get_open_id_connect_provider",
        json!({"OpenIDConnectProviderArn": arn(&world)}),
    );
    assert_eq!(fault.code, "NoSuchEntity");
}

#[test]
fn a_provider_that_is_there_can_be_refused() {
    let world = World::start();
    theirs(&world);
    let config = world.config(&PROVIDER.replace("{}", "{\n  adopt_existing = false\n}"));
    expect![[r#"
        Cannot create the account's OIDC provider for Modal

        The account has one, and adopt_existing is false. Leave that out to share it, or bring it under Terraform:

        import {
          to = modal_oidc_provider.<name>
          id = "arn:aws:iam::<account>:oidc-provider/oidc.modal.com"
        }"#]].assert_eq(&said(&world, &config.apply_errors()));
}

#[test]
fn a_provider_deleted_outside_terraform_is_made_again() {
    let world = World::start();
    let config = world.config(PROVIDER);
    config.apply();
    let wanted = json!({"OpenIDConnectProviderArn": arn(&world)});
    world.aws.call("iam", "delete_open_id_connect_provider", wanted);
    config.plan().assert_creates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
}

#[test]
fn applies_at_the_same_moment_in_one_account_all_succeed() {
    let world = World::start();
    let role = |number: usize| {
        format!(
            "resource \"modal_oidc_role\" \"this\" {{\n  name = \"role-{number}\"\n  workspace_id = \
             \"ac-1\"\n  subject {{\n    environment_name = \"main\"\n    app_name = \"app\"\n  }}\n}}\n"
        )
    };
    let configs = [
        world.config(PROVIDER),
        world.config(PROVIDER),
        world.config(&role(1)),
        world.config(&role(2)),
    ];
    // Each has planned when the first begins: none of them found a provider.
    for config in &configs {
        config.plan();
    }
    thread::scope(|scope| {
        for config in &configs {
            scope.spawn(|| config.apply_planned());
        }
    });
    for config in &configs {
        config.plan().assert_empty();
    }
    assert_eq!(provider(&world)["ClientIDList"], json!(["oidc.modal.com"]));
    let providers = world.aws.call("iam", "list_open_id_connect_providers", json!({}));
    assert_eq!(providers["OpenIDConnectProviderList"].as_array().unwrap().len(), 1);
}
