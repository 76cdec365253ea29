//! An event that can't be counted is parked: it keeps no other from being counted, and is tried again at a start.

use chrono::{DateTime, Utc};
use hotline_core::db::Db;
use hotline_core::parked;
use hotline_core::time::to_proto;
use hotline_proto::events::v1::{Envelope, TicketCreated, TicketResolved, TicketSnapshot};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use crate::suite::{Suite, ask, event, ticket, time};

const REGISTERED: &str = "2026-03-02T01:00:00Z";

fn snapshot(ticket_number: u128) -> TicketSnapshot {
    TicketSnapshot { id: Uuid::from_u128(ticket_number).to_string(), ..ticket() }
}

fn created(number: u128) -> Envelope {
    event(number, time(REGISTERED), &TicketCreated { ticket: Some(snapshot(number)) })
}

/// A ticket of the last day that a calendar knows: nobody can say when it will be a month old.
fn created_at_the_end_of_time(number: u128) -> Envelope {
    let created_at = Some(to_proto(DateTime::<Utc>::MAX_UTC - chrono::TimeDelta::days(7)));
    let ticket = TicketSnapshot { created_at, ..snapshot(number) };
    event(number, time(REGISTERED), &TicketCreated { ticket: Some(ticket) })
}

async fn figure(suite: &Suite, metric: &str) -> f64 {
    let report = suite.report(ask("2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z", &[metric])).await;
    report.rows[0].values[metric]
}

#[tokio::test]
async fn a_poisonous_event_is_parked_and_the_rest_is_counted() {
    for suite in Suite::everywhere().await {
        for number in 1..=10 {
            let poison = [3, 7].contains(&number);
            let envelope = if poison { created_at_the_end_of_time(number) } else { created(number) };
            suite.deliver(&envelope).await;
        }
        assert_eq!(figure(&suite, "tickets_created").await, 8.0);
        assert_eq!(parked::count(&suite.db).await.unwrap(), 2);
        suite.deliver(&created(11)).await;
        suite.deliver(&created_at_the_end_of_time(12)).await;
        assert_eq!(suite.recompute().await.changed, 0);
        assert_eq!(figure(&suite, "tickets_created").await, 9.0);
        assert_eq!(parked::count(&suite.db).await.unwrap(), 3);
    }
}

/// Puts something else in the place of what is known of all tickets; returns what was there of the first.
async fn tamper(db: &Db, changes: Vec<u8>) -> Vec<u8> {
    let rows = Statement::from_string(db.backend(), "SELECT changes FROM standings");
    let row = db.reader().query_one_raw(rows).await.expect("is read").expect("is there");
    let update = "UPDATE standings SET changes = $1";
    let update = Statement::from_sql_and_values(db.backend(), update, [changes.into()]);
    db.reader().execute_raw(update).await.expect("is written");
    row.try_get("", "changes").expect("bytes")
}

#[tokio::test]
async fn a_parked_event_is_counted_once_when_a_new_start_can_count_it() {
    for suite in Suite::everywhere().await {
        suite.deliver(&created(1)).await;
        assert_eq!(figure(&suite, "tickets_created").await, 1.0);
        let before = tamper(&suite.db, vec![0xff]).await;
        let solved =
            TicketResolved { ticket: Some(snapshot(1)), elapsed_seconds: 60, ..TicketResolved::default() };
        let solved = event(2, time("2026-03-02T02:00:00Z"), &solved);
        suite.deliver(&solved).await;
        assert_eq!(figure(&suite, "tickets_resolved").await, 0.0);
        suite.run_until(async || parked::count(&suite.db).await.unwrap() == 1).await;
        assert_eq!(figure(&suite, "tickets_resolved").await, 0.0);

        tamper(&suite.db, before).await;
        suite.run_until(async || parked::count(&suite.db).await.unwrap() == 0).await;
        assert_eq!(figure(&suite, "tickets_resolved").await, 1.0);
        suite.deliver(&solved).await;
        assert_eq!(figure(&suite, "tickets_resolved").await, 1.0);
        assert_eq!(suite.recompute().await.changed, 0);
    }
}
