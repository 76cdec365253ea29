//! Explanations against tables made by hand.

use chrono_tz::Asia::Shanghai;
use hotline_calendar::{HolidayRegions, Reason};
use hotline_proto::tickets::v1::PromiseTier;

use super::*;
use crate::domain::explain::{Explained, Explanation, explain, summary};
use crate::domain::ticket::Wait;

mod days;
mod sums;

fn of(ticket: &Ticket, time: &str) -> Explanation {
    explain(ticket, at(time), &RULES).expect("a known year")
}

fn clock(explanation: &Explanation, which: Which) -> &Explained {
    explanation.clocks.iter().find(|clock| clock.which == which).expect("it is promised")
}

/// Explains the resolution of a ticket.
fn resolution(ticket: &Ticket, time: &str) -> Explained {
    clock(&of(ticket, time), Which::Resolution).clone()
}

/// Writes intervals as lines; those that lie ahead with an arrow.
fn lines(clock: &Explained) -> Vec<String> {
    let time = |at: DateTime<Utc>| at.with_timezone(&Shanghai).format("%m-%d %H:%M").to_string();
    let line = |interval: &crate::domain::explain::intervals::Interval| {
        let reason = match &interval.reason {
            Reason::Open => "open".to_owned(),
            Reason::MakeUp { name } => format!("make-up {name}"),
            Reason::Paused => format!("paused {}", interval.waiting_for),
            Reason::OutsideHours => "outside".to_owned(),
            Reason::Weekend => "weekend".to_owned(),
            Reason::Holiday { name } | Reason::ClosedByException { name } => format!("off {name}"),
        };
        let arrow = if interval.ahead { "→ " } else { "" };
        format!("{arrow}{} to {} {reason}", time(interval.span.from), time(interval.span.to))
    };
    clock.intervals.iter().map(line).collect()
}

fn zh(clock: &Explained, time: &str) -> String {
    summary::of(clock, at(time)).zh
}

fn low(time: &str) -> Story {
    let low = Registration { urgency: Level::Low, impact: Level::Low, ..fault() };
    Story::begin(registered(low, time))
}

/// Starts work and waits between two times.
fn wait(story: &mut Story, reason: &str, from: &str, to: &str) {
    story.then(from, |draft| draft.start("engineer", "t", assignment(10, 1)));
    story.then(from, |draft| draft.wait(reason, None, ""));
    story.then(to, |draft| draft.resume(""));
}

#[test]
fn a_pause_over_lunch_takes_only_what_would_have_been_open() {
    let calendars = r#"
        [[calendar]]
        key = "office"
        name = "办公时间"
        zone = "Asia/Shanghai"
        hours.mon = ["09:00-12:00", "13:00-18:00"]

        [[calendar]]
        key = "always"
        name = "全天候"
        zone = "Asia/Shanghai"
        hours.mon = ["00:00-24:00"]
        "#;
    let almanac = Almanac::parse(calendars, HolidayRegions::default()).expect("valid calendars");
    let rules = Rules::new(Config::default(), almanac).expect("the defaults make sense");
    let mut ticket = ticket();
    let (from, to) = (at("2026-03-02 11:30"), Some(at("2026-03-02 13:30")));
    ticket.waits = vec![Wait { reason: "CUSTOMER".into(), from, to }];
    let clock = ticket.resolution_clock.as_mut().expect("it is promised");
    (clock.warn_at, clock.due_at) = (at("2026-03-02 14:00"), at("2026-03-02 15:00"));
    let told = explain(&ticket, at("2026-03-02 14:00"), &rules).expect("no year needed");
    let told = self::clock(&told, Which::Resolution);
    let expected = [
        "03-02 09:00 to 03-02 11:30 open",
        "03-02 11:30 to 03-02 12:00 paused CUSTOMER",
        "03-02 12:00 to 03-02 13:00 outside",
        "03-02 13:00 to 03-02 13:30 paused CUSTOMER",
        "03-02 13:30 to 03-02 14:00 open",
        "→ 03-02 14:00 to 03-02 15:00 open",
    ];
    assert_eq!(lines(told), expected);
    assert_eq!((told.used, told.left), (TimeDelta::hours(3), TimeDelta::hours(1)));
    assert_eq!(told.pauses(), [("CUSTOMER", TimeDelta::hours(1))]);
    let sentence = summary::of(told, at("2026-03-02 14:00"));
    assert_eq!(
        sentence.zh,
        "解决时限4小时（办公时间）：已用3小时，扣除等待客户1小时；还剩1小时，3月2日15:00到期。"
    );
    assert_eq!(
        sentence.en,
        "Resolution within 4 h (办公时间): 3 h used, 1 h waiting for the customer not counted; 1 h left, due 2 Mar 15:00."
    );
}

#[test]
fn nights_and_weekends_are_one_line_each_and_what_comes_is_told_ahead() {
    let ticket = registered(fault(), "2026-03-06 17:00").ticket;
    let told = resolution(&ticket, "2026-03-07 12:00");
    let expected = [
        "03-06 17:00 to 03-06 18:00 open",
        "03-06 18:00 to 03-07 00:00 outside",
        "03-07 00:00 to 03-07 12:00 weekend",
        "→ 03-07 12:00 to 03-09 00:00 weekend",
        "→ 03-09 00:00 to 03-09 09:00 outside",
        "→ 03-09 09:00 to 03-09 12:00 open",
    ];
    assert_eq!(lines(&told), expected);
    assert_eq!((told.used, told.left), (TimeDelta::hours(1), TimeDelta::hours(3)));
}

