//! Why a promise falls due when it does: what counted, what did not, and why (T9, T10, T11).

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use hotline_calendar::{Calendar, Span};

use crate::domain::clock::{Clock, Which};
use crate::domain::draft::{Draft, Who};
use crate::domain::lifecycle::is_open;
use crate::domain::rules::Rules;
use crate::domain::target::Amount;
use crate::domain::ticket::{Ticket, Wait};
use crate::domain::timeline::Entry;
use crate::error::Error;

pub(crate) mod days;
pub(crate) mod intervals;
pub(crate) mod picture;
pub(crate) mod summary;

use days::Day;
use intervals::Interval;

/// The clocks of a ticket, as of a time.
#[derive(Clone, Debug)]
pub(crate) struct Explanation {
    /// The ticket, with everything done that was due by then.
    pub(crate) ticket: Ticket,
    /// When.
    pub(crate) as_of: DateTime<Utc>,
    /// The zone of the last clock's calendar; the installation's where there is no clock.
    pub(crate) zone: Tz,
    /// The clocks that there are.
    pub(crate) clocks: Vec<Explained>,
    /// What a sweep has yet to write into the timeline.
    pub(crate) unwritten: Vec<Entry>,
}

/// One clock.
#[derive(Clone, Debug)]
pub(crate) struct Explained {
    /// Which.
    pub(crate) which: Which,
    /// The clock itself.
    pub(crate) clock: Clock,
    /// What people call its calendar.
    pub(crate) calendar_name: String,
    /// The zone of its calendar.
    pub(crate) zone: Tz,
    /// When it warns; while the ticket waits, as if work went on now.
    pub(crate) warn_at: DateTime<Utc>,
    /// When it is due, likewise.
    pub(crate) due_at: DateTime<Utc>,
    /// When it would be due without extensions; none where none was given.
    pub(crate) unextended_due_at: Option<DateTime<Utc>>,
    /// When it stopped; none while it runs or is paused.
    pub(crate) stopped_at: Option<DateTime<Utc>>,
    /// For whom or what the ticket waits; empty where the clock is not paused.
    pub(crate) waiting_for: String,
    /// Working time until it stopped, or until now.
    pub(crate) used: TimeDelta,
    /// Working time from there to the due time; below zero where it is overrun.
    pub(crate) left: TimeDelta,
    /// Without gap from the start to the stop, or to now or the due time, whichever is later.
    pub(crate) intervals: Vec<Interval>,
    /// Of a target in working days, every date from the start's own to the due one.
    pub(crate) days: Vec<Day>,
}

/// Explains the clocks of a ticket. What a sweep has yet to do is done first, on paper only, so that a late one does not
/// show.
///
/// # Errors
/// [`Error::Calendar`], such as for a year whose holidays are not known.
pub(crate) fn explain(ticket: &Ticket, now: DateTime<Utc>, rules: &Rules) -> Result<Explanation, Error> {
    let mut draft = Draft::new(ticket.clone(), rules, now, Who::default());
    draft.catch_up()?;
    let Draft { ticket, entries: unwritten, .. } = draft;
    let clocks: Result<Vec<_>, Error> = Which::ALL
        .into_iter()
        .filter_map(|which| Some((which, ticket.clock(which)?)))
        .map(|(which, clock)| explained(&ticket, which, clock, now, rules))
        .collect();
    let clocks = clocks?;
    let zone = clocks.last().map_or(rules.zone, |clock| clock.zone);
    Ok(Explanation { ticket, as_of: now, zone, clocks, unwritten })
}

impl Explained {
    /// Returns the working time that waiting took, by whom the ticket waited for, in the order in which it first did.
    pub(crate) fn pauses(&self) -> Vec<(&str, TimeDelta)> {
        let mut pauses: Vec<(&str, TimeDelta)> = Vec::new();
        for interval in self.intervals.iter().filter(|interval| interval.is_paused()) {
            let length = interval.span.duration();
            match pauses.iter_mut().find(|(party, _)| *party == interval.waiting_for) {
                Some((_, sum)) => *sum += length,
                None => pauses.push((&interval.waiting_for, length)),
            }
        }
        pauses
    }
}

fn explained(
    ticket: &Ticket,
    which: Which,
    clock: &Clock,
    now: DateTime<Utc>,
    rules: &Rules,
) -> Result<Explained, Error> {
    let calendar: &Calendar = clock.target.calendar(&rules.calendars)?;
    let in_hours = matches!(clock.target.amount, Amount::Hours(_));
    let started_at = clock.started_at;
    let stopped_at = stopped_at(ticket, which, clock);
    let pauses = ticket.pauses(which, now);
    let stands_still = stopped_at.is_none() && ticket.stands_still(which);
    let waiting_for = if stands_still { ticket.waiting_for() } else { "" };
    let due_at = ticket.due_as_of(which, now, &rules.calendars).unwrap_or(clock.due_at);
    let warn_at = warn_at(ticket, clock, &pauses, now, rules);
    let end = stopped_at.unwrap_or(now).max(started_at);
    let horizon = stopped_at.unwrap_or_else(|| now.max(due_at));
    let lines = calendar.explain(started_at, horizon, &pauses)?;
    let waits: Vec<&Wait> =
        ticket.waits.iter().filter(|wait| which.pauses_for(Some(&clock.target), &wait.reason)).collect();
    let unextended = clock.unextended_due(&rules.calendars, &pauses)?;
    let promised = if clock.extensions.is_empty() { due_at } else { unextended };
    Ok(Explained {
        which,
        clock: clock.clone(),
        calendar_name: if in_hours { "自然时间".to_owned() } else { calendar.name().to_owned() },
        zone: if in_hours { rules.zone } else { calendar.zone() },
        warn_at,
        due_at,
        unextended_due_at: (!clock.extensions.is_empty()).then_some(unextended),
        stopped_at,
        waiting_for: waiting_for.to_owned(),
        used: calendar.elapsed(started_at, end, &pauses)?,
        left: calendar.elapsed(end, due_at, &pauses)?,
        intervals: intervals::of(lines, &waits, now),
        days: days::of(calendar, clock, &pauses, promised, due_at)?,
    })
}

/// A clock ends with what it is for, or with a ticket that is given up.
fn stopped_at(ticket: &Ticket, which: Which, clock: &Clock) -> Option<DateTime<Utc>> {
    if clock.met.is_none() {
        return (!is_open(ticket.state)).then_some(ticket.updated_at);
    }
    let done_at = match which {
        Which::Response => ticket.responded_at,
        Which::Resolution | Which::Answer | Which::Total | Which::Update => ticket.resolved_at,
    };
    Some(done_at.unwrap_or(ticket.updated_at))
}

/// While the ticket waits, the warning that is still to come moves on as the due time does.
fn warn_at(
    ticket: &Ticket,
    clock: &Clock,
    pauses: &[Span],
    now: DateTime<Utc>,
    rules: &Rules,
) -> DateTime<Utc> {
    if ticket.waiting_for().is_empty() || clock.warned || clock.met.is_some() {
        return clock.warn_at;
    }
    let times = clock.times(&rules.calendars, pauses, rules.warn_percent);
    times.map_or(clock.warn_at, |times| rules.warn_at(&ticket.team_key, times, now))
}
