//! Waiting for work: who is woken, by what, and that no wake-up is lost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hotline_queue::{Claimed, Result, Snapshot, WorkQueue, claim_wait, rebuild};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::{LEASE, at, claim, id, ids, work};

/// How long a claimer waits at most.
const WAIT: Duration = Duration::from_secs(30);

/// Far above what a wake-up takes, below the time after which waiters look for themselves.
const PROMPT: Duration = Duration::from_secs(4);

pub(crate) async fn a_waiter_is_woken_by_a_put(queue: Arc<dyn WorkQueue>) {
    // Several times: the first wake-up may be the one that follows a new connection.
    for number in 0..5 {
        let waiter = queue.waiter("woken by put");
        queue.put("woken by put", &[work(number, 1)]).await.unwrap();
        waiter.woken(PROMPT).await.expect("a put wakes").done();
    }
}

pub(crate) async fn a_waiter_is_woken_by_a_release(queue: Arc<dyn WorkQueue>) {
    let name = "woken by release";
    queue.put(name, &[work(1, 1)]).await.unwrap();
    for _ in 0..3 {
        claim(&*queue, name, 1).await;
        let waiter = queue.waiter(name);
        assert!(queue.release(name, id(1)).await.unwrap());
        waiter.woken(PROMPT).await.expect("a release wakes").done();
    }
}

pub(crate) async fn a_waiter_is_woken_when_a_lease_runs_out(queue: Arc<dyn WorkQueue>) {
    let name = "woken by expiry";
    queue.put(name, &[work(1, 1)]).await.unwrap();
    for _ in 0..3 {
        claim(&*queue, name, 1).await;
        let waiter = queue.waiter(name);
        assert_eq!(queue.expire(name, at(30)).await.unwrap(), [id(1)]);
        waiter.woken(PROMPT).await.expect("expiry wakes").done();
    }
}

pub(crate) async fn a_waiter_is_woken_by_a_rebuild(queue: Arc<dyn WorkQueue>) {
    let name = "woken by rebuild";
    for _ in 0..3 {
        let waiter = queue.waiter(name);
        let truth = async { Result::<_>::Ok(Snapshot { waiting: vec![work(1, 1)], ..Snapshot::default() }) };
        assert!(rebuild(&*queue, name, truth).await.unwrap());
        waiter.woken(PROMPT).await.expect("a rebuild wakes").done();
    }
}

/// Starts a claimer of one entry that reports each time it looks.
fn claimer(
    queue: &Arc<dyn WorkQueue>,
    name: &'static str,
    looks: mpsc::UnboundedSender<()>,
) -> JoinHandle<Result<Vec<Claimed>>> {
    let queue = Arc::clone(queue);
    tokio::spawn(async move {
        let now = || {
            // Nobody listens any more once the test has seen what it waits for.
            let _ = looks.send(());
            at(0)
        };
        claim_wait(&*queue, name, "anna", 1, LEASE, WAIT, now).await
    })
}

pub(crate) async fn a_waiting_claimer_gets_what_is_put(queue: Arc<dyn WorkQueue>) {
    let name = "waiting";
    for number in 0..5 {
        let (looks, mut looked) = mpsc::unbounded_channel();
        let claimer = claimer(&queue, name, looks);
        looked.recv().await.expect("the claimer looks first");
        let start = Instant::now();
        queue.put(name, &[work(number, 1)]).await.unwrap();
        assert_eq!(ids(&claimer.await.unwrap().unwrap()), [id(number)]);
        assert!(start.elapsed() < PROMPT, "woken after {:?}", start.elapsed());
    }
}

pub(crate) async fn every_waiting_claimer_gets_one_of_the_entries_put_at_once(queue: Arc<dyn WorkQueue>) {
    let name = "several waiting";
    let (looks, mut looked) = mpsc::unbounded_channel();
    let claimers: Vec<_> = (0..8).map(|_| claimer(&queue, name, looks.clone())).collect();
    for _ in &claimers {
        looked.recv().await.expect("each claimer looks first");
    }
    let start = Instant::now();
    queue.put(name, &(0..8).map(|number| work(number, 1)).collect::<Vec<_>>()).await.unwrap();
    let mut claimed = Vec::new();
    for claimer in claimers {
        claimed.extend(ids(&claimer.await.unwrap().unwrap()));
    }
    claimed.sort();
    assert_eq!(claimed, (0..8).map(id).collect::<Vec<_>>());
    assert!(start.elapsed() < PROMPT, "woken after {:?}", start.elapsed());
}

pub(crate) async fn a_waiter_that_leaves_does_not_take_the_wake_up_with_it(queue: Arc<dyn WorkQueue>) {
    let name = "left";
    for number in 0..5 {
        let (first, second) = (queue.waiter(name), queue.waiter(name));
        queue.put(name, &[work(number, 1)]).await.unwrap();
        drop(first);
        second.woken(PROMPT).await.expect("the next in line is woken").done();
    }
}

pub(crate) async fn nothing_is_claimed_when_the_wait_is_over(queue: Arc<dyn WorkQueue>) {
    let wait = Duration::from_millis(30);
    let start = Instant::now();
    let claimed = claim_wait(&*queue, "nothing", "anna", 1, LEASE, wait, || at(0)).await.unwrap();
    assert!(claimed.is_empty());
    assert!(start.elapsed() >= wait);
}

pub(crate) async fn what_is_there_already_is_claimed_without_a_wait(queue: Arc<dyn WorkQueue>) {
    let name = "there already";
    queue.put(name, &[work(1, 1), work(2, 2)]).await.unwrap();
    let start = Instant::now();
    let claimed = claim_wait(&*queue, name, "anna", 5, LEASE, WAIT, || at(0)).await.unwrap();
    assert_eq!(ids(&claimed), [id(1), id(2)]);
    assert!(start.elapsed() < PROMPT);
}
