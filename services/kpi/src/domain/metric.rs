//! A metric: its name, its definition in both languages, and how its value follows from tallies.

use std::collections::HashMap;

use super::fact::Measure;
use super::tally::Tally;

/// In what a value is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Count,
    Minutes,
    Days,
    Ratio,
    Score,
}

impl Unit {
    /// Returns the name in the API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Minutes => "minutes",
            Self::Days => "days",
            Self::Ratio => "ratio",
            Self::Score => "score",
        }
    }
}

/// How a value follows from tallies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Formula {
    /// How many facts; 0 where there are none.
    Count(Measure),
    /// How many facts of the first measure for one of the second; no value where there is none of the second.
    Ratio(Measure, Measure),
    /// How many facts of the first measure that are not among those of the second for one of the third; no value where
    /// there is none of the third.
    RatioLess(Measure, Measure, Measure),
    /// How many facts of the first measure are not among those of the second.
    Less(Measure, Measure),
    /// The sum of the amounts of these measures, in parts of so many; 0 without facts.
    Sum(&'static [Measure], u32),
    /// Mean amount, in parts of so many; no value without facts.
    Mean(Measure, u32),
    /// The amount of which so many percent are not above it, in parts of so many; no value without facts.
    Percentile(Measure, u8, u32),
}

/// Tallies of one row of a report.
pub(crate) type Tallies = HashMap<Measure, Tally>;

impl Formula {
    /// Returns the measures that the value follows from.
    pub(crate) fn measures(self) -> impl Iterator<Item = Measure> {
        let (few, many): (_, &[Measure]) = match self {
            Self::Count(of) | Self::Mean(of, _) | Self::Percentile(of, ..) => ([Some(of), None, None], &[]),
            Self::Ratio(part, whole) | Self::Less(whole, part) => ([Some(whole), Some(part), None], &[]),
            Self::RatioLess(part, less, whole) => ([Some(whole), Some(part), Some(less)], &[]),
            Self::Sum(of, _) => ([None; 3], of),
        };
        few.into_iter().flatten().chain(many.iter().copied())
    }

    /// Returns the value; `None` where there is nothing to measure.
    pub(crate) fn value(self, tallies: &Tallies) -> Option<f64> {
        let count = |measure| tallies.get(&measure).map_or(0, |tally| tally.count);
        match self {
            Self::Count(of) => Some(float(count(of))),
            Self::Less(whole, part) => Some(float(count(whole) - count(part))),
            Self::RatioLess(part, less, whole) => {
                divide(float(count(part) - count(less)), float(count(whole)))
            }
            Self::Ratio(part, whole) => divide(float(count(part)), float(count(whole))),
            Self::Sum(of, unit) => {
                let sum = |measure| tallies.get(measure).map_or(0, |tally| tally.sum);
                divide(float(of.iter().map(sum).sum()), f64::from(unit))
            }
            Self::Mean(of, unit) => {
                let tally = tallies.get(&of)?;
                divide(float(tally.sum), float(tally.count) * f64::from(unit))
            }
            Self::Percentile(of, percent, unit) => {
                let amount = tallies.get(&of)?.percentile(percent)?;
                divide(float(amount), f64::from(unit))
            }
        }
    }
}

fn divide(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53; beyond, off by less than 1e-15")]
fn float(number: i64) -> f64 {
    number as f64
}

/// A metric.
#[derive(Clone, Debug)]
pub(crate) struct Metric {
    /// Name, `snake_case`.
    pub(crate) name: String,
    /// What is counted, and what is not.
    pub(crate) definition: String,
    /// The same in Chinese.
    pub(crate) definition_zh: String,
    pub(crate) unit: Unit,
    /// Grows when the definition changes.
    pub(crate) version: i32,
    pub(crate) formula: Formula,
}

impl Metric {
    /// Returns the metric after its definition changed.
    pub(crate) fn version(self, version: i32) -> Self {
        Self { version, ..self }
    }

    /// Tells whether this is one of the figures of a family, as `resolution_minutes_p90` of
    /// `resolution_minutes`.
    pub(crate) fn is_of(&self, family: &str) -> bool {
        let rest = self.name.strip_prefix(family).and_then(|rest| rest.strip_prefix('_'));
        rest.is_some_and(|rest| family == "backlog_age" || ["mean", "p50", "p90", "p95"].contains(&rest))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fact::Measure;
    use super::{Formula, Tallies};

    fn tallies(measure: Measure, amounts: &[i64]) -> Tallies {
        let mut tallies = Tallies::new();
        for amount in amounts {
            tallies.entry(measure).or_default().add(1, Some(*amount), true);
        }
        tallies
    }

    #[test]
    fn nothing_counts_as_none_and_has_no_mean() {
        let none = Tallies::new();
        assert_eq!(Formula::Count(Measure::CREATED).value(&none), Some(0.0));
        assert_eq!(Formula::Mean(Measure::RESOLVED, 60).value(&none), None);
        assert_eq!(Formula::Sum(&[Measure::RESOLVED], 60).value(&none), Some(0.0));
        assert_eq!(Formula::Percentile(Measure::RESOLVED, 50, 60).value(&none), None);
        assert_eq!(Formula::Ratio(Measure::REOPENED, Measure::RESOLVED).value(&none), None);
    }

    #[test]
    fn values_are_in_their_unit() {
        let solved = tallies(Measure::RESOLVED, &[60, 120, 360]);
        assert_eq!(Formula::Count(Measure::RESOLVED).value(&solved), Some(3.0));
        assert_eq!(Formula::Mean(Measure::RESOLVED, 60).value(&solved), Some(3.0));
        assert_eq!(Formula::Percentile(Measure::RESOLVED, 50, 60).value(&solved), Some(2.0));
        assert_eq!(Formula::Ratio(Measure::REOPENED, Measure::RESOLVED).value(&solved), Some(0.0));
        let mut promises = tallies(Measure::RESOLUTION, &[1, 1, 1, 1]);
        promises.extend(tallies(Measure::RESOLUTION_MET, &[1, 1, 1]));
        promises.extend(tallies(Measure::RESOLUTION_MET_BY_EXTENSION, &[1]));
        let unextended = Formula::RatioLess(
            Measure::RESOLUTION_MET,
            Measure::RESOLUTION_MET_BY_EXTENSION,
            Measure::RESOLUTION,
        );
        assert_eq!(unextended.value(&promises), Some(0.5));
        assert_eq!(unextended.measures().count(), 3);
        let both = Formula::Sum(&[Measure::RESOLVED, Measure::REPLIED], 60);
        let mut parts = solved;
        parts.extend(tallies(Measure::REPLIED, &[30]));
        assert_eq!(both.value(&parts), Some(9.5));
        assert_eq!(both.measures().count(), 2);
    }
}
