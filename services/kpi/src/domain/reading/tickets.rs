//! What the life of a ticket tells.

use chrono::{DateTime, Utc};
use hotline_core::time::from_proto;
use hotline_proto::common::v1::TicketType;
use hotline_proto::events::v1::{
    TicketAssigned, TicketCreated, TicketHandedOver, TicketReopened, TicketReprioritized, TicketResolved,
    TicketSnapshot, TicketWaiting,
};

use super::super::dimension::Dims;
use super::super::fact::{Fact, Measure};
use super::{budget, outages};

/// The reason of a wait for the customer.
pub(super) const CUSTOMER: &str = "CUSTOMER";

/// Returns to whom and what a ticket belongs: its team and who works on it.
pub(super) fn dims(ticket: &TicketSnapshot) -> Dims {
    Dims {
        team: ticket.team_key.clone(),
        agent: ticket.assignee.clone(),
        category: ticket.category_code.clone(),
        channel: ticket.channel(),
        priority: ticket.priority(),
        kind: ticket.r#type(),
        project: ticket.project.clone(),
    }
}

/// Returns the same, credited to another agent.
pub(super) fn credited(ticket: &TicketSnapshot, agent: &str) -> Dims {
    Dims { agent: agent.to_owned(), ..dims(ticket) }
}

pub(super) fn once(measure: Measure, ticket: Option<&TicketSnapshot>, at: DateTime<Utc>) -> Vec<Fact> {
    ticket.map(|ticket| Fact::once(measure, at, &dims(ticket))).into_iter().collect()
}

pub(super) fn created(event: &TicketCreated, at: DateTime<Utc>) -> Vec<Fact> {
    let Some(ticket) = &event.ticket else {
        return Vec::new();
    };
    let mut facts = registered(ticket, at);
    #[expect(clippy::cast_possible_truncation, reason = "a share of 10 000")]
    let filled = (ticket.completeness.clamp(0.0, 1.0) * 10_000.0).round() as i64;
    let dims = credited(ticket, &ticket.owner_agent);
    facts.push(Fact::with_amount(Measure::COMPLETENESS, registered_at(ticket, at), &dims, filled));
    facts.extend(outages::linked(ticket, at));
    facts
}

pub(super) fn registered(ticket: &TicketSnapshot, at: DateTime<Utc>) -> Vec<Fact> {
    let (at, dims) = (registered_at(ticket, at), credited(ticket, &ticket.owner_agent));
    let mut facts = vec![Fact::once(Measure::CREATED, at, &dims)];
    if ticket.r#type() == TicketType::Complaint {
        facts.push(Fact::once(Measure::COMPLAINT, at, &dims));
        if ticket.complaint_ordinal > 1 {
            facts.push(Fact::once(Measure::SECOND_COMPLAINT, at, &dims));
        }
    }
    facts
}

pub(super) fn registered_at(ticket: &TicketSnapshot, otherwise: DateTime<Utc>) -> DateTime<Utc> {
    from_proto(ticket.created_at.as_ref()).unwrap_or(otherwise)
}

pub(super) fn assigned(event: &TicketAssigned, at: DateTime<Utc>) -> Vec<Fact> {
    let mut facts = once(Measure::ASSIGNED, event.ticket.as_ref(), at);
    let moved = |ticket: &TicketSnapshot| ticket.team_key != event.from_team_key;
    if !event.from_team_key.is_empty() && event.ticket.as_ref().is_some_and(moved) {
        facts.extend(reassigned(event.ticket.as_ref(), at));
    }
    facts
}

pub(super) fn handed_over(event: &TicketHandedOver, at: DateTime<Utc>) -> Vec<Fact> {
    reassigned(event.ticket.as_ref(), at)
}

fn reassigned(ticket: Option<&TicketSnapshot>, at: DateTime<Utc>) -> Vec<Fact> {
    let mut facts = once(Measure::REASSIGNED, ticket, at);
    let first = ticket.filter(|ticket| ticket.reassignment_count == 1);
    facts.extend(once(Measure::REASSIGNED_TICKET, first, at));
    facts
}

pub(super) fn reprioritized(event: &TicketReprioritized, at: DateTime<Utc>) -> Vec<Fact> {
    // It also tells of due times that changed while the priority stayed.
    let changed = event.ticket.as_ref().filter(|ticket| ticket.priority() != event.from_priority());
    once(Measure::REPRIORITIZED, changed, at)
}

pub(super) fn waiting(event: &TicketWaiting, at: DateTime<Utc>) -> Vec<Fact> {
    let ticket = event.ticket.as_ref();
    let mut facts = once(Measure::WAITED, ticket, at);
    let first = ticket.filter(|ticket| ticket.wait_count == 1);
    facts.extend(once(Measure::WAITED_TICKET, first, at));
    let for_customer = ticket.filter(|ticket| event.reason == CUSTOMER && ticket.customer_wait_count == 1);
    facts.extend(once(Measure::WAITED_CUSTOMER_TICKET, for_customer, at));
    facts
}

pub(super) fn resolved(event: &TicketResolved, at: DateTime<Utc>) -> Vec<Fact> {
    let Some(ticket) = &event.ticket else {
        return Vec::new();
    };
    let dims = credited(ticket, &event.solved_by);
    let mut facts = vec![
        Fact::with_amount(Measure::RESOLVED, at, &dims, event.elapsed_seconds),
        Fact::with_amount(Measure::RESOLVED_WORKING, at, &dims, event.working_seconds),
    ];
    if ticket.reopen_count == 0 {
        facts.push(Fact::with_amount(Measure::REPLIED, at, &dims, event.elapsed_seconds));
        // As the ticket was registered: by whom, and before any team had it.
        let registration = Dims { team: String::new(), ..credited(ticket, &ticket.owner_agent) };
        facts.push(Fact::once(Measure::COHORT_SOLVED, registered_at(ticket, at), &registration));
    }
    facts.extend(budget::facts(event, at));
    facts
}

pub(super) fn reopened(event: &TicketReopened, at: DateTime<Utc>) -> Vec<Fact> {
    let Some(ticket) = &event.ticket else {
        return Vec::new();
    };
    let dims = credited(ticket, &event.solved_by);
    let mut facts = vec![Fact::once(Measure::REOPENED, at, &dims)];
    if ticket.reopen_count == 1 {
        facts.push(Fact::once(Measure::REOPENED_TICKET, at, &dims));
    }
    facts
}
