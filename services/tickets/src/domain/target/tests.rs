//! Due times by hand, and what must hold of all of them.

use proptest::prelude::*;

use super::*;
use crate::domain::clock::Which;

fn at(text: &str) -> DateTime<Utc> {
    format!("{}:00+08:00", text.replace(' ', "T")).parse().expect("a time in Shanghai")
}

fn calendars() -> Calendars {
    Calendars::shipped().expect("shipped data is valid")
}

fn minutes(minutes: u32, calendar: &str) -> Target {
    Target::minutes(minutes, calendar)
}

fn days(working_days: u32) -> Target {
    Target::working_days(working_days, "office")
}

/// What is promised, from when, with which pauses; when it warns, when it is due.
type Row = (Promise, &'static str, &'static [(&'static str, &'static str)], &'static str, &'static str);

enum Promise {
    Office(u32),
    Always(u32),
    Days(u32),
}
use Promise::{Always, Days, Office};

/// Office hours are 09:00–18:00. In 2026 Spring Festival is off from Sunday 15 February to Monday 23 February, and
/// Saturdays 14 and 28 February are worked.
const TABLE: &[Row] = &[
    // Within one day.
    (Office(15), "2026-03-02 09:00", &[], "2026-03-02 09:11", "2026-03-02 09:15"),
    (Office(240), "2026-03-02 10:00", &[], "2026-03-02 13:00", "2026-03-02 14:00"),
    // Over night, over the weekend.
    (Office(240), "2026-03-02 16:00", &[], "2026-03-03 10:00", "2026-03-03 11:00"),
    (Office(240), "2026-03-06 17:00", &[], "2026-03-09 11:00", "2026-03-09 12:00"),
    (Office(60), "2026-03-07 12:00", &[], "2026-03-09 09:45", "2026-03-09 10:00"),
    // Round the clock.
    (Always(120), "2026-03-07 23:00", &[], "2026-03-08 00:30", "2026-03-08 01:00"),
    // The make-up Saturday before the Spring Festival counts, the nine days off do not.
    (Office(240), "2026-02-13 17:00", &[], "2026-02-14 11:00", "2026-02-14 12:00"),
    (Office(240), "2026-02-14 16:00", &[], "2026-02-24 10:00", "2026-02-24 11:00"),
    // Working days: 1 is the next one, at the close of office.
    (Days(1), "2026-03-02 10:00", &[], "2026-03-03 13:45", "2026-03-03 18:00"),
    (Days(1), "2026-03-06 20:00", &[], "2026-03-09 15:45", "2026-03-09 18:00"),
    (Days(3), "2026-02-13 10:00", &[], "2026-02-25 09:15", "2026-02-25 18:00"),
    (Days(3), "2026-02-26 09:00", &[], "2026-02-28 18:00", "2026-03-02 18:00"),
    // A pause moves minutes by what it took of the office hours, and by nothing at night.
    (
        Office(240),
        "2026-03-02 10:00",
        &[("2026-03-02 11:00", "2026-03-02 12:00")],
        "2026-03-02 14:00",
        "2026-03-02 15:00",
    ),
    (
        Office(240),
        "2026-03-02 16:00",
        &[("2026-03-02 19:00", "2026-03-03 08:00")],
        "2026-03-03 10:00",
        "2026-03-03 11:00",
    ),
    (
        Office(240),
        "2026-03-02 16:00",
        &[("2026-03-02 17:00", "2026-03-05 10:00")],
        "2026-03-05 12:00",
        "2026-03-05 13:00",
    ),
    // A pause of a whole working day moves working days by one, a shorter one by nothing.
    (
        Days(1),
        "2026-03-02 10:00",
        &[("2026-03-02 18:00", "2026-03-04 09:00")],
        "2026-03-04 13:45",
        "2026-03-04 18:00",
    ),
    (
        Days(1),
        "2026-03-02 10:00",
        &[("2026-03-02 11:00", "2026-03-02 12:00")],
        "2026-03-03 14:45",
        "2026-03-03 18:00",
    ),
    // Waiting over the end of the last day: due at the end of the day on which work went on.
    (
        Days(1),
        "2026-03-02 10:00",
        &[("2026-03-03 15:00", "2026-03-04 10:00")],
        "2026-03-03 13:45",
        "2026-03-04 18:00",
    ),
    (
        Days(1),
        "2026-03-05 10:00",
        &[("2026-03-06 15:00", "2026-03-06 18:00")],
        "2026-03-06 13:45",
        "2026-03-09 18:00",
    ),
];

#[test]
fn due_times_are_the_ones_a_person_would_name() {
    let calendars = calendars();
    for (promise, start, pauses, warn, due) in TABLE {
        let target = match promise {
            Office(count) => minutes(*count, "office"),
            Always(count) => minutes(*count, "always"),
            Days(count) => days(*count),
        };
        let pauses: Vec<Span> = pauses.iter().map(|(from, to)| Span::new(at(from), at(to))).collect();
        let times = target.times(&calendars, at(start), &pauses, None, 75).expect("known years");
        let told = (minute(times.warn), minute(times.due));
        assert_eq!(told, (at(warn), at(due)), "{target:?} from {start}, {pauses:?}");
    }
}

