//! What judgements, complaints and merges tell.

use chrono::{DateTime, Utc};
use hotline_proto::events::v1::{
    ComplaintConcluded, ComplaintFedBack, ComplaintForwarded, TicketCancelled, TicketInformed, TicketJudged,
    TicketSnapshot,
};

use super::super::fact::{Fact, Measure};
use super::tickets::{credited, dims, once};

pub(super) fn cancelled(event: &TicketCancelled, at: DateTime<Utc>) -> Vec<Fact> {
    let mut facts = once(Measure::CANCELLED, event.ticket.as_ref(), at);
    if !event.survivor_id.is_empty() {
        facts.extend(once(Measure::MERGED, event.ticket.as_ref(), at));
    }
    facts
}

pub(super) fn judged(event: &TicketJudged, at: DateTime<Utc>) -> Vec<Fact> {
    let measure = match event.validity.as_str() {
        "VALID" => Measure::JUDGED_VALID,
        // It was counted when the case went to analysis, or is by the statement that is given at once.
        "INVALID" => Measure::JUDGED_INVALID,
        "OUT_OF_SCOPE" => Measure::JUDGED_OUT_OF_SCOPE,
        _ => return Vec::new(),
    };
    once(measure, event.ticket.as_ref(), at)
}

pub(super) fn informed(event: &TicketInformed, at: DateTime<Utc>) -> Vec<Fact> {
    let mut facts = once(Measure::INFORMED, event.ticket.as_ref(), at);
    if event.status {
        facts.extend(once(Measure::STATUS_TOLD, event.ticket.as_ref(), at));
    }
    facts
}

pub(super) fn forwarded(event: &ComplaintForwarded, at: DateTime<Utc>) -> Vec<Fact> {
    let mut facts = timed(Measure::COMPLAINT_FORWARDED, event.ticket.as_ref(), at, event.delay_seconds);
    if event.same_day {
        facts.extend(once(Measure::COMPLAINT_FORWARDED_SAME_DAY, event.ticket.as_ref(), at));
    }
    facts
}

pub(super) fn concluded(event: &ComplaintConcluded, at: DateTime<Utc>) -> Vec<Fact> {
    let Some(ticket) = &event.ticket else {
        return Vec::new();
    };
    // Of whom it is about, where that is one of our people: upheld complaints count in their scorecard.
    let about = if event.agent.is_empty() { &ticket.assignee } else { &event.agent };
    let dims = credited(ticket, about);
    let mut facts = vec![Fact::once(Measure::COMPLAINT_CONCLUDED, at, &dims)];
    if matches!(event.verdict.as_str(), "UPHELD" | "PARTLY_UPHELD") {
        facts.push(Fact::once(Measure::COMPLAINT_UPHELD, at, &dims));
    }
    facts
}

pub(super) fn fed_back(event: &ComplaintFedBack, at: DateTime<Utc>) -> Vec<Fact> {
    timed(Measure::COMPLAINT_FED_BACK, event.ticket.as_ref(), at, event.elapsed_seconds)
}

fn timed(measure: Measure, ticket: Option<&TicketSnapshot>, at: DateTime<Utc>, seconds: i64) -> Vec<Fact> {
    ticket.map(|ticket| Fact::with_amount(measure, at, &dims(ticket), seconds)).into_iter().collect()
}
