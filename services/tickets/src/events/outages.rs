//! What others are told of outages (T13).

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::outbox;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::common::v1::Channel;
use hotline_proto::events::v1::{
    OutageProposed, OutagePublished, OutageRecovered, OutageSnapshot, OutageTold, OutageUpdated,
    OutageWithdrawn,
};

use crate::domain::outage::Outage;
use crate::store::Contact;

const KIND: &str = "OUTAGE_KIND_";
const STATE: &str = "OUTAGE_STATE_";

/// Tells that a notice was proposed.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event; so for all of these.
pub(crate) fn proposed(tx: &Tx, outage: &Outage) -> Result<(), Error> {
    let event = OutageProposed { outage: snapshot(outage), tickets: outage.spike_tickets };
    outbox::put(tx, outage.id, outage.updated_at, &event)
}

/// Tells that a notice came onto the screens.
pub(crate) fn published(tx: &Tx, outage: &Outage) -> Result<(), Error> {
    let event = OutagePublished { outage: snapshot(outage), agent: outage.published_by.clone() };
    outbox::put(tx, outage.id, outage.updated_at, &event)
}

/// Tells what is new; nothing for a correction.
pub(crate) fn updated(tx: &Tx, outage: &Outage, text: &str) -> Result<(), Error> {
    let event = OutageUpdated { outage: snapshot(outage), text: text.to_owned() };
    outbox::put(tx, outage.id, outage.updated_at, &event)
}

/// Tells that a notice left the screens.
pub(crate) fn withdrawn(tx: &Tx, outage: &Outage) -> Result<(), Error> {
    let event = OutageWithdrawn { outage: snapshot(outage), reason: outage.withdrawn_reason.clone() };
    outbox::put(tx, outage.id, outage.updated_at, &event)
}

/// Tells that an outage is over.
pub(crate) fn recovered(tx: &Tx, outage: &Outage) -> Result<(), Error> {
    let tickets = outage.recovery.as_ref().map_or(0, |recovery| recovery.total);
    let tickets = i32::try_from(tickets).unwrap_or(i32::MAX);
    let event = OutageRecovered { outage: snapshot(outage), tickets };
    outbox::put(tx, outage.id, outage.updated_at, &event)
}

/// Tells that a customer was told.
pub(crate) fn told(
    tx: &Tx,
    outage: &Outage,
    contact: &Contact,
    channel: Channel,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let event = OutageTold {
        outage: snapshot(outage),
        interaction_id: contact.interaction_id.to_string(),
        customer_id: contact.customer_id.to_string(),
        agent: contact.by.clone(),
        channel: channel as i32,
    };
    outbox::put(tx, outage.id, at, &event)
}

fn snapshot(outage: &Outage) -> Option<OutageSnapshot> {
    let notice = outage.notice.clone();
    Some(OutageSnapshot {
        id: outage.id.to_string(),
        kind: notice.kind.as_str_name().trim_start_matches(KIND).to_owned(),
        state: outage.state.as_str_name().trim_start_matches(STATE).to_owned(),
        title: notice.title,
        cause: notice.cause,
        progress: notice.progress,
        category_codes: notice.category_codes,
        projects: notice.projects,
        regions: notice.regions,
        begins_at: Some(to_proto(notice.begins_at)),
        expected_recovery_at: to_proto_optional(notice.expected_recovery_at),
        recovered_at: to_proto_optional(outage.recovered_at),
        resolution: outage.resolution.clone(),
    })
}
