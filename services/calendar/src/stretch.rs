//! Absolute time cut into stretches that lie in one local date and have one offset from UTC.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::{DayHours, Span};

/// Returns when a wall clock in the zone shows the date and a time within the hours: in order of the hours, where the clock
/// changes on the date cut at the change. What it skips is never, what it shows twice is there twice.
#[must_use]
pub fn openings_on(zone: Tz, date: NaiveDate, hours: &DayHours) -> Vec<Span> {
    Stretches::of_date(zone, date).flat_map(|stretch| stretch.openings(hours).collect::<Vec<_>>()).collect()
}

/// A stretch in which wall time and absolute time run side by side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) span: Span,
    pub(crate) date: NaiveDate,
    offset: FixedOffset,
}

impl Stretch {
    /// Returns the part of the hours that falls into the stretch, in order.
    pub(crate) fn openings(self, hours: &DayHours) -> impl Iterator<Item = Span> + '_ {
        let openings = hours.intervals().iter().filter_map(move |interval| {
            Some(Span::new(self.at(interval.start())?, self.at(interval.end())?).clip(&self.span))
        });
        openings.filter(|opening| !opening.is_empty())
    }

    pub(crate) fn clip(self, span: &Span) -> Self {
        Self { span: self.span.clip(span), ..self }
    }

    fn at(&self, minute: u16) -> Option<DateTime<Utc>> {
        let midnight = self.date.and_time(NaiveTime::MIN);
        let local = midnight.checked_add_signed(TimeDelta::minutes(minute.into()))?;
        Some(local.checked_sub_offset(self.offset)?.and_utc())
    }
}

/// The stretches of a zone in order of time, without gap, from an instant to the end of the calendar.
///
/// Going forward in absolute time makes clock changes harmless: each step ends strictly later than it begins.
#[derive(Debug)]
pub(crate) struct Stretches {
    zone: Tz,
    next: DateTime<Utc>,
}

impl Stretches {
    pub(crate) const fn starting(zone: Tz, at: DateTime<Utc>) -> Self {
        Self { zone, next: at }
    }

    pub(crate) const fn seek(&mut self, at: DateTime<Utc>) {
        self.next = at;
    }

    /// Returns the stretches inside the span, cut to it.
    pub(crate) fn within(zone: Tz, span: Span) -> impl Iterator<Item = Stretch> {
        Self::starting(zone, span.from)
            .take_while(move |stretch| stretch.span.from < span.to)
            .map(move |stretch| stretch.clip(&span))
    }

    /// Returns the stretches of a local date: one, or two when the clock changes on it.
    pub(crate) fn of_date(zone: Tz, date: NaiveDate) -> impl Iterator<Item = Stretch> {
        // No zone is farther than 15 hours from UTC.
        let midnight = date.and_time(NaiveTime::MIN).and_utc();
        let around = midnight
            .checked_sub_signed(TimeDelta::hours(15))
            .zip(midnight.checked_add_signed(TimeDelta::hours(24 + 15)));
        around
            .into_iter()
            .flat_map(move |(from, to)| Self::within(zone, Span::new(from, to)))
            .filter(move |stretch| stretch.date == date)
    }
}

impl Iterator for Stretches {
    type Item = Stretch;

    fn next(&mut self) -> Option<Stretch> {
        let from = self.next;
        let offset = offset_at(self.zone, from);
        let date = from.naive_utc().checked_add_offset(offset)?.date();
        let midnight = date.succ_opt()?.and_time(NaiveTime::MIN).checked_sub_offset(offset)?.and_utc();
        let to = change_between(self.zone, from, midnight).unwrap_or(midnight);
        self.next = to;
        Some(Stretch { span: Span::new(from, to), date, offset })
    }
}

/// Returns the second at which the zone's offset changes, when it does between the two instants.
fn change_between(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let before = offset_at(zone, from);
    let changed = |second: i64| -> Option<bool> {
        Some(offset_at(zone, DateTime::from_timestamp(second, 0)?) != before)
    };
    let (mut same, mut other) = (from.timestamp(), to.timestamp() - 1);
    if other <= same || !changed(other)? {
        return None;
    }
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        if changed(middle)? {
            other = middle;
        } else {
            same = middle;
        }
    }
    DateTime::from_timestamp(other, 0)
}

fn offset_at(zone: Tz, at: DateTime<Utc>) -> FixedOffset {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates_and_hours(zone: Tz, from: &str, count: usize) -> Vec<(String, f64)> {
        let from = from.parse().expect("a time");
        let stretches = Stretches::starting(zone, from).take(count);
        let hours = |span: &Span| span.duration().num_seconds() as f64 / 3600.0;
        stretches.map(|stretch| (stretch.date.to_string(), hours(&stretch.span))).collect()
    }

    #[test]
    fn a_plain_day_is_one_stretch() {
        let days = dates_and_hours(Tz::Asia__Shanghai, "2026-03-01T16:00:00Z", 2);
        assert_eq!(days, [("2026-03-02".to_owned(), 24.0), ("2026-03-03".to_owned(), 24.0)]);
    }

    #[test]
    fn a_day_on_which_clocks_change_is_cut_at_the_change() {
        let spring = dates_and_hours(Tz::Europe__Berlin, "2026-03-28T23:00:00Z", 2);
        assert_eq!(spring, [("2026-03-29".to_owned(), 2.0), ("2026-03-29".to_owned(), 21.0)]);
        let half_an_hour = dates_and_hours(Tz::Australia__Lord_Howe, "2026-04-04T13:00:00Z", 2);
        assert_eq!(half_an_hour, [("2026-04-05".to_owned(), 2.0), ("2026-04-05".to_owned(), 22.5)]);
    }

    #[test]
    fn clocks_set_back_over_midnight_show_a_date_twice() {
        let days = dates_and_hours(Tz::America__St_Johns, "2010-11-06T02:30:00Z", 4);
        let shown: Vec<&str> = days.iter().map(|(date, _)| date.as_str()).collect();
        assert_eq!(shown, ["2010-11-06", "2010-11-07", "2010-11-06", "2010-11-07"]);
    }

    #[test]
    fn a_date_that_a_zone_skipped_has_no_stretch() {
        let skipped = "2011-12-30".parse().expect("a date");
        assert_eq!(Stretches::of_date(Tz::Pacific__Apia, skipped).count(), 0);
    }

    #[test]
    fn the_end_of_the_calendar_ends_the_stretches() {
        assert_eq!(Stretches::starting(Tz::Asia__Shanghai, DateTime::<Utc>::MAX_UTC).count(), 0);
    }
}
