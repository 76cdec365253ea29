//! Between a ticket and its row.

use hotline_core::error::Error as Core;
use sea_orm::prelude::Json;
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::store::parts::{Fields, Ids, OptionalClock, OptionalLease, StoredCourse, StoredMatters, Waits};
use crate::store::ticket::{ActiveModel, Model};

/// Returns the row of a ticket, every column set.
pub(crate) fn active(ticket: &Ticket) -> ActiveModel {
    model(ticket.clone()).into_active_model().reset_all()
}

fn model(ticket: Ticket) -> Model {
    Model {
        id: ticket.id,
        number: ticket.number,
        kind: ticket.kind as i32,
        category_code: ticket.category_code,
        category_policy: ticket.category_policy,
        subject: ticket.subject,
        description: ticket.description,
        fields: Fields(ticket.fields),
        customer_id: ticket.customer_id,
        channel: ticket.channel as i32,
        urgency: ticket.urgency as i32,
        impact: ticket.impact as i32,
        priority: ticket.priority as i32,
        state: ticket.state as i32,
        team_key: ticket.team_key,
        assignee: ticket.assignee,
        owner_agent: ticket.owner_agent,
        interaction_id: ticket.interaction_id,
        project: ticket.project,
        key_account: ticket.key_account,
        completeness: ticket.completeness,
        resolution: ticket.resolution,
        article_ids: Ids(ticket.article_ids),
        solved_by: ticket.solved_by,
        external_key: ticket.external_key,
        reopen_count: ticket.reopen_count,
        reassignment_count: ticket.reassignment_count,
        wait_count: ticket.wait_count,
        customer_wait_count: ticket.customer_wait_count,
        created_at: ticket.created_at,
        updated_at: ticket.updated_at,
        responded_at: ticket.responded_at,
        resolved_at: ticket.resolved_at,
        closed_at: ticket.closed_at,
        policy: ticket.policy,
        response_clock: OptionalClock(ticket.response_clock),
        resolution_clock: OptionalClock(ticket.resolution_clock),
        answer_clock: OptionalClock(ticket.answer_clock),
        course: StoredCourse(ticket.course),
        waits: Waits(ticket.waits),
        wait_until: ticket.wait_until,
        lease: OptionalLease(ticket.lease),
        survivor_id: ticket.survivor_id,
        parent_id: ticket.parent_id,
        outage_id: ticket.outage_id,
        matters: StoredMatters(ticket.matters),
        callbacks: Ids(ticket.callbacks),
        version: ticket.version,
    }
}

/// Returns the ticket in a row.
///
/// # Errors
/// [`Core::Internal`] for a row that this version can't read.
pub(crate) fn domain(row: Model) -> Result<Ticket, Error> {
    Ok(Ticket {
        id: row.id,
        number: row.number,
        kind: enumeration(row.kind)?,
        category_code: row.category_code,
        category_policy: row.category_policy,
        subject: row.subject,
        description: row.description,
        fields: row.fields.0,
        customer_id: row.customer_id,
        channel: enumeration(row.channel)?,
        urgency: enumeration(row.urgency)?,
        impact: enumeration(row.impact)?,
        priority: enumeration(row.priority)?,
        state: enumeration(row.state)?,
        team_key: row.team_key,
        assignee: row.assignee,
        owner_agent: row.owner_agent,
        interaction_id: row.interaction_id,
        project: row.project,
        key_account: row.key_account,
        completeness: row.completeness,
        resolution: row.resolution,
        article_ids: row.article_ids.0,
        solved_by: row.solved_by,
        external_key: row.external_key,
        reopen_count: row.reopen_count,
        reassignment_count: row.reassignment_count,
        wait_count: row.wait_count,
        customer_wait_count: row.customer_wait_count,
        created_at: row.created_at,
        updated_at: row.updated_at,
        responded_at: row.responded_at,
        resolved_at: row.resolved_at,
        closed_at: row.closed_at,
        policy: row.policy,
        response_clock: row.response_clock.0,
        resolution_clock: row.resolution_clock.0,
        answer_clock: row.answer_clock.0,
        course: row.course.0,
        waits: row.waits.0,
        wait_until: row.wait_until,
        lease: row.lease.0,
        survivor_id: row.survivor_id,
        parent_id: row.parent_id,
        outage_id: row.outage_id,
        matters: row.matters.0,
        callbacks: row.callbacks.0,
        version: row.version,
    })
}

/// Writes a part as JSON.
///
/// # Errors
/// [`Core::Internal`].
pub(crate) fn json(part: &impl Serialize) -> Result<Json, Error> {
    serde_json::to_value(part).map_err(|error| Core::Internal(error.into()).into())
}

/// Reads a part from JSON.
///
/// # Errors
/// [`Core::Internal`].
pub(crate) fn read<T: DeserializeOwned>(json: Json) -> Result<T, Error> {
    serde_json::from_value(json).map_err(|error| Core::Internal(error.into()).into())
}

/// Reads a value of an enumeration.
///
/// # Errors
/// [`Core::Internal`] for one that this version does not know.
pub(crate) fn enumeration<E: TryFrom<i32, Error = prost::UnknownEnumValue>>(value: i32) -> Result<E, Error> {
    E::try_from(value).map_err(|error| Core::Internal(error.into()).into())
}