#[test]
fn spring_festival_and_its_make_up_saturday_are_named() {
    let ticket = registered(fault(), "2026-02-14 16:00").ticket;
    let told = resolution(&ticket, "2026-02-24 11:30");
    let expected = [
        "02-14 16:00 to 02-14 18:00 make-up 春节",
        "02-14 18:00 to 02-15 00:00 outside",
        "02-15 00:00 to 02-24 00:00 off 春节",
        "02-24 00:00 to 02-24 09:00 outside",
        "02-24 09:00 to 02-24 11:30 open",
    ];
    assert_eq!(lines(&told), expected);
    assert_eq!(told.left, -TimeDelta::minutes(30));
    assert!(told.clock.breached, "though nobody swept");
    assert!(zh(&told, "2026-02-24 11:30").ends_with("；2月24日11:00到期，已超时30分。"));
}

#[test]
fn a_new_priority_is_explained_from_the_start_with_the_pauses_there_were() {
    let mut story = low("2026-03-02 09:00");
    wait(&mut story, "CUSTOMER", "2026-03-02 10:00", "2026-03-02 11:00");
    story.then("2026-03-02 11:30", |draft| draft.reprioritize(Level::High, Level::Medium, "停产"));
    let told = resolution(&story.ticket, "2026-03-02 12:00");
    let expected = [
        "03-02 09:00 to 03-02 10:00 open",
        "03-02 10:00 to 03-02 11:00 paused CUSTOMER",
        "03-02 11:00 to 03-02 12:00 open",
        "→ 03-02 12:00 to 03-02 14:00 open",
    ];
    assert_eq!(lines(&told), expected);
    assert_eq!((told.used, told.left), (TimeDelta::hours(2), TimeDelta::hours(2)));
}

#[test]
fn while_it_waits_the_clock_stands_and_the_due_time_is_as_if_work_went_on_now() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:05", |draft| draft.start("engineer", "t", assignment(10, 1)));
    story.then("2026-03-02 10:00", |draft| draft.wait("CUSTOMER", None, ""));
    let told = resolution(&story.ticket, "2026-03-02 12:00");
    let expected = [
        "03-02 09:00 to 03-02 10:00 open",
        "03-02 10:00 to 03-02 12:00 paused CUSTOMER",
        "→ 03-02 12:00 to 03-02 15:00 open",
    ];
    assert_eq!(lines(&told), expected);
    assert_eq!((told.due_at, told.warn_at), (at("2026-03-02 15:00"), at("2026-03-02 14:00")));
    assert_eq!(
        zh(&told, "2026-03-02 12:00"),
        "解决时限4小时（办公时间）：已用1小时，扣除等待客户2小时；正在等待客户，计时暂停，还剩3小时；\
         若现在继续处理，3月2日15:00到期。"
    );
}

#[test]
fn a_clock_that_stopped_is_explained_to_its_end() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:10", |draft| draft.start("engineer", "t", assignment(10, 1)));
    story.then("2026-03-02 13:30", |draft| draft.resolve("x", Vec::new()));
    let told = of(&story.ticket, "2026-03-05 10:00");
    let response = clock(&told, Which::Response);
    assert_eq!(lines(response), ["03-02 09:00 to 03-02 09:10 open"]);
    assert!(zh(response, "2026-03-05 10:00").ends_with("：已用10分；3月2日09:10完成，未超时，还余5分。"));
    let late = clock(&told, Which::Resolution);
    assert_eq!((late.used, late.left), (TimeDelta::minutes(270), -TimeDelta::minutes(30)));
    assert!(zh(late, "2026-03-05 10:00").ends_with("；3月2日13:00到期，3月2日13:30完成，超时30分。"));
}

#[test]
fn a_ticket_that_is_given_up_stops_its_clocks_unmeasured() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:10", |draft| draft.cancel("重复"));
    story.ticket.updated_at = at("2026-03-02 09:10");
    let told = resolution(&story.ticket, "2026-03-05 10:00");
    assert_eq!((told.stopped_at, told.clock.met), (Some(at("2026-03-02 09:10")), None));
    assert_eq!(lines(&told), ["03-02 09:00 to 03-02 09:10 open"]);
    assert!(zh(&told, "2026-03-05 10:00").ends_with("；3月2日09:10随工单取消而停止。"));
}

#[test]
fn each_clock_is_paused_by_its_own_waits_only() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:00", |draft| draft.promise_answer(PromiseTier::Minutes30));
    story.then("2026-03-02 09:05", |draft| draft.start("engineer", "t", assignment(10, 1)));
    story.then("2026-03-02 09:10", |draft| draft.wait("THIRD_PARTY", None, ""));
    let told = of(&story.ticket, "2026-03-02 09:20");
    let answer = clock(&told, Which::Answer);
    assert_eq!(lines(answer), ["03-02 09:00 to 03-02 09:20 open", "→ 03-02 09:20 to 03-02 09:30 open"]);
    assert_eq!(answer.waiting_for, "");
    assert_eq!(clock(&told, Which::Resolution).waiting_for, "THIRD_PARTY");
}

#[test]
fn a_ticket_without_a_promise_has_nothing_to_explain() {
    let ticket = Ticket { response_clock: None, resolution_clock: None, ..ticket() };
    assert!(of(&ticket, "2026-03-02 10:00").clocks.is_empty());
}
