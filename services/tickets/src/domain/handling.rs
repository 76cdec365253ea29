//! Work on a ticket: assigned, handed over, started, given back, waiting (T6, T12).

use chrono::{DateTime, Utc};
use hotline_core::error::Error as Core;
use hotline_proto::common::v1::TicketState;
use uuid::Uuid;

use crate::domain::clock::Which;
use crate::domain::draft::{Draft, What};
use crate::domain::lease::{Claim, Hold, Lease, claim};
use crate::domain::lifecycle::{Event, next};
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// An assignment of dispatch, as a call or event names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its epoch.
    pub(crate) epoch: i64,
}

impl Draft<'_> {
    /// Notes that a team's queue got the ticket. What is older than what the ticket knows, or comes when there is
    /// nothing left to assign, changes nothing: events come late and repeated.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn assign(&mut self, team_key: &str, assignment: Assignment) -> Result<(), Error> {
        let known = self.ticket.lease;
        let stale = known.is_some_and(|known| assignment.id <= known.assignment);
        if stale || next(self.ticket.state, Event::Assign).is_none() {
            return Ok(());
        }
        self.hold(assignment, Hold::Queued);
        if self.ticket.state == TicketState::Assigned && self.ticket.team_key == team_key {
            return Ok(());
        }
        self.step(Event::Assign)?;
        self.ticket.assignee.clear();
        self.give_to(team_key);
        self.warn_the_team()
    }

    /// Gives the ticket to another team, or to whichever the routing rules choose where none is named; who held it holds
    /// it no more.
    ///
    /// # Errors
    /// [`Error::State`] or [`Error::Calendar`].
    pub(crate) fn hand_over(&mut self, team_key: &str, note: &str) -> Result<(), Error> {
        let moved = self.end_wait()?;
        self.step(Event::HandOver)?;
        let details = moved.change("teamKey", &self.ticket.team_key, team_key).change(
            "assignee",
            &self.ticket.assignee,
            "",
        );
        let details = details.even_empty("teamKey", team_key);
        self.ticket.give_to(team_key);
        self.ticket.assignee.clear();
        self.end_lease();
        self.log(Kind::HandedOver, note, details);
        self.tell(What::HandedOver(note.to_owned()));
        self.forwarded();
        self.warn_the_team()
    }

    /// Notes that a member took the work on. The same lease again changes nothing.
    ///
    /// # Errors
    /// [`Error::LeaseLost`] for a holder that a later one has fenced off; [`Error::State`] or [`Error::Calendar`].
    pub(crate) fn start(
        &mut self,
        assignee: &str,
        team_key: &str,
        assignment: Assignment,
    ) -> Result<(), Error> {
        match self.claim(assignment) {
            Claim::Known(Hold::Held) => return Ok(()),
            Claim::Known(Hold::Queued) | Claim::Later => {}
            Claim::Stale | Claim::Known(Hold::Ended | Hold::Completed) => return Err(lost(assignment)),
        }
        let moved = self.end_wait()?;
        if self.ticket.team_key != team_key && next(self.ticket.state, Event::Assign).is_some() {
            self.step(Event::Assign)?;
            self.ticket.assignee.clear();
            self.give_to(team_key);
        }
        self.step(Event::Start)?;
        self.hold(assignment, Hold::Held);
        let details = moved.change("assignee", &self.ticket.assignee, assignee);
        self.ticket.give_to(team_key);
        assignee.clone_into(&mut self.ticket.assignee);
        self.log(Kind::Started, "", details.with("teamKey", team_key));
        let first = self.ticket.responded_at.is_none();
        self.ticket.responded_at.get_or_insert(self.at);
        self.tell(What::Started(first));
        self.responded()
    }

    /// Notes that the holder gave the work back, or that it goes to another team. The same again changes nothing.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub(crate) fn release(
        &mut self,
        team_key: &str,
        assignment: Assignment,
        reason: &str,
    ) -> Result<(), Error> {
        match self.claim(assignment) {
            Claim::Known(Hold::Ended) => return Ok(()),
            Claim::Known(Hold::Held | Hold::Queued) | Claim::Later => {}
            Claim::Stale | Claim::Known(Hold::Completed) => return Err(lost(assignment)),
        }
        let moved = self.end_wait()?;
        self.step(Event::Release)?;
        self.hold(assignment, Hold::Ended);
        let details = moved.change("assignee", &self.ticket.assignee, "");
        self.ticket.assignee.clear();
        self.log(Kind::Released, reason, details);
        if self.ticket.team_key != team_key {
            self.give_to(team_key);
        }
        self.warn_the_team()
    }

    /// Notes that dispatch has the work back in its team's queue. Anything but the very work that the ticket is held
    /// under changes nothing.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn returned(
        &mut self,
        team_key: &str,
        assignment: Assignment,
        reason: &str,
    ) -> Result<(), Error> {
        let holds = self.ticket.lease.is_some_and(|known| {
            known.hold == Hold::Held && known.assignment == assignment.id && known.epoch <= assignment.epoch
        });
        if holds && next(self.ticket.state, Event::Release).is_some() {
            self.release(team_key, assignment, reason)?;
        }
        Ok(())
    }

    /// Notes what dispatch tells of the work that leaves it where it is.
    pub(crate) fn dispatch_noted(&mut self, kind: Kind, details: Details) {
        self.log(kind, "", details);
    }

    /// Stops work; the clocks stand still.
    ///
    /// # Errors
    /// [`Error::State`]; [`Core::Field`] for a time to go on that has passed.
    pub(crate) fn wait(
        &mut self,
        reason: &str,
        until: Option<DateTime<Utc>>,
        note: &str,
    ) -> Result<(), Error> {
        self.step(Event::Wait)?;
        if until.is_some_and(|until| until <= self.at) {
            return Err(Error::Core(Core::Field {
                field: "until",
                en: "must lie in the future",
                zh: "必须是将来的时间",
            }));
        }
        self.ticket.wait_until = until;
        self.ticket.begin_wait(reason, self.at);
        let details = Details::default().with("reason", reason).time("until", until);
        self.log(Kind::Waiting, note, details);
        self.tell(What::Waiting(reason.to_owned()));
        Ok(())
    }

    /// Stops the clock of the first response, and starts that of updates with the first one of a round.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn responded(&mut self) -> Result<(), Error> {
        self.stop(Which::Response)?;
        if self.ticket.course.informed_at.is_none() {
            self.expect_updates(self.at)?;
        }
        self.warn_the_team()
    }

    /// Goes on after waiting; the due times move by the working time waited.
    ///
    /// # Errors
    /// [`Error::State`] or [`Error::Calendar`].
    pub(crate) fn resume(&mut self, note: &str) -> Result<(), Error> {
        self.step(Event::Resume)?;
        let moved = self.end_wait()?;
        self.log(Kind::Resumed, note, moved);
        self.tell(What::Resumed);
        Ok(())
    }

    /// Ends the time it waits, if it does; returns how the due times moved.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn end_wait(&mut self) -> Result<Details, Error> {
        let at = self.at;
        let Some(wait) = self.ticket.waits.last_mut().filter(|wait| wait.to.is_none()) else {
            return Ok(Details::default());
        };
        wait.to = Some(at);
        self.ticket.wait_until = None;
        let before = self.ticket.clone();
        self.recompute()?;
        Ok(self.changed_promises(&before))
    }

    /// Ends the work of whoever holds the ticket: a late word of theirs is refused.
    pub(crate) fn end_lease(&mut self) {
        if let Some(lease) = &mut self.ticket.lease {
            lease.hold = Hold::Ended;
        }
    }

    /// Compares an assignment with what the ticket knows.
    pub(crate) fn claim(&self, assignment: Assignment) -> Claim {
        claim(self.ticket.lease, assignment.id, assignment.epoch)
    }

    /// Notes what became of an assignment.
    pub(crate) fn hold(&mut self, assignment: Assignment, hold: Hold) {
        self.ticket.lease = Some(Lease { assignment: assignment.id, epoch: assignment.epoch, hold });
    }

    fn give_to(&mut self, team_key: &str) {
        let from = self.ticket.give_to(team_key);
        let details = Details::default().with("fromTeamKey", from.clone()).with("teamKey", team_key);
        self.log(Kind::Assigned, "", details);
        self.tell(What::Assigned(from));
        self.forwarded();
    }
}

/// Returns the error of a holder that comes too late.
pub(crate) fn lost(assignment: Assignment) -> Error {
    Error::LeaseLost { assignment: assignment.id, epoch: assignment.epoch }
}
