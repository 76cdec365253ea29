//! Between the messages of outage notices and the domain.

use hotline_core::time::{from_proto, to_proto, to_proto_optional};
use hotline_core::{etag, mask};
use hotline_proto::tickets::v1::{
    CreateOutageRequest, Outage as Message, OutageContact, OutageFailure, OutageReader, OutageRecovery,
    OutageUpdate,
};
use prost_types::FieldMask;

use crate::domain::outage::recovery::Recovery;
use crate::domain::outage::{Notice, Outage, Update};
use crate::error::Error;
use crate::store::{Contact, Counts, Reader};

/// What `UpdateOutage` may change.
const EDITABLE: &[&str] = &[
    "kind",
    "title",
    "cause",
    "progress",
    "category_codes",
    "projects",
    "regions",
    "begins_at",
    "expected_recovery_at",
];

pub(super) fn message(outage: &Outage, counts: Counts) -> Message {
    Message {
        id: outage.id.to_string(),
        state: outage.state as i32,
        recovered_at: to_proto_optional(outage.recovered_at),
        resolution: outage.resolution.clone(),
        created_by: outage.created_by.clone(),
        created_at: Some(to_proto(outage.created_at)),
        updated_at: Some(to_proto(outage.updated_at)),
        etag: etag::of(outage.version),
        linked_tickets: number(counts.linked),
        told: number(counts.told),
        last_update: outage.last_update.clone().map(update),
        updates: outage.updates,
        recovery: outage.recovery.as_ref().map(recovery),
        spike_tickets: outage.spike_tickets,
        withdrawn_reason: outage.withdrawn_reason.clone(),
        published_at: to_proto_optional(outage.published_at),
        published_by: outage.published_by.clone(),
        readers: number(counts.readers),
        ..said(&outage.notice)
    }
}

/// Returns the part of the message that a caller may change.
fn said(notice: &Notice) -> Message {
    let notice = notice.clone();
    Message {
        kind: notice.kind as i32,
        title: notice.title,
        cause: notice.cause,
        progress: notice.progress,
        category_codes: notice.category_codes,
        projects: notice.projects,
        regions: notice.regions,
        begins_at: Some(to_proto(notice.begins_at)),
        expected_recovery_at: to_proto_optional(notice.expected_recovery_at),
        ..Message::default()
    }
}

/// Reads a new notice, without when it begins.
pub(super) fn notice(given: CreateOutageRequest) -> Notice {
    Notice {
        kind: given.kind(),
        title: given.title,
        cause: given.cause,
        progress: given.progress,
        category_codes: given.category_codes,
        projects: given.projects,
        regions: given.regions,
        begins_at: from_proto(given.begins_at.as_ref()).unwrap_or_default(),
        expected_recovery_at: from_proto(given.expected_recovery_at.as_ref()),
    }
}

pub(super) fn edited(
    current: &Notice,
    patch: &Message,
    update_mask: Option<&FieldMask>,
) -> Result<Notice, Error> {
    let merged = mask::apply(&said(current), patch, update_mask, EDITABLE)?;
    Ok(Notice {
        kind: merged.kind(),
        begins_at: from_proto(merged.begins_at.as_ref()).unwrap_or(current.begins_at),
        expected_recovery_at: from_proto(merged.expected_recovery_at.as_ref()),
        title: merged.title,
        cause: merged.cause,
        progress: merged.progress,
        category_codes: merged.category_codes,
        projects: merged.projects,
        regions: merged.regions,
    })
}

pub(super) fn update(update: Update) -> OutageUpdate {
    OutageUpdate {
        id: update.id.to_string(),
        at: Some(to_proto(update.at)),
        by: update.by,
        text: update.text,
        progress: update.progress,
        expected_recovery_at: to_proto_optional(update.expected_recovery_at),
    }
}

fn recovery(recovery: &Recovery) -> OutageRecovery {
    let failures = recovery.failures.iter().map(|failure| OutageFailure {
        ticket_id: failure.ticket.to_string(),
        ticket_number: failure.number.clone(),
        reason: failure.reason.clone(),
    });
    OutageRecovery {
        follow_up: recovery.follow_up() as i32,
        total: number(recovery.total.into()),
        done: number(recovery.done.into()),
        left: number(recovery.left.into()),
        failed: number(recovery.failed.into()),
        failures: failures.collect(),
    }
}

pub(super) fn contact(contact: Contact) -> OutageContact {
    OutageContact {
        id: contact.id.to_string(),
        interaction_id: contact.interaction_id.to_string(),
        customer_id: contact.customer_id.to_string(),
        at: Some(to_proto(contact.at)),
        by: contact.by,
        note: contact.note,
    }
}

pub(super) fn reader(reader: Reader) -> OutageReader {
    OutageReader {
        id: reader.id.to_string(),
        subject: reader.subject,
        team_key: reader.team_key,
        at: Some(to_proto(reader.at)),
        updates: reader.updates,
    }
}

fn number(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
