//! What the users of other systems complain of, turned into what must hold here.
//!
//! The lunch break, precision below the minute and pauses over a weekend are in `limits.rs` and `year_of_the_office.rs`.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use hotline_calendar::{Calendar, Calendars, Error, HolidayRegions, Span};

fn office() -> Calendar {
    let calendars = Calendars::shipped().expect("shipped data is valid");
    Calendar::clone(calendars.get("office").expect("a shipped calendar"))
}

fn calendar(text: &str) -> Calendar {
    let regions = HolidayRegions::shipped().expect("shipped data is valid");
    let calendars = Calendars::parse(text, &regions).expect("a valid calendar");
    Calendar::clone(calendars.iter().next().expect("one calendar"))
}

/// Reads wall time in Shanghai.
fn at(text: &str) -> DateTime<Utc> {
    format!("{}+08:00", text.replace(' ', "T")).parse().expect("a time")
}

#[test]
fn no_deadline_lands_in_a_break_of_a_day_with_three_intervals() {
    let shifts = calendar(
        r#"
        [[calendar]]
        key = "shifts"
        name = "Shifts"
        zone = "Asia/Shanghai"
        hours.mon = ["08:00-11:30", "13:00-17:00", "19:30-21:00"]
        "#,
    );
    let opening = at("2026-03-02 08:00:00");
    for minutes in 1..=9 * 60 {
        let due = shifts.add_working(opening, TimeDelta::minutes(minutes), &[]).expect("an opening");
        let last_minute = due - TimeDelta::minutes(1);
        assert_eq!(shifts.is_open(last_minute), Ok(true), "{minutes} min");
        let passed = match minutes {
            ..=210 => minutes,
            211..=450 => minutes + 90,
            _ => minutes + 90 + 150,
        };
        assert_eq!(due - opening, TimeDelta::minutes(passed), "{minutes} min");
    }
}

#[test]
fn what_comes_at_night_at_weekends_and_on_holidays_costs_nothing_before_the_next_opening() {
    let office = office();
    let table = [
        ("2026-03-02 18:00:00", "2026-03-03 09:30:00"),
        ("2026-03-03 03:00:00", "2026-03-03 09:30:00"),
        ("2026-03-06 20:00:00", "2026-03-09 09:30:00"),
        ("2026-03-08 12:00:00", "2026-03-09 09:30:00"),
        ("2026-02-15 00:00:00", "2026-02-24 09:30:00"),
        ("2026-02-20 12:00:00", "2026-02-24 09:30:00"),
    ];
    for (raised, due) in table {
        assert_eq!(office.add_working(at(raised), TimeDelta::minutes(30), &[]), Ok(at(due)), "{raised}");
    }
}

/// Daily hours and a closure of so many days from 3 March 2026 on.
fn closed_for(days: i64) -> Calendar {
    let first = chrono::NaiveDate::from_ymd_opt(2026, 3, 3).expect("a date");
    let exception = |from: i64, to: i64| {
        let (from, to) = (first + TimeDelta::days(from), first + TimeDelta::days(to));
        format!("[[calendar.exceptions]]\nname = \"closed\"\ndates = \"{from} to {to}\"\n")
    };
    let hours =
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| format!("{day} = [\"09:00-18:00\"]"));
    calendar(&format!(
        "[[calendar]]\nkey = \"season\"\nname = \"Season\"\nzone = \"Asia/Shanghai\"\nhours = {{ {} }}\n{}{}",
        hours.join(", "),
        exception(0, 9),
        exception(10, days - 1),
    ))
}

#[test]
fn one_hour_is_found_behind_a_closure_of_weeks_and_an_endless_one_is_refused() {
    let start = at("2026-03-02 17:30:00");
    let hour = TimeDelta::hours(1);
    for days in [25, 26, 60, 399, 400] {
        let due = at("2026-03-03 09:30:00") + TimeDelta::days(days);
        assert_eq!(closed_for(days).add_working(start, hour, &[]), Ok(due), "{days} days");
    }
    let refused = closed_for(401).add_working(start, hour, &[]);
    assert_eq!(refused, Err(Error::NoOpening { calendar: "season".to_owned(), after: start }));
}

