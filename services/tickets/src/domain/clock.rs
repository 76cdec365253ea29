//! The clocks of a ticket: what each measures, and how one runs against its target (T8–T10).

use chrono::{DateTime, Utc};
use hotline_calendar::{Calendars, Span};
use serde::{Deserialize, Serialize};

use crate::domain::extension::Extension;
use crate::domain::target::{Target, Times};

/// The reason of a wait for the customer.
pub(crate) const CUSTOMER: &str = "CUSTOMER";

/// One of the clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Which {
    /// Until the first response.
    Response,
    /// Until the solution, of the current round.
    Resolution,
    /// Until the promised answer.
    Answer,
    /// From registration to the last solution, however often it was reopened.
    Total,
    /// From one word to the customer to the next.
    Update,
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
    pub(crate) const ALL: [Self; 5] =
        [Self::Response, Self::Resolution, Self::Answer, Self::Total, Self::Update];

    /// Returns its name in events and subjects.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Response => "RESPONSE",
            Self::Resolution => "RESOLUTION",
            Self::Answer => "ANSWER",
            Self::Total => "TOTAL",
            Self::Update => "UPDATE",
        }
    }

    /// Returns the clock of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|which| which.name() == name)
    }

    /// Tells whether the clock stands still while work waits for this: as its target says, else for whatever it waits.
    /// Who was promised an answer, or to be kept informed, is told so by the customer's own silence only.
    pub(crate) fn pauses_for(self, target: Option<&Target>, reason: &str) -> bool {
        match (target.and_then(|target| target.pauses.as_ref()), self) {
            (Some(reasons), _) => reasons.contains(reason),
            (None, Self::Response | Self::Resolution | Self::Total) => true,
            (None, Self::Answer | Self::Update) => reason == CUSTOMER,
        }
    }

    /// Returns the name of its due time in the timeline.
    pub(crate) fn due_name(self) -> &'static str {
        match self {
            Self::Response => "responseDueAt",
            Self::Resolution => "resolutionDueAt",
            Self::Answer => "answerDueAt",
            Self::Total => "totalDueAt",
            Self::Update => "updateDueAt",
        }
    }

    /// Returns the name of the due time before, likewise.
    pub(crate) fn former_due_name(self) -> &'static str {
        match self {
            Self::Response => "fromResponseDueAt",
            Self::Resolution => "fromResolutionDueAt",
            Self::Answer => "fromAnswerDueAt",
            Self::Total => "fromTotalDueAt",
            Self::Update => "fromUpdateDueAt",
        }
    }

    /// Returns the name of its target in the contract's policy.
    pub(crate) fn goal_name(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Resolution => "resolution",
            Self::Answer => "answer",
            Self::Total => "totalResolution",
            Self::Update => "update",
        }
    }
}

impl Alarm {
    /// Every alarm; of two at one time the earlier here goes first.
    pub(crate) const ALL: [Self; 11] = [
        Self::Resume,
        Self::Warn(Which::Response),
        Self::Breach(Which::Response),
        Self::Warn(Which::Resolution),
        Self::Breach(Which::Resolution),
        Self::Warn(Which::Answer),
        Self::Breach(Which::Answer),
        Self::Warn(Which::Total),
        Self::Breach(Which::Total),
        Self::Warn(Which::Update),
        Self::Breach(Which::Update),
    ];
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
