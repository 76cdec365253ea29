//! What the clocks of promises tell.

use chrono::{DateTime, Utc};
use hotline_core::outbox::occurred_at;
use hotline_core::time::to_proto;
use hotline_proto::events::v1::{
    Envelope, SlaBreached, SlaFulfilled, SlaRepaired, SlaTold, SlaWarned, TicketSnapshot,
};
use prost::{DecodeError, Message};

use super::super::clocks::points;
use super::super::fact::Fact;
use super::tickets;

pub(super) fn warned(event: &SlaWarned, at: DateTime<Utc>) -> Vec<Fact> {
    facts(event.ticket.as_ref(), &warning(event, at))
}

pub(super) fn breached(event: &SlaBreached, at: DateTime<Utc>) -> Vec<Fact> {
    facts(event.ticket.as_ref(), &breach(event, at))
}

pub(super) fn fulfilled(event: &SlaFulfilled, at: DateTime<Utc>) -> Vec<Fact> {
    facts(event.ticket.as_ref(), &stop(event, at))
}

/// What a correction changes follows from what was told before: it is found with the standing of the ticket.
pub(super) fn repaired(_: &SlaRepaired, _: DateTime<Utc>) -> Vec<Fact> {
    Vec::new()
}

/// Something told of a clock: of which ticket, and whether it corrects what was told before.
pub(super) struct Saying {
    pub(super) ticket: Option<TicketSnapshot>,
    pub(super) corrects: bool,
    pub(super) told: SlaRepaired,
}

/// Returns what an event tells of a clock, if it does.
///
/// # Errors
/// When its payload is not of its message.
pub(super) fn saying(event: &Envelope) -> Result<Option<Saying>, DecodeError> {
    let (payload, at) = (event.payload.as_slice(), occurred_at(event));
    let first = |ticket, told| Saying { ticket, corrects: false, told };
    Ok(Some(match event.name.as_str() {
        "hotline.events.v1.SlaWarned" => {
            let event = SlaWarned::decode(payload)?;
            let told = warning(&event, at);
            first(event.ticket, told)
        }
        "hotline.events.v1.SlaBreached" => {
            let event = SlaBreached::decode(payload)?;
            let told = breach(&event, at);
            first(event.ticket, told)
        }
        "hotline.events.v1.SlaFulfilled" => {
            let event = SlaFulfilled::decode(payload)?;
            let told = stop(&event, at);
            first(event.ticket, told)
        }
        "hotline.events.v1.SlaRepaired" => {
            let mut told = SlaRepaired::decode(payload)?;
            Saying { ticket: told.ticket.take(), corrects: true, told }
        }
        _ => return Ok(None),
    }))
}

fn warning(event: &SlaWarned, at: DateTime<Utc>) -> SlaRepaired {
    first(&event.clock, SlaTold { warned_at: Some(to_proto(at)), ..SlaTold::default() })
}

fn breach(event: &SlaBreached, at: DateTime<Utc>) -> SlaRepaired {
    first(&event.clock, SlaTold { breached_at: Some(to_proto(at)), ..SlaTold::default() })
}

fn stop(event: &SlaFulfilled, at: DateTime<Utc>) -> SlaRepaired {
    let told = SlaTold {
        met: Some(event.met),
        met_by_extension: event.met_by_extension,
        elapsed_seconds: event.elapsed_seconds,
        ..SlaTold::default()
    };
    SlaRepaired { stopped_at: Some(to_proto(at)), ..first(&event.clock, told) }
}

/// Returns what is told first as a correction tells it.
fn first(clock: &str, is: SlaTold) -> SlaRepaired {
    SlaRepaired { clock: clock.to_owned(), is: Some(is), ..SlaRepaired::default() }
}

fn facts(ticket: Option<&TicketSnapshot>, told: &SlaRepaired) -> Vec<Fact> {
    let (Some(ticket), Some(is)) = (ticket, &told.is) else {
        return Vec::new();
    };
    let dims = tickets::dims(ticket);
    let points = points(&told.clock, told.stopped_at.as_ref(), is);
    points.into_iter().map(|point| point.fact(&dims)).collect()
}
