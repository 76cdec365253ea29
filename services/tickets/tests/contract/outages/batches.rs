//! An outage is over: its tickets are solved in batches, each once.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use async_trait::async_trait;
use hotline_core::db::Tx;
use hotline_core::deadlines::{Alarm, Deadline};
use hotline_core::error::Error;
use hotline_proto::common::v1::TicketState;
use hotline_proto::events::v1::{OutageRecovered, SlaBreached, TicketResolved};
use hotline_proto::tickets::v1::{OutageFollowUp, ResolveTicketRequest};

use super::*;

/// Dies after so many batches: what it did not commit never happened.
pub(super) struct Mortal(Arc<dyn Alarm>, AtomicI32);

impl Mortal {
    pub(super) fn after(desk: &Desk, batches: i32) -> Self {
        Self(desk.alarm.clone(), batches.into())
    }
}

#[async_trait]
impl Alarm for Mortal {
    async fn ring(&self, tx: &Tx, deadline: &Deadline) -> Result<(), Error> {
        self.0.ring(tx, deadline).await?;
        let left = self.1.fetch_sub(1, Ordering::Relaxed);
        if left > 0 { Ok(()) } else { Err(Error::IdempotencyKey) }
    }
}

fn order(outage: &Outage, follow_up: OutageFollowUp) -> RecoverOutageRequest {
    RecoverOutageRequest {
        id: outage.id.clone(),
        resolution: "熔接完成".into(),
        follow_up: follow_up as i32,
        ..RecoverOutageRequest::default()
    }
}

async fn resolve(desk: &Desk, ticket: &Ticket) {
    let request = ResolveTicketRequest {
        id: ticket.id.clone(),
        resolution: "已自行处理".into(),
        ..ResolveTicketRequest::default()
    };
    desk.ask(|mut client| async move { client.resolve_ticket(request).await }).await.expect("is solved");
}

#[tokio::test]
async fn all_open_tickets_are_solved_once_though_the_process_dies_half_way() {
    on_each(|desk| async move {
        let outage = publish(&desk, notice("光缆中断")).await.expect("is published");
        let mut tickets = Vec::new();
        for _ in 0..120 {
            tickets.push(reported(&desk, "阳光花园").await);
        }
        let solved_before = tickets.pop().expect("a ticket");
        resolve(&desk, &solved_before).await;
        desk.sweep_at("2026-03-02 09:10").await;
        let over = recover(&desk, order(&outage, OutageFollowUp::Callback)).await.expect("recovers");
        let progress = over.recovery.clone().expect("it is over");
        assert_eq!((over.state(), progress.total, progress.done), (OutageState::Recovering, 119, 0));
        // One that somebody solves before its batch comes is left to them.
        let solved_meanwhile = tickets.pop().expect("a ticket");
        resolve(&desk, &solved_meanwhile).await;
        let mortal = Mortal::after(&desk, 1);
        deadlines::sweep(&desk.db, &desk.clock, &mortal).await.expect("sweeps");
        let half = read(&desk, &outage.id).await.recovery.expect("it is over");
        assert_eq!(half.done, 50, "one batch was committed, and the next one not");
        desk.sweep_at("2026-03-02 11:00").await;
        let done = read(&desk, &outage.id).await;
        let progress = done.recovery.clone().expect("it is over");
        assert_eq!(done.state(), OutageState::Recovered);
        assert_eq!((progress.done, progress.left, progress.failed), (118, 1, 0));
        let events = desk.events::<TicketResolved>().await;
        let by_outage: Vec<_> = events.iter().filter(|event| event.follow_up == "OUTAGE").collect();
        assert_eq!((events.len(), by_outage.len()), (120, 118), "each once");
        assert!(by_outage.iter().all(|event| event.outage_id == outage.id && event.resolution == "熔接完成"));
        for ticket in &tickets {
            let sla = desk.get(&ticket.id).await.expect("is there").sla.expect("has clocks");
            assert_eq!(
                sla.resolved_at, over.updated_at,
                "when it was said to be over, however late the batch"
            );
        }
        assert!(desk.events::<SlaBreached>().await.is_empty());
        assert_eq!(desk.get(&solved_meanwhile.id).await.expect("is there").resolution, "已自行处理");
        assert_eq!(desk.events::<OutageRecovered>().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_follows_for_the_customers_is_as_the_recovery_says() {
    on_each(|desk| async move {
        for (follow_up, told) in
            [(OutageFollowUp::Unspecified, ""), (OutageFollowUp::Usual, ""), (OutageFollowUp::None, "NONE")]
        {
            let outage = publish(&desk, notice("光缆中断")).await.expect("is published");
            let ticket = reported(&desk, "阳光花园").await;
            recover(&desk, order(&outage, follow_up)).await.expect("recovers");
            sweep(&desk).await;
            assert_eq!(desk.get(&ticket.id).await.expect("is there").state(), TicketState::Resolved);
            let events = desk.events::<TicketResolved>().await;
            assert_eq!(events.last().expect("was solved").follow_up, told);
        }
    })
    .await;
}
