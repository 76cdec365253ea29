//! No row is stuck, queues equal the database, and figures equal what they are figures of (A34).

use super::state::{CALLBACK_COMPLETED, CALLBACK_LEASED, WORK_LEASED};
use crate::drill::snapshot::Snapshot;

/// Two rounds of the sweeper, which looks every second.
const TWO_SWEEPS: chrono::TimeDelta = chrono::TimeDelta::seconds(2);

pub(super) fn check(now: &Snapshot, find: &mut impl FnMut(&'static str, String)) {
    for what in &now.stuck {
        find("no row is stuck", what.clone());
    }
    let work = now.assignments.iter().filter(|row| row.state == WORK_LEASED);
    let work = work.map(|row| ("assignment", row.id, row.lease_expires_at));
    let callbacks = now.callbacks.iter().filter(|row| row.state == CALLBACK_LEASED);
    let callbacks = callbacks.map(|row| ("callback", row.id, row.lease_expires_at));
    for (what, id, end) in work.chain(callbacks) {
        if end.is_none_or(|end| end + TWO_SWEEPS < now.at) {
            find("no row is stuck", format!("{what} {id} under a lease until {end:?}, at {}", now.at));
        }
    }
    for (queue, waiting, truth) in &now.queues {
        if waiting != truth {
            find(
                "queues equal the database",
                format!("{queue}: {waiting} in the queue, {truth} in the database"),
            );
        }
    }
    figures(now, find);
}

fn figures(now: &Snapshot, find: &mut impl FnMut(&'static str, String)) {
    const RULE: &str = "figures equal what they count";
    let told = |kind: &str| {
        let entries = now.timeline.iter().filter(|((_, told), _)| told == kind);
        entries.map(|(_, count)| u64::from(*count)).sum::<u64>()
    };
    let answered = now.callbacks.iter().filter(|callback| callback.state == CALLBACK_COMPLETED);
    for (metric, truth) in [
        ("tickets_created", now.tickets.len() as u64),
        ("tickets_closed", told("CLOSED")),
        ("reopenings", told("REOPENED")),
        ("callbacks_completed", answered.count() as u64),
    ] {
        let shown = now.figures.get(metric).copied().unwrap_or_default();
        if shown != truth {
            find(RULE, format!("{metric}: {shown} shown, {truth} in the databases"));
        }
    }
}
