//! Between the contract's messages and the domain.

use chrono::{DateTime, Utc};
use hotline_core::time::{from_proto, to_proto, to_proto_optional};
use hotline_core::{etag, id, mask};
use hotline_proto::customers::v1::{Customer, Segment};
use hotline_proto::tickets::v1::{
    CreateTicketRequest, CustomerConsent, ImportResult, ImportedTicket, PastStep, SettleTicketRequest, Sla,
    SlaClock, Ticket as Message, TimelineEntry, WaitReason,
};
use prost_types::FieldMask;
use uuid::Uuid;

use crate::domain::answer;
use crate::domain::clock::{Clock, Which};
use crate::domain::editing::Edit;
use crate::domain::extension::Consent;
use crate::domain::handling::Assignment;
use crate::domain::import::{Past, Step};
use crate::domain::registration::{Registration, project_of};
use crate::domain::rules::Rules;
use crate::domain::solving::Outcome;
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::grpc::matters::told;
use crate::store::{Imported, Written};

/// What `UpdateTicket` may change.
const EDITABLE: &[&str] = &["subject", "description", "category_code", "fields", "project"];

const WAIT_REASON: &str = "WAIT_REASON_";
const CHANNEL: &str = "CHANNEL_";

pub(super) fn ticket(ticket: &Ticket, now: DateTime<Utc>, rules: &Rules) -> Message {
    let waiting_for = format!("{WAIT_REASON}{}", ticket.waiting_for());
    let matters = &ticket.matters;
    Message {
        id: ticket.id.to_string(),
        number: ticket.number.clone(),
        r#type: ticket.kind as i32,
        category_code: ticket.category_code.clone(),
        subject: ticket.subject.clone(),
        description: ticket.description.clone(),
        fields: ticket.fields.clone(),
        customer_id: ticket.customer_id.to_string(),
        channel: ticket.channel as i32,
        urgency: ticket.urgency as i32,
        impact: ticket.impact as i32,
        priority: ticket.priority as i32,
        state: ticket.state as i32,
        team_key: ticket.team_key.clone(),
        assignee: ticket.assignee.clone(),
        owner_agent: ticket.owner_agent.clone(),
        sla: Some(sla(ticket, now, rules)),
        reopen_count: ticket.reopen_count,
        created_at: Some(to_proto(ticket.created_at)),
        updated_at: Some(to_proto(ticket.updated_at)),
        etag: etag::of(ticket.version),
        resolution: ticket.resolution.clone(),
        article_ids: ticket.article_ids.iter().map(Uuid::to_string).collect(),
        interaction_id: id::text(ticket.interaction_id),
        project: ticket.project.clone(),
        wait_reason: WaitReason::from_str_name(&waiting_for).unwrap_or_default() as i32,
        external_key: ticket.external_key.clone().unwrap_or_default(),
        reassignment_count: ticket.reassignment_count,
        wait_count: ticket.wait_count,
        customer_wait_count: ticket.customer_wait_count,
        outage_id: id::text(ticket.outage_id),
        parent_id: id::text(ticket.parent_id),
        survivor_id: id::text(ticket.survivor_id),
        tags: matters.tags.iter().cloned().collect(),
        watchers: matters.watchers.iter().cloned().collect(),
        judgement: matters.judgement.as_ref().map(told::judgement),
        complaint: matters.complaint.as_ref().map(told::complaint),
        contact_count: i32::try_from(matters.contacts).unwrap_or(i32::MAX),
        repeat_contact: false,
        validity: told::validity(matters.judgement.as_ref()) as i32,
    }
}

fn sla(ticket: &Ticket, now: DateTime<Utc>, rules: &Rules) -> Sla {
    let due = |which| to_proto_optional(ticket.due_as_of(which, now, &rules.calendars));
    let clocks = |tells: fn(&Clock) -> bool| {
        let told = Which::ALL.into_iter().filter(|which| ticket.clock(*which).is_some_and(tells));
        told.map(|which| clock(which) as i32).collect()
    };
    let extensions = ticket.clock(Which::Resolution).map_or(&[][..], |clock| &clock.extensions);
    let extended_from = extensions.first().map(|extension| extension.from);
    Sla {
        response_due_at: due(Which::Response),
        responded_at: to_proto_optional(ticket.responded_at),
        resolution_due_at: due(Which::Resolution),
        resolved_at: to_proto_optional(ticket.resolved_at),
        paused: !ticket.waiting_for().is_empty(),
        breached: clocks(|clock| clock.breached),
        warned: clocks(|clock| clock.warned),
        met: clocks(|clock| clock.met == Some(true)),
        policy: ticket.policy.clone(),
        extended_from: to_proto_optional(extended_from),
        answer_due_at: due(Which::Answer),
        total_due_at: due(Which::Total),
        update_due_at: due(Which::Update),
        answer_tier: ticket.answer_clock.as_ref().map_or(0, |clock| answer::tier(&clock.target) as i32),
    }
}

