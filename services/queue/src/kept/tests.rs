//! Queues that follow a database, through faults of either.

mod database;

use std::future::{pending, ready};

use tokio_util::sync::CancellationToken;

use self::database::{Database, at, id, work};
use super::health::LEFT_ALONE;
use super::*;
use crate::testing::Probe;

const QUEUE: &str = "work";
const LEASE: Duration = Duration::from_secs(30);

/// Queues over a backend that can be switched off, empty, of a database in which `waiting` waits.
fn kept(waiting: &[Entry]) -> (Kept<Arc<Database>>, Arc<Probe>, Arc<Database>) {
    let (queue, database) = (Arc::new(Probe::default()), Arc::new(Database::default()));
    database.set(waiting);
    (Kept::new(queue.clone(), database.clone()), queue, database)
}

/// Lets the time go by for which a silent queue is left alone.
fn later(kept: &Kept<Arc<Database>>) {
    kept.health(|health| health.silent_since = Instant::now().checked_sub(LEFT_ALONE));
    assert!(!kept.is_silent());
}

async fn claimed(kept: &Kept<Arc<Database>>) -> Option<Vec<Uuid>> {
    let claimed = kept.claim(QUEUE, "anna", 9, LEASE, Duration::ZERO).await?;
    Some(claimed.iter().map(|claimed| claimed.id).collect())
}

#[tokio::test]
async fn the_first_heal_replaces_what_an_earlier_life_left() {
    let (kept, queue, _) = kept(&[work(2), work(1)]);
    rebuild(&*queue, QUEUE, async { Ok::<_, Error>(database::holding(&[work(7)])) }).await.unwrap();
    kept.heal(QUEUE).await;
    assert_eq!(claimed(&kept).await, Some(vec![id(1), id(2)]));
}

#[tokio::test]
async fn a_queue_in_step_is_not_built_again() {
    let (kept, _, database) = kept(&[work(1)]);
    kept.heal(QUEUE).await;
    kept.put(QUEUE, work(2)).await;
    kept.heal(QUEUE).await;
    assert_eq!(database.snapshots(), 1);
}

#[tokio::test]
async fn those_who_heal_at_once_build_a_queue_once() {
    let (kept, _, database) = kept(&[work(1)]);
    tokio::join!(kept.heal(QUEUE), kept.heal(QUEUE), kept.heal(QUEUE));
    assert_eq!(database.snapshots(), 1);
}

#[tokio::test]
async fn a_flushed_queue_is_built_again() {
    let (kept, queue, _) = kept(&[work(1)]);
    kept.heal(QUEUE).await;
    queue.clear(QUEUE).await.unwrap();
    kept.heal(QUEUE).await;
    assert_eq!(claimed(&kept).await, Some(vec![id(1)]));
}

#[tokio::test]
async fn a_queue_that_does_not_answer_is_left_alone() {
    let (kept, queue, database) = kept(&[work(1)]);
    queue.set_down(true);
    assert_eq!(claimed(&kept).await, None);
    let asked = queue.asked();
    kept.put(QUEUE, work(2)).await;
    kept.give_back(QUEUE, &[id(1)]).await;
    kept.look().await.unwrap();
    assert_eq!(claimed(&kept).await, None);
    assert_eq!(kept.rebuild(QUEUE).await, 0);
    assert_eq!((queue.asked(), database.snapshots()), (asked, 0));
}

#[tokio::test]
async fn what_a_queue_missed_is_there_once_it_answers() {
    let (kept, queue, database) = kept(&[work(1)]);
    kept.heal(QUEUE).await;
    queue.set_down(true);
    database.set(&[work(1), work(2), work(3)]);
    kept.put(QUEUE, work(2)).await;
    kept.put(QUEUE, work(3)).await;
    queue.set_down(false);
    later(&kept);
    kept.heal(QUEUE).await;
    assert_eq!(claimed(&kept).await, Some(vec![id(1), id(2), id(3)]));
}

#[tokio::test]
async fn only_queues_that_missed_something_are_built_again() {
    let (kept, queue, database) = kept(&[work(1)]);
    for name in [QUEUE, "other"] {
        kept.heal(name).await;
    }
    queue.set_down(true);
    kept.put(QUEUE, work(2)).await;
    queue.set_down(false);
    later(&kept);
    kept.heal("other").await;
    assert_eq!(database.snapshots(), 2);
    kept.heal(QUEUE).await;
    assert_eq!(database.snapshots(), 3);
}

