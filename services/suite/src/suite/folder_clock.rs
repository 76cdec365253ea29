//! The clock of a data folder: that of the last `hotline up` on it. Commands that write beside that one, or between two
//! of them, go by the same time.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use hotline_core::clock::Clock;

/// Where the time of a manual clock is kept; the folder is on the system's clock where the file is not there.
const KEPT: &str = "clock";
/// Where that time waits while the folder is on the system's clock.
const ASIDE: &str = "clock.aside";

/// Puts the folder on a manual clock, from `manual` or where it stood if that is later, or on the system's.
///
/// # Errors
/// When the time can't be read or kept.
pub(super) fn choose(folder: &Path, manual: Option<DateTime<Utc>>) -> anyhow::Result<Clock> {
    let (kept, aside) = (folder.join(KEPT), folder.join(ASIDE));
    let Some(start) = manual else {
        rename(&kept, &aside)?;
        return Ok(Clock::system());
    };
    if !kept.exists() {
        rename(&aside, &kept)?;
    }
    let clock = Clock::manual_kept_in(start, kept)?;
    // Not only with the first move: until then commands would not know of it.
    ensure!(clock.set(clock.now()).is_some(), "the clock can't be kept in {}", folder.display());
    Ok(clock)
}

/// Returns the clock that the folder is on.
///
/// # Errors
/// When its time can't be read.
pub(super) fn current(folder: &Path) -> anyhow::Result<Clock> {
    let kept = folder.join(KEPT);
    let is_manual = kept.try_exists().with_context(|| format!("{} can't be read", kept.display()))?;
    if is_manual { Clock::manual_kept_in(DateTime::UNIX_EPOCH, kept) } else { Ok(Clock::system()) }
}

fn rename(from: &Path, to: &Path) -> anyhow::Result<()> {
    match std::fs::rename(from, to) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} can't be renamed", from.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::{choose, current};

    #[test]
    fn a_folder_is_on_the_clock_of_the_last_up() {
        let folder = tempfile::tempdir().expect("a temp folder");
        let folder = folder.path();
        let start: DateTime<Utc> = "2026-03-02T09:00:00+08:00".parse().expect("a time");
        assert!(!current(folder).unwrap().is_manual());
        let up = choose(folder, Some(start)).unwrap();
        assert_eq!(current(folder).unwrap().now(), start, "before its first move");
        let later = up.advance(TimeDelta::hours(3)).expect("moves");
        assert_eq!(current(folder).unwrap().now(), later);
        choose(folder, None).unwrap();
        assert!(!current(folder).unwrap().is_manual());
        assert_eq!(choose(folder, Some(start)).unwrap().now(), later, "goes on where it stood");
    }
}
