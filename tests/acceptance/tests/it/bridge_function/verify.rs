//! `verify_function`: what Modal says before anything is made.

use acceptance::{Config, LocalModal, World};
use expect_test::expect;

use crate::bridge::{ADDRESS, bridge};
use crate::diagnostics::said;

/// A bridge to a function of the app `thumbnails`, to be verified.
fn text(function: &str, more: &str) -> String {
    bridge(&format!("  verify_function = true\n{more}"))
        .replace("\"images\"", "\"thumbnails\"")
        .replace("\"render\"", &format!("\"{function}\""))
}

fn config(world: &World) -> Config {
    world
        .config(&text("render", ""))
        .with_env("MODAL_SERVER_URL", world.modal().server_url())
        .with_env("MODAL_TOKEN_ID", LocalModal::TOKEN_ID)
        .with_env("MODAL_TOKEN_SECRET", LocalModal::TOKEN_SECRET)
}

#[test]
fn a_function_that_can_be_called_is_asked_for_and_nothing_is_said() {
    let world = World::start();
    let config = config(&world);
    config.plan().assert_creates(&[ADDRESS]);
    config.apply_planned();
    config.plan().assert_empty();
}

#[test]
fn what_a_bridge_could_not_call_is_refused_before_anything_is_made() {
    let world = World::start();
    let config = config(&world);
    let refused = |main: String| {
        config.rewrite(&main);
        let said = said(&world, &config.plan_errors());
        said.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    };
    let refusals = [
        text("forget", ""),
        text("Model", ""),
        text("generator", ""),
        text("old", ""),
        text("render", "  environment_name = \"nowhere\""),
        text("render", "").replace("\"thumbnails\"\n  modal", "\"nothing\"\n  modal"),
        text("render", "  app_version = 99"),
    ];
    expect![[r#"
        Cannot verify that a bridge could call "forget" of Modal app "thumbnails"
        Deploy it with `modal deploy`, or correct the name.
        Modal has no function "forget" in app "thumbnails", environment "main".
        ---
        Cannot verify that a bridge could call "Model" of Modal app "thumbnails"
        "Model" in app "thumbnails" is a class, not a function; name one of its methods, as "Model.method".
        ---
        Cannot verify that a bridge could call "generator" of Modal app "thumbnails"
        "generator" is a generator, which the bridge cannot call.
        ---
        Cannot verify that a bridge could call "old" of Modal app "thumbnails"
        "old" was deployed by a Modal client that cannot answer in CBOR; redeploy it with modal >= 1.2 to call it by remote.
        ---
        Cannot verify that a bridge could call "render" of Modal app "thumbnails"
        Check environment_name and the workspace of the Modal token.
        Modal has no environment "nowhere".
        ---
        Cannot verify that a bridge could call "render" of Modal app "nothing"
        Deploy it with `modal deploy`, or correct the name.
        Modal has no app "nothing" deployed in environment "main".
        ---
        Cannot verify that a bridge could call "render" of Modal app "thumbnails"
        Deploy it with `modal deploy`, or correct the name.
        Modal has no function "render" in app "thumbnails", environment "main"."#]].assert_eq(&refusals.map(refused).join("\n---\n"));
    let web = refused(text("web", ""));
    assert!(web.contains("\"web\" is a web function: call it by HTTP at https://"), "{web}");
    // Nobody waits for its result.
    config.rewrite(&text("old", "").replace("\"remote\"", "\"spawn\""));
    config.plan().assert_creates(&[ADDRESS]);
    let made = world.aws.calls().into_iter().filter(|call| call.contains(":Create")).count();
    assert_eq!(made, 0);
}

#[test]
fn a_function_that_may_take_longer_than_the_lambda_is_warned_of() {
    let world = World::start();
    let config = config(&world);
    config.rewrite(&text("render", "  timeout = 60"));
    expect![[r#"
        The Modal function may take longer than the bridge waits

        Modal allows "render" of app "thumbnails" 300 seconds, and the Lambda function has 60: a call that takes longer fails, and what invoked the bridge may try again. Raise timeout, to 900 seconds at most, lower the Modal function's timeout, or use mode "spawn"."#]].assert_eq(&warned(&world, &config));
    config.rewrite(&text("render", ""));
    assert_eq!(warned(&world, &config), "");
    config.rewrite(&text("render", "").replace("\"remote\"", "\"spawn\""));
    assert_eq!(warned(&world, &config), "");
}

#[test]
fn a_modal_that_does_not_answer_is_warned_of_and_a_wrong_token_refused() {
    let world = World::start();
    let config = config(&world).with_env("MODAL_SERVER_URL", "http://127.0.0.1:9");
    let warned = warned(&world, &config);
    expect![[r#"
        Cannot verify that a bridge could call "render" of Modal app "thumbnails"

        The plan goes on as if it could be called.

        Modal is called by gRPC, which firewalls and proxies may stop. Check that this machine may connect to it.

        Cannot reach Modal at 127.0.0.1"#]].assert_eq(warned.split(": transport").next().unwrap());

    let config = config.with_env("MODAL_SERVER_URL", world.modal().server_url());
    let config = config.with_env("MODAL_TOKEN_SECRET", "as-wrong-7Hc3");
    let wrong = said(&world, &config.plan_errors());
    let config = config.without_env("MODAL_TOKEN_ID").without_env("MODAL_TOKEN_SECRET");
    let none = said(&world, &config.plan_errors());
    expect![[r#"
        Cannot verify that a bridge could call "render" of Modal app "thumbnails"

        Check the Modal token: its ID comes from the environment variable MODAL_TOKEN_ID, its secret from the environment variable MODAL_TOKEN_SECRET.

        Modal refused the token: Token ID or secret is not valid."#]].assert_eq(&wrong);
    assert!(none.contains("No Modal token is configured; set modal_token_id"), "{none}");
}

#[test]
fn what_is_not_known_yet_is_verified_at_apply() {
    let world = World::start();
    let config = config(&world);
    config.rewrite(
        &(text("render", "").replace("\"render\"", "terraform_data.function.output")
            + "resource \"terraform_data\" \"function\" {\n  input = \"forget\"\n}\n"),
    );
    config.plan();
    let errors = config.apply_errors();
    assert!(errors[0].contains("Modal has no function \"forget\""), "{errors:#?}");
    assert_eq!(config.resource(ADDRESS), None);
}

fn warned(world: &World, config: &Config) -> String {
    let mut warnings = config.plan_warnings();
    warnings.dedup();
    said(world, &warnings)
}
