//! The arithmetic against the plainest possible rule: look at the wall clock every minute.

mod case;

use chrono::TimeDelta;
use hotline_calendar::{Calendar, DayHours, EndOf, ExceptionSpec, Span, Standing};
use proptest::prelude::*;

use case::{Case, cases};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    #[test]
    fn a_deadline_is_where_counting_minutes_arrives(case in cases()) {
        let amount = TimeDelta::minutes(case.amount);
        let deadline = case.calendar().add_working(case.start, amount, &case.pauses);
        prop_assert_eq!(deadline, Ok(case.deadline()));
    }

    #[test]
    fn time_to_the_deadline_is_the_amount(case in cases(), seconds in 0..600_000_i64, shift in 0..60_i64) {
        let calendar = case.calendar();
        let start = case.start + TimeDelta::seconds(shift);
        let amount = TimeDelta::seconds(seconds);
        let deadline = calendar.add_working(start, amount, &case.pauses).expect("an opening");
        prop_assert_eq!(calendar.elapsed(start, deadline, &case.pauses), Ok(amount));
        prop_assert_eq!(calendar.elapsed(deadline, start, &case.pauses), Ok(-amount));
    }

    #[test]
    fn time_adds_up_whatever_the_cut(case in cases(), first in 0..9_000_i64, second in 0..9_000_i64) {
        let calendar = case.calendar();
        let middle = case.start + TimeDelta::minutes(first);
        let end = middle + TimeDelta::minutes(second);
        let elapsed = |from, to| calendar.elapsed(from, to, &case.pauses).expect("no year needed");
        prop_assert_eq!(elapsed(case.start, middle) + elapsed(middle, end), elapsed(case.start, end));
    }

    #[test]
    fn one_more_pause_never_makes_a_deadline_earlier(case in cases(), from in 0..9_000_i64, length in 0..3_000_i64) {
        let calendar = case.calendar();
        let pause_from = case.start + TimeDelta::minutes(from);
        let mut more = case.pauses.clone();
        more.push(Span::new(pause_from, pause_from + TimeDelta::minutes(length)));
        let amount = TimeDelta::minutes(case.amount);
        let minutes = |pauses: &[Span]| calendar.add_working(case.start, amount, pauses).expect("an opening");
        prop_assert!(minutes(&more) >= minutes(&case.pauses));
        let days = |pauses: &[Span]| {
            let days = u32::try_from(case.amount % 7).expect("small");
            calendar.add_working_days(case.start, days, EndOf::Day, pauses).expect("a working day")
        };
        prop_assert!(days(&more) >= days(&case.pauses));
    }

    #[test]
    fn an_explanation_covers_everything_and_sums_to_the_time_elapsed(case in cases(), minutes in 1..12_000_i64) {
        let calendar = case.calendar();
        let end = case.start + TimeDelta::minutes(minutes);
        let lines = calendar.explain(case.start, end, &case.pauses).expect("no year needed");
        prop_assert_eq!(lines.first().map(|line| line.from), Some(case.start));
        prop_assert_eq!(lines.last().map(|line| line.to), Some(end));
        prop_assert!(lines.windows(2).all(|pair| pair[0].to == pair[1].from));
        prop_assert!(lines.iter().all(|line| calendar.local_date(line.from) == line.date && line.from < line.to));
        let counted = lines.iter().filter(|line| line.counted).map(|line| line.to - line.from);
        let counted = counted.fold(TimeDelta::zero(), |sum, length| sum + length);
        prop_assert_eq!(calendar.elapsed(case.start, end, &case.pauses), Ok(counted));
    }

    #[test]
    fn explained_days_follow_each_other_and_end_where_the_deadline_lies(case in cases()) {
        let calendar = case.calendar();
        let days = u32::try_from(case.amount % 7).expect("small");
        let told = calendar.explain_working_days(case.start, days, EndOf::SameTime, &case.pauses).expect("in reach");
        prop_assert_eq!(told.first().map(|day| day.date), Some(calendar.local_date(case.start)));
        prop_assert!(told.windows(2).all(|pair| pair[0].date.succ_opt() == Some(pair[1].date)));
        let numbers = told.iter().filter_map(|day| match day.standing {
            Standing::Counts(number) => Some((number, day.kind.is_working())),
            _ => None,
        });
        let expected: Vec<_> = (1..=days.max(1)).map(|number| (number, true)).collect();
        prop_assert_eq!(numbers.collect::<Vec<_>>(), expected);
        let last = told.last().expect("the start's own date at least").date;
        let deadline = calendar.add_working_days(case.start, days, EndOf::Day, &case.pauses).expect("in reach");
        let told = calendar.explain_working_days(case.start, days, EndOf::Day, &case.pauses).expect("in reach");
        let day_of_deadline = told.last().expect("the start's own date at least").date;
        let end = calendar.open_spans(day_of_deadline).expect("no year needed").last().map(|opening| opening.to);
        prop_assert!(end.is_none_or(|end| end == deadline));
        prop_assert!(days == 0 || last == day_of_deadline);
    }

    #[test]
    fn open_and_next_open_say_what_the_wall_clock_says(case in cases()) {
        let case = Case { pauses: Vec::new(), ..case };
        let calendar = case.calendar();
        prop_assert_eq!(calendar.is_open(case.start), Ok(case.counts(case.start)));
        let mut opening = case.start;
        while !case.counts(opening) {
            opening += TimeDelta::minutes(1);
        }
        prop_assert_eq!(calendar.next_open(case.start), Ok(opening));
    }

    #[test]
    fn working_days_are_counted_by_the_edition_of_each_date(case in cases(), days in 0..30_i64) {
        let calendar = case.calendar();
        let first = calendar.local_date(case.start);
        let last = first + TimeDelta::days(days);
        let worked = first.iter_days().skip(1).take_while(|date| *date <= last).filter(|date| case.works(*date));
        let worked = u32::try_from(worked.count()).expect("small");
        prop_assert_eq!(calendar.working_days_between(first, last), Ok(worked));
    }

    #[test]
    fn an_exception_in_every_edition_closes_exactly_its_date(case in cases(), day in 0..6_i64) {
        let date = case.calendar().local_date(case.start + TimeDelta::days(day));
        let mut closed = case.clone();
        for edition in &mut closed.editions {
            let exception = ExceptionSpec::new("闭馆", &date.to_string(), DayHours::default()).expect("a date");
            edition.spec.exceptions.retain(|known| known.dates() != exception.dates());
            edition.spec.exceptions.push(exception);
        }
        let end = case.start + TimeDelta::days(10);
        let (usual, excepted) = (case.calendar(), closed.calendar());
        let lost: TimeDelta = usual
            .explain(case.start, end, &case.pauses)
            .expect("no year needed")
            .iter()
            .filter(|line| line.counted && line.date == date)
            .fold(TimeDelta::zero(), |sum, line| sum + (line.to - line.from));
        let elapsed = |calendar: &Calendar| calendar.elapsed(case.start, end, &case.pauses).expect("no year needed");
        prop_assert_eq!(elapsed(&usual) - elapsed(&excepted), lost);
    }
}
