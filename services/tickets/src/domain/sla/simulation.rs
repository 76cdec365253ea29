//! What other rules would have done to tickets that are there (T10, T11).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::clock::Which;
use crate::domain::draft::{Draft, Who};
use crate::domain::rules::Rules;
use crate::domain::sla::replay::replay;
use crate::domain::sla::standing::{self, Difference, Place, Standing};
use crate::domain::ticket::Ticket;
use crate::domain::timeline::Entry;
use crate::error::Error;

/// How clocks ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcomes {
    /// Stopped in time.
    pub(crate) met: i32,
    /// Stopped too late.
    pub(crate) missed: i32,
    /// Still running, and run out.
    pub(crate) overdue: i32,
    /// Still running, in time.
    pub(crate) running: i32,
}

/// What came out of a simulation so far; its size does not grow with the tickets.
#[derive(Debug, Default)]
pub(crate) struct Simulation {
    /// Tickets that were looked at.
    pub(crate) tickets: i32,
    /// By clock, how it was and how it would have been.
    pub(crate) clocks: BTreeMap<Which, (Outcomes, Outcomes)>,
    /// Some of the tickets that would have gone otherwise.
    pub(crate) examples: Vec<(Ticket, Vec<Difference>)>,
    /// Tickets that the other rules can't tell.
    pub(crate) untold: i32,
    /// Why the first of them can't be told.
    pub(crate) untold_because: Option<Error>,
}

impl Simulation {
    /// Looks at a ticket with its timeline, in the order in which it was written.
    ///
    /// # Errors
    /// [`Error::Calendar`] where the rules as they are can't tell it.
    pub(crate) fn look_at(
        &mut self,
        ticket: Ticket,
        history: &[Entry],
        (rules, other): (&Rules, &Rules),
        now: DateTime<Utc>,
        most_examples: usize,
    ) -> Result<(), Error> {
        self.tickets += 1;
        let mut draft = Draft::new(ticket, rules, now, Who::default());
        draft.catch_up()?;
        let mut entries = history.to_vec();
        entries.append(&mut draft.entries);
        let was = standing::of(&draft.ticket, &entries);
        entries.sort_by_key(|entry| entry.at);
        let would_be = match replay(&draft.ticket, &entries, other, now) {
            Ok(replayed) => standing::of(&replayed.ticket, &replayed.entries),
            Err(error) => {
                self.untold += 1;
                self.untold_because.get_or_insert(error);
                return Ok(());
            }
        };
        self.count(&was, |(was, _)| was);
        self.count(&would_be, |(_, would_be)| would_be);
        if self.examples.len() < most_examples {
            let differences = standing::differences(&was, &would_be);
            if !differences.is_empty() {
                self.examples.push((draft.ticket, differences));
            }
        }
        Ok(())
    }

    fn count(
        &mut self,
        standings: &BTreeMap<Place, Standing>,
        side: impl Fn(&mut (Outcomes, Outcomes)) -> &mut Outcomes,
    ) {
        for ((which, _), standing) in standings {
            let outcomes = side(self.clocks.entry(*which).or_default());
            match (standing.met, standing.breached_at) {
                (Some(true), _) => outcomes.met += 1,
                (Some(false), _) => outcomes.missed += 1,
                (None, Some(_)) => outcomes.overdue += 1,
                (None, None) => outcomes.running += 1,
            }
        }
    }
}
