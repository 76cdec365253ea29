//! Compares what was acknowledged with what is there. A pure function over a history and a snapshot, so that it can be
//! shown to fail.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::figures;
use super::ground::Site;
use super::history::{Act, Entry, History, Lease, Outcome};
use super::snapshot::{Snapshot, Ticket};

mod holders;
mod kept;
mod once;
mod settled;
#[cfg(test)]
mod tests;

/// How long side effects, queues and figures may stand still while they catch up: what gets on is late, not stuck.
const PATIENCE: Duration = Duration::from_secs(45);

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which promise.
    pub rule: &'static str,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.rule, self.what)
    }
}

/// Returns every promise that was not kept; `left` are tickets that should have been closed.
pub fn check(history: &[Entry], left: &[String], now: &Snapshot) -> Vec<Finding> {
    let mut all = told(history, left);
    let mut find = |rule: &'static str, what: String| all.push(Finding { rule, what });
    kept::check(history, now, &mut find);
    once::check(history, now, &mut find);
    settled::check(now, &mut find);
    all
}

/// Returns the promises that were not kept by what people were told: no waiting mends them.
pub fn told(history: &[Entry], left: &[String]) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut find = |rule: &'static str, what: String| all.push(Finding { rule, what });
    for entry in history {
        match &entry.outcome {
            Outcome::Contradicted(_) => find("one answer for one key", format!("{entry:?}")),
            Outcome::Unknown => find("an answer in time", format!("{entry:?}")),
            Outcome::Refused { code, .. } if !is_explained(&entry.act, code) => {
                find("a refusal has a reason", format!("{entry:?}"));
            }
            Outcome::Acknowledged | Outcome::Refused { .. } => {}
        }
    }
    for ticket in left {
        find("no ticket is left behind", ticket.clone());
    }
    holders::check(history, &mut find);
    all
}

/// Waits until nothing is found any more, as long as there is less and less to find.
///
/// # Panics
/// When something is found even then, or an error was one that no fault explains; shows all of it.
pub async fn demand(site: &Site, history: &History, left: &[String]) {
    let entries = history.entries();
    let (mut least, mut end) = (usize::MAX, Instant::now() + PATIENCE);
    let hopeless = !told(&entries, left).is_empty();
    loop {
        let found = match Snapshot::take(site).await {
            Ok(now) => check(&entries, left, &now),
            Err(error) => vec![Finding { rule: "the suite answers", what: format!("{error:#}") }],
        };
        if found.is_empty() {
            break;
        }
        let answers = found.iter().all(|finding| finding.rule != "the suite answers");
        if answers && found.len() < least {
            (least, end) = (found.len(), Instant::now() + PATIENCE);
        }
        if hopeless || Instant::now() > end {
            let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
            panic!("{} promises not kept:\n{}", lines.len(), lines.join("\n"));
        }
        // What is found may only be late.
        sleep(Duration::from_millis(250)).await;
    }
    // Last, because it holds up the counting of what is still on its way.
    let changed = figures::recompute(site).await.expect("the suite answers");
    assert_eq!(changed, 0, "figures that changed when computed anew");
    let troubles = history.troubles();
    let strange = strange(&troubles);
    assert!(strange.is_empty(), "errors that should not be: {strange:?}");
}

/// Tells whether a refusal is what this command may hear: a lease that ran out while something was broken, or a
/// supervisor's decision that stands.
fn is_explained(act: &Act, code: &str) -> bool {
    match act {
        Act::Return(_) => matches!(code, "LEASE_LOST" | "DECIDED_FINALLY"),
        Act::Accept(_) | Act::Decline(_) | Act::Complete(_) | Act::Answer { .. } => code == "LEASE_LOST",
        _ => false,
    }
}

/// Returns the errors that a broken part does not explain: only "not available", "out of time" and "busy" do.
fn strange(troubles: &BTreeMap<String, u32>) -> Vec<(&str, u32)> {
    let explained = |what: &str| {
        ["no ", "503 ", "504 ", "429 "].iter().any(|start| what.starts_with(start))
            || what == "409 IDEMPOTENCY_KEY_IN_USE"
    };
    let all = troubles.iter().map(|(what, times)| (what.as_str(), *times));
    all.filter(|(what, _)| !explained(what)).collect()
}

/// Returns the acknowledged entries of one kind.
fn acknowledged<'a, T>(
    history: &'a [Entry],
    of: impl Fn(&'a Act) -> Option<T> + 'a,
) -> impl Iterator<Item = T> + 'a {
    history.iter().filter(|entry| entry.acknowledged()).filter_map(move |entry| of(&entry.act))
}

fn completed(act: &Act) -> Option<&Lease> {
    match act {
        Act::Complete(lease) => Some(lease),
        _ => None,
    }
}

/// Returns this run's tickets that are there, with whether somebody worked on them.
fn tickets_of<'a>(history: &'a [Entry], now: &'a Snapshot) -> impl Iterator<Item = (&'a Ticket, bool)> {
    let subjects: BTreeMap<&str, bool> = history
        .iter()
        .filter_map(|entry| match &entry.act {
            Act::CreateTicket { subject, worked_on, .. } => Some((subject.as_str(), *worked_on)),
            _ => None,
        })
        .collect();
    now.tickets.iter().filter_map(move |ticket| Some((ticket, *subjects.get(ticket.subject.as_str())?)))
}

/// Numbers of states in the contract.
mod state {
    use hotline_proto::callbacks::v1::CallbackState;
    use hotline_proto::common::v1::TicketState;
    use hotline_proto::dispatch::v1::AssignmentState;

    pub(super) const TICKET_CLOSED: i32 = TicketState::Closed as i32;
    pub(super) const WORK_LEASED: i32 = AssignmentState::Leased as i32;
    pub(super) const WORK_COMPLETED: i32 = AssignmentState::Completed as i32;
    pub(super) const CALLBACK_LEASED: i32 = CallbackState::Leased as i32;
    pub(super) const CALLBACK_COMPLETED: i32 = CallbackState::Completed as i32;
}
