//! Puts the bridge's zips, as `cargo xtask bridge` left them, where `bridge_package.rs` embeds them.
//!
//! None is fine: the provider then compiles without, and says what to run when it needs one.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script its paths this way")]

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs, io};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// Lambda's names of them, the preferred one first.
const ARCHITECTURES: [&str; 2] = ["arm64", "x86_64"];

fn main() -> Result<(), Box<dyn Error>> {
    let variable = |name: &str| env::var_os(name).ok_or(format!("cargo did not set {name}"));
    let manifest_dir = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out_dir = PathBuf::from(variable("OUT_DIR")?);
    let packages = manifest_dir.join("../target/bridge");

    // A watched folder that is missing would make cargo build the provider anew every time.
    fs::create_dir_all(&packages)?;
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", packages.display());

    let mut list = String::from("&[\n");
    for architecture in ARCHITECTURES {
        let name = format!("bootstrap-{architecture}.zip");
        let zip = match fs::read(packages.join(&name)) {
            Ok(zip) => zip,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        // The copy is what is embedded, so that the hash is the hash of these very bytes.
        fs::write(out_dir.join(&name), &zip)?;
        let sha256 = STANDARD.encode(Sha256::digest(&zip));
        list += &format!(
            "    BridgePackage {{ architecture: {architecture:?}, sha256: {sha256:?}, \
             zip: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\")) }},\n"
        );
    }
    list += "]\n";
    fs::write(out_dir.join("bridge_packages.rs"), list)?;
    Ok(())
}
