//! AWS's APIs, as far as the bridge needs them: signed requests of JSON, without an SDK, whose
//! start-up time and size would show.

mod access;
mod json_api;

pub use access::AwsAccess;
pub(crate) use json_api::{Failure, JsonApi, Service};
