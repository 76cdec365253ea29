//! One queue as plain data: what waits in order, what is held and until when.

use std::collections::hash_map::Entry as Place;
use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use crate::{Depth, Entry, Epoch, Snapshot};

/// The contents of one queue. Instants are milliseconds since the epoch.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    ready: BTreeSet<(i64, Uuid)>,
    places: HashMap<Uuid, i64>,
    holders: HashMap<Uuid, (String, i64)>,
    leases: BTreeSet<(i64, Uuid)>,
    epoch: u64,
    built: bool,
}

impl Shelf {
    /// Adds or moves entries; returns how many are new.
    pub(super) fn put(&mut self, items: &[Entry]) -> usize {
        items.iter().filter(|item| self.put_one(item.id, item.place())).count()
    }

    fn put_one(&mut self, id: Uuid, order: i64) -> bool {
        let before = self.places.insert(id, order);
        if self.holders.contains_key(&id) {
            return false;
        }
        if let Some(before) = before {
            self.ready.remove(&(before, id));
        }
        self.ready.insert((order, id));
        before.is_none()
    }

    /// Moves the first `n` waiting entries under a lease.
    pub(super) fn claim(&mut self, holder: &str, n: usize, end: i64) -> Vec<Entry> {
        let mut taken = Vec::new();
        while taken.len() < n {
            let Some((order, id)) = self.ready.pop_first() else {
                break;
            };
            self.hold(id, holder, end);
            taken.push(Entry { id, order });
        }
        taken
    }

    fn hold(&mut self, id: Uuid, holder: &str, end: i64) {
        self.holders.insert(id, (holder.to_owned(), end));
        self.leases.insert((end, id));
    }

    /// Sets a new end for a running lease of this holder; returns whether there was one.
    pub(super) fn extend(&mut self, id: Uuid, holder: &str, now: i64, end: i64) -> bool {
        match self.holders.get_mut(&id) {
            Some((by, until)) if by == holder && *until > now => {
                self.leases.remove(&(*until, id));
                self.leases.insert((end, id));
                *until = end;
                true
            }
            _ => false,
        }
    }

    /// Forgets an entry.
    pub(super) fn finish(&mut self, id: Uuid) {
        if let Some(order) = self.places.remove(&id) {
            self.ready.remove(&(order, id));
        }
        self.drop_lease(id);
    }

    /// Puts a held entry back at its place; returns whether it was held.
    pub(super) fn release(&mut self, id: Uuid) -> bool {
        let held = self.drop_lease(id);
        if held {
            self.ready.insert((self.places[&id], id));
        }
        held
    }

    fn drop_lease(&mut self, id: Uuid) -> bool {
        let lease = self.holders.remove(&id);
        lease.is_some_and(|(_, end)| self.leases.remove(&(end, id)))
    }

    /// Puts back what is held beyond its lease; returns the ids by end of lease.
    pub(super) fn expire(&mut self, now: i64) -> Vec<Uuid> {
        let over: Vec<Uuid> = self.leases.range(..=(now, Uuid::max())).map(|(_, id)| *id).collect();
        for id in &over {
            self.release(*id);
        }
        over
    }

    pub(super) fn depth(&self) -> Depth {
        Depth { waiting: self.ready.len() as u64, leased: self.leases.len() as u64 }
    }

    pub(super) fn built(&self) -> bool {
        self.built
    }

    /// Forgets everything and begins a rebuild.
    pub(super) fn clear(&mut self) -> Epoch {
        *self = Self { epoch: self.epoch + 1, ..Self::default() };
        Epoch(self.epoch)
    }

    /// Adds what is not there yet; returns whether the rebuild is complete, and how many entries came to
    /// wait.
    pub(super) fn load(&mut self, epoch: Epoch, snapshot: &Snapshot) -> (bool, usize) {
        let mut fresh = 0;
        for entry in &snapshot.waiting {
            if !self.places.contains_key(&entry.id) {
                fresh += usize::from(self.put_one(entry.id, entry.place()));
            }
        }
        for leased in &snapshot.leased {
            let id = leased.entry.id;
            if let Place::Vacant(place) = self.places.entry(id) {
                place.insert(leased.entry.place());
                self.hold(id, &leased.holder, leased.expires_at.timestamp_millis());
            }
        }
        let complete = epoch.0 == self.epoch;
        self.built |= complete;
        (complete, fresh)
    }
}
