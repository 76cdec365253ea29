//! The messages of what happens to tickets.

use chrono::{DateTime, Utc};
use hotline_core::id;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::common::v1::Priority;
use hotline_proto::events::v1::{
    BudgetShare, PastStep, SlaBreached, SlaFulfilled, SlaRepaired, SlaTold, SlaWarned, TicketAssigned,
    TicketCancelled, TicketClosed, TicketCreated, TicketExtended, TicketHandedOver, TicketImported,
    TicketOutageChanged, TicketPromised, TicketReopened, TicketReprioritized, TicketResolved, TicketResumed,
    TicketSnapshot, TicketStarted, TicketVerified, TicketWaiting,
};
use uuid::Uuid;

use crate::domain::clock::Which;
use crate::domain::draft::{Bygone, Solution, Stopped, Told};
use crate::domain::extension::Extension;
use crate::domain::outage::scope::REGION;
use crate::domain::sla::repair::{self, Correction};
use crate::domain::ticket::Ticket;
use crate::domain::usage::Share;

const PAST_STEP_KIND: &str = "PAST_STEP_KIND_";

type Snapshot = Option<TicketSnapshot>;

/// Returns all that a consumer needs of a ticket.
pub(super) fn snapshot(ticket: &Ticket) -> Snapshot {
    let due = |which| ticket.clock(which).map(|clock| to_proto(clock.due_at));
    Some(TicketSnapshot {
        id: ticket.id.to_string(),
        number: ticket.number.clone(),
        r#type: ticket.kind as i32,
        category_code: ticket.category_code.clone(),
        subject: ticket.subject.clone(),
        description: ticket.description.clone(),
        customer_id: ticket.customer_id.to_string(),
        project: ticket.project.clone(),
        room: ticket.fields.get("room").cloned().unwrap_or_default(),
        region: ticket.fields.get(REGION).cloned().unwrap_or_default(),
        channel: ticket.channel as i32,
        priority: ticket.priority as i32,
        state: ticket.state as i32,
        team_key: ticket.team_key.clone(),
        assignee: ticket.assignee.clone(),
        owner_agent: ticket.owner_agent.clone(),
        created_at: Some(to_proto(ticket.created_at)),
        response_due_at: due(Which::Response),
        responded_at: to_proto_optional(ticket.responded_at),
        resolution_due_at: due(Which::Resolution),
        answer_due_at: due(Which::Answer).filter(|_| ticket.owes_an_answer()),
        resolved_at: to_proto_optional(ticket.resolved_at),
        reopen_count: ticket.reopen_count,
        completeness: ticket.completeness,
        key_account: ticket.key_account,
        closed_at: to_proto_optional(ticket.closed_at),
        reassignment_count: ticket.reassignment_count,
        wait_count: ticket.wait_count,
        customer_wait_count: ticket.customer_wait_count,
        complaint_ordinal: ticket
            .matters
            .complaint
            .as_ref()
            .map_or(0, |complaint| ordinal(complaint.ordinal)),
        outage_id: id::text(ticket.outage_id),
    })
}

fn ordinal(ordinal: u32) -> i32 {
    i32::try_from(ordinal).unwrap_or(i32::MAX)
}

pub(super) fn created(ticket: Snapshot) -> TicketCreated {
    TicketCreated { ticket }
}

pub(super) fn assigned(ticket: Snapshot, from: &str) -> TicketAssigned {
    TicketAssigned { ticket, from_team_key: from.to_owned() }
}

pub(super) fn handed_over(ticket: Snapshot, note: &str) -> TicketHandedOver {
    TicketHandedOver { ticket, note: note.to_owned() }
}

pub(super) fn started(ticket: Snapshot, first_response: bool) -> TicketStarted {
    TicketStarted { ticket, first_response }
}

pub(super) fn waiting(ticket: Snapshot, reason: &str) -> TicketWaiting {
    TicketWaiting { ticket, reason: reason.to_owned() }
}

pub(super) fn resumed(ticket: Snapshot) -> TicketResumed {
    TicketResumed { ticket }
}

pub(super) fn reprioritized(ticket: Snapshot, from: Priority) -> TicketReprioritized {
    TicketReprioritized { ticket, from_priority: from as i32 }
}

pub(super) fn resolved(snapshot: Snapshot, ticket: &Ticket, solution: &Solution) -> TicketResolved {
    TicketResolved {
        ticket: snapshot,
        resolution: ticket.resolution.clone(),
        solved_by: ticket.solved_by.clone(),
        elapsed_seconds: solution.elapsed_seconds,
        working_seconds: solution.working_seconds,
        within_target: solution.within_target,
        shares: solution.shares.iter().map(share).collect(),
        follow_up: solution.follow_up.name().to_owned(),
        outage_id: id::text(ticket.outage_id),
    }
}

