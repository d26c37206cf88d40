//! The framework as a process: `tests/tiny`, started and called as Terraform would.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a test waits for a process")]

#[cfg(unix)]
mod client;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod serve;
