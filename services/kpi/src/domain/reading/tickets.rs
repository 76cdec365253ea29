//! What the life of a ticket tells.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::time::from_proto;
use hotline_proto::common::v1::{TicketState, TicketType};
use hotline_proto::events::v1::{
    TicketAssigned, TicketCreated, TicketHandedOver, TicketImported, TicketReopened, TicketResolved,
    TicketSnapshot,
};

use super::super::dimension::Dims;
use super::super::fact::{Fact, Measure};

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
fn credited(ticket: &TicketSnapshot, agent: &str) -> Dims {
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
    facts
}

fn registered(ticket: &TicketSnapshot, at: DateTime<Utc>) -> Vec<Fact> {
    let (at, dims) = (registered_at(ticket, at), credited(ticket, &ticket.owner_agent));
    let mut facts = vec![Fact::once(Measure::CREATED, at, &dims)];
    if ticket.r#type() == TicketType::Complaint {
        facts.push(Fact::once(Measure::COMPLAINT, at, &dims));
    }
    facts
}

fn registered_at(ticket: &TicketSnapshot, otherwise: DateTime<Utc>) -> DateTime<Utc> {
    from_proto(ticket.created_at.as_ref()).unwrap_or(otherwise)
}

pub(super) fn assigned(event: &TicketAssigned, at: DateTime<Utc>) -> Vec<Fact> {
    let mut facts = once(Measure::ASSIGNED, event.ticket.as_ref(), at);
    let moved = |ticket: &TicketSnapshot| ticket.team_key != event.from_team_key;
    if !event.from_team_key.is_empty() && event.ticket.as_ref().is_some_and(moved) {
        facts.extend(once(Measure::REASSIGNED, event.ticket.as_ref(), at));
    }
    facts
}

pub(super) fn handed_over(event: &TicketHandedOver, at: DateTime<Utc>) -> Vec<Fact> {
    once(Measure::REASSIGNED, event.ticket.as_ref(), at)
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
    facts
}

pub(super) fn reopened(event: &TicketReopened, at: DateTime<Utc>) -> Vec<Fact> {
    let credited = event.ticket.as_ref().map(|ticket| credited(ticket, &event.solved_by));
    credited.map(|dims| Fact::once(Measure::REOPENED, at, &dims)).into_iter().collect()
}

/// Everything counts when it happened in the other system.
pub(super) fn imported(event: &TicketImported, at: DateTime<Utc>) -> Vec<Fact> {
    let Some(ticket) = &event.ticket else {
        return Vec::new();
    };
    let mut facts = registered(ticket, at);
    facts.push(Fact::once(Measure::IMPORTED, at, &dims(ticket)));
    let solved_at = from_proto(ticket.resolved_at.as_ref());
    if let Some(solved_at) = solved_at {
        facts.extend(imported_solution(event, ticket, registered_at(ticket, at), solved_at));
    }
    let ended_at = from_proto(ticket.closed_at.as_ref()).or(solved_at).unwrap_or(at);
    match ticket.state() {
        TicketState::Closed => facts.push(Fact::once(Measure::CLOSED, ended_at, &dims(ticket))),
        TicketState::Cancelled => facts.push(Fact::once(Measure::CANCELLED, ended_at, &dims(ticket))),
        _ => {}
    }
    if ticket.reopen_count > 0 {
        facts.push(Fact {
            times: ticket.reopen_count.into(),
            ..Fact::once(Measure::REOPENED, solved_at.unwrap_or(ended_at), &dims(ticket))
        });
    }
    facts
}

fn imported_solution(
    event: &TicketImported,
    ticket: &TicketSnapshot,
    registered_at: DateTime<Utc>,
    solved_at: DateTime<Utc>,
) -> Vec<Fact> {
    let dims = dims(ticket);
    let elapsed = solved_at.signed_duration_since(registered_at).max(TimeDelta::zero());
    let timed = |measure, amount| Fact::with_amount(measure, solved_at, &dims, amount);
    let mut facts = vec![
        timed(Measure::RESOLVED, elapsed.num_seconds()),
        timed(Measure::REPLIED, elapsed.num_seconds()),
        Fact::once(Measure::COHORT_SOLVED, registered_at, &credited(ticket, &ticket.owner_agent)),
    ];
    facts.extend(event.working_seconds.map(|seconds| timed(Measure::RESOLVED_WORKING, seconds)));
    let days = event.reply_working_days.map(i64::from);
    facts.extend(days.map(|days| timed(Measure::REPLIED_WORKING_DAYS, days)));
    facts
}
