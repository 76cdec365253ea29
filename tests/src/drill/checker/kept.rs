//! Nothing acknowledged is missing.

use std::collections::BTreeMap;

use super::state::{CALLBACK_COMPLETED, TICKET_CLOSED, WORK_COMPLETED};
use super::{acknowledged, completed};
use crate::drill::history::{Act, Entry};
use crate::drill::snapshot::Snapshot;

const RULE: &str = "nothing acknowledged is missing";

pub(super) fn check(history: &[Entry], now: &Snapshot, find: &mut impl FnMut(&'static str, String)) {
    let interactions: BTreeMap<String, bool> =
        now.interactions.iter().map(|row| (row.id.to_string(), row.ended_at.is_some())).collect();
    let tickets: BTreeMap<String, i32> =
        now.tickets.iter().map(|row| (row.id.to_string(), row.state)).collect();
    let callbacks: BTreeMap<String, (i32, Option<bool>)> =
        now.callbacks.iter().map(|row| (row.id.to_string(), (row.state, row.satisfied))).collect();
    for act in acknowledged(history, Some) {
        let holds = match act {
            Act::StartInteraction { interaction, .. } => interactions.contains_key(interaction),
            Act::EndInteraction { interaction } => interactions.get(interaction) == Some(&true),
            Act::CreateTicket { ticket, worked_on, .. } => {
                tickets.get(ticket).is_some_and(|state| !worked_on || *state == TICKET_CLOSED)
            }
            Act::Answer { callback, satisfied, .. } => {
                callbacks.get(callback) == Some(&(CALLBACK_COMPLETED, Some(*satisfied)))
            }
            Act::ClaimCallback { callback, .. } => callbacks.contains_key(callback),
            Act::Claim { .. } | Act::Accept(_) | Act::Decline(_) | Act::Return(_) => true,
            Act::Decide { .. } | Act::Complete(_) => true,
        };
        if !holds {
            find(RULE, format!("{act:?}"));
        }
    }
    check_work(history, now, find);
}

fn check_work(history: &[Entry], now: &Snapshot, find: &mut impl FnMut(&'static str, String)) {
    let work: BTreeMap<String, (i32, i64)> =
        now.assignments.iter().map(|row| (row.id.to_string(), (row.state, row.epoch))).collect();
    for lease in acknowledged(history, completed) {
        if work.get(&lease.assignment) != Some(&(WORK_COMPLETED, lease.epoch)) {
            find(RULE, format!("the completion of {lease:?}: {:?}", work.get(&lease.assignment)));
        }
    }
    let leased = |act| match act {
        &Act::Claim { ref assignment, epoch, .. } => Some((assignment, epoch)),
        _ => None,
    };
    for (assignment, epoch) in acknowledged(history, leased) {
        if work.get(assignment).is_none_or(|(_, last)| *last < epoch) {
            find(RULE, format!("lease {epoch} of {assignment}"));
        }
    }
}
