//! Replicas hear of a notice a moment after it was published or is over: what they register meanwhile is neither missed
//! nor left linked to what is past (T13).

use hotline_proto::common::v1::TicketState;
use hotline_proto::tickets::v1::{ReopenTicketRequest, WithdrawOutageRequest};

use super::*;

/// Another replica, which hears of nothing after its start.
async fn replica(desk: &Desk) -> Desk {
    Desk::open(desk.db.clone(), desk.clock.clone()).await
}

async fn is_over(desk: &Desk, outage: &Outage) -> Outage {
    let request = RecoverOutageRequest { id: outage.id.clone(), ..RecoverOutageRequest::default() };
    recover(desk, request).await.expect("recovers")
}

#[tokio::test]
async fn a_fault_that_a_replica_registers_without_hearing_of_the_notice_is_linked_a_moment_later() {
    on_each(|desk| async move {
        let twin = replica(&desk).await;
        let outage = publish(&desk, of_projects("光缆中断", &["碧水湾"])).await.expect("is published");
        sweep(&desk).await;
        let early = reported(&twin, "碧水湾").await;
        desk.sweep_at("2026-03-02 09:01").await;
        let wider =
            Outage { projects: vec!["阳光花园".into()], id: outage.id.clone(), ..Outage::default() };
        update(&desk, wider, "").await.expect("is corrected");
        sweep(&desk).await;
        let late = reported(&twin, "阳光花园").await;
        desk.sweep_at("2026-03-02 09:02").await;
        for ticket in [early, late] {
            assert_eq!(ticket.outage_id, "", "the replica had not heard of it");
            assert_eq!(desk.get(&ticket.id).await.expect("is there").outage_id, outage.id);
        }
    })
    .await;
}

#[tokio::test]
async fn a_fault_that_a_replica_links_to_what_is_over_is_solved_a_moment_later() {
    on_each(|desk| async move {
        let outage = publish(&desk, notice("光缆中断")).await.expect("is published");
        let twin = replica(&desk).await;
        assert_eq!(is_over(&desk, &outage).await.state(), OutageState::Recovered, "nothing was open");
        let late = reported(&twin, "阳光花园").await;
        assert_eq!(late.outage_id, outage.id, "the replica had not heard that it is over");
        desk.sweep_at("2026-03-02 09:01").await;
        let solved = desk.get(&late.id).await.expect("is there");
        assert_eq!(
            (solved.state(), solved.resolution.as_str()),
            (TicketState::Resolved, "「光缆中断」已恢复")
        );
        let over = read(&desk, &outage.id).await;
        let progress = over.recovery.expect("it is over");
        assert_eq!((progress.total, progress.done, progress.left), (1, 1, 0));
    })
    .await;
}

#[tokio::test]
async fn a_fault_that_a_replica_links_to_what_was_withdrawn_is_unlinked_a_moment_later() {
    on_each(|desk| async move {
        let outage = publish(&desk, notice("光缆中断")).await.expect("is published");
        let twin = replica(&desk).await;
        let request = WithdrawOutageRequest { id: outage.id, reason: "误发".into(), etag: String::new() };
        agent().scope(desk.outages().withdraw_outage(request)).await.expect("is withdrawn");
        sweep(&desk).await;
        let late = reported(&twin, "阳光花园").await;
        assert!(!late.outage_id.is_empty(), "the replica had not heard of it");
        desk.sweep_at("2026-03-02 09:01").await;
        assert_eq!(desk.get(&late.id).await.expect("is there").outage_id, "");
    })
    .await;
}

#[tokio::test]
async fn what_was_still_to_be_linked_when_it_was_over_is_linked_and_solved() {
    on_each(|desk| async move {
        // More than one transaction looks through.
        for _ in 0..205 {
            reported(&desk, "阳光花园").await;
        }
        let outage = publish(&desk, notice("光缆中断")).await.expect("is published");
        is_over(&desk, &outage).await;
        desk.clock.advance(chrono::TimeDelta::seconds(1)).expect("a manual clock");
        let after = reported(&desk, "阳光花园").await;
        desk.sweep_at("2026-03-02 09:01").await;
        let over = read(&desk, &outage.id).await;
        let progress = over.recovery.expect("it is over");
        assert_eq!((over.linked_tickets, progress.done, progress.left), (205, 205, 0));
        let still = desk.get(&after.id).await.expect("is there");
        assert_eq!((still.state(), still.outage_id.as_str()), (after.state(), ""), "it came in too late");
    })
    .await;
}

#[tokio::test]
async fn a_ticket_that_was_solved_and_opened_again_is_not_solved_once_more() {
    on_each(|desk| async move {
        let outage = publish(&desk, notice("光缆中断")).await.expect("is published");
        let ticket = reported(&desk, "阳光花园").await;
        is_over(&desk, &outage).await;
        sweep(&desk).await;
        desk.clock.advance(chrono::TimeDelta::seconds(1)).expect("a manual clock");
        let request = ReopenTicketRequest {
            id: ticket.id.clone(),
            reason: "仍无法上网".into(),
            ..ReopenTicketRequest::default()
        };
        let reopened = desk.ask(|mut client| async move { client.reopen_ticket(request).await }).await;
        let reopened = reopened.expect("is reopened");
        desk.sweep_at("2026-03-02 09:01").await;
        assert_eq!(desk.get(&ticket.id).await.expect("is there").state(), reopened.state());
    })
    .await;
}
