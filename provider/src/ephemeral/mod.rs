//! One file, one ephemeral resource: a value that lives as long as a run, and is stored nowhere.

mod credentials;

pub(crate) use credentials::Credentials;
