//! What the kernel says of processes (`/proc`).

use std::process::Command;
use std::time::Duration;

/// How the kernel counts processor time, in ticks a second: fixed for programs on Linux (`USER_HZ`).
const TICKS: u64 = 100;

/// Returns the processes that `parent` has started and that still run.
pub fn children(parent: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| stat(*pid).is_some_and(|stat| stat.parent == parent)).collect()
}

/// Returns the processor time that a process has used, with that of its children that have ended; zero where there is
/// no such process.
pub fn processor_time(pid: u32) -> Duration {
    let ticks = stat(pid).map_or(0, |stat| stat.ticks);
    Duration::from_millis(ticks * 1000 / TICKS)
}

/// Returns how much memory of a process is resident, bytes; shared pages count in full.
pub fn resident(pid: u32) -> u64 {
    kilobytes(pid, "status", "VmRSS:") * 1024
}

/// Returns the most memory of a process that ever was resident, bytes.
pub fn most_resident(pid: u32) -> u64 {
    kilobytes(pid, "status", "VmHWM:") * 1024
}

/// Returns how much memory a process takes, bytes, where a page that several processes share counts in parts.
pub fn proportional(pid: u32) -> u64 {
    kilobytes(pid, "smaps_rollup", "Pss:") * 1024
}

/// Sends a signal, as in `STOP`.
///
/// # Panics
/// When the process has ended.
pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status();
    assert!(sent.is_ok_and(|status| status.success()), "process {pid} takes SIG{name}");
}

/// Tells whether a process has begun to listen for SIGTERM; before that the signal just ends it.
pub fn hears_terminate(pid: u32) -> bool {
    const TERMINATE: u32 = 15;
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    caught >> (TERMINATE - 1) & 1 == 1
}

struct Stat {
    parent: u32,
    ticks: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before the last bracket may hold anything; state, parent and so on follow it.
    let rest: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| rest.get(index)?.parse::<u64>().ok();
    let parent = u32::try_from(number(1)?).ok()?;
    Some(Stat { parent, ticks: number(11)? + number(12)? + number(13)? + number(14)? })
}

fn kilobytes(pid: u32, file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::{children, processor_time, resident};

    #[test]
    fn this_process_has_memory_and_time_and_the_children_it_started() {
        let me = std::process::id();
        assert!(resident(me) > 100_000, "{}", resident(me));
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().expect("starts");
        assert!(children(me).contains(&child.id()));
        child.kill().expect("runs");
        child.wait().expect("ends");
        assert!(!children(me).contains(&child.id()));
        assert!(processor_time(u32::MAX).is_zero());
    }
}
