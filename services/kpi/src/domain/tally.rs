//! What is kept of many facts: how many, their sum, how they are spread.

use super::spread::Spread;

/// Facts of one measure, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// How many.
    pub(crate) count: i64,
    /// The sum of their amounts.
    pub(crate) sum: i64,
    /// How their amounts are spread; empty where no figure asks for it.
    pub(crate) spread: Spread,
}

impl Tally {
    /// Adds a fact that happened so often, with its amount where it has one; `spread` tells whether it is to
    /// be kept how amounts are spread.
    pub(crate) fn add(&mut self, times: i64, amount: Option<i64>, spread: bool) {
        self.count += times;
        if let Some(amount) = amount {
            self.sum = self.sum.saturating_add(amount.saturating_mul(times));
            if spread {
                self.spread.add(amount, times);
            }
        }
    }

    /// Returns the amount of which `percent` of all amounts are not above it, as [`Spread::percentile`]; one that is
    /// alone is exact, also after others were taken back.
    pub(crate) fn percentile(&self, percent: u8) -> Option<i64> {
        let estimate = self.spread.percentile(percent)?;
        let alone = self.count == 1 && self.spread.bins.len() == 1;
        Some(if alone { self.sum } else { estimate })
    }

    /// Tells whether adding this changes nothing.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what another was made of.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum = self.sum.saturating_add(other.sum);
        self.spread.merge(&other.spread);
    }
}
