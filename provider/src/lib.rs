//! The provider: which AWS objects Modal needs, and how Terraform describes them.
//!
//! `aws/` is everything that knows the AWS SDK. The modules beside it are pure: documents that IAM
//! stores, the patterns in them, and tags. None of those does I/O or knows of unknown values.

pub mod aws;
pub mod execution_policy;
pub mod grant_policy;
pub mod policy_document;
pub mod secret_string;
pub mod subject;
pub mod tags;
pub mod trust_policy;
