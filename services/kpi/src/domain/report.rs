//! A report: what is asked, and its rows from tallies.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::calendar::{Granularity, Span};
use super::dimension::{Group, Grouping};
use super::fact::Measure;
use super::metric::{Metric, Tallies};
use super::tally::Tally;

/// Rows of a report at most; more is refused, since nobody reads it and it has no bound.
pub(crate) const MAX_ROWS: usize = 10_000;

/// Values of a report at most: about 3 MB, since gRPC refuses messages above 4 MB.
const MAX_VALUES: usize = 80_000;

/// A report of more rows or values than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) range: Span,
    pub(crate) grouping: Grouping,
    pub(crate) metrics: Vec<&'static Metric>,
    /// How time is cut; `None` is not at all.
    pub(crate) granularity: Option<Granularity>,
    /// Whose midnight cuts days; `None` is the suite's.
    pub(crate) zone: Option<Tz>,
}

impl Question {
    /// Returns the slices of time of the report.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub(crate) fn slices(&self, suite: Tz) -> Result<Vec<Span>, TooLarge> {
        let Some(granularity) = self.granularity else {
            return Ok(vec![self.range]);
        };
        let zone = self.zone.unwrap_or(suite);
        self.range.slices(granularity, zone, self.most_rows()).ok_or(TooLarge)
    }

    fn most_rows(&self) -> usize {
        MAX_ROWS.min(MAX_VALUES / self.metrics.len().max(1))
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) slice: Span,
    /// Values of the grouping's dimensions, in their order.
    pub(crate) group: Group,
    /// Each metric with something to measure.
    pub(crate) values: Vec<(&'static str, f64)>,
}

/// Tallies on their way into rows.
#[derive(Debug)]
pub(crate) struct Sheet {
    slices: Vec<Span>,
    most_rows: usize,
    groups: BTreeSet<Group>,
    cells: HashMap<(usize, Group), Tallies>,
}

impl Sheet {
    /// Returns a sheet of these slices, in order, with no group yet; a report that is not grouped has its one
    /// group from the start, so that a range in which nothing happened says so.
    pub(crate) fn new(slices: Vec<Span>, question: &Question) -> Self {
        let everything = (question.grouping == Grouping::default()).then(Group::new);
        Self {
            slices,
            most_rows: question.most_rows(),
            groups: everything.into_iter().collect(),
            cells: HashMap::new(),
        }
    }

    /// Adds what happened in one group in a stretch of one slice that begins at `start`.
    ///
    /// # Errors
    /// [`TooLarge`] as soon as the groups make too many rows.
    pub(crate) fn add(
        &mut self,
        start: DateTime<Utc>,
        group: Group,
        measure: Measure,
        tally: &Tally,
    ) -> Result<(), TooLarge> {
        let Some(slice) = self.slices.partition_point(|slice| slice.from <= start).checked_sub(1) else {
            return Ok(());
        };
        self.know(&group)?;
        let tallies = self.cells.entry((slice, group)).or_default();
        tallies.entry(measure).or_default().merge(tally);
        Ok(())
    }

    /// Puts down how many there are at the end of a slice, by its place.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub(crate) fn put(
        &mut self,
        slice: usize,
        group: &Group,
        measure: Measure,
        count: i64,
    ) -> Result<(), TooLarge> {
        if count == 0 {
            return Ok(());
        }
        self.know(group)?;
        let tallies = self.cells.entry((slice, group.clone())).or_default();
        tallies.insert(measure, Tally { count, ..Tally::default() });
        Ok(())
    }

    fn know(&mut self, group: &Group) -> Result<(), TooLarge> {
        if !self.groups.contains(group) {
            self.groups.insert(group.clone());
            if self.groups.len() * self.slices.len() > self.most_rows {
                return Err(TooLarge);
            }
        }
        Ok(())
    }

    /// Returns a row for each slice and group, by time and then group: a group that occurs anywhere in the
    /// range has a row in every slice.
    pub(crate) fn rows(self, metrics: &[&'static Metric]) -> Vec<Row> {
        let nothing = Tallies::new();
        let places = (0..self.slices.len())
            .flat_map(|slice| self.groups.iter().map(move |group| (slice, group.clone())));
        places
            .map(|(slice, group)| {
                let key = (slice, group);
                let tallies = self.cells.get(&key).unwrap_or(&nothing);
                let values = metrics
                    .iter()
                    .filter_map(|metric| Some((metric.name.as_str(), metric.formula.value(tallies)?)))
                    .collect();
                Row { slice: self.slices[key.0], group: key.1, values }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::super::calendar::Span;
    use super::super::dimension::{Dimension, Grouping};
    use super::super::fact::Measure;
    use super::super::metric::Metric;
    use super::super::metrics::{all, find};
    use super::super::tally::Tally;
    use super::{MAX_ROWS, MAX_VALUES, Question, Sheet, TooLarge};

    fn hours(count: i32) -> Vec<Span> {
        let start = |hour| DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
        (0..i64::from(count)).map(|hour| Span { from: start(hour), to: start(hour + 1) }).collect()
    }

    fn sheet(slices: i32, dimensions: &[Dimension], metrics: Vec<&'static Metric>) -> Sheet {
        let slices = hours(slices);
        let question = Question {
            range: slices[0],
            grouping: Grouping::of(dimensions),
            metrics,
            granularity: None,
            zone: None,
        };
        Sheet::new(slices, &question)
    }

    fn created() -> Vec<&'static Metric> {
        vec![find("tickets_created").expect("known")]
    }

    fn one() -> Tally {
        Tally { count: 1, ..Tally::default() }
    }

    #[test]
    fn every_group_has_a_row_in_every_slice() {
        let mut sheet = sheet(2, &[Dimension::Team], created());
        let later = DateTime::UNIX_EPOCH + TimeDelta::minutes(60);
        sheet.add(later, vec!["b".into()], Measure::CREATED, &one()).expect("small");
        sheet.add(DateTime::UNIX_EPOCH, vec!["a".into()], Measure::CREATED, &one()).expect("small");
        let rows = sheet.rows(&created());
        let short: Vec<_> = rows.iter().map(|row| (row.group[0].as_str(), row.values[0].1)).collect();
        assert_eq!(short, [("a", 1.0), ("b", 0.0), ("a", 0.0), ("b", 1.0)]);
    }

    #[test]
    fn where_nothing_happened_counts_are_zero_and_means_are_absent() {
        let metrics = [find("tickets_created").expect("known"), find("csat_mean").expect("known")];
        let rows = sheet(1, &[], metrics.to_vec()).rows(&metrics);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].values, [("tickets_created", 0.0)]);
    }

    #[test]
    fn groups_without_end_are_refused() {
        let refused_at = |metrics| {
            let mut sheet = sheet(2, &[Dimension::Project], metrics);
            (0..=MAX_ROWS).position(|number| {
                let added =
                    sheet.add(DateTime::UNIX_EPOCH, vec![number.to_string()], Measure::CREATED, &one());
                added == Err(TooLarge)
            })
        };
        assert_eq!(refused_at(created()), Some(MAX_ROWS / 2));
        assert_eq!(refused_at(all().iter().collect()), Some(MAX_VALUES / all().len() / 2));
    }
}
