//! Who of a team got how much of what, and how even that is.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use hotline_proto::common::v1::Priority;

use super::state::Move;

/// What came of work that somebody got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Still held.
    Held,
    /// Not taken on.
    Declined,
    /// Let run out.
    Expired,
    /// Given back after acceptance.
    Returned,
    /// Done.
    Completed,
    /// It went elsewhere, was taken away, or was needed no more.
    Left,
}

/// One time that somebody got work.
#[derive(Clone, Debug)]
pub(crate) struct Holding {
    /// Who.
    pub(crate) subject: String,
    /// Of this priority.
    pub(crate) priority: Priority,
    /// Leaf of the catalogue.
    pub(crate) category_code: String,
    /// When they got it.
    pub(crate) leased_at: DateTime<Utc>,
    /// When they took it on.
    pub(crate) accepted_at: Option<DateTime<Utc>>,
    /// When they had it no more.
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// What came of it.
    pub(crate) outcome: Outcome,
}

/// Who may get work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    /// Name.
    pub(crate) name: String,
    /// How much they may hold at a time; 0 is no limit.
    pub(crate) capacity: i32,
}

/// What is day, in somebody's hours.
pub(crate) trait Days {
    /// Returns the end of the day's hours that a time is in; `None` at night.
    fn end_of(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>>;
}

/// What one person got.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Share {
    /// Who.
    pub(crate) subject: String,
    /// Name; empty for one who is no member.
    pub(crate) name: String,
    /// How much they may hold at a time; 0 is no limit.
    pub(crate) capacity: i32,
    /// How often they got work.
    pub(crate) leased: u64,
    /// Of that, taken on.
    pub(crate) accepted: u64,
    /// Of that, by what came of it.
    pub(crate) declined: u64,
    /// See [`Outcome::Expired`].
    pub(crate) expired: u64,
    /// See [`Outcome::Returned`].
    pub(crate) returned: u64,
    /// See [`Outcome::Completed`].
    pub(crate) completed: u64,
    /// See [`Outcome::Left`].
    pub(crate) left: u64,
    /// See [`Outcome::Held`].
    pub(crate) held: u64,
    /// Taken on, of critical or high priority.
    pub(crate) urgent: u64,
    /// Taken on, of a hard category.
    pub(crate) hard: u64,
    /// Median time from getting work to taking it on.
    pub(crate) median_accept: Option<TimeDelta>,
    /// Taken on at night.
    pub(crate) night: u64,
    /// Longest time within a day's hours between two pieces of work.
    pub(crate) longest_idle: Option<TimeDelta>,
    /// Taken on, by priority.
    pub(crate) by_priority: BTreeMap<i32, u64>,
    /// Taken on, by category.
    pub(crate) by_category: BTreeMap<String, u64>,
}

/// The report on a team.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Report {
    /// By who took on most for their capacity.
    pub(crate) shares: Vec<Share>,
    /// Gini coefficient of accepted work for each unit of capacity, weighted by capacity.
    pub(crate) gini: Option<f64>,
    /// The most for a unit of capacity ÷ the mean.
    pub(crate) most_to_mean: Option<f64>,
    /// Categories that take longer than the team's work as a whole.
    pub(crate) hard: BTreeSet<String>,
}

impl Outcome {
    /// Returns what came of work that its holder lost by a move.
    pub(crate) fn of(step: Move) -> Self {
        match step {
            Move::Decline => Self::Declined,
            Move::Expire => Self::Expired,
            Move::Return | Move::Dispute => Self::Returned,
            Move::Complete => Self::Completed,
            _ => Self::Left,
        }
    }

    /// Returns the number it is stored as.
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::Held => 0,
            Self::Declined => 1,
            Self::Expired => 2,
            Self::Returned => 3,
            Self::Completed => 4,
            Self::Left => 5,
        }
    }

    /// Reads a stored number.
    pub(crate) fn from_number(number: i32) -> Self {
        let all = [Self::Declined, Self::Expired, Self::Returned, Self::Completed];
        all.into_iter().find(|outcome| outcome.number() == number).unwrap_or(Self::Left)
    }
}

/// Reports on what a team got. Everybody of `people` is in it, also who got nothing, and others who got something.
pub(crate) fn report(people: &BTreeMap<String, Person>, holdings: &[Holding], days: &impl Days) -> Report {
    let hard = hard_categories(holdings);
    let mut of: BTreeMap<&str, Vec<&Holding>> =
        people.keys().map(|subject| (subject.as_str(), Vec::new())).collect();
    for holding in holdings {
        of.entry(&holding.subject).or_default().push(holding);
    }
    let mut shares: Vec<_> = of
        .into_iter()
        .map(|(subject, mut held)| {
            held.sort_by_key(|holding| holding.leased_at);
            let person = people.get(subject).cloned().unwrap_or_default();
            share(subject, person, &held, (&hard, days))
        })
        .collect();
    let loads: Vec<_> = shares.iter().map(|share| (float(share.accepted), weight(share.capacity))).collect();
    shares.sort_by(|one, other| load(other).total_cmp(&load(one)));
    Report { gini: gini(&loads), most_to_mean: most_to_mean(&loads), shares, hard }
}

