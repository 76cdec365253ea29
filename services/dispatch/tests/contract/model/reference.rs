//! What should be after each step.

use std::collections::{BTreeMap, BTreeSet};

use hotline_proto::dispatch::v1::AssignmentState as State;

use crate::harness::{OTHER, TEAM};

/// Who works in [`TEAM`].
pub(super) const PEOPLE: [&str; 3] = ["ann", "bob", "cid"];
/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// What a ticket's work should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) team: &'static str,
    pub(super) state: State,
    pub(super) holder: String,
    pub(super) epoch: i64,
    pub(super) returns: i32,
    /// A supervisor decided who has to do it.
    pub(super) decided: bool,
    pub(super) declined: BTreeSet<String>,
    /// It was given to its holder by name, whose claims have not brought it yet.
    pub(super) given: bool,
    /// When the lease or the parking ends, seconds since the start.
    pub(super) until: i64,
}

/// The model: the open work of each ticket by number, which is its order too, and the time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) now: i64,
    pub(super) open: BTreeMap<u128, Work>,
}

/// What happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Register,
    Reopen(u128),
    Cancel(u128),
    Claim { who: usize, most: i32 },
    Does(Act, u128),
    Recall(u128),
    Redirect(u128),
    Give { number: u128, who: usize },
    Pass(i64),
}

/// What a holder does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Heartbeat,
    Accept,
    Decline,
    Return,
    Transfer,
    Complete,
    Park,
    Resume,
}

impl Model {
    /// Returns whether the step succeeds, and makes it; `next` is the number of the next ticket.
    pub(super) fn make(&mut self, step: Step, next: u128) -> bool {
        let until = self.now + 60;
        match step {
            Step::Register => drop(self.open.insert(next, Work::waits_in(TEAM))),
            Step::Reopen(number) => {
                let waits = |work: &&Work| work.team == TEAM && work.state == State::Queued;
                if self.open.get(&number).filter(waits).is_none() {
                    self.open.insert(number, Work::waits_in(TEAM));
                }
            }
            Step::Cancel(number) => return self.open.remove(&number).is_some(),
            Step::Claim { who, most } => {
                let (who, most) = (PEOPLE[who], usize::try_from(most).unwrap_or_default());
                let given = |work: &&mut Work| work.given && work.holder == who;
                if self.open.values_mut().filter(given).take(most).map(|work| work.given = false).count() > 0
                {
                    return true;
                }
                let fit = |work: &&mut Work| {
                    work.team == TEAM && work.state == State::Queued && !work.declined.contains(who)
                };
                self.open.values_mut().filter(fit).take(most).for_each(|work| work.lease(who, until));
            }
            Step::Pass(seconds) => {
                self.now += seconds;
                for work in self.open.values_mut().filter(|work| work.until <= self.now) {
                    match work.state {
                        State::Leased => work.put_back(State::Queued),
                        State::Parked => work.state = State::Accepted,
                        _ => {}
                    }
                }
            }
            Step::Does(act, number) => return self.does(act, number),
            Step::Recall(number) => {
                let held = self.open.get(&number).is_some_and(|work| work.state != State::Queued);
                return self.change(number, held, Work::recall);
            }
            Step::Redirect(number) => {
                let here = self.open.get(&number).is_some_and(|work| work.team == TEAM);
                return self.change(number, here, |work| {
                    work.recall();
                    work.go_to(OTHER);
                });
            }
            Step::Give { number, who } => {
                let here = self.open.get(&number).is_some_and(|work| work.team == TEAM);
                return self.change(number, here, |work| {
                    work.recall();
                    work.lease(PEOPLE[who], until);
                    work.given = true;
                });
            }
        }
        true
    }

    /// Tells whether the database shows afterwards whether a step that was cut off was made: not whether time passed, and
    /// not whether a claim brought what was given by name.
    pub(super) fn shows(&self, step: Step) -> bool {
        match step {
            Step::Pass(_) => false,
            Step::Claim { who, .. } => {
                !self.open.values().any(|work| work.given && work.holder == PEOPLE[who])
            }
            _ => true,
        }
    }

    fn does(&mut self, act: Act, number: u128) -> bool {
        let Some(Work { state, decided, .. }) = self.open.get(&number).cloned() else { return false };
        let now = self.now;
        let held = matches!(state, State::Leased | State::Accepted);
        match act {
            Act::Heartbeat => self.change(number, held, |work| work.until = now + 90),
            Act::Accept => self.change(number, state == State::Leased, |work| {
                (work.state, work.given) = (State::Accepted, false);
            }),
            Act::Decline => self.change(number, state == State::Leased, |work| {
                work.declined.insert(work.holder.clone());
                work.put_back(State::Queued);
            }),
            Act::Return => self.change(number, state == State::Accepted && !decided, |work| {
                work.returns += 1;
                work.put_back(if work.returns >= 2 { State::Disputed } else { State::Queued });
            }),
            Act::Transfer => self.change(number, held && !decided, |work| work.go_to(OTHER)),
            Act::Complete => {
                matches!(state, State::Accepted | State::Parked) && self.open.remove(&number).is_some()
            }
            Act::Park => self.change(number, state == State::Accepted, |work| {
                (work.state, work.until) = (State::Parked, now + DAY);
            }),
            Act::Resume => self.change(number, state == State::Parked, |work| work.state = State::Accepted),
        }
    }

    fn change(&mut self, number: u128, may: bool, change: impl FnOnce(&mut Work)) -> bool {
        self.open.get_mut(&number).filter(|_| may).map(change).is_some()
    }
}

impl Work {
    fn waits_in(team: &'static str) -> Self {
        Self { team, state: State::Queued, ..Self::default() }
    }

    fn lease(&mut self, holder: &str, until: i64) {
        (self.state, self.epoch, self.until) = (State::Leased, self.epoch + 1, until);
        holder.clone_into(&mut self.holder);
    }

    fn put_back(&mut self, state: State) {
        (self.state, self.given) = (state, false);
        self.holder.clear();
    }

    fn recall(&mut self) {
        self.decided |= self.state == State::Disputed;
        self.put_back(State::Queued);
    }

    fn go_to(&mut self, team: &'static str) {
        *self = Self { returns: self.returns, decided: self.decided, ..Self::waits_in(team) };
    }
}
