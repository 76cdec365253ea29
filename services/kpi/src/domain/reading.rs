//! What each event tells: one table from the event's name to its facts, each a pure function of the event
//! alone. So facts don't depend on the order of events, and reading the same events again gives the same
//! facts (K8). How a ticket stands, and what a correction of a clock changes, follows from all its events:
//! [`told`] says what each adds to that.

mod budget;
mod contacts;
mod imported;
mod matters;
mod outages;
mod plans;
mod sla;
mod stages;
mod standings;
mod tickets;
mod work;

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use hotline_core::time::from_proto;
use hotline_proto::events::v1::{
    AssignmentDeclined, AssignmentExpired, AssignmentQueued, AssignmentReturned, Envelope,
    RemoteSessionChanged, RemoteSessionEnded, RemoteSessionStarted, TicketClosed, TicketContacted,
    TicketExtended, TicketReinstated, TicketResumed, TicketStarted, TicketVerified,
};
use prost::{Message, Name};

use super::fact::{Fact, Measure};

pub(crate) use standings::told;

/// An event that tells nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// No figure is made of events of this name.
    #[error("no figure is made of `{0}`")]
    Unknown(String),
    /// The payload is not of the message that the envelope names.
    #[error("the payload of `{0}` does not decode")]
    Payload(String, #[source] prost::DecodeError),
}

/// Returns what an event tells.
///
/// # Errors
/// [`Unreadable`]: an event that is not understood must not be left uncounted in silence.
pub(crate) fn facts(event: &Envelope) -> Result<Vec<Fact>, Unreadable> {
    let reader = READERS.get(&event.name).ok_or_else(|| Unreadable::Unknown(event.name.clone()))?;
    let at = from_proto(event.occurred_at.as_ref()).unwrap_or_default();
    reader(&event.payload, at).map_err(|error| Unreadable::Payload(event.name.clone(), error))
}

/// Tells whether figures are made of events of this name.
pub(crate) fn is_read(name: &str) -> bool {
    READERS.contains_key(name)
}

type Reader = Box<dyn Fn(&[u8], DateTime<Utc>) -> Result<Vec<Fact>, prost::DecodeError> + Send + Sync>;

static READERS: LazyLock<HashMap<String, Reader>> = LazyLock::new(|| {
    HashMap::from([
        on(tickets::created),
        on(tickets::assigned),
        on(tickets::handed_over),
        on(|event: &TicketStarted, at| tickets::once(Measure::STARTED, event.ticket.as_ref(), at)),
        on(tickets::waiting),
        on(|event: &TicketResumed, at| tickets::once(Measure::RESUMED, event.ticket.as_ref(), at)),
        on(tickets::reprioritized),
        on(|event: &TicketExtended, at| tickets::once(Measure::EXTENDED, event.ticket.as_ref(), at)),
        on(tickets::resolved),
        on(|event: &TicketVerified, at| tickets::once(Measure::VERIFIED, event.ticket.as_ref(), at)),
        on(|event: &TicketClosed, at| tickets::once(Measure::CLOSED, event.ticket.as_ref(), at)),
        on(tickets::reopened),
        on(matters::cancelled),
        on(|event: &TicketReinstated, at| tickets::once(Measure::REINSTATED, event.ticket.as_ref(), at)),
        on(matters::judged),
        on(matters::forwarded),
        on(matters::concluded),
        on(matters::fed_back),
        on(plans::changed),
        on(plans::overdue),
        on(imported::facts),
        on(sla::warned),
        on(sla::breached),
        on(sla::fulfilled),
        on(sla::repaired),
        on(|event: &AssignmentQueued, at| work::once(Measure::QUEUED, event.assignment.as_ref(), at)),
        on(stages::accepted),
        on(stages::confirmed),
        on(stages::escalated),
        on(stages::arrived),
        on(|event: &AssignmentDeclined, at| work::once(Measure::DECLINED, event.assignment.as_ref(), at)),
        on(|event: &AssignmentExpired, at| work::once(Measure::EXPIRED, event.assignment.as_ref(), at)),
        on(|event: &AssignmentReturned, at| work::once(Measure::RETURNED, event.assignment.as_ref(), at)),
        on(stages::transferred),
        on(stages::completed),
        on(contacts::ended),
        on(contacts::overran),
        on(matters::informed),
        on(|event: &TicketContacted, at| tickets::once(Measure::REPEAT_CONTACT, event.ticket.as_ref(), at)),
        on(|event: &RemoteSessionStarted, at| {
            contacts::remote(Measure::REMOTE_SESSION, event.session.as_ref(), at, None)
        }),
        on(|event: &RemoteSessionChanged, at| {
            contacts::remote(Measure::REMOTE_CHANGE, event.session.as_ref(), at, None)
        }),
        on(|event: &RemoteSessionEnded, at| {
            let seconds = Some(event.lasted_seconds);
            contacts::remote(Measure::REMOTE_SESSION_ENDED, event.session.as_ref(), at, seconds)
        }),
        on(contacts::callback_attempted),
        on(contacts::callback_completed),
        on(contacts::article_published),
        on(outages::proposed),
        on(outages::published),
        on(outages::updated),
        on(outages::withdrawn),
        on(outages::recovered),
        on(outages::told),
        on(outages::ticket_linked),
    ])
});

/// Returns the table's row for one kind of event.
fn on<E: Message + Name + Default + 'static>(facts: fn(&E, DateTime<Utc>) -> Vec<Fact>) -> (String, Reader) {
    let read: Reader = Box::new(move |payload, at| Ok(facts(&E::decode(payload)?, at)));
    (E::full_name(), read)
}

#[cfg(test)]
mod tests;
