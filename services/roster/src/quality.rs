//! How good a roster is: no gaps, and the same for all.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use hotline_calendar::Span;

use crate::book::Book;
use crate::faults::{Cause, Fault};
use crate::{Refusal, Roster};

/// How far quality looks ahead.
const AHEAD: TimeDelta = TimeDelta::weeks(52);
/// Who has this much more than the mean has too much: 15 %.
const TOO_MUCH: f64 = 1.15;

/// How much duty somebody has.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Who.
    pub person: String,
    /// How much.
    pub time: TimeDelta,
    /// What part of the mean it is; 1 is the mean.
    pub of_mean: f64,
    /// It is over 115 % of the mean.
    pub overloaded: bool,
}

/// How good a team's published rosters are, from now on.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// From 0 to 100: the mean of the part of duty without gap and of the balance, and never more than the former.
    pub score: u32,
    /// What was looked at: to the end of the last published roster, 52 weeks at most.
    pub span: Span,
    /// All hours of duty in it.
    pub duty: TimeDelta,
    /// Hours of it that nobody does, dates between two rosters included, in order.
    pub gaps: Vec<Fault>,
    /// How even it is, from 0 to 1: the mean over all pairs of how much one has of what the other has.
    pub balance: f64,
    /// Who has how much, those with the most first.
    pub loads: Vec<Load>,
}

/// Returns how good the team's rosters are from `now` on.
///
/// # Errors
/// [`Refusal::Calendar`] where a roster's calendar is gone or does not know a year.
pub fn quality(book: &Book, team: &str, now: DateTime<Utc>) -> Result<Quality, Refusal> {
    let own: Vec<&Roster> = book.rosters.iter().filter(|roster| roster.team == team).collect();
    let ends = own.iter().filter_map(|roster| midnight_after(roster));
    let span = Span::new(now, ends.max().unwrap_or(now).clamp(now, now + AHEAD));
    let mut loads: BTreeMap<String, TimeDelta> = own
        .iter()
        .flat_map(|roster| &roster.turns)
        .map(|person| (person.clone(), TimeDelta::zero()))
        .collect();
    let mut duty = TimeDelta::zero();
    for shift in book.shifts(team, span)?.iter().filter_map(|shift| shift.clip(&span)) {
        let time = shift.span.duration();
        duty += time;
        *loads.entry(shift.person).or_default() += time;
    }
    let mut gaps = book.faults(span)?;
    gaps.retain(|fault| fault.team == team && fault.is_gap());
    let between = between(book, own, span)?;
    duty += between.iter().map(|gap| gap.span.duration()).sum::<TimeDelta>();
    gaps.extend(between);
    gaps.sort_by_key(|gap| gap.span.from);
    let missing: TimeDelta = gaps.iter().map(|gap| gap.span.duration()).sum();
    let balance = balance(&loads.values().copied().collect::<Vec<_>>());
    let loads = told(loads);
    let covered = if duty.is_zero() { 0.0 } else { 1.0 - missing.as_seconds_f64() / duty.as_seconds_f64() };
    let score = (f64::midpoint(covered, balance).min(covered) * 100.0).round().clamp(0.0, 100.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
    let score = score as u32;
    Ok(Quality { score, span, duty, gaps, balance, loads })
}

/// Returns the hours of dates between two rosters, as the roster before them has hours.
fn between(book: &Book, mut own: Vec<&Roster>, span: Span) -> Result<Vec<Fault>, Refusal> {
    own.sort_by_key(|roster| roster.first);
    let mut gaps = Vec::new();
    for pair in own.windows(2) {
        let [before, after] = pair else { continue };
        let first = before.last.succ_opt().unwrap_or(NaiveDate::MAX);
        let calendar = book.calendars.get(&before.calendar)?;
        for date in first.iter_days().take_while(|date| *date < after.first) {
            let shifts = before.shifts_on(calendar, date)?;
            gaps.extend(shifts.iter().filter_map(|shift| shift.clip(&span)).map(|shift| Fault {
                person: String::new(),
                ..Fault::of(&shift, shift.span, Cause::Nobody)
            }));
        }
    }
    Ok(gaps)
}

fn midnight_after(roster: &Roster) -> Option<DateTime<Utc>> {
    let midnight = roster.last.checked_add_days(Days::new(1))?.and_hms_opt(0, 0, 0)?;
    midnight.and_local_timezone(roster.zone).latest().map(|at| at.with_timezone(&Utc))
}

fn balance(times: &[TimeDelta]) -> f64 {
    let pairs = times
        .iter()
        .enumerate()
        .flat_map(|(place, one)| times[place + 1..].iter().map(move |two| (one, two)));
    let (mut sum, mut count) = (0.0, 0_u32);
    for (one, two) in pairs {
        let (less, more) = (one.min(two).as_seconds_f64(), one.max(two).as_seconds_f64());
        sum += if more > 0.0 { less / more } else { 1.0 };
        count += 1;
    }
    if count == 0 { 1.0 } else { sum / f64::from(count) }
}

fn told(loads: BTreeMap<String, TimeDelta>) -> Vec<Load> {
    let count = u32::try_from(loads.len()).map_or(f64::INFINITY, f64::from);
    let mean = loads.values().map(|time| time.as_seconds_f64()).sum::<f64>() / count;
    let load = |(person, time): (String, TimeDelta)| {
        let of_mean = if mean > 0.0 { time.as_seconds_f64() / mean } else { 0.0 };
        Load { person, time, of_mean, overloaded: of_mean > TOO_MUCH }
    };
    let mut loads: Vec<Load> = loads.into_iter().map(load).collect();
    loads.sort_by(|one, two| two.time.cmp(&one.time).then_with(|| one.person.cmp(&two.person)));
    loads
}
