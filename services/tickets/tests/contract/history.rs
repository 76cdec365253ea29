//! Tickets of another system.

use std::collections::HashMap;
use std::path::Path;

use chrono::NaiveDateTime;
use hotline_core::id;
use hotline_core::time::to_proto;
use hotline_proto::common::v1::{Channel, TicketState, TicketType};
use hotline_proto::events::v1::{SlaBreached, TicketCreated, TicketImported};
use hotline_proto::tickets::v1::{ImportResult, ImportTicketsRequest, ImportedTicket};

use crate::support::{Desk, at, on_each};

const MESSAGES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/messages/messages_with_replies.csv");

fn past(key: &str, created: &str, resolved: Option<&str>) -> ImportedTicket {
    ImportedTicket {
        external_key: format!("old/{key}"),
        customer_id: id::new().to_string(),
        r#type: TicketType::Complaint as i32,
        category_code: "complaint.environment".into(),
        channel: Channel::Portal as i32,
        subject: "小区停车费".into(),
        created_at: Some(to_proto(at(created))),
        resolved_at: resolved.map(|time| to_proto(at(time))),
        resolution: resolved.map(|_| "已协调物业".to_owned()).unwrap_or_default(),
        ..ImportedTicket::default()
    }
}

async fn import(desk: &Desk, tickets: Vec<ImportedTicket>) -> Vec<ImportResult> {
    let request = ImportTicketsRequest { tickets };
    let reply = desk.ask(|mut client| async move { client.import_tickets(request).await }).await;
    reply.expect("the batch is taken").results
}

#[tokio::test]
async fn an_old_ticket_keeps_its_times_and_the_same_batch_adds_nothing() {
    on_each(|desk| async move {
        let batch = vec![
            past("1", "2019-04-25 09:32", Some("2019-05-10 16:00")),
            past("2", "2026-02-27 10:00", None),
            past("1", "2019-04-25 09:32", None),
        ];
        let results = import(&desk, batch.clone()).await;
        assert_eq!(results.iter().map(|result| result.created).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(results[2].id, results[0].id);
        let closed = desk.get(&results[0].id).await.expect("is there");
        assert_eq!((closed.state(), &closed.number[..10]), (TicketState::Closed, "1904250001"));
        assert_eq!((closed.created_at, closed.updated_at), (batch[0].created_at, batch[0].resolved_at));
        assert_eq!(closed.sla.expect("it has its times").resolved_at, batch[0].resolved_at);
        assert_eq!(desk.kinds(&closed.id).await, ["CREATED", "RESOLVED", "CLOSED", "IMPORTED"]);
        let open = desk.get(&results[1].id).await.expect("is there");
        assert_eq!((open.state(), open.external_key.as_str()), (TicketState::New, "old/2"));
        assert_eq!(open.updated_at, open.created_at);
        let due = open.sla.expect("its clocks run").resolution_due_at;
        assert_eq!(due, Some(to_proto(at("2026-03-03 18:00"))));
        assert_eq!(desk.events::<SlaBreached>().await.len(), 1);
        let (sent, written) = (desk.sent().await.len(), desk.kinds(&open.id).await);
        let again = import(&desk, batch).await;
        assert!(again.iter().all(|result| !result.created && result.rejected.is_empty()));
        assert_eq!(again[1].id, results[1].id);
        assert_eq!((desk.sent().await.len(), desk.kinds(&open.id).await), (sent, written));
        assert!(desk.events::<TicketCreated>().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_ticket_that_can_not_be_taken_is_rejected_with_the_reason_and_the_rest_goes_on() {
    on_each(|desk| async move {
        let unknown =
            ImportedTicket { category_code: "parking".into(), ..past("1", "2019-04-25 09:32", None) };
        let batch = vec![
            unknown,
            past("2", "1999-04-25 09:32", Some("1999-05-10 16:00")),
            past("3", "2019-05-10 09:32", Some("2019-04-25 16:00")),
            past("4", "2027-04-25 09:32", None),
            past("5", "2019-04-25 09:32", Some("2019-05-10 16:00")),
        ];
        let results = import(&desk, batch).await;
        for (result, reason) in
            results.iter().zip(["not in the catalogue", "cn/1999", "before createdAt", "future"])
        {
            assert!(result.rejected.contains(reason) && result.id.is_empty(), "{result:?}");
        }
        assert!(results[4].created);
        assert_eq!(desk.events::<TicketImported>().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_days_to_the_reply_agree_with_every_real_message() {
    if !Path::new(MESSAGES).exists() {
        println!("skipped: {MESSAGES} is absent");
        return;
    }
    on_each(|desk| async move {
        let mut reader = csv::Reader::from_path(MESSAGES).expect("a readable file");
        let rows: Vec<HashMap<String, String>> =
            reader.deserialize().map(|row| row.expect("a row")).collect();
        let time = |text: &str| {
            let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").expect("a time");
            Some(to_proto(time.and_local_timezone(chrono_tz::Asia::Shanghai).unwrap().to_utc()))
        };
        let tickets: Vec<ImportedTicket> = rows
            .iter()
            .map(|row| ImportedTicket {
                description: row["body"].chars().take(20_000).collect(),
                created_at: time(&row["asked_at"]),
                resolved_at: time(&row["replied_at"]),
                resolution: row["reply"].chars().take(20_000).collect(),
                ..past(&row["message_id"], "2019-01-01 00:00", None)
            })
            .collect();
        for batch in tickets.chunks(500) {
            let results = import(&desk, batch.to_vec()).await;
            assert!(results.iter().all(|result| result.created), "{results:?}");
        }
        let told: HashMap<String, (i32, i32)> = desk
            .events::<TicketImported>()
            .await
            .into_iter()
            .map(|event| {
                let days = (event.reply_natural_days(), event.reply_working_days());
                (event.external_key.trim_start_matches("old/").to_owned(), days)
            })
            .collect();
        assert_eq!(told.len(), 1408);
        for row in &rows {
            let (natural_days, working_days) = told[&row["message_id"]];
            assert_eq!(working_days.to_string(), row["working_days"], "{}", row["message_id"]);
            // The file tells the time between in days and parts of a day, the event tells dates.
            let elapsed: f64 = row["natural_days"].parse().expect("a number");
            assert!((f64::from(natural_days) - elapsed).abs() < 1.0, "{}", row["message_id"]);
        }
    })
    .await;
}
