//! The framework under the checker, which asks and judges as Terraform's core does.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod random;
#[path = "../tiny/mod.rs"]
mod tiny;
mod tiny_lives;
