//! Arguments out, results in: JSON to what Modal's containers read, and back.
//!
//! A result has the format of the input. `remote` therefore speaks CBOR, which is safe to read.
//! `spawn` writes pickle: every container reads it, whatever its image, and nobody reads the result,
//! so a function that returns what CBOR cannot hold does not fail for it. No pickle is ever read.

mod big_int;
mod cbor;
mod number;
mod pickle;
mod timestamp;

use bytes::Bytes;
use modal_proto::DataFormat;
use serde_json::{Map, Value};

pub(crate) use cbor::{Unreadable, read as read_cbor};

use crate::ModalError;

/// Writes `(args, kwargs)` as the arguments of a Python call.
pub(crate) fn write(
    format: DataFormat,
    args: &[&Value],
    kwargs: &Map<String, Value>,
) -> Result<Bytes, ModalError> {
    let written = match format {
        DataFormat::Cbor => cbor::write_call(args, kwargs),
        _ => pickle::write_call(args, kwargs),
    };
    written.map(Bytes::from).map_err(|reason| ModalError::Argument { reason })
}
