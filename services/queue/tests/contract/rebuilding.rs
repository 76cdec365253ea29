//! Filling a queue from the database, also while it is in use.

use std::sync::Arc;

use hotline_queue::{Depth, Entry, Error, Leased, Result, Snapshot, WorkQueue, rebuild};

use crate::{LEASE, at, claim, id, ids, work};

/// A database in which `waiting` waits and `held` is held by anna until `at(30)`.
pub(crate) fn database(waiting: &[Entry], held: &[Entry]) -> Snapshot {
    let held = held.iter().map(|entry| Leased { entry: *entry, holder: "anna".into(), expires_at: at(30) });
    Snapshot { waiting: waiting.to_vec(), leased: held.collect() }
}

async fn answers(snapshot: Snapshot) -> Result<Snapshot> {
    Ok(snapshot)
}

pub(crate) async fn a_rebuilt_queue_holds_what_the_database_says(queue: Arc<dyn WorkQueue>) {
    let name = "rebuilt";
    queue.put(name, &[work(1, 1), work(2, 2), work(3, 3)]).await.unwrap();
    claim(&*queue, name, 2).await;
    let truth = database(&[work(2, 20), work(4, 10)], &[work(3, 15)]);
    assert!(rebuild(&*queue, name, answers(truth)).await.unwrap());
    assert_eq!(queue.depth(name).await.unwrap(), Depth { waiting: 2, leased: 1 });
    assert_eq!(ids(&claim(&*queue, name, 9).await), [id(4), id(2)]);
    assert!(queue.expire(name, at(29)).await.unwrap().is_empty());
}

pub(crate) async fn a_queue_is_not_built_before_the_first_rebuild(queue: Arc<dyn WorkQueue>) {
    let name = "new";
    assert!(!queue.built(name).await.unwrap());
    queue.put(name, &[work(1, 1)]).await.unwrap();
    assert!(!queue.built(name).await.unwrap());
    assert!(rebuild(&*queue, name, answers(Snapshot::default())).await.unwrap());
    assert!(queue.built(name).await.unwrap());
    queue.clear(name).await.unwrap();
    assert!(!queue.built(name).await.unwrap());
}

pub(crate) async fn what_is_put_while_the_database_is_read_stays(queue: Arc<dyn WorkQueue>) {
    let name = "put meanwhile";
    let reading = async {
        queue.put(name, &[work(2, 1), work(1, 5)]).await?;
        Ok::<_, Error>(database(&[work(1, 50), work(3, 10)], &[]))
    };
    assert!(rebuild(&*queue, name, reading).await.unwrap());
    assert_eq!(ids(&claim(&*queue, name, 9).await), [id(2), id(1), id(3)]);
}

pub(crate) async fn what_is_claimed_while_the_database_is_read_is_not_handed_out_again(
    queue: Arc<dyn WorkQueue>,
) {
    let name = "claimed meanwhile";
    let reading = async {
        queue.put(name, &[work(1, 1)]).await?;
        queue.claim(name, "boris", 1, LEASE, at(0)).await?;
        Ok::<_, Error>(database(&[work(1, 1)], &[]))
    };
    assert!(rebuild(&*queue, name, reading).await.unwrap());
    assert!(claim(&*queue, name, 9).await.is_empty());
    assert_eq!(queue.extend(name, id(1), "boris", LEASE, at(1)).await.unwrap(), Some(at(31)));
}

pub(crate) async fn a_rebuild_that_fails_leaves_the_queue_not_built(queue: Arc<dyn WorkQueue>) {
    let name = "unreadable";
    assert!(rebuild(&*queue, name, answers(Snapshot::default())).await.unwrap());
    let unreadable = async { Err(Error::Unavailable("the database does not answer".into())) };
    rebuild(&*queue, name, unreadable).await.unwrap_err();
    assert!(!queue.built(name).await.unwrap());
}

pub(crate) async fn of_two_rebuilds_at_once_the_later_completes(queue: Arc<dyn WorkQueue>) {
    let name = "two at once";
    let truth = database(&[work(1, 1)], &[]);
    let earlier = queue.clear(name).await.unwrap();
    let later = queue.clear(name).await.unwrap();
    assert!(!queue.load(name, earlier, &truth).await.unwrap());
    assert!(!queue.built(name).await.unwrap());
    assert!(queue.load(name, later, &truth).await.unwrap());
    assert!(queue.built(name).await.unwrap());
    assert_eq!(ids(&claim(&*queue, name, 9).await), [id(1)]);
}

pub(crate) async fn a_rebuilt_lease_is_still_its_holders(queue: Arc<dyn WorkQueue>) {
    let name = "leases rebuilt";
    let truth = database(&[work(2, 20)], &[work(1, 10), work(3, 30)]);
    assert!(rebuild(&*queue, name, answers(truth)).await.unwrap());
    assert_eq!(queue.extend(name, id(1), "boris", LEASE, at(20)).await.unwrap(), None);
    assert_eq!(queue.extend(name, id(1), "anna", LEASE, at(20)).await.unwrap(), Some(at(50)));
    let claimed = queue.claim(name, "boris", 9, LEASE, at(30)).await.unwrap();
    assert_eq!(ids(&claimed), [id(2), id(3)]);
}
