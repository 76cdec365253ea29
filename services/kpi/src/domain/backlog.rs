//! The backlog at an instant: what open tickets came to a group less what left it, since ever.
//!
//! It is added up like a balance: whole months before the instant's month, days before its day, quarters of an
//! hour before its quarter, then single facts. So its cost grows with the months of history, never with tickets.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::calendar::{Span, days_after};
use super::cell::Level;
use super::dimension::Group;
use super::fact::Measure;
use super::report::{Sheet, TooLarge};
use super::standing::{AGED, AGING, BOUNDS, aged_at};

/// Where cells are read, or, at no level, facts.
pub(crate) type Stretch = (Option<Level>, Span);

/// Spans of one level beyond which one query over all of them is cheaper than one for each.
const MOST_QUERIES: usize = 16;

/// Returns the first instant that a time stamp can name.
fn earliest() -> DateTime<Utc> {
    DateTime::from_timestamp(-62_135_596_800, 0).expect("0001-01-01")
}

/// Returns disjoint stretches that reach from the beginning of time to `to`.
fn until(to: DateTime<Utc>, levels: &[Level], zone: Tz) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut from = earliest();
    for level in levels {
        let begin = if from == earliest() { from } else { level.ceil(from, zone) };
        let end = level.floor(to, zone);
        if begin < end {
            stretches.extend((from < begin).then_some((None, Span { from, to: begin })));
            stretches.push((Some(*level), Span { from: begin, to: end }));
            from = end;
        }
    }
    stretches.extend((from < to).then_some((None, Span { from, to })));
    stretches
}

/// Returns the stretches of days that had begun before `to`, from the beginning of time.
fn days_begun(to: DateTime<Utc>, zone: Tz) -> Vec<Stretch> {
    let month = Level::Month.floor(to - TimeDelta::microseconds(1), zone);
    let months = Span { from: earliest(), to: month };
    vec![(Some(Level::Month), months), (Some(Level::Day), Span { from: month, to })]
}

/// Where a ticket's age is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ages {
    /// Not asked for.
    Unasked,
    /// In cells.
    Cells,
    /// In the facts of as many days as the highest age has.
    Facts,
}

/// What is asked of a backlog: its instants, and what it is read from.
pub(crate) struct Instants<'a> {
    /// The report's slices: the backlog of each is that at its end.
    pub(crate) slices: &'a [Span],
    pub(crate) levels: &'static [Level],
    pub(crate) ages: Ages,
    pub(crate) zone: Tz,
}

/// Entries of the balance, by measure and group.
#[derive(Default)]
pub(crate) struct Balance {
    entries: HashMap<(Measure, Group), Entries>,
    /// For ages from facts.
    moves: HashMap<Group, Vec<Move>>,
}

/// What came less what left, by level and begin of a cell, or by the time of a fact.
type Entries = BTreeMap<(Option<Level>, DateTime<Utc>), i64>;

/// An open ticket came to a group, or left it.
struct Move {
    at: DateTime<Utc>,
    registered: DateTime<Utc>,
    by: i64,
}

