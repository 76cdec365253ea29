//! A ticket while one command changes it: the new state, what is written down, what others are told.

use chrono::{DateTime, Utc};
use hotline_proto::common::v1::{Channel, Priority};
use hotline_proto::tickets::v1::PastStepKind;
use uuid::Uuid;

use crate::domain::clock::Which;
use crate::domain::comment::Comment;
use crate::domain::contact::Contact;
use crate::domain::extension::Extension;
use crate::domain::lifecycle::{self, Event};
use crate::domain::plan::commands::News;
use crate::domain::rules::Rules;
use crate::domain::sla::repair::Correction;
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Details, Entry, Kind};
use crate::domain::usage::Share;
use crate::error::Error;

/// Who acts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Who {
    /// A user's subject or `service:<name>`.
    pub(crate) subject: String,
    /// The user's first team; empty for none.
    pub(crate) team_key: String,
}

/// A ticket while one command changes it.
pub(crate) struct Draft<'a> {
    /// As it will stand.
    pub(crate) ticket: Ticket,
    /// What the rules stand on.
    pub(crate) rules: &'a Rules,
    /// When the command happens.
    pub(crate) at: DateTime<Utc>,
    /// Who gives it.
    pub(crate) who: Who,
    /// What is written down, in order.
    pub(crate) entries: Vec<Entry>,
    /// What others are told, in order.
    pub(crate) happenings: Vec<Happening>,
    /// Whether the customer is called back after a solution.
    pub(crate) follow_up: FollowUp,
}

/// Something others are told of, with the ticket as it stood then.
#[derive(Clone, Debug)]
pub(crate) struct Happening {
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// The ticket as it stood then.
    pub(crate) ticket: Ticket,
    /// What.
    pub(crate) what: What,
}

/// What others are told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// Registered.
    Created,
    /// A team got it; from which.
    Assigned(String),
    /// Given to another team; with what it should know.
    HandedOver(String),
    /// Taken on; whether this was the first response.
    Started(bool),
    /// Work stopped; for whom or what.
    Waiting(String),
    /// Work went on.
    Resumed,
    /// Priority or due times changed; the priority before.
    Reprioritized(Priority),
    /// Solved.
    Resolved(Solution),
    /// Confirmed.
    Verified,
    /// Ended.
    Closed,
    /// Opened again.
    Reopened {
        /// Why.
        reason: String,
        /// Who had solved it.
        solved_by: String,
    },
    /// Given up; why.
    Cancelled(String),
    /// Brought in from another system.
    Imported(Bygone),
    /// The customer was promised an answer.
    Promised,
    /// The solution got more time.
    Extended {
        /// How much, and who agreed.
        extension: Extension,
        /// Why.
        reason: String,
    },
    /// What was written down was corrected; what of it.
    Updated(Vec<String>),
    /// The merge of a duplicate was undone; why.
    Reinstated(String),
    /// Its validity was judged.
    Judged,
    /// A complaint reached the team that handles it.
    Forwarded {
        /// On the day received.
        same_day: bool,
        /// Time since registration.
        delay_seconds: i64,
    },
    /// The investigation of a complaint came to its finding.
    Concluded,
    /// The customer was told what came of a complaint.
    FedBack,
    /// Somebody said something about it.
    Commented(Comment),
    /// The customer was told how far the work is.
    Informed {
        /// How.
        channel: Channel,
        /// By the sentence for that (C8).
        status: bool,
        /// Who told.
        agent: String,
    },
    /// A clock warned; when it runs out.
    Warned(Which, DateTime<Utc>),
    /// A clock ran out; when.
    Breached(Which, DateTime<Utc>),
    /// A clock was stopped.
    Fulfilled(Stopped),
    /// What a clock had told was put right.
    Repaired(Correction),
    /// The plan of the problem moved on.
    Planned(Box<News>),
    /// Another outage is known as the cause, or none; the one before.
    OutageChanged(Option<Uuid>),
    /// The customer called again about it; who took the call.
    Contacted(Contact, String),
}

/// How a ticket was solved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Solution {
    /// Seconds from registration to the solution, by the clock on the wall.
    pub(crate) elapsed_seconds: i64,
    /// The same in working time, pauses left out.
    pub(crate) working_seconds: i64,
    /// Before the due time; none where no target applied.
    pub(crate) within_target: Option<bool>,
    /// Who had it how long in this round, and who was waited for.
    pub(crate) shares: Vec<Share>,
    /// Whether the customer is called back.
    pub(crate) follow_up: FollowUp,
}

