//! For tests: databases that vanish with the test, on SQLite and on a private PostgreSQL server; a private Redis; and
//! waiting for what gives no signal.

use std::time::Duration;

use hotline_proto::events::v1::Envelope;
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::bus::{self, Consumer};
use crate::db::{Db, Location, Pool};
use crate::error::Error;

mod grpc;
mod plans;
mod postgres;
mod private;
mod redis;

pub use grpc::grpc_answer;
pub use plans::plan;
pub use postgres::{fresh_database, postgres};
pub use redis::{Redis, redis};

/// How long [`eventually`] waits: far above what anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Applies an event as the bus does, effect and inbox row in one transaction; tells whether it was the first time.
///
/// # Errors
/// What the consumer says; then nothing has changed.
pub async fn deliver(consumer: &dyn Consumer, event: &Envelope) -> Result<bool, Error> {
    Ok(deliver_all(consumer, &[event]).await? == 1)
}

/// Applies events as the bus does where several come at once; tells how many were new.
///
/// # Errors
/// What the consumer says; then nothing has changed.
pub async fn deliver_all(consumer: &dyn Consumer, events: &[&Envelope]) -> Result<usize, Error> {
    bus::apply(consumer, events).await
}

/// A database that vanishes with this value.
pub struct TestDb {
    /// The database, brought up to date.
    pub db: Db,
    location: Location,
    _folder: Option<TempDir>,
}

impl TestDb {
    /// Opens the place where this database is as another process would: for the same service, or for another one that
    /// has its tables beside it.
    ///
    /// # Panics
    /// When it can't be opened.
    pub async fn open<M: MigratorTrait>(&self, service: &str) -> Db {
        open::<M>(&self.location, service).await
    }
}

/// Returns a database of each kind for a contract test: SQLite always, PostgreSQL where it is installed; says so where
/// it is not.
///
/// # Panics
/// When a database can't be made.
pub async fn databases<M: MigratorTrait>(service: &str) -> Vec<TestDb> {
    let mut all = vec![sqlite::<M>(service).await];
    match postgres() {
        Some(url) => {
            let location = Location::Postgres(fresh_database(url));
            let db = open::<M>(&location, service).await;
            all.push(TestDb { db, location, _folder: None });
        }
        None => println!("skipped on PostgreSQL: initdb and postgres are not installed"),
    }
    all
}

/// Returns a SQLite database in a folder of its own.
///
/// # Panics
/// When it can't be made.
pub async fn sqlite<M: MigratorTrait>(service: &str) -> TestDb {
    let folder = tempfile::tempdir().expect("a temp folder");
    let location = Location::Sqlite(folder.path().to_owned());
    let db = open::<M>(&location, service).await;
    TestDb { db, location, _folder: Some(folder) }
}

async fn open<M: MigratorTrait>(location: &Location, service: &str) -> Db {
    let opened =
        async || Db::open(location, service, Pool::default()).await.expect("a test's database opens");
    opened().await.migrate::<M>().await.expect("a new database can be brought up to date");
    // On a fresh pool, as the suite runs: a SQLite connection that saw the schema before a migration does not know
    // its new unique indexes as upsert targets.
    opened().await
}

/// Waits until `condition` holds: for what gives no signal to wait for.
///
/// # Panics
/// When it does not hold after 20 s; the message names `what`.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let holds = async {
        while !condition().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(timeout(PATIENCE, holds).await.is_ok(), "not after {PATIENCE:?}: {what}");
}
