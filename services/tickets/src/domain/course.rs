//! The course of a ticket: its rounds, who had it when, and what is promised beside response and solution.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::clock::{Clock, Which};
use crate::domain::target::Target;
use crate::domain::ticket::Ticket;

/// See the module. What a ticket has none of takes no room where it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Course {
    /// From registration or a reopening to the solution, oldest first; none of a ticket registered before they were
    /// written down.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) rounds: Vec<Round>,
    /// Who had it since when, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) stints: Vec<Stint>,
    /// How often the customer was promised an answer.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) answers: u32,
    /// How often a clock of updates began.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) updates: u32,
    /// When the customer last heard from us in this round; none before the first response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) informed_at: Option<DateTime<Utc>>,
    /// How often the customer is to hear from us, where that is promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) update_goal: Option<Target>,
    /// Until the last solution, from registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total: Option<Clock>,
    /// Until the next word to the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) update: Option<Clock>,
}

/// A time in which the ticket was to be solved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Round {
    /// Its registration or reopening.
    pub(crate) from: DateTime<Utc>,
    /// Its solution or end; none while it lasts.
    pub(crate) to: Option<DateTime<Utc>>,
}

/// A time in which one had the ticket, until the next began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stint {
    /// The team; empty before any had it.
    pub(crate) team: String,
    /// The person; empty while it lay in the team's queue.
    pub(crate) assignee: String,
    /// Since when.
    pub(crate) from: DateTime<Utc>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Ticket {
    /// Begins a round.
    pub(crate) fn begin_round(&mut self, at: DateTime<Utc>) {
        self.course.rounds.push(Round { from: at, to: None });
    }

    /// Ends the round that lasts.
    pub(crate) fn end_round(&mut self, at: DateTime<Utc>) {
        if let Some(round) = self.course.rounds.last_mut().filter(|round| round.to.is_none()) {
            round.to = Some(at);
        }
    }

    /// Writes down who has it since `at`, where that is another than before; who had it for no time at all never did.
    pub(crate) fn note_stint(&mut self, at: DateTime<Utc>) {
        self.course.stints.pop_if(|stint| stint.from == at);
        let has = |stint: &Stint| stint.team == self.team_key && stint.assignee == self.assignee;
        if !self.course.stints.last().is_some_and(has) {
            let stint = Stint { team: self.team_key.clone(), assignee: self.assignee.clone(), from: at };
            self.course.stints.push(stint);
        }
    }

    /// Returns the how-manieth of its kind a clock is, from 1.
    pub(crate) fn instance(&self, which: Which) -> i32 {
        let number = |count: u32| i32::try_from(count.max(1)).unwrap_or(i32::MAX);
        match which {
            Which::Response => 1,
            Which::Resolution | Which::Total => self.reopen_count + 1,
            Which::Answer => number(self.course.answers),
            Which::Update => number(self.course.updates),
        }
    }
}
