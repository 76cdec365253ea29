//! Stored times are put right after a rule was corrected: what the clocks should have told takes the place of what they
//! told.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::clock::Which;
use crate::domain::draft::{Draft, Happening, What};
use crate::domain::lifecycle::is_open;
use crate::domain::sla::metric_events::{self, Metric};
use crate::domain::sla::replay::{Replayed, replay};
use crate::domain::sla::standing::{self, Difference, Standing};
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Entry, Kind};
use crate::error::Error;

/// What a clock had told, or should have told, as far as figures count it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// How the clock stands.
    pub(crate) standing: Standing,
    /// Seconds from its start until it was stopped, by the clock on the wall.
    pub(crate) elapsed_seconds: i64,
}

/// One thing that figures have to take back, to count, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Correction {
    /// Which clock.
    pub(crate) place: standing::Place,
    /// What to take back.
    pub(crate) was: Option<Told>,
    /// What to count.
    pub(crate) is: Option<Told>,
}

/// Returns what differs between what the clocks of a ticket told and what they should have told by the rules, with the
/// history that tells it. `history` is the stored timeline in the order in which it was written.
///
/// # Errors
/// [`Error::Calendar`].
pub(crate) fn compare(draft: &Draft<'_>, history: &[Entry]) -> Result<(Vec<Difference>, Replayed), Error> {
    let mut entries = history.to_vec();
    entries.extend(draft.entries.iter().cloned());
    let was = standing::of(&draft.ticket, &entries);
    // A clock is told of when it was noticed, and happened before.
    entries.sort_by_key(|entry| entry.at);
    let mut replayed = replay(&draft.ticket, &entries, draft.rules, draft.at)?;
    let is = standing::of(&replayed.ticket, &replayed.entries);
    standing::keep_warnings(&draft.ticket, &mut replayed.ticket);
    Ok((standing::differences(&was, &is), replayed))
}

impl Draft<'_> {
    /// Puts the clocks right, and returns what differed; a warning that is still to come is no difference, and put right
    /// too. The due times before stay in the timeline; what figures have counted is told to be taken back.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn repair(&mut self, history: &[Entry], repair: Uuid) -> Result<Vec<Difference>, Error> {
        let (differences, replayed) = compare(self, history)?;
        if !differences.is_empty() || standing::warns_elsewhere(&self.ticket, &replayed.ticket) {
            self.take_clocks(&replayed.ticket);
        }
        if differences.is_empty() {
            return Ok(differences);
        }
        for difference in &differences {
            let details = difference.details().with("repairId", repair.to_string());
            self.log(Kind::SlaRepaired, "", details);
            for (ticket, correction) in corrections(difference, &replayed) {
                let what = What::Repaired(correction);
                self.happenings.push(Happening { at: self.at, ticket, what });
            }
        }
        if is_open(self.ticket.state) {
            // The due time orders its team's queue.
            self.tell(What::Reprioritized(self.ticket.priority));
        }
        Ok(differences)
    }

    fn take_clocks(&mut self, from: &Ticket) {
        let ticket = &mut self.ticket;
        ticket.response_clock.clone_from(&from.response_clock);
        ticket.resolution_clock.clone_from(&from.resolution_clock);
        ticket.answer_clock.clone_from(&from.answer_clock);
        ticket.policy.clone_from(&from.policy);
        ticket.course.clone_from(&from.course);
    }
}

/// Returns what figures have to take back and to count, each with the ticket as it stood then.
fn corrections(difference: &Difference, replayed: &Replayed) -> Vec<(Ticket, Correction)> {
    let place = difference.place;
    let mut corrections = Vec::new();
    let mut add = |ticket: &Ticket, was: Option<Told>, is: Option<Told>| {
        corrections.push((ticket.clone(), Correction { place, was, is }));
    };
    let (was, is) = (difference.was.as_ref(), difference.is.as_ref());
    for (of, only) in [
        (
            (|standing: &Standing| standing.warned_at) as fn(&Standing) -> Option<DateTime<Utc>>,
            warned as Only,
        ),
        (|standing| standing.breached_at, breached as Only),
    ] {
        let (then, now) = (was.and_then(of), is.and_then(of));
        if then == now {
            continue;
        }
        if let Some(at) = then {
            add(replayed.before(at), was.map(only), None);
        }
        if let Some(at) = now {
            add(replayed.before(at), None, is.map(only));
        }
    }
    let ended = |standing: Option<&Standing>| {
        standing.and_then(|standing| Some((standing.stopped_at?, standing.met?)))
    };
    let by_extension =
        |standing: Option<&Standing>| standing.is_some_and(|standing| standing.met_by_extension);
    if (ended(was), by_extension(was)) != (ended(is), by_extension(is)) {
        let side = |standing: Option<&Standing>| {
            let standing = standing.filter(|standing| standing.met.is_some())?;
            Some(stopped(standing, place, replayed))
        };
        if let Some(at) = is.or(was).and_then(|standing| standing.stopped_at) {
            add(replayed.after(at), side(was), side(is));
        }
    }
    corrections
}

type Only = fn(&Standing) -> Told;

fn warned(standing: &Standing) -> Told {
    let (due_at, warned_at) = (standing.due_at, standing.warned_at);
    Told { standing: Standing { due_at, warned_at, ..Standing::default() }, elapsed_seconds: 0 }
}

fn breached(standing: &Standing) -> Told {
    let (due_at, breached_at) = (standing.due_at, standing.breached_at);
    Told { standing: Standing { due_at, breached_at, ..Standing::default() }, elapsed_seconds: 0 }
}

fn stopped(standing: &Standing, place: standing::Place, replayed: &Replayed) -> Told {
    let standing = Standing { warned_at: None, breached_at: None, ..standing.clone() };
    let begun = metric_events::of(&replayed.ticket, &replayed.entries)
        .into_iter()
        .find(|event| (event.which, event.instance) == place && event.what == Metric::Activated);
    // The total counts from registration in every round.
    let begun = begun.filter(|_| place.0 != Which::Total);
    let start = begun.map_or(replayed.ticket.created_at, |event| event.at);
    let elapsed = standing.stopped_at.map_or(0, |stop| (stop - start).num_seconds());
    Told { standing, elapsed_seconds: elapsed }
}
