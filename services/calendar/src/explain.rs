//! Why a stretch of time counted or did not.

use chrono::{DateTime, NaiveDate, Utc};

use crate::span::Pauses;
use crate::stretch::Stretches;
use crate::{Calendar, DayKind, Error, Span};

mod days;

pub use days::{ExplainedDay, Standing};

/// One line of an explanation: a stretch of one local date with one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// First instant of the line.
    pub from: DateTime<Utc>,
    /// First instant after it.
    pub to: DateTime<Utc>,
    /// Date it lies in, as the calendar's zone shows it.
    pub date: NaiveDate,
    /// Whether it is working time.
    pub counted: bool,
    /// Why.
    pub reason: Reason,
}

/// Why time counts or does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Within the opening hours; counted.
    Open,
    /// Within the opening hours of a make-up working day (调休); counted.
    MakeUp {
        /// Name of the holiday it makes up for.
        name: String,
    },
    /// Would be open, but is paused.
    Paused,
    /// Before, between or after the opening hours of a day that opens.
    OutsideHours,
    /// A closed weekday that is no working day.
    Weekend,
    /// A closed day off.
    Holiday {
        /// Name of the holiday.
        name: String,
    },
    /// A date on which this calendar is closed by way of exception.
    ClosedByException {
        /// Name of the exception.
        name: String,
    },
}

impl Reason {
    /// Returns whether time with this reason is working time.
    #[must_use]
    pub const fn counts(&self) -> bool {
        matches!(self, Self::Open | Self::MakeUp { .. })
    }
}

impl Calendar {
    /// Returns the time between two instants as lines that follow each other without gap, each with its reason.
    ///
    /// The counted lines together are [`Self::elapsed`]. Empty when `to` is not after `from`. Of paused days, too, it says
    /// what they are, so it needs their year.
    ///
    /// # Errors
    /// [`Error::YearMissing`] when the hours of a day between them depend on a year that is not known;
    /// [`Error::OutOfReach`] when they are over a hundred years apart.
    pub fn explain(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        pauses: &[Span],
    ) -> Result<Vec<Explained>, Error> {
        let span = self.within_reach(from, to)?;
        let pauses = Pauses::new(pauses);
        let mut lines = Lines::default();
        for stretch in Stretches::within(self.zone(), span) {
            let hours = self.day_hours(stretch.date)?;
            let (open, closed) = reasons(self.best_known_kind(stretch.date), hours.is_closed());
            let mut cursor = stretch.span.from;
            for opening in stretch.openings(hours) {
                lines.push(stretch.date, Span::new(cursor, opening.from), &closed);
                for (piece, paused) in pauses.split(opening) {
                    lines.push(stretch.date, piece, if paused { &Reason::Paused } else { &open });
                }
                cursor = opening.to;
            }
            lines.push(stretch.date, Span::new(cursor, stretch.span.to), &closed);
        }
        Ok(lines.0)
    }
}

/// Returns why the open and the closed time of such a day is what it is.
fn reasons(kind: DayKind, closed_all_day: bool) -> (Reason, Reason) {
    match kind {
        DayKind::MakeUp { name } => (Reason::MakeUp { name }, Reason::OutsideHours),
        DayKind::Weekend if closed_all_day => (Reason::Open, Reason::Weekend),
        DayKind::Holiday { name } if closed_all_day => (Reason::Open, Reason::Holiday { name }),
        DayKind::Exception { name, .. } if closed_all_day => {
            (Reason::Open, Reason::ClosedByException { name })
        }
        _ => (Reason::Open, Reason::OutsideHours),
    }
}

#[derive(Default)]
struct Lines(Vec<Explained>);

impl Lines {
    /// Adds a line, or makes the last one longer when nothing but the clock changed.
    fn push(&mut self, date: NaiveDate, span: Span, reason: &Reason) {
        if span.is_empty() {
            return;
        }
        let Span { from, to } = span;
        match self.0.last_mut() {
            Some(last) if last.date == date && last.reason == *reason => last.to = to,
            _ => self.0.push(Explained { from, to, date, counted: reason.counts(), reason: reason.clone() }),
        }
    }
}
