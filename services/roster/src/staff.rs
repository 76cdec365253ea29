//! Who is of which team, and since when in service.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};

use crate::Refusal;

/// How long somebody serves before being on duty.
const PROBATION: Months = Months::new(3);

/// The members of teams, each with the first date of their service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Staff(BTreeMap<String, BTreeMap<String, NaiveDate>>);

impl Staff {
    /// Adds a member.
    pub fn add(&mut self, team: &str, person: &str, since: NaiveDate) {
        self.0.entry(team.to_owned()).or_default().insert(person.to_owned(), since);
    }

    /// Takes a member out of a team.
    pub fn remove(&mut self, team: &str, person: &str) {
        if let Some(members) = self.0.get_mut(team) {
            members.remove(person);
        }
    }

    /// Tells whether somebody is a member of a team.
    #[must_use]
    pub fn is_member(&self, team: &str, person: &str) -> bool {
        self.0.get(team).is_some_and(|members| members.contains_key(person))
    }

    /// Refuses who may not be on duty for a team on a date: strangers, and members of less than three months.
    ///
    /// # Errors
    /// [`Refusal::NoMember`], [`Refusal::TooNew`].
    pub fn check(&self, team: &str, person: &str, date: NaiveDate) -> Result<(), Refusal> {
        let since = self.0.get(team).and_then(|members| members.get(person));
        let since =
            since.ok_or_else(|| Refusal::NoMember { person: person.to_owned(), team: team.to_owned() })?;
        let from = serves_from(*since);
        if from <= date { Ok(()) } else { Err(Refusal::TooNew { person: person.to_owned(), from }) }
    }
}

/// Returns the first date on which somebody who is in service since `since` may be on duty.
pub(crate) fn serves_from(since: NaiveDate) -> NaiveDate {
    since.checked_add_months(PROBATION).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::tests::date;

    #[test]
    fn three_months_of_service_are_asked_to_the_day() {
        let mut staff = Staff::default();
        staff.add("desk", "ann", date("2025-11-30"));
        assert!(staff.check("desk", "ann", date("2026-02-28")).is_ok());
        let refused = staff.check("desk", "ann", date("2026-02-27"));
        assert_eq!(refused, Err(Refusal::TooNew { person: "ann".into(), from: date("2026-02-28") }));
        assert!(matches!(staff.check("other", "ann", date("2026-03-01")), Err(Refusal::NoMember { .. })));
        staff.remove("desk", "ann");
        assert!(!staff.is_member("desk", "ann"));
    }
}
