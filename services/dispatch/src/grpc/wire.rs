//! Assignments and small things as messages.

use std::time::Duration;

use hotline_core::error::Error;
use hotline_core::etag;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::dispatch::v1::{Assignment as Message, AssignmentState, TicketBrief};

use crate::domain::assignment::{Assignment, Brief};
use crate::domain::state::State;

/// Returns an assignment as anybody may see it: without its token.
pub(super) fn assignment(work: Assignment) -> Message {
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
        rule: work.rule,
        etag: etag::of(work.version),
    }
}

/// Returns an assignment as its holder sees it.
pub(super) fn held(work: Assignment, token: String) -> Message {
    Message { lease_token: token, ..assignment(work) }
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
