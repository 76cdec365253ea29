//! What is due on a ticket, as rows of the time road: set and cleared in the transaction of their cause.

use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Deadline};
use uuid::Uuid;

use crate::domain::ticket::{Alarm, Ticket, Which};
use crate::error::Error;

/// Sets what has come to be due at another time than before, and clears what is due no more.
///
/// # Errors
/// [`Core::Database`](hotline_core::error::Error::Database).
pub(crate) async fn set(tx: &Tx, before: Option<&Ticket>, after: &Ticket) -> Result<(), Error> {
    for alarm in Alarm::ALL {
        let due = after.due(alarm);
        if before.and_then(|before| before.due(alarm)) == due {
            continue;
        }
        let (kind, subject) = (kind(alarm), subject(after.id, alarm));
        match due {
            Some(due) => deadlines::set(tx, kind, &subject, due, "").await?,
            None => deadlines::clear(tx, kind, &subject).await?,
        }
    }
    Ok(())
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
