//! A stretch of duty.

use chrono::NaiveDate;
use chrono_tz::Tz;
use hotline_calendar::Span;
use uuid::Uuid;

/// Why somebody is on duty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// It is their turn.
    Rotation,
    /// They are named for the holiday.
    Holiday(String),
    /// They were put on by name.
    Override(Uuid),
    /// They cover somebody's leave.
    Leave(Uuid),
    /// They took it in a swap.
    Swap(Uuid),
}

/// A stretch in which one person is on duty, within one date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// The team.
    pub team: String,
    /// The roster it is of.
    pub roster: Uuid,
    /// The date, as clocks of the roster's zone show it.
    pub date: NaiveDate,
    /// When.
    pub span: Span,
    /// The roster's zone.
    pub zone: Tz,
    /// Who.
    pub person: String,
    /// Why they.
    pub source: Source,
}

impl Shift {
    /// Returns the part of the shift within a span, if there is one.
    #[must_use]
    pub fn clip(&self, to: &Span) -> Option<Self> {
        let span = self.span.clip(to);
        (!span.is_empty()).then(|| Self { span, ..self.clone() })
    }

    fn goes_on_as(&self, next: &Self) -> bool {
        let same = Self { span: next.span, ..self.clone() };
        self.span.to == next.span.from && same == *next
    }
}

/// Puts shifts in order and joins those of one person, date and source that touch.
pub(crate) fn in_order(mut shifts: Vec<Shift>) -> Vec<Shift> {
    shifts.sort_unstable_by_key(|shift| shift.span.from);
    shifts.dedup_by(|next, kept| {
        let goes_on = kept.goes_on_as(next);
        if goes_on {
            kept.span.to = next.span.to;
        }
        goes_on
    });
    shifts
}
