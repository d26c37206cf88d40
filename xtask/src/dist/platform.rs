//! The systems that a release is for, in Terraform's words and in Rust's.

use std::env::consts;

/// One system.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Platform {
    os: &'static str,
    arch: &'static str,
    /// Rust's names, with the glibc where it is pinned; the first that rustc has is taken.
    pub(super) targets: &'static [&'static str],
}

/// All of a release. Linux's are static where Rust has musl: the image `hashicorp/terraform` is an
/// Alpine. Else they need a glibc that every distribution of the last ten years has.
pub(super) const ALL: [Platform; 7] = [
    Platform {
        os: "linux",
        arch: "amd64",
        targets: &["x86_64-unknown-linux-musl", "x86_64-unknown-linux-gnu.2.17"],
    },
    Platform {
        os: "linux",
        arch: "arm64",
        targets: &["aarch64-unknown-linux-musl", "aarch64-unknown-linux-gnu.2.17"],
    },
    Platform { os: "darwin", arch: "amd64", targets: &["x86_64-apple-darwin"] },
    Platform { os: "darwin", arch: "arm64", targets: &["aarch64-apple-darwin"] },
    Platform { os: "windows", arch: "amd64", targets: &["x86_64-pc-windows-gnu"] },
    Platform { os: "windows", arch: "arm64", targets: &["aarch64-pc-windows-gnullvm"] },
    // Rust has no standard library for FreeBSD on arm64.
    Platform { os: "freebsd", arch: "amd64", targets: &["x86_64-unknown-freebsd"] },
];

impl Platform {
    /// As in the names of the zips: `linux_amd64`.
    pub(super) fn name(&self) -> String {
        format!("{}_{}", self.os, self.arch)
    }

    /// The one with this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|platform| platform.name() == name)
    }

    /// This machine's.
    pub(super) fn here() -> Option<&'static Self> {
        let os = if consts::OS == "macos" { "darwin" } else { consts::OS };
        let arch = match consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        ALL.iter().find(|platform| (platform.os, platform.arch) == (os, arch))
    }

    /// What the program is called in its zip.
    pub(super) fn program(&self, version: &str) -> String {
        let suffix = if self.os == "windows" { ".exe" } else { "" };
        format!("terraform-provider-modal_v{version}{suffix}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zips_and_programs_have_the_names_that_the_registry_wants() {
        let windows = Platform::named("windows_amd64").unwrap();
        assert_eq!(windows.program("1.2.3"), "terraform-provider-modal_v1.2.3.exe");
        let linux = Platform::named("linux_arm64").unwrap();
        assert_eq!(linux.program("1.2.3"), "terraform-provider-modal_v1.2.3");
        assert_eq!(Platform::named("plan9_amd64"), None);
    }
}
