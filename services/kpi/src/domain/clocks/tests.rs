//! What corrections of clocks change.

use chrono::{DateTime, Utc};
use hotline_core::time::to_proto;
use hotline_proto::events::v1::{SlaRepaired, SlaTold};
use uuid::Uuid;

use super::super::dimension::Dims;
use super::super::standing::{Change, Standing};
use super::{Word, corrections_since};

fn at(time: &str) -> DateTime<Utc> {
    format!("2026-03-02T{time}:00Z").parse().expect("a time")
}

fn agent(name: &str) -> Dims {
    Dims { agent: name.into(), ..Dims::default() }
}

fn warned(time: &str) -> SlaTold {
    SlaTold { warned_at: Some(to_proto(at(time))), ..SlaTold::default() }
}

fn breached(time: &str) -> SlaTold {
    SlaTold { breached_at: Some(to_proto(at(time))), ..SlaTold::default() }
}

fn stopped(met: bool, elapsed_seconds: i64) -> SlaTold {
    SlaTold { met: Some(met), elapsed_seconds, ..SlaTold::default() }
}

/// A word on the clock of the first response, which was stopped at eleven.
fn word(number: u128, whose: &str, was: Option<SlaTold>, is: Option<SlaTold>, corrects: bool) -> Word {
    let stopped_at = Some(to_proto(at("11:00")));
    let told = SlaRepaired { clock: "RESPONSE".into(), stopped_at, was, is, ..SlaRepaired::default() };
    Word { event: Uuid::from_u128(number), dims: agent(whose), corrects, told }
}

fn told(number: u128, whose: &str, is: SlaTold) -> Word {
    word(number, whose, None, Some(is), false)
}

fn correction(number: u128, whose: &str, was: Option<SlaTold>, is: Option<SlaTold>) -> Word {
    word(number, whose, was, is, true)
}

/// A ticket that nobody had until an agent took it at ten.
fn taken_at_ten(words: impl IntoIterator<Item = Word>) -> Standing {
    let mut ticket = Standing::new(at("08:00"));
    let change = |number, time, whose| Change {
        at: at(time),
        event: Uuid::from_u128(number),
        open: true,
        dims: agent(whose),
    };
    ticket.learn(ticket.registered, vec![change(1, "08:00", ""), change(2, "10:00", "engineer")]);
    words.into_iter().for_each(|word| ticket.hear(word));
    ticket
}

/// Returns what changes: measure, time, agent, how often, how much.
fn changes(
    now: &Standing,
    before: Option<&Standing>,
) -> Vec<(&'static str, String, String, i64, Option<i64>)> {
    let facts = corrections_since(now, before).into_iter();
    let short = |fact: super::Fact| {
        (fact.measure.code(), fact.at.format("%R").to_string(), fact.dims.agent, fact.times, fact.amount)
    };
    facts.map(short).collect()
}

fn counted(
    measure: &'static str,
    time: &str,
    agent: &str,
    times: i64,
) -> (&'static str, String, String, i64, Option<i64>) {
    (measure, time.into(), agent.into(), times, None)
}

#[test]
fn what_is_only_told_is_no_correction() {
    let ticket = taken_at_ten([told(3, "", breached("09:00")), told(4, "engineer", stopped(false, 10_800))]);
    assert_eq!(changes(&ticket, None), []);
}

#[test]
fn a_breach_is_taken_back_from_whom_it_was_counted_for_and_counts_for_who_had_the_ticket_then() {
    let moved = correction(5, "engineer", Some(breached("09:00")), Some(breached("10:30")));
    let ticket = taken_at_ten([told(3, "", breached("09:00")), moved]);
    let expected =
        [counted("sla_breached", "09:00", "", -1), counted("sla_breached", "10:30", "engineer", 1)];
    assert_eq!(changes(&ticket, None), expected);
    let earlier = correction(5, "engineer", Some(breached("10:30")), Some(breached("09:00")));
    let ticket = taken_at_ten([told(3, "engineer", breached("10:30")), earlier]);
    let expected =
        [counted("sla_breached", "09:00", "", 1), counted("sla_breached", "10:30", "engineer", -1)];
    assert_eq!(changes(&ticket, None), expected);
}

#[test]
fn what_is_equal_before_and_after_changes_nothing() {
    let both = || Some(SlaTold { warned_at: warned("09:00").warned_at, ..stopped(false, 10_800) });
    let told = [told(3, "", warned("09:00")), told(4, "engineer", stopped(false, 10_800))];
    let later = Some(SlaTold { due_at: Some(to_proto(at("12:00"))), ..both().expect("told") });
    assert_eq!(
        changes(&taken_at_ten(told.into_iter().chain([correction(5, "else", both(), later)])), None),
        []
    );
}

#[test]
fn an_end_that_was_in_time_after_all_counts_beside_the_stop_that_stays() {
    let in_time = correction(5, "else", Some(stopped(false, 10_800)), Some(stopped(true, 10_800)));
    let ticket = taken_at_ten([told(4, "engineer", stopped(false, 10_800)), in_time]);
    assert_eq!(changes(&ticket, None), [counted("response_met", "11:00", "engineer", 1)]);
}

#[test]
fn a_clock_that_should_not_have_been_is_taken_back_as_it_was_counted() {
    let none = correction(5, "else", Some(stopped(true, 60)), None);
    let ticket = taken_at_ten([told(4, "engineer", stopped(true, 10_800)), none]);
    let expected = [
        ("response", "11:00".into(), "engineer".into(), -1, Some(10_800)),
        counted("response_met", "11:00", "engineer", -1),
    ];
    assert_eq!(changes(&ticket, None), expected);
}

#[test]
fn a_clock_that_should_have_been_counts_as_the_correction_says() {
    let new = Some(SlaTold { warned_at: warned("09:30").warned_at, ..stopped(true, 10_800) });
    let ticket = taken_at_ten([correction(5, "engineer", None, new)]);
    let expected = [
        counted("sla_warned", "09:30", "", 1),
        ("response", "11:00".into(), "engineer".into(), 1, Some(10_800)),
        counted("response_met", "11:00", "engineer", 1),
    ];
    assert_eq!(changes(&ticket, None), expected);
}

#[test]
fn a_second_correction_takes_back_what_the_first_one_said() {
    let first = correction(5, "engineer", Some(breached("09:00")), Some(breached("10:30")));
    let second = correction(6, "else", Some(breached("10:30")), Some(breached("09:00")));
    let third = correction(7, "else", Some(breached("09:00")), None);
    let told = told(3, "", breached("09:00"));
    let twice = taken_at_ten([told.clone(), first.clone(), second.clone()]);
    assert_eq!(changes(&twice, None), []);
    let thrice = taken_at_ten([told, first, second, third]);
    assert_eq!(changes(&thrice, Some(&twice)), [counted("sla_breached", "09:00", "", -1)]);
}

#[test]
fn what_comes_after_its_correction_moves_it_to_whom_it_belongs() {
    let early = taken_at_ten([correction(5, "engineer", Some(breached("09:00")), None)]);
    assert_eq!(changes(&early, None), [counted("sla_breached", "09:00", "engineer", -1)]);
    let mut complete = early.clone();
    complete.hear(told(3, "", breached("09:00")));
    let expected =
        [counted("sla_breached", "09:00", "", -1), counted("sla_breached", "09:00", "engineer", 1)];
    assert_eq!(changes(&complete, Some(&early)), expected);
}
