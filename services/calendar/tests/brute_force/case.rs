//! Random calendars of one to three editions in random zones, and what the wall clock says of them.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc, Weekday};
use chrono_tz::{TZ_VARIANTS, Tz};
use hotline_calendar::{
    Calendar, CalendarSpec, DayHours, Edition, ExceptionSpec, HolidayRegions, HoursSpec, Interval, Span,
};
use proptest::prelude::*;

/// Zones with the days around which their clocks change, some of them oddly, and one that never changes.
const CHANGES: [(Tz, &str); 9] = [
    (Tz::Europe__Berlin, "2026-03-27T00:00:00Z"),
    (Tz::Europe__Berlin, "2026-10-23T00:00:00Z"),
    (Tz::America__New_York, "2026-03-06T00:00:00Z"),
    (Tz::America__New_York, "2026-10-30T00:00:00Z"),
    (Tz::Australia__Lord_Howe, "2026-04-02T00:00:00Z"),
    (Tz::Australia__Lord_Howe, "2026-10-01T00:00:00Z"),
    (Tz::America__St_Johns, "2010-11-05T00:00:00Z"),
    (Tz::Pacific__Apia, "2011-12-28T00:00:00Z"),
    (Tz::Asia__Shanghai, "2026-02-12T00:00:00Z"),
];
/// 1995-01-01 to 2036-12-31: in every zone offsets are whole minutes by then.
const DAYS_SINCE_1970: std::ops::Range<i64> = 9_131..24_472;

#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) editions: Vec<Edition>,
    pub(crate) zone: Tz,
    pub(crate) start: DateTime<Utc>,
    pub(crate) amount: i64,
    pub(crate) pauses: Vec<Span>,
}

impl Case {
    pub(crate) fn calendar(&self) -> Calendar {
        Calendar::of_editions(self.editions.clone(), &HolidayRegions::default()).expect("a valid calendar")
    }

    /// Returns whether the minute is open and not paused.
    pub(crate) fn counts(&self, at: DateTime<Utc>) -> bool {
        let paused = self.pauses.iter().any(|pause| pause.from <= at && at < pause.to);
        let local = at.with_timezone(&self.zone);
        let minute = local.hour() * 60 + local.minute();
        let inside =
            |interval: &Interval| (u32::from(interval.start())..u32::from(interval.end())).contains(&minute);
        !paused && self.hours(local.date_naive()).intervals().iter().any(inside)
    }

    /// Returns whether the date is a working day.
    pub(crate) fn works(&self, date: NaiveDate) -> bool {
        let by_weekday = self.spec(date).working_days.contains(&date.weekday());
        self.exception(date).map_or(by_weekday, |exception| !exception.hours.is_closed())
    }

    pub(crate) fn deadline(&self) -> DateTime<Utc> {
        let mut at = self.start;
        let mut left = self.amount;
        while left > 0 {
            left -= i64::from(self.counts(at));
            at += TimeDelta::minutes(1);
        }
        at
    }

    fn hours(&self, date: NaiveDate) -> &DayHours {
        let by_weekday = || weekday_hours(&self.spec(date).hours, date.weekday());
        self.exception(date).map_or_else(by_weekday, |exception| &exception.hours)
    }

    fn exception(&self, date: NaiveDate) -> Option<&ExceptionSpec> {
        self.spec(date).exceptions.iter().find(|exception| exception.dates().to_string() == date.to_string())
    }

    /// Returns what is in force on the date; of the dates up to it the latest, of one date the last in the list.
    fn spec(&self, date: NaiveDate) -> &CalendarSpec {
        let begun =
            self.editions.iter().filter(|edition| edition.effective_from.is_none_or(|from| from <= date));
        &begun.max_by_key(|edition| edition.effective_from).expect("one from the beginning").spec
    }
}

fn weekday_hours(hours: &HoursSpec, weekday: Weekday) -> &DayHours {
    match weekday {
        Weekday::Mon => &hours.mon,
        Weekday::Tue => &hours.tue,
        Weekday::Wed => &hours.wed,
        Weekday::Thu => &hours.thu,
        Weekday::Fri => &hours.fri,
        Weekday::Sat => &hours.sat,
        Weekday::Sun => &hours.sun,
    }
}

