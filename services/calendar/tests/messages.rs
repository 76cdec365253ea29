//! Working days against 1,408 real messages, each with the date asked, the date replied and the working days between.

use std::path::Path;

use chrono::{NaiveDate, NaiveDateTime};
use hotline_calendar::{Calendars, EndOf};

const MESSAGES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/messages/messages_with_replies.csv");

struct Message {
    id: String,
    asked: NaiveDateTime,
    replied: NaiveDateTime,
    working_days: u32,
}

/// Returns every message, or None with a line that says so where the data is absent.
fn messages() -> Option<Vec<Message>> {
    if !Path::new(MESSAGES).exists() {
        println!("skipped: {MESSAGES} is absent");
        return None;
    }
    let mut reader = csv::Reader::from_path(MESSAGES).expect("a readable file");
    let rows = reader.deserialize::<std::collections::HashMap<String, String>>();
    let time = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").expect("a time");
    let messages = rows.map(|row| row.expect("a row")).map(|row| Message {
        id: row["message_id"].clone(),
        asked: time(&row["asked_at"]),
        replied: time(&row["replied_at"]),
        working_days: row["working_days"].parse().expect("a number"),
    });
    Some(messages.collect())
}

#[test]
fn working_days_agree_with_every_message() {
    let Some(messages) = messages() else { return };
    let calendars = Calendars::shipped().expect("shipped data is valid");
    let office = calendars.get("office").expect("shipped");
    let days =
        |from: NaiveDate, to: NaiveDate| office.working_days_between(from, to).expect("every year is known");
    let differing: Vec<String> = messages
        .iter()
        .map(|message| (message, days(message.asked.date(), message.replied.date())))
        .filter(|(message, days)| *days != message.working_days)
        .map(|(message, days)| format!("{}: {days} instead of {}", message.id, message.working_days))
        .collect();
    assert_eq!(differing, Vec::<String>::new());
    assert_eq!(messages.len(), 1408);
}

#[test]
fn a_deadline_of_as_many_working_days_is_never_after_the_reply() {
    let Some(messages) = messages() else { return };
    let calendars = Calendars::shipped().expect("shipped data is valid");
    let office = calendars.get("office").expect("shipped");
    for message in messages.iter().filter(|message| message.working_days > 0) {
        let asked = message.asked.and_local_timezone(office.zone()).unwrap().to_utc();
        let deadline =
            office.add_working_days(asked, message.working_days, EndOf::Day, &[]).expect("known years");
        assert!(office.local_date(deadline) <= message.replied.date(), "{}", message.id);
    }
}
