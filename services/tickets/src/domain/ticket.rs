//! A ticket as it stands.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hotline_calendar::{Calendars, Span};
use hotline_proto::common::v1::{Channel, Level, Priority, TicketState, TicketType};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::clock::{Alarm, CUSTOMER, Clock, Which};
use crate::domain::course::Course;
use crate::domain::lease::Lease;
use crate::domain::lifecycle::is_open;
use crate::domain::matters::Matters;
use crate::domain::target::Target;

/// A ticket as it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ticket {
    /// UUIDv7.
    pub(crate) id: Uuid,
    /// The number that is read out; empty until it is given out.
    pub(crate) number: String,
    /// Kind of trouble.
    pub(crate) kind: TicketType,
    /// Code in the catalogue.
    pub(crate) category_code: String,
    /// The policy that the category names; empty is by type, priority and channel.
    pub(crate) category_policy: String,
    /// One line.
    pub(crate) subject: String,
    /// What the customer said.
    pub(crate) description: String,
    /// What the form asks for besides.
    pub(crate) fields: BTreeMap<String, String>,
    /// The customer.
    pub(crate) customer_id: Uuid,
    /// How it came in.
    pub(crate) channel: Channel,
    /// How soon it hurts, where said.
    pub(crate) urgency: Level,
    /// How many it hurts, where said.
    pub(crate) impact: Level,
    /// Urgency × impact, or what the category gives.
    pub(crate) priority: Priority,
    /// Where it stands.
    pub(crate) state: TicketState,
    /// The team that has it; empty until one does.
    pub(crate) team_key: String,
    /// Who works on it; empty while nobody does.
    pub(crate) assignee: String,
    /// Who registered it and tracks it until done (T12).
    pub(crate) owner_agent: String,
    /// The contact in which it was registered.
    pub(crate) interaction_id: Option<Uuid>,
    /// 所属项目, where known.
    pub(crate) project: String,
    /// The customer is a key account.
    pub(crate) key_account: bool,
    /// Share of the optional fields that are filled, 0 to 1 (T3).
    pub(crate) completeness: f64,
    /// What was done, once solved; of the last solution.
    pub(crate) resolution: String,
    /// Knowledge articles it was solved with.
    pub(crate) article_ids: Vec<Uuid>,
    /// Who solved it last.
    pub(crate) solved_by: String,
    /// `<source>/<key there>` where it was imported.
    pub(crate) external_key: Option<String>,
    /// How often it was reopened.
    pub(crate) reopen_count: i32,
    /// How often it went from a team to another.
    pub(crate) reassignment_count: i32,
    /// How often its work began to wait.
    pub(crate) wait_count: i32,
    /// How often its work began to wait for the customer.
    pub(crate) customer_wait_count: i32,
    /// When it was registered.
    pub(crate) created_at: DateTime<Utc>,
    /// When it last changed.
    pub(crate) updated_at: DateTime<Utc>,
    /// When it was first responded to.
    pub(crate) responded_at: Option<DateTime<Utc>>,
    /// When it was last solved.
    pub(crate) resolved_at: Option<DateTime<Utc>>,
    /// When it was closed; empty again once reopened.
    pub(crate) closed_at: Option<DateTime<Utc>>,
    /// The policy that set the clocks; empty where none did.
    pub(crate) policy: String,
    /// Until the first response.
    pub(crate) response_clock: Option<Clock>,
    /// Until the solution, of the current round.
    pub(crate) resolution_clock: Option<Clock>,
    /// Until the answer that the customer was promised, of the current round.
    pub(crate) answer_clock: Option<Clock>,
    /// Its rounds, who had it when, and the clocks that policies seldom have.
    pub(crate) course: Course,
    /// Every time it waited, oldest first; the last one is open while it waits.
    pub(crate) waits: Vec<Wait>,
    /// When to go on by itself.
    pub(crate) wait_until: Option<DateTime<Utc>>,
    /// The latest assignment it knows of.
    pub(crate) lease: Option<Lease>,
    /// The ticket that it was merged into, where it is a duplicate.
    pub(crate) survivor_id: Option<Uuid>,
    /// The ticket it is a part of.
    pub(crate) parent_id: Option<Uuid>,
    /// The outage that caused it (T13).
    pub(crate) outage_id: Option<Uuid>,
    /// What its kind of trouble asks for besides.
    pub(crate) matters: Matters,
    /// Callbacks whose outcome has been settled.
    pub(crate) callbacks: Vec<Uuid>,
    /// Grows with every change.
    pub(crate) version: i64,
}

/// A time in which work stood still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wait {
    /// For whom or what: `CUSTOMER`, `THIRD_PARTY` or `APPROVAL`.
    pub(crate) reason: String,
    /// Since when.
    pub(crate) from: DateTime<Utc>,
    /// Until when; none while it lasts.
    pub(crate) to: Option<DateTime<Utc>>,
}

