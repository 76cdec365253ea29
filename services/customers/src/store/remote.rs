//! Remote sessions.

use hotline_core::db::Tx;
use hotline_core::deadlines;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use sea_orm::ActiveValue::NotSet;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::entity::remote_session::{ActiveModel, Changes, Column, Entity, Model, Recorded};
use crate::domain::remote::{About, Ending, RemoteSession};

/// Kind of the deadline at which a session ends by itself; its subject is the session.
pub(crate) const EXPIRY: &str = "remote-session-end";

/// Whose sessions to list.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Of {
    pub(crate) customer_id: Option<Uuid>,
    pub(crate) ticket_id: Option<Uuid>,
    pub(crate) interaction_id: Option<Uuid>,
}

/// Writes a new session and when it ends by itself, with the commit.
pub(crate) fn insert(tx: &Tx, session: &RemoteSession) {
    tx.later(Entity::insert(row(session)).into_query());
    deadlines::set(tx, EXPIRY, &session.id.to_string(), session.ends_by, "");
}

/// Writes a session's change with the commit. The row must be locked by [`locked`] in the same transaction.
pub(crate) fn update(tx: &Tx, session: &RemoteSession) {
    let change = ActiveModel { id: NotSet, ..row(session) };
    tx.later(Entity::update_many().set(change).filter(Column::Id.eq(session.id)).into_query());
    if session.ending.is_some() {
        deadlines::clear(tx, EXPIRY, &session.id.to_string());
    }
}

/// Returns a session.
pub(crate) async fn get(db: &impl ConnectionTrait, id: Uuid) -> Result<RemoteSession, Error> {
    Ok(session(Entity::find_by_id(id).one(db).await?.ok_or_else(|| missing(id))?))
}

/// Returns a session that no other transaction changes before this one ends.
pub(crate) async fn locked(tx: &Tx, id: Uuid) -> Result<RemoteSession, Error> {
    let found = Entity::find_by_id(id).lock_exclusive().one(&**tx).await?;
    Ok(session(found.ok_or_else(|| missing(id))?))
}

/// Returns a page of sessions, newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    page: &Page,
    of: Of,
) -> Result<(Vec<RemoteSession>, String), Error> {
    let rows = page.apply(select(of), Column::StartedAt, Column::Id).all(db).await?;
    let (rows, next) = page.finish(rows, |row| Key { at: row.started_at, id: row.id });
    Ok((rows.into_iter().map(session).collect(), next))
}

pub(super) fn select(of: Of) -> Select<Entity> {
    Entity::find()
        .apply_if(of.customer_id, |select, id| select.filter(Column::CustomerId.eq(id)))
        .apply_if(of.ticket_id, |select, id| select.filter(Column::TicketId.eq(id)))
        .apply_if(of.interaction_id, |select, id| select.filter(Column::InteractionId.eq(id)))
}

fn missing(id: Uuid) -> Error {
    Error::NotFound { what: "remote session", id: id.to_string() }
}

fn session(row: Model) -> RemoteSession {
    let (by, result, expired) = (row.ended_by, row.result, row.expired);
    RemoteSession {
        id: row.id,
        about: About {
            customer_id: row.customer_id,
            interaction_id: row.interaction_id,
            ticket_id: row.ticket_id,
            category_code: row.category_code,
        },
        agent: row.agent,
        team_key: row.team_key,
        purpose: row.purpose,
        tool: row.tool,
        consent: row.consent.0,
        started_at: row.started_at,
        ends_by: row.ends_by,
        ending: row.ended_at.map(|at| Ending { at, by, result, expired }),
        changes: row.changes.0,
        version: row.version,
    }
}

fn row(session: &RemoteSession) -> ActiveModel {
    let RemoteSession { about, ending, .. } = session.clone();
    let ended_at = ending.as_ref().map(|ending| ending.at);
    let expired = ending.as_ref().is_some_and(|ending| ending.expired);
    let (ended_by, result) = ending.map(|ending| (ending.by, ending.result)).unwrap_or_default();
    let model = Model {
        id: session.id,
        customer_id: about.customer_id,
        interaction_id: about.interaction_id,
        ticket_id: about.ticket_id,
        category_code: about.category_code,
        agent: session.agent.clone(),
        team_key: session.team_key.clone(),
        purpose: session.purpose.clone(),
        tool: session.tool.clone(),
        consent: Recorded(session.consent.clone()),
        started_at: session.started_at,
        ends_by: session.ends_by,
        ended_at,
        ended_by,
        result,
        expired,
        changes: Changes(session.changes.clone()),
        version: session.version,
    };
    sea_orm::ActiveModelTrait::reset_all(model.into_active_model())
}
