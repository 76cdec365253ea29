//! How a ticket ends, and how it goes round again (T6, T15, V4).

use chrono::TimeDelta;
use hotline_proto::common::v1::TicketState;
use uuid::Uuid;

use crate::domain::clock::Which;
use crate::domain::draft::{Draft, Solution, What};
use crate::domain::handling::{Assignment, lost};
use crate::domain::lease::{Claim, Hold};
use crate::domain::lifecycle::{Event, next};
use crate::domain::priority::raised;
use crate::domain::refusal::Refusal;
use crate::domain::timeline::{Details, Kind};
use crate::domain::usage;
use crate::error::Error;

/// What a callback found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The customer is satisfied.
    Satisfied,
    /// The customer is not.
    Unsatisfied,
    /// Nobody answered.
    Unreachable,
}

impl Draft<'_> {
    /// Records the solution, by whoever the ticket is assigned to, else by who acts. The first line may solve at once.
    ///
    /// # Errors
    /// [`Error::State`] or [`Error::Calendar`].
    pub(crate) fn resolve(&mut self, resolution: &str, article_ids: Vec<Uuid>) -> Result<(), Error> {
        self.end_lease();
        let mut moved = self.end_wait()?;
        if self.ticket.team_key.is_empty() {
            self.who.team_key.clone_into(&mut self.ticket.team_key);
            moved = moved.with("teamKey", self.ticket.team_key.clone());
        }
        let assignee = self.ticket.assignee.clone();
        let solver = if assignee.is_empty() { self.who.subject.clone() } else { assignee };
        self.solve(moved, &solver, resolution, article_ids)
    }

    /// Records the solution of the holder of an assignment. The same again changes nothing.
    ///
    /// # Errors
    /// [`Error::LeaseLost`] for one who holds the ticket no more; [`Error::State`] or [`Error::Calendar`].
    pub(crate) fn complete(
        &mut self,
        assignee: &str,
        assignment: Assignment,
        resolution: &str,
        article_ids: Vec<Uuid>,
    ) -> Result<(), Error> {
        match self.claim(assignment) {
            Claim::Known(Hold::Completed) => return Ok(()),
            Claim::Known(Hold::Held | Hold::Queued) | Claim::Later => {}
            Claim::Stale | Claim::Known(Hold::Ended) => return Err(lost(assignment)),
        }
        self.hold(assignment, Hold::Completed);
        let moved = self.end_wait()?.change("assignee", &self.ticket.assignee, assignee);
        assignee.clone_into(&mut self.ticket.assignee);
        self.solve(moved, assignee, resolution, article_ids)
    }

    /// Records that the customer confirmed the solution.
    ///
    /// # Errors
    /// [`Error::State`].
    pub(crate) fn verify(&mut self, note: &str) -> Result<(), Error> {
        self.step(Event::Verify)?;
        self.log(Kind::Verified, note, Details::default());
        self.tell(What::Verified);
        Ok(())
    }

    /// Ends the ticket by hand: a complaint only once the customer has been told what came of it.
    ///
    /// # Errors
    /// [`Error::State`]; [`Refusal::FeedbackMissing`], [`Refusal::NotConcluded`] or [`Refusal::OwnCase`].
    pub(crate) fn close_by_hand(&mut self, note: &str) -> Result<(), Error> {
        self.not_about_oneself()?;
        let confirmed = self.ticket.state == TicketState::Verified;
        if next(self.ticket.state, Event::Close).is_some() {
            self.must_be_fed_back(confirmed)?;
        }
        self.close(note)
    }

    /// Ends the ticket.
    ///
    /// # Errors
    /// [`Error::State`]; [`Refusal::NotConcluded`], whoever ends it.
    pub(crate) fn close(&mut self, note: &str) -> Result<(), Error> {
        self.step(Event::Close)?;
        self.must_be_concluded()?;
        self.ticket.closed_at = Some(self.at);
        self.log(Kind::Closed, note, Details::default());
        self.tell(What::Closed);
        Ok(())
    }

    /// Opens a solved ticket again; one that was closed, within the days for that.
    ///
    /// # Errors
    /// As [`Self::reopen`]; [`Refusal::ReopenTooLate`].
    pub(crate) fn reopen_in_time(&mut self, reason: &str) -> Result<(), Error> {
        let days = self.rules.reopen_days;
        let until = self.ticket.closed_at.map(|closed| closed + TimeDelta::days(days.into()));
        if let Some(until) =
            until.filter(|until| self.at > *until && self.ticket.state == TicketState::Closed)
        {
            return Err(Refusal::ReopenTooLate { until }.into());
        }
        self.reopen(reason)
    }

    /// Opens a solved ticket again for the team that solved it, one priority higher, with a new promise (T15).
    ///
    /// # Errors
    /// [`Error::State`] or [`Error::Calendar`].
    pub(crate) fn reopen(&mut self, reason: &str) -> Result<(), Error> {
        self.step(Event::Reopen)?;
        self.end_lease();
        let before = self.ticket.priority;
        self.ticket.priority = raised(before);
        self.ticket.reopen_count += 1;
        self.ticket.assignee.clear();
        self.ticket.closed_at = None;
        if let Some(complaint) = &mut self.ticket.matters.complaint {
            // The next solution is to be told as well.
            complaint.feedback = None;
        }
        let details = Details::default()
            .change("priority", before.as_str_name(), self.ticket.priority.as_str_name())
            .with("teamKey", self.ticket.team_key.clone())
            .with("solvedBy", self.ticket.solved_by.clone());
        self.log(Kind::Reopened, reason, details);
        self.begin_another_round()?;
        let solved_by = self.ticket.solved_by.clone();
        let reason = reason.to_owned();
        self.tell(What::Reopened { reason, solved_by });
        Ok(())
    }

    /// Gives the ticket up.
    ///
    /// # Errors
    /// [`Error::State`] or [`Error::Calendar`]; [`Refusal::OwnCase`].
    pub(crate) fn cancel(&mut self, reason: &str) -> Result<(), Error> {
        self.not_about_oneself()?;
        let moved = self.end_wait()?;
        self.step(Event::Cancel)?;
        self.end_lease();
        self.given_up();
        self.log(Kind::Cancelled, reason, moved);
        self.tell(What::Cancelled(reason.to_owned()));
        Ok(())
    }

    /// Draws the consequence of a callback, once for each callback (V3, V4): satisfied is verified and closed,
    /// unreachable is closed, not satisfied goes round again. A ticket that somebody closed meanwhile stays closed
    /// unless the customer is not satisfied; a complaint of which the customer has still to be told stays open to that
    /// (T14).
    ///
    /// # Errors
    /// [`Error::State`] or [`Error::Calendar`].
    pub(crate) fn settle(&mut self, outcome: Outcome, comment: &str, callback_id: Uuid) -> Result<(), Error> {
        if self.ticket.callbacks.contains(&callback_id) {
            return Ok(());
        }
        self.ticket.callbacks.push(callback_id);
        let closed = self.ticket.state == TicketState::Closed;
        match outcome {
            Outcome::Unsatisfied => self.reopen(comment),
            Outcome::Satisfied | Outcome::Unreachable if closed => Ok(()),
            Outcome::Unreachable if self.must_be_fed_back(false).is_err() => {
                self.log(Kind::Unreachable, comment, Details::default());
                Ok(())
            }
            Outcome::Unreachable => self.close(comment),
            Outcome::Satisfied => {
                self.fed_back_by_callback(comment);
                if self.ticket.state != TicketState::Verified {
                    self.verify(comment)?;
                }
                if self.must_be_fed_back(true).is_ok() { self.close("") } else { Ok(()) }
            }
        }
    }

    fn solve(
        &mut self,
        moved: Details,
        solver: &str,
        resolution: &str,
        article_ids: Vec<Uuid>,
    ) -> Result<(), Error> {
        self.step(Event::Resolve)?;
        self.ticket.responded_at.get_or_insert(self.at);
        self.ticket.resolved_at = Some(self.at);
        resolution.clone_into(&mut self.ticket.resolution);
        solver.clone_into(&mut self.ticket.solved_by);
        self.ticket.article_ids = article_ids;
        self.log(Kind::Resolved, resolution, moved.with("solvedBy", solver));
        let within_target =
            self.ticket.clock(Which::Resolution).map(|clock| self.at < clock.due_at && !clock.breached);
        let created_at = self.ticket.created_at;
        let solution = Solution {
            elapsed_seconds: (self.at - created_at).num_seconds(),
            working_seconds: self.working_seconds(Which::Resolution, created_at)?,
            within_target,
            shares: self.shares()?,
            follow_up: self.follow_up,
        };
        self.tell(What::Resolved(solution));
        self.solved()
    }

    /// Stops every clock, and ends the round.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn solved(&mut self) -> Result<(), Error> {
        for which in [Which::Response, Which::Resolution, Which::Answer, Which::Total] {
            self.stop(which)?;
        }
        self.ticket.end_round(self.at);
        self.end_updates()
    }

    /// Begins a round with promises of its own; the customer has just been heard, and waits for word again.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn begin_another_round(&mut self) -> Result<(), Error> {
        self.ticket.begin_round(self.at);
        self.ticket.course.informed_at = Some(self.at);
        self.ticket.course.updates += 1;
        self.promise(true)
    }

    /// Returns who had the ticket how long in this round, in the calendar of its solution.
    fn shares(&self) -> Result<Vec<usage::Share>, Error> {
        let calendar = self.rules.calendar_of(&self.ticket)?;
        usage::of_last_round(&self.ticket, calendar, self.at)
    }
}
