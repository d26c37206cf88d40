//! The bridge's zips that this build carries, and their hashes.
//!
//! `build.rs` finds them in `target/bridge/`, where `cargo xtask bridge` puts them.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};
use tf_framework::Diagnostic;

/// One architecture's deployment package for Lambda: a zip that holds `bootstrap`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BridgePackage {
    /// Lambda's name of the architecture: `arm64` or `x86_64`.
    pub architecture: &'static str,
    /// SHA-256 of [`zip`](Self::zip) in base64, as Lambda reports it in `CodeSha256`.
    pub sha256: &'static str,
    /// What `CreateFunction` and `UpdateFunctionCode` take as `ZipFile`.
    pub zip: &'static [u8],
}

impl BridgePackage {
    /// [`zip`](Self::zip), after a look whether it still is what was built: an executable may be
    /// damaged on a disk, and Lambda would take whatever it is given.
    pub fn verified(&self) -> Result<&'static [u8], Diagnostic> {
        if hash(self.zip) == self.sha256 {
            return Ok(self.zip);
        }
        Err(Diagnostic::error(
            "The bridge in this provider is damaged",
            "Its code has not the hash that it was built with, and was not uploaded. Install the \
             provider again: delete its folder under .terraform/providers and run `terraform init`.",
        ))
    }
}

/// As Lambda reports it.
fn hash(zip: &[u8]) -> String {
    BASE64_STANDARD.encode(Sha256::digest(zip))
}

/// Written by hand: the derived one would print a megabyte.
impl fmt::Debug for BridgePackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BridgePackage")
            .field("architecture", &self.architecture)
            .field("sha256", &self.sha256)
            .field("bytes", &self.zip.len())
            .finish()
    }
}

/// The version of the bridge in the packages: it is released with the provider.
pub const BRIDGE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The packages in this build, the default first. A release has both; a development build may
/// have one, or none before the first `cargo xtask bridge`.
pub fn bundled() -> &'static [BridgePackage] {
    BUNDLED
}

/// The package for one architecture, if this build carries it.
pub fn for_architecture(architecture: &str) -> Option<&'static BridgePackage> {
    BUNDLED.iter().find(|package| package.architecture == architecture)
}

/// The package for one architecture. Fails, on the attribute `architecture`, in a build that does
/// not carry it.
pub fn require(architecture: &str) -> Result<&'static BridgePackage, Diagnostic> {
    for_architecture(architecture).ok_or_else(|| {
        Diagnostic::error(
            format!("This build of the provider has no bridge for {architecture}"),
            missing().unwrap_or_default(),
        )
        .at("architecture")
    })
}

/// What a function gets that names no architecture: `arm64`, or else the one that is there.
pub fn default_architecture() -> &'static str {
    BUNDLED.first().map_or("arm64", |package| package.architecture)
}

/// What a build says of itself that does not carry every architecture; `None` for a release.
pub fn missing() -> Option<String> {
    match BUNDLED {
        [] => Some(
            "It carries no bridge, so it cannot create bridge functions. Run `cargo xtask bridge` \
             and build it again."
                .to_owned(),
        ),
        [only] => Some(format!(
            "It carries the bridge for {0} alone, and {0} is the default of architecture.",
            only.architecture
        )),
        _ => None,
    }
}

/// Sorted by `build.rs`: `arm64` comes first.
const BUNDLED: &[BridgePackage] = include!(concat!(env!("OUT_DIR"), "/bridge_packages.rs"));

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn every_bundled_package_is_found_by_its_architecture() {
        for package in bundled() {
            assert_eq!(for_architecture(package.architecture), Some(package));
        }
        assert_eq!(for_architecture("riscv64"), None);
    }

    #[test]
    fn a_bundled_package_is_a_zip_with_the_hash_that_lambda_would_report() {
        for package in bundled() {
            assert!(package.zip.starts_with(b"PK\x03\x04"), "{package:?}");
            assert_eq!(package.verified().unwrap(), package.zip);
        }
    }

    #[test]
    fn a_package_that_is_not_what_was_built_is_not_uploaded() {
        let damaged = BridgePackage { architecture: "arm64", sha256: "c2hh", zip: b"PK" };
        let said = damaged.verified().unwrap_err();
        expect![[r#"
            The bridge in this provider is damaged
            Its code has not the hash that it was built with, and was not uploaded. Install the provider again: delete its folder under .terraform/providers and run `terraform init`."#]]
        .assert_eq(&format!("{}\n{}", said.summary, said.detail));
    }

    #[test]
    fn arm64_is_the_default_unless_only_the_other_one_is_there() {
        let expected = match bundled() {
            [only] => only.architecture,
            _ => "arm64",
        };
        assert_eq!(default_architecture(), expected);
    }
}
