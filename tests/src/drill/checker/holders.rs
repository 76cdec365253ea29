//! Nothing had two holders at once, by what the holders themselves were told.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::drill::history::{Act, Entry};

const RULE: &str = "work has one holder at a time";

/// A lease as its holder saw it.
struct Held<'a> {
    who: &'a str,
    key: &'a str,
    epoch: i64,
    /// From then on the holder knew.
    from: DateTime<Utc>,
    /// Until then nobody else may have it.
    until: DateTime<Utc>,
}

pub(super) fn check(history: &[Entry], find: &mut impl FnMut(&'static str, String)) {
    for (work, mut leases) in leases(history) {
        leases.sort_by_key(|lease| (lease.epoch, lease.from));
        for pair in leases.windows(2) {
            let (first, second) = (&pair[0], &pair[1]);
            let same = first.epoch > 0 && first.epoch == second.epoch;
            if same || second.from < first.until {
                let (a, b) = (describe(first), describe(second));
                find(RULE, format!("{work}: {a}, and {b}"));
            }
        }
    }
}

fn describe(lease: &Held) -> String {
    let Held { who, key, epoch, from, until } = lease;
    format!("{who} by {key} in lease {epoch} from {from} until {until}")
}

fn leases(history: &[Entry]) -> BTreeMap<&str, Vec<Held<'_>>> {
    let mut all: BTreeMap<&str, Vec<Held>> = BTreeMap::new();
    for entry in history.iter().filter(|entry| entry.acknowledged()) {
        let (work, epoch, until) = match &entry.act {
            Act::Claim { assignment, epoch, until, .. } => (assignment, *epoch, *until),
            Act::ClaimCallback { callback, until, .. } => (callback, 0, *until),
            _ => continue,
        };
        let held = Held { who: &entry.who, key: &entry.key, epoch, from: entry.ended_at, until };
        all.entry(work).or_default().push(held);
    }
    for entry in history {
        change(entry, &mut all);
    }
    all
}

/// What holders did moves the end of their leases: taking work on makes it theirs until they end it, and whoever sent
/// word that they end it may have lost it from that moment on.
fn change(entry: &Entry, all: &mut BTreeMap<&str, Vec<Held<'_>>>) {
    match &entry.act {
        Act::Accept(lease) if entry.acknowledged() => {
            of(all, &lease.assignment, lease.epoch, |held| held.until = DateTime::<Utc>::MAX_UTC);
        }
        Act::Decline(lease) | Act::Return(lease) | Act::Complete(lease) => {
            of(all, &lease.assignment, lease.epoch, |held| held.until = held.until.min(entry.sent_at));
        }
        Act::Answer { callback, .. } => {
            for held in all.get_mut(callback.as_str()).into_iter().flatten() {
                if held.who == entry.who && held.from <= entry.sent_at {
                    held.until = held.until.min(entry.sent_at);
                }
            }
        }
        _ => {}
    }
}

fn of(all: &mut BTreeMap<&str, Vec<Held<'_>>>, work: &str, epoch: i64, change: impl Fn(&mut Held<'_>)) {
    let leases = all.get_mut(work).into_iter().flatten();
    leases.filter(|held| held.epoch == epoch).for_each(change);
}
