//! The generated code is what the definitions in `proto/` generate.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::{env, fs};

const DEFINITIONS: &[&str] =
    &["tfplugin5.proto", "grpc_broker.proto", "grpc_controller.proto", "grpc_stdio.proto"];
const FILES: &[&str] = &["tfplugin5.rs", "plugin.rs"];

#[test]
#[expect(clippy::disallowed_methods, reason = "a test's own switch")]
fn bindings_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fresh = tempfile::tempdir().unwrap();
    generate(root, fresh.path());

    for file in FILES {
        let path = root.join("src/generated").join(file);
        let want = fs::read_to_string(fresh.path().join(file)).unwrap();
        if env::var_os("UPDATE_GENERATED").is_some() {
            fs::write(&path, &want).unwrap();
        }
        let have = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            have == want,
            "{} is stale: run UPDATE_GENERATED=1 cargo test -p tfplugin-proto",
            path.display()
        );
    }
}

fn generate(root: &Path, out_dir: &Path) {
    let descriptors = protox::compile(DEFINITIONS, [root.join("proto")]).unwrap();
    tonic_prost_build::configure()
        .build_transport(false)
        .client_mod_attribute(".", "#[cfg(feature = \"client\")]")
        .out_dir(out_dir)
        .compile_fds(descriptors)
        .unwrap();
}
