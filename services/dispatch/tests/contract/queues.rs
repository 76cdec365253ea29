//! The database is the truth: a queue that is lost, stale or away costs time, never work (D11, D12).

use std::sync::Arc;

use chrono::TimeDelta;
use hotline_core::testing::eventually;
use hotline_core::time::to_proto;
use hotline_proto::dispatch::v1::{ListQueuesRequest, Queue, RebuildQueuesRequest};
use hotline_queue::{Entry, WorkQueue};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use uuid::Uuid;

use crate::harness::calls::{claim, claim_of, inner, refusal, tickets};
use crate::harness::{Desk, OTHER, START, TEAM, admin, desks, engineer, member, rival, ticket_id};

async fn standing(desk: &Desk, caller: hotline_core::caller::Caller) -> Vec<Queue> {
    let mut client = desk.client.clone();
    let listed = caller.scope(client.list_queues(ListQueuesRequest::default())).await;
    inner(listed).expect("lists").queues
}

#[tokio::test]
async fn a_queue_that_was_flushed_is_rebuilt_with_nothing_lost_or_doubled() {
    for desk in desks().await {
        desk.registered(1..=5).await;
        let held = desk.claims(engineer(), 2).await;
        desk.queue.inner.clear(TEAM).await.expect("in memory");
        assert_eq!(tickets(&desk.claims(rival(), 10).await), [3, 4, 5].map(ticket_id));
        desk.accept(engineer(), &held[0]).await.expect("a flush takes nothing from its holder");
        desk.pass(60).await;
        let back = desk.claims(rival(), 10).await;
        assert_eq!(tickets(&back), [2, 3, 4, 5].map(ticket_id), "what was not accepted is back");
    }
}

#[tokio::test]
async fn stale_and_doubled_entries_are_refused_by_the_database() {
    for desk in desks().await {
        desk.registered(1..=2).await;
        let held = desk.claims_one(engineer()).await;
        desk.accept(engineer(), &held).await.expect("held");
        let stale = [held.id.parse().expect("an id"), Uuid::from_u128(404)].map(|id| Entry { id, order: 0 });
        desk.queue.inner.put(TEAM, &stale).await.expect("in memory");
        assert_eq!(tickets(&desk.claims(rival(), 1).await), [ticket_id(2)]);
        assert!(desk.claims(rival(), 5).await.is_empty());
        let depth = desk.queue.inner.depth(TEAM).await.expect("in memory");
        assert_eq!((depth.waiting, depth.leased), (0, 1), "stale entries are gone");
    }
}

#[tokio::test]
async fn without_a_queue_claims_are_served_from_the_database() {
    for desk in desks().await {
        desk.queue.set_down(true);
        desk.registered(1..=4).await;
        let first = desk.claims_one(engineer()).await;
        assert_eq!(first.ticket_id, ticket_id(1));
        desk.decline(engineer(), &first).await.expect("held");
        assert_eq!(tickets(&desk.claims(engineer(), 2).await), [2, 3].map(ticket_id));
        assert_eq!(tickets(&desk.claims(rival(), 5).await), [1, 4].map(ticket_id));
        assert!(desk.claims(rival(), 5).await.is_empty());
    }
}

#[tokio::test]
async fn without_a_queue_those_who_wait_look_for_themselves() {
    for desk in desks().await {
        desk.queue.set_down(true);
        let client = desk.client.clone();
        let waiting = tokio::spawn(async move { claim(&client, engineer(), claim_of(1, 25)).await });
        desk.registered([1]).await;
        let claimed = waiting.await.expect("no panic").expect("served");
        assert_eq!(tickets(&claimed), [ticket_id(1)]);
    }
}

#[tokio::test]
async fn a_queue_that_missed_changes_catches_up_by_itself() {
    for desk in desks().await {
        let desk = Arc::new(desk);
        let stop = CancellationToken::new();
        let (tasks, until) = (desk.clone(), stop.clone());
        let running = tokio::spawn(async move { tasks.run_tasks(until).await });
        desk.queue.set_down(true);
        desk.registered(1..=3).await;
        desk.queue.set_down(false);
        let waiting = async || {
            desk.clock.advance(TimeDelta::milliseconds(1)).expect("the clock is manual");
            desk.queue.inner.depth(TEAM).await.expect("in memory").waiting
        };
        eventually("the queue holds what it missed", async || waiting().await == 3).await;

        let claimed =
            desk.queue.inner.claim(TEAM, "nobody", 1, std::time::Duration::from_secs(3_600), START).await;
        assert_eq!(claimed.expect("in memory").len(), 1, "an entry is lost to a claimer that is gone");
        eventually("the lost entry waits again", async || waiting().await == 3).await;
        assert_eq!(tickets(&desk.claims(rival(), 5).await), [1, 2, 3].map(ticket_id));
        stop.cancel();
        running.await.expect("ends");
    }
}

#[tokio::test]
async fn those_in_charge_rebuild_queues_by_hand() {
    for desk in desks().await {
        desk.registered(1..=3).await;
        desk.claims_one(engineer()).await;
        let mut client = desk.client.clone();
        let all = admin().scope(client.rebuild_queues(RebuildQueuesRequest::default())).await;
        let all = inner(all).expect("rebuilds");
        assert_eq!((all.queues, all.waiting), (3, 2));
        let one = RebuildQueuesRequest { team_key: OTHER.into() };
        let one = inner(admin().scope(client.rebuild_queues(one)).await).expect("rebuilds");
        assert_eq!((one.queues, one.waiting), (1, 0));
        assert_eq!(tickets(&desk.claims(rival(), 5).await), [2, 3].map(ticket_id));
    }
}

#[tokio::test]
async fn queues_show_what_waits_what_is_in_hand_and_what_is_late() {
    for desk in desks().await {
        desk.registered(1..=4).await;
        let held = desk.claims_one(engineer()).await;
        desk.accept(engineer(), &held).await.expect("held");
        desk.pass(2 * 3_600).await;
        let queues = standing(&desk, engineer()).await;
        assert_eq!(queues.len(), 1, "a member sees the own team's queue");
        let queue = &queues[0];
        assert_eq!(queue.team_key, TEAM);
        assert_eq!((queue.waiting, queue.in_hand, queue.breached), (3, 1, 1));
        assert_eq!(queue.oldest_queued_at, Some(to_proto(START)));
        let oldest = desk.get(engineer(), &queue.oldest_assignment_id).await.expect("the team sees it");
        assert_eq!(oldest.ticket_id, ticket_id(2));
        let keys: Vec<_> = standing(&desk, admin()).await.into_iter().map(|queue| queue.team_key).collect();
        assert_eq!(keys, ["first-line", OTHER, TEAM]);
    }
}

#[tokio::test]
async fn another_teams_queue_is_not_shown() {
    for desk in desks().await {
        let mut client = desk.client.clone();
        let request = ListQueuesRequest { team_key: TEAM.into() };
        let refused = member("vendor", OTHER).scope(client.list_queues(request)).await;
        assert_eq!(refusal(refused).0, Code::PermissionDenied);
    }
}
