//! The time road: anything due later is a row, written with its cause; a sweeper makes each due row happen once,
//! across restarts and replicas.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::db::{Db, Tx};
use crate::error::{Error, chain};
use crate::id;

/// Rows handled before the sweeper looks again.
const BATCH: u64 = 100;
/// How long the sweeper waits at most before it looks by itself, for rows of other processes.
const IDLE: Duration = Duration::from_secs(1);

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "deadlines")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub subject: String,
        pub due_at: DateTimeUtc,
        pub visible_at: DateTimeUtc,
        pub attempts: i32,
        pub payload: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Something that was due.
#[derive(Clone, Debug)]
pub struct Deadline {
    /// What kind of thing, within the service.
    pub kind: String,
    /// Which record it is about.
    pub subject: String,
    /// When it was due: the time its effect carries, however late the sweep.
    pub due_at: DateTime<Utc>,
    /// What else was noted.
    pub payload: String,
}

/// What a service does when something is due. Runs in a transaction that also removes the row.
#[async_trait]
pub trait Alarm: Send + Sync {
    /// Makes the effect happen.
    ///
    /// # Errors
    /// Any: then nothing has changed, and the row is tried again later.
    async fn ring(&self, tx: &Tx, deadline: &Deadline) -> Result<(), Error>;
}

/// Sets when `kind` is due for `subject`; what was set before is replaced.
///
/// # Errors
/// [`Error::Database`].
pub async fn set(
    tx: &Tx,
    kind: &str,
    subject: &str,
    due_at: DateTime<Utc>,
    payload: &str,
) -> Result<(), Error> {
    let row = row::ActiveModel {
        id: Set(id::new()),
        kind: Set(kind.to_owned()),
        subject: Set(subject.to_owned()),
        due_at: Set(due_at),
        visible_at: Set(due_at),
        attempts: Set(0),
        payload: Set(payload.to_owned()),
    };
    let replace = OnConflict::columns([row::Column::Kind, row::Column::Subject])
        .update_columns([
            row::Column::Id,
            row::Column::DueAt,
            row::Column::VisibleAt,
            row::Column::Attempts,
            row::Column::Payload,
        ])
        .to_owned();
    row::Entity::insert(row).on_conflict(replace).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Removes what `kind` had due for `subject`, if anything.
///
/// # Errors
/// [`Error::Database`].
pub async fn clear(tx: &Tx, kind: &str, subject: &str) -> Result<(), Error> {
    row::Entity::delete_many()
        .filter(row::Column::Kind.eq(kind))
        .filter(row::Column::Subject.eq(subject))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Makes due rows happen until `stop`.
pub async fn run_sweeper(db: Db, clock: Clock, alarm: Arc<dyn Alarm>, stop: CancellationToken) {
    loop {
        let wait = match sweep(&db, &clock, alarm.as_ref()).await {
            Ok(0) => until_next(&db, &clock).await.unwrap_or(IDLE),
            Ok(_) => Duration::ZERO,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "sweeper will try again");
                IDLE
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(wait) => {}
            () = db.deadlines.notified(), if wait > Duration::ZERO => {}
            () = clock.moved(), if wait > Duration::ZERO => {}
        }
    }
}

/// Makes what is due now happen, in the order it was due; returns how many rows.
///
/// # Errors
/// [`Error::Database`] when the rows can't be read; one row's failure only delays that row.
pub async fn sweep(db: &Db, clock: &Clock, alarm: &dyn Alarm) -> Result<usize, Error> {
    let due = row::Entity::find()
        .filter(row::Column::VisibleAt.lte(clock.now()))
        .order_by_asc(row::Column::VisibleAt)
        .limit(BATCH)
        .all(db.reader())
        .await?;
    let mut handled = 0;
    for row in due {
        match ring(db, alarm, &row).await {
            Ok(()) => handled += 1,
            Err(error) => {
                tracing::warn!(kind = row.kind, subject = row.subject, error = %chain(&error), "a deadline failed");
                postpone(db, clock, &row).await?;
            }
        }
    }
    Ok(handled)
}

async fn ring(db: &Db, alarm: &dyn Alarm, row: &row::Model) -> Result<(), Error> {
    let tx = db.begin().await?;
    // Compare-and-delete: of several sweepers one gets the row, and a row that was set anew is left alone.
    let mine =
        row::Entity::delete_many().filter(row::Column::Id.eq(row.id)).exec(&*tx).await?.rows_affected == 1;
    if mine {
        let row = row.clone();
        let deadline =
            Deadline { kind: row.kind, subject: row.subject, due_at: row.due_at, payload: row.payload };
        alarm.ring(&tx, &deadline).await?;
    }
    tx.commit().await
}

/// Hides a failed row for 1 s, 2 s, 4 s … at most 5 min. A clock that stands still would hide it for good: there the
/// row stays visible and the sweeper's idle time paces it.
async fn postpone(db: &Db, clock: &Clock, row: &row::Model) -> Result<(), Error> {
    let wait = if clock.is_manual() { 0 } else { (1_i64 << row.attempts.clamp(0, 9)).min(300) };
    row::Entity::update_many()
        .col_expr(row::Column::Attempts, Expr::value(row.attempts.saturating_add(1)))
        .col_expr(
            row::Column::VisibleAt,
            Expr::value(clock.now().max(row.visible_at) + TimeDelta::seconds(wait)),
        )
        .filter(row::Column::Id.eq(row.id))
        .exec(db.reader())
        .await?;
    Ok(())
}

async fn until_next(db: &Db, clock: &Clock) -> Option<Duration> {
    let next = row::Entity::find()
        .order_by_asc(row::Column::VisibleAt)
        .limit(1)
        .one(db.reader())
        .await
        .ok()??
        .visible_at;
    let wait = (next - clock.now()).to_std().unwrap_or(IDLE);
    Some(if clock.is_manual() { IDLE } else { wait.min(IDLE) })
}
