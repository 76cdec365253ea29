//! Who holds what, for how long, and where it returns to.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use hotline_queue::{Depth, Entry, WorkQueue};

use crate::{LEASE, at, claim, id, ids, work};

pub(crate) async fn what_is_held_is_not_handed_out(queue: Arc<dyn WorkQueue>) {
    let name = "held";
    queue.put(name, &[work(1, 1)]).await.unwrap();
    assert_eq!(claim(&*queue, name, 9).await.len(), 1);
    assert!(queue.claim(name, "boris", 9, LEASE, at(29)).await.unwrap().is_empty());
    assert_eq!(ids(&queue.claim(name, "boris", 9, LEASE, at(30)).await.unwrap()), [id(1)]);
}

pub(crate) async fn extending_counts_from_now(queue: Arc<dyn WorkQueue>) {
    let name = "extended";
    queue.put(name, &[work(1, 1)]).await.unwrap();
    claim(&*queue, name, 1).await;
    assert_eq!(queue.extend(name, id(1), "anna", LEASE, at(20)).await.unwrap(), Some(at(50)));
    assert!(queue.expire(name, at(49)).await.unwrap().is_empty());
    assert_eq!(queue.expire(name, at(50)).await.unwrap(), [id(1)]);
}

pub(crate) async fn extending_can_shorten_a_lease(queue: Arc<dyn WorkQueue>) {
    let name = "shortened";
    queue.put(name, &[work(1, 1)]).await.unwrap();
    claim(&*queue, name, 1).await;
    let short = Duration::from_millis(1500);
    let end = queue.extend(name, id(1), "anna", short, at(1)).await.unwrap();
    assert_eq!(end, Some(at(1) + short));
    assert_eq!(queue.expire(name, at(3)).await.unwrap(), [id(1)]);
}

pub(crate) async fn a_lease_that_ran_out_cannot_be_extended_even_if_nobody_took_it(
    queue: Arc<dyn WorkQueue>,
) {
    let name = "late, free";
    queue.put(name, &[work(1, 1), work(2, 2)]).await.unwrap();
    claim(&*queue, name, 2).await;
    assert_eq!(queue.extend(name, id(1), "anna", LEASE, at(31)).await.unwrap(), None, "not noticed yet");
    queue.expire(name, at(31)).await.unwrap();
    assert_eq!(queue.extend(name, id(2), "anna", LEASE, at(31)).await.unwrap(), None, "put back already");
    assert_eq!(queue.claim(name, "boris", 9, LEASE, at(31)).await.unwrap().len(), 2);
}

pub(crate) async fn a_lease_that_ran_out_cannot_be_extended_once_somebody_took_it(queue: Arc<dyn WorkQueue>) {
    let name = "late, taken";
    queue.put(name, &[work(1, 1)]).await.unwrap();
    claim(&*queue, name, 1).await;
    assert_eq!(queue.claim(name, "boris", 1, LEASE, at(31)).await.unwrap().len(), 1);
    assert_eq!(queue.extend(name, id(1), "anna", LEASE, at(32)).await.unwrap(), None);
    assert_eq!(queue.extend(name, id(1), "boris", LEASE, at(32)).await.unwrap(), Some(at(62)));
}

pub(crate) async fn only_the_holder_extends(queue: Arc<dyn WorkQueue>) {
    let name = "strangers";
    queue.put(name, &[work(1, 1), work(2, 2)]).await.unwrap();
    claim(&*queue, name, 1).await;
    assert_eq!(queue.extend(name, id(1), "boris", LEASE, at(1)).await.unwrap(), None);
    assert_eq!(queue.extend(name, id(2), "anna", LEASE, at(1)).await.unwrap(), None, "it waits");
    assert_eq!(queue.extend(name, id(3), "anna", LEASE, at(1)).await.unwrap(), None, "it is unknown");
}

