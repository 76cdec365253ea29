//! What commands cost in statements: on PostgreSQL each is a round trip, which is most of what a command costs.

use hotline_core::id;
use hotline_proto::events::v1::{AssignmentQueued, Envelope};
use hotline_proto::tickets::v1::{
    CloseTicketRequest, CreateTicketRequest, HandOverTicketRequest, ListTicketsRequest, ListTimelineRequest,
    ResolveTicketRequest, Ticket, WaitReason, WaitTicketRequest,
};
use sea_orm::DbBackend;

use crate::support::{Desk, assignment, fault, on_each};

/// Tells how many statements something costs.
async fn cost<R>(desk: &Desk, what: impl Future<Output = R>) -> u64 {
    let before = desk.db.statements();
    what.await;
    desk.db.statements() - before
}

/// On PostgreSQL, and on SQLite, where each row put off to the commit is a statement within the same process.
fn at_most(desk: &Desk, cost: u64, (postgres, sqlite): (u64, u64), what: &str) {
    let bound = if desk.db.backend() == DbBackend::Postgres { postgres } else { sqlite };
    assert!(cost <= bound, "{what} costs {cost} statements, more than {bound}");
}

#[tokio::test]
async fn a_registration_is_one_statement_with_a_look_before_it_in_a_call_and_a_change_is_two() {
    on_each(|desk| async move {
        // The first takes a block of numbers and reads the catalogue.
        let ticket = desk.create(fault()).await;
        let create = cost(&desk, desk.create(fault())).await;
        at_most(&desk, create, (2, 6), "a registration in a call");
        let portal = CreateTicketRequest { interaction_id: String::new(), ..fault() };
        let create = cost(&desk, desk.create(portal)).await;
        at_most(&desk, create, (1, 4), "a registration");
        let id = ticket.id.clone();
        let wait = WaitTicketRequest {
            id: id.clone(),
            reason: WaitReason::Customer as i32,
            ..WaitTicketRequest::default()
        };
        let waits = cost(&desk, desk.ask(|mut client| async move { client.wait_ticket(wait).await })).await;
        at_most(&desk, waits, (2, 6), "waiting");
        let hand_over = HandOverTicketRequest {
            id: id.clone(),
            team_key: "on-site".into(),
            ..HandOverTicketRequest::default()
        };
        let handed = desk.ask(|mut client| async move { client.hand_over_ticket(hand_over).await });
        at_most(&desk, cost(&desk, handed).await, (2, 6), "a hand-over");
        let resolve = ResolveTicketRequest {
            id: id.clone(),
            resolution: "更换光猫".into(),
            ..ResolveTicketRequest::default()
        };
        let resolved = desk.ask(|mut client| async move { client.resolve_ticket(resolve).await });
        at_most(&desk, cost(&desk, resolved).await, (2, 6), "a solution");
        let close = CloseTicketRequest { id, ..CloseTicketRequest::default() };
        let closed = desk.ask(|mut client| async move { client.close_ticket(close).await });
        at_most(&desk, cost(&desk, closed).await, (2, 5), "a closure");
    })
    .await;
}

#[tokio::test]
async fn reading_costs_one_statement_and_a_timeline_two() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        assert_eq!(cost(&desk, desk.get(&ticket.id)).await, 1);
        assert_eq!(cost(&desk, desk.get(&ticket.number)).await, 1);
        let list = ListTicketsRequest::default();
        let listed = desk.ask(|mut client| async move { client.list_tickets(list).await });
        assert_eq!(cost(&desk, listed).await, 1);
        let timeline = ListTimelineRequest { id: ticket.id, ..ListTimelineRequest::default() };
        let told = desk.ask(|mut client| async move { client.list_timeline(timeline).await });
        assert_eq!(cost(&desk, told).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_batch_of_events_reads_its_tickets_once() {
    on_each(|desk| async move {
        let queued = |ticket: &Ticket| {
            let event = AssignmentQueued {
                assignment: assignment(ticket, id::new(), 1),
                ..AssignmentQueued::default()
            };
            desk.envelope(&id::new().to_string(), &event)
        };
        let mut tickets = Vec::new();
        for _ in 0..32 {
            tickets.push(desk.create(fault()).await);
        }
        let events: Vec<Envelope> = tickets.iter().map(queued).collect();
        // The inbox, the tickets, the row of each, their entries, events and deadlines: eight rows a statement.
        at_most(&desk, cost(&desk, desk.apply_all(&events)).await, (8, 38), "a batch of 32");
        for ticket in tickets {
            assert_eq!(desk.get(&ticket.id).await.expect("is there").team_key, "second-line-network");
            assert_eq!(desk.kinds(&ticket.id).await.last().map(String::as_str), Some("ASSIGNED"));
        }
    })
    .await;
}

#[tokio::test]
async fn several_events_of_one_ticket_in_one_batch_follow_each_other() {
    on_each(|desk| async move {
        let ticket = desk.create(fault()).await;
        let queued = |epoch| AssignmentQueued {
            assignment: assignment(&ticket, id::new(), epoch),
            ..AssignmentQueued::default()
        };
        // Dispatch gives out ids in order, and an older assignment is no news.
        let first = queued(1);
        let mut again = queued(2);
        if let Some(assignment) = &mut again.assignment {
            assignment.team_key = "on-site".into();
        }
        let events =
            [desk.envelope(&id::new().to_string(), &first), desk.envelope(&id::new().to_string(), &again)];
        assert_eq!(desk.apply_all(&events).await, 2);
        let now = desk.get(&ticket.id).await.expect("is there");
        assert_eq!(now.team_key, "on-site");
        assert_eq!(desk.kinds(&ticket.id).await, ["CREATED", "SLA_SET", "ASSIGNED", "ASSIGNED"]);
        assert_eq!(desk.apply_all(&events).await, 0, "a second delivery changes nothing");
    })
    .await;
}
