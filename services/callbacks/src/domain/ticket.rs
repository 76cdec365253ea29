//! What a callback knows of its ticket, so that nobody needs to be asked.

use chrono::{DateTime, Utc};
use hotline_core::error::Error;
use hotline_core::id;
use hotline_core::time::from_proto;
use hotline_proto::common::v1::{Channel, Priority, TicketState, TicketType};
use hotline_proto::events::v1::TicketResolved;
use hotline_proto::tickets::v1 as tickets;
use uuid::Uuid;

/// A ticket, as a callback knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) id: Uuid,
    pub(crate) number: String,
    pub(crate) ticket_type: TicketType,
    pub(crate) category_code: String,
    /// The team that solved it.
    pub(crate) team_key: String,
    /// Who solved it.
    pub(crate) solved_by: String,
    pub(crate) priority: Priority,
    pub(crate) channel: Channel,
    /// What was done about it.
    pub(crate) resolution: String,
    /// The callback asks about a solution: the answer settles the ticket.
    pub(crate) solved: bool,
}

impl Ticket {
    /// Reads a ticket that was solved, and when: where it does not say, when the event happened.
    ///
    /// # Errors
    /// For an id that is none.
    pub(crate) fn solved(
        event: &TicketResolved,
        happened: DateTime<Utc>,
    ) -> Result<(Self, DateTime<Utc>), Error> {
        let ticket = event.ticket.clone().unwrap_or_default();
        let resolved_at = from_proto(ticket.resolved_at.as_ref()).unwrap_or(happened);
        let known = Self {
            id: id::parse(&ticket.id, "ticket.id")?,
            ticket_type: ticket.r#type(),
            priority: ticket.priority(),
            channel: ticket.channel(),
            number: ticket.number,
            category_code: ticket.category_code,
            team_key: ticket.team_key,
            solved_by: event.solved_by.clone(),
            resolution: event.resolution.clone(),
            solved: true,
        };
        Ok((known, resolved_at))
    }

    /// Reads a ticket as it stands.
    ///
    /// # Errors
    /// For an id that is none.
    pub(crate) fn standing(ticket: tickets::Ticket) -> Result<Self, Error> {
        let solved = ticket.state() == TicketState::Resolved;
        Ok(Self {
            id: id::parse(&ticket.id, "ticket.id")?,
            ticket_type: ticket.r#type(),
            priority: ticket.priority(),
            channel: ticket.channel(),
            number: ticket.number,
            category_code: ticket.category_code,
            team_key: ticket.team_key,
            solved_by: if solved { ticket.assignee } else { String::new() },
            resolution: ticket.resolution,
            solved,
        })
    }
}
