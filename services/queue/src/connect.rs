//! Choosing the backend, the only place that knows there are two.

use std::fmt;
use std::sync::Arc;

use crate::{MemoryQueue, RedisQueue, Result, WorkQueue};

/// Where the work queues live.
#[derive(Clone)]
pub struct Settings {
    /// `memory`, the address of a Redis such as `redis://127.0.0.1:6379/0`, or some nodes of a cluster as in
    /// `redis+cluster://10.0.0.1:6379,10.0.0.2:6379`. Default `memory`.
    pub url: String,
    /// Prefix of every key and channel, so that several installations can share a Redis. Default `hotline`.
    pub namespace: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { url: "memory".into(), namespace: "hotline".into() }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An address may hold a password.
        let url = if self.url == "memory" { "memory" } else { "***" };
        f.debug_struct("Settings").field("url", &url).field("namespace", &self.namespace).finish()
    }
}

/// Returns the queues that `settings` name. Nothing is connected yet: the suite starts with Redis absent.
///
/// # Errors
/// [`Error::Address`](crate::Error::Address) when the url cannot be understood.
///
/// # Panics
/// Outside a Tokio runtime, for a Redis address.
pub fn connect(settings: &Settings) -> Result<Arc<dyn WorkQueue>> {
    match settings.url.as_str() {
        "memory" => Ok(Arc::new(MemoryQueue::default())),
        url => Ok(Arc::new(RedisQueue::connect(url, &settings.namespace)?)),
    }
}
