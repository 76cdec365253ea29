//! What is wrong with rosters: hours of duty without anybody, and people in two places.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use hotline_calendar::Span;

use crate::Leave;
use crate::shift::Shift;
use crate::staff::Staff;

/// Why a stretch of duty is at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// No roster names anybody.
    Nobody,
    /// Who would be on duty is on leave.
    OnLeave,
    /// Who would be on duty is no member of the team.
    Left,
    /// Who is on duty is so for this team too.
    Elsewhere(String),
}

/// A stretch of duty that nobody does, or that somebody does who is on duty elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The team.
    pub team: String,
    /// When.
    pub span: Span,
    /// The zone in which the team reads it.
    pub zone: Tz,
    /// Who would be on duty; empty for nobody.
    pub person: String,
    /// What is wrong.
    pub cause: Cause,
}

impl Fault {
    /// Tells whether nobody is on duty.
    #[must_use]
    pub fn is_gap(&self) -> bool {
        !matches!(self.cause, Cause::Elsewhere(_))
    }

    pub(crate) fn of(shift: &Shift, span: Span, cause: Cause) -> Self {
        Self { team: shift.team.clone(), span, zone: shift.zone, person: shift.person.clone(), cause }
    }

    /// Tells whether the other fault is this one or a part of it.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        let within = self.span.from <= other.span.from && other.span.to <= self.span.to;
        within && Self { span: other.span, ..self.clone() } == *other
    }
}

/// Returns what is wrong with shifts, those of one person in order of time.
pub(crate) fn of(shifts: &[Shift], leaves: &[Leave], staff: &Staff) -> Vec<Fault> {
    let mut faults: Vec<Fault> = shifts.iter().flat_map(|shift| gaps(shift, leaves, staff)).collect();
    let mut by_person: BTreeMap<&str, Vec<&Shift>> = BTreeMap::new();
    for shift in shifts {
        by_person.entry(&shift.person).or_default().push(shift);
    }
    by_person.remove("");
    for mut own in by_person.into_values() {
        own.sort_unstable_by_key(|shift| shift.span.from);
        for (place, shift) in own.iter().enumerate() {
            let next = own.iter().skip(place + 1).take_while(|next| next.span.from < shift.span.to);
            faults.extend(next.map(|next| {
                Fault::of(shift, shift.span.clip(&next.span), Cause::Elsewhere(next.team.clone()))
            }));
        }
    }
    faults
}

/// Returns the parts of a shift that its person does not do.
pub(crate) fn gaps(shift: &Shift, leaves: &[Leave], staff: &Staff) -> Vec<Fault> {
    if shift.person.is_empty() {
        return vec![Fault::of(shift, shift.span, Cause::Nobody)];
    }
    if !staff.is_member(&shift.team, &shift.person) {
        return vec![Fault::of(shift, shift.span, Cause::Left)];
    }
    let own = leaves.iter().filter(|leave| leave.is_granted() && leave.person == shift.person);
    let away = own.flat_map(|leave| leave.wall.spans()).map(|span| span.clip(&shift.span));
    away.filter(|span| !span.is_empty()).map(|span| Fault::of(shift, span, Cause::OnLeave)).collect()
}
