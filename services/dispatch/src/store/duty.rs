//! What the rules of rosters need to know: all that is published and agreed for some dates.

use chrono::{Days, NaiveDate, NaiveTime};
use hotline_calendar::Calendars;
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_proto::dispatch::v1::LeaveState;
use hotline_roster::{Book, Staff};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};

use super::entity::{duty_override, leave, roster, roster_book, shift_swap};
use super::{MemberRow, members};

/// The one row of the book.
const ROW: i32 = 1;

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
    let (from, to) = (first.and_time(NaiveTime::MIN), last.and_time(NaiveTime::MIN));
    let rosters = roster::Entity::find()
        .filter(roster::Column::PublishedAt.is_not_null())
        .filter(roster::Column::LastDate.gte(first))
        .filter(roster::Column::FirstDate.lte(last));
    let overrides = duty_override::Entity::find()
        .filter(duty_override::Column::ToWall.gte(from))
        .filter(duty_override::Column::FromWall.lte(to));
    let swaps = shift_swap::Entity::find()
        .filter(shift_swap::Column::ToWall.gte(from))
        .filter(shift_swap::Column::FromWall.lte(to))
        .filter(shift_swap::Column::WithdrawnAt.is_null());
    let open = [LeaveState::Requested, LeaveState::Approved].map(i32::from);
    let leaves = leave::Entity::find()
        .filter(leave::Column::ToWall.gte(from))
        .filter(leave::Column::FromWall.lte(to))
        .filter(leave::Column::State.is_in(open));
    Ok(Book {
        calendars,
        rosters: known(rosters.all(db).await?, roster::Model::roster)?,
        overrides: known(overrides.all(db).await?, duty_override::Model::known)?,
        leaves: known(leaves.all(db).await?, leave::Model::known)?,
        swaps: known(swaps.all(db).await?, shift_swap::Model::known)?,
        staff: staff(&members::all_of(db, "").await?),
    })
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
