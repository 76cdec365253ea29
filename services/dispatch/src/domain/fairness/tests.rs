//! What the report says of a few pieces of work.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_proto::common::v1::Priority;

use super::{Days, Holding, Outcome, Person, gini, most_to_mean, report, top};

/// Hours 0 to 600 minutes of the epoch are day, then 600 minutes of night, and so on.
struct Tens;

impl Days for Tens {
    fn end_of(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let minutes = at.timestamp() / 60;
        (minutes / 600 % 2 == 0).then(|| minute((minutes / 600 + 1) * 600))
    }
}

fn minute(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(minute * 60, 0).unwrap()
}

/// Accepted work that began one minute before its acceptance.
fn done(subject: &str, category: &str, accepted: i64, ended: i64) -> Holding {
    Holding {
        subject: subject.into(),
        priority: Priority::High,
        category_code: category.into(),
        leased_at: minute(accepted - 1),
        accepted_at: Some(minute(accepted)),
        ended_at: Some(minute(ended)),
        outcome: Outcome::Completed,
    }
}

fn people(capacities: &[(&str, i32)]) -> BTreeMap<String, Person> {
    let person = |(subject, capacity): &(&str, i32)| {
        ((*subject).to_owned(), Person { name: subject.to_uppercase(), capacity: *capacity })
    };
    capacities.iter().map(person).collect()
}

fn near(value: Option<f64>, expected: f64) -> bool {
    value.is_some_and(|value| (value - expected).abs() < 1e-9)
}

#[test]
fn evenness_is_known_for_loads_that_anybody_can_check() {
    assert!(near(gini(&[(3.0, 1.0), (3.0, 1.0), (3.0, 1.0)]), 0.0));
    assert!(near(gini(&[(4.0, 1.0), (0.0, 1.0), (0.0, 1.0), (0.0, 1.0)]), 0.75));
    assert!(
        near(gini(&[(6.0, 3.0), (2.0, 1.0)]), 0.0),
        "who may hold three times as much took on three times as much"
    );
    assert!(near(gini(&[(1.0, 1.0), (3.0, 1.0)]), 0.25));
    assert_eq!(gini(&[(0.0, 1.0)]), None);
    assert!(near(most_to_mean(&[(4.0, 1.0), (0.0, 1.0)]), 2.0));
    assert!(near(most_to_mean(&[(6.0, 3.0), (2.0, 1.0)]), 1.0));
}

#[test]
fn everybody_is_in_it_with_what_they_got() {
    let mut declined = done("a", "x", 30, 40);
    (declined.outcome, declined.accepted_at) = (Outcome::Declined, None);
    let night = Holding { priority: Priority::Low, ..done("stranger", "y", 700, 900) };
    let held = Holding { ended_at: None, outcome: Outcome::Held, ..done("a", "x", 500, 500) };
    let work = [done("a", "x", 10, 20), declined, night, held];
    let report = report(&people(&[("a", 0), ("b", 0)]), &work, &Tens);
    let short: Vec<_> = report
        .shares
        .iter()
        .map(|share| (&*share.subject, share.leased, share.accepted, share.declined, share.held, share.night))
        .collect();
    assert_eq!(short, [("a", 3, 2, 1, 1, 0), ("stranger", 1, 1, 0, 0, 1), ("b", 0, 0, 0, 0, 0)]);
    let [a, stranger, _] = report.shares.as_slice() else { panic!("three") };
    assert_eq!((a.urgent, a.median_accept, a.name.as_str()), (2, Some(TimeDelta::minutes(1)), "A"));
    assert_eq!((stranger.urgent, stranger.hard, stranger.name.as_str()), (0, 1, ""));
    assert_eq!(report.hard.into_iter().collect::<Vec<_>>(), ["y"], "it takes longer than the median of all");
}

#[test]
fn idle_is_the_time_between_within_a_day_and_never_while_something_is_held() {
    let idle = |work: &[Holding]| report(&people(&[]), work, &Tens).shares[0].longest_idle;
    assert_eq!(idle(&[done("a", "x", 10, 20)]), None);
    assert_eq!(idle(&[done("a", "x", 10, 20), done("a", "x", 61, 70)]), Some(TimeDelta::minutes(40)));
    assert_eq!(
        idle(&[done("a", "x", 10, 300), done("a", "x", 21, 30), done("a", "x", 341, 350)]),
        Some(TimeDelta::minutes(40)),
        "the first was held all the time"
    );
    assert_eq!(idle(&[done("a", "x", 10, 20), done("a", "x", 1_300, 1_301)]), None, "a night lies between");
}

#[test]
fn most_comes_first_and_the_rest_is_left_out() {
    let counts = [("x", 1), ("y", 3), ("z", 2)].map(|(name, count)| (name.to_owned(), count));
    assert_eq!(top(counts.into(), 2), [("y".to_owned(), 3), ("z".to_owned(), 2)]);
}
