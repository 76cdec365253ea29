//! Redis lost, flushed, restarted, hanging or absent (A09, A10, A12, D12).

use std::time::{Duration, Instant};

use hotline_queue::{Depth, Error, Settings, Snapshot, WorkQueue, claim_wait, connect, rebuild};
use redis::cmd;

use crate::rebuilding::database;
use crate::{LEASE, RedisServer, at, claim, id, ids, queue_at, work};

/// How soon an absent or hanging server is told.
const QUICKLY: Duration = Duration::from_secs(4);

async fn fill(queue: &dyn WorkQueue, name: &str, truth: Snapshot) -> bool {
    rebuild::<Error>(queue, name, async { Ok(truth) }).await.expect("the queue can be rebuilt")
}

async fn is_unavailable(queue: &dyn WorkQueue, name: &str) -> bool {
    let start = Instant::now();
    let answer = queue.claim(name, "anna", 1, LEASE, at(0)).await;
    matches!(answer, Err(Error::Unavailable(_))) && start.elapsed() < QUICKLY
}

#[tokio::test]
async fn a_flushed_queue_is_noticed_and_rebuilt() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let (queue, name) = (queue_at(&server.url()), "flushed");
    let truth = database(&[work(1, 1), work(2, 2)], &[work(3, 3)]);
    assert!(fill(&*queue, name, truth.clone()).await);
    assert!(queue.built(name).await.unwrap());

    server.ask::<()>(&cmd("FLUSHALL")).await;
    assert!(!queue.built(name).await.unwrap());
    assert_eq!(queue.depth(name).await.unwrap(), Depth::default());
    assert_eq!(queue.extend(name, id(3), "anna", LEASE, at(1)).await.unwrap(), None);

    assert!(fill(&*queue, name, truth).await);
    assert!(queue.built(name).await.unwrap());
    assert_eq!(ids(&claim(&*queue, name, 9).await), [id(1), id(2)]);
    assert_eq!(queue.extend(name, id(3), "anna", LEASE, at(1)).await.unwrap(), Some(at(31)));
}

#[tokio::test]
async fn a_flush_in_the_middle_of_a_rebuild_leaves_it_incomplete() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let (queue, name) = (queue_at(&server.url()), "flushed midway");
    let epoch = queue.clear(name).await.unwrap();
    server.ask::<()>(&cmd("FLUSHALL")).await;
    assert!(!queue.load(name, epoch, &database(&[work(1, 1)], &[])).await.unwrap());
    assert!(!queue.built(name).await.unwrap());
}

#[tokio::test]
async fn scripts_flushed_from_the_server_are_loaded_again() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let (queue, name) = (queue_at(&server.url()), "scripts");
    queue.put(name, &[work(1, 1)]).await.unwrap();
    server.ask::<()>(cmd("SCRIPT").arg("FLUSH")).await;
    queue.put(name, &[work(2, 2)]).await.unwrap();
    assert_eq!(ids(&claim(&*queue, name, 9).await), [id(1), id(2)]);
}

#[tokio::test]
async fn a_stopped_server_is_unavailable_and_comes_back_empty_and_unbuilt() {
    let Some(mut server) = RedisServer::start() else {
        return;
    };
    let (queue, name) = (queue_at(&server.url()), "restarted");
    assert!(fill(&*queue, name, database(&[work(1, 1)], &[])).await);

    server.stop();
    assert!(is_unavailable(&*queue, name).await);
    assert!(is_unavailable(&*queue, name).await);

    server.start_again();
    assert!(!queue.built(name).await.expect("the first call after the return succeeds"));
    assert!(fill(&*queue, name, database(&[work(1, 1)], &[])).await);
    assert_eq!(ids(&claim(&*queue, name, 9).await), [id(1)]);
}

#[tokio::test]
async fn a_server_restarted_with_an_old_copy_is_not_built() {
    let Some(mut server) = RedisServer::start() else {
        return;
    };
    let (queue, name) = (queue_at(&server.url()), "old copy");
    assert!(fill(&*queue, name, database(&[work(1, 1)], &[])).await);
    server.ask::<()>(&cmd("SAVE")).await;
    queue.finish(name, &[id(1)]).await.unwrap();

    server.stop();
    server.start_again();
    assert_eq!(queue.depth(name).await.unwrap(), Depth { waiting: 1, leased: 0 }, "the copy is old");
    assert!(!queue.built(name).await.unwrap());
    assert!(fill(&*queue, name, Snapshot::default()).await);
    assert_eq!(queue.depth(name).await.unwrap(), Depth::default());
}

#[tokio::test]
async fn waiters_are_woken_when_the_server_comes_back_and_by_puts_after_that() {
    let Some(mut server) = RedisServer::start() else {
        return;
    };
    let (queue, name) = (queue_at(&server.url()), "woken again");
    queue.put(name, &[work(1, 1)]).await.unwrap();
    server.stop();
    assert!(is_unavailable(&*queue, name).await);

    let waiter = queue.waiter(name);
    server.start_again();
    waiter.woken(Duration::from_secs(20)).await.expect("the return wakes").done();
    for number in 0..3 {
        let waiter = queue.waiter(name);
        queue.put(name, &[work(number, 1)]).await.unwrap();
        waiter.woken(QUICKLY).await.expect("a put wakes").done();
    }
}

#[tokio::test]
async fn a_waiting_claimer_is_told_when_the_server_goes_away() {
    let Some(mut server) = RedisServer::start() else {
        return;
    };
    let (queue, name) = (queue_at(&server.url()), "gone");
    let mut looks = 0;
    let waiting = claim_wait(&*queue, name, "anna", 1, LEASE, Duration::from_secs(60), || {
        looks += 1;
        if looks == 2 {
            server.stop();
        }
        at(0)
    });
    assert!(matches!(waiting.await, Err(Error::Unavailable(_))));
}

#[tokio::test]
async fn a_hanging_server_is_unavailable_until_it_goes_on() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let (queue, name) = (queue_at(&server.url()), "hanging");
    queue.put(name, &[work(1, 1)]).await.unwrap();
    server.hang();
    assert!(is_unavailable(&*queue, name).await);
    server.go_on();
    queue.depth(name).await.expect("it answers again");
}

#[tokio::test]
async fn the_suite_starts_without_redis() {
    let Some(mut server) = RedisServer::start() else {
        return;
    };
    server.stop();
    let settings = Settings { url: server.url(), ..Settings::default() };
    let queue = connect(&settings).expect("an absent server is no wrong address");
    assert!(is_unavailable(&*queue, "early").await);
    server.start_again();
    queue.put("early", &[work(1, 1)]).await.expect("it is there now");
}

#[test]
fn a_wrong_address_is_refused_without_repeating_it() {
    let settings = Settings { url: "postgres://hotline:secret@db/".into(), ..Settings::default() };
    let error = connect(&settings).map(drop).unwrap_err();
    assert!(matches!(error, Error::Address));
    assert!(!format!("{error} {error:?} {settings:?}").contains("secret"));
}

#[tokio::test]
async fn two_installations_share_a_server_without_meeting() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let [here, there] = ["here", "there"].map(|namespace| {
        connect(&Settings { url: server.url(), namespace: namespace.into() }).expect("the address is valid")
    });
    here.put("team", &[work(1, 1)]).await.unwrap();
    assert!(claim(&*there, "team", 9).await.is_empty());
    assert_eq!(ids(&claim(&*here, "team", 9).await), [id(1)]);
}
