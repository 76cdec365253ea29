//! Every version of every calendar: which holds on a date, and what of it was made at run time (T11).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use hotline_calendar::{Almanac, Edition};

use crate::domain::rule_version::{Record, RuleKind, RuleVersion};
use crate::error::Error;

/// A calendar as it was or will be from a date on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CalendarVersion {
    /// Its rules, and since when they hold.
    pub(crate) edition: Edition,
    /// It takes every version before it back, but for the shipped one.
    pub(crate) removed: bool,
    /// Who made it when and why.
    pub(crate) record: Record,
}

/// Every version of every calendar, by key; the later recorded last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CalendarBook(BTreeMap<String, Vec<CalendarVersion>>);

impl CalendarBook {
    /// Begins with the calendars as shipped or configured, and adds what was made at run time, the later last.
    ///
    /// # Errors
    /// [`Core::Internal`](hotline_core::error::Error::Internal) for a version that this release can't read.
    pub(crate) fn of(base: &Almanac, versions: &[RuleVersion]) -> Result<Self, Error> {
        let mut book = Self::default();
        for edition in base.editions() {
            let edition = edition.clone();
            book.record(CalendarVersion { edition, removed: false, record: Record::default() });
        }
        for version in versions.iter().filter(|version| version.kind == RuleKind::Calendar) {
            let (removed, record) = (version.retired, version.record.clone());
            book.record(CalendarVersion { edition: version.edition()?, removed, record });
        }
        Ok(book)
    }

    /// Returns the versions of a calendar, the later recorded last; none for an unknown key.
    pub(crate) fn versions(&self, key: &str) -> &[CalendarVersion] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// Returns the number of the latest version of a calendar.
    pub(crate) fn latest(&self, key: &str) -> i32 {
        self.versions(key).last().map_or(0, |version| version.record.version)
    }

    /// Returns the version that holds on a date: of those effective by then the one that is effective last, else the
    /// first of all; of two with one date the later recorded. None for a calendar that is not there.
    pub(crate) fn on(&self, key: &str, date: NaiveDate) -> Option<&CalendarVersion> {
        let live = self.live(key);
        let begun = live.range(..=Some(date)).next_back();
        begun.or_else(|| live.first_key_value()).map(|(_, version)| *version)
    }

    /// Tells whether anything that was made at run time holds of a calendar.
    pub(crate) fn is_changed(&self, key: &str) -> bool {
        self.live(key).values().any(|version| version.record.version > 0)
    }

    /// Returns what was made at run time and holds, by keys and dates.
    pub(crate) fn made_at_run_time(&self) -> impl Iterator<Item = &Edition> {
        let live = self.0.keys().flat_map(|key| self.live(key).into_values());
        live.filter(|version| version.record.version > 0).map(|version| &version.edition)
    }

    /// Returns the versions of a calendar that were neither taken back nor replaced, by the date from which they hold.
    fn live(&self, key: &str) -> BTreeMap<Option<NaiveDate>, &CalendarVersion> {
        let versions = self.versions(key);
        let removed = versions.iter().rposition(|version| version.removed);
        let kept = versions.iter().enumerate().filter(|(index, version)| {
            version.record.version == 0 || removed.is_none_or(|removed| *index > removed)
        });
        kept.map(|(_, version)| (version.edition.effective_from, version)).collect()
    }

    fn record(&mut self, version: CalendarVersion) {
        self.0.entry(version.edition.spec.key.clone()).or_default().push(version);
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use hotline_calendar::{Calendar, DayHours, HoursSpec};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::rule_version::laid_over;

    /// A version of the shipped `office`, or of a calendar that was not shipped.
    #[derive(Clone, Debug)]
    struct Step {
        shipped: bool,
        removes: bool,
        /// Days after the first of the year from which it holds; none is always.
        from: Option<i64>,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = (any::<bool>(), prop::bool::weighted(0.2), prop::option::of(0..100_i64));
        let step = step.prop_map(|(shipped, removes, from)| Step { shipped, removes, from });
        prop::collection::vec(step, 0..12)
    }

    fn first() -> NaiveDate {
        "2026-01-01".parse().expect("a date")
    }

    /// Returns the versions; each but a removal opens at a minute of its own on every day.
    fn versions(base: &Almanac, steps: &[Step]) -> Vec<RuleVersion> {
        let mut spec = base.editions().next().expect("shipped").spec.clone();
        let mut made = Vec::new();
        for (step, number) in steps.iter().zip(1..) {
            spec.key = if step.shipped { "office" } else { "shop" }.into();
            let hours = serde_json::json!([format!("09:{number:02}-18:00")]);
            let hours: DayHours = serde_json::from_value(hours).expect("hours");
            spec.hours = HoursSpec::every_day(&hours);
            made.push(RuleVersion {
                kind: RuleKind::Calendar,
                key: spec.key.clone(),
                revision: number,
                position: 0,
                effective_from: None,
                effective_on: step.from.map(|days| first() + TimeDelta::days(days)),
                retired: step.removes,
                content: serde_json::to_string(&spec).expect("writable"),
                record: Record { version: i32::try_from(number).expect("few"), ..Record::default() },
            });
        }
        made
    }

    proptest! {
        #[test]
        fn the_version_that_holds_on_a_date_is_the_one_by_which_it_is_counted(steps in steps(), days in 0..120_i64) {
            let base = Almanac::shipped().expect("shipped data is valid");
            let versions = versions(&base, &steps);
            let book = CalendarBook::of(&base, &versions).expect("readable");
            let calendars = laid_over(&base, &versions).and_then(|almanac| Ok(almanac.build()?)).expect("valid");
            let date = first() + TimeDelta::days(days);
            for key in ["office", "shop"] {
                let (held, counted) = (book.on(key, date), calendars.get(key).ok());
                prop_assert_eq!(held.is_some(), counted.is_some());
                let (Some(held), Some(counted)) = (held, counted) else { continue };
                let alone = Calendar::new(held.edition.spec.clone(), base.regions()).expect("valid");
                prop_assert_eq!(counted.day_hours(date), alone.day_hours(date));
            }
            let mut overlaid = base.clone();
            book.made_at_run_time().for_each(|edition| overlaid.add(edition.clone()));
            let overlaid = overlaid.build().expect("valid");
            for calendar in calendars.iter() {
                let theirs = overlaid.get(calendar.key()).expect("told");
                prop_assert_eq!(theirs.day_hours(date), calendar.day_hours(date));
            }
        }
    }
}