#[test]
fn a_promise_to_the_same_time_that_stands_still_then_is_due_at_that_time_of_the_next_working_day() {
    let target = Target { amount: Amount::WorkingDays(1, EndOf::SameTime), ..days(1) };
    let due = |pauses: &[(&str, &str)]| {
        let pauses: Vec<Span> = pauses.iter().map(|(from, to)| Span::new(at(from), at(to))).collect();
        target.due(&calendars(), at("2026-03-02 10:00"), &pauses, None).expect("known years")
    };
    assert_eq!(due(&[]), at("2026-03-03 10:00"));
    assert_eq!(due(&[("2026-03-02 11:00", "2026-03-02 12:00")]), at("2026-03-03 10:00"));
    assert_eq!(due(&[("2026-03-03 09:30", "2026-03-03 15:00")]), at("2026-03-04 10:00"));
    assert_eq!(due(&[("2026-03-03 09:30", "2026-03-06 15:00")]), at("2026-03-09 10:00"));
}

fn minute(time: DateTime<Utc>) -> DateTime<Utc> {
    time - TimeDelta::seconds(time.timestamp() % 60)
}

#[test]
fn a_year_nobody_has_announced_is_an_error() {
    let refused = days(3).times(&calendars(), at("2026-12-31 10:00"), &[], None, 75);
    assert!(matches!(refused, Err(hotline_calendar::Error::YearMissing { year: 2027, .. })));
    assert!(minutes(120, "always").times(&calendars(), at("2026-12-31 23:30"), &[], None, 75).is_ok());
}

fn any_target() -> impl Strategy<Value = Target> {
    let hours = |hours| Target { amount: Amount::Hours(hours), calendar: String::new(), pauses: None };
    let same_time = |count| Target { amount: Amount::WorkingDays(count, EndOf::SameTime), ..days(count) };
    prop_oneof![
        (1u32..3000).prop_map(|count| minutes(count, "office")),
        (1u32..3000).prop_map(|count| minutes(count, "always")),
        (1u32..200).prop_map(hours),
        (0u32..6).prop_map(days),
        (0u32..6).prop_map(same_time),
    ]
}

fn any_pauses() -> impl Strategy<Value = Vec<Span>> {
    let pause = (0i64..60 * 24 * 20, 0i64..60 * 24 * 6);
    prop::collection::vec(pause, 0..5).prop_map(|pauses| {
        let start = at("2026-02-10 08:00");
        pauses
            .into_iter()
            .map(|(from, length)| {
                let from = start + TimeDelta::minutes(from);
                Span::new(from, from + TimeDelta::minutes(length))
            })
            .collect()
    })
}

fn any_reasons() -> impl Strategy<Value = BTreeSet<String>> {
    let reasons = ["CUSTOMER", "THIRD_PARTY", "APPROVAL"].map(str::to_owned).to_vec();
    prop::sample::subsequence(reasons, 0..=3).prop_map(BTreeSet::from_iter)
}

/// Waits one after the other, each with its reason.
fn any_waits() -> impl Strategy<Value = Vec<(&'static str, Span)>> {
    let reason = prop::sample::select(vec!["CUSTOMER", "THIRD_PARTY", "APPROVAL"]);
    let wait = (reason, 0i64..60 * 24 * 3, 0i64..60 * 24 * 4);
    prop::collection::vec(wait, 0..6).prop_map(|waits| {
        let mut now = at("2026-02-10 08:00");
        let mut wait = |(reason, after, length)| {
            let from = now + TimeDelta::minutes(after);
            now = from + TimeDelta::minutes(length);
            (reason, Span::new(from, now))
        };
        waits.into_iter().map(&mut wait).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn pauses_never_make_a_deadline_earlier(
        target in any_target(), offset in 0i64..60 * 24 * 10, pauses in any_pauses(), more in any_pauses(),
    ) {
        let (calendars, start) = (calendars(), at("2026-02-10 08:00") + TimeDelta::minutes(offset));
        let fewer = target.times(&calendars, start, &pauses, None, 75).unwrap();
        let all = target.times(&calendars, start, &[pauses, more].concat(), None, 75).unwrap();
        prop_assert!(all.due >= fewer.due && all.warn >= fewer.warn, "{fewer:?} {all:?}");
        prop_assert!(fewer.warn <= fewer.due && start <= fewer.warn);
    }

    #[test]
    fn a_reason_more_to_stand_still_never_makes_a_deadline_earlier(
        target in any_target(), waits in any_waits(), fewer in any_reasons(), more in any_reasons(),
    ) {
        let calendars = calendars();
        let due = |reasons: BTreeSet<String>| {
            let target = Target { pauses: Some(reasons), ..target.clone() };
            let stops = |reason: &str| Which::Resolution.pauses_for(Some(&target), reason);
            let pauses: Vec<Span> = waits.iter().filter(|(reason, _)| stops(reason)).map(|(_, span)| *span).collect();
            target.due(&calendars, at("2026-02-10 08:00"), &pauses, None).unwrap()
        };
        let all = fewer.union(&more).cloned().collect();
        prop_assert!(due(BTreeSet::new()) <= due(fewer.clone()));
        prop_assert!(due(fewer) <= due(all));
    }

    #[test]
    fn nothing_is_due_while_work_stands_still(
        target in any_target(), offset in 0i64..60 * 24 * 10, pauses in any_pauses(),
    ) {
        let (calendars, start) = (calendars(), at("2026-02-10 08:00") + TimeDelta::minutes(offset));
        let times = target.times(&calendars, start, &pauses, None, 75).unwrap();
        let paused = pauses.iter().any(|pause| pause.from < times.due && times.due < pause.to);
        prop_assert!(!paused, "{times:?} in {pauses:?}");
    }
}
