//! Integers of any size between decimal text and big-endian bytes.

use std::fmt::Write;

/// Nine digits at a time: the most that fit a `u32`.
const CHUNK: usize = 9;
const BASE: u32 = 1_000_000_000;

/// The bytes of a decimal number, without leading zeros.
pub(crate) fn from_decimal(digits: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::new(); // little-endian until the end
    let mut rest = digits;
    while !rest.is_empty() {
        // Short first, so that all later chunks are full.
        let take = match rest.len() % CHUNK {
            0 => CHUNK,
            short => short,
        };
        let (chunk, tail) = rest.split_at(take);
        rest = tail;
        let mut carry = u64::from(chunk.parse::<u32>().unwrap_or_default());
        let scale = 10_u64.pow(u32::try_from(take).unwrap_or_default());
        for byte in &mut bytes {
            carry += u64::from(*byte) * scale;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push((carry & 0xff) as u8);
            carry >>= 8;
        }
    }
    bytes.reverse();
    bytes
}

/// The decimal text of big-endian bytes.
pub(crate) fn to_decimal(bytes: &[u8]) -> String {
    let mut limbs: Vec<u32> = Vec::new(); // of BASE, little-endian
    for byte in bytes {
        let mut carry = u64::from(*byte);
        for limb in &mut limbs {
            carry += u64::from(*limb) << 8;
            *limb = (carry % u64::from(BASE)) as u32;
            carry /= u64::from(BASE);
        }
        while carry > 0 {
            limbs.push((carry % u64::from(BASE)) as u32);
            carry /= u64::from(BASE);
        }
    }
    let mut text = limbs.pop().unwrap_or_default().to_string();
    for limb in limbs.iter().rev() {
        let _infallible = write!(text, "{limb:09}");
    }
    text
}

/// One more than a big-endian number.
pub(crate) fn increment(bytes: &mut Vec<u8>) {
    for byte in bytes.iter_mut().rev() {
        let (sum, overflowed) = byte.overflowing_add(1);
        *byte = sum;
        if !overflowed {
            return;
        }
    }
    bytes.insert(0, 1);
}

/// One less than a big-endian number that is not zero.
pub(crate) fn decrement(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().rev() {
        let (difference, borrowed) = byte.overflowing_sub(1);
        *byte = difference;
        if !borrowed {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_the_machine(n: u128) {
            let bytes = from_decimal(&n.to_string());
            let trimmed: Vec<u8> = n.to_be_bytes().into_iter().skip_while(|b| *b == 0).collect();
            prop_assert_eq!(&bytes, &trimmed);
            prop_assert_eq!(to_decimal(&bytes), n.to_string());
        }

        #[test]
        fn what_is_written_is_read(digits in "[1-9][0-9]{0,300}") {
            prop_assert_eq!(to_decimal(&from_decimal(&digits)), digits);
        }

        #[test]
        fn one_more_and_one_less(n in 1..u128::MAX) {
            let mut bytes = from_decimal(&n.to_string());
            increment(&mut bytes);
            prop_assert_eq!(to_decimal(&bytes), (n + 1).to_string());
            decrement(&mut bytes);
            decrement(&mut bytes);
            prop_assert_eq!(to_decimal(&bytes), (n - 1).to_string());
        }
    }

    #[test]
    fn carries_reach_a_new_byte() {
        let mut bytes = vec![0xff, 0xff];
        increment(&mut bytes);
        assert_eq!(bytes, [1, 0, 0]);
        assert_eq!(to_decimal(&[]), "0");
    }
}
