//! What it costs to compute a deadline (T8, T10): it is done for every clock of a ticket whenever something happens to it.

use std::hint::black_box;

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use hotline_calendar::{Almanac, Calendar, Edition, EndOf, Error, HoursSpec, Span};

/// Reads wall time in Shanghai.
fn at(text: &str) -> DateTime<Utc> {
    format!("{}:00+08:00", text.replace(' ', "T")).parse().expect("a time")
}

/// What was promised.
#[derive(Clone, Copy)]
enum Budget {
    /// Of open time.
    Hours(i64),
    /// To the end of that day.
    WorkingDays(u32),
}

/// A deadline: from when, how much, with what pauses, and when it is.
struct Case {
    name: &'static str,
    calendar: Calendar,
    start: DateTime<Utc>,
    budget: Budget,
    pauses: Vec<Span>,
    due: DateTime<Utc>,
}

impl Case {
    fn deadline(&self) -> Result<DateTime<Utc>, Error> {
        match self.budget {
            Budget::Hours(hours) => {
                self.calendar.add_working(self.start, TimeDelta::hours(hours), &self.pauses)
            }
            Budget::WorkingDays(days) => {
                self.calendar.add_working_days(self.start, days, EndOf::Day, &self.pauses)
            }
        }
    }
}

/// The shipped office calendar, 9 to 18 o'clock on working days, with make-up days and holidays.
fn office() -> Calendar {
    office_with(&[])
}

/// The same, of which the hours of working days change on these dates.
fn office_with(changes: &[(&str, &str)]) -> Calendar {
    let mut almanac = Almanac::shipped().expect("shipped data is valid");
    let shipped = almanac.editions().find(|edition| edition.spec.key == "office").expect("shipped").clone();
    for (from, hours) in changes {
        let hours = serde_json::from_value(serde_json::json!([hours])).expect("hours");
        let closed = shipped.spec.hours.sat.clone();
        let mut spec = shipped.spec.clone();
        spec.hours = HoursSpec {
            sat: closed.clone(),
            sun: closed.clone(),
            holiday: closed,
            ..HoursSpec::every_day(&hours)
        };
        almanac.add(Edition { effective_from: Some(from.parse().expect("a date")), spec });
    }
    let calendars = almanac.build().expect("valid");
    Calendar::clone(calendars.get("office").expect("shipped"))
}

/// Ten minutes of every half hour.
fn twenty_pauses(first: &str) -> Vec<Span> {
    let pause = |number| {
        let from = at(first) + TimeDelta::minutes(30) * number;
        Span::new(from, from + TimeDelta::minutes(10))
    };
    (0..20).map(pause).collect()
}

fn cases() -> Vec<Case> {
    let case = |name, calendar, start, budget, pauses, due| Case {
        name,
        calendar,
        start: at(start),
        budget,
        pauses,
        due: at(due),
    };
    let editions = || office_with(&[("2026-03-03", "10:00-16:00"), ("2026-03-04", "08:00-20:00")]);
    let festival = || office_with(&[("2026-02-14", "10:00-16:00"), ("2026-02-25", "08:00-20:00")]);
    vec![
        case(
            "an hour across a night",
            office(),
            "2026-03-03 17:30",
            Budget::Hours(1),
            vec![],
            "2026-03-04 09:30",
        ),
        case(
            "four hours over a weekend",
            office(),
            "2026-03-13 16:00",
            Budget::Hours(4),
            vec![],
            "2026-03-16 11:00",
        ),
        case(
            "three working days over Spring Festival",
            office(),
            "2026-02-13 10:00",
            Budget::WorkingDays(3),
            vec![],
            "2026-02-25 18:00",
        ),
        case(
            "eight hours with twenty pauses",
            office(),
            "2026-03-02 09:00",
            Budget::Hours(8),
            twenty_pauses("2026-03-02 09:10"),
            "2026-03-03 11:00",
        ),
        case(
            "eighteen hours over three editions",
            editions(),
            "2026-03-02 12:00",
            Budget::Hours(18),
            vec![],
            "2026-03-04 14:00",
        ),
        case(
            "forty hours over Spring Festival with twenty pauses and three editions",
            festival(),
            "2026-02-13 10:00",
            Budget::Hours(40),
            twenty_pauses("2026-02-13 10:10"),
            "2026-02-26 18:40",
        ),
    ]
}

fn deadline(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("deadline");
    for case in cases() {
        assert_eq!(case.deadline(), Ok(case.due), "{}", case.name);
        group.bench_function(case.name, |bencher| bencher.iter(|| black_box(&case).deadline()));
    }
}

criterion_group!(benches, deadline);
criterion_main!(benches);
