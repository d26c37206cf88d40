//! The framework under the checker, which asks and judges as Terraform's core does.

mod random;
#[path = "../tiny/mod.rs"]
mod tiny;
mod tiny_lives;
