//! AWS in this provider's words: everything that knows the AWS SDK.
//!
//! One adapter for each service, with the verbs that resources use. Absence is `None`, deleting
//! what is gone succeeds, and AWS's delays and repetitions end here.

mod adapters;
pub mod apigateway;
pub mod caller;
pub mod config;
pub mod cors;
pub mod ec2;
pub mod error;
pub mod eventbridge;
mod http;
pub mod iam;
pub mod lambda;
mod limit;
pub mod logs;
pub mod oidc_provider;
pub mod partition;
pub mod patience;
mod regional;
pub mod s3;
pub mod scheduler;
pub mod secrets;
mod services;
pub mod sns;
pub mod sqs;
#[cfg(test)]
pub(crate) mod testing;
mod turns;
pub mod waiter;

pub use adapters::Aws;
pub use apigateway::ApiGateway;
pub use caller::{Caller, CallerIdentity};
pub use config::{AwsEnvironment, AwsSettings, SettingsError};
pub use ec2::Ec2;
pub use error::{AwsError, Fault};
pub use eventbridge::EventBridge;
pub use iam::Iam;
pub use lambda::Lambda;
pub use logs::Logs;
pub use patience::Patience;
pub use s3::S3;
pub use scheduler::Scheduler;
pub use secrets::Secrets;
pub use sns::Sns;
pub use sqs::Queues;
pub use waiter::{Waiter, Waits};
