//! What people did, a row for each while (D6).

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::id;
use hotline_core::page::{Key, Page};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryTrait, Select,
};

use super::entity::presence_stay::{ActiveModel, Column, Entity};
use super::{PresenceRow, StayRow};

/// Notes with the commit that somebody does something else from `at` on: `now` says what.
pub(crate) fn begin(tx: &Tx, now: &PresenceRow, at: DateTime<Utc>) {
    let ended =
        ActiveModel { ended_at: Set(Some(at)), ended_by: Set(now.changed_by.clone()), ..Default::default() };
    tx.later(Entity::update_many().set(ended).filter(lasts(&now.subject)).into_query());
    let begun = StayRow {
        id: id::new(),
        subject: now.subject.clone(),
        state: now.state,
        reason: now.reason.clone(),
        began_at: at,
        ended_at: None,
        begun_by: now.changed_by.clone(),
        ended_by: String::new(),
    };
    tx.later(Entity::insert(begun.into_active_model()).into_query());
}

/// Notes with the commit why somebody does what they do.
pub(crate) fn restate(tx: &Tx, now: &PresenceRow) {
    let said = ActiveModel { reason: Set(now.reason.clone()), ..Default::default() };
    tx.later(Entity::update_many().set(said).filter(lasts(&now.subject)).into_query());
}

/// Returns a page of what these people did, newest first, and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    subjects: &[String],
    page: &Page,
) -> Result<(Vec<StayRow>, String), Error> {
    let rows = listed(subjects, page).all(db).await?;
    Ok(page.finish(rows, |row| Key { at: row.began_at, id: row.id }))
}

pub(super) fn listed(subjects: &[String], page: &Page) -> Select<Entity> {
    page.apply(Entity::find().filter(Column::Subject.is_in(subjects)), Column::BeganAt, Column::Id)
}

/// Returns what these people did in a period, in no order.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn between(
    db: &impl ConnectionTrait,
    subjects: &[String],
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<StayRow>, Error> {
    Ok(reaching(subjects, (from, to)).all(db).await?)
}

pub(super) fn reaching(subjects: &[String], (from, to): (DateTime<Utc>, DateTime<Utc>)) -> Select<Entity> {
    let reaches = Condition::any().add(Column::EndedAt.is_null()).add(Column::EndedAt.gt(from));
    Entity::find().filter(Column::Subject.is_in(subjects)).filter(Column::BeganAt.lt(to)).filter(reaches)
}

pub(super) fn lasts(subject: &str) -> Condition {
    Condition::all().add(Column::Subject.eq(subject)).add(Column::EndedAt.is_null())
}