/// Up to three intervals, often around the hours at which clocks change.
fn day_hours() -> impl Strategy<Value = DayHours> {
    let marks = prop::collection::btree_set(prop_oneof![0..=240_u16, 0..=1440_u16], 0..=6);
    marks.prop_map(|marks| {
        let marks: Vec<u16> = marks.into_iter().collect();
        let intervals = marks.chunks_exact(2).map(|pair| Interval::new(pair[0], pair[1]).expect("in order"));
        DayHours::new(intervals.collect()).expect("no overlap")
    })
}

fn hours() -> impl Strategy<Value = HoursSpec> {
    prop::collection::vec(day_hours(), 6).prop_map(|days| {
        let [mon, tue, wed, thu, fri, sat] = days.try_into().expect("six days");
        // Sunday always opens, so that every calendar is valid and every search ends within a week or so.
        let sun = DayHours::new(vec![Interval::new(60, 600).expect("in order")]).expect("no overlap");
        HoursSpec { mon, tue, wed, thu, fri, sat, sun, ..HoursSpec::default() }
    })
}

fn working_days() -> impl Strategy<Value = Vec<Weekday>> {
    let weekdays = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sun];
    prop::sample::subsequence(weekdays.to_vec(), 1..=6)
}

/// An edition's rules without a zone: exceptions are at so many days after the day around which all happens.
fn rules() -> impl Strategy<Value = (HoursSpec, Vec<Weekday>, Vec<(i64, DayHours)>)> {
    let exceptions = prop::collection::btree_map(0..9_i64, day_hours(), 0..3);
    (hours(), working_days(), exceptions.prop_map(|exceptions| exceptions.into_iter().collect()))
}

fn zone_and_day() -> impl Strategy<Value = (Tz, DateTime<Utc>)> {
    let at_a_change = prop::sample::select(&CHANGES[..]);
    let at_a_change = at_a_change.prop_map(|(zone, around)| (zone, around.parse().expect("a time")));
    let day = |days: i64| DateTime::from_timestamp(days * 86_400, 0).expect("in this century");
    let anywhere = (prop::sample::select(&TZ_VARIANTS[..]), DAYS_SINCE_1970.prop_map(day));
    prop_oneof![at_a_change, anywhere]
}

/// Editions in any order; the one from the beginning may be anywhere among them, and two may have one date.
fn editions(zone: Tz, around: NaiveDate) -> impl Strategy<Value = Vec<Edition>> {
    let dated = prop::collection::vec((0..9_i64, rules()), 0..3);
    let date = move |days: i64| around + TimeDelta::days(days);
    let edition = move |effective_from: Option<i64>, (hours, working_days, exceptions)| {
        let exceptions: Vec<(i64, DayHours)> = exceptions;
        let exceptions = exceptions
            .into_iter()
            .map(|(day, hours)| ExceptionSpec::new("例外", &date(day).to_string(), hours).expect("a date"));
        let spec = CalendarSpec {
            key: "any".to_owned(),
            name: "Any".to_owned(),
            zone: zone.name().to_owned(),
            holidays: None,
            working_days,
            hours,
            exceptions: exceptions.collect(),
        };
        Edition { effective_from: effective_from.map(date), spec }
    };
    (rules(), dated).prop_map(move |(first, dated)| {
        let dated = dated.into_iter().map(|(from, rules)| edition(Some(from), rules));
        dated.chain([edition(None, first)]).collect()
    })
}

pub(crate) fn cases() -> impl Strategy<Value = Case> {
    let pauses = prop::collection::vec((0..8_000_i64, 0..2_000_i64), 0..5);
    let calendar = zone_and_day()
        .prop_flat_map(|(zone, around)| (Just(zone), Just(around), editions(zone, around.date_naive())));
    (calendar, 0..4_000_i64, 0..3_000_i64, pauses).prop_map(
        |((zone, around, editions), offset, amount, pauses)| {
            let minute = |minutes: i64| around + TimeDelta::minutes(minutes);
            let pauses =
                pauses.into_iter().map(|(from, length)| Span::new(minute(from), minute(from + length)));
            Case { editions, zone, start: minute(offset), amount, pauses: pauses.collect() }
        },
    )
}
