//! Whatever the waits, nothing is missing from an explanation and nothing is in it twice.

use proptest::prelude::*;

use super::*;

/// Waits within about two months, in order and none in another.
fn waits() -> impl Strategy<Value = Vec<Wait>> {
    let wait =
        (1..5_000_i64, 1..5_000_i64, prop::sample::select(&["CUSTOMER", "THIRD_PARTY", "APPROVAL"][..]));
    prop::collection::vec(wait, 0..6).prop_map(|waits| {
        let mut from = at("2026-02-10 10:00");
        let mut all = Vec::new();
        for (before, length, reason) in waits {
            from += TimeDelta::minutes(before);
            let to = from + TimeDelta::minutes(length);
            all.push(Wait { reason: reason.into(), from, to: Some(to) });
            from = to;
        }
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn intervals_have_no_gap_and_those_that_counted_are_the_time_used(
        waits in waits(), minutes in 1..60_000_i64, high in any::<bool>(),
    ) {
        let level = if high { Level::High } else { Level::Low };
        let given = Registration { urgency: level, impact: level, ..fault() };
        let mut ticket = registered(given, "2026-02-10 10:00").ticket;
        let now = ticket.created_at + TimeDelta::minutes(minutes);
        ticket.waits = waits.into_iter().filter(|wait| wait.to.is_some_and(|to| to <= now)).collect();
        for which in [Which::Response, Which::Resolution] {
            let pauses = ticket.pauses(which, now);
            let clock = ticket.clock_mut(which).as_mut().expect("it is promised");
            let times = clock.times(&RULES.calendars, &pauses, RULES.warn_percent).expect("a known year");
            (clock.warn_at, clock.due_at) = (times.warn, times.due);
        }
        let told = explain(&ticket, now, &RULES).expect("a known year");
        for clock in &told.clocks {
            let (first, last) = (clock.intervals.first().expect("some"), clock.intervals.last().expect("some"));
            prop_assert_eq!(first.span.from, clock.clock.started_at);
            prop_assert_eq!(last.span.to, now.max(clock.due_at));
            prop_assert!(clock.intervals.windows(2).all(|pair| pair[0].span.to == pair[1].span.from));
            prop_assert!(clock.intervals.iter().all(|interval| interval.ahead == (interval.span.from >= now)));
            let sum = |ahead: bool| -> TimeDelta {
                let counted = clock.intervals.iter().filter(|interval| interval.counted());
                counted.filter(|interval| interval.ahead == ahead).map(|interval| interval.span.duration()).sum()
            };
            prop_assert_eq!(sum(false), clock.used);
            prop_assert_eq!(sum(true), clock.left.max(TimeDelta::zero()));
            let numbers: Vec<u32> = clock.days.iter().filter_map(|day| day.number).collect();
            prop_assert!(numbers.iter().copied().eq(1..=u32::try_from(numbers.len()).expect("few")));
        }
    }
}
