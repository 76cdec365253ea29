//! Who used the budget: the time of a ticket by who had it and who was waited for (K2).

use chrono::{DateTime, Utc};
use hotline_calendar::Calendar;

use crate::domain::course::Stint;
use crate::domain::ticket::Ticket;
use crate::error::Error;

/// A part of the time of a ticket, and whose it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// The team that had it; empty before any did.
    pub(crate) team: String,
    /// Who had it; empty while it lay in the team's queue.
    pub(crate) assignee: String,
    /// For whom or what it waited then; empty while it could be worked on.
    pub(crate) waiting_for: String,
    /// Working time of the calendar, in seconds.
    pub(crate) working_seconds: i64,
    /// By the clock on the wall, in seconds.
    pub(crate) elapsed_seconds: i64,
}

/// Tells whether it was written down from the beginning who had the ticket.
pub(crate) fn is_known(ticket: &Ticket) -> bool {
    ticket.course.stints.first().is_some_and(|stint| stint.from <= ticket.created_at)
}

/// Returns the time of all rounds of a ticket until `now`, in the order in which each first had it. The sum of the
/// shares is the time of the rounds.
///
/// # Errors
/// [`Error::Calendar`].
pub(crate) fn of_all_rounds(
    ticket: &Ticket,
    calendar: &Calendar,
    now: DateTime<Utc>,
) -> Result<Vec<Share>, Error> {
    let mut shares = Vec::new();
    for round in &ticket.course.rounds {
        add(&mut shares, ticket, calendar, round.from, round.to.unwrap_or(now))?;
    }
    Ok(shares)
}

/// Returns the time of the last round of a ticket, which ends at `to`; nothing for a round that began before it was
/// written down who had the ticket.
///
/// # Errors
/// [`Error::Calendar`].
pub(crate) fn of_last_round(
    ticket: &Ticket,
    calendar: &Calendar,
    to: DateTime<Utc>,
) -> Result<Vec<Share>, Error> {
    let Some(round) = ticket.course.rounds.last() else { return Ok(Vec::new()) };
    let mut shares = Vec::new();
    add(&mut shares, ticket, calendar, round.from, to)?;
    Ok(shares)
}

fn add(
    shares: &mut Vec<Share>,
    ticket: &Ticket,
    calendar: &Calendar,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<(), Error> {
    for (begin, end) in pieces(ticket, from, to) {
        let (team, assignee) = holder(&ticket.course.stints, begin);
        let wait =
            ticket.waits.iter().rev().find(|wait| wait.from <= begin && wait.to.is_none_or(|to| begin < to));
        let waiting_for = wait.map_or("", |wait| wait.reason.as_str());
        let working_seconds = calendar.elapsed(begin, end, &[])?.num_seconds();
        let elapsed_seconds = (end - begin).num_seconds();
        let same = |share: &&mut Share| {
            share.team == team && share.assignee == assignee && share.waiting_for == waiting_for
        };
        match shares.iter_mut().find(same) {
            Some(share) => {
                share.working_seconds += working_seconds;
                share.elapsed_seconds += elapsed_seconds;
            }
            None => shares.push(Share {
                team: team.to_owned(),
                assignee: assignee.to_owned(),
                waiting_for: waiting_for.to_owned(),
                working_seconds,
                elapsed_seconds,
            }),
        }
    }
    Ok(())
}

/// Cuts a time where the ticket changed hands and where waiting began or ended.
fn pieces(ticket: &Ticket, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let mut cuts: Vec<DateTime<Utc>> = vec![from, to];
    cuts.extend(ticket.course.stints.iter().map(|stint| stint.from));
    cuts.extend(ticket.waits.iter().flat_map(|wait| [Some(wait.from), wait.to]).flatten());
    cuts.retain(|cut| (from..=to).contains(cut));
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

fn holder(stints: &[Stint], at: DateTime<Utc>) -> (&str, &str) {
    let stint = stints.iter().rev().find(|stint| stint.from <= at);
    stint.map_or(("", ""), |stint| (stint.team.as_str(), stint.assignee.as_str()))
}