#[test]
fn the_night_on_which_clocks_are_set_back_ends() {
    for zone in [Tz::Europe__Berlin, Tz::America__St_Johns, Tz::Australia__Lord_Howe] {
        let always = Calendar::always_open(zone);
        let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().expect("a time");
        for hours in 1..=366 * 24 {
            let amount = TimeDelta::hours(hours);
            let from_hour_before = start + amount - TimeDelta::minutes(30);
            let due = always.add_working(from_hour_before, TimeDelta::hours(1), &[]);
            assert_eq!(due, Ok(start + amount + TimeDelta::minutes(30)), "{zone} hour {hours}");
        }
        let year = TimeDelta::days(366);
        assert_eq!(always.add_working(start, year, &[]), Ok(start + year), "{zone}");
    }
}

#[test]
fn an_exception_outranks_the_holiday_and_the_make_up_day() {
    let hall = calendar(
        r#"
        [[calendar]]
        key = "hall"
        name = "Hall"
        zone = "Asia/Shanghai"
        holidays = "cn"
        hours.fri = ["09:00-18:00"]
        hours.make_up = ["09:00-18:00"]

        [[calendar.exceptions]]
        name = "年前盘点"
        dates = "2026-02-14"

        [[calendar.exceptions]]
        name = "初一值班"
        dates = "2026-02-17 to 2026-02-18"
        hours = ["10:00-12:00", "14:00-15:00"]
        "#,
    );
    let friday = at("2026-02-13 17:00:00");
    let table = [
        (60, "2026-02-13 18:00:00"),
        (61, "2026-02-17 10:01:00"),
        (181, "2026-02-17 14:01:00"),
        (241, "2026-02-18 10:01:00"),
        (421, "2026-02-27 09:01:00"),
        (961, "2026-02-28 09:01:00"),
    ];
    for (minutes, due) in table {
        assert_eq!(hall.add_working(friday, TimeDelta::minutes(minutes), &[]), Ok(at(due)), "{minutes} min");
    }
    let days = hall.working_days_between(hall.local_date(friday), hall.local_date(at("2026-02-28 12:00:00")));
    // 17 and 18 February by exception, 24 to 27 by weekday, 28 as a make-up day; the 14th is closed
    assert_eq!(days, Ok(7));
}

#[test]
fn a_warning_before_the_deadline_is_led_by_working_time_not_by_the_wall_clock() {
    let office = office();
    let start = at("2026-03-06 10:00:00");
    let budget = TimeDelta::hours(9);
    let due = office.add_working(start, budget, &[]).expect("a known year");
    assert_eq!(due, at("2026-03-09 10:00:00"));
    let lead = TimeDelta::hours(2);
    let warning = office.add_working(start, budget - lead, &[]).expect("a known year");
    assert_eq!(warning, at("2026-03-06 17:00:00"));
    assert_eq!(office.elapsed(warning, due, &[]), Ok(lead));
    let in_the_middle = office.add_working(start, budget * 3 / 4, &[]).expect("a known year");
    assert_eq!(in_the_middle, at("2026-03-06 16:45:00"));
}

#[test]
fn seconds_are_kept_over_a_night_and_a_pause() {
    let office = office();
    let start = at("2026-03-02 17:59:30");
    assert_eq!(office.add_working(start, TimeDelta::seconds(45), &[]), Ok(at("2026-03-03 09:00:15")));
    let paused = [Span::new(at("2026-03-03 09:00:05"), at("2026-03-03 09:00:12"))];
    assert_eq!(office.add_working(start, TimeDelta::seconds(45), &paused), Ok(at("2026-03-03 09:00:22")));
}

#[test]
fn a_second_before_the_deadline_the_budget_is_not_yet_used_up_however_large_it_is() {
    let office = office();
    let start = at("2026-01-05 11:11:11");
    for hours in [1, 34, 270, 2_000] {
        let budget = TimeDelta::hours(hours);
        let due = office.add_working(start, budget, &[]).expect("a known year");
        let second = TimeDelta::seconds(1);
        assert_eq!(office.elapsed(start, due - second, &[]), Ok(budget - second), "{hours} h");
        assert_eq!(office.elapsed(start, due, &[]), Ok(budget), "{hours} h");
    }
}
