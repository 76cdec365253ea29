//! How amounts are spread, for percentiles: counts in bins whose width grows with the amount (K8).
//!
//! Amounts below 128 have a bin each and are exact. Above, every power of two is cut into 64 bins of equal
//! width: a bin `[low, low + 2^k)` has `low ≥ 64 · 2^k`, and stands for its middle, which is off by at most
//! `2^k / 2`, that is by 1/128 < 0.8 % of any amount in it. The scheme is that of `HdrHistogram`: bins are
//! integers, so merging in any order gives the same bins, and an amount that is taken back leaves its bin as if it had
//! never been there. The smallest and the largest amount are exact while none was taken back: without it, nobody knows
//! the next one, and every amount stands for the middle of its bin.

use std::collections::BTreeMap;

/// Amounts below this have a bin each.
const EXACT: u64 = 128;
/// Bins for each power of two above.
const BINS: u64 = EXACT / 2;
/// The exponent of [`BINS`].
const BINS_LOG2: u32 = BINS.trailing_zeros();

/// Amounts, counted by bin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spread {
    /// How many amounts are in each bin.
    pub(crate) bins: BTreeMap<u32, i64>,
    /// Not above the smallest amount, and not below the largest: just these, or all there can be where an amount was
    /// taken back; `None` where there never was one.
    pub(crate) ends: Option<(i64, i64)>,
}

impl Spread {
    /// Adds an amount, as often as it occurred; below 0, takes it back.
    pub(crate) fn add(&mut self, amount: i64, times: i64) {
        self.count(bin(amount), times);
        if times < 0 {
            self.reach(0, i64::MAX);
        } else {
            self.reach(amount, amount);
        }
    }

    /// Adds all amounts of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (bin, count) in &other.bins {
            self.count(*bin, *count);
        }
        if let Some((least, most)) = other.ends {
            self.reach(least, most);
        }
    }

    /// Returns the amount of which `percent` of all amounts are not above it (nearest rank), to 0.8 %; `None`
    /// where there are no amounts.
    pub(crate) fn percentile(&self, percent: u8) -> Option<i64> {
        let (least, most) = self.ends?;
        let count: i64 = self.bins.values().sum();
        if count <= 0 {
            return None;
        }
        let rank = (count * i64::from(percent) + 99) / 100;
        let mut seen = 0;
        let (bin, _) = self.bins.iter().find(|(_, count)| {
            seen += **count;
            seen >= rank.max(1)
        })?;
        Some(middle(*bin).clamp(least, most))
    }

    fn count(&mut self, bin: u32, times: i64) {
        let count = self.bins.entry(bin).or_default();
        *count += times;
        if *count == 0 {
            self.bins.remove(&bin);
        }
    }

    fn reach(&mut self, least: i64, most: i64) {
        let (low, high) = self.ends.unwrap_or((least, most));
        self.ends = Some((low.min(least), high.max(most)));
    }
}

/// Returns the bin of an amount; those below 0 share the bin of 0.
fn bin(amount: i64) -> u32 {
    let amount = u64::try_from(amount).unwrap_or(0);
    if amount < EXACT {
        return u32::try_from(amount).expect("below 128");
    }
    let shift = amount.ilog2() - BINS_LOG2;
    let step = u32::try_from((amount >> shift) - BINS).expect("below 64");
    u32::try_from(BINS).expect("64") * (shift + 1) + step
}

/// Returns the amount for which a bin stands.
fn middle(bin: u32) -> i64 {
    let (shift, step) = match u64::from(bin) {
        exact if exact < EXACT => return i64::from(bin),
        bin => (bin / BINS - 1, bin % BINS),
    };
    let low = (BINS + step) << shift;
    i64::try_from(low + ((1 << shift) - 1) / 2).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{Spread, bin, middle};

    fn spread(amounts: &[i64]) -> Spread {
        let mut spread = Spread::default();
        for amount in amounts {
            spread.add(*amount, 1);
        }
        spread
    }

    fn amount() -> impl Strategy<Value = i64> {
        prop_oneof![0..200_i64, 0..100_000_i64, 0..i64::MAX]
    }

    proptest! {
        #[test]
        fn a_percentile_is_right_to_one_percent(mut amounts in vec(amount(), 1..300), percent in 1..=100_u8) {
            let estimate = spread(&amounts).percentile(percent).expect("amounts");
            amounts.sort_unstable();
            let rank = (amounts.len() * usize::from(percent)).div_ceil(100);
            let exact = amounts[rank - 1];
            #[expect(clippy::cast_precision_loss, reason = "an error of 1e-16 is none here")]
            let error = (estimate.abs_diff(exact) as f64) / (exact.max(1) as f64);
            prop_assert!(error <= 0.01, "{estimate} instead of {exact}");
        }

        #[test]
        fn small_amounts_are_exact(mut amounts in vec(0..128_i64, 1..100)) {
            let median = spread(&amounts).percentile(50);
            amounts.sort_unstable();
            prop_assert_eq!(median, Some(amounts[amounts.len().div_ceil(2) - 1]));
        }

        #[test]
        fn merging_is_adding(left in vec(amount(), 0..50), right in vec(amount(), 0..50)) {
            let mut merged = spread(&left);
            merged.merge(&spread(&right));
            prop_assert_eq!(merged, spread(&[left, right].concat()));
        }

        #[test]
        fn an_amount_that_is_taken_back_was_never_there(
            amounts in vec(amount(), 1..50),
            wrong in vec(amount(), 1..20),
            percent in 1..=100_u8,
        ) {
            let mut corrected = Spread::default();
            wrong.iter().for_each(|amount| corrected.add(*amount, -1));
            corrected.merge(&spread(&amounts));
            corrected.merge(&spread(&wrong));
            prop_assert_eq!(&corrected.bins, &spread(&amounts).bins);
            let (estimate, exact) = (corrected.percentile(percent), spread(&amounts).percentile(percent));
            let (estimate, exact) = (estimate.expect("amounts"), exact.expect("amounts"));
            prop_assert!(estimate.abs_diff(exact) <= exact.unsigned_abs() / 100, "{estimate} instead of {exact}");
        }

        #[test]
        fn a_larger_amount_is_never_in_a_lower_bin(amount in 0..i64::MAX) {
            prop_assert!(bin(amount) <= bin(amount + 1));
            prop_assert_eq!(bin(middle(bin(amount))), bin(amount));
        }
    }

    #[test]
    fn one_amount_is_its_own_percentile() {
        assert_eq!(spread(&[2_701]).percentile(50), Some(2_701));
        assert_eq!(Spread::default().percentile(50), None);
        let mut nothing = spread(&[2_701]);
        nothing.add(2_701, -1);
        assert_eq!(nothing.percentile(50), None);
    }
}
