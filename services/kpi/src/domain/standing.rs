//! How a ticket stood over its life: when it was open, whose, and what was told of its clocks. The backlog is the sum
//! of that over all tickets.
//!
//! What a ticket adds follows from all that is known of it, in order of time. When an event comes late, what
//! the ticket added before is taken back where it differs; so figures don't depend on the order of events (K8).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use super::calendar::days_after;
use super::clocks::{Word, corrections_since};
use super::dimension::Dims;
use super::fact::{Fact, Measure};

/// The ages, in days, at which an open ticket goes from a bucket to the next.
pub(crate) const BOUNDS: [u64; 4] = [1, 3, 7, 30];

/// For each of [`BOUNDS`]: open tickets of that age that came to a group or left it.
pub(crate) const AGED: [Measure; 4] =
    [Measure::AGED_1D, Measure::AGED_3D, Measure::AGED_7D, Measure::AGED_30D];

/// For each of [`BOUNDS`]: open tickets that came to that age as a day began.
pub(crate) const AGING: [Measure; 4] =
    [Measure::AGING_1D, Measure::AGING_3D, Measure::AGING_7D, Measure::AGING_30D];

/// Returns the measures of age that a move of an open ticket at this instant belongs to.
pub(crate) fn aged_at(
    at: DateTime<Utc>,
    registered: DateTime<Utc>,
    zone: Tz,
) -> impl Iterator<Item = Measure> {
    let bounds = BOUNDS.map(|days| days_after(registered, days, zone));
    AGED.into_iter().zip(bounds).filter(move |(_, bound)| *bound <= at).map(|(aged, _)| aged)
}

/// From some instant on, a ticket was open or not, and belonged to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) at: DateTime<Utc>,
    /// The event that told it; of two at one instant, the one with the lower id came first.
    pub(crate) event: Uuid,
    pub(crate) open: bool,
    pub(crate) dims: Dims,
}

/// What is known of a ticket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standing {
    /// When it was registered.
    pub(crate) registered: DateTime<Utc>,
    /// In order of time.
    pub(crate) changes: Vec<Change>,
    /// In the order in which they were told.
    pub(crate) words: Vec<Word>,
}

/// A stretch of time in which a ticket was open and belonged to the same.
struct Stay<'a> {
    from: DateTime<Utc>,
    /// `None` where it has not ended.
    to: Option<DateTime<Utc>>,
    dims: &'a Dims,
}

impl Standing {
    /// Returns a ticket of which nothing else is known.
    pub(crate) fn new(registered: DateTime<Utc>) -> Self {
        Self { registered, changes: Vec::new(), words: Vec::new() }
    }

    /// Adds what an event told, its changes in order.
    pub(crate) fn learn(&mut self, registered: DateTime<Utc>, changes: Vec<Change>) {
        self.registered = self.registered.min(registered);
        self.changes.extend(changes);
        // Stable: several changes that one event tells of one instant stay in its order.
        self.changes.sort_by_key(|change| (change.at, change.event));
    }

    /// Adds what an event told of a clock.
    pub(crate) fn hear(&mut self, word: Word) {
        let place = self.words.partition_point(|known| known.event <= word.event);
        self.words.insert(place, word);
    }

    /// Returns whose the ticket was at an instant, as far as is known.
    pub(crate) fn dims_at(&self, at: DateTime<Utc>) -> Option<&Dims> {
        let known = self.changes.partition_point(|change| change.at <= at);
        known.checked_sub(1).map(|last| &self.changes[last].dims)
    }

    /// Returns what this adds to the figures beyond what it added `before`.
    pub(crate) fn facts_since(&self, before: Option<&Self>, zone: Tz) -> Vec<Fact> {
        let mut added = BTreeMap::new();
        self.add_to(&mut added, 1, zone);
        if let Some(before) = before {
            before.add_to(&mut added, -1, zone);
        }
        let fact = |((at, measure, registered, dims), times): ((_, _, _, &Dims), i64)| {
            let age: chrono::TimeDelta = at - registered;
            let amount = (measure == Measure::OPEN).then(|| age.num_microseconds().unwrap_or(i64::MAX));
            Fact { times, amount, ..Fact::once(measure, at, dims) }
        };
        let moved = added.into_iter().filter(|(_, times)| *times != 0).map(fact);
        moved.chain(corrections_since(self, before)).collect()
    }

