//! A database of one queue that counts what it is asked and can be switched off.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::QUEUE;
use crate::{Entry, Snapshot, Truth};

#[derive(Default)]
pub(super) struct Database {
    waiting: Mutex<Vec<Entry>>,
    seconds: AtomicI64,
    down: AtomicBool,
    snapshots: AtomicUsize,
    looks: AtomicUsize,
}

#[derive(Debug, thiserror::Error)]
#[error("the database does not answer")]
pub(super) struct Down;

impl Database {
    pub(super) fn set(&self, waiting: &[Entry]) {
        *self.waiting.lock().unwrap() = waiting.to_vec();
    }

    pub(super) fn set_now(&self, now: DateTime<Utc>) {
        self.seconds.store(now.timestamp(), Ordering::SeqCst);
    }

    pub(super) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    pub(super) fn snapshots(&self) -> usize {
        self.snapshots.load(Ordering::SeqCst)
    }

    pub(super) fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }

    fn read(&self) -> Result<Vec<Entry>, Down> {
        if self.down.load(Ordering::SeqCst) { Err(Down) } else { Ok(self.waiting.lock().unwrap().clone()) }
    }
}

#[async_trait]
impl Truth for Arc<Database> {
    type Error = Down;

    fn now(&self) -> DateTime<Utc> {
        at(self.seconds.load(Ordering::SeqCst))
    }

    async fn queues(&self) -> Result<Vec<String>, Down> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        self.read().map(|_| vec![QUEUE.to_owned()])
    }

    async fn waiting(&self, _: &str) -> Result<u64, Down> {
        self.read().map(|waiting| waiting.len() as u64)
    }

    async fn snapshot(&self, _: &str) -> Result<Snapshot, Down> {
        self.snapshots.fetch_add(1, Ordering::SeqCst);
        self.read().map(|waiting| holding(&waiting))
    }

    async fn still_waiting(&self, _: &str, ids: &[Uuid]) -> Result<Vec<Entry>, Down> {
        Ok(self.read()?.into_iter().filter(|entry| ids.contains(&entry.id)).collect())
    }
}

/// What a queue holds in which only `waiting` waits.
pub(super) fn holding(waiting: &[Entry]) -> Snapshot {
    Snapshot { waiting: waiting.to_vec(), leased: Vec::new() }
}

/// The instant `seconds` after the start.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("the instant exists")
}

pub(super) fn id(number: u8) -> Uuid {
    Uuid::from_u128(number.into())
}

/// Work number `number`; lower numbers are more urgent.
pub(super) fn work(number: u8) -> Entry {
    Entry { id: id(number), order: number.into() }
}
