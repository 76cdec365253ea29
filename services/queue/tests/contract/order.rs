//! What is claimed first, and what is in the queue at all.

use std::sync::Arc;

use hotline_queue::{Depth, Entry, Result, WorkQueue};
use uuid::Uuid;

use crate::{LEASE, at, claim, id, ids, work};

pub(crate) async fn the_most_urgent_come_first(queue: Arc<dyn WorkQueue>) {
    let name = "urgency";
    let due = at(0).timestamp_millis();
    queue.put(name, &[work(1, due + 2), work(2, due), work(3, due + 1), work(4, -5)]).await.unwrap();
    let first = claim(&*queue, name, 3).await;
    assert_eq!(ids(&first), [id(4), id(2), id(3)]);
    assert_eq!(first.iter().map(|c| c.order).collect::<Vec<_>>(), [-5, due, due + 1]);
    assert!(first.iter().all(|c| c.expires_at == at(30)));
    assert_eq!(ids(&claim(&*queue, name, 3).await), [id(1)]);
    assert!(claim(&*queue, name, 3).await.is_empty());
}

pub(crate) async fn of_two_equally_urgent_the_older_comes_first(queue: Arc<dyn WorkQueue>) {
    let name = "ties";
    queue.put(name, &[work(0xff, 7), work(0x10, 7), work(9, 7)]).await.unwrap();
    assert_eq!(ids(&claim(&*queue, name, 3).await), [id(9), id(0x10), id(0xff)]);
}

pub(crate) async fn no_deadline_at_all_comes_last(queue: Arc<dyn WorkQueue>) {
    let name = "extremes";
    queue.put(name, &[work(1, i64::MAX), work(2, 0), work(3, i64::MIN)]).await.unwrap();
    let claimed = claim(&*queue, name, 3).await;
    assert_eq!(ids(&claimed), [id(3), id(2), id(1)]);
    assert_eq!(claimed[2].order, 1 << 53);
}

pub(crate) async fn work_put_twice_is_there_once(queue: Arc<dyn WorkQueue>) {
    let name = "twice";
    queue.put(name, &[work(1, 5), work(1, 5)]).await.unwrap();
    queue.put(name, &[work(1, 5)]).await.unwrap();
    assert_eq!(queue.depth(name).await.unwrap(), Depth { waiting: 1, leased: 0 });
    assert_eq!(ids(&claim(&*queue, name, 9).await), [id(1)]);
    queue.put(name, &[work(1, 5)]).await.unwrap();
    assert!(claim(&*queue, name, 9).await.is_empty());
}

pub(crate) async fn work_put_again_moves_to_its_new_place(queue: Arc<dyn WorkQueue>) {
    let name = "moved";
    queue.put(name, &[work(1, 10), work(2, 20), work(3, 30)]).await.unwrap();
    queue.put(name, &[work(3, 5), work(1, 40)]).await.unwrap();
    assert_eq!(ids(&claim(&*queue, name, 9).await), [id(3), id(2), id(1)]);
}

pub(crate) async fn queues_do_not_mix(queue: Arc<dyn WorkQueue>) {
    queue.put("second line", &[work(1, 1)]).await.unwrap();
    queue.put("third}line", &[work(2, 1)]).await.unwrap();
    assert!(claim(&*queue, "third", 9).await.is_empty());
    assert_eq!(ids(&claim(&*queue, "third}line", 9).await), [id(2)]);
    assert!(!queue.release("second line", id(2)).await.unwrap());
    assert_eq!(ids(&claim(&*queue, "second line", 9).await), [id(1)]);
}

pub(crate) async fn finished_work_is_gone_wherever_it_was(queue: Arc<dyn WorkQueue>) {
    let name = "finished";
    queue.put(name, &[work(1, 1), work(2, 2)]).await.unwrap();
    assert_eq!(ids(&claim(&*queue, name, 1).await), [id(1)]);
    for finished in [id(1), id(2), id(2), id(77)] {
        queue.finish(name, &[finished]).await.unwrap();
    }
    assert_eq!(queue.depth(name).await.unwrap(), Depth::default());
    assert!(queue.expire(name, at(1000)).await.unwrap().is_empty());
    assert!(!queue.release(name, id(1)).await.unwrap());
    assert!(claim(&*queue, name, 9).await.is_empty());
}

pub(crate) async fn depth_counts_what_waits_and_what_is_held(queue: Arc<dyn WorkQueue>) {
    let name = "depth";
    assert_eq!(queue.depth(name).await.unwrap(), Depth::default());
    queue.put(name, &[work(1, 1), work(2, 2), work(3, 3)]).await.unwrap();
    assert_eq!(claim(&*queue, name, 1).await.len(), 1);
    assert_eq!(queue.depth(name).await.unwrap(), Depth { waiting: 2, leased: 1 });
    assert!(queue.release(name, id(1)).await.unwrap());
    assert_eq!(queue.depth(name).await.unwrap(), Depth { waiting: 3, leased: 0 });
}

pub(crate) async fn sixteen_claimers_get_each_of_two_thousand_entries_once(queue: Arc<dyn WorkQueue>) {
    let name = "crowd";
    let entries: Vec<Entry> = (0..2000).map(|number| work(number, (number % 13) as i64)).collect();
    let (early, late) = entries.split_at(1200);
    queue.put(name, early).await.unwrap();
    let claimers: Vec<_> = (0..16)
        .map(|number| tokio::spawn(claim_all(Arc::clone(&queue), format!("member {number}"))))
        .collect();
    queue.put(name, late).await.unwrap();
    let mut claimed = Vec::new();
    for claimer in claimers {
        claimed.extend(claimer.await.expect("the claimer ends").unwrap());
    }
    claimed.extend(claim_all(Arc::clone(&queue), "the last".into()).await.unwrap());
    claimed.sort();
    assert_eq!(claimed, entries.iter().map(|entry| entry.id).collect::<Vec<_>>());
}

async fn claim_all(queue: Arc<dyn WorkQueue>, holder: String) -> Result<Vec<Uuid>> {
    let mut all = Vec::new();
    loop {
        let claimed = queue.claim("crowd", &holder, 7, LEASE, at(0)).await?;
        if claimed.is_empty() {
            return Ok(all);
        }
        all.extend(ids(&claimed));
    }
}