pub(crate) async fn released_work_returns_to_its_old_place(queue: Arc<dyn WorkQueue>) {
    let name = "released";
    queue.put(name, &[work(1, 10), work(2, 20), work(3, 30)]).await.unwrap();
    claim(&*queue, name, 2).await;
    queue.put(name, &[work(4, 15), work(5, 20)]).await.unwrap();
    assert!(queue.release(name, id(2)).await.unwrap());
    assert!(!queue.release(name, id(2)).await.unwrap());
    assert_eq!(ids(&claim(&*queue, name, 9).await), [id(4), id(2), id(5), id(3)]);
}

pub(crate) async fn released_work_is_no_longer_held(queue: Arc<dyn WorkQueue>) {
    let name = "let go";
    queue.put(name, &[work(1, 10)]).await.unwrap();
    claim(&*queue, name, 1).await;
    assert!(queue.release(name, id(1)).await.unwrap());
    assert_eq!(queue.extend(name, id(1), "anna", LEASE, at(1)).await.unwrap(), None);
    assert!(queue.expire(name, at(1000)).await.unwrap().is_empty());
    assert_eq!(queue.depth(name).await.unwrap(), Depth { waiting: 1, leased: 0 });
}

pub(crate) async fn work_whose_lease_ran_out_returns_to_its_old_place(queue: Arc<dyn WorkQueue>) {
    let name = "ran out";
    queue.put(name, &[work(1, 10), work(2, 20)]).await.unwrap();
    claim(&*queue, name, 1).await;
    queue.put(name, &[work(3, 5), work(4, 15)]).await.unwrap();
    let claimed = queue.claim(name, "boris", 9, LEASE, at(31)).await.unwrap();
    assert_eq!(ids(&claimed), [id(3), id(1), id(4), id(2)]);
}

pub(crate) async fn expiry_names_what_it_put_back_once(queue: Arc<dyn WorkQueue>) {
    let name = "expiry";
    queue.put(name, &[work(1, 1), work(2, 2), work(3, 3)]).await.unwrap();
    claim(&*queue, name, 2).await;
    queue.claim(name, "boris", 1, LEASE, at(10)).await.unwrap();
    queue.extend(name, id(1), "anna", LEASE, at(1)).await.unwrap();
    assert_eq!(queue.expire(name, at(35)).await.unwrap(), [id(2), id(1)]);
    assert!(queue.expire(name, at(35)).await.unwrap().is_empty());
    assert_eq!(queue.depth(name).await.unwrap(), Depth { waiting: 2, leased: 1 });
}

pub(crate) async fn a_lease_is_over_at_its_last_instant(queue: Arc<dyn WorkQueue>) {
    let name = "instant";
    let just_before = at(30) - Duration::from_millis(1);
    queue.put(name, &[work(1, 1)]).await.unwrap();
    claim(&*queue, name, 1).await;
    assert!(queue.expire(name, just_before).await.unwrap().is_empty());
    assert_eq!(queue.extend(name, id(1), "anna", LEASE, at(30)).await.unwrap(), None);
    assert_eq!(queue.expire(name, at(30)).await.unwrap(), [id(1)]);
}

pub(crate) async fn many_leases_that_run_out_together_all_return(queue: Arc<dyn WorkQueue>) {
    let name = "many";
    let entries: Vec<Entry> = (0..2500).map(|number| work(number, 1)).collect();
    queue.put(name, &entries).await.unwrap();
    assert_eq!(claim(&*queue, name, 2500).await.len(), 2500);
    let returned: BTreeSet<_> = queue.expire(name, at(30)).await.unwrap().into_iter().collect();
    assert_eq!(returned, entries.iter().map(|entry| entry.id).collect());
    assert_eq!(queue.depth(name).await.unwrap(), Depth { waiting: 2500, leased: 0 });
}

pub(crate) async fn held_work_put_again_returns_to_its_new_place(queue: Arc<dyn WorkQueue>) {
    let name = "raised";
    queue.put(name, &[work(1, 10), work(2, 20)]).await.unwrap();
    claim(&*queue, name, 2).await;
    queue.put(name, &[work(2, 5)]).await.unwrap();
    assert!(claim(&*queue, name, 9).await.is_empty());
    queue.expire(name, at(30)).await.unwrap();
    assert_eq!(ids(&claim(&*queue, name, 9).await), [id(2), id(1)]);
}