impl Ticket {
    /// Gives the ticket to a team and returns the one that had it before.
    pub(crate) fn give_to(&mut self, team_key: &str) -> String {
        if !self.team_key.is_empty() && self.team_key != team_key {
            self.reassignment_count += 1;
        }
        std::mem::replace(&mut self.team_key, team_key.to_owned())
    }

    /// Notes that work begins to wait.
    pub(crate) fn begin_wait(&mut self, reason: &str, from: DateTime<Utc>) {
        self.wait_count += 1;
        self.customer_wait_count += i32::from(reason == CUSTOMER);
        self.waits.push(Wait { reason: reason.to_owned(), from, to: None });
    }

    /// Returns one of the clocks, where a target applies.
    pub(crate) fn clock(&self, which: Which) -> Option<&Clock> {
        match which {
            Which::Response => self.response_clock.as_ref(),
            Which::Resolution => self.resolution_clock.as_ref(),
            Which::Answer => self.answer_clock.as_ref(),
            Which::Total => self.course.total.as_ref(),
            Which::Update => self.course.update.as_ref(),
        }
    }

    /// Returns one of the clocks, to change it.
    pub(crate) fn clock_mut(&mut self, which: Which) -> &mut Option<Clock> {
        match which {
            Which::Response => &mut self.response_clock,
            Which::Resolution => &mut self.resolution_clock,
            Which::Answer => &mut self.answer_clock,
            Which::Total => &mut self.course.total,
            Which::Update => &mut self.course.update,
        }
    }

    /// Returns when something is due; `None` where it is not, such as a clock's alarms while work waits.
    pub(crate) fn due(&self, alarm: Alarm) -> Option<DateTime<Utc>> {
        let clock = |which| self.clock(which).filter(|clock| self.runs(which) && clock.met.is_none());
        match alarm {
            Alarm::Resume => self.wait_until.filter(|_| self.state == TicketState::Waiting),
            // Whoever was not there before it ran out is told that it did, not that it will.
            Alarm::Warn(which) => {
                clock(which).filter(|clock| !clock.warned && !clock.breached).map(|clock| clock.warn_at)
            }
            Alarm::Breach(which) => clock(which).filter(|clock| !clock.breached).map(|clock| clock.due_at),
        }
    }

    /// Tells whether a clock that was not stopped runs: work is to be done, and what it waits for is none of the clock's.
    fn runs(&self, which: Which) -> bool {
        is_open(self.state) && !self.stands_still(which)
    }

    /// Tells whether a clock stands still now.
    pub(crate) fn stands_still(&self, which: Which) -> bool {
        let target = self.clock(which).map(|clock| &clock.target);
        self.waits.last().is_some_and(|wait| wait.to.is_none() && which.pauses_for(target, &wait.reason))
    }

    /// Returns the times in which a clock stood still; one that lasts is given up to `now`.
    pub(crate) fn pauses(&self, which: Which, now: DateTime<Utc>) -> Vec<Span> {
        self.pauses_by(which, self.clock(which).map(|clock| &clock.target), now)
    }

    /// Returns the times in which a clock with this target stands still.
    pub(crate) fn pauses_by(&self, which: Which, target: Option<&Target>, now: DateTime<Utc>) -> Vec<Span> {
        let span = |wait: &Wait| Span::new(wait.from, wait.to.unwrap_or(now));
        self.waits.iter().filter(|wait| which.pauses_for(target, &wait.reason)).map(span).collect()
    }

    /// Returns whom or what it waits for; empty while it does not.
    pub(crate) fn waiting_for(&self) -> &str {
        let open = self.waits.last().filter(|wait| wait.to.is_none());
        open.map_or("", |wait| wait.reason.as_str())
    }

    /// Returns when a clock is due; while it waits, as if work went on at `now`. Where the calendar can't tell that, the
    /// due time from before it waited.
    pub(crate) fn due_as_of(
        &self,
        which: Which,
        now: DateTime<Utc>,
        calendars: &Calendars,
    ) -> Option<DateTime<Utc>> {
        let clock = self.clock(which)?;
        if !self.stands_still(which) || clock.met.is_some() {
            return Some(clock.due_at);
        }
        let due = clock.due(calendars, &self.pauses(which, now));
        Some(due.unwrap_or(clock.due_at))
    }

    /// Returns when an answer or else a solution is expected; `None` once solved or given up, or where nothing is promised.
    pub(crate) fn expected_at(&self, now: DateTime<Utc>, calendars: &Calendars) -> Option<DateTime<Utc>> {
        let which = if self.owes_an_answer() { Which::Answer } else { Which::Resolution };
        self.due_as_of(which, now, calendars).filter(|_| is_open(self.state))
    }

    /// Tells whether the customer was promised an answer that was not given yet.
    pub(crate) fn owes_an_answer(&self) -> bool {
        self.answer_clock.as_ref().is_some_and(|clock| clock.met.is_none())
    }
}
