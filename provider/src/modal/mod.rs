//! Modal in this provider's words: whose a token is, what is deployed, and which token,
//! environment and server are meant.
//!
//! Everything here reads. The provider makes nothing in Modal.

mod callable;
mod calls;
mod environment;
mod error;
mod profiles;
mod settings;
mod timestamp;

pub use callable::why_not_callable;
pub use calls::Modal;
pub use environment::ModalEnvironment;
pub use error::CallError;
pub use modal_client::{
    Argument, DataFormat, FunctionDescription, FunctionKind, FunctionRef, Identity, InputPlane,
    TokenInfo,
};
pub use profiles::ProfilesError;
pub use settings::{
    LookedInto, ModalBlock, ModalSettings, ModalSettingsError, Source, Sourced, Token,
};
pub use timestamp::{parse_rfc3339, rfc3339};
