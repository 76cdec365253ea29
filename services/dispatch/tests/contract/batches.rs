//! Events that are applied together have the effect they would have one after another.

use std::sync::Arc;

use futures::future::join_all;
use hotline_core::caller::Caller;
use hotline_proto::common::v1::Priority;
use hotline_proto::dispatch::v1::{
    Assignment, AssignmentState, ListAssignmentsRequest, ListRoutingRulesRequest,
};
use hotline_proto::events::v1::{
    AssignmentCompleted, AssignmentQueued, Envelope, TicketCancelled, TicketCreated, TicketHandedOver,
    TicketReopened, TicketReprioritized, TicketResolved, TicketSnapshot,
};

use crate::harness::calls::{claim, claim_of, inner, tickets};
use crate::harness::{Desk, OTHER, START, TEAM, admin, desks, engineer, envelope, member, ticket, ticket_id};

/// How many tickets the mixed events are about.
const TICKETS: u128 = 8;

fn created(ticket: TicketSnapshot) -> Envelope {
    envelope(&TicketCreated { ticket: Some(ticket) }, START)
}

fn cancelled(ticket: TicketSnapshot) -> Envelope {
    envelope(&TicketCancelled { ticket: Some(ticket), ..TicketCancelled::default() }, START)
}

fn handed_to(team: &str, number: u128) -> Envelope {
    let ticket = TicketSnapshot { team_key: team.into(), ..ticket(number) };
    envelope(&TicketHandedOver { ticket: Some(ticket), note: String::new() }, START)
}

fn raised(number: u128) -> Envelope {
    let ticket = TicketSnapshot { priority: Priority::Critical.into(), ..ticket(number) };
    envelope(&TicketReprioritized { ticket: Some(ticket), ..TicketReprioritized::default() }, START)
}

fn solved(number: u128) -> Envelope {
    let solved_by = "engineer".to_owned();
    envelope(&TicketResolved { ticket: Some(ticket(number)), solved_by, ..TicketResolved::default() }, START)
}

fn reopened(number: u128) -> Envelope {
    let ticket = TicketSnapshot { team_key: TEAM.into(), ..ticket(number) };
    envelope(&TicketReopened { ticket: Some(ticket), ..TicketReopened::default() }, START)
}

async fn of_ticket(desk: &Desk, number: u128) -> Vec<Assignment> {
    let request =
        ListAssignmentsRequest { ticket_id: ticket_id(number), ..ListAssignmentsRequest::default() };
    let mut client = desk.client.clone();
    inner(admin().scope(client.list_assignments(request)).await).expect("lists").assignments
}

/// Returns a ticket's assignments without what differs from one database to the next.
async fn history(desk: &Desk, number: u128) -> Vec<Assignment> {
    let nameless =
        |work| Assignment { id: String::new(), lease_token: String::new(), rule_id: String::new(), ..work };
    of_ticket(desk, number).await.into_iter().map(nameless).collect()
}

#[tokio::test]
async fn several_events_of_one_ticket_act_in_their_order() {
    for desk in desks().await {
        let events = [
            created(ticket(1)),
            handed_to(OTHER, 1),
            created(ticket(2)),
            cancelled(ticket(2)),
            created(ticket(4)),
            created(ticket(5)),
            raised(5),
            created(ticket(4)),
        ];
        desk.deliver_all(&events).await;
        let states = |work: Vec<Assignment>| work.iter().map(Assignment::state).collect::<Vec<_>>();
        assert_eq!(states(of_ticket(&desk, 1).await), [AssignmentState::Queued, AssignmentState::Withdrawn]);
        assert_eq!(states(of_ticket(&desk, 2).await), [AssignmentState::Withdrawn]);
        assert_eq!(tickets(&desk.claims(engineer(), 5).await), [5, 4].map(ticket_id));
        let mut elsewhere = claim_of(5, 0);
        elsewhere.team_key = OTHER.into();
        let there = claim(&desk.client, member("branch", OTHER), elsewhere).await.expect("served");
        assert_eq!(tickets(&there), [ticket_id(1)]);
        assert_eq!(desk.published::<AssignmentQueued>().await, 5);
    }
}