#[tokio::test]
async fn a_rebuild_that_the_database_broke_off_is_made_up_for() {
    let (kept, _, database) = kept(&[work(1)]);
    kept.heal(QUEUE).await;
    database.set_down(true);
    assert_eq!(kept.rebuild(QUEUE).await, 0);
    database.set_down(false);
    kept.heal(QUEUE).await;
    assert_eq!(claimed(&kept).await, Some(vec![id(1)]));
}

#[tokio::test]
async fn stale_work_leaves_unless_it_has_come_back_to_wait() {
    let (kept, _, database) = kept(&[work(1), work(2)]);
    kept.heal(QUEUE).await;
    assert_eq!(claimed(&kept).await, Some(vec![id(1), id(2)]));
    database.set(&[work(2)]);
    kept.drop_stale(QUEUE, &[id(1), id(2)]).await.unwrap();
    assert_eq!(claimed(&kept).await, Some(vec![id(2)]));
}

#[tokio::test]
async fn work_put_back_waits_whether_the_queue_knew_of_its_lease_or_not() {
    let (kept, _, _) = kept(&[work(1)]);
    kept.heal(QUEUE).await;
    assert_eq!(claimed(&kept).await, Some(vec![id(1)]));
    kept.put_back(QUEUE, work(1)).await;
    kept.put_back(QUEUE, work(2)).await;
    assert_eq!(claimed(&kept).await, Some(vec![id(1), id(2)]));
}

#[tokio::test]
async fn what_was_held_beyond_its_lease_is_put_back_at_the_next_look() {
    let (kept, queue, database) = kept(&[work(1)]);
    kept.heal(QUEUE).await;
    queue.claim(QUEUE, "anna", 1, LEASE, at(0)).await.unwrap();
    kept.extend(QUEUE, id(1), "anna", LEASE * 2).await;
    database.set_now(at(59));
    kept.look().await.unwrap();
    assert_eq!(queue.depth(QUEUE).await.unwrap().leased, 1);
    database.set_now(at(60));
    kept.look().await.unwrap();
    assert_eq!(queue.depth(QUEUE).await.unwrap().leased, 0);
}

#[tokio::test]
async fn an_entry_that_was_lost_is_back_after_two_looks() {
    let (kept, queue, database) = kept(&[work(1), work(2)]);
    kept.look().await.unwrap();
    queue.finish(QUEUE, &[id(1)]).await.unwrap();
    kept.look().await.unwrap();
    assert_eq!(database.snapshots(), 1, "it may be on its way");
    kept.look().await.unwrap();
    assert_eq!(claimed(&kept).await, Some(vec![id(1), id(2)]));
}

#[tokio::test]
async fn a_difference_that_changes_is_work_on_its_way() {
    let (kept, queue, database) = kept(&[work(1), work(2)]);
    kept.look().await.unwrap();
    for lost in [1, 2] {
        queue.finish(QUEUE, &[id(lost)]).await.unwrap();
        kept.look().await.unwrap();
    }
    assert_eq!(database.snapshots(), 1);
}

#[tokio::test]
async fn queues_are_looked_at_once_more_when_the_clock_is_moved() {
    let (kept, _, database) = kept(&[work(1)]);
    let (stop, mut looks) = (CancellationToken::new(), 0);
    let moved = || {
        looks += 1;
        if looks == 2 {
            stop.cancel();
        }
        ready(())
    };
    kept.keep(Duration::from_hours(1), moved, stop.clone()).await;
    assert!(database.looks() >= 2);
}

#[tokio::test]
async fn a_database_that_does_not_answer_does_not_end_the_looks() {
    let (kept, _, database) = kept(&[work(1)]);
    let stop = CancellationToken::new();
    stop.cancel();
    database.set_down(true);
    kept.keep(Duration::from_hours(1), pending, stop.clone()).await;
    database.set_down(false);
    kept.keep(Duration::from_hours(1), pending, stop).await;
    assert_eq!(claimed(&kept).await, Some(vec![id(1)]));
}
