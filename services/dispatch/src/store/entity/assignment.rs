//! Assignments with their brief of the ticket.

use hotline_core::error::Error;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;

use super::lists::{DueTimes, Steps};
use crate::domain::assignment::{Assignment, Brief, Chosen, Offered, Parked, WrapUp};
use crate::domain::confirmation::Confirmation;
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
    pub region: String,
    pub key_account: bool,
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
    pub decided: bool,
    pub rule: String,
    pub rule_id: Option<Uuid>,
    pub rule_version: i64,
    pub target: i32,
    pub moves_on_at: Option<DateTimeUtc>,
    pub version: i64,
    pub offer_secret: Option<Vec<u8>>,
    pub offer_delivered: bool,
    pub cost: i32,
    pub parked_until: Option<DateTimeUtc>,
    pub park_reason: String,
    pub wrap_up_until: Option<DateTimeUtc>,
    pub wrap_up_extended: bool,
    pub disposition: String,
    pub sender: String,
    pub leased_at: Option<DateTimeUtc>,
    pub confirmed_at: Option<DateTimeUtc>,
    pub confirmed_by: String,
    pub confirmed_phone: String,
    pub confirmation_recorded_by: String,
    pub escalation: Steps,
    pub dues: DueTimes,
    pub arrived_at: Option<DateTimeUtc>,
    pub put_first: bool,
}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Assignment {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        let state = State::from_number(row.state)
            .ok_or_else(|| DbErr::Type(format!("assignment {} has the state {}", row.id, row.state)))?;
        let chosen = chosen(&row);
        let secret = row.offer_secret.and_then(|secret| secret.try_into().ok());
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
                region: row.region,
                key_account: row.key_account,
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
            decided: row.decided,
            rule: row.rule,
            chosen,
            version: row.version,
            offered: secret.map(|secret| Offered { secret, delivered: row.offer_delivered }),
            cost: row.cost,
            parked: row.parked_until.map(|until| Parked { until, reason: row.park_reason }),
            wrap_up: row.wrap_up_until.map(|until| WrapUp { until, extended: row.wrap_up_extended }),
            disposition: row.disposition,
            sender: row.sender,
            leased_at: row.leased_at,
            confirmation: row.confirmed_at.map(|at| Confirmation {
                at,
                by: row.confirmed_by,
                phone: row.confirmed_phone,
                recorded_by: row.confirmation_recorded_by,
            }),
            escalation: row.escalation.0,
            dues: row.dues.0,
            arrived_at: row.arrived_at,
            put_first: row.put_first,
        })
    }
}

fn chosen(row: &Model) -> Chosen {
    let (rule_id, version, target) = (row.rule_id, row.rule_version, row.target);
    Chosen { rule_id, version, target, moves_on_at: row.moves_on_at }
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
        decided: Set(work.decided),
        moves_on_at: Set(work.chosen.moves_on_at),
        version: Set(work.version),
        offer_secret: Set(work.offered.map(|offered| offered.secret.to_vec())),
        offer_delivered: Set(work.offered.is_some_and(|offered| offered.delivered)),
        parked_until: Set(work.parked.as_ref().map(|parked| parked.until)),
        park_reason: Set(work.parked.as_ref().map(|parked| parked.reason.clone()).unwrap_or_default()),
        wrap_up_until: Set(work.wrap_up.map(|wrap_up| wrap_up.until)),
        wrap_up_extended: Set(work.wrap_up.is_some_and(|wrap_up| wrap_up.extended)),
        disposition: Set(work.disposition.clone()),
        leased_at: Set(work.leased_at),
        confirmed_at: Set(work.confirmation.as_ref().map(|confirmation| confirmation.at)),
        confirmed_by: Set(of_confirmation(work, |confirmation| &confirmation.by)),
        confirmed_phone: Set(of_confirmation(work, |confirmation| &confirmation.phone)),
        confirmation_recorded_by: Set(of_confirmation(work, |confirmation| &confirmation.recorded_by)),
        escalation: Set(Steps(work.escalation.clone())),
        arrived_at: Set(work.arrived_at),
        ..Default::default()
    }
}

fn of_confirmation(work: &Assignment, text: impl Fn(&Confirmation) -> &String) -> String {
    work.confirmation.as_ref().map(text).cloned().unwrap_or_default()
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
            region: Set(ticket.region),
            key_account: Set(ticket.key_account),
            channel: Set(ticket.channel.into()),
            ticket_created_at: Set(ticket.created_at),
            resolution_due_at: Set(ticket.resolution_due_at),
            team_key: Set(work.team_key.clone()),
            due_at: Set(work.due_at),
            order_value: Set(work.order),
            queued_at: Set(work.queued_at),
            rule: Set(work.rule.clone()),
            cost: Set(work.cost),
            sender: Set(work.sender.clone()),
            dues: Set(DueTimes(work.dues)),
            rule_id: Set(work.chosen.rule_id),
            rule_version: Set(work.chosen.version),
            target: Set(work.chosen.target),
            put_first: Set(work.put_first),
            ..moved(work)
        }
    }
}
