//! Where hours, days, weeks and months begin in a time zone.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

/// How time is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Granularity {
    Hour,
    Day,
    /// From Monday.
    Week,
    Month,
}

/// A stretch of time: `from` belongs to it, `to` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
}

impl Span {
    pub(crate) fn is_empty(self) -> bool {
        self.from >= self.to
    }

    /// Cuts the span at every hour, day, week or month that begins in it; `None` where that gives more than
    /// `most`.
    pub(crate) fn slices(self, granularity: Granularity, zone: Tz, most: usize) -> Option<Vec<Self>> {
        let mut slices = Vec::new();
        let mut from = self.from;
        while from < self.to {
            if slices.len() == most {
                return None;
            }
            let to = granularity.next(from, zone).min(self.to);
            slices.push(Self { from, to });
            from = to;
        }
        Some(slices)
    }
}

impl Granularity {
    /// Returns where the next one begins after `at`.
    pub(crate) fn next(self, at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        let local = at.with_timezone(&zone);
        let today = local.date_naive();
        let date = match self {
            Self::Hour => {
                let into =
                    TimeDelta::minutes(local.minute().into()) + TimeDelta::seconds(local.second().into());
                let into = into + TimeDelta::nanoseconds(local.nanosecond().into());
                return at - into + TimeDelta::hours(1);
            }
            Self::Day => today + Days::new(1),
            Self::Week => today + Days::new(7 - u64::from(local.weekday().num_days_from_monday())),
            Self::Month => (today - Days::new(u64::from(today.day0()))) + chrono::Months::new(1),
        };
        // A day that a zone left out when it crossed the date line has no length: the next one follows.
        match day_start(date, zone) {
            start if start > at => start,
            _ => day_start(date + Days::new(1), zone),
        }
    }
}

/// Seconds of a quarter of an hour. The clocks of every zone of today differ from UTC by whole quarters.
const QUARTER: i64 = 900;

/// Returns the full quarter of an hour at or before `at`.
pub(crate) fn quarter_of(at: DateTime<Utc>) -> DateTime<Utc> {
    let into = TimeDelta::seconds(at.timestamp().rem_euclid(QUARTER));
    at - into - TimeDelta::nanoseconds(at.nanosecond().into())
}

/// Returns the first full quarter of an hour at or after `at`.
pub(crate) fn next_quarter(at: DateTime<Utc>) -> DateTime<Utc> {
    match quarter_of(at) {
        start if start == at => at,
        start => start + TimeDelta::seconds(QUARTER),
    }
}

/// Returns when the local day begins that follows the day of `at` by so many days.
pub(crate) fn days_after(at: DateTime<Utc>, days: u64, zone: Tz) -> DateTime<Utc> {
    day_start(at.with_timezone(&zone).date_naive() + Days::new(days), zone)
}

/// Returns when the local day of `at` began.
pub(crate) fn day_of(at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    day_start(at.with_timezone(&zone).date_naive(), zone)
}

/// Returns when the local month of `at` began.
pub(crate) fn month_of(at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let today = at.with_timezone(&zone).date_naive();
    day_start(today - Days::new(u64::from(today.day0())), zone)
}

/// Returns the first instant of a local day: midnight, or when the clocks had gone forward over it.
fn day_start(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = date.and_time(NaiveTime::MIN);
    let quarters = (0..=96).map(|quarter| midnight + TimeDelta::minutes(15 * quarter));
    let mut starts = quarters.filter_map(|local| zone.from_local_datetime(&local).earliest());
    // No zone ever left out more than a day.
    starts.next().map_or_else(|| midnight.and_utc(), |start| start.to_utc())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use chrono_tz::Tz;

    use super::{Granularity, Span, day_of, days_after, next_quarter, quarter_of};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn slices(from: &str, to: &str, granularity: Granularity, zone: Tz) -> Vec<DateTime<Utc>> {
        let span = Span { from: at(from), to: at(to) };
        let slices = span.slices(granularity, zone, 1000).expect("few");
        assert!(slices.windows(2).all(|pair| pair[0].to == pair[1].from));
        assert_eq!(slices.last().map(|last| last.to), Some(span.to));
        slices.iter().map(|slice| slice.from).collect()
    }

    #[test]
    fn days_begin_at_local_midnight() {
        let starts =
            slices("2026-03-01T12:00:00Z", "2026-03-03T00:00:00Z", Granularity::Day, Tz::Asia__Shanghai);
        assert_eq!(starts, ["2026-03-01T12:00:00Z", "2026-03-01T16:00:00Z", "2026-03-02T16:00:00Z"].map(at));
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        let weeks =
            slices("2026-02-27T16:00:00Z", "2026-03-10T00:00:00Z", Granularity::Week, Tz::Asia__Shanghai);
        assert_eq!(weeks, ["2026-02-27T16:00:00Z", "2026-03-01T16:00:00Z", "2026-03-08T16:00:00Z"].map(at));
        let months =
            slices("2025-12-31T16:00:00Z", "2026-03-01T00:00:00Z", Granularity::Month, Tz::Asia__Shanghai);
        assert_eq!(months, ["2025-12-31T16:00:00Z", "2026-01-31T16:00:00Z", "2026-02-28T16:00:00Z"].map(at));
    }

    #[test]
    fn a_day_lasts_as_long_as_its_zone_says() {
        let spring =
            slices("2026-03-28T23:00:00Z", "2026-03-31T00:00:00Z", Granularity::Day, Tz::Europe__Berlin);
        assert_eq!(spring[1] - spring[0], TimeDelta::hours(23));
        let skipped =
            slices("2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z", Granularity::Day, Tz::Pacific__Apia);
        assert_eq!(skipped, ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"].map(at));
        let midnight_left_out = day_of(at("2026-04-24T12:00:00Z"), Tz::Africa__Cairo);
        assert_eq!(midnight_left_out, at("2026-04-23T22:00:00Z"));
    }

    #[test]
    fn hours_follow_the_zone() {
        let india =
            slices("2026-03-01T00:00:00Z", "2026-03-01T02:00:00Z", Granularity::Hour, Tz::Asia__Kolkata);
        assert_eq!(india, ["2026-03-01T00:00:00Z", "2026-03-01T00:30:00Z", "2026-03-01T01:30:00Z"].map(at));
    }

    #[test]
    fn quarters_begin_with_those_of_utc() {
        assert_eq!(quarter_of(at("1969-12-31T23:59:59.5Z")), at("1969-12-31T23:45:00Z"));
        assert_eq!(next_quarter(at("1969-12-31T23:45:00.000001Z")), at("1970-01-01T00:00:00Z"));
        assert_eq!(next_quarter(at("2026-03-01T18:15:00Z")), at("2026-03-01T18:15:00Z"));
    }

    #[test]
    fn days_are_counted_by_their_dates() {
        let over_the_change = days_after(at("2026-03-28T22:30:00Z"), 2, Tz::Europe__Berlin);
        assert_eq!(over_the_change, at("2026-03-29T22:00:00Z"));
    }

    #[test]
    fn too_many_slices_are_none() {
        let span = Span { from: at("2026-01-01T00:00:00Z"), to: at("2026-02-01T00:00:00Z") };
        assert_eq!(span.slices(Granularity::Day, Tz::UTC, 30), None);
    }
}
