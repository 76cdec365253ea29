//! From what a report is read: whole months, days and hours from cells, the rest of its edges from the facts
//! themselves, so that a range that begins and ends anywhere is exact.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::calendar::Span;
use super::cell::Level;

/// Stretches of time, each to be read from one source; no instant is in two of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Made of whole stretches of a level.
    pub(crate) cells: BTreeMap<Level, Vec<Span>>,
    /// Parts of a stretch of the finest level.
    pub(crate) facts: Vec<Span>,
}

impl Plan {
    /// Returns how to read `slices`, which are in order, from cells of these levels, when days and months are
    /// rolled up in `zone`. No cell crosses the edge of a slice.
    pub(crate) fn of(slices: &[Span], levels: &[Level], zone: Tz) -> Self {
        let mut plan = Self::default();
        for slice in slices {
            plan.cover(*slice, levels, zone);
        }
        plan
    }

    /// Covers a span with the coarsest of `levels`, and what that leaves at both ends with the finer ones.
    fn cover(&mut self, span: Span, levels: &[Level], zone: Tz) {
        if span.is_empty() {
            return;
        }
        let Some((level, finer)) = levels.split_first() else {
            return extend(&mut self.facts, span);
        };
        let inner = Span { from: level.ceil(span.from, zone), to: level.floor(span.to, zone) };
        if inner.is_empty() {
            return self.cover(span, finer, zone);
        }
        self.cover(Span { to: inner.from, ..span }, finer, zone);
        extend(self.cells.entry(*level).or_default(), inner);
        self.cover(Span { from: inner.to, ..span }, finer, zone);
    }
}

/// Adds a span, joined to the last one where they touch: each is a query.
pub(crate) fn extend(spans: &mut Vec<Span>, span: Span) {
    match spans.last_mut() {
        Some(last) if last.to == span.from => last.to = span.to,
        _ => spans.push(span),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::{DateTime, TimeDelta, Utc};
    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::super::calendar::{Granularity, Span};
    use super::super::cell::Level;
    use super::Plan;

    fn span(from: &str, to: &str) -> Span {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        Span { from: at(from), to: at(to) }
    }

    #[test]
    fn a_year_of_local_days_is_one_query() {
        let year = span("2025-12-31T16:00:00Z", "2026-12-31T16:00:00Z");
        let slices = year.slices(Granularity::Day, Tz::Asia__Shanghai, 366).expect("365");
        let plan = Plan::of(&slices, &Level::ALL, Tz::Asia__Shanghai);
        assert_eq!((plan.cells, plan.facts), (BTreeMap::from([(Level::Day, vec![year])]), vec![]));
        let plan = Plan::of(&[year], &Level::ALL, Tz::Asia__Shanghai);
        assert_eq!((plan.cells, plan.facts), (BTreeMap::from([(Level::Month, vec![year])]), vec![]));
    }

    #[test]
    fn only_parts_of_a_quarter_are_read_from_facts() {
        let odd = span("2026-03-01T14:40:00Z", "2026-03-03T18:20:00Z");
        let plan = Plan::of(&[odd], &Level::ALL, Tz::Asia__Shanghai);
        assert_eq!(plan.cells[&Level::Day], [span("2026-03-01T16:00:00Z", "2026-03-03T16:00:00Z")]);
        assert_eq!(
            plan.cells[&Level::Quarter],
            [
                span("2026-03-01T14:45:00Z", "2026-03-01T16:00:00Z"),
                span("2026-03-03T16:00:00Z", "2026-03-03T18:15:00Z")
            ]
        );
        assert_eq!(
            plan.facts,
            [
                span("2026-03-01T14:40:00Z", "2026-03-01T14:45:00Z"),
                span("2026-03-03T18:15:00Z", "2026-03-03T18:20:00Z")
            ]
        );
    }

    #[test]
    fn days_of_no_zone_are_read_from_facts() {
        let month = span("2026-02-28T18:30:00Z", "2026-03-31T18:30:00Z");
        for zone in [Tz::Asia__Kolkata, Tz::Asia__Kathmandu, Tz::America__St_Johns, Tz::Australia__Eucla] {
            let slices = month.slices(Granularity::Day, zone, 40).expect("few");
            assert_eq!(Plan::of(&slices, &Level::ALL, Tz::Asia__Shanghai).facts, []);
        }
    }

    proptest! {
        #[test]
        fn every_instant_is_read_once(
            start in 0..40_000_000_i64,
            minutes in 1..200_000_i64,
            zone in 0..3_usize,
        ) {
            let zone = [Tz::Asia__Shanghai, Tz::Asia__Kolkata, Tz::America__New_York][zone];
            let from = DateTime::from_timestamp(1_700_000_000 + start, 0).expect("a time");
            let range = Span { from, to: from + TimeDelta::minutes(minutes) };
            let slices = range.slices(Granularity::Week, Tz::Europe__Berlin, 1000).expect("few");
            let plan = Plan::of(&slices, &Level::ALL, zone);
            let mut spans: Vec<_> = plan.cells.into_values().flatten().chain(plan.facts).collect();
            spans.sort_by_key(|span| span.from);
            prop_assert!(spans.windows(2).all(|pair| pair[0].to == pair[1].from));
            prop_assert_eq!((spans[0].from, spans[spans.len() - 1].to), (range.from, range.to));
        }
    }
}
