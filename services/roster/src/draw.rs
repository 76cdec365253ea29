//! The draw of a roster: who may serve, in order of how well they do, ties by lot.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use hotline_calendar::{Calendar, DayKind, Error};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Refusal;
use crate::staff::serves_from;

/// A member of the team, as the draw sees them.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Who.
    pub person: String,
    /// First date of their service.
    pub since: NaiveDate,
    /// How satisfied customers were, on whatever scale; `None` where nobody said.
    pub satisfaction: Option<f64>,
    /// What part of what they solved was closed; `None` where they solved nothing.
    pub closure_rate: Option<f64>,
}

/// Where a candidate stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// Who.
    pub person: String,
    /// Place, from 1; 0 for who may not serve yet.
    pub rank: u32,
    /// As of the candidate.
    pub satisfaction: Option<f64>,
    /// As of the candidate.
    pub closure_rate: Option<f64>,
    /// The first date on which they may serve.
    pub serves_from: NaiveDate,
}

/// What was drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Who is on turn, in order.
    pub turns: Vec<String>,
    /// Who is on duty on which holiday.
    pub holidays: BTreeMap<String, String>,
    /// Every candidate: those who may serve by rank, then the others.
    pub ranking: Vec<Ranked>,
}

/// Draws a roster that begins on `first`. Who has been in service for three months by then may serve: in order of
/// satisfaction, then of closure rate, those without figures last, and ties by lot; `most` of them at most, 0 is all. Each
/// of the `holidays` goes by lot to one of those, nobody having two before everybody has one. A lot is the SHA-256 of the
/// seed, what it is for, and the name: the same seed draws the same.
///
/// # Errors
/// [`Refusal::NobodyEligible`].
pub fn draw(
    candidates: Vec<Candidate>,
    first: NaiveDate,
    holidays: &[String],
    seed: &str,
    most: usize,
) -> Result<Drawn, Refusal> {
    let (mut eligible, mut others): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|candidate| serves_from(candidate.since) <= first);
    eligible.sort_by_cached_key(|candidate| lot(seed, "turn", &candidate.person));
    eligible.sort_by(|one, two| {
        let better = |one: Option<f64>, two: Option<f64>| known(two).total_cmp(&known(one));
        better(one.satisfaction, two.satisfaction).then_with(|| better(one.closure_rate, two.closure_rate))
    });
    others.sort_by(|one, two| (one.since, &one.person).cmp(&(two.since, &two.person)));
    let serving = if most == 0 { eligible.len() } else { most };
    let turns: Vec<String> =
        eligible.iter().take(serving).map(|candidate| candidate.person.clone()).collect();
    if turns.is_empty() {
        return Err(Refusal::NobodyEligible { date: first });
    }
    let mut by_lot = turns.clone();
    by_lot.sort_by_cached_key(|person| lot(seed, "holiday", person));
    let holidays = holidays.iter().cloned().zip(by_lot.into_iter().cycle()).collect();
    let ranked = |rank, candidate: Candidate| Ranked {
        serves_from: serves_from(candidate.since),
        rank,
        person: candidate.person,
        satisfaction: candidate.satisfaction,
        closure_rate: candidate.closure_rate,
    };
    let eligible = (1..).zip(eligible).map(|(rank, candidate)| ranked(rank, candidate));
    let ranking = eligible.chain(others.into_iter().map(|candidate| ranked(0, candidate))).collect();
    Ok(Drawn { turns, holidays, ranking })
}

