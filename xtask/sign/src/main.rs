//! OpenPGP signatures of a release, without gpg: what `cargo xtask dist` runs.
//!
//! A program of its own, so that the commands of every day are built without its hundred crates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use pgp::composed::{
    ArmorOptions, Deserializable as _, DetachedSignature, KeyType, SecretKeyParamsBuilder,
    SignedPublicKey, SignedSecretKey,
};
use pgp::crypto::hash::HashAlgorithm;
use pgp::ser::Serialize as _;
use pgp::types::Password;
use rand::thread_rng;

/// As the public registry's own keys; it takes RSA and DSA alone.
///
/// <https://developer.hashicorp.com/terraform/registry/providers/publishing>
const RSA_BITS: u32 = 3072;

#[derive(Parser)]
#[command(about, disable_version_flag = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the binary signature of a file beside it, as FILE.sig
    Detached {
        file: PathBuf,
        /// The secret key, armored
        #[arg(long, env = "GPG_PRIVATE_KEY", hide_env_values = true)]
        key: String,
        /// What opens the key; empty for one that is open
        #[arg(long, env = "PASSPHRASE", hide_env_values = true, default_value = "")]
        passphrase: String,
    },
    /// Makes a key pair for tests, without a passphrase: secret.asc and public.asc in a folder
    Key { folder: PathBuf },
}

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("cannot {attempt} {}: {source}", path.display())]
    Io { attempt: &'static str, path: PathBuf, source: std::io::Error },

    #[error("the key is no OpenPGP secret key that can sign: {0}")]
    Key(#[source] pgp::errors::Error),

    #[error("cannot make a key: {0}")]
    Make(String),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Detached { file, key, passphrase } => detached(&file, &key, &passphrase),
        Command::Key { folder } => make_key(&folder),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is a program for people")]
fn complain(error: &Error) {
    eprintln!("error: {error}");
}

fn detached(file: &Path, key: &str, passphrase: &str) -> Result<(), Error> {
    let (key, _) = SignedSecretKey::from_string(key).map_err(Error::Key)?;
    let content = fs::read(file).map_err(|source| Error::Io {
        attempt: "read",
        path: file.into(),
        source,
    })?;
    let signature = DetachedSignature::sign_binary_data(
        thread_rng(),
        &key.primary_key,
        &Password::from(passphrase),
        HashAlgorithm::Sha256,
        &*content,
    );
    let bytes = signature.and_then(|signature| signature.to_bytes()).map_err(Error::Key)?;
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    write(Path::new(&name), &bytes)
}

fn make_key(folder: &Path) -> Result<(), Error> {
    let unmade = |error: &dyn std::fmt::Display| Error::Make(error.to_string());
    let parameters = SecretKeyParamsBuilder::default()
        .key_type(KeyType::Rsa(RSA_BITS))
        .can_certify(true)
        .can_sign(true)
        .primary_user_id("Tests of a release <nobody@example.com>".into())
        .build()
        .map_err(|error| unmade(&error))?;
    let secret = parameters.generate(thread_rng()).map_err(|error| unmade(&error))?;
    let public = SignedPublicKey::from(secret.clone());
    let armor = ArmorOptions::default();
    let secret = secret.to_armored_bytes(armor.clone()).map_err(|error| unmade(&error))?;
    let public = public.to_armored_bytes(armor).map_err(|error| unmade(&error))?;
    fs::create_dir_all(folder).map_err(|source| Error::Io {
        attempt: "create",
        path: folder.into(),
        source,
    })?;
    write(&folder.join("secret.asc"), &secret)?;
    write(&folder.join("public.asc"), &public)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    fs::write(path, bytes).map_err(|source| Error::Io {
        attempt: "write",
        path: path.into(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_verifies_with_the_public_key_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        make_key(folder.path()).unwrap();
        let file = folder.path().join("SHA256SUMS");
        fs::write(&file, "content").unwrap();

        let secret = fs::read_to_string(folder.path().join("secret.asc")).unwrap();
        detached(&file, &secret, "").unwrap();

        let public = fs::read_to_string(folder.path().join("public.asc")).unwrap();
        let (public, _) = SignedPublicKey::from_string(&public).unwrap();
        let bytes = fs::read(folder.path().join("SHA256SUMS.sig")).unwrap();
        let signature = DetachedSignature::from_bytes(&*bytes).unwrap();
        signature.verify(&public, b"content").unwrap();
        signature.verify(&public, b"contents").unwrap_err();
    }

    #[test]
    fn what_is_no_key_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("SHA256SUMS");
        fs::write(&file, "content").unwrap();
        let error = detached(&file, "no key", "").unwrap_err().to_string();
        assert!(error.starts_with("the key is no OpenPGP secret key that can sign: "), "{error}");
    }
}
