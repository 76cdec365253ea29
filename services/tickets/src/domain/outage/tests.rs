//! What a notice says, where it stands, whom it concerns, and when one is suspected.

use chrono::TimeDelta;
use hotline_proto::tickets::v1::OutageFollowUp;

use super::recovery::{Batch, Failure};
use super::*;
use crate::domain::catalogue::shipped;

mod scopes;
mod spikes;

fn noon() -> DateTime<Utc> {
    "2026-03-02T04:00:00Z".parse().expect("a time")
}

fn catalogue() -> Catalogue {
    Catalogue(shipped().expect("is valid"))
}

fn notice() -> Notice {
    Notice {
        kind: OutageKind::Unplanned,
        title: "光缆中断".into(),
        cause: String::new(),
        progress: "抢修中".into(),
        category_codes: vec!["repair".into()],
        projects: vec!["阳光花园".into()],
        regions: Vec::new(),
        begins_at: noon(),
        expected_recovery_at: None,
    }
}

fn publish(notice: Notice) -> Result<Outage, Error> {
    let begins_at = Some(notice.begins_at);
    Outage::publish(Uuid::nil(), notice, begins_at, &catalogue(), noon(), "agent".into())
}

fn open() -> Outage {
    publish(notice()).expect("is published")
}

fn order(since: DateTime<Utc>) -> Order {
    Order {
        resolution: "熔接完成".into(),
        since,
        follow_up: OutageFollowUp::Unspecified,
        by: "operations".into(),
        team_key: String::new(),
    }
}

fn paths(error: &Error) -> Vec<&str> {
    let Error::Fields(fields) = error else { panic!("{error}") };
    fields.iter().map(|field| field.path.as_str()).collect()
}

#[test]
fn everything_that_is_wrong_with_a_notice_is_named() {
    let error = publish(Notice {
        kind: OutageKind::Unspecified,
        title: " ".into(),
        category_codes: vec!["repair".into(), "nothing.like.it".into()],
        expected_recovery_at: Some(noon() - TimeDelta::hours(1)),
        ..notice()
    })
    .expect_err("is refused");
    assert_eq!(paths(&error), ["title", "kind", "categoryCodes[1]", "expectedRecoveryAt"]);
}

#[test]
fn planned_work_says_when_it_begins_and_when_it_will_be_over() {
    let planned = Notice { kind: OutageKind::Planned, ..notice() };
    let unsaid = Outage::publish(Uuid::nil(), planned.clone(), None, &catalogue(), noon(), "agent".into());
    assert_eq!(paths(&unsaid.expect_err("is refused")), ["expectedRecoveryAt", "beginsAt"]);
    let said = Notice { expected_recovery_at: Some(noon() + TimeDelta::hours(1)), ..planned };
    assert!(publish(said).is_ok());
}

#[test]
fn what_is_over_is_over_once_and_is_not_corrected_any_more() {
    let mut outage = open();
    let later = noon() + TimeDelta::hours(2);
    outage.recover(order(later - TimeDelta::minutes(5)), 0, later).expect("recovers");
    assert_eq!((outage.state, outage.version), (OutageState::Recovered, 2));
    let again = outage.recover(order(later), 0, later).expect_err("is over");
    let corrected = outage.correct(notice(), &catalogue(), later).expect_err("is over");
    for error in [again, corrected] {
        assert!(matches!(error, Error::OutageState { state: OutageState::Recovered, .. }), "{error}");
    }
}

#[test]
fn it_is_over_neither_before_it_began_nor_in_the_future() {
    let mut outage = open();
    let later = noon() + TimeDelta::hours(2);
    for since in [noon() - TimeDelta::minutes(1), later + TimeDelta::minutes(1)] {
        let error = outage.recover(order(since), 3, later).expect_err("is refused");
        assert_eq!(paths(&error), ["recoveredAt"]);
    }
    assert_eq!((outage.state, outage.version), (OutageState::Open, 1));
}

