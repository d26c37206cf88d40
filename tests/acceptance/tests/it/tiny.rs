//! The framework's example provider, and its broken twin, in the hands of Terraform.

use acceptance::{Config, Core, Provider, Terraform, Workspace};

/// A folder with this `main.tf`, where notes are kept too. No AWS is there, nor needed.
pub(crate) fn tiny(core: Core, main: &str) -> Config {
    hosting(core, "terraform-provider-tiny", main)
}

/// The same, with the provider that makes one mistake.
pub(crate) fn broken(core: Core, fault: &str, main: &str) -> Config {
    hosting(core, "examples/terraform-provider-broken", main).with_env("TINY_FAULT", fault)
}

fn hosting(core: Core, program: &str, main: &str) -> Config {
    let provider = Provider::built(&Workspace::here(), "acme/tiny", program).unwrap();
    let config = Terraform::hosting(core, &[provider]).with_override().config(main);
    config.write("provider.tf", "provider \"tiny\" {\n  folder = path.module\n}\n");
    config
}
