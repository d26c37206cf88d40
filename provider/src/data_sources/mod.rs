//! One file, one data source: what exists already, only looked at.

mod bridge_code;
mod bridge_function;

pub(crate) use bridge_code::BridgeCodeData;
pub(crate) use bridge_function::BridgeFunctionData;
