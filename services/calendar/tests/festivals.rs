//! Spring Festival, National Day and the turn of the year 2024–2026, by hand from the State Council's notices.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hotline_calendar::{Calendar, Calendars, EndOf};

fn office() -> Arc<Calendar> {
    let calendars = Calendars::shipped().expect("shipped data is valid");
    Arc::clone(calendars.get("office").expect("a shipped calendar"))
}

/// Reads wall time in Shanghai.
fn at(text: &str) -> DateTime<Utc> {
    format!("{}+08:00", text.replace(' ', "T")).parse().expect("a time")
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Checks the dates on which so many working days, counted from 1, are over.
fn days_from(start: &str, due: &[&str]) {
    let office = office();
    let from = at(&format!("{start} 10:30:00"));
    for (days, due) in (1..).zip(due) {
        let (closing, same_time) = (at(&format!("{due} 18:00:00")), at(&format!("{due} 10:30:00")));
        assert_eq!(
            office.add_working_days(from, days, EndOf::Day, &[]),
            Ok(closing),
            "{start} + {days} days"
        );
        assert_eq!(
            office.add_working_days(from, days, EndOf::SameTime, &[]),
            Ok(same_time),
            "{start} + {days}"
        );
        assert_eq!(office.working_days_between(date(start), date(due)), Ok(days), "{start} to {due}");
    }
}

/// Checks at which second so many open minutes are over.
fn minutes_from(table: &[(&str, i64, &str)]) {
    let office = office();
    for (start, minutes, due) in table {
        let amount = TimeDelta::minutes(*minutes);
        assert_eq!(office.add_working(at(start), amount, &[]), Ok(at(due)), "{start} + {minutes} min");
        assert_eq!(office.elapsed(at(start), at(due), &[]), Ok(amount), "{start} to {due}");
    }
}

#[test]
fn spring_festival_2024_is_off_from_the_10th_to_the_17th_with_two_sundays_worked() {
    days_from("2024-02-02", &["2024-02-04", "2024-02-05", "2024-02-06"]);
    days_from(
        "2024-02-08",
        &[
            "2024-02-09",
            "2024-02-18",
            "2024-02-19",
            "2024-02-20",
            "2024-02-21",
            "2024-02-22",
            "2024-02-23",
            "2024-02-26",
        ],
    );
    days_from("2024-02-12", &["2024-02-18", "2024-02-19"]);
    minutes_from(&[
        ("2024-02-04 17:30:00", 31, "2024-02-05 09:01:00"),
        ("2024-02-05 09:00:00", 5 * 540, "2024-02-09 18:00:00"),
        ("2024-02-05 09:00:00", 5 * 540 + 1, "2024-02-18 09:01:00"),
        ("2024-02-05 09:00:00", 6 * 540 + 1, "2024-02-19 09:01:00"),
        ("2024-02-09 17:59:30", 1, "2024-02-18 09:00:30"),
        ("2024-02-14 12:00:00", 30, "2024-02-18 09:30:00"),
    ]);
}

#[test]
fn spring_festival_2025_is_off_from_28_january_to_4_february_with_a_sunday_and_a_saturday_worked() {
    days_from(
        "2025-01-24",
        &["2025-01-26", "2025-01-27", "2025-02-05", "2025-02-06", "2025-02-07", "2025-02-08", "2025-02-10"],
    );
    days_from("2025-01-31", &["2025-02-05", "2025-02-06"]);
    minutes_from(&[
        ("2025-01-26 09:00:00", 2 * 540, "2025-01-27 18:00:00"),
        ("2025-01-26 09:00:00", 2 * 540 + 1, "2025-02-05 09:01:00"),
        ("2025-01-27 17:45:00", 30, "2025-02-05 09:15:00"),
        ("2025-02-07 17:45:00", 30, "2025-02-08 09:15:00"),
        ("2025-02-08 17:45:00", 30, "2025-02-10 09:15:00"),
    ]);
}

#[test]
fn spring_festival_2026_is_off_from_the_15th_to_the_23rd_with_two_saturdays_worked() {
    days_from(
        "2026-02-12",
        &[
            "2026-02-13",
            "2026-02-14",
            "2026-02-24",
            "2026-02-25",
            "2026-02-26",
            "2026-02-27",
            "2026-02-28",
            "2026-03-02",
        ],
    );
    days_from("2026-02-17", &["2026-02-24", "2026-02-25"]);
    minutes_from(&[
        ("2026-02-13 17:45:00", 30, "2026-02-14 09:15:00"),
        ("2026-02-14 17:45:00", 30, "2026-02-24 09:15:00"),
        ("2026-02-24 09:00:00", 5 * 540 + 1, "2026-03-02 09:01:00"),
    ]);
}

#[test]
fn national_day_2024_is_off_for_seven_days_with_a_sunday_and_a_saturday_worked() {
    days_from(
        "2024-09-27",
        &[
            "2024-09-29",
            "2024-09-30",
            "2024-10-08",
            "2024-10-09",
            "2024-10-10",
            "2024-10-11",
            "2024-10-12",
            "2024-10-14",
        ],
    );
    days_from("2024-10-03", &["2024-10-08"]);
    minutes_from(&[
        ("2024-09-29 09:00:00", 2 * 540 + 1, "2024-10-08 09:01:00"),
        ("2024-10-11 17:45:00", 30, "2024-10-12 09:15:00"),
    ]);
}

#[test]
fn national_day_2025_joins_mid_autumn_and_is_off_for_eight_days() {
    days_from(
        "2025-09-26",
        &["2025-09-28", "2025-09-29", "2025-09-30", "2025-10-09", "2025-10-10", "2025-10-11", "2025-10-13"],
    );
    days_from("2025-10-08", &["2025-10-09"]);
    minutes_from(&[
        ("2025-09-28 09:00:00", 3 * 540 + 1, "2025-10-09 09:01:00"),
        ("2025-10-11 17:45:00", 30, "2025-10-13 09:15:00"),
    ]);
}

#[test]
fn national_day_2026_comes_a_week_after_mid_autumn_and_takes_a_sunday_of_september() {
    days_from(
        "2026-09-18",
        &[
            "2026-09-20",
            "2026-09-21",
            "2026-09-22",
            "2026-09-23",
            "2026-09-24",
            "2026-09-28",
            "2026-09-29",
            "2026-09-30",
            "2026-10-08",
            "2026-10-09",
            "2026-10-10",
            "2026-10-12",
        ],
    );
    minutes_from(&[
        ("2026-09-20 17:45:00", 30, "2026-09-21 09:15:00"),
        ("2026-09-24 17:45:00", 30, "2026-09-28 09:15:00"),
        ("2026-09-30 17:45:00", 30, "2026-10-08 09:15:00"),
    ]);
}

#[test]
fn a_target_crosses_the_turn_of_the_year() {
    days_from("2023-12-29", &["2024-01-02", "2024-01-03"]);
    days_from("2024-12-30", &["2024-12-31", "2025-01-02", "2025-01-03", "2025-01-06"]);
    days_from("2025-12-30", &["2025-12-31", "2026-01-04", "2026-01-05"]);
    minutes_from(&[
        ("2023-12-29 17:59:59", 1, "2024-01-02 09:00:59"),
        ("2024-12-31 17:30:00", 60, "2025-01-02 09:30:00"),
        ("2025-12-31 17:30:00", 60, "2026-01-04 09:30:00"),
    ]);
}

#[test]
fn every_month_of_a_festival_has_as_many_working_days_as_the_notice_leaves() {
    let office = office();
    let table = [
        ("2024-02-01", "2024-03-01", 18),
        ("2024-09-01", "2024-10-01", 21),
        ("2024-10-01", "2024-11-01", 19),
        ("2025-01-01", "2025-02-01", 19),
        ("2025-02-01", "2025-03-01", 19),
        ("2025-09-01", "2025-10-01", 23),
        ("2025-10-01", "2025-11-01", 18),
        ("2026-02-01", "2026-03-01", 16),
        ("2026-09-01", "2026-10-01", 22),
        ("2026-10-01", "2026-11-01", 18),
    ];
    for (first, next, days) in table {
        let day_before = |text| date(text).pred_opt().expect("not the first of all dates");
        assert_eq!(office.working_days_between(day_before(first), day_before(next)), Ok(days), "{first}");
        let midnight = |text| at(&format!("{text} 00:00:00"));
        let open = office.working_between(midnight(first), midnight(next));
        assert_eq!(open, Ok(TimeDelta::minutes(540 * i64::from(days))), "{first}");
    }
}

/// 2024 has 104 weekend days and 11 days of festivals by law, 2025 and 2026 have 104 and 13.
#[test]
fn make_up_days_leave_a_year_as_many_working_days_as_the_law() {
    let office = office();
    for (year, days) in [(2024, 366 - 104 - 11), (2025, 365 - 104 - 13), (2026, 365 - 104 - 13)] {
        let (before, last) = (date(&format!("{}-12-31", year - 1)), date(&format!("{year}-12-31")));
        assert_eq!(office.working_days_between(before, last), Ok(days), "{year}");
    }
}
