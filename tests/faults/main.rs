//! The suite is broken while people work on it, one fault at a time, and keeps its promises. Names begin with the id
//! of the case they show; `tests/README.md` says where the others are shown. The soak (`--bin soak -- --minutes N`)
//! does the same for longer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hotline_core::clock;
use hotline_tests::drill::{Ground, History, Load, Run, checker};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

mod embedded;
mod leases;
mod processes;
mod servers;
mod sweepers;
mod twins;

/// The ground that all drills share, one after the other: seven processes take their time to start.
static GROUND: Mutex<Option<Ground>> = Mutex::const_new(None);

/// Returns the ground, whole; `None` where its servers are not installed.
async fn ground() -> Option<MappedMutexGuard<'static, Ground>> {
    let mut shared = GROUND.lock().await;
    if shared.is_none() {
        *shared = Ground::make(&folder("logs")).await;
    }
    let mut ground = MutexGuard::try_map(shared, Option::as_mut).ok()?;
    // A drill that failed may have left it broken.
    ground.mend().await;
    let own = ground.processes.redis.url();
    ground.keep_queues_at(&own).await;
    Some(ground)
}

/// Opens a desk, breaks what `fault` breaks while people work, lets them finish, and checks every promise.
async fn drill(name: &str, load: Load, fault: impl AsyncFnOnce(&mut Ground, &History, &mut StdRng)) {
    let Some(mut ground) = ground().await else { return };
    println!("{name}: seed {}", load.seed);
    let mut dice = StdRng::seed_from_u64(load.seed);
    let history = history(name);
    let run = Run::start(&ground.site, load, history.clone());
    run.registered(6).await;
    fault(&mut ground, &history, &mut dice).await;
    ground.mend().await;
    let left = run.finish(&ground.site).await;
    checker::demand(&ground.site, &history, &left).await;
}

/// Returns a new history, also a file below `target/tmp`.
fn history(name: &str) -> Arc<History> {
    let file = folder("histories").join(format!("{name}.jsonl"));
    // Of the run before, if there was one.
    let _ = std::fs::remove_file(&file);
    Arc::new(History::kept_in(&file))
}

/// Returns another seed each time; the test says which, and `soak --seed` takes one.
fn seed() -> u64 {
    clock::wall().timestamp_millis().unsigned_abs()
}

/// Waits until this many more commands have been acknowledged.
async fn acknowledged(history: &History, more: usize) {
    let count = || history.entries().iter().filter(|entry| entry.acknowledged()).count();
    let enough = count() + more;
    hotline_core::testing::eventually("people get on", async || count() >= enough).await;
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults").join(name);
    std::fs::create_dir_all(&folder).expect("a folder below target");
    folder
}

/// A moment of the work that nobody chose.
async fn some_moment(dice: &mut StdRng) {
    use rand::RngExt;
    tokio::time::sleep(Duration::from_millis(dice.random_range(50..700))).await;
}
