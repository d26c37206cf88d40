//! The framework's smallest provider, which has one of everything that the protocol has.

use std::path::PathBuf;

use acceptance::{Action, Config, Core};
use expect_test::expect;
use serde_json::{Value, json};

use super::{
    ACTIONS, CONFIGURATION_BY_PROVIDER, DEPRECATION_MESSAGES, IMPORT_BY_IDENTITY, QUERY,
    on_each_core,
};
use crate::tiny::{broken, tiny};

const NOTE: &str = "tiny_note.this";
const LOOK: &str = "data.tiny_note.this";

fn path(config: &Config, name: &str) -> PathBuf {
    config.directory().join(format!("{name}.note"))
}

/// What a note says; `None` where there is none.
fn read(config: &Config, name: &str) -> Option<String> {
    std::fs::read_to_string(path(config, name)).ok()
}

/// Writes a note by hand.
fn write(config: &Config, name: &str, text: &str) {
    std::fs::write(path(config, name), text).unwrap();
}

/// What `-generate-config-out` left.
fn generated(config: &Config) -> String {
    std::fs::read_to_string(config.directory().join("generated.tf")).unwrap()
}

/// The lines that begin with a word, and not what the harness makes Terraform say.
fn lines<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.trim_start().starts_with(word)).map(str::trim).collect()
}

fn a_note_is_made_changed_replaced_and_destroyed(core: Core) {
    let config = tiny(
        core,
        r#"
ephemeral "tiny_key" "drawer" {
  name = "drawer"
}

resource "tiny_note" "this" {
  name              = "first"
  text              = provider::tiny::join(", ", "one", "two")
  secret_wo         = ephemeral.tiny_key.drawer.teeth
  secret_wo_version = 1

  line {
    text = "three"
  }
}

data "tiny_note" "this" {
  name       = "first"
  depends_on = [tiny_note.this]
}

output "read" {
  value = data.tiny_note.this.text
}
"#,
    );

    config.plan().assert_only(&[(NOTE, Action::Create), (LOOK, Action::Read)]);
    config.apply_planned();
    let text = "one, two\nthree\n(6 secret characters)";
    assert_eq!(read(&config, "first").as_deref(), Some(text));
    assert_eq!(config.output("read"), text);
    assert_eq!(config.resource(NOTE).unwrap()["secret_wo"], Value::Null);
    assert_eq!(read(&config, "drawer"), None, "the key was given back");
    assert_eq!(config.files_that_contain("reward"), [] as [PathBuf; 0]);
    config.plan().assert_empty();

    config.replace(r#""two""#, r#""2""#);
    config.replace("= 1", "= 2");
    config.plan().assert_only(&[(NOTE, Action::Update), (LOOK, Action::Read)]);
    config.apply_planned();
    let text = "one, 2\nthree\n(6 secret characters)";
    assert_eq!(read(&config, "first").as_deref(), Some(text));

    config.replace("= \"first\"\n  text", "= \"second\"\n  text");
    config.replace("name       = \"first\"", "name       = tiny_note.this.name");
    config.plan().assert_only(&[(NOTE, Action::Replace), (LOOK, Action::Read)]);
    config.apply_planned();
    assert_eq!([read(&config, "first"), read(&config, "second")], [None, Some(text.to_owned())]);

    config.destroy();
    assert_eq!(read(&config, "second"), None);
}
on_each_core!(a_note_is_made_changed_replaced_and_destroyed);

fn a_key_is_renewed_while_it_is_needed(core: Core) {
    let config = tiny(
        core,
        r#"
ephemeral "tiny_key" "drawer" {
  name = "drawer"
}

# Ends between two renewals, which come each second.
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "sleep 2.5"
  }
}

data "tiny_note" "drawer" {
  name       = "drawer"
  depends_on = [terraform_data.slow]
}

resource "tiny_note" "this" {
  name       = "late"
  secret_wo  = ephemeral.tiny_key.drawer.teeth
  depends_on = [data.tiny_note.drawer]
}

output "drawer" {
  value = data.tiny_note.drawer.text
}
"#,
    );

    let said = config.apply();

    let drawer = config.output("drawer");
    let renewals = drawer.as_str().unwrap().strip_prefix("open, renewed ").unwrap();
    assert!(!renewals.starts_with('0'), "{said}");
    assert_eq!(read(&config, "drawer"), None, "the key was given back");
}
on_each_core!(a_key_is_renewed_while_it_is_needed);

