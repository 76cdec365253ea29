//! The time road: what is due happens once, in its order, with its own time, whatever fails or restarts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::clock::Clock;
use hotline_core::db::{Db, Tx};
use hotline_core::deadlines::{Alarm, Deadline, clear, run_sweeper, set, sweep};
use hotline_core::error::Error;
use hotline_core::testing::databases;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::toys::{Migrator, effects, note};

/// Notes each deadline with its time; `payload` says what else it does.
struct Bell {
    rung: mpsc::UnboundedSender<String>,
    tries: AtomicUsize,
}

impl Bell {
    fn new() -> (Arc<Self>, mpsc::UnboundedReceiver<String>) {
        let (rung, heard) = mpsc::unbounded_channel();
        (Arc::new(Self { rung, tries: AtomicUsize::new(0) }), heard)
    }
}

#[async_trait]
impl Alarm for Bell {
    async fn ring(&self, tx: &Tx, deadline: &Deadline) -> Result<(), Error> {
        let text = format!("{} {}", deadline.subject, deadline.due_at.format("%d %H:%M"));
        note(tx, &text).await?;
        match deadline.payload.as_str() {
            "chain" => set(tx, "sla", "link", deadline.due_at + TimeDelta::minutes(1), ""),
            "fail once" if self.tries.fetch_add(1, Ordering::SeqCst) == 0 => {
                return Err(anyhow::anyhow!("not this time").into());
            }
            "fail" => return Err(anyhow::anyhow!("never").into()),
            "panic once" if self.tries.fetch_add(1, Ordering::SeqCst) == 0 => panic!("not this time"),
            _ => {}
        }
        let rung = self.rung.clone();
        // A test that has seen enough may be over.
        tx.after_commit(async move { drop(rung.send(text)) });
        Ok(())
    }
}

fn at(minute: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-03-02T08:00:00Z".parse().unwrap();
    start + TimeDelta::minutes(minute)
}

async fn due(db: &Db, rows: &[(&str, DateTime<Utc>, &str)]) {
    let tx = db.begin().await.unwrap();
    for (subject, due_at, payload) in rows {
        set(&tx, "sla", subject, *due_at, payload);
    }
    tx.commit().await.unwrap();
}

async fn hear(heard: &mut mpsc::UnboundedReceiver<String>) -> String {
    timeout(Duration::from_secs(20), heard.recv()).await.expect("it rings").expect("the bell is there")
}

#[tokio::test]
async fn what_is_set_anew_rings_at_its_new_time_and_what_is_cleared_never() {
    for test in databases::<Migrator>("time").await {
        let (clock, (bell, _heard)) = (Clock::manual(at(0)), Bell::new());
        due(&test.db, &[("moved", at(10), ""), ("cleared", at(10), ""), ("kept", at(10), "")]).await;
        due(&test.db, &[("moved", at(20), "")]).await;
        let tx = test.db.begin().await.unwrap();
        clear(&tx, "sla", "cleared");
        clear(&tx, "another kind", "kept");
        tx.commit().await.unwrap();
        assert_eq!(sweep(&test.db, &clock, bell.as_ref()).await.unwrap(), 0);
        clock.set(at(15));
        assert_eq!(sweep(&test.db, &clock, bell.as_ref()).await.unwrap(), 1);
        clock.set(at(20));
        assert_eq!(sweep(&test.db, &clock, bell.as_ref()).await.unwrap(), 1);
        assert_eq!(effects(&test.db).await, ["kept 02 08:10", "moved 02 08:20"]);
    }
}