impl Instants<'_> {
    /// Returns the measures to be read from cells with [`Self::cells`].
    pub(crate) fn measures(&self) -> BTreeSet<Measure> {
        let ages = [AGED, AGING].concat();
        let ages = ages.into_iter().filter(|_| self.ages == Ages::Cells);
        [Measure::OPEN].into_iter().chain(ages).collect()
    }

    /// Returns from which cells and facts the balance is to be filled: one query each.
    pub(crate) fn stretches(&self) -> Vec<Stretch> {
        let mut all: BTreeMap<Option<Level>, Vec<Span>> = BTreeMap::new();
        for slice in self.slices {
            let days = (self.ages == Ages::Cells).then(|| days_begun(slice.to, self.zone));
            let stretches = until(slice.to, self.levels, self.zone).into_iter();
            for (level, span) in stretches.chain(days.into_iter().flatten()) {
                all.entry(level).or_default().push(span);
            }
        }
        all.into_iter().flat_map(|(level, spans)| joined(level, spans)).collect()
    }

    /// Returns of which stretch single moves of open tickets are needed for their ages, with the rest of the
    /// stretch from facts.
    pub(crate) fn moves(&self) -> Option<Span> {
        let (first, last) = (self.slices.first()?, self.slices.last()?);
        let oldest = BOUNDS[BOUNDS.len() - 1];
        let from = self.registered_within(first.to, oldest);
        (self.ages == Ages::Facts).then_some(Span { from, to: last.to })
    }

    /// Returns since when tickets were registered that are less than so many days old just before `to`.
    fn registered_within(&self, to: DateTime<Utc>, days: u64) -> DateTime<Utc> {
        let last = to - TimeDelta::microseconds(1);
        let back = i64::try_from(days).expect("few") - 1;
        // Noon of the day of so many days ago, whatever the clocks did since.
        let noon = days_after(last, 0, self.zone) + TimeDelta::hours(12) - TimeDelta::days(back);
        days_after(noon, 0, self.zone)
    }

    /// Adds a fact: an open ticket, registered then, came to a group or left it.
    pub(crate) fn add_fact(
        &self,
        balance: &mut Balance,
        (at, registered): (DateTime<Utc>, DateTime<Utc>),
        group: &Group,
        by: i64,
    ) {
        let aged = aged_at(at, registered, self.zone).filter(|_| self.ages == Ages::Cells);
        for measure in [Measure::OPEN].into_iter().chain(aged) {
            balance.add(None, at, group.clone(), measure, by);
        }
    }

    /// Writes the backlog at the end of every slice.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub(crate) fn write(&self, balance: &Balance, sheet: &mut Sheet) -> Result<(), TooLarge> {
        let groups: BTreeSet<Group> = balance.entries.keys().map(|(_, group)| group.clone()).collect();
        for (place, slice) in self.slices.iter().enumerate() {
            let stretches = until(slice.to, self.levels, self.zone);
            let days = days_begun(slice.to, self.zone);
            for group in &groups {
                let open = balance.sum(Measure::OPEN, group, &stretches);
                sheet.put(place, group, Measure::OPEN, open)?;
                for (bound, (aged, aging)) in AGED.into_iter().zip(AGING).enumerate() {
                    let old = match self.ages {
                        Ages::Unasked => continue,
                        Ages::Cells => {
                            balance.sum(aged, group, &stretches) + balance.sum(aging, group, &days)
                        }
                        Ages::Facts => {
                            let since = self.registered_within(slice.to, BOUNDS[bound]);
                            open - balance.young(group, since, slice.to)
                        }
                    };
                    sheet.put(place, group, aged, old)?;
                }
            }
        }
        Ok(())
    }
}

impl Balance {
    /// Adds a cell, or a fact where there is no level.
    pub(crate) fn add(
        &mut self,
        level: Option<Level>,
        at: DateTime<Utc>,
        group: Group,
        measure: Measure,
        by: i64,
    ) {
        *self.entries.entry((measure, group)).or_default().entry((level, at)).or_default() += by;
    }

    /// Adds a single move, for ages from facts.
    pub(crate) fn add_move(&mut self, at: DateTime<Utc>, registered: DateTime<Utc>, group: Group, by: i64) {
        self.moves.entry(group).or_default().push(Move { at, registered, by });
    }

    fn sum(&self, measure: Measure, group: &Group, stretches: &[Stretch]) -> i64 {
        let Some(entries) = self.entries.get(&(measure, group.clone())) else {
            return 0;
        };
        let of = |(level, span): &Stretch| -> i64 {
            entries.range((*level, span.from)..(*level, span.to)).map(|(_, by)| by).sum()
        };
        stretches.iter().filter(|(_, span)| !span.is_empty()).map(of).sum()
    }

    /// Counts the open tickets of a group just before `to` that were registered since then.
    fn young(&self, group: &Group, since: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
        let moves = self.moves.get(group).into_iter().flatten();
        moves.filter(|moved| moved.at < to && moved.registered >= since).map(|moved| moved.by).sum()
    }
}

/// Joins spans that touch or overlap; many of cells become one.
fn joined(level: Option<Level>, mut spans: Vec<Span>) -> Vec<Stretch> {
    spans.retain(|span| !span.is_empty());
    spans.sort_by_key(|span| span.from);
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => joined.push(span),
        }
    }
    if let ([first, .., last], true, true) = (joined.as_slice(), level.is_some(), joined.len() > MOST_QUERIES)
    {
        joined = vec![Span { from: first.from, to: last.to }];
    }
    joined.into_iter().map(|span| (level, span)).collect()
}
