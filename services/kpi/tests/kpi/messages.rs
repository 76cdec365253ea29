//! Replies to 1,408 real messages: the medians of their days equal those of the data.

use std::collections::HashMap;
use std::path::Path;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use hotline_core::testing::sqlite;
use hotline_core::time::to_proto;
use hotline_kpi::{Config, Migrator, NAME};
use hotline_proto::common::v1::TicketState;
use hotline_proto::events::v1::{TicketImported, TicketSnapshot};
use uuid::Uuid;

use crate::suite::{Suite, ask, event, ticket, time, values};

const MESSAGES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/messages/messages_with_replies.csv");

struct Message {
    asked: DateTime<Utc>,
    replied: DateTime<Utc>,
    natural_days: f64,
    working_days: i32,
}

/// Returns every message, or None with a line that says so where the data is absent.
fn messages() -> Option<Vec<Message>> {
    if !Path::new(MESSAGES).exists() {
        println!("skipped: the messages are absent");
        return None;
    }
    let time = |text: &str| {
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").expect("a time");
        local.and_utc() - TimeDelta::hours(8)
    };
    let mut reader = csv::Reader::from_path(MESSAGES).expect("a readable file");
    let rows = reader.deserialize::<HashMap<String, String>>().map(|row| row.expect("a row"));
    let messages = rows.map(|row| Message {
        asked: time(&row["asked_at"]),
        replied: time(&row["replied_at"]),
        natural_days: row["natural_days"].parse().expect("a number"),
        working_days: row["working_days"].parse().expect("a number"),
    });
    Some(messages.collect())
}

fn imported(message: &Message) -> TicketImported {
    TicketImported {
        ticket: Some(TicketSnapshot {
            state: TicketState::Closed.into(),
            created_at: Some(to_proto(message.asked)),
            resolved_at: Some(to_proto(message.replied)),
            ..ticket()
        }),
        reply_working_days: Some(message.working_days),
        ..TicketImported::default()
    }
}

/// The value of nearest rank.
fn median<T: Copy + PartialOrd>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_by(|one, other| one.partial_cmp(other).expect("numbers"));
    values[values.len().div_ceil(2) - 1]
}

#[tokio::test]
async fn medians_of_reply_days_equal_those_of_the_messages() {
    let Some(messages) = messages() else { return };
    let database = sqlite::<Migrator>(NAME).await;
    let suite = Suite::start(database.db.clone(), Config::default()).await;
    let events = (1..).zip(&messages).map(|(number, message)| {
        let mut imported = imported(message);
        imported.ticket.as_mut().expect("there is one").id = Uuid::from_u128(number).to_string();
        event(number, time("2026-03-02T00:00:00Z"), &imported)
    });
    suite.deliver_all(&events.collect::<Vec<_>>()).await;
    let metrics =
        ["reply_natural_days_p50", "reply_working_days_p50", "reply_working_days_mean", "tickets_created"];
    let report = suite.report(ask("2010-01-01T00:00:00Z", "2026-01-01T00:00:00Z", &metrics)).await;
    let values = values(&report, 0);
    let working_days = || messages.iter().map(|message| message.working_days);
    assert_eq!(values["tickets_created"], 1408.0);
    assert_eq!(values["reply_working_days_p50"], f64::from(median(working_days())));
    assert_eq!(values["reply_working_days_mean"], f64::from(working_days().sum::<i32>()) / 1408.0);
    let natural = median(messages.iter().map(|message| message.natural_days));
    let error = (values["reply_natural_days_p50"] / natural - 1.0).abs();
    assert!(error <= 0.01, "{} instead of {natural}", values["reply_natural_days_p50"]);
}
