//! Assignments and small things as messages.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hotline_core::error::Error;
use hotline_core::etag;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::dispatch::v1::{Assignment as Message, AssignmentState, TicketBrief};

use super::confirmations;
use crate::domain::assignment::{Assignment, Brief};
use crate::domain::state::State;

/// Returns an assignment with all it says: without its token, and nothing hidden. [`super::shown`] decides who sees that.
pub(super) fn assignment(work: Assignment, now: DateTime<Utc>) -> Message {
    let stages = confirmations::standings(&work.stages(), work.ended_at.unwrap_or(now));
    let confirmation = work.confirmation;
    let confirmed_at = confirmation.as_ref().map(|confirmation| confirmation.at);
    let (by, phone, recorded_by) = confirmation
        .map(|confirmation| (confirmation.by, confirmation.phone, confirmation.recorded_by))
        .unwrap_or_default();
    let queued = work.state == State::Queued;
    Message {
        id: work.id.to_string(),
        ticket_id: work.ticket.id.to_string(),
        ticket_number: work.ticket.number.clone(),
        ticket: Some(brief(work.ticket)),
        team_key: work.team_key,
        state: AssignmentState::from(work.state).into(),
        assignee: if queued { String::new() } else { work.holder },
        lease_token: String::new(),
        lease_expires_at: to_proto_optional(work.lease_expires_at),
        epoch: work.epoch,
        due_at: Some(to_proto(work.due_at)),
        queued_at: Some(to_proto(work.queued_at)),
        accepted_at: to_proto_optional(work.accepted_at),
        ended_at: to_proto_optional(work.ended_at),
        attempts: work.attempts,
        returns: work.returns,
        decided: work.decided,
        offered: work.offered.is_some(),
        cost: work.cost,
        parked_until: to_proto_optional(work.parked.as_ref().map(|parked| parked.until)),
        park_reason: work.parked.map(|parked| parked.reason).unwrap_or_default(),
        wrap_up_until: to_proto_optional(work.wrap_up.map(|wrap_up| wrap_up.until)),
        disposition: work.disposition,
        rule: work.rule,
        rule_id: hotline_core::id::text(work.chosen.rule_id),
        rule_version: work.chosen.version,
        target: work.chosen.target,
        moves_on_at: to_proto_optional(work.chosen.moves_on_at.filter(|_| work.state.is_open())),
        etag: etag::of(work.version),
        confirmed_at: to_proto_optional(confirmed_at),
        confirmed_by: by,
        confirmed_phone: phone,
        confirmation_recorded_by: recorded_by,
        escalation: confirmations::steps(work.escalation),
        stages,
        arrived_at: to_proto_optional(work.arrived_at),
        sender: work.sender,
        masked: false,
        customer: None,
    }
}

fn brief(ticket: Brief) -> TicketBrief {
    TicketBrief {
        r#type: ticket.kind.into(),
        category_code: ticket.category_code,
        subject: ticket.subject,
        description: ticket.description,
        priority: ticket.priority.into(),
        project: ticket.project,
        room: ticket.room,
        channel: ticket.channel.into(),
        created_at: Some(to_proto(ticket.created_at)),
        resolution_due_at: to_proto_optional(ticket.resolution_due_at),
    }
}

/// Reads a duration whose bounds have been checked; `otherwise` where there is none.
pub(super) fn duration(given: Option<prost_types::Duration>, otherwise: Duration) -> Duration {
    given.map_or(otherwise, |given| given.try_into().unwrap_or(otherwise))
}

/// Returns the etag a change was made on: of the header, else of the body.
pub(super) fn made_on<'a>(header: &'a str, body: &'a str) -> &'a str {
    if header.is_empty() { body } else { header }
}

/// Says that there is no such record.
pub(super) fn missing(what: &'static str, id: &str) -> Error {
    Error::NotFound { what, id: id.to_owned() }
}
