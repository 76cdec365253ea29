//! The servers that the suite stands on break.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use hotline::roles::Role;
use hotline_core::testing::eventually;
use hotline_queue::testing::Cluster;
use hotline_tests::client::text;
use hotline_tests::drill::{Fault, Ground, Load};
use hotline_tests::stage::processes;
use http::Method;
use serde_json::Value;
use tokio::time::Instant;

use crate::{acknowledged, drill, folder, seed, some_moment};

#[tokio::test(flavor = "multi_thread")]
async fn a09_a_redis_that_forgets_everything_costs_nothing_but_time() {
    drill("a09", Load::small(seed()), async |ground, history, dice| {
        for _ in 0..4 {
            some_moment(dice).await;
            Fault::FlushRedis.strike(ground).await;
            acknowledged(history, 5).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a10_without_redis_people_go_on_working() {
    drill("a10", Load::small(seed()), async |ground, history, _| {
        ground.processes.redis.stop();
        acknowledged(history, 30).await;
        let client = hotline_tests::Client::new(&ground.site.base);
        let ready = client.send(Method::GET, "/readyz", None, &[], None).await.expect("an answer");
        assert!(ready.status.is_success(), "it is ready without Redis: {}", ready.text);
        ground.processes.redis.start();
        acknowledged(history, 5).await;
        Fault::FreezeRedis(Duration::from_secs(2)).strike(ground).await;
        acknowledged(history, 5).await;
    })
    .await;
}

/// Every role starts while there is no Redis, says so, serves from the databases, and recovers by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a10_a_redis_that_is_not_there_at_the_start_is_told_and_made_up_for() {
    drill("a10-absent", Load::small(seed()), async |ground, history, _| {
        for role in Role::ALL {
            ground.processes.kill(role);
        }
        ground.processes.redis.stop();
        let log = Log::from_now_on("dispatch");
        ground.mend().await;
        acknowledged(history, 20).await;
        let parts = parts(ground).await;
        assert_eq!((parts["queues"], parts["bus"]), (false, false), "it says what is missing");
        log.says("the work queues do not answer: claims are served from the database").await;
        ground.processes.redis.start();
        log.says("the work queues answer again").await;
        log.says("a queue was rebuilt from the database").await;
        acknowledged(history, 5).await;
    })
    .await;
}

/// The queues lie on a cluster, of which the master of one dies while people work on it: its replica takes over.
#[tokio::test(flavor = "multi_thread")]
async fn a12_a_replica_that_takes_over_from_a_queues_master_costs_nothing_but_time() {
    let Some(mut cluster) = Cluster::start(1).await else { return };
    let (namespace, queue) = (processes::NAMESPACE, "second-line-network");
    drill("a12", Load::small(seed()), async |ground, history, dice| {
        ground.keep_queues_at(&cluster.url()).await;
        some_moment(dice).await;
        let log = Log::from_now_on("dispatch");
        let master = cluster.master_of(&format!("{{{namespace}:q:{queue}}}:ready")).await;
        cluster.nodes[master].stop();
        log.says("a queue was rebuilt from the database").await;
        acknowledged(history, 10).await;
        let parts = parts(ground).await;
        assert!(parts["queues"] && parts["bus"], "all is well again");
    })
    .await;
}

/// Returns which parts the gateway says are ready.
async fn parts(ground: &Ground) -> BTreeMap<String, bool> {
    let client = hotline_tests::Client::new(&ground.site.base);
    let ready = client.send(Method::GET, "/readyz", None, &[], None).await.expect("an answer");
    assert!(ready.status.is_success(), "it is ready without Redis: {}", ready.text);
    let part = |part: &Value| (text(part, "name").to_owned(), part["ready"] == true);
    ready.json["parts"].as_array().expect("parts").iter().map(part).collect()
}

/// What a role says from some moment on.
struct Log {
    file: PathBuf,
    from: usize,
}

impl Log {
    fn from_now_on(role: &str) -> Self {
        let file = folder("logs").join(format!("{role}.log"));
        let from = std::fs::read(&file).map_or(0, |said| said.len());
        Self { file, from }
    }

    async fn says(&self, sentence: &str) {
        let said = async || {
            let said = std::fs::read(&self.file).unwrap_or_default();
            String::from_utf8_lossy(&said[self.from..]).contains(sentence)
        };
        eventually(sentence, said).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a13_a_crashed_postgres_keeps_what_was_acknowledged_and_its_pools_heal() {
    drill("a13", Load::small(seed()), async |ground, history, dice| {
        for _ in 0..2 {
            some_moment(dice).await;
            Fault::CrashPostgres.strike(ground).await;
            let back = Instant::now();
            acknowledged(history, 5).await;
            assert!(back.elapsed() < Duration::from_secs(10), "healed after {:?}", back.elapsed());
        }
    })
    .await;
}