#[test]
fn planned_work_is_called_off_before_it_begins() {
    let mut outage =
        publish(Notice { begins_at: noon() + TimeDelta::days(3), ..notice() }).expect("is published");
    outage.recover(order(noon()), 0, noon()).expect("is called off");
    assert_eq!(outage.recovered_at, Some(noon()));
}

#[test]
fn an_update_changes_only_what_it_says_and_counts() {
    let mut outage = open();
    let expected = noon() + TimeDelta::hours(4);
    let news = News { text: "已定位".into(), expected_recovery_at: Some(expected), ..News::default() };
    let update = outage.update(Uuid::from_u128(1), news, noon(), "agent".into()).expect("is said");
    assert_eq!((update.progress.as_str(), update.expected_recovery_at), ("抢修中", Some(expected)));
    let news = News { text: "熔接中".into(), progress: "熔接中".into(), ..News::default() };
    let second = outage.update(Uuid::from_u128(2), news, noon(), "agent".into()).expect("is said");
    assert_eq!(second.expected_recovery_at, Some(expected), "it stays as it was said");
    assert_eq!((outage.updates, outage.last_update.as_ref()), (2, Some(&second)));
    assert_eq!(outage.notice.progress, "熔接中");
    let early = News { expected_recovery_at: Some(noon() - TimeDelta::hours(1)), ..News::default() };
    let refused = outage.update(Uuid::nil(), early, noon(), "agent".into()).expect_err("is refused");
    assert_eq!(paths(&refused), ["expectedRecoveryAt"]);
}

#[test]
fn every_ticket_of_a_recovery_is_counted_as_solved_failed_or_left() {
    let mut outage = open();
    outage.recover(order(noon()), 5, noon()).expect("recovers");
    assert_eq!(outage.state, OutageState::Recovering);
    outage.solved(Batch { done: 2, failures: Vec::new() }, false, noon());
    assert_eq!(outage.state, OutageState::Recovering);
    let failure = Failure { ticket: Uuid::nil(), number: String::new(), reason: "calendar".into() };
    outage.solved(Batch { done: 1, failures: vec![failure] }, true, noon());
    let recovery = outage.recovery.as_ref().expect("it is over");
    let counted = (recovery.total, recovery.done, recovery.failed, recovery.left, recovery.failures.len());
    assert_eq!((outage.state, counted), (OutageState::Recovered, (5, 3, 1, 1, 1)));
}

#[test]
fn what_came_to_be_linked_late_is_counted_besides_and_what_failed_fails_once() {
    let mut outage = open();
    outage.recover(order(noon()), 3, noon()).expect("recovers");
    let failure =
        |id| Failure { ticket: Uuid::from_u128(id), number: String::new(), reason: "calendar".into() };
    outage.solved(Batch { done: 1, failures: vec![failure(1)] }, true, noon());
    outage.solved_late(Batch { done: 2, failures: vec![failure(1), failure(2)] }, noon());
    let recovery = outage.recovery.as_ref().expect("it is over");
    assert_eq!((recovery.total, recovery.done, recovery.failed, recovery.left), (6, 3, 2, 1));
    assert_eq!((outage.state, recovery.failures.len()), (OutageState::Recovered, 2));
}

#[test]
fn what_is_over_may_have_caused_what_came_in_before() {
    let mut outage = open();
    let later = noon() + TimeDelta::hours(2);
    assert!(outage.may_have_caused(later + TimeDelta::hours(1)));
    outage.recover(order(noon()), 0, later).expect("recovers");
    assert!(outage.may_have_caused(later) && !outage.may_have_caused(later + TimeDelta::seconds(1)));
    let mut mistaken = open();
    mistaken.withdraw("误发", noon()).expect("is withdrawn");
    assert!(!mistaken.may_have_caused(noon()));
}

#[test]
fn tickets_are_solved_with_the_words_of_the_recovery_or_at_least_with_its_title() {
    let mut outage = open();
    assert_eq!(outage.solution(), "「光缆中断」已恢复");
    outage.recover(order(noon()), 0, noon()).expect("recovers");
    assert_eq!(outage.solution(), "熔接完成");
}