fn a_function_points_at_the_argument_that_it_refuses(core: Core) {
    let config = tiny(
        core,
        r#"
output "joined" {
  value = provider::tiny::join("-", "a", "b-c")
}
"#,
    );

    let errors = config.plan_errors();

    expect![[r#"
        Invalid function argument

        Invalid value for "parts" parameter: contains the separator "-"."#]]
    .assert_eq(&errors.join("\n"));
}
on_each_core!(a_function_points_at_the_argument_that_it_refuses);

fn a_note_is_imported_by_id_and_by_identity(core: Core) {
    let config = tiny(core, "");
    // What a note says unless it is told what to say.
    write(&config, "found", "empty");
    config.write("import.tf", "import {\n  to = tiny_note.this\n  id = \"found\"\n}\n");

    config.plan_with(&["-generate-config-out=generated.tf"]);
    let generated = generated(&config);
    assert_eq!(lines(&generated, "name"), ["name              = \"found\""]);
    let text: &[&str] = match core < CONFIGURATION_BY_PROVIDER {
        true => &["text              = \"empty\""],
        // A practitioner would not write it.
        false => &[],
    };
    assert_eq!(lines(&generated, "text"), text);
    let plan = config.plan();
    plan.assert_only(&[]);
    assert_eq!(plan.change(NOTE)["importing"]["id"], "found");
    config.apply_planned();
    config.plan().assert_empty();
    let imported = config.resource(NOTE);

    config.forget(NOTE);
    config.write(
        "import.tf",
        "import {\n  to       = tiny_note.this\n  identity = { name = \"found\" }\n}\n",
    );
    if core < IMPORT_BY_IDENTITY {
        let said = config.validate_fails();
        assert!(said.contains("An argument named \"identity\" is not expected here."), "{said}");
        return;
    }
    let plan = config.plan();
    plan.assert_only(&[]);
    assert_eq!(plan.change(NOTE)["importing"], json!({"identity": {"name": "found"}}));
    config.apply_planned();
    assert_eq!(config.resource(NOTE), imported);
}
on_each_core!(a_note_is_imported_by_id_and_by_identity);

fn a_state_of_an_older_version_is_brought_up_to_date(core: Core) {
    let config = tiny(core, "resource \"tiny_note\" \"this\" {\n  name = \"old\"\n}\n");
    write(&config, "old", "empty");
    // In version 0, a note's name was its title.
    let state = json!({
        "version": 4,
        "terraform_version": "1.0.0",
        "serial": 1,
        "lineage": "3f1b0a64-6a0f-4f0e-9d2c-6c1c8d8d8b1e",
        "resources": [{
            "mode": "managed",
            "type": "tiny_note",
            "name": "this",
            "provider": "provider[\"registry.terraform.io/acme/tiny\"]",
            "instances": [{
                "schema_version": 0,
                "attributes": {"title": "old", "text": "empty", "length": 5, "line": []},
            }],
        }],
    });
    config.write("terraform.tfstate", &state.to_string());

    config.plan().assert_empty();
    config.apply();

    let note = config.resource(NOTE).unwrap();
    assert_eq!([&note["name"], &note["title"]], [&json!("old"), &Value::Null]);
}
on_each_core!(a_state_of_an_older_version_is_brought_up_to_date);

fn a_scrap_becomes_a_note(core: Core) {
    let config = tiny(
        core,
        r#"
resource "tiny_scrap" "old" {
  name = "kept"
  text = "word for word"
}
"#,
    );
    config.apply();

    config.rewrite(
        r#"
resource "tiny_note" "this" {
  name = "kept"
  text = "word for word"
}

moved {
  from = tiny_scrap.old
  to   = tiny_note.this
}
"#,
    );
    let plan = config.plan();
    plan.assert_only(&[]);
    assert!(plan.text().contains("tiny_scrap.old has moved to tiny_note.this"), "{plan}");
    config.apply_planned();

    assert_eq!(config.resource("tiny_scrap.old"), None);
    assert_eq!(config.resource(NOTE).unwrap()["length"], 13);
    config.plan().assert_empty();
}
on_each_core!(a_scrap_becomes_a_note);

fn notes_are_found_by_a_query(core: Core) {
    let config = tiny(core, "");
    for (name, text) in [("a-1", "empty"), ("a-2", "full"), ("b-1", "")] {
        write(&config, name, text);
    }
    config.write(
        "all.tfquery.hcl",
        r#"
list "tiny_note" "all" {
  provider         = tiny
  include_resource = true

  config {
    prefix = "a-"
  }
}
"#,
    );
    if core < QUERY {
        let said = config.fails(&["query"]);
        assert!(said.contains("Terraform has no command named \"query\"."), "{said}");
        return;
    }

    let found = config.succeeds(&["query", "-no-color", "-generate-config-out=generated.tf"]);

    expect![[r#"
        list.tiny_note.all   name=a-1   Note a-1
        list.tiny_note.all   name=a-2   Note a-2"#]]
    .assert_eq(&lines(&found, "list.").join("\n"));
    assert_eq!(lines(&generated(&config), "text"), ["text              = \"full\""]);
    let plan = config.plan();
    plan.assert_only(&[]);
    config.apply_planned();
    assert_eq!(config.resource("tiny_note.all_1").unwrap()["text"], "full");

    config.write(
        "all.tfquery.hcl",
        "list \"tiny_note\" \"one\" {\n  provider = tiny\n  limit    = 1\n}\n",
    );
    let found = config.succeeds(&["query", "-no-color"]);
    expect![[r#"list.tiny_note.one   name=a-1   Note a-1"#]]
        .assert_eq(&lines(&found, "list.").join("\n"));
}
on_each_core!(notes_are_found_by_a_query);

fn an_action_runs_when_it_is_triggered_and_when_it_is_invoked(core: Core) {
    let config = tiny(
        core,
        r#"
resource "tiny_note" "this" {
  name = "secret"
  text = "burn after reading"

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.tiny_shred.it]
    }
  }
}

action "tiny_shred" "it" {
  config {
    name   = tiny_note.this.name
    passes = 2
  }
}
"#,
    );
    if core < ACTIONS {
        let said = config.validate_fails();
        assert!(said.contains("Blocks of type \"action\" are not expected here."), "{said}");
        return;
    }

    config.plan().assert_creates(&[NOTE]);
    let said = config.apply_planned();
    expect![[r#"
        Action started: action.tiny_shred.it (triggered by tiny_note.this)
        Action action.tiny_shred.it (triggered by tiny_note.this): pass 1
        Action action.tiny_shred.it (triggered by tiny_note.this): pass 2
        Action complete: action.tiny_shred.it (triggered by tiny_note.this)"#]]
    .assert_eq(&lines(&said, "Action ").join("\n"));
    assert_eq!(read(&config, "secret").unwrap(), "#".repeat(18));

    write(&config, "secret", "and again");
    let invoke =
        ["apply", "-no-color", "-input=false", "-auto-approve", "-invoke=action.tiny_shred.it"];
    let said = config.succeeds(&invoke);
    expect![[r#"
        Action started: action.tiny_shred.it (triggered by CLI)
        Action action.tiny_shred.it (triggered by CLI): pass 1
        Action action.tiny_shred.it (triggered by CLI): pass 2
        Action complete: action.tiny_shred.it (triggered by CLI)"#]]
    .assert_eq(&lines(&said, "Action ").join("\n"));
    assert_eq!(read(&config, "secret").unwrap(), "#".repeat(9));

    config.replace("passes = 2", "passes = 36");
    let said = config.fails(&invoke);
    assert!(said.contains("Error: Too many passes"), "{said}");
}
on_each_core!(an_action_runs_when_it_is_triggered_and_when_it_is_invoked);

fn a_deprecated_attribute_is_warned_of_where_it_is_read(core: Core) {
    let config = tiny(
        core,
        r#"
resource "tiny_note" "this" {
  name = "white"
}

output "colour" {
  value = tiny_note.this.colour
}
"#,
    );

    // Once as it is planned and, by some Terraforms, once more as it is validated.
    let mut warnings = config.plan_warnings();
    warnings.dedup();
    let warnings = warnings.join("\n");

    if core < DEPRECATION_MESSAGES {
        expect![[r#"
            Deprecated attribute

            The attribute "colour" is deprecated. Refer to the provider documentation for details."#]]
        .assert_eq(&warnings);
    } else {
        expect![[r#"
            Deprecated value used

            Paper is white."#]]
        .assert_eq(&warnings);
    }
}
on_each_core!(a_deprecated_attribute_is_warned_of_where_it_is_read);

fn a_provider_that_plans_what_nobody_asked_for_is_refused(core: Core) {
    let config = broken(
        core,
        "plan-other-value",
        r#"
resource "tiny_note" "this" {
  name = "first"
  text = "as written"
}
"#,
    );

    let errors = config.plan_errors();

    expect![[r#"
        Provider produced invalid plan

        Provider "registry.terraform.io/acme/tiny" planned an invalid value for tiny_note.this.text: planned value cty.StringVal("changed") does not match config value cty.StringVal("as written").

        This is a bug in the provider, which should be reported in the provider's own issue tracker."#]].assert_eq(&errors.join("\n"));
}
on_each_core!(a_provider_that_plans_what_nobody_asked_for_is_refused);
