//! The pages of a simulation, added up.

use std::collections::BTreeMap;

use hotline_proto::tickets::v1::{SlaChange, SlaOutcome, SlaSimulatedClock, SlaSimulation};

/// As many tickets are told one by one.
const EXAMPLES: usize = 20;

/// See the module.
#[derive(Default)]
pub(super) struct Sums {
    /// Tickets that were looked at.
    pub(super) tickets: i32,
    /// By clock, how it was and how it would have been.
    pub(super) clocks: BTreeMap<i32, (SlaOutcome, SlaOutcome)>,
    /// Some of the tickets that would have gone otherwise.
    pub(super) examples: Vec<SlaChange>,
    /// Tickets that the other rules can't tell.
    pub(super) untold: i32,
    /// Why the first of them can't be told.
    pub(super) untold_because: String,
}

impl Sums {
    /// Adds a page.
    pub(super) fn add(&mut self, page: SlaSimulation) {
        self.tickets += page.tickets;
        self.untold += page.untold;
        if self.untold_because.is_empty() {
            self.untold_because = page.untold_because;
        }
        for SlaSimulatedClock { clock, was, would_be } in page.clocks {
            let sums = self.clocks.entry(clock).or_default();
            add(&mut sums.0, was.unwrap_or_default());
            add(&mut sums.1, would_be.unwrap_or_default());
        }
        let room = EXAMPLES.saturating_sub(self.examples.len());
        self.examples.extend(page.examples.into_iter().take(room));
    }
}

fn add(sum: &mut SlaOutcome, more: SlaOutcome) {
    sum.met += more.met;
    sum.missed += more.missed;
    sum.overdue += more.overdue;
    sum.running += more.running;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_add_up_clock_by_clock() {
        let page = |met, missed| SlaSimulation {
            tickets: 2,
            clocks: vec![SlaSimulatedClock {
                clock: 2,
                was: Some(SlaOutcome { met, ..SlaOutcome::default() }),
                would_be: Some(SlaOutcome { missed, ..SlaOutcome::default() }),
            }],
            ..SlaSimulation::default()
        };
        let mut sums = Sums::default();
        sums.add(page(3, 1));
        sums.add(page(4, 2));
        assert_eq!((sums.tickets, sums.clocks[&2].0.met, sums.clocks[&2].1.missed), (4, 7, 3));
    }
}
