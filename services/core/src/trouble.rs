//! A fault that lasts is told when it begins, once a minute while it goes on, and when it is over: whatever tries again
//! every half second would else bury the log in which somebody looks for the cause.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, chain};

/// How often a fault that goes on is told.
const REMINDER: Duration = Duration::from_secs(60);

/// What keeps failing in a loop that tries again.
#[derive(Debug)]
pub struct Trouble {
    who: String,
    current: Mutex<Option<Spell>>,
}

#[derive(Clone, Copy, Debug)]
struct Spell {
    since: Instant,
    told: Instant,
    failures: u64,
}

impl Trouble {
    /// Starts without a fault; `who` is whose loop it is, as operators know it.
    pub fn of(who: impl Into<String>) -> Self {
        Self { who: who.into(), current: Mutex::new(None) }
    }

    /// Notes that it failed; the loop goes on.
    pub fn failed(&self, error: &Error) {
        if let Some(failures) = self.note(Instant::now()) {
            tracing::warn!(who = self.who, failures, error = %chain(error), "failed and will try again");
        }
    }

    /// Notes that it works.
    pub fn works(&self) {
        let ended = self.lock().take();
        if let Some(Spell { since, failures, .. }) = ended {
            let seconds = since.elapsed().as_secs();
            tracing::info!(who = self.who, failures, seconds, "works again");
        }
    }

    /// Counts a failure; returns how many there were where it is time to tell.
    fn note(&self, now: Instant) -> Option<u64> {
        let mut current = self.lock();
        let Some(spell) = current.as_mut() else {
            *current = Some(Spell { since: now, told: now, failures: 1 });
            return Some(1);
        };
        spell.failures += 1;
        if now.duration_since(spell.told) < REMINDER {
            return None;
        }
        spell.told = now;
        Some(spell.failures)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Spell>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Trouble;

    #[test]
    fn a_fault_is_told_at_once_and_then_each_minute_until_it_is_over() {
        let trouble = Trouble::of("the relay");
        let start = Instant::now();
        let told: Vec<_> =
            (0..250).filter_map(|half| trouble.note(start + Duration::from_millis(500 * half))).collect();
        assert_eq!(told, [1, 121, 241]);
        trouble.works();
        assert_eq!(trouble.note(start + Duration::from_secs(130)), Some(1));
    }
}