    fn add_to<'a>(&'a self, added: &mut Added<'a>, times: i64, zone: Tz) {
        let bounds = BOUNDS.map(|days| days_after(self.registered, days, zone));
        let mut add = |measure, at, dims, times| {
            *added.entry((at, measure, self.registered, dims)).or_default() += times;
        };
        for stay in self.stays() {
            add(Measure::OPEN, stay.from, stay.dims, times);
            if let Some(to) = stay.to {
                add(Measure::OPEN, to, stay.dims, -times);
            }
            for ((bound, aged), aging) in bounds.into_iter().zip(AGED).zip(AGING) {
                if bound <= stay.from {
                    add(aged, stay.from, stay.dims, times);
                } else if stay.to.is_none_or(|to| bound <= to) {
                    add(aging, bound, stay.dims, times);
                }
                if let Some(to) = stay.to.filter(|to| bound <= *to) {
                    add(aged, to, stay.dims, -times);
                }
            }
        }
    }

    fn stays(&self) -> Vec<Stay<'_>> {
        let mut stays: Vec<Stay<'_>> = Vec::new();
        for change in &self.changes {
            // Clocks may differ: nothing happens to a ticket before it is registered.
            let at = change.at.max(self.registered);
            if let Some(stay) = stays.last_mut().filter(|stay| stay.to.is_none()) {
                if change.open && *stay.dims == change.dims {
                    continue;
                }
                stay.to = Some(at);
                if stay.from == at {
                    stays.pop();
                }
            }
            if change.open {
                stays.push(Stay { from: at, to: None, dims: &change.dims });
            }
        }
        stays
    }
}

/// How often what is added where: by time, measure, when the ticket was registered, and to whom it belonged.
type Added<'a> = BTreeMap<(DateTime<Utc>, Measure, DateTime<Utc>, &'a Dims), i64>;

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use chrono_tz::Tz;
    use uuid::Uuid;

    use super::super::dimension::Dims;
    use super::{Change, Standing};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn change(number: u128, time: &str, team: &str, open: bool) -> Change {
        let dims = Dims { team: team.into(), ..Dims::default() };
        Change { at: at(time), event: Uuid::from_u128(number), open, dims }
    }

    fn told(standing: &Standing, before: Option<&Standing>) -> Vec<(String, &'static str, String, i64)> {
        let facts = standing.facts_since(before, Tz::UTC);
        let short = |fact: super::Fact| {
            (fact.at.format("%d %R").to_string(), fact.measure.code(), fact.dims.team, fact.times)
        };
        facts.into_iter().map(short).collect()
    }

    fn rows(rows: &[(&str, &'static str, &str, i64)]) -> Vec<(String, &'static str, String, i64)> {
        rows.iter().map(|(at, measure, team, by)| ((*at).into(), *measure, (*team).into(), *by)).collect()
    }

    #[test]
    fn a_ticket_counts_while_it_is_open_and_ages_at_midnight() {
        let mut ticket = Standing::new(at("2026-03-01T10:00:00Z"));
        ticket.learn(ticket.registered, vec![change(1, "2026-03-01T10:00:00Z", "a", true)]);
        let open = ticket.clone();
        assert_eq!(
            told(&open, None),
            rows(&[
                ("01 10:00", "open", "a", 1),
                ("02 00:00", "aging_1d", "a", 1),
                ("04 00:00", "aging_3d", "a", 1),
                ("08 00:00", "aging_7d", "a", 1),
                ("31 00:00", "aging_30d", "a", 1),
            ])
        );
        ticket.learn(ticket.registered, vec![change(2, "2026-03-02T09:00:00Z", "a", false)]);
        assert_eq!(
            told(&ticket, Some(&open)),
            rows(&[
                ("02 09:00", "aged_1d", "a", -1),
                ("02 09:00", "open", "a", -1),
                ("04 00:00", "aging_3d", "a", -1),
                ("08 00:00", "aging_7d", "a", -1),
                ("31 00:00", "aging_30d", "a", -1),
            ])
        );
    }

    #[test]
    fn a_late_change_takes_back_what_it_makes_wrong() {
        let mut ticket = Standing::new(at("2026-03-01T10:00:00Z"));
        ticket.learn(ticket.registered, vec![change(1, "2026-03-01T10:00:00Z", "a", true)]);
        ticket.learn(ticket.registered, vec![change(3, "2026-03-01T12:00:00Z", "a", false)]);
        let before = ticket.clone();
        ticket.learn(ticket.registered, vec![change(2, "2026-03-01T11:00:00Z", "b", true)]);
        assert_eq!(
            told(&ticket, Some(&before)),
            rows(&[
                ("01 11:00", "open", "a", -1),
                ("01 11:00", "open", "b", 1),
                ("01 12:00", "open", "a", 1),
                ("01 12:00", "open", "b", -1),
            ])
        );
    }

    #[test]
    fn what_lasts_no_time_counts_nowhere() {
        let mut ticket = Standing::new(at("2026-03-01T10:00:00Z"));
        let same = "2026-03-01T10:00:00Z";
        ticket.learn(ticket.registered, vec![change(1, same, "", true), change(1, same, "a", false)]);
        ticket.learn(ticket.registered, vec![change(2, "2026-03-01T09:00:00Z", "b", true)]);
        assert_eq!(told(&ticket, None), []);
    }
}
