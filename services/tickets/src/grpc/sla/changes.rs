//! Repairs and changes as the contract has them.

use chrono::{DateTime, Utc};
use hotline_core::id;
use hotline_core::time::{from_proto, to_proto, to_proto_optional};
use hotline_proto::tickets::v1::{RepairSlaRequest, SlaChange, SlaRepair, SlaStanding};

use crate::domain::clock::Which;
use crate::domain::number::Reference;
use crate::domain::sla::standing::Standing;
use crate::error::Error;
use crate::grpc::convert;
use crate::store::{Changed, Order, Repair};

/// Tickets of a page where the caller does not say; one transaction puts a page right.
pub(super) const USUAL: u64 = 50;
/// Tickets of a page at most.
pub(super) const MOST: u64 = 500;

/// Reads which tickets to put right.
///
/// # Errors
/// [`Error::Number`], or the field named that is no id.
pub(super) fn order(request: &RepairSlaRequest) -> Result<Order, Error> {
    let only: Result<_, Error> = request.ticket_ids.iter().map(|which| Reference::parse(which)).collect();
    Ok(Order {
        range: (from_proto(request.from.as_ref()), from_proto(request.to.as_ref())),
        only: only?,
        reason: request.reason.clone(),
        dry_run: request.dry_run,
        repair: id::parse_optional(&request.repair_id, "repairId")?,
    })
}

/// Returns a repair as the contract has it.
pub(super) fn message(repair: Repair) -> SlaRepair {
    let Repair { record, changes, untold_because, next, dry_run } = repair;
    SlaRepair {
        id: if dry_run { String::new() } else { record.id.to_string() },
        reason: record.reason,
        by: record.created_by,
        at: Some(to_proto(record.created_at)),
        rules_revision: record.revision,
        tickets: record.tickets,
        changed: record.changed,
        changes: changes.into_iter().map(change).collect(),
        untold: record.untold,
        untold_because,
        next_page_token: next,
        dry_run,
    }
}

/// Returns what a repair changed on a clock as the contract has it.
pub(super) fn change(changed: Changed) -> SlaChange {
    let Changed { ticket_id, number, change } = changed;
    let which = Which::named(&change.clock).map(|which| convert::clock(which) as i32).unwrap_or_default();
    SlaChange {
        ticket_id: ticket_id.to_string(),
        number,
        clock: which,
        instance: change.instance,
        was: change.was.as_ref().map(standing),
        is: change.is.as_ref().map(standing),
    }
}

/// Returns how a clock stands as the contract has it.
pub(super) fn standing(standing: &Standing) -> SlaStanding {
    SlaStanding {
        policy: standing.policy.clone(),
        due_at: Some(standing.due_at).filter(|due| *due != DateTime::<Utc>::default()).map(to_proto),
        warned_at: to_proto_optional(standing.warned_at),
        breached_at: to_proto_optional(standing.breached_at),
        met: standing.met,
    }
}
