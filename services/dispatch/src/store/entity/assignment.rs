//! Assignments with their brief of the ticket.

use hotline_core::error::Error;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;

use crate::domain::assignment::{Assignment, Brief};
use crate::domain::state::State;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "assignments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub ticket_id: Uuid,
    pub ticket_number: String,
    pub ticket_type: i32,
    pub category_code: String,
    pub subject: String,
    pub description: String,
    pub priority: i32,
    pub project: String,
    pub room: String,
    pub channel: i32,
    pub ticket_created_at: DateTimeUtc,
    pub resolution_due_at: Option<DateTimeUtc>,
    pub team_key: String,
    pub state: i32,
    pub holder: String,
    pub lease_hash: Option<Vec<u8>>,
    pub lease_expires_at: Option<DateTimeUtc>,
    pub epoch: i64,
    pub due_at: DateTimeUtc,
    pub order_value: i64,
    pub queued_at: DateTimeUtc,
    pub accepted_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    pub attempts: i32,
    pub returns: i32,
    pub rule: String,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Assignment {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        let state = State::from_number(row.state)
            .ok_or_else(|| DbErr::Type(format!("assignment {} has the state {}", row.id, row.state)))?;
        Ok(Self {
            id: row.id,
            ticket: Brief {
                id: row.ticket_id,
                number: row.ticket_number,
                kind: row.ticket_type.try_into().unwrap_or_default(),
                category_code: row.category_code,
                subject: row.subject,
                description: row.description,
                priority: row.priority.try_into().unwrap_or_default(),
                project: row.project,
                room: row.room,
                channel: row.channel.try_into().unwrap_or_default(),
                created_at: row.ticket_created_at,
                resolution_due_at: row.resolution_due_at,
            },
            team_key: row.team_key,
            state,
            holder: row.holder,
            lease_hash: row.lease_hash,
            lease_expires_at: row.lease_expires_at,
            epoch: row.epoch,
            due_at: row.due_at,
            order: row.order_value,
            queued_at: row.queued_at,
            accepted_at: row.accepted_at,
            ended_at: row.ended_at,
            attempts: row.attempts,
            returns: row.returns,
            rule: row.rule,
            version: row.version,
        })
    }
}

/// Returns what a move changes of an assignment: not its ticket, nor its place.
pub(crate) fn moved(work: &Assignment) -> ActiveModel {
    ActiveModel {
        state: Set(work.state.number()),
        holder: Set(work.holder.clone()),
        lease_hash: Set(work.lease_hash.clone()),
        lease_expires_at: Set(work.lease_expires_at),
        epoch: Set(work.epoch),
        accepted_at: Set(work.accepted_at),
        ended_at: Set(work.ended_at),
        attempts: Set(work.attempts),
        returns: Set(work.returns),
        version: Set(work.version),
        ..Default::default()
    }
}

impl From<&Assignment> for ActiveModel {
    fn from(work: &Assignment) -> Self {
        let ticket = work.ticket.clone();
        Self {
            id: Set(work.id),
            ticket_id: Set(ticket.id),
            ticket_number: Set(ticket.number),
            ticket_type: Set(ticket.kind.into()),
            category_code: Set(ticket.category_code),
            subject: Set(ticket.subject),
            description: Set(ticket.description),
            priority: Set(ticket.priority.into()),
            project: Set(ticket.project),
            room: Set(ticket.room),
            channel: Set(ticket.channel.into()),
            ticket_created_at: Set(ticket.created_at),
            resolution_due_at: Set(ticket.resolution_due_at),
            team_key: Set(work.team_key.clone()),
            due_at: Set(work.due_at),
            order_value: Set(work.order),
            queued_at: Set(work.queued_at),
            rule: Set(work.rule.clone()),
            ..moved(work)
        }
    }
}
