//! What a transaction writes last: rows that nothing within it reads. On PostgreSQL they go in one statement, so that a
//! command costs one round trip for all of them instead of one for each.

use std::collections::BTreeMap;

use sea_orm::sea_query::{
    CommonTableExpression, Expr, InsertStatement, Query, SelectStatement, SubQueryStatement, WithClause,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

use crate::error::Error;
use crate::{deadlines, outbox};

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

    /// Tells whether it makes something due before the sweeper looks by itself.
    pub(super) fn sets_near_deadlines(&self) -> bool {
        self.deadlines.values().flatten().any(deadlines::is_near)
    }

    /// Writes everything.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::IdempotencyRunning`] where a twin has kept its reply first.
    pub(super) async fn write(self, connection: &DatabaseTransaction) -> Result<(), Error> {
        let Self { mut writes, events, deadlines, mut reply } = self;
        let mut inserts: Vec<_> = outbox::inserts(events).collect();
        if inserts.len() > 1 {
            // Of several in one statement nobody says which comes first, and events have an order.
            for insert in inserts.drain(..) {
                connection.execute(&insert).await?;
            }
        }
        writes.extend(inserts.into_iter().map(Into::into));
        writes.extend(deadlines::changes(deadlines));
        let together = connection.get_database_backend() == DbBackend::Postgres
            && writes.len() + usize::from(reply.is_some()) > 1;
        if together {
            while !writes.is_empty() {
                let rest = writes.split_off(writes.len().min(TOGETHER));
                let reply = reply.take_if(|_| rest.is_empty());
                write_together(connection, std::mem::replace(&mut writes, rest), reply).await?;
            }
            return Ok(());
        }
        for write in writes {
            execute(connection, write).await?;
        }
        match reply {
            Some(reply) if connection.execute(&reply).await?.rows_affected() == 0 => {
                Err(Error::IdempotencyRunning)
            }
            _ => Ok(()),
        }
    }
}

async fn write_together(
    connection: &DatabaseTransaction,
    writes: Vec<SubQueryStatement>,
    reply: Option<InsertStatement>,
) -> Result<(), Error> {
    let mut with = WithClause::new();
    for (number, write) in writes.into_iter().enumerate() {
        with.cte(CommonTableExpression::new().query(write).table_name(format!("write_{number}")).to_owned());
    }
    let has_reply = reply.is_some();
    if let Some(mut reply) = reply {
        reply.returning(Query::returning().expr(Expr::val(1)));
        with.cte(CommonTableExpression::new().query(reply).table_name("reply").to_owned());
    }
    let row = connection.query_one(&with.query(how_many_kept(has_reply))).await?;
    let kept: i64 = row.map_or(Ok(0), |row| row.try_get("", "kept"))?;
    if kept == 1 { Ok(()) } else { Err(Error::IdempotencyRunning) }
}

/// Selects how many replies were kept; one where there was none to keep.
fn how_many_kept(has_reply: bool) -> SelectStatement {
    let mut select = Query::select();
    if has_reply {
        select.expr_as(Expr::cust("COUNT(*)"), "kept").from("reply");
    } else {
        select.expr_as(Expr::cust("CAST(1 AS BIGINT)"), "kept");
    }
    select
}

async fn execute(connection: &DatabaseTransaction, write: SubQueryStatement) -> Result<(), Error> {
    match write {
        SubQueryStatement::InsertStatement(write) => connection.execute(&write).await?,
        SubQueryStatement::UpdateStatement(write) => connection.execute(&write).await?,
        SubQueryStatement::DeleteStatement(write) => connection.execute(&write).await?,
        other => return Err(anyhow::anyhow!("{other:?} writes nothing").into()),
    };
    Ok(())
}
