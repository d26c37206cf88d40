//! Installed as practitioners install it: what `cargo xtask dist` makes, from a registry and from
//! mirrors, with checksums and signature verified by Terraform itself.

mod release;
mod server;

use std::fs;

use acceptance::{Config, World};
use serde_json::json;

use self::release::{Release, VERSION, dist, files, name, release};
use self::server::{Files, serve, serve_tls};

const SOURCE: &str = "registry.terraform.io/modal-bridge/modal";

/// A secret that waits for its token.
const MAIN: &str = r#"
provider "modal" {
  region = "us-east-1"
}

resource "modal_token_secret" "modal" {
  name = "modal/prod"
}
"#;

#[test]
fn a_release_installs_from_a_registry_and_works() {
    let world = World::start();
    let release = release();
    let config = from_registry(&world, release, &release.public_key, &release.files);

    let said = config.init();
    let installed = format!("Installed modal-bridge/modal v{VERSION} (self-signed, key ID ");
    assert!(said.contains(&installed), "{said}");
    let lock = fs::read_to_string(config.directory().join(".terraform.lock.hcl")).unwrap();
    let sums = String::from_utf8(release.files[&name("SHA256SUMS")].clone()).unwrap();
    let zip = sums.lines().find(|line| line.ends_with(".zip")).unwrap();
    let hash = zip.split(' ').next().unwrap();
    assert!(lock.contains(&format!("\"zh:{hash}\"")) && lock.contains("\"h1:"), "{lock}");

    config.apply();
    config.plan().assert_empty();
    config.destroy();
}

#[test]
fn a_lock_file_can_be_made_before_anything_is_installed() {
    let world = World::start();
    let release = release();
    let config = from_registry(&world, release, &release.public_key, &release.files);
    let platform = format!("-platform={}", platform().join("_"));
    let command = config.command(&["providers", "lock", "-no-color", &platform]).output().unwrap();
    let said = String::from_utf8_lossy(&command.stdout);
    assert!(command.status.success(), "{said}{}", String::from_utf8_lossy(&command.stderr));
    let lock = fs::read_to_string(config.directory().join(".terraform.lock.hcl")).unwrap();
    assert!(lock.contains("\"zh:") && lock.contains("\"h1:"), "{lock}");
}

#[test]
fn a_zip_that_somebody_changed_is_not_installed() {
    let world = World::start();
    let release = release();
    let mut changed = release.files.clone();
    let zip = changed.get_mut(&name(&format!("{}.zip", platform().join("_")))).unwrap();
    *zip.last_mut().unwrap() ^= 1;
    let config = from_registry(&world, release, &release.public_key, &changed);
    let said = words(&config.fails(&["init", "-input=false", "-no-color"]));
    assert!(said.contains("archive has incorrect checksum"), "{said}");
}

#[test]
fn checksums_that_somebody_changed_are_not_believed() {
    let world = World::start();
    let release = release();
    let mut changed = release.files.clone();
    changed.get_mut(&name("SHA256SUMS")).unwrap().extend(b"0000  another.zip\n");
    let config = from_registry(&world, release, &release.public_key, &changed);
    let said = words(&config.fails(&["init", "-input=false", "-no-color"]));
    assert!(said.contains("error checking signature"), "{said}");
}

#[test]
fn what_somebody_else_signed_is_not_installed() {
    let world = World::start();
    let release = release();
    let config = from_registry(&world, release, &release.foreign_key, &release.files);
    let said = words(&config.fails(&["init", "-input=false", "-no-color"]));
    assert!(said.contains("authentication signature from unknown issuer"), "{said}");
}

#[test]
fn a_release_installs_from_a_mirror_in_the_file_system() {
    let world = World::start();
    let folder = tempfile::tempdir().unwrap();
    let packages = folder.path().join(SOURCE);
    fs::create_dir_all(&packages).unwrap();
    let zip = name(&format!("{}.zip", platform().join("_")));
    fs::write(packages.join(&zip), &release().files[&zip]).unwrap();
    let path = folder.path().display().to_string();
    let mirror = format!("filesystem_mirror {{\n path = {path:?}\n }}");
    let config = installing(&world, "", &mirror);
    let said = config.init();
    assert!(said.contains(&format!("Installed modal-bridge/modal v{VERSION}")), "{said}");
    config.plan().assert_creates(&["modal_token_secret.modal"]);
}

