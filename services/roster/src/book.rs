//! All that was agreed, and the final schedule that follows from it.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hotline_calendar::{Calendars, Span};
use uuid::Uuid;

use crate::faults::{self, Fault};
use crate::layers::Layer;
use crate::shift::{Shift, Source, in_order};
use crate::{Leave, Override, Refusal, Roster, Staff, Swap};

/// The published rosters of teams, and what was agreed beside them.
#[derive(Debug, Clone)]
pub struct Book {
    /// Tell working days from holidays.
    pub calendars: Calendars,
    /// Published rosters; no two of a team share a date.
    pub rosters: Vec<Roster>,
    /// Who was put on duty by name.
    pub overrides: Vec<Override>,
    /// Leaves, however they stand.
    pub leaves: Vec<Leave>,
    /// Swaps, however they stand.
    pub swaps: Vec<Swap>,
    /// Who is of which team.
    pub staff: Staff,
}

impl Book {
    /// Returns a book in which nothing is agreed.
    #[must_use]
    pub fn new(calendars: Calendars, staff: Staff) -> Self {
        Self { calendars, rosters: vec![], overrides: vec![], leaves: vec![], swaps: vec![], staff }
    }

    /// Returns the team's final schedule: the shifts that meet the span, in order. Rotation < override < swap; of two
    /// overrides, or two swaps, the later agreed counts.
    ///
    /// # Errors
    /// [`Refusal::Calendar`] where a roster's calendar is gone or does not know a year.
    pub fn shifts(&self, team: &str, span: Span) -> Result<Vec<Shift>, Refusal> {
        let mut shifts = Vec::new();
        for roster in self.rosters.iter().filter(|roster| roster.team == team) {
            let calendar = self.calendars.get(&roster.calendar)?;
            for date in dates(roster, span) {
                let met = |shift: &Shift| !shift.span.clip(&span).is_empty();
                shifts.extend(roster.shifts_on(calendar, date)?.into_iter().filter(met));
            }
        }
        Ok(self.layers(team, span).iter().fold(in_order(shifts), |shifts, layer| layer.over(shifts)))
    }

    /// Returns what is wrong within the span, of all teams.
    ///
    /// # Errors
    /// As [`Self::shifts`].
    pub fn faults(&self, span: Span) -> Result<Vec<Fault>, Refusal> {
        let teams: BTreeSet<&str> = self.rosters.iter().map(|roster| roster.team.as_str()).collect();
        let mut shifts = Vec::new();
        for team in teams {
            shifts.extend(self.shifts(team, span)?.iter().filter_map(|shift| shift.clip(&span)));
        }
        Ok(faults::of(&shifts, &self.leaves, &self.staff))
    }

    /// Returns the parts of the team's shifts within some spans.
    pub(crate) fn within(&self, team: &str, spans: &[Span]) -> Result<Vec<Shift>, Refusal> {
        let Some(all) = around(spans) else { return Ok(Vec::new()) };
        let shifts = self.shifts(team, all)?;
        let parts = shifts.iter().flat_map(|shift| spans.iter().filter_map(|span| shift.clip(span)));
        Ok(parts.collect())
    }

    fn layers(&self, team: &str, span: Span) -> Vec<Layer<'_>> {
        let overrides = self.overrides.iter().filter(|one| one.team == team).map(|one| {
            let source = Source::Override(one.id);
            (one.order, Layer { spans: one.wall.spans(), instead_of: None, person: &one.person, source })
        });
        let leaves = self.leaves.iter().filter(|leave| leave.is_granted() && leave.team == team);
        let covers = leaves.map(|leave| {
            let (spans, source) = (leave.wall.spans(), Source::Leave(leave.id));
            (leave.order, Layer { spans, instead_of: Some(&leave.person), person: &leave.cover, source })
        });
        let mut below: Vec<_> = overrides.chain(covers).collect();
        below.sort_by_key(|(order, _)| *order);
        let swaps = self.swaps.iter().filter(|swap| swap.team == team);
        let mut above: Vec<_> = swaps
            .filter_map(|swap| {
                let (taken, source) = (swap.in_force()?, Source::Swap(swap.id));
                let spans = swap.wall.spans();
                Some((taken.order, Layer { spans, instead_of: None, person: &taken.by, source }))
            })
            .collect();
        above.sort_by_key(|(order, _)| *order);
        let meets = |layer: &Layer<'_>| layer.spans.iter().any(|own| !own.clip(&span).is_empty());
        below.into_iter().chain(above).map(|(_, layer)| layer).filter(meets).collect()
    }

    pub(crate) fn swap(&self, id: Uuid) -> Option<&Swap> {
        self.swaps.iter().find(|swap| swap.id == id)
    }
}

/// Returns the dates of a roster whose duty may meet the span.
fn dates(roster: &Roster, span: Span) -> impl Iterator<Item = NaiveDate> {
    let date = |at: DateTime<Utc>| at.with_timezone(&roster.zone).date_naive();
    // Clocks set back over midnight show the date before once more.
    let first = date(span.from - TimeDelta::days(1)).max(roster.first);
    let last = date(span.to + TimeDelta::days(1)).min(roster.last);
    first.iter_days().take_while(move |date| *date <= last)
}

/// Returns the span from the first to the last of spans in order.
pub(crate) fn around(spans: &[Span]) -> Option<Span> {
    Some(Span::new(spans.first()?.from, spans.last()?.to))
}
