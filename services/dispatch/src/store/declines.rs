//! Who does not want which work. Rows go when the work ends, so that the table stays as small as what is open.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use sea_orm::sea_query::{Expr, OnConflict, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryTrait};
use uuid::Uuid;

use super::entity::assignment;
use super::entity::decline::{Column, Entity, Model};

/// Notes with the commit that a member declined work, and why.
pub(crate) fn note(tx: &Tx, assignment_id: Uuid, subject: &str, reason: &str, declined_at: DateTime<Utc>) {
    let row = Model { assignment_id, subject: subject.to_owned(), reason: reason.to_owned(), declined_at };
    let once = OnConflict::columns([Column::AssignmentId, Column::Subject])
        .update_columns([Column::Reason, Column::DeclinedAt])
        .to_owned();
    tx.later(Entity::insert(row.into_active_model()).on_conflict(once).into_query());
}

/// Forgets with the commit who declined work that has ended.
pub(crate) fn forget(tx: &Tx, assignments: &[Uuid]) {
    if !assignments.is_empty() {
        let of = Column::AssignmentId.is_in(assignments.iter().copied());
        tx.later(Entity::delete_many().filter(of).into_query());
    }
}

/// Returns the question, of each assignment that is selected, whether a member declined it.
pub(super) fn has(subject: &str) -> Expr {
    let this = Expr::col((assignment::Entity, assignment::Column::Id));
    Expr::exists(ids_of(subject).and_where(Expr::col((Entity, Column::AssignmentId)).eq(this)).take())
}

/// Returns the query for all that a member declined.
pub(super) fn ids_of(subject: &str) -> SelectStatement {
    Query::select().column(Column::AssignmentId).from(Entity).and_where(Column::Subject.eq(subject)).take()
}
