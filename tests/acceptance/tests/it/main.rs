//! Acceptance: real Terraform, our binaries, a local AWS and a local Modal.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_values;
mod bridge;
mod bridge_function;
mod bridge_trigger;
mod by_hand;
mod cdk;
mod complete;
mod composed;
mod data_sources;
mod diagnostics;
mod each_core;
mod event_source;
mod examples;
mod grown_policy;
mod guides;
mod harness;
mod interruption;
mod invocation;
mod invoke_bridge;
mod layers;
mod least_privilege;
mod modal_data;
mod oidc_provider;
mod oidc_role;
mod provider_block;
mod queue;
mod reattach;
mod registry;
mod released_states;
mod secrecy;
mod strictness;
mod tiny;
mod token_secret;
mod workflows;