fn load(share: &Share) -> f64 {
    float(share.accepted) / weight(share.capacity)
}

fn weight(capacity: i32) -> f64 {
    f64::from(capacity.max(1))
}

#[expect(clippy::cast_precision_loss, reason = "counts of work are far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

fn share(
    subject: &str,
    Person { name, capacity }: Person,
    held: &[&Holding],
    (hard, days): (&BTreeSet<String>, &impl Days),
) -> Share {
    let mut share = Share { subject: subject.to_owned(), name, capacity, ..Share::default() };
    let mut waits = Vec::new();
    for holding in held {
        share.leased += 1;
        *match holding.outcome {
            Outcome::Held => &mut share.held,
            Outcome::Declined => &mut share.declined,
            Outcome::Expired => &mut share.expired,
            Outcome::Returned => &mut share.returned,
            Outcome::Completed => &mut share.completed,
            Outcome::Left => &mut share.left,
        } += 1;
        let Some(accepted_at) = holding.accepted_at else { continue };
        share.accepted += 1;
        waits.push(accepted_at - holding.leased_at);
        share.urgent += u64::from(matches!(holding.priority, Priority::Critical | Priority::High));
        share.hard += u64::from(hard.contains(&holding.category_code));
        share.night += u64::from(days.end_of(accepted_at).is_none());
        *share.by_priority.entry(holding.priority.into()).or_default() += 1;
        *share.by_category.entry(holding.category_code.clone()).or_default() += 1;
    }
    share.median_accept = median(waits);
    share.longest_idle = longest_idle(held, days);
    share
}

/// Returns the longest time within one day's hours between the end of what somebody had and the next they got; `held` in the
/// order they got it.
fn longest_idle(held: &[&Holding], days: &impl Days) -> Option<TimeDelta> {
    let mut free_since: Option<DateTime<Utc>> = None;
    let mut longest = None;
    for holding in held {
        if let Some(since) = free_since
            && since <= holding.leased_at
            && days.end_of(since).is_some_and(|end| holding.leased_at <= end)
        {
            longest = longest.max(Some(holding.leased_at - since));
        }
        // What is still held, and whatever comes after it, leaves no time free.
        let ended_at = holding.ended_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        free_since = free_since.max(Some(ended_at));
    }
    longest
}

/// Returns the categories whose median handling time is above that of all completed work.
fn hard_categories(holdings: &[Holding]) -> BTreeSet<String> {
    let mut all = Vec::new();
    let mut of: BTreeMap<&str, Vec<TimeDelta>> = BTreeMap::new();
    for holding in holdings.iter().filter(|holding| holding.outcome == Outcome::Completed) {
        if let (Some(from), Some(to)) = (holding.accepted_at, holding.ended_at) {
            all.push(to - from);
            of.entry(&holding.category_code).or_default().push(to - from);
        }
    }
    let usual = median(all);
    of.into_iter()
        .filter(|(_, times)| median(times.clone()) > usual)
        .map(|(category, _)| category.to_owned())
        .collect()
}

/// The value of nearest rank.
fn median(mut values: Vec<TimeDelta>) -> Option<TimeDelta> {
    values.sort_unstable();
    let place = values.len().div_ceil(2).checked_sub(1)?;
    values.get(place).copied()
}

/// Gini coefficient of loads for each unit of weight, each pair of units counted: Σᵢ Σⱼ wᵢ wⱼ |xᵢ − xⱼ| ÷ (2 W Σ wᵢ xᵢ).
fn gini(loads: &[(f64, f64)]) -> Option<f64> {
    let total: f64 = loads.iter().map(|(load, _)| load).sum();
    let weights: f64 = loads.iter().map(|(_, weight)| weight).sum();
    if total <= 0.0 {
        return None;
    }
    let apart = |(one, of): &(f64, f64), (other, to): &(f64, f64)| of * to * (one / of - other / to).abs();
    let apart: f64 = loads.iter().flat_map(|one| loads.iter().map(move |other| apart(one, other))).sum();
    Some(apart / (2.0 * weights * total))
}

fn most_to_mean(loads: &[(f64, f64)]) -> Option<f64> {
    let total: f64 = loads.iter().map(|(load, _)| load).sum();
    let weights: f64 = loads.iter().map(|(_, weight)| weight).sum();
    let most = loads.iter().map(|(load, weight)| load / weight).fold(0.0, f64::max);
    (total > 0.0).then(|| most / (total / weights))
}

/// Returns what there is most of, at most `most`.
pub(crate) fn top(counts: BTreeMap<String, u64>, most: usize) -> Vec<(String, u64)> {
    let mut all: Vec<_> = counts.into_iter().collect();
    all.sort_by_key(|(_, count)| Reverse(*count));
    all.truncate(most);
    all
}

#[cfg(test)]
mod tests;
