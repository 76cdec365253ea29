//! What a transaction writes last: rows that nothing within it reads. On PostgreSQL they go in one statement, so that a
//! command costs one round trip for all of them instead of one for each, and no more at all where it does nothing else.

use std::collections::BTreeMap;

use sea_orm::sea_query::{
    CommonTableExpression, Expr, InsertStatement, Query, SubQueryStatement, WithClause,
};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, SqlErr, Statement};

use super::lazy::Statements;
use super::tap::Tap;
use crate::error::Error;
use crate::{deadlines, idempotency, outbox};

/// Writes in one statement: their values stay below PostgreSQL's bound of 65 535.
const TOGETHER: usize = 8;

/// See the module.
#[derive(Default)]
pub(crate) struct Later {
    writes: Vec<SubQueryStatement>,
    events: Vec<outbox::Row>,
    deadlines: BTreeMap<deadlines::Name, Option<deadlines::Row>>,
    reply: Option<InsertStatement>,
}

impl Later {
    /// Adds a statement. Those of one transaction must not touch the same row: PostgreSQL makes no order among them.
    pub(super) fn add(&mut self, write: SubQueryStatement) {
        self.writes.push(write);
    }

    /// Adds events, after those that were added before.
    pub(crate) fn publish(&mut self, events: impl IntoIterator<Item = outbox::Row>) {
        self.events.extend(events);
    }

    /// Sets a deadline, or clears it with `None`; the last word counts.
    pub(crate) fn due(&mut self, name: deadlines::Name, row: Option<deadlines::Row>) {
        self.deadlines.insert(name, row);
    }

    /// Adds the reply to keep; it must be new.
    pub(crate) fn keep(&mut self, reply: InsertStatement) {
        self.reply = Some(reply);
    }

    /// Tells whether it has events.
    pub(super) fn publishes(&self) -> bool {
        !self.events.is_empty()
    }

    /// Adds what a tap makes of the events; tells whether that is anything.
    pub(super) fn tapped(&mut self, backend: DbBackend, tap: &dyn Tap) -> Result<bool, Error> {
        let events: Vec<_> = self.events.iter().map(outbox::told).collect();
        let writes = tap.writes(backend, &events)?;
        let any = !writes.is_empty();
        self.writes.extend(writes.into_iter().map(Into::into));
        Ok(any)
    }

    /// Tells whether it makes something due before the sweeper looks by itself.
    pub(super) fn sets_near_deadlines(&self) -> bool {
        self.deadlines.values().flatten().any(deadlines::is_near)
    }

    /// Writes everything and commits.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::IdempotencyRunning`] where a twin has kept its reply first. Then nothing has changed.
    pub(super) async fn write(self, statements: Statements) -> Result<(), Error> {
        let Self { mut writes, events, deadlines, reply } = self;
        let mut inserts: Vec<_> = outbox::inserts(statements.get_database_backend(), events).collect();
        if inserts.len() > 1 {
            // Of several in one statement nobody says which comes first, and events have an order.
            for insert in inserts.drain(..) {
                statements.execute(&insert).await?;
            }
        }
        writes.extend(inserts.into_iter().map(Into::into));
        writes.extend(deadlines::changes(deadlines));
        writes.extend(reply.map(Into::into));
        let together = if statements.get_database_backend() == DbBackend::Postgres { TOGETHER } else { 1 };
        let mut last = None;
        while !writes.is_empty() {
            let rest = writes.split_off(writes.len().min(together));
            let next = statement(statements.get_database_backend(), std::mem::replace(&mut writes, rest))?;
            if let Some(earlier) = last.replace(next) {
                statements.execute_raw(earlier).await.map_err(told)?;
            }
        }
        statements.end_with(last).await.map_err(told)
    }
}

/// Returns one statement that makes all of these writes.
fn statement(backend: DbBackend, mut writes: Vec<SubQueryStatement>) -> Result<Statement, Error> {
    if writes.len() == 1
        && let Some(write) = writes.pop()
    {
        return match write {
            SubQueryStatement::InsertStatement(write) => Ok(backend.build(&write)),
            SubQueryStatement::UpdateStatement(write) => Ok(backend.build(&write)),
            SubQueryStatement::DeleteStatement(write) => Ok(backend.build(&write)),
            other => Err(anyhow::anyhow!("{other:?} writes nothing").into()),
        };
    }
    let mut with = WithClause::new();
    for (number, write) in writes.into_iter().enumerate() {
        let mut cte = CommonTableExpression::new();
        cte.query(write).table_name(format!("write_{number}"));
        with.cte(cte);
    }
    let done = Query::select().expr(Expr::val(1)).to_owned();
    Ok(backend.build(&with.query(done)))
}

/// A reply that is there already was kept by a twin of the command.
fn told(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(which)) if which.contains(idempotency::TABLE) => {
            Error::IdempotencyRunning
        }
        _ => error.into(),
    }
}
