//! What fails costs time, never an answer: the ticket service away, news that is quicker than its cause, a queue that
//! is lost or never there (D12).

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use futures::future::join_all;
use hotline_core::id;
use hotline_core::testing::eventually;
use hotline_proto::callbacks::v1::CallbackState;
use hotline_proto::events::v1::{CallbackCompleted, TicketReopened, TicketSnapshot};
use hotline_queue::MemoryQueue;
use tokio_util::sync::CancellationToken;
use tonic::Code;

use crate::bench::{Bench, answer, deliver, on_each_database};
use crate::no_queue::NoQueue;

#[tokio::test]
async fn an_answer_the_ticket_service_has_not_heard_is_not_noted_and_can_be_sent_again() {
    on_each_database(async |bench| {
        bench.opened().await;
        let held = bench.held("callback").await;
        bench.tickets.away.store(true, Ordering::Relaxed);
        let failed = bench.record("callback", answer(&held, false, 1)).await.expect_err("away");
        assert_eq!(failed.code(), Code::Unavailable);
        let still = bench.get(&held).await;
        assert_eq!((still.state(), still.attempts.len()), (CallbackState::Leased, 0));
        bench.tickets.away.store(false, Ordering::Relaxed);
        bench.record("callback", answer(&held, false, 1)).await.expect("recorded");
        assert_eq!(bench.tickets.told.lock().expect("no panic").len(), 1);
    })
    .await;
}

/// The ticket's own news, applied before the settlement that caused it is answered.
pub(crate) fn quick_news(bench: &Bench, ticket_id: String) {
    let (consumer, now) = (bench.consumer.clone(), bench.clock.now());
    let news = move || -> futures::future::BoxFuture<'static, ()> {
        Box::pin(async move {
            let ticket = Some(TicketSnapshot { id: ticket_id, ..Default::default() });
            let event = TicketReopened { ticket, ..Default::default() };
            deliver(consumer.as_ref(), id::new(), now, &event).await;
        })
    };
    *bench.tickets.after_settling.lock().expect("no panic") = Some(Box::new(news));
}

#[tokio::test]
async fn an_answer_is_noted_even_when_the_news_of_it_comes_first() {
    on_each_database(async |bench| {
        let callback = bench.opened().await;
        let held = bench.held("callback").await;
        quick_news(&bench, callback.ticket_id);
        let done = bench.record("callback", answer(&held, false, 2)).await.expect("recorded");
        assert_eq!((done.state(), done.satisfied), (CallbackState::Completed, Some(false)));
        assert_eq!((done.end_reason.as_str(), done.attempts.len()), ("", 1));
        assert_eq!(bench.published::<CallbackCompleted>().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_holder_whose_answer_was_settled_but_not_noted_sends_it_again_and_it_is() {
    on_each_database(async |bench| {
        let callback = bench.opened().await;
        let held = bench.held("callback").await;
        let ticket = Some(TicketSnapshot { id: callback.ticket_id, ..Default::default() });
        bench.deliver(id::new(), &TicketReopened { ticket, ..Default::default() }).await;
        let done = bench.record("callback", answer(&held, false, 2)).await.expect("recorded");
        assert_eq!(done.state(), CallbackState::Completed);
        assert_eq!(bench.published::<CallbackCompleted>().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_new_process_with_an_empty_queue_finds_what_waits_and_what_is_held() {
    on_each_database(async |bench| {
        bench.solved().await;
        bench.solved().await;
        bench.advance(TimeDelta::hours(2)).await;
        let held = bench.held("callback").await;
        let next = Bench::start(bench.db.clone(), bench.clock.clone(), Arc::<MemoryQueue>::default()).await;
        let found = next.claim("quality", 5, 0).await;
        assert_eq!(found.len(), 1);
        assert_ne!(found[0].id, held.id);
        next.record("callback", answer(&held, true, 5))
            .await
            .expect("a lease outlives the process that gave it");
    })
    .await;
}

#[tokio::test]
async fn two_queues_that_propose_the_same_give_each_callback_to_one_holder() {
    on_each_database(async |bench| {
        for _ in 0..10 {
            bench.solved().await;
        }
        bench.advance(TimeDelta::hours(2)).await;
        let other = Bench::start(bench.db.clone(), bench.clock.clone(), Arc::<MemoryQueue>::default()).await;
        let claims: Vec<_> = (0..6)
            .map(|number| if number % 2 == 0 { &bench } else { &other }.claim("callback", 4, 0))
            .collect();
        let mut held = join_all(claims).await.concat();
        held.extend(bench.claim("quality", 50, 0).await);
        held.extend(other.claim("quality", 50, 0).await);
        let ids: HashSet<_> = held.iter().map(|callback| &callback.id).collect();
        assert_eq!((held.len(), ids.len()), (10, 10), "none lost, none twice");
    })
    .await;
}

#[tokio::test]
async fn an_entry_that_was_lost_is_put_in_again_by_the_background_task() {
    on_each_database(async |bench| {
        let callback = bench.opened().await;
        let queue = Arc::<MemoryQueue>::default();
        let mut next = Bench::start(bench.db.clone(), bench.clock.clone(), queue.clone()).await;
        let stop = CancellationToken::new();
        let task = next.tasks.pop().expect("one task");
        let running = tokio::spawn(task(stop.clone()));
        let id = callback.id.parse().expect("an id");
        let waiting = async || {
            next.clock.advance(TimeDelta::milliseconds(1));
            let depth = hotline_queue::WorkQueue::depth(queue.as_ref(), hotline_callbacks::NAME).await;
            depth.expect("memory answers").waiting == 1
        };
        eventually("the task builds the queue", waiting).await;
        hotline_queue::WorkQueue::finish(queue.as_ref(), hotline_callbacks::NAME, &[id]).await.expect("lost");
        eventually("the task puts it in again", waiting).await;
        assert_eq!(next.claim("callback", 1, 0).await.len(), 1);
        stop.cancel();
        running.await.expect("it ends");
    })
    .await;
}

#[tokio::test]
async fn without_a_queue_claims_are_served_by_the_database() {
    on_each_database(async |bench| {
        let callback = bench.opened().await;
        let alone = Bench::start(bench.db.clone(), bench.clock.clone(), Arc::<NoQueue>::default()).await;
        assert!(alone.claim("branch", 1, 0).await.is_empty(), "their own work");
        let held = alone.held("callback").await;
        assert_eq!(held.id, callback.id);
        assert!(alone.claim("quality", 1, 0).await.is_empty());
        alone.record("callback", answer(&held, true, 5)).await.expect("recorded");
    })
    .await;
}
