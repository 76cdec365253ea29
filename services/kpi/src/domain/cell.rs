//! Cells: facts added up by grouping, stretch of time, measure and group. Reports are made of cells.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::calendar::{Granularity, day_of, hour_of, month_of};
use super::dimension::{Group, Grouping};
use super::fact::{Fact, Measure};
use super::tally::Tally;

/// How long the stretch of a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Level {
    /// A month of the suite's time zone.
    Month,
    /// A day of the suite's time zone.
    Day,
    /// An hour of UTC.
    Hour,
}

impl Level {
    /// All levels, the coarsest first.
    pub(crate) const ALL: [Self; 3] = [Self::Month, Self::Day, Self::Hour];

    /// Returns the number under which cells of this level are stored.
    pub(crate) fn code(self) -> i16 {
        match self {
            Self::Hour => 0,
            Self::Day => 1,
            Self::Month => 2,
        }
    }

    /// Returns where the stretch that holds `at` begins.
    pub(crate) fn floor(self, at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        match self {
            Self::Hour => hour_of(at),
            Self::Day => day_of(at, zone),
            Self::Month => month_of(at, zone),
        }
    }

    /// Returns where the first stretch begins that begins at or after `at`.
    pub(crate) fn ceil(self, at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        match (self, self.floor(at, zone)) {
            (_, floor) if floor == at => at,
            (Self::Hour, floor) => floor + TimeDelta::hours(1),
            (Self::Day, _) => Granularity::Day.next(at, zone),
            (Self::Month, _) => Granularity::Month.next(at, zone),
        }
    }
}

/// Which facts a cell adds up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) grouping: Grouping,
    pub(crate) level: Level,
    pub(crate) measure: Measure,
    pub(crate) start: DateTime<Utc>,
    pub(crate) group: Group,
}

/// Returns the cells that these facts change, with what they add. Days and months are those of `zone`.
pub(crate) fn cells<'a>(facts: impl IntoIterator<Item = &'a Fact>, zone: Tz) -> BTreeMap<Key, Tally> {
    let mut cells: BTreeMap<Key, Tally> = BTreeMap::new();
    for fact in facts {
        for level in Level::ALL {
            let start = level.floor(fact.at, zone);
            for grouping in Grouping::KEPT {
                let key =
                    Key { grouping, level, measure: fact.measure, start, group: grouping.group(&fact.dims) };
                cells.entry(key).or_default().add(fact.times, fact.amount);
            }
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use chrono_tz::Tz;

    use super::super::dimension::{Dimension, Dims, Grouping};
    use super::super::fact::{Fact, Measure};
    use super::{Level, cells};

    #[test]
    fn how_much_happened_does_not_change_how_many_cells_a_report_reads() {
        let start: DateTime<Utc> = "2026-03-01T16:00:00Z".parse().expect("a time");
        let tickets = |count: i32| {
            let fact = |number: i32| {
                let dims = Dims {
                    team: format!("team {}", number % 3),
                    agent: format!("agent {number}"),
                    ..Dims::default()
                };
                Fact::once(Measure::CREATED, start + TimeDelta::minutes(number.into()), &dims)
            };
            let facts: Vec<_> = (0..count).map(fact).collect();
            let cells = cells(&facts, Tz::Asia__Shanghai);
            let of = |dimensions: &[Dimension]| {
                let grouping = Grouping::of(dimensions).kept();
                cells.keys().filter(|key| key.grouping == grouping && key.level == Level::Day).count()
            };
            (of(&[]), of(&[Dimension::Team]), of(&[Dimension::Team, Dimension::Priority]))
        };
        assert_eq!(tickets(10), (1, 3, 3));
        assert_eq!(tickets(1000), tickets(10));
    }
}