/// Whether the customer is called back after a solution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FollowUp {
    /// As the policy of callbacks says.
    #[default]
    Usual,
    /// Not at all: the customer knows.
    None,
    /// Because an outage is over.
    Outage,
}

impl FollowUp {
    /// Returns the name in the contract.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Usual => "",
            Self::None => "NONE",
            Self::Outage => "OUTAGE",
        }
    }
}

/// How a clock was stopped.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stopped {
    /// Which clock.
    pub(crate) which: Which,
    /// The how-manieth of its kind, from 1.
    pub(crate) instance: i32,
    /// In time.
    pub(crate) met: bool,
    /// In time, but not without the extensions it got (T9).
    pub(crate) met_by_extension: bool,
    /// When it was due.
    pub(crate) due_at: DateTime<Utc>,
    /// Seconds from its start, by the clock on the wall.
    pub(crate) elapsed_seconds: i64,
    /// The same in working time, pauses left out.
    pub(crate) working_seconds: i64,
}

/// What is told of an imported ticket.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Bygone {
    /// How long its solution took.
    pub(crate) figures: Figures,
    /// What happened to it there, in order of time.
    pub(crate) steps: Vec<Told>,
    /// Whether it kept the promise of the old system; none where that is not known.
    pub(crate) within_target: Option<bool>,
}

/// One thing that happened to an imported ticket, as figures need it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    /// What; nothing that was only noted.
    pub(crate) kind: PastStepKind,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// The team that had it then, or got it.
    pub(crate) team_key: String,
    /// The team that gave it away.
    pub(crate) from_team_key: String,
    /// Who had it.
    pub(crate) assignee: String,
    /// What it waited for.
    pub(crate) reason: String,
}

/// How long the solution of an imported ticket took; nothing while it is open, nor in working time where the calendar
/// lacks a year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Calendar days from registration to the solution.
    pub(crate) natural_days: Option<i32>,
    /// Working days d with registered < d ≤ solved.
    pub(crate) working_days: Option<i32>,
    /// Working time to the solution, in seconds.
    pub(crate) working_seconds: Option<i64>,
}

impl<'a> Draft<'a> {
    /// Begins a command on a ticket.
    pub(crate) fn new(ticket: Ticket, rules: &'a Rules, at: DateTime<Utc>, who: Who) -> Self {
        Self {
            ticket,
            rules,
            at,
            who,
            entries: Vec::new(),
            happenings: Vec::new(),
            follow_up: FollowUp::default(),
        }
    }

    /// Moves the ticket along the table of legal moves.
    ///
    /// # Errors
    /// [`Error::State`] with the legal moves.
    pub(crate) fn step(&mut self, event: Event) -> Result<(), Error> {
        let state = self.ticket.state;
        self.ticket.state = lifecycle::next(state, event).ok_or(Error::State { state, event })?;
        Ok(())
    }

    /// Writes an entry of now by who acts.
    pub(crate) fn log(&mut self, kind: Kind, note: &str, details: Details) {
        let actor = self.who.subject.clone();
        self.log_at(kind, self.at, actor, note, details);
    }

    /// Writes an entry of another time.
    pub(crate) fn log_at(
        &mut self,
        kind: Kind,
        at: DateTime<Utc>,
        actor: String,
        note: &str,
        details: Details,
    ) {
        self.entries.push(Entry {
            kind,
            at,
            actor,
            state: self.ticket.state,
            note: note.to_owned(),
            details: details.done(),
        });
    }

    /// Tells others what happens now.
    pub(crate) fn tell(&mut self, what: What) {
        self.tell_at(self.at, what);
    }

    /// Tells others what happened at another time.
    pub(crate) fn tell_at(&mut self, at: DateTime<Utc>, what: What) {
        let ticket = self.ticket.clone();
        self.happenings.push(Happening { at, ticket, what });
    }

    /// Gives a new ticket its number, also in what others are told.
    pub(crate) fn number(&mut self, number: &str) {
        let told = self.happenings.iter_mut().map(|happening| &mut happening.ticket);
        for ticket in told.chain([&mut self.ticket]) {
            number.clone_into(&mut ticket.number);
        }
    }
}
