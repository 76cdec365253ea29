//! A duplicate is merged into the ticket that survives, and the merge undone within a day (T17).
//!
//! The duplicate is given up; later words about it land on the survivor. Undone, it stands again where its work had not
//! been done, and its promises hold from its registration, as if nothing had happened: the customer has not erred. An
//! answer that was promised on the duplicate is owed on the survivor, and stays so.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use uuid::Uuid;

use crate::domain::draft::{Draft, What};
use crate::domain::lifecycle::Event;
use crate::domain::matters::Merge;
use crate::domain::refusal::Refusal;
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// How long a merge can be undone.
const UNDONE_WITHIN: TimeDelta = TimeDelta::days(1);

/// What a link between a survivor and its duplicate is called.
const DUPLICATE: &str = "DUPLICATE";

impl Draft<'_> {
    /// Merges the ticket into `survivor`. `watchers` are those who came to watch the survivor by it.
    ///
    /// # Errors
    /// [`Error::State`] or [`Error::Calendar`]; [`Refusal::OwnCase`], or [`Refusal::NotConcluded`] of a complaint that is
    /// investigated.
    pub(crate) fn merge_into(
        &mut self,
        survivor: &Ticket,
        watchers: BTreeSet<String>,
        reason: &str,
    ) -> Result<(), Error> {
        let moved = self.end_wait()?;
        self.step(Event::Merge)?;
        self.not_about_oneself()?;
        self.must_be_concluded()?;
        self.end_lease();
        self.ticket.survivor_id = Some(survivor.id);
        self.ticket.matters.merge = Some(Merge { at: self.at, by: self.who.subject.clone(), watchers });
        self.given_up();
        let details =
            moved.with("survivorId", survivor.id.to_string()).with("survivorNumber", survivor.number.clone());
        self.log(Kind::Merged, reason, details);
        self.tell(What::Cancelled(reason.to_owned()));
        Ok(())
    }

    /// Takes a duplicate in; returns who watches because of it.
    ///
    /// # Errors
    /// [`Error::State`] or [`Error::Calendar`].
    pub(crate) fn absorb(&mut self, duplicate: &Ticket) -> Result<BTreeSet<String>, Error> {
        self.step(Event::Link)?;
        let known = &mut self.ticket.matters.watchers;
        let new: BTreeSet<String> = duplicate.matters.watchers.difference(known).cloned().collect();
        known.extend(new.iter().cloned());
        self.log(Kind::Linked, "", of(duplicate));
        if let Some(owed) = &duplicate.answer_clock {
            self.take_over_answer(owed)?;
        }
        Ok(new)
    }

    /// Undoes the merge: the ticket is worked on again.
    ///
    /// # Errors
    /// [`Error::State`]; [`Refusal::NotMerged`] or [`Refusal::MergeSettled`]; [`Error::Calendar`].
    pub(crate) fn unmerge(&mut self, reason: &str) -> Result<Merge, Error> {
        self.step(Event::Unmerge)?;
        let merge = self.ticket.matters.merge.take().ok_or(Refusal::NotMerged)?;
        let until = merge.at + UNDONE_WITHIN;
        if self.at > until {
            return Err(Refusal::MergeSettled { until }.into());
        }
        let survivor = self.ticket.survivor_id.take().map(|id: Uuid| id.to_string());
        let details = Details::default().with("survivorId", survivor.unwrap_or_default()).change(
            "assignee",
            &self.ticket.assignee,
            "",
        );
        self.ticket.assignee.clear();
        self.log(Kind::Unmerged, reason, details);
        self.taken_up();
        self.tell(What::Reinstated(reason.to_owned()));
        self.warn_the_team()?;
        // What ran out meanwhile did so at its time.
        self.catch_up()?;
        Ok(merge)
    }

    /// Lets a duplicate go that was none.
    ///
    /// # Errors
    /// [`Error::State`].
    pub(crate) fn let_go(&mut self, duplicate: &Ticket, watchers: &BTreeSet<String>) -> Result<(), Error> {
        self.step(Event::Link)?;
        self.ticket.matters.watchers.retain(|watcher| !watchers.contains(watcher));
        self.log(Kind::Unlinked, "", of(duplicate));
        Ok(())
    }

    /// Ends the round without an outcome.
    pub(crate) fn given_up(&mut self) {
        self.ticket.end_round(self.at);
    }

    /// Takes the round up again that was given up.
    pub(crate) fn taken_up(&mut self) {
        if let Some(round) = self.ticket.course.rounds.last_mut() {
            round.to = None;
        }
    }
}

fn of(duplicate: &Ticket) -> Details {
    Details::default()
        .with("link", DUPLICATE)
        .with("otherId", duplicate.id.to_string())
        .with("otherNumber", duplicate.number.clone())
}
