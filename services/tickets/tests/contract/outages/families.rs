//! What an outage does to tickets that belong together: parents and children, duplicates and what they were merged into
//! (T13, T17).

use hotline_core::id;
use hotline_core::upstream::Upstream;
use hotline_proto::common::v1::TicketState;
use hotline_proto::events::v1::{TicketOutageChanged, TicketResolved};
use hotline_proto::tickets::v1::matter_service_client::MatterServiceClient;
use hotline_proto::tickets::v1::{
    LinkKind, LinkTicketRequest, MergeTicketRequest, OutageFollowUp, UnmergeTicketRequest,
    WithdrawOutageRequest,
};
use hotline_tickets::Config;

use super::*;

fn matters(desk: &Desk) -> MatterServiceClient<Upstream> {
    MatterServiceClient::new(desk.upstream.clone())
}

async fn belongs_to(desk: &Desk, child: &Ticket, parent: &Ticket) {
    let request = LinkTicketRequest {
        id: child.id.clone(),
        kind: LinkKind::Parent as i32,
        other_id: parent.id.clone(),
        ..LinkTicketRequest::default()
    };
    agent().scope(matters(desk).link_ticket(request)).await.expect("is linked");
}

fn order(outage: &Outage, follow_up: OutageFollowUp) -> RecoverOutageRequest {
    RecoverOutageRequest {
        id: outage.id.clone(),
        resolution: "熔接完成".into(),
        follow_up: follow_up as i32,
        ..RecoverOutageRequest::default()
    }
}

/// Returns how each solution of a ticket is told of: its words and what follows for the customer.
async fn solutions(desk: &Desk, ticket: &Ticket) -> Vec<(String, String)> {
    let events = desk.events::<TicketResolved>().await.into_iter();
    let own = events.filter(|event| event.ticket.as_ref().is_some_and(|told| told.id == ticket.id));
    own.map(|event| (event.resolution, event.follow_up)).collect()
}

#[tokio::test]
async fn children_are_solved_with_their_parent_each_once() {
    on_each(|desk| async move {
        for (follow_up, of_own, of_apart) in
            [(OutageFollowUp::Callback, "OUTAGE", ""), (OutageFollowUp::None, "NONE", "NONE")]
        {
            let outage = publish(&desk, of_projects("光缆中断", &["阳光花园"])).await.expect("is published");
            let parent = reported(&desk, "阳光花园").await;
            let (own, apart) = (reported(&desk, "阳光花园").await, reported(&desk, "碧水湾").await);
            for child in [&own, &apart] {
                belongs_to(&desk, child, &parent).await;
            }
            recover(&desk, order(&outage, follow_up)).await.expect("recovers");
            sweep(&desk).await;
            for (ticket, follows) in [(&parent, of_own), (&own, of_own), (&apart, of_apart)] {
                let state = desk.get(&ticket.id).await.expect("is there").state();
                assert_eq!(state, TicketState::Resolved);
                assert_eq!(solutions(&desk, ticket).await, [("熔接完成".to_owned(), follows.to_owned())]);
            }
            assert_eq!(desk.get(&apart.id).await.expect("is there").outage_id, "", "it was not its cause");
            let progress = read(&desk, &outage.id).await.recovery.expect("it is over");
            assert_eq!((progress.total, progress.done, progress.left), (2, 2, 0));
        }
    })
    .await;
}

#[tokio::test]
async fn a_batch_counts_the_children_of_its_tickets() {
    on_each(|desk| async move {
        let mut config = Config::default();
        config.outages.batch = 2;
        let desk = Desk::with(desk.db.clone(), desk.clock.clone(), config).await;
        let outage = publish(&desk, of_projects("光缆中断", &["阳光花园"])).await.expect("is published");
        let mut children = Vec::new();
        for _ in 0..3 {
            let parent = reported(&desk, "阳光花园").await;
            let child = reported(&desk, "碧水湾").await;
            belongs_to(&desk, &child, &parent).await;
            children.push(child);
        }
        sweep(&desk).await;
        recover(&desk, order(&outage, OutageFollowUp::Usual)).await.expect("recovers");
        let mut batches = Vec::new();
        for _ in 0..4 {
            let mortal = super::batches::Mortal::after(&desk, 1);
            deadlines::sweep(&desk.db, &desk.clock, &mortal).await.expect("sweeps");
            batches.push(read(&desk, &outage.id).await.recovery.expect("it is over").done);
        }
        assert_eq!(batches, [1, 2, 3, 3], "a parent and its child at a time");
        for child in &children {
            assert_eq!(solutions(&desk, child).await.len(), 1);
        }
        assert_eq!(read(&desk, &outage.id).await.state(), OutageState::Recovered);
    })
    .await;
}

#[tokio::test]
async fn a_ticket_whose_merge_is_undone_after_its_outage_is_worked_on_by_itself() {
    on_each(|desk| async move {
        for withdrawn in [false, true] {
            let outage = publish(&desk, notice("光缆中断")).await.expect("is published");
            let request = CreateTicketRequest {
                customer_id: id::new().to_string(),
                interaction_id: String::new(),
                ..fault()
            };
            let (duplicate, survivor) =
                (desk.create(request.clone()).await, desk.create(request.clone()).await);
            assert_eq!(duplicate.outage_id, outage.id);
            let merge = MergeTicketRequest {
                id: duplicate.id.clone(),
                into: survivor.id.clone(),
                ..MergeTicketRequest::default()
            };
            agent().scope(matters(&desk).merge_ticket(merge)).await.expect("is merged");
            if withdrawn {
                let id = outage.id.clone();
                let request = WithdrawOutageRequest { id, reason: "误发".into(), etag: String::new() };
                agent().scope(desk.outages().withdraw_outage(request)).await.expect("is withdrawn");
            } else {
                recover(&desk, order(&outage, OutageFollowUp::Usual)).await.expect("recovers");
            }
            sweep(&desk).await;
            desk.clock.advance(chrono::TimeDelta::minutes(5)).expect("a manual clock");
            sweep(&desk).await;
            let before = desk.events::<TicketOutageChanged>().await.len();
            let undo = UnmergeTicketRequest {
                id: duplicate.id.clone(),
                reason: "另一处故障".into(),
                ..UnmergeTicketRequest::default()
            };
            agent().scope(matters(&desk).unmerge_ticket(undo)).await.expect("is undone");
            let again = desk.get(&duplicate.id).await.expect("is there");
            assert_eq!((again.state(), again.outage_id.as_str()), (TicketState::Assigned, ""));
            let timeline = desk.timeline(&duplicate.id).await;
            let told = timeline.iter().filter(|entry| entry.kind == "OUTAGE_UNLINKED").collect::<Vec<_>>();
            let [told] = told.try_into().expect("one entry");
            let why = if withdrawn { "已撤回" } else { "已恢复" };
            assert!(told.note.contains("光缆中断") && told.note.contains(why), "{}", told.note);
            assert_eq!(desk.events::<TicketOutageChanged>().await.len(), before + 1);
        }
    })
    .await;
}
