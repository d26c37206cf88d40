//! Acceptance: real Terraform, our binaries, a local AWS and a local Modal.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;
mod layers;
