//! Many claimers at once: each assignment is accepted once (B08).

use std::collections::HashMap;
use std::sync::Arc;

use hotline_proto::events::v1::AssignmentAccepted;
use tokio::task::JoinSet;

use crate::harness::calls::{claim, claim_of};
use crate::harness::{Desk, TEAM, desks, member};

const CLAIMERS: usize = 16;
const WORK: u128 = 240;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_claimers_accept_each_assignment_once() {
    for desk in desks().await {
        desk.registered(1..=WORK).await;
        let taken = taken_by_crowd(Arc::new(desk)).await;
        assert_eq!(taken.len() as u128, WORK, "everything is taken");
        assert!(taken.values().all(|times| *times == 1), "nothing is taken twice");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_a_queue_too() {
    for desk in desks().await {
        desk.queue.set_down(true);
        desk.registered(1..=WORK / 4).await;
        let taken = taken_by_crowd(Arc::new(desk)).await;
        assert_eq!(taken.len() as u128, WORK / 4);
        assert!(taken.values().all(|times| *times == 1));
    }
}

/// Lets everybody claim and accept until nothing waits; returns how often each assignment was taken.
async fn taken_by_crowd(desk: Arc<Desk>) -> HashMap<String, usize> {
    let mut crowd = JoinSet::new();
    for number in 0..CLAIMERS {
        crowd.spawn(take_all(desk.clone(), format!("member-{number}")));
    }
    let mut taken = HashMap::new();
    for id in crowd.join_all().await.into_iter().flatten() {
        *taken.entry(id).or_default() += 1;
    }
    assert_eq!(desk.published::<AssignmentAccepted>().await, taken.len());
    taken
}

async fn take_all(desk: Arc<Desk>, subject: String) -> Vec<String> {
    let mut accepted = Vec::new();
    loop {
        let caller = member(&subject, TEAM);
        let claimed = claim(&desk.client, caller.clone(), claim_of(3, 0)).await.expect("served");
        if claimed.is_empty() {
            return accepted;
        }
        for work in claimed {
            desk.accept(caller.clone(), &work).await.expect("held");
            accepted.push(work.id);
        }
    }
}
