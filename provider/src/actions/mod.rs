//! One file, one action: something to do that leaves no object behind.

mod invoke_bridge;

pub(crate) use invoke_bridge::InvokeBridge;
