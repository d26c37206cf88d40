//! Terraform plugin protocol 5 and go-plugin's services: generated code, and nothing else.
//!
//! The definitions are in `proto/`. After a change there, run
//! `UPDATE_GENERATED=1 cargo test -p tfplugin-proto`. Clients are behind the feature `client`.

/// Protocol 5: package `tfplugin5`.
#[allow(clippy::all, unreachable_pub, missing_docs, reason = "generated code")]
pub mod tfplugin5 {
    include!("generated/tfplugin5.rs");
}

/// What go-plugin serves beside the provider: package `plugin`.
#[allow(clippy::all, unreachable_pub, missing_docs, reason = "generated code")]
pub mod plugin {
    include!("generated/plugin.rs");
}
