//! What follows for tickets when a notice is published, withdrawn or over, and the looks for spikes: steps on the time
//! road, each a bounded batch that sets the next. A process that dies between two loses none and repeats none.
//!
//! Other replicas hear of it a moment later and register tickets by what they knew before: each pass is followed by a
//! late one for these.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Deadline};
use uuid::Uuid;

use super::open::HEARD_WITHIN;
use crate::domain::outage::Outage;
use crate::error::Error;
use crate::store::Store;

const LINK: &str = "outage-link";
const LATE_LINK: &str = "outage-link-late";
const UNLINK: &str = "outage-unlink";
const LATE_UNLINK: &str = "outage-unlink-late";
const SOLVE: &str = "outage-solve";
const LATE_SOLVE: &str = "outage-solve-late";
const LOOK: &str = "outage-look";

/// How far back the late pass looks for tickets to link: more than the clocks of two replicas may differ plus the time
/// that a registration takes.
const RECENTLY: TimeDelta = TimeDelta::minutes(1);

/// The one subject of looks.
const SPIKES: &str = "spikes";

/// When the tickets of a notice are gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// At once.
    First,
    /// Once every replica has heard of it.
    Late,
}

impl Pass {
    fn either<T>(self, first: T, late: T) -> T {
        match self {
            Self::First => first,
            Self::Late => late,
        }
    }
}

/// A step that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Link the next open fault tickets in scope of a notice, from the ticket after this one.
    Link(Uuid, Pass, Option<(DateTime<Utc>, Uuid)>),
    /// Unlink the next open tickets of a notice, from the one after this id.
    Unlink(Uuid, Pass, Uuid),
    /// Solve the next open tickets of a notice, from the one after this id.
    Solve(Uuid, Pass, Uuid),
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
            LINK => Some(Self::Link(outage()?, Pass::First, place(&deadline.payload))),
            LATE_LINK => Some(Self::Link(outage()?, Pass::Late, place(&deadline.payload))),
            UNLINK => Some(Self::Unlink(outage()?, Pass::First, after())),
            LATE_UNLINK => Some(Self::Unlink(outage()?, Pass::Late, after())),
            SOLVE => Some(Self::Solve(outage()?, Pass::First, after())),
            LATE_SOLVE => Some(Self::Solve(outage()?, Pass::Late, after())),
            _ => None,
        }
    }

    /// Sets the step as due.
    pub(super) fn set(self, tx: &Tx, due_at: DateTime<Utc>) {
        let id = |after: Uuid| if after.is_nil() { String::new() } else { after.to_string() };
        let (kind, subject, payload) = match self {
            Self::Link(outage, pass, after) => {
                (pass.either(LINK, LATE_LINK), outage.to_string(), written(after))
            }
            Self::Unlink(outage, pass, after) => {
                (pass.either(UNLINK, LATE_UNLINK), outage.to_string(), id(after))
            }
            Self::Solve(outage, pass, after) => {
                (pass.either(SOLVE, LATE_SOLVE), outage.to_string(), id(after))
            }
            Self::Look => (LOOK, SPIKES.to_owned(), String::new()),
        };
        deadlines::set(tx, kind, &subject, due_at, &payload);
    }
}

/// Links open tickets in scope, from now on, and those that others have registered without hearing of it.
pub(super) fn link(tx: &Tx, outage: &Outage) {
    let now = outage.updated_at;
    Step::Link(outage.id, Pass::First, None).set(tx, now);
    let recent = Some((now - RECENTLY, Uuid::nil()));
    Step::Link(outage.id, Pass::Late, recent).set(tx, now + HEARD_WITHIN);
}

/// Unlinks open tickets, from now on, and those that others have linked to it without hearing of it.
pub(super) fn unlink(tx: &Tx, outage: &Outage) {
    let now = outage.updated_at;
    Step::Unlink(outage.id, Pass::First, Uuid::nil()).set(tx, now);
    Step::Unlink(outage.id, Pass::Late, Uuid::nil()).set(tx, now + HEARD_WITHIN);
}

/// Solves open tickets, from now on.
pub(super) fn solve(tx: &Tx, outage: &Outage) {
    Step::Solve(outage.id, Pass::First, Uuid::nil()).set(tx, outage.updated_at);
}

/// Solves what was linked after the open tickets were solved: by others who had not heard that it is over, or by steps
/// of linking that were left when it was.
pub(super) fn solve_late(tx: &Tx, outage: &Outage) {
    // As early as can be, however late this is: before what falls due on these tickets later.
    let over = outage.recovery.as_ref().map_or(outage.updated_at, |recovery| recovery.at);
    Step::Solve(outage.id, Pass::Late, Uuid::nil()).set(tx, over + HEARD_WITHIN);
}

impl Store {
    /// Takes a step that is due, in the transaction that removes it.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database); then it is taken later.
    pub(crate) async fn take(&self, tx: &Tx, step: Step) -> Result<(), Error> {
        match step {
            Step::Link(outage, pass, after) => self.link_some(tx, outage, pass, after).await,
            Step::Unlink(outage, pass, after) => self.unlink_some(tx, outage, pass, after).await,
            Step::Solve(outage, pass, after) => self.solve_some(tx, outage, pass, after).await,
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
    fn both_passes_are_due_apart_so_that_neither_takes_the_place_of_the_other() {
        let due = |kind: &str| Deadline {
            kind: kind.to_owned(),
            subject: Uuid::from_u128(7).to_string(),
            due_at: DateTime::UNIX_EPOCH,
            payload: String::new(),
        };
        let outage = Uuid::from_u128(7);
        for (pass, [link, unlink, solve]) in
            [(Pass::First, [LINK, UNLINK, SOLVE]), (Pass::Late, [LATE_LINK, LATE_UNLINK, LATE_SOLVE])]
        {
            assert_eq!(Step::of(&due(link)), Some(Step::Link(outage, pass, None)));
            assert_eq!(Step::of(&due(unlink)), Some(Step::Unlink(outage, pass, Uuid::nil())));
            assert_eq!(Step::of(&due(solve)), Some(Step::Solve(outage, pass, Uuid::nil())));
        }
    }

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let at = "2026-03-02T01:00:00.123456Z".parse().expect("a time");
        for place in [None, Some((at, Uuid::from_u128(7)))] {
            assert_eq!(super::place(&written(place)), place);
        }
    }
}
