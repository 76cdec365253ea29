//! What follows for tickets when a notice is published, withdrawn or over, and the looks for spikes: steps on the time
//! road, each a bounded batch that sets the next. A process that dies between two loses none and repeats none.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Deadline};
use uuid::Uuid;

use crate::domain::outage::Outage;
use crate::error::Error;
use crate::store::Store;

const LINK: &str = "outage-link";
const UNLINK: &str = "outage-unlink";
const SOLVE: &str = "outage-solve";
const LOOK: &str = "outage-look";

/// The one subject of looks.
const SPIKES: &str = "spikes";

/// A step that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Link the next open fault tickets in scope of a notice, from the ticket after this one.
    Link(Uuid, Option<(DateTime<Utc>, Uuid)>),
    /// Unlink the next open tickets of a notice, from the one after this id.
    Unlink(Uuid, Uuid),
    /// Solve the next open tickets of a notice, from the one after this id.
    Solve(Uuid, Uuid),
    /// Look whether many similar fault tickets came in.
    Look,
}

impl Step {
    /// Returns the step that a deadline is about; `None` for one of another kind.
    pub(crate) fn of(deadline: &Deadline) -> Option<Self> {
        if deadline.kind == LOOK {
            return Some(Self::Look);
        }
        let outage = || deadline.subject.parse().ok();
        let after = || deadline.payload.parse().unwrap_or_default();
        match deadline.kind.as_str() {
            LINK => Some(Self::Link(outage()?, place(&deadline.payload))),
            UNLINK => Some(Self::Unlink(outage()?, after())),
            SOLVE => Some(Self::Solve(outage()?, after())),
            _ => None,
        }
    }

    /// Sets the step as due.
    pub(super) fn set(self, tx: &Tx, due_at: DateTime<Utc>) {
        let id = |after: Uuid| if after.is_nil() { String::new() } else { after.to_string() };
        let (kind, subject, payload) = match self {
            Self::Link(outage, after) => (LINK, outage.to_string(), written(after)),
            Self::Unlink(outage, after) => (UNLINK, outage.to_string(), id(after)),
            Self::Solve(outage, after) => (SOLVE, outage.to_string(), id(after)),
            Self::Look => (LOOK, SPIKES.to_owned(), String::new()),
        };
        deadlines::set(tx, kind, &subject, due_at, &payload);
    }
}

/// Links open tickets in scope, from now on.
pub(super) fn link(tx: &Tx, outage: &Outage) {
    Step::Link(outage.id, None).set(tx, outage.updated_at);
}

/// Unlinks open tickets, from now on.
pub(super) fn unlink(tx: &Tx, outage: &Outage) {
    Step::Unlink(outage.id, Uuid::nil()).set(tx, outage.updated_at);
}

/// Solves open tickets, from now on.
pub(super) fn solve(tx: &Tx, outage: &Outage) {
    Step::Solve(outage.id, Uuid::nil()).set(tx, outage.updated_at);
}

impl Store {
    /// Takes a step that is due, in the transaction that removes it.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database); then it is taken later.
    pub(crate) async fn take(&self, tx: &Tx, step: Step) -> Result<(), Error> {
        match step {
            Step::Link(outage, after) => self.link_some(tx, outage, after).await,
            Step::Unlink(outage, after) => self.unlink_some(tx, outage, after).await,
            Step::Solve(outage, after) => self.solve_some(tx, outage, after).await,
            Step::Look => {
                self.look_again(tx);
                self.look_for_spikes(tx).await
            }
        }
    }

    /// Sets the first look for spikes; each look sets the next.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(super) async fn begin_to_look(&self) -> Result<(), Error> {
        let tx = self.db.begin().await?;
        self.look_again(&tx);
        Ok(tx.commit().await?)
    }

    fn look_again(&self, tx: &Tx) {
        let pause = TimeDelta::seconds(self.base().outages().spike_look_seconds.into());
        Step::Look.set(tx, self.clock.now() + pause);
    }
}

fn written(place: Option<(DateTime<Utc>, Uuid)>) -> String {
    let written = |(at, id): (DateTime<Utc>, Uuid)| {
        let at = at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        format!("{at} {id}")
    };
    place.map(written).unwrap_or_default()
}

fn place(written: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (at, id) = written.split_once(' ')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let at = "2026-03-02T01:00:00.123456Z".parse().expect("a time");
        for place in [None, Some((at, Uuid::from_u128(7)))] {
            assert_eq!(super::place(&written(place)), place);
        }
    }
}
