//! What the rules of rosters need to know: all that is published and agreed for some dates.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use hotline_calendar::Calendars;
use hotline_core::db::Tx;
use hotline_core::error::{Error, chain};
use hotline_proto::dispatch::v1::LeaveState;
use hotline_roster::{Book, Staff, Watch};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, Select};

use super::entity::{duty_override, leave, roster, roster_book, shift_swap};
use super::{MemberRow, members};

/// The one row of the book.
const ROW: i32 = 1;
/// How far is looked for the next shift of a watch: over the longest holidays.
const AHEAD: TimeDelta = TimeDelta::days(10);

/// Keeps all others from changing any roster until the transaction ends, whatever the team: somebody may be of two. Returns
/// the place of what is agreed now among all that was.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn lock(tx: &Tx) -> Result<i64, Error> {
    let next = roster_book::Entity::update_many()
        .col_expr(roster_book::Column::Agreements, Expr::col(roster_book::Column::Agreements).add(1))
        .filter(roster_book::Column::Id.eq(ROW))
        .exec_with_returning(&**tx)
        .await?;
    let row = next.first().ok_or_else(|| anyhow::anyhow!("the book of rosters has no row"))?;
    Ok(row.agreements)
}

/// Returns what is published and agreed for the dates from `first` to `last`, of all teams.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn book(
    db: &impl ConnectionTrait,
    calendars: Calendars,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Book, Error> {
    // The dates of other zones, and those that clocks set back show again.
    let first = first.checked_sub_days(Days::new(2)).unwrap_or(NaiveDate::MIN);
    let last = last.checked_add_days(Days::new(2)).unwrap_or(NaiveDate::MAX);
    let walls = (first.and_time(NaiveTime::MIN), last.and_time(NaiveTime::MIN));
    Ok(Book {
        calendars,
        rosters: known(rosters((first, last)).all(db).await?, roster::Model::roster)?,
        overrides: known(overrides(walls).all(db).await?, duty_override::Model::known)?,
        leaves: known(leaves(walls).all(db).await?, leave::Model::known)?,
        swaps: known(swaps(walls).all(db).await?, shift_swap::Model::known)?,
        staff: staff(&members::all_of(db, "").await?),
    })
}

pub(super) fn rosters((first, last): (NaiveDate, NaiveDate)) -> Select<roster::Entity> {
    use roster::{Column, Entity};
    Entity::find()
        .filter(Column::PublishedAt.is_not_null())
        .filter(Column::LastDate.gte(first))
        .filter(Column::FirstDate.lte(last))
}

pub(super) fn overrides((from, to): (NaiveDateTime, NaiveDateTime)) -> Select<duty_override::Entity> {
    use duty_override::{Column, Entity};
    Entity::find().filter(Column::ToWall.gte(from)).filter(Column::FromWall.lte(to))
}

pub(super) fn swaps((from, to): (NaiveDateTime, NaiveDateTime)) -> Select<shift_swap::Entity> {
    use shift_swap::{Column, Entity};
    let met = Entity::find().filter(Column::ToWall.gte(from)).filter(Column::FromWall.lte(to));
    met.filter(Column::WithdrawnAt.is_null())
}

pub(super) fn leaves((from, to): (NaiveDateTime, NaiveDateTime)) -> Select<leave::Entity> {
    use leave::{Column, Entity};
    let open = [LeaveState::Requested, LeaveState::Approved].map(i32::from);
    let met = Entity::find().filter(Column::ToWall.gte(from)).filter(Column::FromWall.lte(to));
    met.filter(Column::State.is_in(open))
}

/// Returns who keeps watch for a team now. A roster that can't be read has nobody: that is logged, and stops no work.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn watch(
    db: &impl ConnectionTrait,
    calendars: &Calendars,
    team_key: &str,
    now: DateTime<Utc>,
) -> Result<Watch, Error> {
    let book = book(db, calendars.clone(), (now.date_naive(), (now + AHEAD).date_naive())).await?;
    Ok(book.watch(team_key, now, AHEAD).unwrap_or_else(|error| {
        tracing::warn!(team = team_key, error = chain(&error), "nobody is on duty: the roster can't be read");
        Watch::default()
    }))
}

fn known<R, K>(rows: Vec<R>, know: impl Fn(&R) -> anyhow::Result<K>) -> Result<Vec<K>, Error> {
    Ok(rows.iter().map(know).collect::<anyhow::Result<_>>()?)
}

fn staff(members: &[MemberRow]) -> Staff {
    let mut staff = Staff::default();
    for member in members {
        staff.add(&member.team_key, &member.subject, since(member));
    }
    staff
}

/// Returns the first date of a member's service: as it was said, else when they joined.
pub(crate) fn since(member: &MemberRow) -> NaiveDate {
    member.in_service_since.unwrap_or_else(|| member.created_at.date_naive())
}
