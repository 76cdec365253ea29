//! How each clock of a ticket stands or ended, by what its timeline tells; and what differs between two tellings.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::clock::Which;
use crate::domain::lifecycle::is_open;
use crate::domain::sla::metric_events::instance;
use crate::domain::sla::replay::time;
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Details, Entry, Kind};

/// Databases keep times to the microsecond: a difference below this is none.
const SAME: TimeDelta = TimeDelta::milliseconds(1);

/// A clock, and the how-manieth of its kind.
pub(crate) type Place = (Which, i32);

/// How a clock stands or ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// When it is or was due.
    pub(crate) due_at: DateTime<Utc>,
    /// The policy that set it last.
    pub(crate) policy: String,
    /// When it warned.
    pub(crate) warned_at: Option<DateTime<Utc>>,
    /// When it ran out.
    pub(crate) breached_at: Option<DateTime<Utc>>,
    /// When it was stopped; none while it runs.
    pub(crate) stopped_at: Option<DateTime<Utc>>,
    /// Whether it was stopped in time; none while it runs.
    pub(crate) met: Option<bool>,
    /// In time, but not without the extensions it got.
    pub(crate) met_by_extension: bool,
    /// It runs, or is paused.
    #[serde(skip)]
    pub(crate) running: bool,
}

/// What differs on one clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Which.
    pub(crate) place: Place,
    /// As it was; none where there was no clock.
    pub(crate) was: Option<Standing>,
    /// As it is; none where there is no clock.
    pub(crate) is: Option<Standing>,
}

/// Returns how each clock of a ticket stands or ended; `entries` is its timeline in the order in which it was written: what
/// was told last holds, whatever time it tells of.
pub(crate) fn of(ticket: &Ticket, entries: &[Entry]) -> BTreeMap<Place, Standing> {
    let mut standings: BTreeMap<Place, Standing> = BTreeMap::new();
    let (mut policy, mut rounds, mut answers) = (String::new(), 1, 0);
    for entry in entries {
        match entry.kind {
            Kind::SlaSet => policy = entry.details.get("policy").cloned().unwrap_or_default(),
            Kind::Reopened => rounds += 1,
            Kind::Promised => answers += 1,
            _ => {}
        }
        let Some(which) = entry.details.get("clock").and_then(|name| Which::named(name)) else { continue };
        let number = instance(entry).unwrap_or(match which {
            Which::Response | Which::Update => 1,
            Which::Resolution | Which::Total => rounds,
            Which::Answer => answers.max(1),
        });
        if entry.kind == Kind::SlaRepaired {
            match repaired(entry) {
                Some(standing) => standings.insert((which, number), standing),
                None => standings.remove(&(which, number)),
            };
            continue;
        }
        let standing = standings.entry((which, number)).or_default();
        standing.policy.clone_from(&policy);
        standing.due_at = time(entry, which.due_name()).unwrap_or(standing.due_at);
        match entry.kind {
            Kind::SlaWarned => standing.warned_at = Some(entry.at),
            Kind::SlaBreached => standing.breached_at = Some(entry.at),
            Kind::SlaMet | Kind::SlaMissed => {
                standing.met = Some(entry.kind == Kind::SlaMet);
                standing.stopped_at = Some(entry.at);
                standing.met_by_extension = entry.details.contains_key("metByExtension");
            }
            _ => {}
        }
    }
    with_running(standings, ticket)
}

/// Adds what only the ticket knows: clocks that run and have told nothing yet, and when they are due now. One that was
/// put right, has told nothing and runs no more is none.
fn with_running(mut standings: BTreeMap<Place, Standing>, ticket: &Ticket) -> BTreeMap<Place, Standing> {
    standings.retain(|_, standing| standing.has_told());
    for which in Which::ALL {
        let Some(clock) = ticket.clock(which).filter(|clock| clock.met.is_none()) else { continue };
        let place = (which, ticket.instance(which));
        // Of a ticket that was given up nothing runs; what its clocks had told stands.
        if !is_open(ticket.state) && !standings.contains_key(&place) {
            continue;
        }
        let standing = standings.entry(place).or_default();
        standing.due_at = clock.due_at;
        standing.policy.clone_from(&ticket.policy);
        standing.running = is_open(ticket.state);
    }
    standings
}

