//! The servers that the suite stands on break.

use std::time::Duration;

use hotline_tests::drill::{Fault, Load};
use http::Method;
use tokio::time::Instant;

use crate::{acknowledged, drill, seed, some_moment};

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
