//! Work queues with leases: what is most urgent, who is working on it, and who is woken when there is more.
//!
//! A queue holds ids and an order value, nothing else: no personal data, no business word. The database of
//! the service that owns the work is the truth; a queue is order and wake-up. A claim here is a proposal that
//! the owner confirms by compare-and-set in its database, so an entry that is lost, doubled or stale costs
//! time and never correctness (D3, D12).
//!
//! [`WorkQueue`] is the one trait; [`MemoryQueue`] (one process) and [`RedisQueue`] (any number of processes)
//! pass the same contract tests. [`connect`] chooses by [`Settings`], [`claim_wait`] waits for work without
//! polling, and [`rebuild`] fills a queue from the database. [`Kept`] keeps queues in step with the database of
//! their owner, its [`Truth`].

mod connect;
mod error;
mod kept;
mod memory;
mod queue;
mod rebuild;
mod redis;
mod wait;

pub mod testing;

pub use self::connect::{Settings, connect};
pub use self::error::{Error, Result};
pub use self::kept::{Kept, Truth};
pub use self::memory::MemoryQueue;
pub use self::queue::{Claimed, Depth, Entry, Epoch, Leased, Snapshot, WorkQueue, lease_until};
pub use self::rebuild::rebuild;
pub use self::redis::RedisQueue;
pub use self::wait::{Turn, Waiter, Wakes, claim_wait};
