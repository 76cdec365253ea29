//! Nights on which clocks change, by hand: open time is what passes while the wall shows an open hour.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use hotline_calendar::{Calendar, CalendarSpec, DayHours, EndOf, HolidayRegions, HoursSpec, Span};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time with its offset")
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Open every day at the same hours.
fn daily(zone: Tz, hours: &str) -> Calendar {
    let hours = DayHours::new(vec![hours.parse().expect("an interval")]).expect("one interval");
    calendar(zone, HoursSpec::every_day(&hours))
}

/// Open from Monday to Friday, 09:00 to 17:00.
fn weekdays(zone: Tz) -> Calendar {
    let hours = DayHours::new(vec!["09:00-17:00".parse().expect("an interval")]).expect("one interval");
    let closed = DayHours::default;
    calendar(zone, HoursSpec { sat: closed(), sun: closed(), ..HoursSpec::every_day(&hours) })
}

fn calendar(zone: Tz, hours: HoursSpec) -> Calendar {
    use chrono::Weekday::{Fri, Mon, Thu, Tue, Wed};
    let spec = CalendarSpec {
        key: "zone".to_owned(),
        name: "Zone".to_owned(),
        zone: zone.name().to_owned(),
        holidays: None,
        working_days: vec![Mon, Tue, Wed, Thu, Fri],
        hours,
        exceptions: Vec::new(),
    };
    Calendar::new(spec, &HolidayRegions::default()).expect("a valid calendar")
}

/// Berlin: 02:00 to 03:00 is missing on 29 March and comes twice on 25 October 2026. London: 01:00 to 02:00.
/// Lord Howe: 02:00 to 02:30 is missing on 4 October and 01:30 to 02:00 comes twice on 5 April 2026.
#[test]
fn a_date_is_open_as_long_as_its_hours_are_on_the_wall() {
    use Tz::{Australia__Lord_Howe as LordHowe, Europe__Berlin as Berlin, Europe__London as London};
    let table = [
        (Berlin, "2026-03-29", "00:00-24:00", 23 * 60),
        (Berlin, "2026-03-29", "01:00-04:00", 120),
        (Berlin, "2026-03-29", "02:00-03:00", 0),
        (Berlin, "2026-03-29", "02:30-03:30", 30),
        (Berlin, "2026-03-29", "09:00-17:00", 480),
        (Berlin, "2026-10-25", "00:00-24:00", 25 * 60),
        (Berlin, "2026-10-25", "01:00-04:00", 240),
        (Berlin, "2026-10-25", "02:00-03:00", 120),
        (Berlin, "2026-10-25", "02:30-03:30", 90),
        (Berlin, "2026-10-25", "09:00-17:00", 480),
        (London, "2026-03-29", "00:00-24:00", 23 * 60),
        (London, "2026-03-29", "01:00-02:00", 0),
        (London, "2026-10-25", "00:00-24:00", 25 * 60),
        (London, "2026-10-25", "01:00-02:00", 120),
        (LordHowe, "2026-04-05", "00:00-24:00", 24 * 60 + 30),
        (LordHowe, "2026-04-05", "01:00-03:00", 150),
        (LordHowe, "2026-04-05", "01:30-02:00", 60),
        (LordHowe, "2026-10-04", "00:00-24:00", 23 * 60 + 30),
        (LordHowe, "2026-10-04", "01:00-03:00", 90),
        (LordHowe, "2026-10-04", "02:00-02:30", 0),
    ];
    for (zone, day, hours, minutes) in table {
        let calendar = daily(zone, hours);
        let spans = calendar.open_spans(date(day)).expect("no year needed");
        let open = spans.iter().map(Span::duration).fold(TimeDelta::zero(), |sum, length| sum + length);
        assert_eq!(open, TimeDelta::minutes(minutes), "{zone} {day} {hours}");
        let (midnight, days) = (at(&format!("{day}T00:00:00Z")), TimeDelta::days(3));
        let around = calendar.explain(midnight - days, midnight + days, &[]).expect("no year needed");
        let that_date = around.iter().filter(|line| line.counted && line.date == date(day));
        let told = that_date.fold(TimeDelta::zero(), |sum, line| sum + (line.to - line.from));
        assert_eq!(told, open, "{zone} {day} {hours}");
    }
}

