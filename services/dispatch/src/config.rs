//! Settings of the service, with defaults and units.

use std::time::Duration;

use chrono::TimeDelta;
use hotline_phones::Numbers;
use hotline_proto::common::v1::Priority;
use serde::{Deserialize, Serialize};

mod duty;
mod links;
mod presence;
mod stages;
mod streams;
mod webhooks;

pub use duty::Duty;
pub use links::Links;
pub use presence::Presence;
pub use stages::{Fairness, Level, Minutes, Rung};
pub use streams::Streams;
pub use webhooks::Webhooks;

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
    /// How often work may be returned; the last of these puts it before the supervisor. From 1. Default 2.
    pub most_returns: u32,
    /// Days for which accepted work may be parked at most. Default 14.
    pub most_parked_days: u32,
    /// Within what time from the dispatch the next handler is to be reached by telephone (D4): what has no such budget needs
    /// no confirmation. Default 10 minutes for critical, 30 for high work.
    pub confirm: Minutes,
    /// The same until it is accepted. Default 10, 30, 120 and 240 minutes.
    pub accept: Minutes,
    /// The same until its holder is on site, for teams of the kinds on-site and third-party. Default 60, 120, 240 and 480
    /// minutes.
    pub arrive: Minutes,
    /// The same until it is done. Default 0: until the work is due.
    pub solve: Minutes,
    /// Who is told of work that nobody confirmed in its time, for teams without a chain of their own (D10). Default the
    /// member at once, the lead after 10 minutes, the supervisor after 20, the manager after 40.
    pub escalation: Vec<Rung>,
    /// How telephone numbers of confirmations are read.
    pub numbers: Numbers,
    /// What the fairness report takes for day.
    pub fairness: Fairness,
    /// How long people may be away from work.
    pub presence: Presence,
    /// Webhooks of teams.
    pub webhooks: Webhooks,
    /// Links of partners without an account.
    pub links: Links,
    /// Streams of teams' queues.
    pub streams: Streams,
    /// Calls outside office hours.
    pub duty: Duty,
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
            most_returns: 2,
            most_parked_days: 14,
            confirm: Minutes::new([10, 30, 0, 0]),
            accept: Minutes::new([10, 30, 120, 240]),
            arrive: Minutes::new([60, 120, 240, 480]),
            solve: Minutes::default(),
            escalation: stages::chain(),
            numbers: Numbers::default(),
            fairness: Fairness::default(),
            presence: Presence::default(),
            webhooks: Webhooks::default(),
            links: Links::default(),
            streams: Streams::default(),
            duty: Duty::default(),
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
    /// Refuses settings that can't be used.
    ///
    /// # Errors
    /// With the setting.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let chain = crate::domain::escalation::check(&self.escalation);
        chain.map_err(|_| {
            anyhow::anyhow!("dispatch.escalation must climb from MEMBER upwards, each level once")
        })?;
        self.links.check()?;
        self.streams.check()?;
        self.duty.check()?;
        self.fairness.zone()?;
        self.presence.check()?;
        anyhow::ensure!(
            self.fairness.day_begins < self.fairness.day_ends,
            "dispatch.fairness.day_begins must be before day_ends"
        );
        Ok(())
    }

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

    /// Returns how often work may be returned.
    pub(crate) fn most_returns(&self) -> i32 {
        i32::try_from(self.most_returns.max(1)).unwrap_or(i32::MAX)
    }

    /// Returns the time between two looks at the database while a claim waits without a queue.
    pub(crate) fn fallback_poll(&self) -> Duration {
        Duration::from_millis(u64::from(self.fallback_poll_millis.max(10)))
    }
}
