//! The suite's clock: the system's, or one that only a debug call moves (design: Time).

use std::future::{self, Future};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::sync::watch;

/// Tells the time. Due times, leases, sweepers and time stamps follow it; tokens' lifetimes do not.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<Manual>),
}

#[derive(Debug)]
struct Manual {
    time: watch::Sender<DateTime<Utc>>,
    kept_in: Option<PathBuf>,
}

impl Clock {
    /// Returns the system's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Returns a clock that stands at `start` until it is moved.
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(Manual {
            time: watch::Sender::new(start.trunc_subsecs(6)),
            kept_in: None,
        })))
    }

    /// Returns a clock that stands at `start`, or at the time it was last moved to according to `file` if that is
    /// later. Every move is on disk before it is told.
    ///
    /// # Errors
    /// When the file can't be read or holds no time.
    pub fn manual_kept_in(start: DateTime<Utc>, file: PathBuf) -> anyhow::Result<Self> {
        let last = match std::fs::read_to_string(&file) {
            Ok(text) => text.trim().parse().with_context(|| format!("{} holds no time", file.display()))?,
            Err(error) if error.kind() == ErrorKind::NotFound => start,
            Err(error) => return Err(error).with_context(|| format!("{} can't be read", file.display())),
        };
        let time = watch::Sender::new(start.max(last).trunc_subsecs(6));
        Ok(Self(Source::Manual(Arc::new(Manual { time, kept_in: Some(file) }))))
    }

    /// Returns the time, in whole microseconds: what every database stores without loss.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => wall(),
            Source::Manual(manual) => *manual.time.borrow(),
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
        let Source::Manual(manual) = &self.0 else { return None };
        let to = to.trunc_subsecs(6);
        let moved = manual.time.send_if_modified(|now| {
            let forward = to >= *now && manual.keep(to);
            if forward {
                *now = to;
            }
            forward
        });
        moved.then_some(to)
    }

    /// Waits until the clock is moved by hand after this call, awaited or not; for ever on the system's clock.
    pub fn moved(&self) -> impl Future<Output = ()> + Send + use<> {
        let source = self.0.clone();
        let moves = match &source {
            Source::System => None,
            Source::Manual(manual) => Some(manual.time.subscribe()),
        };
        async move {
            match moves {
                None => future::pending().await,
                Some(mut moves) => {
                    // The sender lives in `source`: the channel can't close while this waits.
                    let _ = moves.changed().await;
                    drop(source);
                }
            }
        }
    }
}

impl Manual {
    /// Writes the time down, whole or not at all; tells whether it is kept.
    fn keep(&self, time: DateTime<Utc>) -> bool {
        let Some(file) = &self.kept_in else { return true };
        let draft = file.with_extension("new");
        let kept = std::fs::write(&draft, time.to_rfc3339()).and_then(|()| std::fs::rename(&draft, file));
        if let Err(error) = &kept {
            tracing::error!(%error, file = %file.display(), "the manual clock can't be kept: it stands still");
        }
        kept.is_ok()
    }
}

/// Returns the system's time whatever clock the suite runs on: for what outlives no process and promises nothing to
/// a customer, such as tokens and the relay's turn.
#[expect(clippy::disallowed_methods, reason = "this is the one door to the system's clock")]
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
        assert_eq!(clock.advance(TimeDelta::minutes(45)), Some(start + TimeDelta::minutes(45)));
        waiting.await.expect("woken");
        assert_eq!(clock.set(start), None);
        assert_eq!(clock.now(), start + TimeDelta::minutes(45));
        assert_eq!(Clock::system().advance(TimeDelta::minutes(1)), None);
    }

    #[test]
    fn a_kept_clock_goes_on_where_it_stood_if_that_is_later() {
        let folder = tempfile::tempdir().expect("a temp folder");
        let file = folder.path().join("clock");
        let start = Utc.with_ymd_and_hms(2026, 3, 2, 1, 0, 0).unwrap();
        let later = start + TimeDelta::days(1);
        assert!(Clock::manual_kept_in(start, file.clone()).unwrap().set(later).is_some());
        assert_eq!(Clock::manual_kept_in(start, file.clone()).unwrap().now(), later);
        assert_eq!(
            Clock::manual_kept_in(later + TimeDelta::days(1), file).unwrap().now(),
            later + TimeDelta::days(1)
        );
    }
}
