//! A transaction that begins with its first statement: a command that only writes at its end is one statement, which
//! is atomic by itself and costs one round trip instead of three.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::sync::OnceCell;

/// The statements of one transaction, in the order they are made. What is not committed changes nothing.
pub struct Statements {
    connection: DatabaseConnection,
    begun: OnceCell<DatabaseTransaction>,
}

impl Statements {
    pub(super) fn new(connection: DatabaseConnection) -> Self {
        Self { connection, begun: OnceCell::new() }
    }

    /// Makes one last statement and commits. Where it is the only one, it needs no transaction around it.
    ///
    /// # Errors
    /// [`DbErr`]; then nothing has changed.
    pub(super) async fn end_with(self, last: Option<Statement>) -> Result<(), DbErr> {
        let Self { connection, begun } = self;
        match (begun.into_inner(), last) {
            (None, None) => Ok(()),
            (None, Some(last)) => connection.execute_raw(last).await.map(drop),
            (Some(begun), last) => {
                if let Some(last) = last {
                    begun.execute_raw(last).await?;
                }
                begun.commit().await
            }
        }
    }

    async fn begun(&self) -> Result<&DatabaseTransaction, DbErr> {
        self.begun.get_or_try_init(|| self.begin()).await
    }

    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let sqlite = self.connection.get_database_backend() == DbBackend::Sqlite;
        // A deferred transaction that reads before it writes fails under concurrent writers instead of waiting.
        let mode = sqlite.then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode: mode, ..Default::default() };
        self.connection.begin_with_options(options).await
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Statements {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.begun().await?.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.begun().await?.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.begun().await?.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.begun().await?.query_all_raw(statement).await
    }
}
