//! The checker beside Terraform 1.15.5: the same provider, the same configurations, the same errors.
//!
//! A provider of hand-made messages serves both, so that nothing but Terraform and the checker decide
//! what is said. Every summary and every detail must agree, and where the one accepts an answer, so
//! must the other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod apply;
mod compare;
#[path = "../it/fake/mod.rs"]
#[expect(dead_code, reason = "the checker's own tests use all of it")]
mod fake;
mod good;
mod other_rpcs;
mod plan;
mod plan_blocks;
