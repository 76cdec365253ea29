//! Transactions, hooks and times as the databases keep them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use futures::future::join_all;
use hotline_core::clock::Clock;
use hotline_core::db::{Db, Location, Pool, Tx};
use hotline_core::deadlines::{self, Alarm, Deadline};
use hotline_core::error::{Error, Reason, reason_of};
use hotline_core::testing::{databases, eventually, fresh_database, postgres, sqlite};
use hotline_core::{id, outbox};
use hotline_proto::events::v1::TicketVerified;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryOrder, QueryTrait, Statement};
use tokio::sync::Barrier;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::toys::{Migrator, count_up, counted, effect, effects, moment, new_counter, note};

#[tokio::test]
async fn what_is_not_committed_never_happened() {
    for test in databases::<Migrator>("storage").await {
        let tx = test.db.begin().await.unwrap();
        note(&tx, "dropped").await.unwrap();
        drop(tx);
        let tx = test.db.begin().await.unwrap();
        note(&tx, "kept").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(effects(&test.db).await, ["kept"]);
    }
}

#[tokio::test]
async fn what_is_put_off_to_the_commit_is_one_statement_where_the_database_takes_it() {
    for test in databases::<Migrator>("storage").await {
        let (now, before) = (Clock::system().now(), test.db.statements());
        let tx = test.db.begin().await.unwrap();
        for number in 0..3 {
            outbox::put(&tx, Uuid::from_u128(number), now, &TicketVerified::default()).unwrap();
        }
        deadlines::set(&tx, "sla", "set twice", now + TimeDelta::hours(1), "first");
        deadlines::set(&tx, "sla", "set twice", now + TimeDelta::hours(2), "second");
        deadlines::set(&tx, "sla", "cleared", now, "");
        deadlines::clear(&tx, "sla", "cleared");
        let row = effect::ActiveModel { seq: NotSet, text: Set("written".into()) };
        tx.later(effect::Entity::insert(row).into_query());
        assert!(effects(&test.db).await.is_empty() && outbox::pending(&test.db).await.unwrap() == 0);
        let looked = test.db.statements();
        tx.commit().await.unwrap();
        assert_eq!(looked - before, 2, "the two looks");
        // Events, what is due, what is not, and the effect.
        let together = if test.db.backend() == DbBackend::Postgres { 1 } else { 4 };
        assert_eq!(test.db.statements() - looked, together);
        assert_eq!(effects(&test.db).await, ["written"]);
        assert_eq!(outbox::pending(&test.db).await.unwrap(), 3);
        let clock = Clock::manual(now + TimeDelta::hours(3));
        let rung = Rung::default();
        assert_eq!(deadlines::sweep(&test.db, &clock, &rung).await.unwrap(), 1);
        assert_eq!(*rung.0.lock().unwrap(), ["set twice: second"]);
    }
}

#[tokio::test]
async fn a_command_that_only_writes_is_all_or_nothing_without_a_transaction_around_it() {
    for test in databases::<Migrator>("storage").await {
        let write = |seq| {
            let row = effect::ActiveModel { seq: Set(seq), text: Set(format!("number {seq}")) };
            effect::Entity::insert(row).into_query()
        };
        let before = test.db.statements();
        test.db.begin().await.unwrap().commit().await.unwrap();
        assert_eq!(test.db.statements(), before, "nothing to do costs nothing");
        let tx = test.db.begin().await.unwrap();
        tx.later(write(1));
        tx.commit().await.unwrap();
        assert_eq!(test.db.statements() - before, 1);
        let tx = test.db.begin().await.unwrap();
        tx.later(write(2));
        tx.later(write(1));
        tx.commit().await.expect_err("the row is there");
        assert_eq!(effects(&test.db).await, ["number 1"]);
    }
}

#[tokio::test]
async fn many_events_of_one_commit_keep_their_order() {
    for test in databases::<Migrator>("tickets").await {
        let tx = test.db.begin().await.unwrap();
        for number in 0..1_200 {
            let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(number);
            outbox::put(&tx, Uuid::nil(), at, &TicketVerified::default()).unwrap();
        }
        deadlines::set(&tx, "sla", "beside them", Clock::system().now(), "");
        tx.commit().await.unwrap();
        let ordered =
            Statement::from_string(test.db.backend(), "SELECT occurred_at FROM outbox ORDER BY seq");
        let rows = test.db.reader().query_all_raw(ordered).await.unwrap();
        let seconds: Vec<i64> = rows
            .iter()
            .map(|row| row.try_get::<DateTime<Utc>>("", "occurred_at").unwrap().timestamp())
            .collect();
        assert_eq!(seconds, (0..1_200).collect::<Vec<_>>());
    }
}

