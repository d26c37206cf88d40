//! What the program says to a person who starts it: Terraform gives it no argument.

use crate::bridge_package::{BridgePackage, bundled};

/// The source address without its host.
const SOURCE: &str = "modal-bridge/modal";
const REPOSITORY: &str = "https://github.com/modal-bridge/terraform-provider-modal";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What to do with a process that was started so.
#[derive(Debug, PartialEq, Eq)]
pub enum Start {
    /// Be a provider; `debug` is for a developer, who attaches Terraform to it.
    Serve { debug: bool },
    /// Print this, and end well.
    Say(String),
    /// Print this where errors go, and fail.
    Complain(String),
}

/// Reads the arguments after the program's name. Like Terraform, it takes one hyphen or two.
pub fn start(arguments: &[String], started_by_terraform: bool) -> Start {
    let names: Vec<_> = arguments
        .iter()
        .map(|argument| {
            argument
                .strip_prefix('-')
                .map_or(argument.as_str(), |name| name.trim_start_matches('-'))
        })
        .collect();
    match names[..] {
        [] if started_by_terraform => Start::Serve { debug: false },
        [] => Start::Complain(BY_HAND.to_owned()),
        ["debug"] => Start::Serve { debug: true },
        ["version" | "v"] => Start::Say(version(bundled())),
        ["help" | "h"] => Start::Say(help()),
        _ => {
            let given = arguments.join(" ");
            Start::Complain(format!(
                "terraform-provider-modal does not know `{given}`: see --help\n"
            ))
        }
    }
}

/// One line, for reports of bugs.
fn version(bridges: &[BridgePackage]) -> String {
    let architectures: Vec<_> = bridges.iter().map(|package| package.architecture).collect();
    let bridge = match architectures[..] {
        [] => "without a bridge".to_owned(),
        _ => format!("bridge for {}", architectures.join(" and ")),
    };
    format!("terraform-provider-modal {VERSION} (plugin protocol 5.0, {bridge})\n")
}

fn help() -> String {
    format!(
        "\
The Terraform provider for Modal and AWS: lets AWS events call functions deployed on Modal, and lets
Modal functions use AWS without keys. Terraform starts it by itself, for configurations with

  terraform {{
    required_providers {{
      modal = {{ source = \"{SOURCE}\" }}
    }}
  }}

Documentation: https://registry.terraform.io/providers/{SOURCE}/latest/docs
Source, bugs:  {REPOSITORY}

  --version  says which version this is
  --help     says this
  --debug    serves until Ctrl-C, for a developer, and prints how to attach Terraform
"
    )
}

/// What a provider says that nobody asked anything.
const BY_HAND: &str = "\
terraform-provider-modal is a plugin of Terraform's: `terraform init` installs it, and `terraform plan`
and `terraform apply` start it. Nothing was done. See --help.
";

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn started(arguments: &[&str]) -> Start {
        let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        start(&arguments, false)
    }

    #[test]
    fn terraform_gives_no_argument() {
        assert_eq!(start(&[], true), Start::Serve { debug: false });
    }

    #[test]
    fn a_developer_debugs_with_one_hyphen_or_two() {
        assert_eq!(started(&["-debug"]), Start::Serve { debug: true });
        assert_eq!(started(&["--debug"]), Start::Serve { debug: true });
    }

    #[test]
    fn a_person_is_told_who_starts_it() {
        let Start::Complain(said) = started(&[]) else { panic!("it does not complain") };
        expect![[r#"
            terraform-provider-modal is a plugin of Terraform's: `terraform init` installs it, and `terraform plan`
            and `terraform apply` start it. Nothing was done. See --help.
        "#]]
        .assert_eq(&said);
    }

    #[test]
    fn the_version_says_which_bridges_are_inside() {
        let package = |architecture| BridgePackage { architecture, sha256: "", zip: &[] };
        let rest = |text: String| text.replace(VERSION, "(version)");
        expect![[r#"
            terraform-provider-modal (version) (plugin protocol 5.0, bridge for arm64 and x86_64)
        "#]]
        .assert_eq(&rest(version(&[package("arm64"), package("x86_64")])));
        expect![[r#"
            terraform-provider-modal (version) (plugin protocol 5.0, without a bridge)
        "#]]
        .assert_eq(&rest(version(&[])));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let unknown = "terraform-provider-modal does not know `apply -x`: see --help\n";
        assert_eq!(started(&["apply", "-x"]), Start::Complain(unknown.to_owned()));
    }
}
