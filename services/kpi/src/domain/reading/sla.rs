//! What the clocks of promises tell.

use chrono::{DateTime, Utc};
use hotline_proto::events::v1::{SlaBreached, SlaFulfilled, SlaWarned};

use super::super::fact::{Fact, Measure};
use super::tickets;

pub(super) fn warned(event: &SlaWarned, at: DateTime<Utc>) -> Vec<Fact> {
    tickets::once(Measure::SLA_WARNED, event.ticket.as_ref(), at)
}

pub(super) fn breached(event: &SlaBreached, at: DateTime<Utc>) -> Vec<Fact> {
    tickets::once(Measure::SLA_BREACHED, event.ticket.as_ref(), at)
}

pub(super) fn fulfilled(event: &SlaFulfilled, at: DateTime<Utc>) -> Vec<Fact> {
    let Some(ticket) = &event.ticket else {
        return Vec::new();
    };
    let dims = tickets::dims(ticket);
    let (ended, met) = match event.clock.as_str() {
        "RESPONSE" => (Measure::RESPONSE, Measure::RESPONSE_MET),
        "RESOLUTION" => (Measure::RESOLUTION, Measure::RESOLUTION_MET),
        "ANSWER" => (Measure::ANSWER, Measure::ANSWER_MET),
        _ => return Vec::new(),
    };
    let mut facts = vec![Fact::with_amount(ended, at, &dims, event.elapsed_seconds)];
    if event.met {
        facts.push(Fact::once(met, at, &dims));
    }
    if ended == Measure::RESOLUTION && event.met && event.met_by_extension {
        facts.push(Fact::once(Measure::RESOLUTION_MET_BY_EXTENSION, at, &dims));
    }
    facts
}
