//! What this process has put into the index, and met on the timelines, lately: most of what a look finds is its own.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// See the module.
#[derive(Default)]
pub(super) struct Lately {
    /// The version of each ticket that was put in, and when.
    put: HashMap<Uuid, (i64, Instant)>,
    /// Entries of timelines that were met.
    met: HashSet<Uuid>,
}

impl Lately {
    /// Notes what was put in.
    pub(super) fn note(&mut self, put: impl IntoIterator<Item = (Uuid, i64)>) {
        let now = Instant::now();
        self.put.extend(put.into_iter().map(|(id, version)| (id, (version, now))));
    }

    /// Tells whether the index was given this very version of a ticket.
    pub(super) fn has(&self, id: Uuid, version: i64) -> bool {
        self.put.get(&id).is_some_and(|(put, _)| *put == version)
    }

    /// Returns the tickets of those entries that were not met before, each once.
    pub(super) fn meet(&mut self, entries: &[(Uuid, Uuid)]) -> HashSet<Uuid> {
        entries.iter().filter(|(entry, _)| self.met.insert(*entry)).map(|(_, ticket)| *ticket).collect()
    }

    /// Forgets what was put in longer ago than `for_long`, and entries from before `since` on the wall: no look reaches
    /// back so far.
    pub(super) fn forget(&mut self, for_long: Duration, since: DateTime<Utc>) {
        self.put.retain(|_, (_, at)| at.elapsed() <= for_long);
        let milliseconds = u64::try_from(since.timestamp_millis()).unwrap_or_default();
        self.met.retain(|entry| entry.as_u64_pair().0 >> 16 >= milliseconds);
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use hotline_core::{clock, id};

    use super::*;

    #[test]
    fn an_entry_is_met_once_and_a_version_known_until_they_are_forgotten() {
        let (mut lately, ticket, entry) = (Lately::default(), id::new(), id::new());
        assert_eq!(lately.meet(&[(entry, ticket), (id::new(), ticket)]), HashSet::from([ticket]));
        assert!(lately.meet(&[(entry, ticket)]).is_empty());
        lately.note([(ticket, 3)]);
        assert!(lately.has(ticket, 3) && !lately.has(ticket, 4) && !lately.has(entry, 3));

        lately.forget(Duration::from_secs(60), clock::wall() - TimeDelta::seconds(60));
        assert!(lately.has(ticket, 3) && lately.meet(&[(entry, ticket)]).is_empty());
        lately.forget(Duration::ZERO, clock::wall() + TimeDelta::seconds(60));
        assert!(!lately.has(ticket, 3) && lately.meet(&[(entry, ticket)]) == HashSet::from([ticket]));
    }
}
