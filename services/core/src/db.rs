//! The database of one service: a schema in PostgreSQL or a file in SQLite, behind one type.

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::FutureExt;
use futures::future::BoxFuture;
use prost::Message;
use sea_orm::sea_query::{OnConflict, SubQueryStatement};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Insert, Statement,
    TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use tokio::sync::{Mutex as AsyncMutex, Notify, OwnedMutexGuard};
use tracing::Instrument;

use self::later::Later;
use self::touched::{Followers, Touched};
use crate::error::{Error, caught, chain};
use crate::{clock, idempotency};

pub mod bulk;
mod connect;
mod later;
mod lazy;
mod migrations;
mod tap;
mod touched;
mod whole;

use whole::Whole;

pub use lazy::Statements;
pub use migrations::all as migrations;
pub use tap::Tap;
pub use touched::Follower;

/// Where the databases of the suite are.
#[derive(Clone, Debug)]
pub enum Location {
    /// One file a service in this folder.
    Sqlite(PathBuf),
    /// One schema a service in this database.
    Postgres(String),
}

/// How a pool of connections is kept.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    /// Connections at most.
    pub max_connections: u32,
    /// How long a request waits for a connection before it is told that the database is busy.
    pub acquire_timeout: Duration,
}

impl Default for Pool {
    fn default() -> Self {
        Self { max_connections: 8, acquire_timeout: Duration::from_secs(5) }
    }
}

/// The database of one service. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    connection: DatabaseConnection,
    /// One writer at a time on SQLite, in the order they came: its own busy handler polls and starves.
    writer: Option<Arc<AsyncMutex<()>>>,
    /// Told after a commit with events to send.
    pub(crate) outbox: Arc<Notify>,
    /// Told after a commit that set a deadline which the sweeper would look for too late by itself.
    pub(crate) deadlines: Arc<Notify>,
    statements: Arc<AtomicU64>,
    followers: Arc<Followers>,
    tap: Arc<OnceLock<Arc<dyn Tap>>>,
}

impl fmt::Debug for Db {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Db").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl Db {
    /// Connects to the service's own schema, which is made when missing.
    ///
    /// # Errors
    /// [`Error::Database`] when the server can't be reached or the file can't be written.
    pub async fn open(location: &Location, service: &str, pool: Pool) -> Result<Self, Error> {
        let connection = match location {
            Location::Sqlite(folder) => connect::sqlite(file_in(folder, service), pool).await?,
            Location::Postgres(url) => connect::postgres(url, service, pool).await?,
        };
        Ok(Self::over(connection))
    }

    /// Connects to the service's own schema where there is one, and makes none.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn open_existing(
        location: &Location,
        service: &str,
        pool: Pool,
    ) -> Result<Option<Self>, Error> {
        let connection = match location {
            Location::Sqlite(folder) => match file_in(folder, service) {
                file if file.exists() => Some(connect::sqlite(file, pool).await?),
                _ => None,
            },
            Location::Postgres(url) => connect::existing_postgres(url, service, pool).await?,
        };
        Ok(connection.map(Self::over))
    }

    fn over(mut connection: DatabaseConnection) -> Self {
        let statements = Arc::new(AtomicU64::new(0));
        let counted = statements.clone();
        connection.set_metric_callback(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let writer = (connection.get_database_backend() == DbBackend::Sqlite).then(Arc::default);
        Self {
            connection,
            writer,
            outbox: Arc::default(),
            deadlines: Arc::default(),
            statements,
            followers: Arc::default(),
            tap: Arc::default(),
        }
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// [`Error::Database`] when a migration fails; those before it stay applied.
    pub async fn migrate<M: MigratorTrait>(&self) -> Result<(), Error> {
        // Two processes that start together would both run the first migration.
        if self.backend() == DbBackend::Postgres {
            let lock = self.connection.begin().await?;
            lock.execute_unprepared("SELECT pg_advisory_xact_lock(71177)").await?;
            Whole::<M>::up(&self.connection, None).await?;
            lock.commit().await?;
        } else {
            Whole::<M>::up(&self.connection, None).await?;
        }
        Ok(())
    }

    /// Tells how many migrations have not been applied.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn pending_migrations<M: MigratorTrait>(&self) -> Result<usize, Error> {
        Ok(M::get_pending_migrations_read_only(&self.connection).await?.len())
    }

    /// Returns the connection for reading outside a transaction.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Returns which database it is.
    pub fn backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    /// Tells how many statements were sent since it was opened, without those that begin and end transactions: what
    /// each command costs in round trips.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Has `tap` write what it makes of every event, with the event; the first tap stays.
    pub fn tap(&self, tap: Arc<dyn Tap>) {
        // A second service on one database would be a fault of whoever starts it, not of the events.
        let _ = self.tap.set(tap);
    }

    /// Checks that the database answers.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn ping(&self) -> Result<(), Error> {
        Ok(self.connection.ping().await?)
    }

    /// Begins a transaction that may write. Dropped without [`Tx::commit`], it changes nothing. Hold it over no call
    /// to another service.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn begin(&self) -> Result<Tx, Error> {
        let guard = self.queue_up().await;
        let inner = Statements::new(self.connection.clone());
        let (later, hooks, touched) = (Mutex::default(), Mutex::default(), Mutex::default());
        Ok(Tx { inner, db: self.clone(), later, hooks, touched, _guard: guard })
    }

    /// Returns the connection for one statement that writes outside a transaction, in its turn among the writers.
    pub(crate) async fn writer(&self) -> Writer<'_> {
        Writer { connection: &self.connection, _guard: self.queue_up().await }
    }

    async fn queue_up(&self) -> Option<OwnedMutexGuard<()>> {
        match &self.writer {
            Some(writer) => Some(writer.clone().lock_owned().await),
            None => None,
        }
    }

    /// Returns the time by which replicas agree whose turn it is: the server's, however much their own clocks differ.
    pub(crate) async fn now(&self) -> Result<DateTime<Utc>, Error> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(clock::wall());
        }
        let asked = Statement::from_string(self.backend(), "SELECT clock_timestamp() AS now");
        let row = self.connection.query_one_raw(asked).await?;
        Ok(row.ok_or_else(|| DbErr::RecordNotFound("the server's time".into()))?.try_get("", "now")?)
    }
}

