//! What is due on a ticket, as rows of the time road: set and cleared in the transaction of their cause.

use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Deadline};
use uuid::Uuid;

use crate::domain::clock::{Alarm, Which};
use crate::domain::ticket::Ticket;

/// Sets what has come to be due at another time than before, and clears what is due no more.
pub(crate) fn set(tx: &Tx, before: &Ticket, after: &Ticket) {
    for alarm in Alarm::ALL {
        let due = after.due(alarm);
        if before.due(alarm) == due {
            continue;
        }
        let (kind, subject) = (kind(alarm), subject(after.id, alarm));
        match due {
            Some(due) => deadlines::set(tx, kind, &subject, due, ""),
            None => deadlines::clear(tx, kind, &subject),
        }
    }
}

/// Sets what is due on new tickets.
pub(crate) fn set_new<'a>(tx: &Tx, tickets: impl Iterator<Item = &'a Ticket>) {
    let due = tickets.flat_map(|ticket| {
        Alarm::ALL.into_iter().filter_map(|alarm| {
            let (kind, subject) = (kind(alarm).to_owned(), subject(ticket.id, alarm));
            Some(Deadline { kind, subject, due_at: ticket.due(alarm)?, payload: String::new() })
        })
    });
    deadlines::set_all(tx, due);
}

/// Returns the ticket that a deadline is about; `None` for one of another kind.
pub(crate) fn read(deadline: &Deadline) -> Option<Uuid> {
    let known = Alarm::ALL.into_iter().any(|alarm| kind(alarm) == deadline.kind);
    let ticket = deadline.subject.split(':').next()?;
    ticket.parse().ok().filter(|_| known)
}

fn kind(alarm: Alarm) -> &'static str {
    match alarm {
        Alarm::Resume => "resume",
        Alarm::Warn(_) => "sla-warn",
        Alarm::Breach(_) => "sla-breach",
    }
}

fn subject(ticket: Uuid, alarm: Alarm) -> String {
    match alarm {
        Alarm::Resume => ticket.to_string(),
        Alarm::Warn(which) | Alarm::Breach(which) => format!("{ticket}:{}", Which::name(which)),
    }
}
