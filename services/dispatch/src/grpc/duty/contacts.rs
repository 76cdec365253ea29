//! Who takes contacts: the agents in the hours of telephone and chat, outside them whoever is on duty (C6).

use chrono::{DateTime, Utc};
use hotline_calendar::{Calendar, Error};
use hotline_core::time::to_proto;
use hotline_proto::dispatch::v1::ContactHours;
use hotline_roster::{Duty, Shift};

use crate::work::Work;

/// The calendar of telephone and chat.
const CONTACT: &str = "contact";

/// Returns who takes contacts at an instant; none where its calendar does not know that day.
pub(super) fn hours(work: &Work, duty: Duty<'_>, at: DateTime<Utc>) -> Option<ContactHours> {
    let calendars = work.calendars.get();
    let (open, changes_at) = standing(calendars.get(CONTACT).ok()?, at).ok()?;
    let person = |shift: &Shift| shift.person.clone();
    let taken_by = duty.telephone(at).filter(|_| !open).map(person);
    Some(ContactHours {
        open,
        changes_at: Some(to_proto(changes_at)),
        taken_by: taken_by.unwrap_or_default(),
    })
}

/// Returns whether a calendar is open, and when that changes.
fn standing(calendar: &Calendar, at: DateTime<Utc>) -> Result<(bool, DateTime<Utc>), Error> {
    let spans = calendar.open_spans(calendar.local_date(at))?;
    match spans.iter().find(|span| span.from <= at && at < span.to) {
        Some(span) => Ok((true, span.to)),
        None => Ok((false, calendar.next_open(at)?)),
    }
}