#[test]
fn a_deadline_passes_over_the_missing_hour_and_counts_the_doubled_one_twice() {
    use Tz::{Australia__Lord_Howe as LordHowe, Europe__Berlin as Berlin, Europe__London as London};
    let table = [
        (Berlin, "00:00-24:00", "2026-03-28T12:00:00+01:00", 24 * 60, "2026-03-29T13:00:00+02:00"),
        (Berlin, "00:00-24:00", "2026-03-29T01:59:00+01:00", 2, "2026-03-29T03:01:00+02:00"),
        (Berlin, "01:00-04:00", "2026-03-29T00:00:00+01:00", 61, "2026-03-29T03:01:00+02:00"),
        (Berlin, "01:00-04:00", "2026-03-29T00:00:00+01:00", 121, "2026-03-30T01:01:00+02:00"),
        (Berlin, "02:00-03:00", "2026-03-28T02:30:00+01:00", 60, "2026-03-30T02:30:00+02:00"),
        (Berlin, "00:00-24:00", "2026-10-24T12:00:00+02:00", 24 * 60, "2026-10-25T11:00:00+01:00"),
        (Berlin, "02:00-03:00", "2026-10-25T00:00:00+02:00", 59, "2026-10-25T02:59:00+02:00"),
        (Berlin, "02:00-03:00", "2026-10-25T00:00:00+02:00", 61, "2026-10-25T02:01:00+01:00"),
        (Berlin, "02:00-03:00", "2026-10-25T00:00:00+02:00", 121, "2026-10-26T02:01:00+01:00"),
        (Berlin, "02:30-03:30", "2026-10-25T02:45:00+02:00", 30, "2026-10-25T02:45:00+01:00"),
        (London, "00:00-24:00", "2026-03-29T00:30:00+00:00", 60, "2026-03-29T02:30:00+01:00"),
        (London, "00:00-24:00", "2026-10-25T01:30:00+01:00", 60, "2026-10-25T01:30:00+00:00"),
        (LordHowe, "01:00-03:00", "2026-04-05T01:00:00+11:00", 75, "2026-04-05T01:45:00+10:30"),
        (LordHowe, "01:00-03:00", "2026-10-04T01:00:00+10:30", 75, "2026-10-04T02:45:00+11:00"),
    ];
    for (zone, hours, start, minutes, due) in table {
        let (calendar, amount) = (daily(zone, hours), TimeDelta::minutes(minutes));
        assert_eq!(calendar.add_working(at(start), amount, &[]), Ok(at(due)), "{hours}: {start} + {minutes}");
        assert_eq!(calendar.elapsed(at(start), at(due), &[]), Ok(amount), "{hours}: {start} to {due}");
    }
}

#[test]
fn hours_that_hold_half_of_the_doubled_hour_open_twice_that_night() {
    let night = daily(Tz::Europe__Berlin, "02:30-03:30").open_spans(date("2026-10-25"));
    let first = Span::new(at("2026-10-25T02:30:00+02:00"), at("2026-10-25T03:00:00+02:00"));
    let second = Span::new(at("2026-10-25T02:30:00+01:00"), at("2026-10-25T03:30:00+01:00"));
    assert_eq!(night, Ok(vec![first, second]));
}

#[test]
fn hours_that_lie_in_the_missing_hour_open_next_on_the_day_after() {
    let night = daily(Tz::Europe__Berlin, "02:00-03:00");
    let opening = night.next_open(at("2026-03-28T03:00:00+01:00"));
    assert_eq!(opening, Ok(at("2026-03-30T02:00:00+02:00")));
    assert_eq!(night.is_open(at("2026-03-29T03:00:00+02:00")), Ok(false));
}

#[test]
fn a_weekend_of_clock_changes_neither_adds_nor_takes_office_time() {
    let table = [
        (Tz::Europe__Berlin, "2026-03-27T", "+01:00", "2026-03-30T", "+02:00"),
        (Tz::Europe__Berlin, "2026-10-23T", "+02:00", "2026-10-26T", "+01:00"),
        (Tz::Europe__London, "2026-03-27T", "+00:00", "2026-03-30T", "+01:00"),
        (Tz::Europe__London, "2026-10-23T", "+01:00", "2026-10-26T", "+00:00"),
        (Tz::Australia__Lord_Howe, "2026-04-03T", "+11:00", "2026-04-06T", "+10:30"),
        (Tz::Australia__Lord_Howe, "2026-10-02T", "+10:30", "2026-10-05T", "+11:00"),
    ];
    for (zone, friday, before, monday, after) in table {
        let office = weekdays(zone);
        let friday = |time: &str| at(&format!("{friday}{time}:00{before}"));
        let monday = |time: &str| at(&format!("{monday}{time}:00{after}"));
        let deadline = office.add_working(friday("16:00"), TimeDelta::minutes(120), &[]);
        assert_eq!(deadline, Ok(monday("10:00")), "{zone}");
        assert_eq!(office.elapsed(friday("10:00"), monday("10:00"), &[]), Ok(TimeDelta::hours(8)), "{zone}");
        let next_day = |end_of| office.add_working_days(friday("10:00"), 1, end_of, &[]);
        assert_eq!(next_day(EndOf::SameTime), Ok(monday("10:00")), "{zone}");
        assert_eq!(next_day(EndOf::Day), Ok(monday("17:00")), "{zone}");
    }
}
