//! What events tell of how a ticket stands: open or not, whose it is, what was told of its clocks.

use chrono::{DateTime, Utc};
use hotline_core::outbox::occurred_at;
use hotline_core::time::from_proto;
use hotline_proto::common::v1::TicketState;
use hotline_proto::events::v1::{Envelope, TicketImported, TicketSnapshot};
use prost::{Message, Name};
use uuid::Uuid;

use super::super::clocks::Word;
use super::super::dimension::Dims;
use super::super::standing::Change;
use super::imported::{dims_at, ended_at};
use super::sla::{self, Saying};
use super::tickets::{dims, registered_at};

/// What an event tells of how a ticket stands.
pub(crate) struct Told {
    pub(crate) event: Uuid,
    pub(crate) ticket: Uuid,
    /// When the ticket was registered.
    pub(crate) registered: DateTime<Utc>,
    /// In order.
    pub(crate) changes: Vec<Change>,
    /// What it tells of a clock.
    pub(crate) word: Option<Word>,
}

/// The events of a ticket's life; those of its clocks tell of instants that their snapshots are not of.
const LIFE: &[&str] = &[
    "hotline.events.v1.TicketCreated",
    "hotline.events.v1.TicketAssigned",
    "hotline.events.v1.TicketHandedOver",
    "hotline.events.v1.TicketStarted",
    "hotline.events.v1.TicketWaiting",
    "hotline.events.v1.TicketResumed",
    "hotline.events.v1.TicketReprioritized",
    "hotline.events.v1.TicketResolved",
    "hotline.events.v1.TicketVerified",
    "hotline.events.v1.TicketReopened",
    "hotline.events.v1.TicketReinstated",
    CLOSED,
    CANCELLED,
];
const CLOSED: &str = "hotline.events.v1.TicketClosed";
const CANCELLED: &str = "hotline.events.v1.TicketCancelled";

/// What every event of a ticket's life has in common.
#[derive(Clone, PartialEq, Message)]
struct OfTicket {
    #[prost(message, optional, tag = "1")]
    ticket: Option<TicketSnapshot>,
}

/// Returns what an event tells of how its ticket stands, if it does.
///
/// # Errors
/// When its payload is not of its message.
pub(crate) fn told(event: &Envelope) -> Result<Option<Told>, prost::DecodeError> {
    if event.name == TicketImported::full_name() {
        let message = TicketImported::decode(event.payload.as_slice())?;
        return Ok(message.ticket.as_ref().and_then(|ticket| imported(event, &message, ticket)));
    }
    if !LIFE.contains(&event.name.as_str()) {
        return Ok(sla::saying(event)?.and_then(|saying| of_clock(event, saying)));
    }
    let ticket = OfTicket::decode(event.payload.as_slice())?.ticket;
    Ok(ticket.and_then(|ticket| living(event, &ticket)))
}

fn living(event: &Envelope, ticket: &TicketSnapshot) -> Option<Told> {
    let at = occurred_at(event);
    let ended = [CLOSED, CANCELLED].contains(&event.name.as_str());
    let (id, registered) = (event.id.parse().ok()?, registered_at(ticket, at));
    let change = Change { at, event: id, open: !ended && is_open(ticket), dims: dims(ticket) };
    Some(Told { event: id, ticket: ticket.id.parse().ok()?, registered, changes: vec![change], word: None })
}

fn of_clock(event: &Envelope, saying: Saying) -> Option<Told> {
    let (ticket, id) = (saying.ticket?, event.id.parse().ok()?);
    let registered = registered_at(&ticket, occurred_at(event));
    let word = Word { event: id, dims: dims(&ticket), corrects: saying.corrects, told: saying.told };
    Some(Told {
        event: id,
        ticket: ticket.id.parse().ok()?,
        registered,
        changes: Vec::new(),
        word: Some(word),
    })
}

/// A ticket of another system stood as its past says, then as it was brought in.
fn imported(event: &Envelope, message: &TicketImported, ticket: &TicketSnapshot) -> Option<Told> {
    let (at, id) = (occurred_at(event), event.id.parse().ok()?);
    let registered = registered_at(ticket, at);
    let change = |at, open, dims| Change { at, event: id, open, dims };
    let nobody = Dims { team: String::new(), agent: String::new(), ..dims(ticket) };
    let first = if message.past.is_empty() { dims(ticket) } else { nobody };
    let mut changes = vec![change(registered, true, first)];
    let mut open = true;
    for step in &message.past {
        open = match step.kind.as_str() {
            "CLOSED" | "CANCELLED" => false,
            "REOPENED" => true,
            _ => open,
        };
        changes.push(change(from_proto(step.at.as_ref()).unwrap_or(at), open, dims_at(step, ticket)));
    }
    let known = changes.iter().map(|change| change.at).max().unwrap_or(registered);
    let last = if is_open(ticket) { at } else { ended_at(ticket, at).min(at) };
    changes.push(change(last.max(known), is_open(ticket), dims(ticket)));
    Some(Told { event: id, ticket: ticket.id.parse().ok()?, registered, changes, word: None })
}

fn is_open(ticket: &TicketSnapshot) -> bool {
    !matches!(ticket.state(), TicketState::Closed | TicketState::Cancelled)
}
