//! Policies, simulations and repairs on the screen.

use hotline_core::time::from_proto;
use hotline_proto::tickets::v1::{
    SlaChange, SlaClock, SlaGoal, SlaOutcome, SlaPolicy, SlaStanding, sla_goal,
};
use prost_types::Timestamp;

use super::sums::Sums;

/// Prints a policy on a line.
pub(super) fn policy(policy: &SlaPolicy) {
    let goals = [
        ("response", &policy.response),
        ("resolution", &policy.resolution),
        ("total", &policy.total_resolution),
        ("update", &policy.update),
    ];
    let goals =
        goals.into_iter().filter_map(|(name, goal)| Some(format!("{name} {}", self::goal(goal.as_ref()?))));
    let goals: Vec<_> = goals.collect();
    let SlaPolicy { key, position, version, name, .. } = policy;
    println!("{position:>6}  {key:<20} version {version:<4} {:<60} {name}", goals.join(", "));
}

/// Prints which version was made.
pub(super) fn changed(policy: &SlaPolicy) {
    let what = if policy.retired { "ends" } else { "holds" };
    println!(
        "{}: version {}, {what} from {}",
        policy.key,
        policy.version,
        time(policy.effective_from.as_ref())
    );
}

/// Prints what other rules would have done.
pub(super) fn simulation(sums: &Sums) {
    println!("{} tickets", sums.tickets);
    println!("{:<12} {:>23} {:>23} {:>23} {:>23}", "clock", "in time", "too late", "overdue", "running");
    for (clock, (was, would_be)) in &sums.clocks {
        let column = |of: fn(&SlaOutcome) -> i32| format!("{} -> {}", of(was), of(would_be));
        println!(
            "{:<12} {:>23} {:>23} {:>23} {:>23}",
            clock_name(*clock),
            column(|outcome| outcome.met),
            column(|outcome| outcome.missed),
            column(|outcome| outcome.overdue),
            column(|outcome| outcome.running),
        );
    }
    sums.examples.iter().for_each(change);
    if sums.untold > 0 {
        println!("{} tickets can't be told: {}", sums.untold, sums.untold_because);
    }
}

/// Prints what differs on one clock of a ticket.
pub(super) fn change(change: &SlaChange) {
    let (was, is) = (standing(change.was.as_ref()), standing(change.is.as_ref()));
    println!("{}  {:<12} {was}  ->  {is}", change.number, clock_name(change.clock));
}

fn goal(goal: &SlaGoal) -> String {
    let (amount, calendar) = (goal.amount.as_ref(), &goal.calendar);
    match amount {
        Some(sla_goal::Amount::Minutes(minutes)) => format!("{minutes} min {calendar}"),
        Some(sla_goal::Amount::WorkingDays(days)) => format!("{days} d {calendar}"),
        Some(sla_goal::Amount::Hours(hours)) => format!("{hours} h"),
        None => String::new(),
    }
}

fn standing(standing: Option<&SlaStanding>) -> String {
    let Some(standing) = standing else { return "none".to_owned() };
    let outcome = match (standing.met, standing.breached_at.as_ref()) {
        (Some(true), _) => "in time",
        (Some(false), _) => "too late",
        (None, Some(_)) => "overdue",
        (None, None) => "running",
    };
    format!("due {} {outcome}", time(standing.due_at.as_ref()))
}

fn time(at: Option<&Timestamp>) -> String {
    from_proto(at).map_or_else(|| "-".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%SZ").to_string())
}

fn clock_name(clock: i32) -> String {
    let name = SlaClock::try_from(clock).unwrap_or_default().as_str_name();
    name.trim_start_matches("SLA_CLOCK_").to_lowercase()
}
