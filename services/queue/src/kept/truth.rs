//! What the owner of the work says of its queues.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Entry, Snapshot};

/// The database that queues are kept in step with, and its clock.
#[async_trait]
pub trait Truth: Send + Sync + 'static {
    /// Why the database did not answer.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Returns the present, by the clock that leases follow.
    fn now(&self) -> DateTime<Utc>;

    /// Returns the names of all queues there are.
    async fn queues(&self) -> Result<Vec<String>, Self::Error>;

    /// Returns how much waits in a queue.
    async fn waiting(&self, queue: &str) -> Result<u64, Self::Error>;

    /// Returns all that belongs in a queue.
    async fn snapshot(&self, queue: &str) -> Result<Snapshot, Self::Error>;

    /// Returns those of `ids` that wait in a queue, each at its place.
    async fn still_waiting(&self, queue: &str, ids: &[Uuid]) -> Result<Vec<Entry>, Self::Error>;
}
