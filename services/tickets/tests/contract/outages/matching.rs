//! Which tickets an outage caused: matched at registration, looked for when it is published, named by hand.

use std::time::Duration;

use chrono::TimeDelta;
use hotline_core::id;
use hotline_core::time::to_proto;
use hotline_proto::common::v1::TicketType;
use hotline_proto::events::v1::{TicketCreated, TicketOutageChanged};
use hotline_proto::tickets::v1::{CancelTicketRequest, LinkOutageRequest, WithdrawOutageRequest};
use sea_orm::ConnectionTrait;
use tokio::time::timeout;

use super::*;

async fn link(desk: &Desk, ticket: &str, outage: &str) -> Result<Ticket, Status> {
    let request =
        LinkOutageRequest { id: ticket.into(), outage_id: outage.into(), ..LinkOutageRequest::default() };
    agent().scope(desk.outages().link_outage(request)).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn a_fault_in_scope_is_linked_at_registration_to_the_closest_notice() {
    on_each(|desk| async move {
        let wide = publish(&desk, notice("everywhere")).await.expect("is published");
        let near = publish(&desk, of_projects("near", &["阳光花园"])).await.expect("is published");
        let later = CreateOutageRequest {
            begins_at: Some(to_proto(at("2026-03-02 10:00"))),
            ..of_projects("later", &["阳光花园"])
        };
        let later = publish(&desk, later).await.expect("is published");
        let ticket = reported(&desk, "阳光花园").await;
        assert_eq!(ticket.outage_id, near.id, "the closest that has begun");
        assert_eq!(reported(&desk, "碧水湾").await.outage_id, wide.id);
        let question = CreateTicketRequest { r#type: TicketType::ServiceRequest as i32, ..fault() };
        assert_eq!(desk.create(question).await.outage_id, "", "only faults are");
        desk.clock.set(at("2026-03-02 10:00")).expect("time goes forward");
        assert_eq!(reported(&desk, "阳光花园").await.outage_id, later.id, "it has begun, and is newer");
        assert_eq!(desk.kinds(&ticket.id).await, ["CREATED", "SLA_SET", "OUTAGE_LINKED"]);
        let told = desk.events::<TicketCreated>().await;
        let told = told[0].ticket.as_ref().expect("a ticket");
        assert_eq!((told.id.as_str(), told.outage_id.as_str()), (ticket.id.as_str(), near.id.as_str()));
        assert_eq!(read(&desk, &near.id).await.linked_tickets, 1);
    })
    .await;
}

#[tokio::test]
async fn a_region_is_a_field_of_the_ticket_or_the_beginning_of_its_project() {
    on_each(|desk| async move {
        let regional = CreateOutageRequest { regions: vec!["曲江".into()], ..notice("曲江停电") };
        let outage = publish(&desk, regional).await.expect("is published");
        assert_eq!(reported(&desk, "曲江/一期").await.outage_id, outage.id);
        assert_eq!(reported(&desk, "曲江新苑").await.outage_id, "", "another name that begins alike");
        let mut said = CreateTicketRequest { project: "碧水湾".into(), ..fault() };
        said.fields.insert("region".into(), "曲江".into());
        assert_eq!(desk.create(said).await.outage_id, outage.id);
        assert_eq!(titles(&desk, of_project("曲江·二期")).await, ["曲江停电"], "on the screen as well");
        assert!(titles(&desk, of_project("碧水湾")).await.is_empty());
        let everywhere = ListOutagesRequest { every_project: true, ..ListOutagesRequest::default() };
        assert!(titles(&desk, everywhere).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_registration_costs_no_statement_for_the_notices_that_are_open() {
    on_each(|desk| async move {
        reported(&desk, "阳光花园").await;
        let cost = async || {
            let before = desk.db.statements();
            reported(&desk, "阳光花园").await;
            desk.db.statements() - before
        };
        let without = cost().await;
        publish(&desk, notice("everywhere")).await.expect("is published");
        assert_eq!(cost().await, without);
    })
    .await;
}

#[tokio::test]
async fn publishing_links_the_open_faults_since_it_began_and_withdrawing_unlinks_them() {
    on_each(|desk| async move {
        let early = reported(&desk, "阳光花园").await;
        desk.clock.advance(TimeDelta::minutes(30)).expect("a manual clock");
        let (near, far) = (reported(&desk, "阳光花园").await, reported(&desk, "碧水湾").await);
        let gone = reported(&desk, "阳光花园").await;
        let cancel =
            CancelTicketRequest { id: gone.id.clone(), reason: "误报".into(), ..Default::default() };
        desk.ask(|mut client| async move { client.cancel_ticket(cancel).await }).await.expect("is cancelled");
        let request = CreateOutageRequest {
            begins_at: Some(to_proto(at("2026-03-02 09:10"))),
            ..of_projects("光缆中断", &["阳光花园"])
        };
        let outage = publish(&desk, request).await.expect("is published");
        sweep(&desk).await;
        let mut linked = Vec::new();
        for ticket in [&early, &near, &far, &gone] {
            linked.push(desk.get(&ticket.id).await.expect("is there").outage_id == outage.id);
        }
        assert_eq!(linked, [false, true, false, false]);
        assert_eq!(desk.events::<TicketOutageChanged>().await.len(), 1);
        let withdraw = WithdrawOutageRequest {
            id: outage.id.clone(),
            reason: "误发".into(),
            ..WithdrawOutageRequest::default()
        };
        let withdrawn = agent().scope(desk.outages().withdraw_outage(withdraw)).await.expect("is withdrawn");
        assert_eq!(withdrawn.get_ref().state(), OutageState::Withdrawn);
        sweep(&desk).await;
        assert_eq!(desk.get(&near.id).await.expect("is there").outage_id, "");
        assert!(desk.kinds(&near.id).await.contains(&"OUTAGE_UNLINKED".to_owned()));
        assert_eq!(reported(&desk, "阳光花园").await.outage_id, "", "it is on no screen any more");
    })
    .await;
}

#[tokio::test]
async fn a_wider_scope_links_more_than_one_batch_of_tickets() {
    on_each(|desk| async move {
        let request = CreateOutageRequest {
            begins_at: Some(to_proto(at("2026-03-02 09:00"))),
            ..of_projects("光缆中断", &["别处"])
        };
        let outage = publish(&desk, request).await.expect("is published");
        // More than one transaction looks through.
        for number in 0..205 {
            reported(&desk, if number % 2 == 0 { "阳光花园" } else { "碧水湾" }).await;
        }
        let wider =
            Outage { projects: vec!["阳光花园".into()], id: outage.id.clone(), ..Outage::default() };
        update(&desk, wider, "").await.expect("is corrected");
        sweep(&desk).await;
        assert_eq!(read(&desk, &outage.id).await.linked_tickets, 103);
    })
    .await;
}

#[tokio::test]
async fn a_link_by_hand_waits_for_whoever_ends_the_notice_and_is_refused_then() {
    on_each(|desk| async move {
        let outage = publish(&desk, of_projects("别处", &["碧水湾"])).await.expect("is published");
        let ticket = reported(&desk, "阳光花园").await;
        let ending = desk.db.begin().await.expect("begins");
        let over = format!("UPDATE outages SET state = {}", OutageState::Recovered as i32);
        ending.execute_unprepared(&over).await.expect("is over");
        let mut linked = Box::pin(link(&desk, &ticket.id, &outage.id));
        timeout(Duration::from_millis(200), &mut linked).await.expect_err("it waits");
        ending.commit().await.expect("commits");
        assert_eq!(reason_of(&linked.await.expect_err("is over")), "OUTAGE_STATE_CONFLICT");
        assert_eq!(desk.get(&ticket.id).await.expect("is there").outage_id, "");
    })
    .await;
}

#[tokio::test]
async fn a_ticket_is_linked_by_hand_to_an_outage_and_to_none() {
    on_each(|desk| async move {
        let ticket = reported(&desk, "阳光花园").await;
        let elsewhere = publish(&desk, of_projects("别处", &["碧水湾"])).await.expect("is published");
        let linked = link(&desk, &ticket.number, &elsewhere.id).await.expect("is linked");
        assert_eq!((linked.outage_id.as_str(), linked.etag != ticket.etag), (elsewhere.id.as_str(), true));
        let again = link(&desk, &ticket.id, &elsewhere.id).await.expect("is linked");
        assert_eq!(again.etag, linked.etag, "the same again changes nothing");
        assert_eq!(link(&desk, &ticket.id, "").await.expect("is unlinked").outage_id, "");
        let kinds = desk.kinds(&ticket.id).await;
        assert_eq!(kinds[kinds.len() - 2..], ["OUTAGE_LINKED", "OUTAGE_UNLINKED"]);
        let nowhere = link(&desk, &ticket.id, &id::new().to_string()).await.expect_err("there is none");
        assert_eq!(nowhere.code(), Code::NotFound);
        let over = RecoverOutageRequest { id: elsewhere.id.clone(), ..RecoverOutageRequest::default() };
        recover(&desk, over).await.expect("recovers");
        let late = link(&desk, &ticket.id, &elsewhere.id).await.expect_err("is over");
        assert_eq!(reason_of(&late), "OUTAGE_STATE_CONFLICT");
    })
    .await;
}
