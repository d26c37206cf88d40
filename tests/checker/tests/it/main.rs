//! The checker against providers of hand-made messages: good ones pass, each rule refuses a bad one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod action;
mod apply;
mod config;
mod connection;
mod data_source;
mod diagnostics;
mod ephemeral;
mod fake;
mod final_plan;
mod function;
mod identity;
mod import;
mod life;
mod list;
mod metadata;
mod moved;
mod plan;
mod plan_blocks;
mod properties;
mod read;
mod rules;
mod schema;
mod schema_functions;
mod status;
mod upgrade;

use std::fmt::Debug;

use checker::{Refusal, Rule};
use expect_test::Expect;

/// Asserts that a step was refused by this rule, in these words.
fn refused<T: Debug>(result: Result<T, Refusal>, rule: Rule, words: &Expect) {
    let refusal = result.unwrap_err();
    assert_eq!(refusal.rule(), Some(rule), "{refusal}");
    words.assert_eq(&refusal.to_string());
}
