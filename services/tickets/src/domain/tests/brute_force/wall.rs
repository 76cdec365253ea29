//! The plainest possible clock: it looks at the wall every minute, and at each date as it comes.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{Datelike, NaiveDate, Timelike, Weekday};
use hotline_calendar::{CalendarSpec, DayHours, EndOf, Span};

use super::case::Case;
use super::*;
use crate::domain::target::{Amount, Target};

/// Longer than any promise of a case, with all its pauses.
const MINUTES: usize = 60 * 24 * 75;

/// What the wall shows in a minute.
struct Minute {
    of_day: u32,
    open: bool,
}

/// The minutes from midnight before a case on, and which of them make up a date.
pub(super) struct Wall {
    from: DateTime<Utc>,
    minutes: Vec<Minute>,
    dates: BTreeMap<NaiveDate, (Range<usize>, bool)>,
}

impl Wall {
    pub(super) fn of(case: &Case) -> Self {
        let from = case.start - TimeDelta::days(2);
        let mut wall = Self { from, minutes: Vec::with_capacity(MINUTES), dates: BTreeMap::new() };
        for index in 0..MINUTES {
            let shown = wall.at(index).with_timezone(&case.zone);
            let (date, of_day) = (shown.date_naive(), shown.hour() * 60 + shown.minute());
            let date = wall.dates.entry(date).or_insert_with(|| (index..index, works(&case.spec, date)));
            date.0.end = index + 1;
            let hours = hours(&case.spec, shown.date_naive());
            let inside = |one: &hotline_calendar::Interval| {
                (u32::from(one.start())..u32::from(one.end())).contains(&of_day)
            };
            let open = hours.intervals().iter().any(inside);
            wall.minutes.push(Minute { of_day, open });
        }
        wall
    }

    /// Returns when a promise runs out.
    pub(super) fn due(&self, target: &Target, start: DateTime<Utc>, pauses: &[Span]) -> DateTime<Utc> {
        match target.amount {
            Amount::Minutes(minutes) => self.after(target, start, i64::from(minutes) * 60, pauses),
            Amount::Hours(hours) => self.after(target, start, i64::from(hours) * 3600, pauses),
            Amount::WorkingDays(days, end_of) => self.after_days(start, days, end_of, pauses),
        }
    }

    /// Returns when a share of a promise is used up, in percent of what it is without pauses; not after it runs out.
    pub(super) fn warn(
        &self,
        target: &Target,
        start: DateTime<Utc>,
        pauses: &[Span],
        percent: i64,
    ) -> DateTime<Utc> {
        let due = self.due(target, start, pauses);
        let share = self.seconds(target, start, self.due(target, start, &[]), &[]) * percent / 100;
        if share == 0 || self.seconds(target, start, due, pauses) <= share {
            due
        } else {
            self.after(target, start, share, pauses)
        }
    }

    fn seconds(&self, target: &Target, from: DateTime<Utc>, to: DateTime<Utc>, pauses: &[Span]) -> i64 {
        let counted = (self.index(from)..self.index(to)).filter(|index| self.counts(target, *index, pauses));
        60 * i64::try_from(counted.count()).expect("small")
    }

    fn after(&self, target: &Target, start: DateTime<Utc>, seconds: i64, pauses: &[Span]) -> DateTime<Utc> {
        let (mut left, mut index) = (seconds, self.index(start));
        while left > 60 || (left > 0 && !self.counts(target, index, pauses)) {
            left -= if self.counts(target, index, pauses) { 60 } else { 0 };
            index += 1;
        }
        self.at(index) + TimeDelta::seconds(left)
    }

    fn counts(&self, target: &Target, index: usize, pauses: &[Span]) -> bool {
        let open = matches!(target.amount, Amount::Hours(_)) || self.minutes[index].open;
        open && !self.paused(index, pauses)
    }

    fn paused(&self, index: usize, pauses: &[Span]) -> bool {
        let at = self.at(index);
        pauses.iter().any(|pause| pause.from <= at && at < pause.to)
    }

    /// The start's own date is day 0. Working days that are paused from end to end don't count, and none at whose end
    /// work stands still is the last.
    fn after_days(&self, start: DateTime<Utc>, days: u32, end_of: EndOf, pauses: &[Span]) -> DateTime<Utc> {
        let begun = self.index(start);
        let mut counted = 0;
        for (range, works) in self.dates.values().filter(|(range, _)| range.end > begun) {
            let own = range.contains(&begun);
            if !works || self.all_paused(range, pauses) || (own && days > 0) {
                continue;
            }
            let end = self.end_of(range, end_of, begun);
            if own && end < start {
                continue;
            }
            counted += u32::from(!own);
            let stands_still = pauses.iter().any(|pause| pause.from < end && end <= pause.to);
            if counted >= days && !stands_still {
                return end;
            }
        }
        panic!("{days} working days end after everything")
    }

    fn all_paused(&self, range: &Range<usize>, pauses: &[Span]) -> bool {
        let opens = range.clone().any(|index| self.minutes[index].open);
        let counts = |index: &usize| !opens || self.minutes[*index].open;
        range.clone().filter(counts).all(|index| self.paused(index, pauses))
    }

    fn end_of(&self, range: &Range<usize>, end_of: EndOf, begun: usize) -> DateTime<Utc> {
        let mut all = range.clone();
        if end_of == EndOf::Day {
            return self.at(all.rfind(|index| self.minutes[*index].open).map_or(range.end, |last| last + 1));
        }
        let wanted = self.minutes[begun].of_day;
        let reached = all.find(|index| self.minutes[*index].of_day >= wanted).expect("a time of day");
        // Where the wall leaps over the time, it is as long after the leap as it should have been.
        let late = match self.minutes[reached].of_day - wanted {
            0 => 0,
            _ => wanted - self.minutes[reached - 1].of_day - 1,
        };
        self.at(reached) + TimeDelta::minutes(late.into())
    }

    fn at(&self, index: usize) -> DateTime<Utc> {
        self.from + TimeDelta::minutes(i64::try_from(index).expect("small"))
    }

    fn index(&self, at: DateTime<Utc>) -> usize {
        usize::try_from((at - self.from).num_minutes()).expect("not before the case")
    }
}

fn exception(spec: &CalendarSpec, date: NaiveDate) -> Option<&hotline_calendar::ExceptionSpec> {
    spec.exceptions.iter().find(|exception| exception.dates().first() == date)
}

fn hours(spec: &CalendarSpec, date: NaiveDate) -> &DayHours {
    let weekly = &spec.hours;
    exception(spec, date).map_or(
        match date.weekday() {
            Weekday::Mon => &weekly.mon,
            Weekday::Tue => &weekly.tue,
            Weekday::Wed => &weekly.wed,
            Weekday::Thu => &weekly.thu,
            Weekday::Fri => &weekly.fri,
            Weekday::Sat => &weekly.sat,
            Weekday::Sun => &weekly.sun,
        },
        |exception| &exception.hours,
    )
}

fn works(spec: &CalendarSpec, date: NaiveDate) -> bool {
    let by_weekday = spec.working_days.contains(&date.weekday());
    exception(spec, date)
        .map_or(by_weekday, |exception| exception.working.unwrap_or(!exception.hours.is_closed()))
}