/// Events of some tickets, mixed but the same in every run.
fn mixed(count: u128) -> Vec<Envelope> {
    let mut dice = 1_u128;
    let mut throw = |sides: u128| {
        dice = (dice * 1_103_515_245 + 12_345) % (1 << 31);
        (dice >> 16) % sides
    };
    let events = (0..count).map(|_| {
        let number = 1 + throw(TICKETS);
        match throw(7) {
            0 => cancelled(ticket(number)),
            1 => handed_to([TEAM, OTHER, "no-such-team"][usize::try_from(throw(3)).expect("small")], number),
            2 => raised(number),
            3 => solved(number),
            4 => reopened(number),
            _ => created(ticket(number)),
        }
    });
    events.collect()
}

#[tokio::test]
async fn together_they_leave_what_they_leave_one_by_one() {
    for (together, single) in desks().await.into_iter().zip(desks().await) {
        for batch in mixed(160).chunks(8) {
            together.deliver_all(batch).await;
            for event in batch {
                single.deliver(event).await;
            }
            for desk in [&together, &single] {
                if let Some(work) = desk.claims(engineer(), 2).await.first() {
                    desk.accept(engineer(), work).await.expect("held");
                }
            }
            for number in 1..=TICKETS {
                let (left, right) = (history(&together, number).await, history(&single, number).await);
                assert_eq!(left, right, "ticket {number}");
            }
        }
        let completed = together.published::<AssignmentCompleted>().await;
        assert_eq!(completed, single.published::<AssignmentCompleted>().await);
        assert!(completed > 0, "some were solved by their holder");
        assert_eq!(
            together.published::<AssignmentQueued>().await,
            single.published::<AssignmentQueued>().await
        );
        assert_eq!(hits(&together).await, hits(&single).await);
    }
}

async fn hits(desk: &Desk) -> Vec<i64> {
    let mut client = desk.client.clone();
    let listed = inner(admin().scope(client.list_routing_rules(ListRoutingRulesRequest::default())).await);
    listed.expect("lists").rules.iter().map(|rule| rule.hits).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn batches_that_count_the_same_rules_at_once_lose_no_hit() {
    for desk in desks().await {
        let batch = |number: u128| {
            let mut pair = [0, 1].map(|other| {
                let category_code = if other == 0 { "repair" } else { "consult" }.to_owned();
                created(TicketSnapshot { category_code, ..ticket(2 * number + other) })
            });
            if number.is_multiple_of(2) {
                pair.reverse();
            }
            pair
        };
        let batches: Vec<_> = (1..=24).map(batch).collect();
        join_all(batches.iter().map(|events| desk.deliver_all(events))).await;
        assert_eq!(hits(&desk).await, [24, 24], "the rule and the default rule");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn claims_and_events_about_the_same_work_go_on_beside_each_other() {
    for desk in desks().await {
        let desk = Arc::new(desk);
        desk.registered(1..=48).await;
        let mut running = Vec::new();
        for turn in 0..6_u128 {
            let mut events: Vec<_> = (1..=24).map(|number| raised(number + 24 * (turn % 2))).collect();
            if turn % 3 == 0 {
                events.reverse();
            }
            let (claimer, teller) = (desk.clone(), desk.clone());
            running.push(tokio::spawn(async move {
                let caller: Caller = member(&format!("member-{turn}"), TEAM);
                claim(&claimer.client, caller, claim_of(8, 0)).await.expect("served").len()
            }));
            running.push(tokio::spawn(async move {
                teller.deliver_all(&events).await;
                0
            }));
        }
        let mut claimed = 0;
        for task in running {
            claimed += task.await.expect("nobody waits in vain");
        }
        assert_eq!(claimed, 48);
    }
}