/// Returns the contract's name of a clock.
pub(super) fn clock(which: Which) -> SlaClock {
    match which {
        Which::Response => SlaClock::Response,
        Which::Resolution => SlaClock::Resolution,
        Which::Answer => SlaClock::Answer,
        Which::Total => SlaClock::Total,
        Which::Update => SlaClock::Update,
    }
}

pub(super) fn entry(entry: Written) -> TimelineEntry {
    TimelineEntry {
        id: entry.id.to_string(),
        kind: entry.kind,
        at: Some(to_proto(entry.at)),
        actor: entry.actor,
        state: entry.state as i32,
        note: entry.note,
        details: entry.details,
    }
}

pub(super) fn registration(given: CreateTicketRequest) -> Result<Registration, Error> {
    Ok(Registration {
        promise: given.promise_tier(),
        kind: given.r#type(),
        channel: given.channel(),
        customer_id: id::parse_optional(&given.customer_id, "customerId")?,
        interaction_id: id::parse_optional(&given.interaction_id, "interactionId")?,
        urgency: given.urgency(),
        impact: given.impact(),
        category_code: given.category_code,
        subject: given.subject,
        description: given.description,
        fields: given.fields,
        project: given.project,
        key_account: given.key_account,
        separate_matter: given.separate_matter,
        ..Registration::default()
    })
}

/// Returns the registration with what its customer's record knows and it does not say: 所属项目 and 重点客户.
pub(super) fn of_customer(given: Registration, customer: &Customer) -> Registration {
    let said = project_of(&given.project, &given.fields);
    Registration {
        project: if said.is_empty() { customer.project.clone() } else { said },
        key_account: given.key_account || customer.segment() == Segment::KeyAccount,
        ..given
    }
}

/// Returns how the ticket shall stand once the masked fields of `patch` are taken over.
pub(super) fn edit(
    current: &Ticket,
    patch: &Message,
    update_mask: Option<&FieldMask>,
) -> Result<Edit, Error> {
    let editable = Message {
        subject: current.subject.clone(),
        description: current.description.clone(),
        category_code: current.category_code.clone(),
        fields: current.fields.clone(),
        project: current.project.clone(),
        ..Message::default()
    };
    let merged = mask::apply(&editable, patch, update_mask, EDITABLE)?;
    Ok(Edit {
        earlier: None,
        subject: merged.subject,
        description: merged.description,
        category_code: merged.category_code,
        fields: merged.fields,
        project: merged.project,
    })
}

/// Returns the name by which waits and events carry the reason.
pub(super) fn wait_reason(reason: WaitReason) -> &'static str {
    reason.as_str_name().trim_start_matches(WAIT_REASON)
}

pub(super) fn consent(given: CustomerConsent) -> Consent {
    Consent {
        channel: given.channel().as_str_name().trim_start_matches(CHANNEL).to_owned(),
        at: from_proto(given.at.as_ref()).unwrap_or_default(),
        by: given.by,
    }
}

pub(super) fn articles(ids: &[String]) -> Result<Vec<Uuid>, Error> {
    let ids: Result<_, _> = ids.iter().map(|article| id::parse(article, "articleIds")).collect();
    Ok(ids?)
}

pub(super) fn assignment(assignment_id: &str, epoch: i64) -> Result<Assignment, Error> {
    Ok(Assignment { id: id::parse(assignment_id, "assignmentId")?, epoch })
}

pub(super) fn outcome(given: &SettleTicketRequest) -> Outcome {
    match (given.satisfied, given.unreachable) {
        (true, _) => Outcome::Satisfied,
        (false, true) => Outcome::Unreachable,
        (false, false) => Outcome::Unsatisfied,
    }
}

pub(super) fn past(given: ImportedTicket) -> Result<Past, Error> {
    Ok(Past {
        customer_id: id::parse(&given.customer_id, "customerId")?,
        kind: given.r#type(),
        channel: given.channel(),
        priority: given.priority(),
        created_at: from_proto(given.created_at.as_ref()).unwrap_or_default(),
        resolved_at: from_proto(given.resolved_at.as_ref()),
        closed_at: from_proto(given.closed_at.as_ref()),
        within_target: given.within_target,
        team_key: given.team_key,
        assignee: given.assignee,
        history: given.history.into_iter().map(step).collect(),
        external_key: given.external_key,
        category_code: given.category_code,
        subject: given.subject,
        description: given.description,
        resolution: given.resolution,
        fields: given.fields,
    })
}

fn step(given: PastStep) -> Step {
    Step {
        kind: given.kind(),
        at: from_proto(given.at.as_ref()).unwrap_or_default(),
        team_key: given.team_key,
        assignee: given.assignee,
        reason: given.reason,
        note: given.note,
    }
}

pub(super) fn imported(result: Imported) -> ImportResult {
    match result {
        Imported::Created { id, marked } => {
            ImportResult { id: id.to_string(), created: true, marked, ..ImportResult::default() }
        }
        Imported::Known(id) => ImportResult { id: id.to_string(), ..ImportResult::default() },
        Imported::Rejected(rejected) => ImportResult { rejected, ..ImportResult::default() },
    }
}
