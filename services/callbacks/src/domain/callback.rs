//! A callback: scheduled, open, held by somebody under a lease, ended (V1–V4).

use chrono::{DateTime, Utc};
use hotline_proto::callbacks::v1::{CallbackKind, CallbackState};
use uuid::Uuid;

use super::ticket::Ticket;
use crate::Error;

/// A callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Callback {
    pub(crate) id: Uuid,
    pub(crate) draft: Draft,
    pub(crate) state: CallbackState,
    /// Who holds it, or held it last.
    pub(crate) holder: String,
    /// Grows with every lease.
    pub(crate) epoch: i64,
    /// The proof of the lease last given.
    pub(crate) token: String,
    pub(crate) lease_expires_at: Option<DateTime<Utc>>,
    pub(crate) answer: Answer,
    /// Why it ended without an answer.
    pub(crate) end_reason: String,
    /// News of its ticket ended it, perhaps news of the very answer that its holder is about to note here.
    pub(crate) overtaken: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

/// What a callback is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) kind: CallbackKind,
    pub(crate) ticket: Option<Ticket>,
    pub(crate) customer_id: Option<Uuid>,
    pub(crate) subject: String,
    /// Not before; the next try once there was one.
    pub(crate) opens_at: DateTime<Utc>,
    /// Promised until; also its place in the queue.
    pub(crate) due_at: DateTime<Utc>,
}

/// What the customer answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) satisfied: Option<bool>,
    /// 1 to 5.
    pub(crate) score: Option<i32>,
}

/// What a callback is to somebody who wants work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Theirs to take.
    Free,
    /// It asks about what they did themselves: for others to take.
    OwnWork,
    /// It does not wait.
    Gone,
}

impl Callback {
    /// Returns a new callback that waits for its time.
    pub(crate) fn new(id: Uuid, draft: Draft, now: DateTime<Utc>) -> Self {
        Self {
            id,
            draft,
            state: CallbackState::Scheduled,
            holder: String::new(),
            epoch: 0,
            token: String::new(),
            lease_expires_at: None,
            answer: Answer::default(),
            end_reason: String::new(),
            overtaken: false,
            created_at: now,
            ended_at: None,
            version: 1,
        }
    }

    /// Tells whether it has not ended.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.state, CallbackState::Scheduled | CallbackState::Open | CallbackState::Leased)
    }

    /// Returns the ticket that its answer settles.
    pub(crate) fn settles(&self) -> Option<&Ticket> {
        self.draft.ticket.as_ref().filter(|ticket| ticket.solved)
    }

    /// Tells what it is to somebody who wants work.
    pub(crate) fn standing(&self, subject: &str) -> Standing {
        match &self.draft.ticket {
            _ if self.state != CallbackState::Open => Standing::Gone,
            Some(ticket) if ticket.solved_by == subject => Standing::OwnWork,
            _ => Standing::Free,
        }
    }

    /// Opens it, when it is time; false when it does not wait for its time.
    pub(crate) fn open(&mut self, now: DateTime<Utc>) -> bool {
        let opens = self.state == CallbackState::Scheduled && self.draft.opens_at <= now;
        if opens {
            self.state = CallbackState::Open;
        }
        opens
    }

    /// Gives it to a holder, under a token nobody can guess.
    pub(crate) fn lease(&mut self, holder: &str, secret: u128, until: DateTime<Utc>) {
        self.state = CallbackState::Leased;
        self.epoch += 1;
        self.token = format!("{}.{secret:032x}", self.epoch);
        holder.clone_into(&mut self.holder);
        self.lease_expires_at = Some(until);
    }

    /// Puts it back to its old place, when the lease has run out; false when there is none that did.
    pub(crate) fn expire(&mut self, now: DateTime<Utc>) -> bool {
        let expires = self.state == CallbackState::Leased && !self.is_held(now);
        if expires {
            self.state = CallbackState::Open;
            self.lease_expires_at = None;
        }
        expires
    }

    /// Refuses who does not hold it now.
    ///
    /// # Errors
    /// [`Error::LeaseLost`].
    pub(crate) fn check_held(&self, subject: &str, token: &str, now: DateTime<Utc>) -> Result<(), Error> {
        let held = self.was_leased_to(subject, token) && self.is_held(now);
        held.then_some(()).ok_or(Error::LeaseLost)
    }

    /// Refuses who may not tell the customer's answer: it takes the holder, or the last holder of a callback that was
    /// overtaken. An answer whose ticket was settled before a crash can so be noted after it.
    ///
    /// # Errors
    /// [`Error::LeaseLost`].
    pub(crate) fn check_may_answer(
        &self,
        subject: &str,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let late = self.overtaken && self.was_leased_to(subject, token);
        if late { Ok(()) } else { self.check_held(subject, token, now) }
    }

    /// Refuses to note an answer that is settled with the ticket, when somebody else has taken the callback since.
    /// That the lease ran out meanwhile, or that the ticket's own news was quicker, does not matter any more.
    ///
    /// # Errors
    /// [`Error::LeaseLost`].
    pub(crate) fn check_settled(&self, subject: &str, token: &str) -> Result<(), Error> {
        let unanswered = self.is_live() || self.state == CallbackState::Ended;
        (unanswered && self.was_leased_to(subject, token)).then_some(()).ok_or(Error::LeaseLost)
    }

    /// Waits for the next try.
    pub(crate) fn again(&mut self, at: DateTime<Utc>) {
        self.state = CallbackState::Scheduled;
        self.lease_expires_at = None;
        self.draft.opens_at = at;
    }

    /// Ends it.
    pub(crate) fn end(&mut self, state: CallbackState, answer: Answer, reason: &str, now: DateTime<Utc>) {
        self.state = state;
        self.answer = answer;
        reason.clone_into(&mut self.end_reason);
        self.lease_expires_at = None;
        self.overtaken = false;
        self.ended_at = Some(now);
    }

    /// Ends it because somebody said so.
    ///
    /// # Errors
    /// [`Error::Ended`] when it has.
    pub(crate) fn end_by_hand(&mut self, reason: &str, now: DateTime<Utc>) -> Result<(), Error> {
        if !self.is_live() {
            return Err(Error::Ended { state: self.state.as_str_name() });
        }
        self.end(CallbackState::Ended, Answer::default(), reason, now);
        Ok(())
    }

    /// Ends it because of news of its ticket.
    pub(crate) fn overtake(&mut self, reason: &str, now: DateTime<Utc>) {
        self.end(CallbackState::Ended, Answer::default(), reason, now);
        self.overtaken = true;
    }

    /// Goes on about another ticket of the customer, with its tries and whoever holds it: its own has moved on by itself.
    pub(crate) fn go_on_about(&mut self, ticket: Ticket, subject: String) {
        self.draft.ticket = Some(ticket);
        self.draft.subject = subject;
    }

    /// Lives again after the news that ended it was taken back: due when it was, or now where that is past. Who held it
    /// does so no more.
    pub(crate) fn reinstate(&mut self, now: DateTime<Utc>) {
        self.state = CallbackState::Scheduled;
        self.end_reason.clear();
        self.overtaken = false;
        self.ended_at = None;
        self.draft.due_at = self.draft.due_at.max(now);
    }

    fn is_held(&self, now: DateTime<Utc>) -> bool {
        self.state == CallbackState::Leased && self.lease_expires_at.is_some_and(|end| now < end)
    }

    fn was_leased_to(&self, subject: &str, token: &str) -> bool {
        self.epoch > 0 && self.holder == subject && self.token == token
    }
}
