//! The picture of an explanation: complete, harmless, and small however long the story.

use svg::node::element::tag::Type;
use svg::parser::Event;

use super::*;
use crate::domain::explain::{explain, picture};
use crate::domain::ticket::Wait;

fn drawn(ticket: &Ticket, time: &str) -> String {
    picture::draw(&explain(ticket, at(time), &RULES).expect("a known year"))
}

/// Returns how often each class of the bar is drawn.
fn drawn_as(picture: &str, class: &str) -> usize {
    picture.matches(&format!("class=\"bar {class}\"")).count()
}

/// Tells whether every tag that begins ends, in order.
fn is_whole(picture: &str) -> bool {
    let mut open = Vec::new();
    let ends = svg::read(picture).expect("is read").all(|event| match event {
        Event::Tag(name, Type::Start, _) => {
            open.push(name.to_owned());
            true
        }
        Event::Tag(name, Type::End, _) => open.pop().as_deref() == Some(name),
        Event::Error(_) => false,
        _ => true,
    });
    ends && open.is_empty()
}

#[test]
fn the_picture_tells_its_story_to_those_who_see_it_and_those_who_do_not() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.ticket.number = "20260302-0001-3".into();
    story.then("2026-03-02 09:10", |draft| draft.start("engineer", "t", assignment(10, 1)));
    story.then("2026-03-02 10:00", |draft| draft.wait("CUSTOMER", None, ""));
    story.then("2026-03-02 12:00", |draft| draft.resume(""));
    let picture = drawn(&story.ticket, "2026-03-02 15:30");
    assert!(is_whole(&picture), "{picture}");
    for part in [
        "role=\"img\"",
        "aria-labelledby=\"title desc\"",
        "工单 Ticket 20260302-0001-3 · 宽带无法上网",
        "<desc id=\"desc\">",
        "等待客户 waiting for the customer",
        "开始 Start 03-02 09:00",
        "预警 Warning 03-02 14:00",
        "到期 Due 03-02 15:00",
        "现在 Now 03-02 15:30",
        "已超时 Breached",
        "按时完成 Met",
        "超时 Overdue",
    ] {
        assert!(picture.contains(part), "{part} in {picture}");
    }
    for class in ["good", "warned", "late", "paused"] {
        assert!(drawn_as(&picture, class) > 1, "{class} beside the legend");
    }
}

#[test]
fn what_people_wrote_stays_text() {
    let mut ticket = ticket();
    ticket.subject = "<script>alert('x')</script> & \"x\" onload=\u{0} \u{1b}".into();
    let picture = drawn(&ticket, "2026-03-02 10:00");
    assert!(!picture.contains("<script"), "{picture}");
    assert!(picture.contains("&lt;script&gt;alert('x')&lt;/script&gt; &amp; \"x\" onload="));
    assert!(!picture.chars().any(|letter| letter.is_control() && letter != '\n'));
    assert!(is_whole(&picture));
}

#[test]
fn what_comes_is_paler_than_what_was() {
    let picture = drawn(&ticket(), "2026-03-02 10:00");
    assert!(drawn_as(&picture, "good ahead") > 1 && drawn_as(&picture, "warned ahead") > 0);
    assert_eq!(drawn_as(&picture, "late ahead"), 0);
}

#[test]
fn working_days_carry_their_numbers_and_an_extension_its_old_due_time() {
    let low = Registration { urgency: Level::Low, impact: Level::Low, ..fault() };
    let mut story = Story::begin(registered(low, "2026-03-02 10:00"));
    story.then("2026-03-03 10:00", |draft| draft.extend(at("2026-03-09 18:00"), "等配件", None));
    let picture = drawn(&story.ticket, "2026-03-03 11:00");
    assert_eq!(picture.matches("class=\"number\"").count(), 3);
    assert!(picture.contains("原到期 Due before extension 03-05 18:00"));
    assert!(picture.contains("周末 Weekend"));
}

#[test]
fn ten_years_with_a_wait_a_week_are_a_small_picture() {
    let mut ticket = registered(fault(), "2016-03-02 09:00").ticket;
    let first = at("2016-03-03 10:00");
    let wait = |week: i64| {
        let from = first + TimeDelta::weeks(week);
        Wait { reason: "CUSTOMER".into(), from, to: Some(from + TimeDelta::hours(30)) }
    };
    ticket.waits = (0..500).map(wait).collect();
    let picture = drawn(&ticket, "2026-03-02 09:00");
    assert!(picture.len() < 100_000, "{} bytes", picture.len());
    assert!(picture.contains("2016-03-02 09:00") && picture.contains(">2020<"));
    assert!(is_whole(&picture));
}

#[test]
fn the_picture_stays_small_whatever_the_span() {
    for days in [1, 20, 45, 90, 200, 400, 1_500] {
        let mut ticket = registered(fault(), "2020-03-02 09:00").ticket;
        ticket.answer_clock = ticket.resolution_clock.clone();
        let hour = |hour: i64| ticket.created_at + TimeDelta::hours(hour);
        let wait = |from: i64| Wait { reason: "CUSTOMER".into(), from: hour(from), to: Some(hour(from + 1)) };
        ticket.waits = (0..days * 12).map(|number| wait(2 * number)).collect();
        let now = ticket.created_at + TimeDelta::days(days);
        let picture = picture::draw(&explain(&ticket, now, &RULES).expect("a known year"));
        assert!(picture.len() < 100_000, "{} bytes for {days} days", picture.len());
    }
}

#[test]
fn a_ticket_without_a_promise_is_a_picture_that_says_so() {
    let ticket = Ticket { response_clock: None, resolution_clock: None, ..ticket() };
    let picture = drawn(&ticket, "2026-03-02 10:00");
    assert!(picture.contains("没有承诺时限 No time is promised") && is_whole(&picture));
}

#[test]
fn a_clock_that_stopped_the_moment_it_began_has_a_picture() {
    let mut story = Story::begin(registered(fault(), "2026-03-02 09:00"));
    story.then("2026-03-02 09:00", |draft| draft.cancel("重复"));
    let picture = drawn(&story.ticket, "2026-03-02 09:00");
    assert!(is_whole(&picture) && !picture.contains("NaN"), "{picture}");
}
