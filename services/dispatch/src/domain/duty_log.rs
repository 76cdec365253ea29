//! A call outside office hours (D9): where it stands, what can be done from there, and until when.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use hotline_core::error::Error as Core;
use hotline_proto::dispatch::v1::{DutyLogState as State, DutyStage as Stage};

pub(crate) mod refusal;

pub(crate) use refusal::Refusal;

/// What can be done with a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// It was solved.
    Solve,
    /// It is registered as a ticket, for the start of work.
    Register,
    /// A remote session is agreed, or another time for it.
    AgreeRemote,
    /// The remote session did not solve it.
    FailRemote,
    /// The emergency plan is started.
    StartEmergency,
    /// A coordinator was reached.
    ReachCoordinator,
    /// A coordinator was called and not reached.
    MissCoordinator,
    /// The local engineer was reached.
    CallEngineer,
    /// The local engineer was called and not reached.
    MissEngineer,
    /// The customer was told.
    TellResult,
    /// Something was noted.
    Note,
    /// Work has started and the ticket is first.
    PutFirst,
    /// It is closed.
    Close,
}

/// What people can do, under the names of the routes.
const VERBS: [(Move, &str); 10] = [
    (Move::Solve, "solve"),
    (Move::Register, "register"),
    (Move::AgreeRemote, "agreeRemote"),
    (Move::FailRemote, "failRemote"),
    (Move::StartEmergency, "startEmergency"),
    (Move::ReachCoordinator, "reachCoordinator"),
    (Move::CallEngineer, "callEngineer"),
    (Move::TellResult, "tellResult"),
    (Move::Note, "note"),
    (Move::Close, "close"),
];

/// What the rules need to know of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Where it stands.
    pub(crate) state: State,
    /// Production stands still.
    pub(crate) stopped: bool,
    /// An emergency plan was started.
    pub(crate) emergency: bool,
    /// A coordinator was called, reached or not.
    pub(crate) tried: bool,
    /// It was solved.
    pub(crate) solved: bool,
}

impl Facts {
    /// Returns where a move leads.
    ///
    /// # Errors
    /// [`Refusal::State`]; [`Refusal::NotStopped`] for an emergency while production runs; [`Refusal::CoordinatorFirst`];
    /// [`Refusal::TellFirst`] for closing an emergency of which the customer does not know the result.
    pub(crate) fn after(&self, step: Move) -> Result<State, Refusal> {
        let next = after(self.state, step).ok_or(Refusal::State(self.state))?;
        match step {
            Move::StartEmergency if !self.stopped => Err(Refusal::NotStopped),
            Move::CallEngineer | Move::MissEngineer if !self.tried => Err(Refusal::CoordinatorFirst),
            Move::Close if self.state == State::Solved && self.emergency => Err(Refusal::TellFirst),
            _ => Ok(next),
        }
    }

    /// Tells whether somebody has something to do about it, so that it is handed over.
    pub(crate) fn is_open(&self) -> bool {
        match self.state {
            State::Closed => false,
            State::Solved => self.emergency,
            State::Told => !self.solved,
            _ => true,
        }
    }
}

fn after(state: State, step: Move) -> Option<State> {
    use State::{
        Closed, Coordinated, Emergency, EngineerCalled, Open, Registered, RemoteAgreed, Solved, Told,
    };
    Some(match (state, step) {
        (Open | Registered | RemoteAgreed | Emergency | Coordinated | EngineerCalled | Told, Move::Solve) => {
            Solved
        }
        // What runs as an emergency waits for no start of work, unless the customer knows that it will.
        (Open | Registered | RemoteAgreed | Told, Move::Register) => Registered,
        (Open | Registered | RemoteAgreed, Move::AgreeRemote) => RemoteAgreed,
        (RemoteAgreed, Move::FailRemote) => Open,
        (Open | Registered | RemoteAgreed, Move::StartEmergency) => Emergency,
        (Emergency | Coordinated, Move::ReachCoordinator) => Coordinated,
        (Emergency | Coordinated | EngineerCalled, Move::CallEngineer)
        | (EngineerCalled, Move::ReachCoordinator) => EngineerCalled,
        (Emergency | Coordinated | EngineerCalled, Move::MissCoordinator | Move::MissEngineer) => state,
        (Emergency | Coordinated | EngineerCalled | Solved, Move::TellResult) => Told,
        (Registered, Move::PutFirst) | (Open | Solved | Told, Move::Close) => Closed,
        (state, Move::Note) if state != Closed && state != State::Unspecified => state,
        _ => return None,
    })
}

/// Returns what people can do from a state, by the names of the routes.
pub(crate) fn verbs(state: State) -> String {
    let names: Vec<_> =
        VERBS.iter().filter(|(step, _)| after(state, *step).is_some()).map(|(_, name)| *name).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}

/// How long each stage may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    /// Until something is done about a call.
    pub(crate) answer: TimeDelta,
    /// From the time of a remote session until its outcome.
    pub(crate) remote: TimeDelta,
    /// Until a coordinator is reached.
    pub(crate) coordinator: TimeDelta,
    /// Until the engineer is called.
    pub(crate) engineer: TimeDelta,
    /// Until production runs.
    pub(crate) solve: TimeDelta,
    /// Until the customer is told.
    pub(crate) tell: TimeDelta,
}

impl Times {
    /// Returns the stage whose time begins where a log stands as `facts` say from `at` on, and its end.
    pub(crate) fn due(
        &self,
        facts: &Facts,
        at: DateTime<Utc>,
        remote_at: Option<DateTime<Utc>>,
    ) -> Option<(Stage, DateTime<Utc>)> {
        Some(match facts.state {
            State::Open => (Stage::Answer, at + self.answer),
            State::RemoteAgreed => (Stage::Remote, remote_at? + self.remote),
            State::Emergency => (Stage::Coordinator, at + self.coordinator),
            State::Coordinated => (Stage::Engineer, at + self.engineer),
            State::EngineerCalled => (Stage::Solve, at + self.solve),
            State::Solved if facts.emergency => (Stage::Tell, at + self.tell),
            _ => return None,
        })
    }
}

/// Returns when something happened that somebody tells of, in `at`: now, where they do not say.
///
/// # Errors
/// [`Core::Field`] for a time after now, or before the call came.
pub(crate) fn happened(
    at: Option<DateTime<Utc>>,
    received_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Core> {
    let at = at.unwrap_or(now).trunc_subsecs(6);
    if at > now {
        return Err(Core::Field { field: "at", en: "must not lie in the future", zh: "不能晚于现在" });
    }
    if at < received_at {
        let (en, zh) = ("must not be before the call came", "不能早于来电时间");
        return Err(Core::Field { field: "at", en, zh });
    }
    Ok(at)
}

#[cfg(test)]
mod tests;
