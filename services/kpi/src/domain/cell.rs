//! Cells: facts added up by grouping, stretch of time, measure and group. Reports are made of cells.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rustc_hash::FxHashMap;

use super::calendar::{Granularity, day_of, month_of, next_quarter, quarter_of};
use super::dimension::{Dims, Group, Grouping};
use super::fact::{Fact, Measure};
use super::metrics;
use super::standing::{AGED, AGING};
use super::tally::Tally;

/// How long the stretch of a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Level {
    /// A month of the suite's time zone.
    Month,
    /// A day of the suite's time zone.
    Day,
    /// A quarter of an hour: days of every other zone begin with one.
    Quarter,
}

impl Level {
    /// All levels, the coarsest first.
    pub(crate) const ALL: [Self; 3] = [Self::Month, Self::Day, Self::Quarter];

    /// Returns the levels at which a kept grouping has cells: groupings with many groups would have about a
    /// cell for each fact at the finer ones, which costs more than reading the facts.
    pub(crate) fn of(grouping: Grouping) -> &'static [Self] {
        match grouping {
            Grouping::FULL => &Self::ALL[..1],
            grouping if grouping.is_tiny() => &Self::ALL,
            _ => &Self::ALL[..2],
        }
    }

    /// Returns the number under which cells of this level are stored.
    pub(crate) fn code(self) -> i16 {
        match self {
            Self::Quarter => 0,
            Self::Day => 1,
            Self::Month => 2,
        }
    }

    /// Returns where the stretch that holds `at` begins.
    pub(crate) fn floor(self, at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        match self {
            Self::Quarter => quarter_of(at),
            Self::Day => day_of(at, zone),
            Self::Month => month_of(at, zone),
        }
    }

    /// Returns where the first stretch begins that begins at or after `at`.
    pub(crate) fn ceil(self, at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        match (self, self.floor(at, zone)) {
            (_, floor) if floor == at => at,
            (Self::Quarter, _) => next_quarter(at),
            (Self::Day, _) => Granularity::Day.next(at, zone),
            (Self::Month, _) => Granularity::Month.next(at, zone),
        }
    }
}

/// Which facts a cell adds up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) grouping: Grouping,
    pub(crate) level: Level,
    pub(crate) measure: Measure,
    pub(crate) start: DateTime<Utc>,
    /// The group, as [`members`] writes it.
    pub(crate) members: Arc<str>,
}

/// Returns a group as cells and facts hold it: a JSON list, since a name may hold any separator.
pub(crate) fn members(group: &Group) -> String {
    serde_json::to_string(group).expect("texts are JSON")
}

/// Cells that are worth a round of their own.
const MANY: usize = 4000;

/// Returns the cells that these facts change with what they add, one grouping or a few after the other, in order. Days
/// and months are those of `zone`. What adds nothing in the end is left out.
pub(crate) fn cells<'a>(
    facts: impl IntoIterator<Item = &'a Fact>,
    zone: Tz,
) -> impl Iterator<Item = Vec<(Key, Tally)>> {
    let mut dims: Vec<&Dims> = Vec::new();
    let mut places: FxHashMap<&Dims, usize> = FxHashMap::default();
    let mut placed = Vec::new();
    for fact in facts {
        let place = *places.entry(&fact.dims).or_insert_with(|| {
            dims.push(&fact.dims);
            dims.len() - 1
        });
        placed.push((fact, place, Level::ALL.map(|level| level.floor(fact.at, zone))));
    }
    let mut groupings = Grouping::KEPT.into_iter();
    std::iter::from_fn(move || {
        let mut cells = Vec::new();
        while cells.len() < MANY
            && let Some(grouping) = groupings.next()
        {
            cells.extend(cells_of(grouping, &dims, &placed));
        }
        (!cells.is_empty()).then_some(cells)
    })
}

/// Returns the cells of one grouping; each fact comes with the place of its dimensions and where its stretches begin.
fn cells_of(
    grouping: Grouping,
    dims: &[&Dims],
    facts: &[(&Fact, usize, [DateTime<Utc>; Level::ALL.len()])],
) -> Vec<(Key, Tally)> {
    // Of many dimensions that make one group, the first stands for it: a number is compared sooner than its name.
    let mut groups: FxHashMap<Arc<str>, usize> = FxHashMap::default();
    let mut names: Vec<Arc<str>> = Vec::new();
    let group = |dims: &&Dims| {
        let name: Arc<str> = members(&grouping.group(dims)).into();
        *groups.entry(name).or_insert_with_key(|name| {
            names.push(name.clone());
            names.len() - 1
        })
    };
    let group_of: Vec<usize> = dims.iter().map(group).collect();
    let mut cells: FxHashMap<(Level, Measure, DateTime<Utc>, usize), Tally> = FxHashMap::default();
    for (fact, place, starts) in facts {
        // How old an open ticket is stands in its facts; its cells only count.
        let amount = fact.amount.filter(|_| fact.measure != Measure::OPEN);
        let spread = metrics::are_spread(fact.measure);
        for (level, start) in Level::ALL.into_iter().zip(starts) {
            if has_cell(fact.measure, grouping, level) {
                let cell = cells.entry((level, fact.measure, *start, group_of[*place])).or_default();
                cell.add(fact.times, amount, spread);
            }
        }
    }
    let key = |(level, measure, start, group): (Level, Measure, DateTime<Utc>, usize)| Key {
        grouping,
        level,
        measure,
        start,
        members: names[group].clone(),
    };
    let something = cells.into_iter().filter(|(_, tally)| !tally.is_nothing());
    let mut cells: Vec<_> = something.map(|(of, tally)| (key(of), tally)).collect();
    cells.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    cells
}

/// The age of open tickets is rolled up for groupings with few groups; that a day began, by whole days.
fn has_cell(measure: Measure, grouping: Grouping, level: Level) -> bool {
    Level::of(grouping).contains(&level)
        && (grouping.is_small() || !AGED.contains(&measure) && !AGING.contains(&measure))
        && (level != Level::Quarter || !AGING.contains(&measure))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use chrono_tz::Tz;

    use super::super::dimension::{Dimension, Dims, Grouping};
    use super::super::fact::{Fact, Measure};
    use super::{Key, Level, cells};

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
            let cells: Vec<_> = cells(&facts, Tz::Asia__Shanghai).flatten().collect();
            let of = |dimensions: &[Dimension]| {
                let grouping = Grouping::of(dimensions).kept();
                let counts = |key: &Key| key.grouping == grouping && key.level == Level::Day;
                cells.iter().filter(|(key, _)| counts(key)).count()
            };
            (of(&[]), of(&[Dimension::Team]), of(&[Dimension::Team, Dimension::Priority]))
        };
        assert_eq!(tickets(10), (1, 3, 3));
        assert_eq!(tickets(1000), tickets(10));
    }

    #[test]
    fn what_comes_to_nothing_has_no_cell() {
        let dims = |team: &str| Dims { team: team.into(), ..Dims::default() };
        let at = "2026-03-01T16:00:00Z".parse().expect("a time");
        let moved = |team: &str, times| Fact { times, ..Fact::once(Measure::OPEN, at, &dims(team)) };
        let moved = [moved("a", -1), moved("b", 1)];
        let cells: Vec<_> = cells(&moved, Tz::UTC).flatten().collect();
        assert!(!cells.is_empty());
        assert!(cells.iter().all(|(key, tally)| key.members.contains('"') && tally.count.abs() == 1));
    }
}
