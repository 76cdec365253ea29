//! Links of partners without an account, and the key they are signed with.

use chrono::{DateTime, Utc};
use hotline_core::db::{Db, Tx, insert_new};
use hotline_core::error::Error;
use hotline_core::page::{Key as PageKey, Page};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QueryTrait, Select, UpdateMany,
};
use uuid::Uuid;

use super::LinkRow;
use super::entity::link_key;
use super::entity::partner_link::{Column, Entity};

/// The one row of keys.
const CURRENT: i32 = 1;

/// Returns the key that links are signed with, made by whichever process of this database came first.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn key(db: &Db) -> Result<Vec<u8>, Error> {
    let read = async || {
        let row = link_key::Entity::find_by_id(CURRENT).one(db.reader()).await?;
        Ok::<_, Error>(row.map(|row| row.secret))
    };
    if let Some(secret) = read().await? {
        return Ok(secret);
    }
    let row = link_key::Model { id: CURRENT, secret: rand::random::<[u8; 32]>().to_vec() };
    let tx = db.begin().await?;
    let mut once = OnConflict::column(link_key::Column::Id);
    insert_new(&*tx, row.into_active_model(), once.do_nothing()).await?;
    tx.commit().await?;
    read().await?.ok_or_else(|| anyhow::anyhow!("the key of links vanished as it was made").into())
}

/// Returns a link.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<LinkRow>, Error> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// Returns the newest link of an assignment.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn latest(db: &impl ConnectionTrait, assignment: Uuid) -> Result<Option<LinkRow>, Error> {
    Ok(newest(assignment).one(db).await?)
}

pub(super) fn newest(assignment: Uuid) -> Select<Entity> {
    let of = Entity::find().filter(Column::AssignmentId.eq(assignment));
    of.order_by_desc(Column::CreatedAt).order_by_desc(Column::Id)
}

/// Writes a new link with the commit.
pub(crate) fn add(tx: &Tx, row: LinkRow) {
    tx.later(Entity::insert(row.into_active_model()).into_query());
}

/// Revokes with the commit every link of an assignment that is neither revoked nor used up.
pub(crate) fn revoke(tx: &Tx, assignment: Uuid, by: &str, at: DateTime<Utc>) {
    let good = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(at))
        .col_expr(Column::RevokedBy, Expr::value(by))
        .filter(Column::AssignmentId.eq(assignment))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::CompletedAt.is_null());
    tx.later(good.into_query());
}

/// Counts with the commit that a link was opened.
pub(crate) fn opened(tx: &Tx, link: &LinkRow, at: DateTime<Utc>) {
    let first = link.opened_at.unwrap_or(at);
    let update = of(link.id)
        .col_expr(Column::OpenedAt, Expr::value(first))
        .col_expr(Column::Opens, Expr::col(Column::Opens).add(1));
    tx.later(update.into_query());
}

/// Notes with the commit the epoch in which the link's recipient has the work.
pub(crate) fn leased(tx: &Tx, id: Uuid, epoch: i64) {
    tx.later(of(id).col_expr(Column::HeldEpoch, Expr::value(epoch)).into_query());
}

/// Notes with the commit that the work was accepted by the link.
pub(crate) fn accepted(tx: &Tx, id: Uuid, at: DateTime<Utc>) {
    tx.later(of(id).col_expr(Column::AcceptedAt, Expr::value(at)).into_query());
}

/// Notes with the commit that the work was completed by the link, which uses it up.
pub(crate) fn completed(tx: &Tx, id: Uuid, at: DateTime<Utc>) {
    tx.later(of(id).col_expr(Column::CompletedAt, Expr::value(at)).into_query());
}

/// Returns a page of an assignment's links, newest first, and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    assignment: Uuid,
    page: &Page,
) -> Result<(Vec<LinkRow>, String), Error> {
    let rows = listed(assignment, page).all(db).await?;
    Ok(page.finish(rows, |row| PageKey { at: row.created_at, id: row.id }))
}

pub(super) fn listed(assignment: Uuid, page: &Page) -> Select<Entity> {
    let of = Entity::find().filter(Column::AssignmentId.eq(assignment));
    page.apply(of, Column::CreatedAt, Column::Id)
}

fn of(id: Uuid) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::Id.eq(id))
}
