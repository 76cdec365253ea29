//! Tickets of another system.

use std::collections::HashMap;
use std::path::Path;

use chrono::NaiveDateTime;
use hotline_core::id;
use hotline_core::time::to_proto;
use hotline_proto::common::v1::{Channel, TicketState, TicketType};
use hotline_proto::events::v1::{SlaBreached, TicketCreated, TicketImported};
use hotline_proto::tickets::v1::{
    ImportResult, ImportTicketsRequest, ImportedTicket, PastStep, PastStepKind, RepairSlaRequest,
};

use sea_orm::{ConnectionTrait, Statement};

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
            past("3", "2019-05-10 09:32", Some("2019-04-25 16:00")),
            past("4", "2027-04-25 09:32", None),
            past("5", "2019-04-25 09:32", Some("2019-05-10 16:00")),
        ];
        let results = import(&desk, batch).await;
        for (result, reason) in results.iter().zip(["not in the catalogue", "before createdAt", "future"]) {
            assert!(result.rejected.contains(reason) && result.id.is_empty(), "{result:?}");
        }
        assert!(results[3].created);
        assert_eq!(desk.events::<TicketImported>().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_ticket_of_a_year_that_the_calendar_lacks_is_not_lost() {
    on_each(|desk| async move {
        let batch = vec![
            past("1", "1999-04-25 09:32", Some("1999-05-10 16:00")),
            past("2", "1999-04-25 09:32", None),
        ];
        let results = import(&desk, batch).await;
        assert!(results.iter().all(|result| result.created), "{results:?}");
        let told = desk.events::<TicketImported>().await;
        let figures = &told[0];
        assert_eq!((figures.reply_natural_days, figures.reply_working_days), (Some(15), None));
        assert_eq!(figures.working_seconds, None);
        let open = desk.timeline(&results[1].id).await;
        let noted =
            open.iter().find(|entry| entry.kind == "NOTED").expect("it says that nothing is promised");
        assert!(noted.details["noPromise"].contains("cn/1999"), "{noted:?}");
    })
    .await;
}

fn step(kind: PastStepKind, time: &str, team_key: &str) -> PastStep {
    let reason = if kind == PastStepKind::Waiting { "CUSTOMER" } else { "" };
    PastStep {
        kind: kind as i32,
        at: Some(to_proto(at(time))),
        team_key: team_key.into(),
        reason: reason.into(),
        ..PastStep::default()
    }
}

#[tokio::test]
async fn a_closed_ticket_with_a_past_is_told_once_and_moves_nothing() {
    on_each(|desk| async move {
        let history = vec![
            step(PastStepKind::Assigned, "2019-04-25 09:32", "group-1"),
            step(PastStepKind::Waiting, "2019-04-25 10:00", ""),
            step(PastStepKind::Assigned, "2019-04-26 10:00", "group-2"),
            step(PastStepKind::Resolved, "2019-05-06 10:00", ""),
            step(PastStepKind::Reopened, "2019-05-07 10:00", ""),
            step(PastStepKind::Resolved, "2019-05-08 10:00", ""),
            step(PastStepKind::Closed, "2019-05-09 10:00", ""),
        ];
        let old = ImportedTicket {
            history,
            within_target: Some(false),
            resolution: "已协调物业".into(),
            ..past("1", "2019-04-25 09:32", None)
        };
        let results = import(&desk, vec![old]).await;
        // It waited without having been taken on.
        assert_eq!((results[0].created, results[0].marked), (true, 1));
        let ticket = desk.get(&results[0].id).await.expect("is there");
        assert_eq!((ticket.state(), ticket.team_key.as_str()), (TicketState::Closed, "group-2"));
        let counts =
            (ticket.reassignment_count, ticket.reopen_count, ticket.wait_count, ticket.customer_wait_count);
        assert_eq!(counts, (1, 1, 1, 1));
        let timeline = desk.timeline(&ticket.id).await;
        let kinds: Vec<&str> = timeline.iter().map(|entry| entry.kind.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "CREATED",
                "ASSIGNED",
                "WAITING",
                "HANDED_OVER",
                "RESOLVED",
                "REOPENED",
                "RESOLVED",
                "CLOSED",
                "IMPORTED"
            ]
        );
        assert_eq!(timeline[2].details["imported"], "true");
        assert_eq!(timeline[2].details["fromState"], "TICKET_STATE_ASSIGNED");
        let sent: Vec<String> = desk.sent().await.into_iter().map(|sent| sent.name).collect();
        assert_eq!(sent, ["hotline.events.v1.TicketImported"]);
        let told = desk.events::<TicketImported>().await.remove(0);
        let past: Vec<&str> = told.past.iter().map(|step| step.kind.as_str()).collect();
        assert_eq!(past, ["ASSIGNED", "WAITING", "ASSIGNED", "RESOLVED", "REOPENED", "RESOLVED", "CLOSED"]);
        assert_eq!(
            (told.past[2].from_team_key.as_str(), told.past[2].team_key.as_str()),
            ("group-1", "group-2")
        );
        assert_eq!((told.past[1].reason.as_str(), told.within_target), ("CUSTOMER", Some(false)));
        let snapshot = told.ticket.expect("it stands there");
        assert_eq!((snapshot.reassignment_count, snapshot.customer_wait_count), (1, 1));
        assert_eq!(deadlines_of(&desk).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_past_is_computed_anew_as_it_was_brought_in() {
    on_each(|desk| async move {
        let known = |key: &str, history: Vec<PastStep>| ImportedTicket {
            history,
            ..past(key, "2026-02-26 10:00", None)
        };
        let waited = vec![
            step(PastStepKind::Assigned, "2026-02-26 10:05", "a"),
            step(PastStepKind::Started, "2026-02-26 10:30", "a"),
            step(PastStepKind::Waiting, "2026-02-26 11:00", "a"),
            step(PastStepKind::Resumed, "2026-02-27 11:00", "a"),
            step(PastStepKind::Assigned, "2026-02-27 14:00", "b"),
        ];
        let mut reopened = waited.clone();
        reopened.extend([
            step(PastStepKind::Resolved, "2026-02-27 15:00", "b"),
            step(PastStepKind::Reopened, "2026-02-28 09:00", "b"),
        ]);
        let batch = vec![
            known("1", waited),
            known("2", reopened),
            past("3", "2019-04-25 09:32", Some("2019-05-10 16:00")),
            past("4", "2001-04-25 09:32", None),
        ];
        let last = ImportedTicket {
            team_key: "c".into(),
            assignee: "engineer".into(),
            ..known("5", vec![step(PastStepKind::Started, "2026-02-26 10:30", "a")])
        };
        let results = import(&desk, [batch, vec![last]].concat()).await;
        assert!(results.iter().all(|result| result.created), "{results:?}");
        let mut client = desk.promises();
        let request = RepairSlaRequest { reason: "nothing was wrong".into(), ..RepairSlaRequest::default() };
        let done = desk.order(client.repair_sla(request)).await.expect("is done");
        assert_eq!((done.tickets, done.changed, done.untold), (5, 0, 0), "{done:?}");
    })
    .await;
}

async fn deadlines_of(desk: &Desk) -> usize {
    let select = Statement::from_string(desk.db.backend(), "SELECT id FROM deadlines");
    desk.db.reader().query_all_raw(select).await.expect("reads").len()
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
