//! Why a date counted as a working day or did not.

use chrono::{DateTime, NaiveDate, Utc};

use crate::{Calendar, DayKind, EndOf, Error, Span};

/// One date of a target in working days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedDay {
    /// The date, as the calendar's zone shows it.
    pub date: NaiveDate,
    /// What it is to the calendar; where the year of the start's own date is not known, what its weekday is.
    pub kind: DayKind,
    /// What it is to the target.
    pub standing: Standing,
}

/// What a date is to a target in working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It counts, as the number given: 1 is the first.
    Counts(u32),
    /// The start's own date, which a target of at least one day leaves out.
    Start,
    /// No working day: [`ExplainedDay::kind`] says why.
    Off,
    /// A working day whose opening hours are paused from end to end.
    Paused,
    /// The start's own date, a working day that was over by then.
    Over,
}

impl Calendar {
    /// Returns every date from the start's own to the one on which [`Self::add_working_days`] arrives, each with what it
    /// is to the target. The last one counts.
    ///
    /// # Errors
    /// As for [`Self::add_working_days`].
    pub fn explain_working_days(
        &self,
        start: DateTime<Utc>,
        days: u32,
        end_of: EndOf,
        pauses: &[Span],
    ) -> Result<Vec<ExplainedDay>, Error> {
        let mut told = Vec::new();
        self.count_days(start, days, end_of, pauses, |date, standing| {
            told.push(ExplainedDay { date, kind: self.best_known_kind(date), standing });
        })?;
        Ok(told)
    }
}