#[tokio::test]
async fn a_deadline_belongs_to_the_change_that_sets_it() {
    for test in databases::<Migrator>("time").await {
        let (clock, (bell, _heard)) = (Clock::manual(at(60)), Bell::new());
        let tx = test.db.begin().await.unwrap();
        set(&tx, "sla", "rolled back", at(1), "");
        drop(tx);
        assert_eq!(sweep(&test.db, &clock, bell.as_ref()).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn after_a_jump_of_a_day_all_ring_in_the_order_and_with_the_times_they_were_due() {
    for test in databases::<Migrator>("time").await {
        let (clock, (bell, _heard)) = (Clock::manual(at(0)), Bell::new());
        due(&test.db, &[("third", at(30), ""), ("first", at(10), "chain"), ("last", at(1439), "")]).await;
        due(&test.db, &[("second", at(20), ""), ("tomorrow", at(1441), "")]).await;
        clock.advance(TimeDelta::days(1));
        assert_eq!(sweep(&test.db, &clock, bell.as_ref()).await.unwrap(), 5);
        let expected =
            ["first 02 08:10", "link 02 08:11", "second 02 08:20", "third 02 08:30", "last 03 07:59"];
        assert_eq!(effects(&test.db).await, expected, "also what one of them sets in between");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_several_sweepers_one_rings_each_deadline() {
    for test in databases::<Migrator>("time").await {
        let subjects: Vec<String> = (0..40).map(|number| format!("{number:02}")).collect();
        let rows: Vec<_> = subjects.iter().map(|subject| (subject.as_str(), at(1), "")).collect();
        due(&test.db, &rows).await;
        let (clock, (bell, _heard)) = (Clock::manual(at(2)), Bell::new());
        let sweepers = [test.db.clone(), test.open::<Migrator>("time").await, test.db.clone()].map(|db| {
            let (clock, bell) = (clock.clone(), bell.clone());
            tokio::spawn(async move { sweep(&db, &clock, bell.as_ref()).await })
        });
        for swept in futures::future::join_all(sweepers).await {
            swept.unwrap().unwrap();
        }
        let mut rung = effects(&test.db).await;
        rung.sort();
        assert_eq!(rung, subjects.iter().map(|subject| format!("{subject} 02 08:01")).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_failed_deadline_is_rolled_back_tried_again_and_holds_up_no_other() {
    for test in databases::<Migrator>("time").await {
        for trouble in ["fail once", "panic once"] {
            let (clock, (bell, _heard)) = (Clock::manual(at(5)), Bell::new());
            let before = effects(&test.db).await.len();
            due(&test.db, &[("ill", at(1), trouble), ("hopeless", at(1), "fail"), ("well", at(2), "")]).await;
            assert_eq!(sweep(&test.db, &clock, bell.as_ref()).await.unwrap(), 1);
            assert_eq!(effects(&test.db).await[before..], ["well 02 08:02"]);
            assert_eq!(sweep(&test.db, &clock, bell.as_ref()).await.unwrap(), 1);
            assert_eq!(effects(&test.db).await[before..], ["well 02 08:02", "ill 02 08:01"]);
        }
    }
}

#[tokio::test]
async fn on_the_systems_clock_a_failed_deadline_comes_again_after_a_while() {
    for test in databases::<Migrator>("time").await {
        let (clock, (bell, mut heard)) = (Clock::system(), Bell::new());
        due(&test.db, &[("ill", clock.now(), "fail once")]).await;
        let stop = CancellationToken::new();
        let sweeper = tokio::spawn(run_sweeper(test.db.clone(), clock, bell, stop.clone()));
        assert!(hear(&mut heard).await.starts_with("ill"));
        assert_eq!(effects(&test.db).await.len(), 1);
        stop.cancel();
        sweeper.await.unwrap();
    }
}

#[tokio::test]
async fn a_deadline_outlives_the_process_that_set_it() {
    for test in databases::<Migrator>("time").await {
        let earlier = test.open::<Migrator>("time").await;
        due(&earlier, &[("promise", at(3), "")]).await;
        drop(earlier);
        let (bell, _heard) = Bell::new();
        assert_eq!(sweep(&test.db, &Clock::manual(at(4)), bell.as_ref()).await.unwrap(), 1);
        assert_eq!(effects(&test.db).await, ["promise 02 08:03"]);
    }
}

#[tokio::test]
async fn a_sweeper_wakes_when_the_clock_is_moved_and_when_something_is_set() {
    for test in databases::<Migrator>("time").await {
        let (clock, (bell, mut heard)) = (Clock::manual(at(0)), Bell::new());
        let stop = CancellationToken::new();
        let sweeper = tokio::spawn(run_sweeper(test.db.clone(), clock.clone(), bell, stop.clone()));
        due(&test.db, &[("later", at(10), ""), ("now", at(0), "")]).await;
        assert_eq!(hear(&mut heard).await, "now 02 08:00");
        clock.set(at(10));
        assert_eq!(hear(&mut heard).await, "later 02 08:10");
        stop.cancel();
        sweeper.await.unwrap();
    }
}
