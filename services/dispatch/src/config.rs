//! Settings of the service, with defaults and units.

use std::time::Duration;

use chrono::TimeDelta;
use hotline_proto::common::v1::Priority;
use serde::{Deserialize, Serialize};

/// Settings of the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Hours after which work without a resolution target counts as due. Default 24.
    pub default_due_hours: u32,
    /// How far a priority moves work in its queue.
    pub order_shift: OrderShift,
    /// Seconds a lease runs when the claim does not say. Default 60.
    pub default_lease_seconds: u32,
    /// Seconds of wall time between two comparisons of queues and database. Default 5.
    pub reconcile_seconds: u32,
    /// Milliseconds of wall time between two looks at the database while a claim waits without a queue. Default 500.
    pub fallback_poll_millis: u32,
}

/// Hours that are added to the due time of work to get its place in the queue; negative is earlier. Due times differ,
/// so work of a low priority rises as its own comes near and is never starved (D3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderShift {
    /// 紧急. Default -24.
    pub critical_hours: i32,
    /// 高. Default -8.
    pub high_hours: i32,
    /// 中, and where no priority is known. Default 0.
    pub medium_hours: i32,
    /// 低. Default 8.
    pub low_hours: i32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            default_due_hours: 24,
            order_shift: OrderShift::default(),
            default_lease_seconds: 60,
            reconcile_seconds: 5,
            fallback_poll_millis: 500,
        }
    }
}

impl Default for OrderShift {
    fn default() -> Self {
        Self { critical_hours: -24, high_hours: -8, medium_hours: 0, low_hours: 8 }
    }
}

impl OrderShift {
    /// Returns the shift of a priority.
    pub fn of(&self, priority: Priority) -> TimeDelta {
        TimeDelta::hours(i64::from(match priority {
            Priority::Critical => self.critical_hours,
            Priority::High => self.high_hours,
            Priority::Medium | Priority::Unspecified => self.medium_hours,
            Priority::Low => self.low_hours,
        }))
    }
}

impl Config {
    /// Returns how long work without a target may take.
    pub(crate) fn default_due(&self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.default_due_hours))
    }

    /// Returns how long a lease runs when the claim does not say.
    pub(crate) fn default_lease(&self) -> Duration {
        Duration::from_secs(u64::from(self.default_lease_seconds.max(1)))
    }

    /// Returns the time between two comparisons of queues and database.
    pub(crate) fn reconcile_every(&self) -> Duration {
        Duration::from_secs(u64::from(self.reconcile_seconds.max(1)))
    }

    /// Returns the time between two looks at the database while a claim waits without a queue.
    pub(crate) fn fallback_poll(&self) -> Duration {
        Duration::from_millis(u64::from(self.fallback_poll_millis.max(10)))
    }
}
