//! What is told of third parties: whom a customer was shown to, and that a link was opened.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::outbox::put;
use hotline_proto::dispatch::v1::DisclosureWay;
use hotline_proto::events::v1::{AssignmentLinkOpened, CustomerDisclosed};

use super::outgoing::snapshot;
use crate::domain::assignment::Assignment;
use crate::domain::disclosure;
use crate::store::DisclosureRow;

/// Somebody of a third party was shown the customer for the first time.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn disclosed(
    tx: &Tx,
    work: &Assignment,
    shown: &DisclosureRow,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let event = CustomerDisclosed {
        assignment: Some(snapshot(work)),
        disclosed_to: shown.subject.clone(),
        way: disclosure::name(DisclosureWay::try_from(shown.way).unwrap_or_default()).to_owned(),
        fields: shown.fields.0.clone(),
    };
    put(tx, work.id, at, &event)
}

/// A link was opened for the first time.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn link_opened(
    tx: &Tx,
    work: &Assignment,
    recipient: &str,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let (assignment, recipient) = (Some(snapshot(work)), recipient.to_owned());
    put(tx, work.id, at, &AssignmentLinkOpened { assignment, recipient })
}
