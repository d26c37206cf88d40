//! The provider's program, started by a person.

use std::process::{Command, Output};

use acceptance::Workspace;

fn started(arguments: &[&str]) -> Output {
    let program = Workspace::here().program("terraform-provider-modal").unwrap();
    Command::new(program).args(arguments).env_clear().output().unwrap()
}

#[test]
fn a_person_who_starts_it_is_told_what_it_is_and_nothing_is_on_standard_output() {
    let output = started(&[]);
    assert_eq!(output.status.code(), Some(1));
    // Where Terraform would look for the handshake.
    assert_eq!(output.stdout, b"");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("terraform-provider-modal is a plugin of Terraform's"), "{said}");
}

#[test]
fn it_says_its_version_and_what_it_is_for() {
    let output = started(&["--version"]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let version = format!(
        "terraform-provider-modal {} (plugin protocol 5.0, bridge for ",
        env!("CARGO_PKG_VERSION")
    );
    assert!(said.starts_with(&version) && said.lines().count() == 1, "{said}");

    let output = started(&["--help"]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("source = \"modal-bridge/modal\""), "{said}");
}
