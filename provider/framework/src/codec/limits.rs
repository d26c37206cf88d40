//! How much memory a value from outside may fill.
//!
//! A byte on the wire can stand for much more in memory: an empty value, a map with one member. What
//! a message may fill is therefore counted while it is read, and bounded by its length. How deep a
//! value may nest is [`MAX_DEPTH`](crate::types::MAX_DEPTH).

use super::CodecError;
use crate::dynamic::Dynamic;

/// What every message may fill, however short: half a million members of objects.
const FLOOR: usize = 128 << 20;

/// What each byte of a message adds.
const PER_BYTE: usize = 64;

/// The first node of a `BTreeMap`, which an object of one member fills too.
const NODE: usize = 11 * (size_of::<String>() + size_of::<Dynamic>()) + 16;

/// A member of an object: nodes are half full, and a name is an allocation of its own.
const MEMBER: usize = 2 * (size_of::<String>() + size_of::<Dynamic>()) + 32;

/// A digit beside a number: a float of a thousand digits takes as long to write out as to fill this.
const DIGIT: usize = 16;

/// What is left of the memory that a message may fill.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    /// For a message of so many bytes.
    pub(super) fn of(message: usize) -> Self {
        Self(message.saturating_mul(PER_BYTE).saturating_add(FLOOR))
    }

    /// Counts a list of so many elements, before it is there.
    pub(super) fn elements(&mut self, count: usize) -> Result<(), CodecError> {
        self.take(count.saturating_mul(size_of::<Dynamic>()))
    }

    /// Counts a map or an object of so many members, before it is there.
    pub(super) fn members(&mut self, count: usize) -> Result<(), CodecError> {
        if count == 0 { Ok(()) } else { self.take(count.saturating_mul(MEMBER) + NODE) }
    }

    /// Counts a number of so many digits, which an exponent can multiply.
    pub(super) fn digits(&mut self, count: usize) -> Result<(), CodecError> {
        self.take(count.saturating_mul(DIGIT))
    }

    /// Counts a type, given as so many bytes of JSON.
    pub(super) fn type_text(&mut self, length: usize) -> Result<(), CodecError> {
        self.take(length.saturating_mul(PER_BYTE))
    }

    fn take(&mut self, bytes: usize) -> Result<(), CodecError> {
        self.0 = self.0.checked_sub(bytes).ok_or(CodecError::TooLarge)?;
        Ok(())
    }
}
