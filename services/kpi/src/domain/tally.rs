//! What is kept of many facts: how many, their sum, how they are spread.

use super::spread::Spread;

/// Facts of one measure, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// How many.
    pub(crate) count: i64,
    /// The sum of their amounts.
    pub(crate) sum: i64,
    /// How their amounts are spread.
    pub(crate) spread: Spread,
}

impl Tally {
    /// Adds a fact that happened so often, with its amount where it has one.
    pub(crate) fn add(&mut self, times: i64, amount: Option<i64>) {
        self.count += times;
        if let Some(amount) = amount {
            self.sum = self.sum.saturating_add(amount.saturating_mul(times));
            self.spread.add(amount, times);
        }
    }

    /// Adds what another was made of.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum = self.sum.saturating_add(other.sum);
        self.spread.merge(&other.spread);
    }
}