/// Returns what differs, clock by clock.
pub(crate) fn differences(
    was: &BTreeMap<Place, Standing>,
    is: &BTreeMap<Place, Standing>,
) -> Vec<Difference> {
    let mut places: Vec<Place> = was.keys().chain(is.keys()).copied().collect();
    places.sort_unstable();
    places.dedup();
    let both = places.into_iter().map(|place| {
        let (mut was, mut is) = (was.get(&place).cloned(), is.get(&place).cloned());
        // One that ended without anybody waiting for it, and had warned at most, leaves nothing to put right.
        was = was.filter(|was| is.is_some() || was.matters());
        is = is.filter(|is| was.is_some() || is.matters());
        if let (Some(was), Some(is)) = (&was, &mut is)
            && near(was.due_at, is.due_at)
        {
            // Who was warned of the right time was warned: by which hours the team worked then is not kept.
            is.warned_at = was.warned_at;
        }
        Difference { place, was, is }
    });
    let differ = both.filter(|Difference { was, is, .. }| match (was, is) {
        (Some(was), Some(is)) => !was.same(is),
        (was, is) => was.is_some() || is.is_some(),
    });
    differ.collect()
}

/// Lets the clocks of a replay that are due as they are stored keep what they have warned of.
pub(crate) fn keep_warnings(stored: &Ticket, replayed: &mut Ticket) {
    for which in Which::ALL {
        let same = stored.instance(which) == replayed.instance(which);
        let (Some(was), Some(is)) = (stored.clock(which), replayed.clock_mut(which)) else { continue };
        if same && near(was.due_at, is.due_at) && (was.warned || is.warned) {
            (is.warned, is.warn_at) = (was.warned, was.warn_at);
        }
    }
}

fn near(a: DateTime<Utc>, b: DateTime<Utc>) -> bool {
    (a - b).abs() < SAME
}

/// Tells whether a clock that runs is still to warn, and does it at another time in the other ticket.
pub(crate) fn warns_elsewhere(ticket: &Ticket, other: &Ticket) -> bool {
    let to_come = |ticket: &Ticket, which| {
        let clock = ticket.clock(which).filter(|clock| clock.met.is_none() && !clock.warned);
        clock.map(|clock| clock.warn_at)
    };
    Which::ALL.into_iter().any(|which| match (to_come(ticket, which), to_come(other, which)) {
        (Some(one), Some(other)) => !near(one, other),
        (one, other) => one != other,
    })
}

impl Standing {
    fn has_told(&self) -> bool {
        self.warned_at.is_some() || self.breached_at.is_some() || self.met.is_some()
    }

    /// Tells whether it runs, or told more than a warning.
    fn matters(&self) -> bool {
        self.running || self.breached_at.is_some() || self.met.is_some()
    }

    fn same(&self, other: &Self) -> bool {
        let both_near = |a: Option<DateTime<Utc>>, b: Option<DateTime<Utc>>| match (a, b) {
            (Some(a), Some(b)) => near(a, b),
            (a, b) => a == b,
        };
        near(self.due_at, other.due_at)
            && both_near(self.warned_at, other.warned_at)
            && both_near(self.breached_at, other.breached_at)
            && self.met == other.met
            && self.met_by_extension == other.met_by_extension
    }
}

impl Difference {
    /// Returns it as details of an entry: what is, and what was with the prefix `from`.
    pub(crate) fn details(&self) -> Details {
        let (which, number) = self.place;
        let mut details = Details::default().with("clock", which.name()).with("instance", number.to_string());
        if let Some(was) = &self.was {
            details = details
                .time(which.former_due_name(), Some(was.due_at))
                .time("fromWarnedAt", was.warned_at)
                .time("fromBreachedAt", was.breached_at)
                .with("fromMet", was.met.map_or(String::new(), |met| met.to_string()));
        }
        if let Some(is) = &self.is {
            details = details
                .time(which.due_name(), Some(is.due_at))
                .time("warnedAt", is.warned_at)
                .time("breachedAt", is.breached_at)
                .time("stoppedAt", is.stopped_at)
                .with("met", is.met.map_or(String::new(), |met| met.to_string()))
                .with("metByExtension", if is.met_by_extension { "true" } else { "" })
                .with("policy", is.policy.clone());
        }
        details
    }
}

/// Reads how a clock stands since it was put right; none where there is none any more.
fn repaired(entry: &Entry) -> Option<Standing> {
    let which = Which::named(entry.details.get("clock")?)?;
    Some(Standing {
        due_at: time(entry, which.due_name())?,
        policy: entry.details.get("policy").cloned().unwrap_or_default(),
        warned_at: time(entry, "warnedAt"),
        breached_at: time(entry, "breachedAt"),
        stopped_at: time(entry, "stoppedAt"),
        met: entry.details.get("met").map(|met| met == "true"),
        met_by_extension: entry.details.contains_key("metByExtension"),
        running: false,
    })
}
