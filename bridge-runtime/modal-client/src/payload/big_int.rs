//! Integers of any size between decimal text and big-endian bytes.

use std::fmt::Write;

/// Nine digits at a time: the most that fit a `u32`.
const CHUNK: usize = 9;
const BASE: u64 = 1_000_000_000;
/// Up to this many limbs or words, the way of school is the fastest.
const SHORT: usize = 32;

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
    let words = bytes.rchunks(4);
    let words: Vec<u32> =
        words.map(|word| word.iter().fold(0, |w, b| w << 8 | u32::from(*b))).collect();
    let mut limbs = limbs(&words);
    let mut text = limbs.pop().unwrap_or_default().to_string();
    for limb in limbs.iter().rev() {
        let _infallible = write!(text, "{limb:09}");
    }
    text
}

/// Words of 32 bits as limbs of [`BASE`], both little-endian and the limbs without zeros at the end.
/// The time grows with the length to the power of 1.6: halves are converted and put together by
/// multiplication.
fn limbs(words: &[u32]) -> Vec<u32> {
    // 2 to the power of 32 * SHORT, and its square, and so on.
    let mut powers: Vec<Vec<u32>> = Vec::new();
    let mut length = SHORT;
    while length < words.len() {
        let next = match powers.last() {
            Some(power) => product(power, power),
            None => short_limbs(&[&[0; SHORT][..], &[1]].concat()),
        };
        powers.push(next);
        length *= 2;
    }
    joined(words, &powers)
}

fn joined(words: &[u32], powers: &[Vec<u32>]) -> Vec<u32> {
    let Some((power, smaller)) = powers.split_last() else { return short_limbs(words) };
    match words.split_at_checked(SHORT << smaller.len()) {
        Some((low, high)) if !high.is_empty() => {
            let mut sum = product(&joined(high, smaller), power);
            add(&mut sum, &joined(low, smaller), 0);
            sum
        }
        _ => joined(words, smaller),
    }
}

fn short_limbs(words: &[u32]) -> Vec<u32> {
    let mut limbs: Vec<u32> = Vec::new();
    for word in words.iter().rev() {
        let mut carry = u64::from(*word);
        for limb in &mut limbs {
            carry += u64::from(*limb) << 32;
            *limb = (carry % BASE) as u32;
            carry /= BASE;
        }
        while carry > 0 {
            limbs.push((carry % BASE) as u32);
            carry /= BASE;
        }
    }
    limbs
}

/// By Karatsuba's three products of halves instead of four.
fn product(a: &[u32], b: &[u32]) -> Vec<u32> {
    let (a, b) = if a.len() < b.len() { (b, a) } else { (a, b) };
    if b.len() < SHORT {
        return short_product(a, b);
    }
    let half = a.len().div_ceil(2);
    let (low_a, high_a) = a.split_at(half);
    let Some((low_b, high_b)) = b.split_at_checked(half) else {
        let mut product_of_all = product(low_a, b);
        add(&mut product_of_all, &product(high_a, b), half);
        return product_of_all;
    };
    let (low, high) = (product(low_a, low_b), product(high_a, high_b));
    let mut middle = product(&sum(low_a, high_a), &sum(low_b, high_b));
    subtract(&mut middle, &low);
    subtract(&mut middle, &high);
    let mut all = low;
    add(&mut all, &middle, half);
    add(&mut all, &high, 2 * half);
    trim(&mut all);
    all
}

/// Column by column, as a division is dear and a column needs one alone.
fn short_product(a: &[u32], b: &[u32]) -> Vec<u32> {
    /// Eight products of two limbs: as much again fits.
    const FULL: u64 = 8 * BASE * BASE;
    let mut out = Vec::with_capacity(a.len() + b.len());
    let mut carry = 0;
    for column in 0..a.len() + b.len() {
        let (mut sum, mut full) = (carry, 0);
        let first = (column + 1).saturating_sub(a.len());
        let partners = a.get(..=column - first).unwrap_or_default().iter().rev();
        for (a, b) in partners.zip(b.get(first..).unwrap_or_default()) {
            sum += u64::from(*a) * u64::from(*b);
            if sum >= FULL {
                sum -= FULL;
                full += 8 * BASE;
            }
        }
        out.push((sum % BASE) as u32);
        carry = sum / BASE + full;
    }
    trim(&mut out);
    out
}

fn sum(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut sum = a.to_vec();
    add(&mut sum, b, 0);
    sum
}

/// Adds, `shift` limbs further up.
fn add(to: &mut Vec<u32>, other: &[u32], shift: usize) {
    to.resize(to.len().max(shift + other.len()), 0);
    let mut carry = 0;
    let mut other = other.iter();
    for slot in to.iter_mut().skip(shift) {
        let limb = other.next();
        if limb.is_none() && carry == 0 {
            return;
        }
        *slot += limb.copied().unwrap_or_default() + carry;
        carry = u32::from(*slot >= BASE as u32);
        *slot -= carry * BASE as u32;
    }
    if carry > 0 {
        to.push(carry);
    }
}

/// Takes away what is not more.
fn subtract(from: &mut [u32], other: &[u32]) {
    let mut borrow = 0;
    let mut other = other.iter();
    for slot in from {
        let limb = other.next();
        if limb.is_none() && borrow == 0 {
            return;
        }
        let taken = limb.copied().unwrap_or_default() + borrow;
        borrow = u32::from(*slot < taken);
        *slot = *slot + borrow * BASE as u32 - taken;
    }
}

fn trim(limbs: &mut Vec<u32>) {
    while limbs.last() == Some(&0) {
        limbs.pop();
    }
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
        fn what_is_written_is_read(digits in "[1-9][0-9]{0,4299}") {
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
    fn a_number_of_any_length_has_the_digits_that_it_has() {
        // 10^n - 1 is all nines, and 10^n a one and zeros: every carry there is.
        let mut power = vec![1];
        for n in 1..=6000 {
            power = ten_times(&power);
            if n % 97 == 0 || n == 6000 {
                assert_eq!(to_decimal(&power), format!("1{}", "0".repeat(n)));
                let mut nines = power.clone();
                decrement(&mut nines);
                assert_eq!(to_decimal(&nines), "9".repeat(n));
            }
        }
    }

    /// Ten times a big-endian number.
    fn ten_times(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut carry = 0;
        for byte in bytes.iter().rev() {
            carry += u32::from(*byte) * 10;
            out.push((carry & 0xff) as u8);
            carry >>= 8;
        }
        if carry > 0 {
            out.push(carry as u8);
        }
        out.reverse();
        out
    }

    #[test]
    fn carries_reach_a_new_byte() {
        let mut bytes = vec![0xff, 0xff];
        increment(&mut bytes);
        assert_eq!(bytes, [1, 0, 0]);
        assert_eq!(to_decimal(&[]), "0");
    }
}
