//! Pools of connections, as each kind of database wants them.

use std::path::PathBuf;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

use super::Pool;
use crate::error::Error;

/// What the server does about a client that has vanished without a word: it finds out within half a minute, and
/// drops the locks that the client's transaction held.
const SESSION: [(&str, &str); 5] = [
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "25000"),
    ("idle_in_transaction_session_timeout", "60000"),
];

/// Kibibytes of pages that a connection to SQLite keeps at most, as the negative that SQLite wants: what a transaction
/// changes beyond that is written twice.
const SQLITE_CACHE: &str = "-8192";

/// How long a connection may lie idle before it is tested.
const TESTED_AFTER: Duration = Duration::from_secs(1);

pub(super) async fn sqlite(file: PathBuf, pool: Pool) -> Result<DatabaseConnection, Error> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", file.display()));
    options
        .max_connections(pool.max_connections)
        .acquire_timeout(pool.acquire_timeout)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|options| {
            options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // What was acknowledged is on disk, also after a power cut; costs one fsync a command.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(10))
                .pragma("cache_size", SQLITE_CACHE)
                .foreign_keys(true)
        });
    Ok(Database::connect(options).await?)
}

pub(super) async fn postgres(url: &str, schema: &str, pool: Pool) -> Result<DatabaseConnection, Error> {
    let connection = postgres_pool(url, schema, pool).await?;
    // Looked for first: a service may run with a role that may not make schemas.
    if !has_schema(&connection, schema).await? {
        let made = connection.execute_unprepared(&format!("CREATE SCHEMA \"{schema}\"")).await;
        // Of two processes that make it at once the second finds it made.
        if made.is_err() && !has_schema(&connection, schema).await? {
            made?;
        }
    }
    Ok(connection)
}

/// Connects where the schema is there.
pub(super) async fn existing_postgres(
    url: &str,
    schema: &str,
    pool: Pool,
) -> Result<Option<DatabaseConnection>, Error> {
    let connection = postgres_pool(url, schema, pool).await?;
    let there = has_schema(&connection, schema).await?;
    Ok(there.then_some(connection))
}

async fn postgres_pool(url: &str, schema: &str, pool: Pool) -> Result<DatabaseConnection, Error> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(pool.max_connections)
        .acquire_timeout(pool.acquire_timeout)
        .sqlx_logging(false)
        // Before each use it would cost a round trip; a server that was away has left every connection idle.
        .test_before_acquire_if_idle_for(TESTED_AFTER)
        .set_schema_search_path(schema)
        .map_sqlx_postgres_opts(|options| options.options(SESSION));
    Ok(Database::connect(options).await?)
}

async fn has_schema(connection: &DatabaseConnection, schema: &str) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
    let asked = Statement::from_sql_and_values(DbBackend::Postgres, sql, [schema.into()]);
    Ok(connection.query_one_raw(asked).await?.is_some())
}