/// Returns the names of the holidays with a date from `first` to `last`, in order of time, each once.
///
/// # Errors
/// [`Error::YearMissing`] where the calendar does not know a year.
pub fn holidays_between(
    calendar: &Calendar,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<String>, Error> {
    let (mut names, mut seen) = (Vec::new(), BTreeSet::new());
    for date in first.iter_days().take_while(|date| *date <= last) {
        if let DayKind::Holiday { name } = calendar.day_kind(date)?
            && seen.insert(name.clone())
        {
            names.push(name);
        }
    }
    Ok(names)
}

/// Figures that nobody has are below all others.
fn known(figure: Option<f64>) -> f64 {
    figure.unwrap_or(f64::NEG_INFINITY)
}

fn lot(seed: &str, of: &str, person: &str) -> [u8; 32] {
    Sha256::digest(format!("{seed}\n{of}\n{person}")).into()
}

#[cfg(test)]
mod tests {
    use hotline_calendar::Calendars;

    use super::*;
    use crate::roster::tests::date;

    fn candidate(person: &str, since: &str, satisfaction: Option<f64>, closure: Option<f64>) -> Candidate {
        let (person, since) = (person.to_owned(), date(since));
        Candidate { person, since, satisfaction, closure_rate: closure }
    }

    fn team() -> Vec<Candidate> {
        vec![
            candidate("new", "2026-01-02", Some(5.0), Some(1.0)),
            candidate("unknown", "2020-01-01", None, None),
            candidate("slow", "2020-01-01", Some(4.5), Some(0.7)),
            candidate("best", "2020-01-01", Some(4.9), Some(0.2)),
            candidate("swift", "2026-01-01", Some(4.5), Some(0.9)),
        ]
    }

    #[test]
    fn three_months_and_ranking_decide_who_serves_in_which_order() {
        let drawn = draw(team(), date("2026-04-01"), &[], "s", 0).expect("somebody");
        assert_eq!(drawn.turns, ["best", "swift", "slow", "unknown"]);
        let ranks: Vec<_> = drawn.ranking.iter().map(|one| (&*one.person, one.rank)).collect();
        assert_eq!(ranks, [("best", 1), ("swift", 2), ("slow", 3), ("unknown", 4), ("new", 0)]);
        assert_eq!(drawn.ranking[4].serves_from, date("2026-04-02"));
        let two = draw(team(), date("2026-04-01"), &[], "s", 2).expect("somebody");
        assert_eq!(two.turns, ["best", "swift"]);
    }

    #[test]
    fn ties_and_holidays_go_by_a_lot_that_the_seed_decides() {
        let equals =
            || ["a", "b", "c", "d", "e"].map(|name| candidate(name, "2020-01-01", None, None)).to_vec();
        let holidays: Vec<String> = ["x", "y", "z", "u", "v", "w"].map(Into::into).into();
        let draw = |seed: &str| draw(equals(), date("2026-04-01"), &holidays, seed, 0).expect("somebody");
        assert_eq!(draw("one"), draw("one"));
        let mut reversed = equals();
        reversed.reverse();
        let again = super::draw(reversed, date("2026-04-01"), &holidays, "one", 0).expect("somebody");
        assert_eq!(again.turns, draw("one").turns, "the order in which members come does not matter");
        let seeds: BTreeSet<Vec<String>> = (0..20).map(|seed| draw(&seed.to_string()).turns).collect();
        assert!(seeds.len() > 10, "seeds differ");
        let named: BTreeSet<String> = draw("one").holidays.into_values().collect();
        assert_eq!(named.len(), 5, "everybody has one before anybody has two");
    }

    #[test]
    fn a_team_of_new_people_draws_nobody() {
        let refused = draw(vec![candidate("new", "2026-03-01", None, None)], date("2026-04-01"), &[], "s", 0);
        assert_eq!(refused, Err(Refusal::NobodyEligible { date: date("2026-04-01") }));
    }

    #[test]
    fn holidays_of_the_last_quarter_are_known_by_name() {
        let calendars = Calendars::shipped().expect("shipped data is valid");
        let duty = calendars.get("duty").expect("shipped");
        let names = holidays_between(duty, date("2026-07-01"), date("2026-12-31"));
        assert_eq!(names, Ok(vec!["中秋节".to_owned(), "国庆节".to_owned()]));
    }
}
