//! How sure scores are: shares by a temperature under which texts that were not learned are told best.

use argmin::core::{CostFunction, Executor, State};
use argmin::solver::brent::BrentOpt;

use crate::Error;

/// Between which temperatures the best is looked for, as powers of e.
const COLDEST: f64 = -5.0;
const HOTTEST: f64 = 3.0;

/// Returns the share of each label; the shares add up to 1.
pub(crate) fn shares(scores: &[f64], temperature: f64) -> Vec<f64> {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let raised: Vec<f64> = scores.iter().map(|score| ((score - highest) / temperature).exp()).collect();
    let sum: f64 = raised.iter().sum();
    raised.into_iter().map(|share| share / sum).collect()
}

/// Returns the temperature under which the shares of the right labels are as large as can be.
///
/// # Errors
/// [`Error::Numbers`].
pub(crate) fn temperature(unseen: &[(Vec<f64>, usize)]) -> Result<f64, Error> {
    let found = Executor::new(Surprise(unseen), BrentOpt::new(COLDEST, HOTTEST))
        .configure(|state| state.max_iters(60))
        .timer(false)
        .run()
        .map_err(|error| Error::Numbers(error.to_string()))?;
    Ok(found.state.get_best_param().copied().unwrap_or_default().exp())
}

/// The mean surprise at the right labels, by the logarithm of the temperature.
struct Surprise<'a>(&'a [(Vec<f64>, usize)]);

impl CostFunction for Surprise<'_> {
    type Param = f64;
    type Output = f64;

    fn cost(&self, power: &f64) -> Result<f64, argmin::core::Error> {
        let surprise = |(scores, right): &(Vec<f64>, usize)| {
            let share = shares(scores, power.exp()).get(*right).copied().unwrap_or_default();
            -share.max(f64::MIN_POSITIVE).ln()
        };
        Ok(self.0.iter().map(surprise).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_keep_the_order_of_scores() {
        let told = shares(&[2.0, -1.0, 0.5], 0.7);
        assert!((told.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(told[0] > told[2] && told[2] > told[1]);
    }

    #[test]
    fn who_is_right_three_times_of_four_is_told_to_be_so_sure() {
        let unseen: Vec<(Vec<f64>, usize)> =
            (0..100).map(|text| (vec![1.0, -1.0], usize::from(text % 4 == 0))).collect();
        let temperature = temperature(&unseen).expect("is found");
        assert!((shares(&[1.0, -1.0], temperature)[0] - 0.75).abs() < 1e-3, "{temperature}");
    }
}
