//! The suite's clock: the system's, or one that only a debug call moves (design: Time).

use std::future;
use std::sync::Arc;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::sync::watch;

/// Tells the time. Due times, leases, sweepers and time stamps follow it; tokens' lifetimes do not.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<watch::Sender<DateTime<Utc>>>),
}

impl Clock {
    /// Returns the system's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Returns a clock that stands at `start` until it is moved.
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(watch::Sender::new(
            start.trunc_subsecs(6),
        ))))
    }

    /// Returns the time, in whole microseconds: what every database stores without loss.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => wall(),
            Source::Manual(time) => *time.borrow(),
        }
    }

    /// Tells whether the clock stands still until it is moved.
    pub fn is_manual(&self) -> bool {
        matches!(self.0, Source::Manual(_))
    }

    /// Moves a manual clock forward and returns its new time; `None` on the system's clock.
    pub fn advance(&self, by: TimeDelta) -> Option<DateTime<Utc>> {
        self.set(self.now() + by)
    }

    /// Sets a manual clock and returns its new time; `None` on the system's clock or for a time that has passed.
    pub fn set(&self, to: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let Source::Manual(time) = &self.0 else {
            return None;
        };
        let to = to.trunc_subsecs(6);
        let moved = time.send_if_modified(|now| {
            let forward = to >= *now;
            if forward {
                *now = to;
            }
            forward
        });
        moved.then_some(to)
    }

    /// Returns when the clock was moved by hand; never on the system's clock.
    pub async fn moved(&self) {
        match &self.0 {
            Source::System => future::pending().await,
            Source::Manual(time) => {
                let mut moves = time.subscribe();
                // The sender lives in `self`: the channel can't close while this waits.
                let _ = moves.changed().await;
            }
        }
    }
}

/// Returns the system's time whatever clock the suite runs on: for what outlives no process and promises nothing to
/// a customer, such as tokens and the relay's turn.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one door to the system's clock"
)]
pub fn wall() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone, Utc};

    use super::Clock;

    #[tokio::test]
    async fn a_manual_clock_moves_forward_only_and_tells_who_waits() {
        let start = Utc.with_ymd_and_hms(2026, 3, 2, 1, 0, 0).unwrap();
        let clock = Clock::manual(start);
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.moved().await }
        });
        tokio::task::yield_now().await;
        assert_eq!(
            clock.advance(TimeDelta::minutes(45)),
            Some(start + TimeDelta::minutes(45))
        );
        waiting.await.expect("woken");
        assert_eq!(clock.set(start), None);
        assert_eq!(clock.now(), start + TimeDelta::minutes(45));
        assert_eq!(Clock::system().advance(TimeDelta::minutes(1)), None);
    }
}
