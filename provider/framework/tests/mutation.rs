//! Bytes that are nearly right: what a decoder must survive is most often one step from what it is
//! made for.

use proptest::prelude::*;
use proptest::sample::Index;

/// One step away from valid bytes.
#[derive(Debug, Clone)]
pub(crate) enum Mutation {
    Flip(Index, u8),
    Replace(Index, u8),
    Truncate(Index),
    Remove(Index, usize),
    Repeat(Index, usize, usize),
    Insert(Index, Vec<u8>),
    /// Goes on with the end of another example.
    Splice(Index, Index, Index),
}

/// An example, by its number, and a few steps away from it.
pub(crate) fn mutated(examples: Vec<Vec<u8>>) -> impl Strategy<Value = (usize, Vec<u8>)> {
    (0..examples.len(), steps()).prop_map(move |(number, steps)| {
        (number, apply(steps, examples[number].clone(), &examples))
    })
}

/// A few steps away from whatever there is.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Mutation>> {
    prop::collection::vec(mutation(), 1..5)
}

/// Takes the steps; `examples` are what splices go on with.
pub(crate) fn apply(steps: Vec<Mutation>, mut bytes: Vec<u8>, examples: &[Vec<u8>]) -> Vec<u8> {
    for step in steps {
        step.apply(&mut bytes, examples);
    }
    bytes
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), 0_u8..8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        4 => (at(), any::<u8>()).prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        2 => at().prop_map(Mutation::Truncate),
        2 => (at(), 1_usize..9).prop_map(|(at, count)| Mutation::Remove(at, count)),
        1 => (at(), 1_usize..9, 1_usize..50)
            .prop_map(|(at, count, times)| Mutation::Repeat(at, count, times)),
        2 => (at(), prop::collection::vec(any::<u8>(), 1..9))
            .prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        2 => (at(), at(), at()).prop_map(|(at, other, from)| Mutation::Splice(at, other, from)),
    ]
}

impl Mutation {
    fn apply(self, bytes: &mut Vec<u8>, examples: &[Vec<u8>]) {
        // Every place, the end among them.
        let place = |at: Index, bytes: &[u8]| at.index(bytes.len() + 1);
        match self {
            Self::Flip(at, bit) => {
                let at = place(at, bytes);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Replace(at, new) => {
                let at = place(at, bytes);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = new;
                }
            }
            Self::Truncate(at) => bytes.truncate(place(at, bytes)),
            Self::Remove(at, count) => {
                let start = place(at, bytes);
                bytes.drain(start..bytes.len().min(start + count));
            }
            Self::Repeat(at, count, times) => {
                let start = place(at, bytes);
                let end = bytes.len().min(start + count);
                let again = bytes[start..end].repeat(times);
                bytes.splice(end..end, again);
            }
            Self::Insert(at, new) => {
                let at = place(at, bytes);
                bytes.splice(at..at, new);
            }
            Self::Splice(at, other, from) => {
                bytes.truncate(place(at, bytes));
                if !examples.is_empty() {
                    let other = &examples[other.index(examples.len())];
                    bytes.extend(&other[place(from, other)..]);
                }
            }
        }
    }
}
