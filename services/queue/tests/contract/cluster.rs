//! Redis Cluster: three masters on one machine, and what happens when one of them dies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hotline_queue::testing::{Cluster, MASTERS};
use hotline_queue::{Depth, Entry, Error, Leased, Snapshot, WorkQueue, rebuild};
use redis::cmd;
use uuid::Uuid;

use crate::{LEASE, at, claim, id, ids, queue_at, work};

/// How soon a wake-up arrives.
const PROMPT: Duration = Duration::from_secs(2);

/// How long a cluster may take to notice a dead master and to promote its replica.
const FAILOVER: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_keys_of_a_queue_lie_in_one_slot_and_queues_on_all_masters() {
    let Some(cluster) = Cluster::start(0).await else { return };
    let queue = queue_at(&cluster.url());
    for number in 0..24 {
        let name = format!("team-{number}");
        assert!(fill(&*queue, &name, &[work(1, 1), work(2, 2)], &[]).await);
        // One waits, one is held: then every key of the queue is there.
        assert_eq!(ids(&claim(&*queue, &name, 1).await), [id(1)]);
    }
    let mut slots: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (place, master) in cluster.nodes.iter().enumerate() {
        let keys: Vec<String> = master.ask(cmd("KEYS").arg("*")).await;
        assert!(keys.len() >= 5, "master {place} has queues: {keys:?}");
        for key in keys {
            let queue = key.split('}').next().expect("one part at least").to_owned();
            slots.entry(queue).or_default().insert(cluster.slot_of(&key).await);
        }
    }
    assert_eq!(slots.len(), 24);
    assert!(slots.values().all(|slots| slots.len() == 1), "{slots:?}");
    let different: BTreeSet<_> = slots.values().flatten().collect();
    assert!(different.len() > 20, "queues do not share a slot: {different:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_node_a_process_listens_to_it_hears_of_every_queue() {
    let Some(cluster) = Cluster::start(0).await else { return };
    // Each of these knows one node only, so its wake-ups come from there.
    let listeners: Vec<Arc<dyn WorkQueue>> = {
        let url = |port: u16| format!("redis+cluster://127.0.0.1:{port}");
        cluster.nodes.iter().map(|node| queue_at(&url(node.port()))).collect()
    };
    let mut homes = BTreeSet::new();
    for number in 0..12 {
        let name = format!("team-{number}");
        homes.insert(cluster.master_of(&format!("{{contract:q:{name}}}:ready")).await);
        for listener in &listeners {
            // Whoever listens for the first time is told when the connection stands.
            listener.depth(&name).await.unwrap();
            heard(&**listener, &name, number).await;
        }
    }
    assert_eq!(homes.len(), MASTERS, "the queues lie on every master");
}

/// Puts work into a queue until a waiter is woken by it: the first time the listener may still be connecting.
async fn heard(queue: &dyn WorkQueue, name: &str, number: u128) {
    let start = Instant::now();
    loop {
        let waiter = queue.waiter(name);
        queue.finish(name, &[id(number)]).await.unwrap();
        queue.put(name, &[work(number, 1)]).await.unwrap();
        if let Some(turn) = waiter.woken(Duration::from_millis(300)).await {
            turn.done();
            return;
        }
        assert!(start.elapsed() < PROMPT, "{name} wakes nobody");
    }
}

/// A master dies under load with work waiting and held, its replica takes over, the owner rebuilds: nothing is lost and
/// nothing is handed out twice, by what the database of the owner says (A12).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_takes_over_is_noticed_and_the_queue_built_again() {
    let Some(mut cluster) = Cluster::start(1).await else { return };
    let (queue, name, other) = (queue_at(&cluster.url()), "team-1", other_home(&cluster, "team-1").await);
    let all: Vec<Entry> = (0..200).map(|number| work(number, 7)).collect();
    assert!(fill(&*queue, name, &all, &[]).await);
    assert!(fill(&*queue, &other, &all, &[]).await);
    let before = claim(&*queue, name, 50).await;
    assert_eq!(before.len(), 50);

    let dying = cluster.master_of(&format!("{{contract:q:{name}}}:ready")).await;
    let died = Instant::now();
    cluster.nodes[dying].stop();
    while !matches!(queue.built(name).await, Ok(false)) {
        assert!(died.elapsed() < FAILOVER, "nobody took over");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("noticed after {:?}", died.elapsed());
    assert!(queue.built(&other).await.unwrap(), "the other masters went on");

    let held = before.iter().map(|c| leased(c.id)).collect::<Vec<_>>();
    assert!(fill(&*queue, name, &all[50..], &held).await);
    assert!(queue.built(name).await.unwrap());
    let mut seen: BTreeSet<Uuid> = before.iter().map(|claimed| claimed.id).collect();
    loop {
        let more = claim(&*queue, name, 7).await;
        if more.is_empty() {
            break;
        }
        for claimed in more {
            assert!(seen.insert(claimed.id), "{} was handed out twice", claimed.id);
        }
    }
    assert_eq!(seen, all.iter().map(|entry| entry.id).collect(), "and nothing is missing");
    let end = queue.extend(name, id(3), "anna", LEASE, at(1)).await.unwrap();
    assert_eq!(end, Some(at(31)), "who held it before still does");
    assert_eq!(queue.depth(name).await.unwrap(), Depth { waiting: 0, leased: 200 });
    heard(&*queue, name, 999).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_is_not_there_yet_is_unavailable_and_then_serves() {
    let Some(cluster) = Cluster::start(0).await else { return };
    for node in &cluster.nodes {
        node.hang();
    }
    let queue = queue_at(&cluster.url());
    let start = Instant::now();
    assert!(matches!(queue.claim("early", "anna", 1, LEASE, at(0)).await, Err(Error::Unavailable(_))));
    assert!(start.elapsed() < Duration::from_secs(4), "told after {:?}", start.elapsed());
    for node in &cluster.nodes {
        node.go_on();
    }
    let again = Instant::now();
    while queue.put("early", &[work(1, 1)]).await.is_err() {
        assert!(again.elapsed() < FAILOVER, "it does not recover");
    }
    assert_eq!(ids(&claim(&*queue, "early", 9).await), [id(1)]);
}

/// Returns the name of a queue that lies on another master.
async fn other_home(cluster: &Cluster, name: &str) -> String {
    let home = cluster.master_of(&format!("{{contract:q:{name}}}:ready")).await;
    for number in 2.. {
        let other = format!("team-{number}");
        if cluster.master_of(&format!("{{contract:q:{other}}}:ready")).await != home {
            return other;
        }
    }
    unreachable!("there are queues on every master")
}

fn leased(id: Uuid) -> Leased {
    Leased { entry: Entry { id, order: 7 }, holder: "anna".into(), expires_at: at(30) }
}

async fn fill(queue: &dyn WorkQueue, name: &str, waiting: &[Entry], leased: &[Leased]) -> bool {
    let truth = Snapshot { waiting: waiting.to_vec(), leased: leased.to_vec() };
    rebuild::<Error>(queue, name, async { Ok(truth) }).await.expect("the queue can be rebuilt")
}
