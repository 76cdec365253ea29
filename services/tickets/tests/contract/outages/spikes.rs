//! Many similar faults at once: a notice is proposed, once.

use hotline_core::time::to_proto;
use hotline_proto::events::v1::{OutageProposed, OutagePublished};
use hotline_proto::tickets::v1::{PublishOutageRequest, WithdrawOutageRequest};

use super::*;

async fn proposed(desk: &Desk) -> Vec<Outage> {
    let list = ListOutagesRequest { state: vec![OutageState::Proposed as i32], ..Default::default() };
    agent().scope(desk.outages().list_outages(list)).await.expect("is listed").into_inner().outages
}

/// Makes what is due happen at a wall time in Shanghai, with a look for spikes among it.
async fn look_at(desk: &Desk, time: &str) {
    let tx = desk.db.begin().await.expect("begins");
    deadlines::set(&tx, "outage-look", "spikes", at(time), "");
    tx.commit().await.expect("commits");
    desk.sweep_at(time).await;
}

async fn withdraw(desk: &Desk, id: &str) {
    let request = WithdrawOutageRequest {
        id: id.into(),
        reason: "各自原因".into(),
        ..WithdrawOutageRequest::default()
    };
    agent().scope(desk.outages().withdraw_outage(request)).await.expect("is refused");
}

#[tokio::test]
async fn five_similar_faults_propose_a_notice_once_on_however_many_replicas() {
    on_each(|desk| async move {
        let twin = Desk::open(desk.db.clone(), desk.clock.clone()).await;
        for _ in 0..4 {
            reported(&desk, "阳光花园").await;
        }
        look_at(&desk, "2026-03-02 09:05").await;
        assert!(proposed(&desk).await.is_empty(), "four are none");
        let fifth = reported(&desk, "阳光花园").await;
        look_at(&desk, "2026-03-02 09:06").await;
        reported(&desk, "阳光花园").await;
        look_at(&twin, "2026-03-02 09:07").await;
        let [proposal] = proposed(&desk).await.try_into().expect("one proposal");
        assert_eq!((proposal.spike_tickets, proposal.created_by.as_str()), (5, "service:tickets"));
        assert_eq!(proposal.projects, ["阳光花园"]);
        assert_eq!(desk.events::<OutageProposed>().await.len(), 1);
        assert!(desk.get(&fifth.id).await.expect("is there").outage_id.is_empty());
        assert!(
            titles(&desk, ListOutagesRequest { state: vec![1], ..of_project("阳光花园") }).await.is_empty()
        );
        let publish = PublishOutageRequest { id: proposal.id.clone(), etag: proposal.etag };
        let open = agent().scope(desk.outages().publish_outage(publish)).await.expect("is published");
        assert_eq!(
            (open.get_ref().state(), open.get_ref().published_by.as_str()),
            (OutageState::Open, "agent")
        );
        sweep(&desk).await;
        assert_eq!(read(&desk, &proposal.id).await.linked_tickets, 6);
        assert_eq!(desk.events::<OutagePublished>().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_refused_is_not_proposed_again_for_some_hours() {
    on_each(|desk| async move {
        let spike = async || {
            for _ in 0..5 {
                reported(&desk, "阳光花园").await;
            }
        };
        spike().await;
        look_at(&desk, "2026-03-02 09:01").await;
        let [first] = proposed(&desk).await.try_into().expect("one proposal");
        withdraw(&desk, &first.id).await;
        spike().await;
        look_at(&desk, "2026-03-02 09:05").await;
        assert!(proposed(&desk).await.is_empty(), "it was just refused");
        look_at(&desk, "2026-03-02 13:10").await;
        assert!(proposed(&desk).await.is_empty(), "what came in then is too old");
        spike().await;
        look_at(&desk, "2026-03-02 13:15").await;
        assert_eq!(proposed(&desk).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_nobody_has_acted_on_for_some_hours_is_proposed_again_by_the_next_spike() {
    on_each(|desk| async move {
        let spike = async |tickets| {
            for _ in 0..tickets {
                reported(&desk, "阳光花园").await;
            }
        };
        spike(5).await;
        look_at(&desk, "2026-03-02 09:01").await;
        let [first] = proposed(&desk).await.try_into().expect("one proposal");
        spike(7).await;
        look_at(&desk, "2026-03-02 12:59").await;
        spike(5).await;
        look_at(&desk, "2026-03-02 13:00").await;
        assert_eq!(proposed(&desk).await, std::slice::from_ref(&first), "somebody may still act on it");
        look_at(&desk, "2026-03-02 13:20").await;
        spike(6).await;
        look_at(&desk, "2026-03-02 13:25").await;
        let [again] = proposed(&desk).await.try_into().expect("not one more");
        assert_eq!((&again.id, again.spike_tickets), (&first.id, 6));
        assert_eq!(again.begins_at, Some(to_proto(at("2026-03-02 13:20"))), "when the later spike began");
        assert_ne!(again.etag, first.etag);
        spike(6).await;
        look_at(&desk, "2026-03-02 13:30").await;
        assert_eq!(proposed(&desk).await, [again], "and it is quiet again");
        assert_eq!(desk.events::<OutageProposed>().await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn faults_that_a_notice_explains_propose_none() {
    on_each(|desk| async move {
        publish(&desk, of_projects("光缆中断", &["阳光花园"])).await.expect("is published");
        for _ in 0..8 {
            reported(&desk, "阳光花园").await;
        }
        look_at(&desk, "2026-03-02 09:05").await;
        assert!(proposed(&desk).await.is_empty());
    })
    .await;
}
