//! What many runs come to.

use std::time::Duration;

/// The middle of what was seen; of an even number, the mean of the two in the middle. 0 of nothing.
pub(crate) fn median(seen: &[f64]) -> f64 {
    let mut sorted = seen.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// The smallest of what was seen that `percent` of it does not exceed ("nearest rank").
pub(crate) fn percentile(seen: &[f64], percent: usize) -> f64 {
    let mut sorted = seen.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_does_not_depend_on_the_order_or_on_one_wild_value() {
        let check = |seen: &[f64], want: f64| {
            assert!((median(seen) - want).abs() < 1e-9, "{seen:?}: {}", median(seen));
        };
        check(&[3.0, 1.0, 900.0], 3.0);
        check(&[4.0, 1.0, 2.0, 3.0], 2.5);
        check(&[7.0], 7.0);
        check(&[], 0.0);
    }

    #[test]
    fn a_percentile_is_a_value_that_was_seen() {
        let seen: Vec<f64> = (1..=600).rev().map(f64::from).collect();
        let check = |percent, want: f64| {
            let found = percentile(&seen, percent);
            assert!((found - want).abs() < 1e-9, "p{percent}: {found}");
        };
        check(99, 594.0);
        check(50, 300.0);
        check(100, 600.0);
        assert!(percentile(&[], 99).abs() < 1e-9);
        assert!((percentile(&[5.0], 99) - 5.0).abs() < 1e-9);
    }
}