#[test]
fn a_release_installs_from_a_mirror_in_the_network() {
    let world = World::start();
    let zip = name(&format!("{}.zip", platform().join("_")));
    let archives = json!({ "archives": { platform().join("_"): { "url": zip } } });
    let files = Files::from([
        (
            format!("/{SOURCE}/index.json"),
            json!({ "versions": { VERSION: {} } }).to_string().into(),
        ),
        (format!("/{SOURCE}/{VERSION}.json"), archives.to_string().into()),
        (format!("/{SOURCE}/{zip}"), release().files[&zip].clone()),
    ]);
    let (address, certificate) = serve_tls(files);
    let config =
        installing(&world, "", &format!("network_mirror {{\n url = \"https://{address}/\"\n }}"));
    config.write("ca.pem", &certificate);
    let ca = config.directory().join("ca.pem").display().to_string();
    let config = config.with_env("SSL_CERT_FILE", ca);
    let said = config.init();
    assert!(said.contains(&format!("Installed modal-bridge/modal v{VERSION}")), "{said}");
    config.plan().assert_creates(&["modal_token_secret.modal"]);
}

#[test]
fn the_same_program_makes_the_same_release() {
    let folder = tempfile::tempdir().unwrap();
    dist(folder.path());
    let again = files(folder.path());
    assert!(again.len() >= 4, "{:?}", again.keys());
    for (name, content) in &again {
        assert!(release().files[name] == *content, "{name} is another one the second time");
    }
}

/// A folder whose `terraform init` finds these files in a registry that says who signs.
fn from_registry(
    world: &World,
    release: &Release,
    key: &str,
    files: &std::collections::BTreeMap<String, Vec<u8>>,
) -> Config {
    let [os, arch] = platform();
    let zip = name(&format!("{os}_{arch}.zip"));
    let sums = String::from_utf8(release.files[&name("SHA256SUMS")].clone()).unwrap();
    let line = sums.lines().find(|line| line.ends_with(&zip)).unwrap();
    let package = json!({
        "protocols": ["5.0"],
        "os": os,
        "arch": arch,
        "filename": zip,
        "download_url": format!("/files/{zip}"),
        "shasums_url": format!("/files/{}", name("SHA256SUMS")),
        "shasums_signature_url": format!("/files/{}", name("SHA256SUMS.sig")),
        "shasum": line.split(' ').next().unwrap(),
        "signing_keys": { "gpg_public_keys": [{ "key_id": "", "ascii_armor": key }] },
    });
    let versions = json!({ "versions": [{
        "version": VERSION, "protocols": ["5.0"], "platforms": [{ "os": os, "arch": arch }],
    }] });
    let api = "/v1/providers/modal-bridge/modal";
    let mut served = Files::from([
        (format!("{api}/versions"), versions.to_string().into()),
        (format!("{api}/{VERSION}/download/{os}/{arch}"), package.to_string().into()),
    ]);
    for (name, content) in files {
        served.insert(format!("/files/{name}"), content.clone());
    }
    let address = serve(served);
    let host = format!(
        "host \"registry.terraform.io\" {{\n services = {{\n \"providers.v1\" = \
         \"http://{address}/v1/providers/\"\n }}\n}}\n"
    );
    installing(world, &host, "direct {}")
}

/// A folder whose `terraform init` installs as this CLI configuration says.
fn installing(world: &World, host: &str, from: &str) -> Config {
    let config = world.config(MAIN);
    let text = format!("disable_checkpoint = true\n{host}provider_installation {{\n {from}\n}}\n");
    config.write("terraform.tfrc", &text);
    let file = config.directory().join("terraform.tfrc").display().to_string();
    config.with_env("TF_CLI_CONFIG_FILE", file)
}

/// This machine in Terraform's words.
fn platform() -> [&'static str; 2] {
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    [if cfg!(target_os = "macos") { "darwin" } else { "linux" }, arch]
}

/// What Terraform wrapped to a terminal's width, in one line.
fn words(text: &str) -> String {
    text.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}
