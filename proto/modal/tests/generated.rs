//! The checked-in code is what `proto/modal.proto` generates.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "whoever runs the test says whether to rewrite")]

use std::path::Path;
use std::{env, fs};

const FILE: &str = "modal.client.rs";

#[test]
fn bindings_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fresh = tempfile::tempdir().unwrap();
    generate(root, fresh.path());

    let path = root.join("src/generated").join(FILE);
    let want = fs::read_to_string(fresh.path().join(FILE)).unwrap();
    if env::var_os("UPDATE_GENERATED").is_some() {
        fs::write(&path, &want).unwrap();
    }
    assert!(
        fs::read_to_string(&path).is_ok_and(|have| have == want),
        "{} is stale: run UPDATE_GENERATED=1 cargo test -p modal-proto",
        path.display()
    );
}

fn generate(root: &Path, out_dir: &Path) {
    let descriptors = protox::compile(["modal.proto"], [root.join("proto")]).unwrap();
    tonic_prost_build::configure()
        .build_transport(false)
        .bytes(".")
        .server_mod_attribute("modal.client", "#[cfg(feature = \"server\")]")
        .out_dir(out_dir)
        .compile_fds(descriptors)
        .unwrap();
}