fn file_in(folder: &Path, service: &str) -> PathBuf {
    folder.join(format!("{service}.db"))
}

/// A connection for one statement that writes.
pub(crate) struct Writer<'a> {
    connection: &'a DatabaseConnection,
    _guard: Option<OwnedMutexGuard<()>>,
}

impl Deref for Writer<'_> {
    type Target = DatabaseConnection;

    fn deref(&self) -> &Self::Target {
        self.connection
    }
}

/// A transaction that may write: state, outbox rows, deadlines and the idempotency key of one command.
pub struct Tx {
    inner: Statements,
    db: Db,
    later: Mutex<Later>,
    hooks: Mutex<Vec<BoxFuture<'static, ()>>>,
    touched: Mutex<Touched>,
    _guard: Option<OwnedMutexGuard<()>>,
}

impl Tx {
    /// Puts off a write to the commit, where all that was put off goes together. For rows that nothing in this
    /// transaction reads or writes again.
    pub fn later(&self, write: impl Into<SubQueryStatement>) {
        self.put_off(|later| later.add(write.into()));
    }

    /// Lets a part of core put something off.
    pub(crate) fn put_off(&self, what: impl FnOnce(&mut Later)) {
        what(&mut self.later.lock().expect("nothing panics while it is locked"));
    }

    /// Runs `hook` once the transaction has been committed, before [`Tx::commit`] returns, also when the caller has gone
    /// by then; never when it was not. The hook runs outside the call: without its caller and language.
    pub fn after_commit(&self, hook: impl Future<Output = ()> + Send + 'static) {
        self.hooks.lock().expect("no hook panics while it is added").push(Box::pin(hook));
    }

    /// Writes what was put off, makes all changes durable, then wakes the relay and the sweeper where there is something
    /// for them.
    ///
    /// # Errors
    /// [`Error::Database`]; then nothing has changed.
    pub async fn commit(self) -> Result<(), Error> {
        // In a task of its own: a caller that goes away must not part the commit from what follows it.
        let finished = tokio::spawn(self.finish().in_current_span()).await;
        finished.map_err(|error| Error::Internal(error.into()))?
    }

    async fn finish(self) -> Result<(), Error> {
        let Self { inner, db, later, hooks, touched, _guard } = self;
        let mut later = later.into_inner().expect("nothing panics while it is locked");
        let tapped = match db.tap.get().filter(|tap| later.publishes() && tap.listens()) {
            Some(tap) => later.tapped(db.backend(), tap.as_ref())?.then(|| tap.clone()),
            None => None,
        };
        let (publishes, sets_deadlines) = (later.publishes(), later.sets_near_deadlines());
        later.write(inner).await?;
        drop(_guard);
        db.followers.tell(&touched.into_inner().expect("nothing panics while it is locked"));
        if publishes {
            db.outbox.notify_one();
        }
        if sets_deadlines {
            db.deadlines.notify_one();
        }
        if let Some(tap) = tapped {
            tap.written();
        }
        for hook in hooks.into_inner().expect("no hook panics while it is added") {
            let done = caught(hook.map(Ok)).await;
            if let Err(error) = done {
                tracing::error!(error = %chain(&error), "what follows a commit failed");
            }
        }
        Ok(())
    }

    /// Stores the reply under the idempotency key of the command that runs, if it has one, and commits both at once.
    ///
    /// # Errors
    /// [`Error::IdempotencyRunning`] when a twin of this command committed first; then nothing has changed.
    pub async fn commit_reply<M: Message>(self, reply: &M) -> Result<(), Error> {
        idempotency::store(&self, reply);
        self.commit().await
    }
}

impl Deref for Tx {
    type Target = Statements;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

/// Inserts a row unless `once`, which does nothing on a conflict, meets one; tells whether the row is new. (What
/// sea-orm's `TryInsert` says of an insert without `RETURNING` is `Inserted` in either case.)
///
/// # Errors
/// [`Error::Database`].
pub async fn insert_new<A: ActiveModelTrait>(
    connection: &impl ConnectionTrait,
    row: A,
    once: &mut OnConflict,
) -> Result<bool, Error> {
    let insert = Insert::one(row).on_conflict(once.to_owned());
    Ok(insert.exec_without_returning(connection).await? == 1)
}
