//! What a ticket tells that was brought in from another system. Everything counts when it happened there.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::time::from_proto;
use hotline_proto::common::v1::TicketState;
use hotline_proto::events::v1::{PastStep, TicketImported, TicketSnapshot};

use super::super::dimension::Dims;
use super::super::fact::{Fact, Measure};
use super::tickets::{CUSTOMER, credited, dims, registered, registered_at};

/// Returns the facts of a ticket with its past.
pub(super) fn facts(event: &TicketImported, at: DateTime<Utc>) -> Vec<Fact> {
    let Some(ticket) = &event.ticket else {
        return Vec::new();
    };
    let mut facts = registered(ticket, at);
    facts.push(Fact::once(Measure::IMPORTED, at, &dims(ticket)));
    facts.extend(solution(event, ticket, at));
    facts.extend(promise(event, ticket, at));
    let past = past(event, ticket, at);
    let counted = past.iter().map(|fact| fact.measure).collect::<BTreeSet<_>>();
    facts.extend(end(ticket, at).filter(|end| !counted.contains(&end.measure)));
    facts.extend(reopenings_without_time(ticket, at, &past));
    facts.extend(past);
    facts
}

/// Returns to whom the ticket belonged at a step of its past.
pub(super) fn dims_at(step: &PastStep, ticket: &TicketSnapshot) -> Dims {
    Dims { team: step.team_key.clone(), agent: step.assignee.clone(), ..dims(ticket) }
}

/// Returns when the ticket came to its end there, if it is known.
pub(super) fn ended_at(ticket: &TicketSnapshot, otherwise: DateTime<Utc>) -> DateTime<Utc> {
    let known = from_proto(ticket.closed_at.as_ref()).or_else(|| from_proto(ticket.resolved_at.as_ref()));
    known.unwrap_or(otherwise)
}

/// Only the last solution counts: the old system's figures know no other.
fn solution(event: &TicketImported, ticket: &TicketSnapshot, at: DateTime<Utc>) -> Vec<Fact> {
    let Some(solved_at) = from_proto(ticket.resolved_at.as_ref()) else {
        return Vec::new();
    };
    let (registered_at, dims) = (registered_at(ticket, at), dims(ticket));
    let elapsed = seconds(registered_at, solved_at);
    let timed = |measure, amount| Fact::with_amount(measure, solved_at, &dims, amount);
    let mut facts = vec![
        timed(Measure::RESOLVED, elapsed),
        timed(Measure::REPLIED, elapsed),
        Fact::once(Measure::COHORT_SOLVED, registered_at, &credited(ticket, &ticket.owner_agent)),
    ];
    facts.extend(event.working_seconds.map(|seconds| timed(Measure::RESOLVED_WORKING, seconds)));
    let days = event.reply_working_days.map(i64::from);
    facts.extend(days.map(|days| timed(Measure::REPLIED_WORKING_DAYS, days)));
    facts
}

/// Returns whether the promise of the other system was kept, once that is decided.
fn promise(event: &TicketImported, ticket: &TicketSnapshot, at: DateTime<Utc>) -> Vec<Fact> {
    let Some(kept) = event.within_target else {
        return Vec::new();
    };
    let has_ended = matches!(ticket.state(), TicketState::Closed | TicketState::Cancelled);
    let solved_at = from_proto(ticket.resolved_at.as_ref());
    let Some(decided_at) = solved_at.or_else(|| has_ended.then(|| ended_at(ticket, at))) else {
        return Vec::new();
    };
    let (registered_at, dims) = (registered_at(ticket, at), dims(ticket));
    let mut facts =
        vec![Fact::with_amount(Measure::RESOLUTION, decided_at, &dims, seconds(registered_at, decided_at))];
    if kept {
        facts.push(Fact::once(Measure::RESOLUTION_MET, decided_at, &dims));
    }
    facts
}

fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    to.signed_duration_since(from).max(TimeDelta::zero()).num_seconds()
}

fn past(event: &TicketImported, ticket: &TicketSnapshot, at: DateTime<Utc>) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut seen = BTreeSet::new();
    for step in &event.past {
        let step_at = from_proto(step.at.as_ref()).unwrap_or(at);
        let dims = dims_at(step, ticket);
        let mut count = |measure| facts.push(Fact::once(measure, step_at, &dims));
        let measures = measures(step, !seen.contains(&Measure::ASSIGNED));
        // A first hand-over to nobody known is only the mark from which others count.
        let known = |measure: &Measure| *measure != Measure::ASSIGNED || !step.team_key.is_empty();
        measures.times.iter().copied().filter(known).for_each(&mut count);
        measures.first.iter().filter(|first| !seen.contains(*first)).copied().for_each(&mut count);
        seen.extend(measures.times.into_iter().chain(measures.first));
    }
    facts
}

/// What a step counts as.
#[derive(Default)]
struct Measures {
    /// Each time.
    times: Vec<Measure>,
    /// Only at the first of its kind.
    first: Vec<Measure>,
}

/// The other system counts a reassignment also inside one team, and may not know the teams: so any but the
/// first is one.
fn measures(step: &PastStep, first_team: bool) -> Measures {
    let only = |measure| Measures { times: vec![measure], ..Measures::default() };
    match step.kind.as_str() {
        "ASSIGNED" if first_team && step.from_team_key.is_empty() => only(Measure::ASSIGNED),
        "ASSIGNED" => Measures {
            times: vec![Measure::ASSIGNED, Measure::REASSIGNED],
            first: vec![Measure::REASSIGNED_TICKET],
        },
        "STARTED" => only(Measure::STARTED),
        "WAITING" => {
            let mut first = vec![Measure::WAITED_TICKET];
            first.extend((step.reason == CUSTOMER).then_some(Measure::WAITED_CUSTOMER_TICKET));
            Measures { times: vec![Measure::WAITED], first }
        }
        "RESUMED" => only(Measure::RESUMED),
        "REOPENED" => Measures { times: vec![Measure::REOPENED], first: vec![Measure::REOPENED_TICKET] },
        "CLOSED" => only(Measure::CLOSED),
        "CANCELLED" => only(Measure::CANCELLED),
        _ => Measures::default(),
    }
}

/// Returns the end that the ticket's state tells, for where its past does not.
fn end(ticket: &TicketSnapshot, at: DateTime<Utc>) -> impl Iterator<Item = Fact> {
    let measure = match ticket.state() {
        TicketState::Closed => Some(Measure::CLOSED),
        TicketState::Cancelled => Some(Measure::CANCELLED),
        _ => None,
    };
    let fact = measure.map(|measure| Fact::once(measure, ended_at(ticket, at), &dims(ticket)));
    fact.into_iter()
}

/// Returns the reopenings of which only the number is known: they count at the last solution.
fn reopenings_without_time(ticket: &TicketSnapshot, at: DateTime<Utc>, past: &[Fact]) -> Vec<Fact> {
    let mut known = 0;
    for fact in past {
        known += i64::from(fact.measure == Measure::REOPENED);
    }
    let missing = i64::from(ticket.reopen_count) - known;
    if missing <= 0 {
        return Vec::new();
    }
    let solved_at = from_proto(ticket.resolved_at.as_ref()).unwrap_or_else(|| ended_at(ticket, at));
    let mut facts = vec![Fact { times: missing, ..Fact::once(Measure::REOPENED, solved_at, &dims(ticket)) }];
    if known == 0 {
        facts.push(Fact::once(Measure::REOPENED_TICKET, solved_at, &dims(ticket)));
    }
    facts
}
