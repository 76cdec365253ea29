//! The dates of targets in working days.

use super::*;
use crate::domain::explain::days::Why;

fn days(clock: &Explained) -> Vec<(String, Option<u32>, Why)> {
    clock.days.iter().map(|day| (day.date.format("%m-%d").to_string(), day.number, day.why.clone())).collect()
}

#[test]
fn every_date_of_a_target_in_days_is_numbered_or_says_why_not() {
    let told = resolution(&low("2026-02-13 10:00").ticket, "2026-02-13 11:00");
    let festival = (15..=23).map(|day| (format!("02-{day}"), None, Why::Holiday("春节".into())));
    let mut expected = vec![
        ("02-13".to_owned(), None, Why::Start),
        ("02-14".to_owned(), Some(1), Why::MakeUp("春节".into())),
    ];
    expected.extend(festival);
    expected.push(("02-24".to_owned(), Some(2), Why::Working));
    expected.push(("02-25".to_owned(), Some(3), Why::Working));
    assert_eq!(days(&told), expected);
    let sentence = zh(&told, "2026-02-13 11:00");
    assert!(
        sentence.starts_with("解决时限3个工作日（办公时间）：第3个工作日为2月25日，扣除春节9天；"),
        "{sentence}"
    );
}

#[test]
fn a_day_waited_through_is_left_out_and_a_wait_at_the_due_time_moves_it_on() {
    let mut story = low("2026-03-02 10:00");
    wait(&mut story, "APPROVAL", "2026-03-02 18:00", "2026-03-04 09:00");
    story.then("2026-03-06 15:00", |draft| draft.wait("CUSTOMER", None, ""));
    story.then("2026-03-09 10:00", |draft| draft.resume(""));
    let told = resolution(&story.ticket, "2026-03-09 11:00");
    let expected = [
        ("03-02".to_owned(), None, Why::Start),
        ("03-03".to_owned(), None, Why::Paused),
        ("03-04".to_owned(), Some(1), Why::Working),
        ("03-05".to_owned(), Some(2), Why::Working),
        ("03-06".to_owned(), Some(3), Why::Working),
        ("03-07".to_owned(), None, Why::Weekend),
        ("03-08".to_owned(), None, Why::Weekend),
        ("03-09".to_owned(), None, Why::MovedOn),
    ];
    assert_eq!(days(&told), expected);
    assert_eq!(told.due_at, at("2026-03-09 18:00"));
    let sentence = zh(&told, "2026-03-09 11:00");
    assert!(sentence.contains("第3个工作日为3月6日，扣除全天等待1天，到期时仍在等待而顺延；"), "{sentence}");
}

#[test]
fn an_extension_keeps_the_old_due_time_in_sight() {
    let mut story = low("2026-03-02 10:00");
    story.then("2026-03-03 10:00", |draft| draft.extend(at("2026-03-09 18:00"), "等配件", None));
    let told = resolution(&story.ticket, "2026-03-03 11:00");
    assert_eq!(told.unextended_due_at, Some(at("2026-03-05 18:00")));
    let tail: Vec<_> = told.days[4..].iter().map(|day| day.why.clone()).collect();
    assert_eq!(tail, [Why::Extended, Why::Weekend, Why::Weekend, Why::Extended]);
    let sentence = zh(&told, "2026-03-03 11:00");
    assert!(sentence.ends_with("3月9日18:00到期（已延期，原为3月5日18:00）。"), "{sentence}");
}
