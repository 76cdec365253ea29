//! The shipped calendars against tables made by hand from the State Council's notices.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hotline_calendar::{Calendar, Calendars, DayKind, EndOf, Error, HolidayRegions, Reason, Span};

fn calendar(key: &str) -> Calendar {
    let calendars = Calendars::shipped().expect("shipped data is valid");
    Calendar::clone(calendars.get(key).expect("a shipped calendar"))
}

/// Reads wall time in Shanghai.
fn at(text: &str) -> DateTime<Utc> {
    let local = text.replace(' ', "T") + ":00+08:00";
    DateTime::parse_from_rfc3339(&local).expect("a time").to_utc()
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn hours(hours: i64) -> TimeDelta {
    TimeDelta::hours(hours)
}

fn pause(from: &str, to: &str) -> Span {
    Span::new(at(from), at(to))
}

#[test]
fn working_hours_skip_nights_holidays_and_weekends_and_use_make_up_days() {
    let office = calendar("office");
    let table = [
        // an hour before closing, the rest on the next morning
        ("2026-03-02 17:00", 4, "2026-03-03 12:00"),
        // Friday to Monday
        ("2026-03-06 17:00", 2, "2026-03-09 10:00"),
        // before opening and exactly until closing
        ("2026-03-02 07:00", 9, "2026-03-02 18:00"),
        // Spring Festival 2024: Sunday 4 and Sunday 18 February are worked
        ("2024-02-03 12:00", 9, "2024-02-04 18:00"),
        ("2024-02-09 17:00", 2, "2024-02-18 10:00"),
        // Spring Festival 2025: 28 January to 4 February off, Sunday 26 January and Saturday 8 February worked
        ("2025-01-25 10:00", 1, "2025-01-26 10:00"),
        ("2025-01-27 17:00", 2, "2025-02-05 10:00"),
        ("2025-02-07 17:00", 2, "2025-02-08 10:00"),
        // Spring Festival 2026: Saturday 14 February worked, 15 to 23 February off, Saturday 28 February worked
        ("2026-02-13 17:00", 2, "2026-02-14 10:00"),
        ("2026-02-14 17:00", 2, "2026-02-24 10:00"),
        ("2026-02-27 17:00", 2, "2026-02-28 10:00"),
        // National Day 2024: Sunday 29 September worked, 1 to 7 October off, Saturday 12 October worked
        ("2024-09-27 17:00", 2, "2024-09-29 10:00"),
        ("2024-09-30 17:00", 2, "2024-10-08 10:00"),
        ("2024-10-11 17:00", 2, "2024-10-12 10:00"),
        // National Day and Mid-Autumn 2025: Sunday 28 September worked, 1 to 8 October off, Saturday 11 October worked
        ("2025-09-26 17:00", 2, "2025-09-28 10:00"),
        ("2025-09-30 17:00", 2, "2025-10-09 10:00"),
        ("2025-10-10 17:00", 2, "2025-10-11 10:00"),
        // National Day 2026: Sunday 20 September worked, 1 to 7 October off, Saturday 10 October worked
        ("2026-09-18 17:00", 2, "2026-09-20 10:00"),
        ("2026-09-30 17:00", 2, "2026-10-08 10:00"),
        ("2026-10-09 17:00", 2, "2026-10-10 10:00"),
        // turn of the year: 2025-12-31 worked, 1 to 3 January off, Sunday 4 January worked
        ("2025-12-31 17:00", 2, "2026-01-04 10:00"),
    ];
    for (start, amount, deadline) in table {
        assert_eq!(
            office.add_working(at(start), hours(amount), &[]),
            Ok(at(deadline)),
            "{start} + {amount} h"
        );
    }
}

#[test]
fn working_days_count_make_up_days_and_not_holidays() {
    let office = calendar("office");
    let table = [
        ("2026-03-02 10:00", 1, "2026-03-03"),
        ("2026-03-06 10:00", 1, "2026-03-09"),
        ("2026-03-07 10:00", 1, "2026-03-09"),
        ("2024-02-08 20:00", 3, "2024-02-19"),
        ("2025-01-24 10:00", 3, "2025-02-05"),
        ("2026-02-13 10:00", 3, "2026-02-25"),
        ("2026-09-30 10:00", 3, "2026-10-10"),
        ("2025-12-31 23:59", 1, "2026-01-04"),
    ];
    for (start, days, deadline) in table {
        let closing = at(&format!("{deadline} 18:00"));
        assert_eq!(
            office.add_working_days(at(start), days, EndOf::Day, &[]),
            Ok(closing),
            "{start} + {days} days"
        );
        let same_time = at(&format!("{deadline} {}", &start[11..]));
        assert_eq!(office.add_working_days(at(start), days, EndOf::SameTime, &[]), Ok(same_time));
        let between = office.working_days_between(office.local_date(at(start)), date(deadline));
        assert_eq!(between, Ok(days), "{start} to {deadline}");
    }
}

#[test]
fn the_same_day_ends_at_closing_and_passes_on_when_that_is_over() {
    let office = calendar("office");
    let today = |start: &str| office.add_working_days(at(start), 0, EndOf::Day, &[]);
    assert_eq!(today("2026-03-02 10:00"), Ok(at("2026-03-02 18:00")));
    assert_eq!(today("2026-03-02 18:00"), Ok(at("2026-03-02 18:00")));
    assert_eq!(today("2026-03-02 18:01"), Ok(at("2026-03-03 18:00")));
    assert_eq!(today("2026-02-21 10:00"), Ok(at("2026-02-24 18:00")));
}

#[test]
fn only_a_pause_of_a_whole_working_day_moves_a_deadline_in_days() {
    let office = calendar("office");
    let deadline = |pauses: &[Span]| office.add_working_days(at("2026-03-02 10:00"), 3, EndOf::Day, pauses);
    assert_eq!(deadline(&[]), Ok(at("2026-03-05 18:00")));
    assert_eq!(deadline(&[pause("2026-03-03 09:01", "2026-03-04 17:59")]), Ok(at("2026-03-05 18:00")));
    assert_eq!(deadline(&[pause("2026-03-03 09:00", "2026-03-03 18:00")]), Ok(at("2026-03-06 18:00")));
    let halves =
        [pause("2026-03-04 08:00", "2026-03-04 13:00"), pause("2026-03-04 12:00", "2026-03-04 19:00")];
    assert_eq!(deadline(&halves), Ok(at("2026-03-06 18:00")));
    assert_eq!(deadline(&[pause("2026-03-07 00:00", "2026-03-09 00:00")]), Ok(at("2026-03-05 18:00")));
}

#[test]
fn a_pause_over_a_weekend_costs_only_its_working_time() {
    let office = calendar("office");
    let paused = [pause("2026-03-06 16:00", "2026-03-09 11:00")];
    assert_eq!(office.add_working(at("2026-03-06 15:00"), hours(4), &paused), Ok(at("2026-03-09 14:00")));
    let twice = [paused[0], paused[0]];
    assert_eq!(office.add_working(at("2026-03-06 15:00"), hours(4), &twice), Ok(at("2026-03-09 14:00")));
    assert_eq!(office.elapsed(at("2026-03-06 15:00"), at("2026-03-09 14:00"), &paused), Ok(hours(4)));
}

#[test]
fn a_year_without_data_is_an_error_only_where_it_is_needed() {
    let office = calendar("office");
    let missing = Error::YearMissing { calendar: "office".to_owned(), region: "cn".to_owned(), year: 2027 };
    let new_years_eve = at("2026-12-31 17:00");
    assert_eq!(office.add_working(new_years_eve, hours(1), &[]), Ok(at("2026-12-31 18:00")));
    assert_eq!(office.working_between(new_years_eve, at("2027-01-01 00:00")), Ok(hours(1)));
    assert_eq!(office.add_working(new_years_eve, hours(2), &[]), Err(missing.clone()));
    assert_eq!(office.add_working_days(new_years_eve, 1, EndOf::Day, &[]), Err(missing.clone()));
    assert_eq!(office.working_days_between(date("2026-12-30"), date("2026-12-31")), Ok(1));
    assert_eq!(office.working_days_between(date("2026-12-31"), date("2027-01-01")), Err(missing.clone()));
    assert_eq!(office.next_open(at("2026-12-31 18:00")), Err(missing.clone()));
    assert_eq!(office.is_open(at("2027-06-01 10:00")), Err(missing.clone()));
    assert_eq!(
        missing.to_string(),
        "calendar `office` has no holidays of 2027: add the year file `cn/2027` once the year is announced, \
         with `PUT /v1/holidays/cn/2027` or `hotline calendars year cn 2027 <file>`"
    );
}

#[test]
fn hours_that_no_holiday_changes_need_no_year_data() {
    let contact = calendar("contact");
    assert_eq!(contact.is_open(at("2031-01-01 21:59")), Ok(true));
    assert_eq!(contact.add_working(at("2031-01-01 21:00"), hours(2), &[]), Ok(at("2031-01-02 09:00")));
    let lines = contact.explain(at("2031-01-01 07:00"), at("2031-01-01 09:00"), &[]).expect("no year needed");
    assert_eq!(lines.len(), 2);
    assert!(matches!(contact.is_working_day(date("2031-01-01")), Err(Error::YearMissing { year: 2031, .. })));
}

#[test]
fn a_year_added_at_run_time_is_used() {
    let mut regions = HolidayRegions::shipped().expect("shipped data is valid");
    let notice = r#"{"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": true}]}"#;
    regions.merge("cn", 2027, notice).expect("valid");
    let calendars = Calendars::shipped_with(&regions).expect("shipped data is valid");
    let office = calendars.get("office").expect("shipped");
    assert_eq!(office.add_working(at("2026-12-31 17:00"), hours(2), &[]), Ok(at("2027-01-04 10:00")));
}

#[test]
fn duty_hours_follow_the_kind_of_day() {
    let duty = calendar("duty");
    let table = [
        ("2026-03-02", "08:00-21:00", DayKind::Working),
        ("2026-03-07", "09:00-20:00", DayKind::Weekend),
        ("2026-02-17", "09:00-20:00", DayKind::Holiday { name: "春节".to_owned() }),
        ("2026-02-28", "08:00-21:00", DayKind::MakeUp { name: "春节".to_owned() }),
    ];
    for (day, hours, kind) in table {
        let day = date(day);
        let intervals = duty.day_hours(day).expect("a known year").intervals();
        assert_eq!(intervals.iter().map(ToString::to_string).collect::<Vec<_>>(), [hours]);
        assert_eq!(duty.is_working_day(day), Ok(kind.is_working()));
        assert_eq!(duty.day_kind(day), Ok(kind));
    }
}

#[test]
fn the_next_opening_after_a_holiday_is_found() {
    let office = calendar("office");
    assert_eq!(office.next_open(at("2026-02-14 18:00")), Ok(at("2026-02-24 09:00")));
    assert_eq!(office.next_open(at("2026-02-24 09:30")), Ok(at("2026-02-24 09:30")));
    assert_eq!(office.is_open(at("2026-02-24 08:59")), Ok(false));
    assert_eq!(office.is_open(at("2026-02-24 17:59")), Ok(true));
    assert_eq!(office.is_open(at("2026-02-24 18:00")), Ok(false));
    let day = office.open_spans(date("2026-02-24"));
    assert_eq!(day, Ok(vec![pause("2026-02-24 09:00", "2026-02-24 18:00")]));
}

#[test]
fn an_explanation_names_every_reason() {
    let office = calendar("office");
    let paused = [pause("2026-02-13 16:00", "2026-02-13 17:00")];
    let lines =
        office.explain(at("2026-02-13 15:00"), at("2026-02-15 12:00"), &paused).expect("a known year");
    let spring = || "春节".to_owned();
    let told: Vec<_> = lines.iter().map(|line| (line.to, line.counted, line.reason.clone())).collect();
    let expected = [
        (at("2026-02-13 16:00"), true, Reason::Open),
        (at("2026-02-13 17:00"), false, Reason::Paused),
        (at("2026-02-13 18:00"), true, Reason::Open),
        (at("2026-02-14 00:00"), false, Reason::OutsideHours),
        (at("2026-02-14 09:00"), false, Reason::OutsideHours),
        (at("2026-02-14 18:00"), true, Reason::MakeUp { name: spring() }),
        (at("2026-02-15 00:00"), false, Reason::OutsideHours),
        (at("2026-02-15 12:00"), false, Reason::Holiday { name: spring() }),
    ];
    assert_eq!(told, expected);
    assert_eq!(office.explain(at("2026-02-13 15:00"), at("2026-02-13 15:00"), &[]), Ok(Vec::new()));
}
