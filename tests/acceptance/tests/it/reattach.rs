//! A developer's provider, which runs by itself and serves one Terraform command after the other.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use acceptance::{Core, Workspace};

use crate::tiny::tiny;

/// The provider's process, which a developer ends with Ctrl-C.
struct Debugged(Child);

impl Drop for Debugged {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn terraform_attaches_to_a_provider_that_is_there_already_for_every_command() {
    let program = Workspace::here().program("terraform-provider-tiny").unwrap();
    let mut process = Command::new(program);
    process.arg("-debug").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut provider = Debugged(process.spawn().unwrap());
    let lines = BufReader::new(provider.0.stdout.take().unwrap()).lines();
    let variable = lines.map(Result::unwrap).find_map(|line| {
        let (_, json) = line.split_once("TF_REATTACH_PROVIDERS='")?;
        json.strip_suffix('\'').map(str::to_owned)
    });
    let note = "resource \"tiny_note\" \"this\" {\n  name = \"first\"\n}\n";
    let config =
        tiny(Core::choose().unwrap(), note).with_env("TF_REATTACH_PROVIDERS", variable.unwrap());

    config.apply();
    config.plan().assert_empty();
    config.destroy();

    assert_eq!(provider.0.try_wait().unwrap(), None, "the provider serves on");
}

/// Without the attachment, the same commands would start providers of their own and succeed too.
#[test]
fn terraform_goes_to_the_attached_provider_and_to_no_other() {
    let nowhere = r#"{"registry.terraform.io/acme/tiny":{"Protocol":"grpc","ProtocolVersion":5,
        "Pid":1,"Test":true,"Addr":{"Network":"unix","String":"/nonexistent/provider"}}}"#;
    let note = "resource \"tiny_note\" \"this\" {\n  name = \"first\"\n}\n";
    let config = tiny(Core::choose().unwrap(), note).with_env("TF_REATTACH_PROVIDERS", nowhere);
    let output = config.plan_fails();
    assert!(output.contains("Failed to load plugin schemas"), "{output}");
}
