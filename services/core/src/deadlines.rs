//! The time road: anything due later is a row, written with its cause; a sweeper makes each due row happen once,
//! across restarts and replicas.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict, SubQueryStatement};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::clock::{self, Clock};
use crate::db::{Db, Tx};
use crate::error::{Error, caught, chain};
use crate::id;
use crate::trouble::Trouble;

/// Rows handled before the sweeper looks again.
const BATCH: usize = 100;
/// Rows that one statement puts in: their values stay below the bound of either database.
const CHUNK: usize = 500;
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

/// Sets when `kind` is due for `subject`, from the commit on; what was set before is replaced.
pub fn set(tx: &Tx, kind: &str, subject: &str, due_at: DateTime<Utc>, payload: &str) {
    let (kind, subject, payload) = (kind.to_owned(), subject.to_owned(), payload.to_owned());
    set_all(tx, [Deadline { kind, subject, due_at, payload }]);
}

/// Sets many deadlines, as [`set`].
pub fn set_all(tx: &Tx, deadlines: impl IntoIterator<Item = Deadline>) {
    for deadline in deadlines {
        let name = (deadline.kind.clone(), deadline.subject.clone());
        tx.put_off(|later| later.due(name, Some(active(deadline))));
    }
}

/// Kind and subject, which name a deadline.
pub(crate) type Name = (String, String);
pub(crate) type Row = row::ActiveModel;

/// Returns the statements that set deadlines and clear those without a row.
pub(crate) fn changes(deadlines: BTreeMap<Name, Option<Row>>) -> Vec<SubQueryStatement> {
    let (mut set, mut cleared) = (Vec::new(), Condition::any());
    let mut clears = false;
    for ((kind, subject), row) in deadlines {
        if let Some(row) = row {
            set.push(row);
        } else {
            clears = true;
            let name = Condition::all().add(row::Column::Kind.eq(kind)).add(row::Column::Subject.eq(subject));
            cleared = cleared.add(name);
        }
    }
    let mut changes: Vec<SubQueryStatement> = set
        .chunks(CHUNK)
        .map(|rows| row::Entity::insert_many(rows.to_vec()).on_conflict(replacing()).into_query().into())
        .collect();
    if clears {
        changes.push(row::Entity::delete_many().filter(cleared).into_query().into());
    }
    changes
}

/// Tells whether a row is due before the sweeper looks by itself. A clock that is moved by hand wakes it when it moves.
pub(crate) fn is_near(row: &Row) -> bool {
    row.due_at.try_as_ref().is_some_and(|due_at| *due_at <= clock::wall() + IDLE)
}

fn active(deadline: Deadline) -> row::ActiveModel {
    let due_at = deadline.due_at.trunc_subsecs(6);
    row::ActiveModel {
        id: Set(id::new()),
        kind: Set(deadline.kind),
        subject: Set(deadline.subject),
        due_at: Set(due_at),
        visible_at: Set(due_at),
        attempts: Set(0),
        payload: Set(deadline.payload),
    }
}

fn replacing() -> OnConflict {
    OnConflict::columns([row::Column::Kind, row::Column::Subject])
        .update_columns([
            row::Column::Id,
            row::Column::DueAt,
            row::Column::VisibleAt,
            row::Column::Attempts,
            row::Column::Payload,
        ])
        .to_owned()
}

/// Removes what `kind` has due for `subject`, if anything, at the commit.
pub fn clear(tx: &Tx, kind: &str, subject: &str) {
    tx.put_off(|later| later.due((kind.to_owned(), subject.to_owned()), None));
}

/// Makes due rows happen until `stop`.
pub async fn run_sweeper(db: Db, clock: Clock, alarm: Arc<dyn Alarm>, stop: CancellationToken) {
    let trouble = Trouble::of("sweeper of deadlines");
    while !stop.is_cancelled() {
        // Before the sweep: a move between the sweep's look at the clock and the wait must not be missed.
        let moved = clock.moved();
        let wait = match sweep(&db, &clock, alarm.as_ref()).await {
            Ok(happened) => {
                trouble.works();
                if happened > 0 {
                    continue;
                }
                until_next(&db, &clock).await.unwrap_or(IDLE)
            }
            Err(error) => {
                trouble.failed(&error);
                IDLE
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(wait) => {}
            () = db.deadlines.notified() => {}
            () = moved => {}
        }
    }
}

/// Makes what is due now happen, in the order it was due; returns how many rows.
///
/// # Errors
/// [`Error::Database`] when the rows can't be read; one row's failure only delays that row.
pub async fn sweep(db: &Db, clock: &Clock, alarm: &dyn Alarm) -> Result<usize, Error> {
    let (mut handled, mut failed) = (0, Vec::new());
    // One at a time, because what a row sets may be due before the next one.
    while handled < BATCH {
        let Some(row) = next_due(db, clock.now(), &failed).await? else { break };
        match caught(ring(db, alarm, &row)).await {
            Ok(()) => handled += 1,
            Err(error) => {
                tracing::warn!(kind = row.kind, subject = row.subject, error = %chain(&error), "a deadline failed");
                postpone(db, clock, &row).await?;
                failed.push(row.id);
            }
        }
    }
    Ok(handled)
}

async fn next_due(db: &Db, now: DateTime<Utc>, failed: &[Uuid]) -> Result<Option<row::Model>, Error> {
    let mut due = row::Entity::find().filter(row::Column::VisibleAt.lte(now));
    if !failed.is_empty() {
        due = due.filter(row::Column::Id.is_not_in(failed.iter().copied()));
    }
    let due = due.order_by_asc(row::Column::VisibleAt).order_by_asc(row::Column::Id).limit(1);
    Ok(due.one(db.reader()).await?)
}

async fn ring(db: &Db, alarm: &dyn Alarm, row: &row::Model) -> Result<(), Error> {
    let tx = db.begin().await?;
    // Compare-and-delete: of several sweepers one gets the row, and a row that was set anew is left alone.
    let mine =
        row::Entity::delete_many().filter(row::Column::Id.eq(row.id)).exec(&*tx).await?.rows_affected == 1;
    if !mine {
        return Ok(());
    }
    let row = row.clone();
    let deadline =
        Deadline { kind: row.kind, subject: row.subject, due_at: row.due_at, payload: row.payload };
    alarm.ring(&tx, &deadline).await?;
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
        .exec(&*db.writer().await)
        .await?;
    Ok(())
}

/// Returns how long the sweeper may sleep. Real time says nothing about a clock that is moved by hand.
async fn until_next(db: &Db, clock: &Clock) -> Option<Duration> {
    if clock.is_manual() {
        return None;
    }
    let next = row::Entity::find().order_by_asc(row::Column::VisibleAt).limit(1).one(db.reader()).await;
    let wait = next.ok()??.visible_at - clock.now();
    Some(wait.to_std().unwrap_or_default().min(IDLE))
}
