//! Assignments as their callers may see them: whole for our own people, for third parties as far as they may (D5).

use chrono::{DateTime, Utc};
use hotline_core::caller;
use hotline_core::db::Tx;
use hotline_core::id;
use hotline_proto::dispatch::v1::{Assignment, AssignmentCustomer, DisclosureWay};

use super::wire;
use crate::domain::assignment::Assignment as Held;
use crate::domain::disclosure::Customer;
use crate::error::Error;
use crate::work::Work;
use crate::work::disclosing::{Shown, Viewer};
use crate::work::holder::Claimant;

/// Reads who says that they hold work, and what they may see of it.
pub(super) async fn claimant(work: &Work, id: &str, token: String) -> Result<(Claimant, Viewer), Error> {
    let claimant = Claimant { id: id::parse(id, "id")?, caller: caller::required()?, token };
    let viewer = work.viewer_of(&claimant.caller, claimant.id).await?;
    Ok((claimant, viewer))
}

/// Answers the holder, who keeps the token.
pub(super) async fn still_held(
    work: &Work,
    (tx, held): (Tx, Held),
    (claimant, viewer): (Claimant, Viewer),
) -> Result<Assignment, Error> {
    let reply = self::held(viewer.see(work, held, true), claimant.token, work.clock.now());
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

/// Answers who held it until now.
pub(super) async fn given_up(
    work: &Work,
    (tx, held): (Tx, Held),
    viewer: &Viewer,
) -> Result<Assignment, Error> {
    let reply = message(viewer.see(work, held, false), work.clock.now());
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

/// Returns assignments that somebody reads, each with its token where they are to have it.
pub(super) async fn all(work: &Work, found: Vec<Held>) -> Result<Vec<Assignment>, Error> {
    let shown = work.show(&caller::required()?, found, DisclosureWay::Api).await?;
    let now = work.clock.now();
    Ok(shown.into_iter().map(|shown| message(shown, now)).collect())
}

/// Returns an assignment without its token.
pub(super) fn message(shown: Shown, now: DateTime<Utc>) -> Assignment {
    let customer = shown.customer.map(|known| customer(known, &shown.work));
    Assignment { masked: shown.masked, customer, ..wire::assignment(shown.work, now) }
}

/// Returns an assignment as its holder sees it.
pub(super) fn held(shown: Shown, token: String, now: DateTime<Utc>) -> Assignment {
    Assignment { lease_token: token, ..message(shown, now) }
}

fn customer(known: Customer, work: &Held) -> AssignmentCustomer {
    let first = |all: &[String]| all.first().cloned().unwrap_or_default();
    let room = if work.ticket.room.is_empty() { first(&known.rooms) } else { work.ticket.room.clone() };
    AssignmentCustomer {
        name: first(&known.names),
        phones: known.phones(),
        emails: known.emails(),
        room,
        address: first(&known.addresses),
        title: known.title,
    }
}
