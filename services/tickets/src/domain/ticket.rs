//! A ticket as it stands.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hotline_calendar::{Calendars, Span};
use hotline_proto::common::v1::{Channel, Level, Priority, TicketState, TicketType};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::extension::Extension;
use crate::domain::lease::Lease;
use crate::domain::lifecycle::is_open;
use crate::domain::policy::{Target, Times};

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
    /// Every time it waited, oldest first; the last one is open while it waits.
    pub(crate) waits: Vec<Wait>,
    /// When to go on by itself.
    pub(crate) wait_until: Option<DateTime<Utc>>,
    /// The latest assignment it knows of.
    pub(crate) lease: Option<Lease>,
    /// Callbacks whose outcome has been settled.
    pub(crate) callbacks: Vec<Uuid>,
    /// Grows with every change.
    pub(crate) version: i64,
}

/// One of the clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Until the first response.
    Response,
    /// Until the solution.
    Resolution,
    /// Until the promised answer.
    Answer,
}

/// A clock that runs, or ran, against a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Clock {
    /// What was promised.
    pub(crate) target: Target,
    /// Since when it counts.
    pub(crate) started_at: DateTime<Utc>,
    /// More time that was given, each time later than the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) extensions: Vec<Extension>,
    /// When it warns.
    pub(crate) warn_at: DateTime<Utc>,
    /// When it runs out.
    pub(crate) due_at: DateTime<Utc>,
    /// It has warned. Once in a round, whatever becomes of the target.
    pub(crate) warned: bool,
    /// It has run out. Once in a round, whatever becomes of the target.
    pub(crate) breached: bool,
    /// Whether it was stopped in time; none while it runs.
    pub(crate) met: Option<bool>,
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

/// Something that is due on a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alarm {
    /// Waiting ends by itself.
    Resume,
    /// A clock warns.
    Warn(Which),
    /// A clock runs out.
    Breach(Which),
}

impl Which {
    /// Every clock.
    pub(crate) const ALL: [Self; 3] = [Self::Response, Self::Resolution, Self::Answer];

    /// Returns its name in events and subjects.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Response => "RESPONSE",
            Self::Resolution => "RESOLUTION",
            Self::Answer => "ANSWER",
        }
    }

    /// Tells whether the clock stands still while work waits for this. Who was promised an answer is told so by the
    /// customer's own silence only.
    pub(crate) fn pauses_for(self, reason: &str) -> bool {
        match self {
            Self::Response | Self::Resolution => true,
            Self::Answer => reason == CUSTOMER,
        }
    }

    /// Returns the name of its due time in the timeline.
    pub(crate) fn due_name(self) -> &'static str {
        match self {
            Self::Response => "responseDueAt",
            Self::Resolution => "resolutionDueAt",
            Self::Answer => "answerDueAt",
        }
    }
}

impl Alarm {
    /// Every alarm; of two at one time the earlier here goes first.
    pub(crate) const ALL: [Self; 7] = [
        Self::Resume,
        Self::Warn(Which::Response),
        Self::Breach(Which::Response),
        Self::Warn(Which::Resolution),
        Self::Breach(Which::Resolution),
        Self::Warn(Which::Answer),
        Self::Breach(Which::Answer),
    ];
}

/// The reason of a wait for the customer.
const CUSTOMER: &str = "CUSTOMER";

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
        }
    }

    /// Returns one of the clocks, to change it.
    pub(crate) fn clock_mut(&mut self, which: Which) -> &mut Option<Clock> {
        match which {
            Which::Response => &mut self.response_clock,
            Which::Resolution => &mut self.resolution_clock,
            Which::Answer => &mut self.answer_clock,
        }
    }

    /// Returns when something is due; `None` where it is not, such as a clock's alarms while work waits.
    pub(crate) fn due(&self, alarm: Alarm) -> Option<DateTime<Utc>> {
        let clock = |which| self.clock(which).filter(|clock| self.runs(which) && clock.met.is_none());
        match alarm {
            Alarm::Resume => self.wait_until.filter(|_| self.state == TicketState::Waiting),
            Alarm::Warn(which) => clock(which).filter(|clock| !clock.warned).map(|clock| clock.warn_at),
            Alarm::Breach(which) => clock(which).filter(|clock| !clock.breached).map(|clock| clock.due_at),
        }
    }

    /// Tells whether a clock that was not stopped runs: work is to be done, and what it waits for is none of the clock's.
    fn runs(&self, which: Which) -> bool {
        is_open(self.state) && !self.stands_still(which)
    }

    /// Tells whether a clock stands still now.
    fn stands_still(&self, which: Which) -> bool {
        self.waits.last().is_some_and(|wait| wait.to.is_none() && which.pauses_for(&wait.reason))
    }

    /// Returns the times in which a clock stood still; one that lasts is given up to `now`.
    pub(crate) fn pauses(&self, which: Which, now: DateTime<Utc>) -> Vec<Span> {
        let span = |wait: &Wait| Span::new(wait.from, wait.to.unwrap_or(now));
        self.waits.iter().filter(|wait| which.pauses_for(&wait.reason)).map(span).collect()
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

impl Clock {
    /// Returns when the clock warns and is due with these pauses.
    ///
    /// # Errors
    /// What the calendar can't tell.
    pub(crate) fn times(
        &self,
        calendars: &Calendars,
        pauses: &[Span],
        warn_percent: u8,
    ) -> Result<Times, hotline_calendar::Error> {
        self.target.times(calendars, self.started_at, pauses, self.extensions.last(), warn_percent)
    }

    /// Returns when the clock would be due without the extensions.
    ///
    /// # Errors
    /// What the calendar can't tell.
    pub(crate) fn unextended_due(
        &self,
        calendars: &Calendars,
        pauses: &[Span],
    ) -> Result<DateTime<Utc>, hotline_calendar::Error> {
        if self.extensions.is_empty() {
            return Ok(self.due_at);
        }
        self.target.due(calendars, self.started_at, pauses, None)
    }

    /// Returns when the clock is due with these pauses.
    ///
    /// # Errors
    /// What the calendar can't tell.
    pub(crate) fn due(
        &self,
        calendars: &Calendars,
        pauses: &[Span],
    ) -> Result<DateTime<Utc>, hotline_calendar::Error> {
        self.target.due(calendars, self.started_at, pauses, self.extensions.last())
    }
}