fn share(share: &Share) -> BudgetShare {
    BudgetShare {
        team_key: share.team.clone(),
        assignee: share.assignee.clone(),
        waiting_for: share.waiting_for.clone(),
        working_seconds: share.working_seconds,
        elapsed_seconds: share.elapsed_seconds,
    }
}

pub(super) fn verified(ticket: Snapshot) -> TicketVerified {
    TicketVerified { ticket }
}

pub(super) fn closed(ticket: Snapshot) -> TicketClosed {
    TicketClosed { ticket }
}

pub(super) fn reopened(ticket: Snapshot, reason: &str, solved_by: &str) -> TicketReopened {
    TicketReopened { ticket, reason: reason.to_owned(), solved_by: solved_by.to_owned() }
}

pub(super) fn cancelled(snapshot: Snapshot, ticket: &Ticket, reason: &str) -> TicketCancelled {
    let survivor_id = hotline_core::id::text(ticket.survivor_id);
    TicketCancelled { ticket: snapshot, reason: reason.to_owned(), survivor_id }
}

pub(super) fn imported(snapshot: Snapshot, ticket: &Ticket, bygone: &Bygone) -> TicketImported {
    let figures = bygone.figures;
    TicketImported {
        ticket: snapshot,
        external_key: ticket.external_key.clone().unwrap_or_default(),
        reply_natural_days: figures.natural_days,
        reply_working_days: figures.working_days,
        working_seconds: figures.working_seconds,
        past: bygone.steps.iter().map(past_step).collect(),
        within_target: bygone.within_target,
    }
}

fn past_step(told: &Told) -> PastStep {
    PastStep {
        kind: told.kind.as_str_name().trim_start_matches(PAST_STEP_KIND).to_owned(),
        at: Some(to_proto(told.at)),
        team_key: told.team_key.clone(),
        from_team_key: told.from_team_key.clone(),
        assignee: told.assignee.clone(),
        reason: told.reason.clone(),
    }
}

pub(super) fn promised(ticket: Snapshot) -> TicketPromised {
    TicketPromised { ticket }
}

pub(super) fn extended(ticket: Snapshot, extension: &Extension, reason: &str) -> TicketExtended {
    TicketExtended {
        ticket,
        from_due_at: Some(to_proto(extension.from)),
        until: Some(to_proto(extension.until)),
        reason: reason.to_owned(),
        consented: extension.consent.is_some(),
    }
}

pub(super) fn warned(ticket: Snapshot, which: Which, due_at: DateTime<Utc>) -> SlaWarned {
    SlaWarned { ticket, clock: which.name().into(), due_at: Some(to_proto(due_at)) }
}

pub(super) fn breached(ticket: Snapshot, which: Which, due_at: DateTime<Utc>) -> SlaBreached {
    SlaBreached { ticket, clock: which.name().into(), due_at: Some(to_proto(due_at)) }
}

pub(super) fn fulfilled(ticket: Snapshot, stopped: &Stopped) -> SlaFulfilled {
    SlaFulfilled {
        ticket,
        clock: stopped.which.name().into(),
        instance: stopped.instance,
        met: stopped.met,
        met_by_extension: stopped.met_by_extension,
        due_at: Some(to_proto(stopped.due_at)),
        elapsed_seconds: stopped.elapsed_seconds,
        working_seconds: stopped.working_seconds,
    }
}

pub(super) fn repaired(ticket: Snapshot, correction: &Correction) -> SlaRepaired {
    let (which, instance) = correction.place;
    let stopped_at =
        correction.is.as_ref().or(correction.was.as_ref()).and_then(|told| told.standing.stopped_at);
    SlaRepaired {
        ticket,
        clock: which.name().into(),
        instance,
        stopped_at: to_proto_optional(stopped_at),
        was: correction.was.as_ref().map(told),
        is: correction.is.as_ref().map(told),
    }
}

pub(super) fn outage_changed(ticket: Snapshot, from: Option<Uuid>) -> TicketOutageChanged {
    TicketOutageChanged { ticket, from_outage_id: id::text(from) }
}

fn told(told: &repair::Told) -> SlaTold {
    let standing = &told.standing;
    SlaTold {
        due_at: Some(to_proto(standing.due_at)),
        warned_at: to_proto_optional(standing.warned_at),
        breached_at: to_proto_optional(standing.breached_at),
        met: standing.met,
        met_by_extension: standing.met_by_extension,
        elapsed_seconds: told.elapsed_seconds,
    }
}
