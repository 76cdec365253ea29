//! The whole suite as one process on files.

use hotline_tests::drill::ground::Embedded;
use hotline_tests::drill::{Load, Run, checker};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::{acknowledged, history, seed, some_moment};

#[tokio::test(flavor = "multi_thread")]
async fn a05_a06_one_process_on_files_killed_at_any_moment_loses_and_doubles_nothing() {
    let mut embedded = Embedded::make().await;
    let load = Load::small(seed());
    println!("embedded: seed {}", load.seed);
    let mut dice = StdRng::seed_from_u64(load.seed);
    let history = history("embedded");
    let run = Run::start(&embedded.site, load, history.clone());
    for _ in 0..3 {
        acknowledged(&history, 10).await;
        some_moment(&mut dice).await;
        embedded.kill().await;
    }
    let left = run.finish(&embedded.site).await;
    checker::demand(&embedded.site, &history, &left).await;
}