/// Notes what was due.
#[derive(Default)]
struct Rung(Mutex<Vec<String>>);

#[async_trait]
impl Alarm for Rung {
    async fn ring(&self, _tx: &Tx, deadline: &Deadline) -> Result<(), Error> {
        self.0.lock().unwrap().push(format!("{}: {}", deadline.subject, deadline.payload));
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_writers_at_once_lose_nothing() {
    for test in databases::<Migrator>("storage").await {
        new_counter(&test.db, "calls").await;
        let writers = (0..8).map(|_| {
            let db = test.db.clone();
            tokio::spawn(async move {
                for _ in 0..25 {
                    let tx = db.begin().await?;
                    count_up(&tx, "calls").await?;
                    tx.commit().await?;
                }
                Ok::<_, Error>(())
            })
        });
        for writer in join_all(writers).await {
            writer.unwrap().unwrap();
        }
        assert_eq!(counted(&test.db, "calls").await, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_two_processes_lose_nothing() {
    for test in databases::<Migrator>("storage").await {
        new_counter(&test.db, "calls").await;
        let other = test.open::<Migrator>("storage").await;
        let count = async |db: &Db| {
            for _ in 0..25 {
                let tx = db.begin().await.unwrap();
                count_up(&tx, "calls").await.unwrap();
                tx.commit().await.unwrap();
            }
        };
        tokio::join!(count(&test.db), count(&other), count(&test.db), count(&other));
        assert_eq!(counted(&test.db, "calls").await, 100);
    }
}

#[tokio::test]
async fn hooks_run_after_the_commit_and_never_without_one() {
    for test in databases::<Migrator>("storage").await {
        let ran = Arc::new(AtomicUsize::new(0));
        let hook = |sees: usize| {
            let (ran, db) = (ran.clone(), test.db.clone());
            async move {
                assert_eq!(effects(&db).await.len(), sees);
                ran.fetch_add(1, Ordering::SeqCst);
            }
        };
        let tx = test.db.begin().await.unwrap();
        tx.after_commit(hook(0));
        drop(tx);
        let tx = test.db.begin().await.unwrap();
        note(&tx, "committed").await.unwrap();
        tx.after_commit(hook(1));
        tx.after_commit(async { panic!("a hook's panic stays its own") });
        tx.after_commit(hook(1));
        tx.commit().await.unwrap();
        assert_eq!(ran.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_part_the_commit_from_its_hooks() {
    for test in databases::<Migrator>("storage").await {
        let ran = Arc::new(AtomicUsize::new(0));
        let tx = test.db.begin().await.unwrap();
        note(&tx, "committed").await.unwrap();
        let seen = ran.clone();
        tx.after_commit(async move {
            seen.fetch_add(1, Ordering::SeqCst);
        });
        assert!(tx.commit().now_or_never().is_none(), "the caller leaves while the commit is under way");
        eventually("the hook runs", async || ran.load(Ordering::SeqCst) == 1).await;
        assert_eq!(effects(&test.db).await, ["committed"]);
    }
}

#[tokio::test]
async fn times_come_back_as_they_went_in_and_sort_as_time_does() {
    let times: Vec<DateTime<Utc>> = [
        "1969-12-31T23:59:59.999999Z",
        "2026-03-02T00:59:59.999999Z",
        "2026-03-02T01:00:00Z",
        "2026-03-02T01:00:00.000001Z",
        "2026-03-02T01:00:00.001Z",
        "2026-03-02T01:00:00.001001Z",
        "2026-03-02T01:00:00.1Z",
        "2026-03-02T01:00:00.100100Z",
        "2026-03-02T01:00:00.999Z",
        "2026-03-02T01:00:01Z",
        "9999-12-31T23:59:59.999999Z",
    ]
    .iter()
    .map(|text| text.parse().unwrap())
    .collect();
    for test in databases::<Migrator>("storage").await {
        let rows = times.iter().rev().map(|at| moment::ActiveModel { id: Set(id::new()), at: Set(*at) });
        moment::Entity::insert_many(rows).exec_without_returning(test.db.reader()).await.unwrap();
        let now = Clock::system().now();
        moment::Entity::insert(moment::ActiveModel { id: Set(id::new()), at: Set(now) })
            .exec_without_returning(test.db.reader())
            .await
            .unwrap();
        let stored =
            moment::Entity::find().order_by_asc(moment::Column::At).all(test.db.reader()).await.unwrap();
        let mut expected = times.clone();
        expected.push(now);
        expected.sort();
        assert_eq!(stored.iter().map(|row| row.at).collect::<Vec<_>>(), expected);
        for (place, at) in times.iter().enumerate() {
            use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter};
            let before = moment::Entity::find().filter(moment::Column::At.lt(*at));
            let before = before.filter(moment::Column::At.ne(now)).count(test.db.reader()).await.unwrap();
            assert_eq!(before, place as u64, "before {at}");
        }
    }
}

#[tokio::test]
async fn processes_that_start_together_make_the_schema_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut locations = vec![Location::Sqlite(folder.path().to_owned())];
    locations.extend(postgres().map(|url| Location::Postgres(fresh_database(url))));
    for location in locations {
        let start = async || {
            let db = Db::open(&location, "storage", Pool::default()).await?;
            db.migrate::<Migrator>().await?;
            db.pending_migrations::<Migrator>().await
        };
        // Over SQLite there is one process; over PostgreSQL replicas start together.
        if matches!(location, Location::Sqlite(_)) {
            assert_eq!(start().await.unwrap(), 0);
        }
        let (one, two, three) = tokio::join!(start(), start(), start());
        assert_eq!((one.unwrap(), two.unwrap(), three.unwrap()), (0, 0, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_is_told_as_unavailable_and_shows_no_sql() {
    for test in databases::<Migrator>("storage").await {
        new_counter(&test.db, "a").await;
        new_counter(&test.db, "b").await;
        let crossing = Arc::new(Barrier::new(2));
        let both = |first: &'static str, second: &'static str| {
            let (db, crossing) = (test.db.clone(), crossing.clone());
            async move {
                let tx = db.begin().await?;
                count_up(&tx, first).await?;
                // Two transactions are open at once over PostgreSQL only.
                if db.backend() == sea_orm::DbBackend::Postgres {
                    crossing.wait().await;
                }
                count_up(&tx, second).await?;
                tx.commit().await
            }
        };
        let (one, two) = tokio::join!(both("a", "b"), both("b", "a"));
        if test.db.backend() == sea_orm::DbBackend::Sqlite {
            assert!(one.is_ok() && two.is_ok());
            continue;
        }
        let lost = one.err().xor(two.err()).expect("the server ends one of the two");
        assert_eq!((lost.code(), lost.reason()), (Code::Unavailable, "DATABASE_UNAVAILABLE"));
        let status = Status::from(lost);
        assert_eq!(reason_of(&status), "DATABASE_UNAVAILABLE");
        assert!(!format!("{status:?}").to_lowercase().contains("update"), "{status:?}");
        assert_eq!(counted(&test.db, "a").await, 1);
    }
}

#[tokio::test]
async fn a_database_without_a_free_connection_is_told_as_unavailable_at_once() {
    let Some(url) = postgres() else { return };
    let pool = Pool { max_connections: 1, acquire_timeout: Duration::from_millis(100) };
    let db = Db::open(&Location::Postgres(fresh_database(url)), "storage", pool).await.unwrap();
    let look = async || {
        let tx = db.begin().await?;
        tx.execute_unprepared("SELECT 1").await?;
        Ok::<_, Error>(tx)
    };
    let held = look().await.unwrap();
    let refused = look().await.err().expect("nothing is free");
    assert_eq!(refused.code(), Code::Unavailable);
    drop(held);
    eventually("the connection is free again", async || look().await.is_ok()).await;
}

#[tokio::test]
async fn a_sqlite_database_is_durable_and_checks_its_references() {
    use sea_orm::{ConnectionTrait, Statement};
    let test = sqlite::<Migrator>("storage").await;
    for (setting, value) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
        let asked = Statement::from_string(test.db.backend(), format!("PRAGMA {setting}"));
        let row = test.db.reader().query_one_raw(asked).await.unwrap().unwrap();
        let found = row.try_get_by_index::<String>(0);
        let found = found.or_else(|_| row.try_get_by_index::<i64>(0).map(|number| number.to_string()));
        assert_eq!(found.unwrap(), value, "{setting}");
    }
}
