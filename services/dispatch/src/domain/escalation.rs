//! Who is told of urgent work that nobody confirmed, and when: each step once (D4, D10).

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use hotline_core::error::Error;
use hotline_proto::dispatch::v1::EscalationLevel;
use serde::{Deserialize, Serialize};

use super::assignment::Assignment;
use super::state::State;
use crate::config::{Level, Rung};

/// One step of an assignment's escalation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// Who is told.
    pub(crate) level: Level,
    /// When, unless somebody has noticed the work before.
    pub(crate) due_at: DateTime<Utc>,
    /// When they were told.
    pub(crate) at: Option<DateTime<Utc>>,
    /// By name: whom the chain names, and once they were told, who was.
    pub(crate) to: Vec<String>,
}

impl Level {
    /// Returns its name in events.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Member => "MEMBER",
            Self::Lead => "LEAD",
            Self::Supervisor => "SUPERVISOR",
            Self::Manager => "MANAGER",
        }
    }

    /// Reads a level of the contract.
    pub(crate) fn read(level: EscalationLevel) -> Option<Self> {
        Some(match level {
            EscalationLevel::Unspecified => return None,
            EscalationLevel::Member => Self::Member,
            EscalationLevel::Lead => Self::Lead,
            EscalationLevel::Supervisor => Self::Supervisor,
            EscalationLevel::Manager => Self::Manager,
        })
    }
}

impl From<Level> for EscalationLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Member => Self::Member,
            Level::Lead => Self::Lead,
            Level::Supervisor => Self::Supervisor,
            Level::Manager => Self::Manager,
        }
    }
}

/// Refuses a chain that does not climb: each level is told once, after those below it, and not earlier than they.
///
/// # Errors
/// [`Error::Field`].
pub(crate) fn check(chain: &[Rung]) -> Result<(), Error> {
    let climbs = |pair: &[Rung]| match pair {
        [below, above] => below.level < above.level && below.after_minutes <= above.after_minutes,
        _ => true,
    };
    if chain.windows(2).all(climbs) {
        return Ok(());
    }
    Err(Error::Field {
        field: "team.escalation.steps",
        en: "must climb from the member upwards, each level once and none earlier than the one before",
        zh: "必须自处理人逐级向上，每级一次，且时间不早于前一级",
    })
}

/// Returns the steps of work whose confirmation is due at `confirm_by`; none where it needs no confirmation.
pub(crate) fn plan(chain: &[Rung], confirm_by: Option<DateTime<Utc>>) -> Vec<Step> {
    let Some(confirm_by) = confirm_by else { return Vec::new() };
    let step = |rung: &Rung| Step {
        level: rung.level,
        // As precise as the deadline that takes it.
        due_at: (confirm_by + TimeDelta::minutes(i64::from(rung.after_minutes))).trunc_subsecs(6),
        at: None,
        to: rung.subjects.clone(),
    };
    chain.iter().map(step).collect()
}

/// Returns the steps of work whose priority has changed: who was told stays told, and is not told again.
pub(crate) fn planned_anew(before: &[Step], next: Vec<Step>) -> Vec<Step> {
    let told: Vec<_> = before.iter().filter(|step| step.at.is_some()).cloned().collect();
    let highest = told.last().map(|step| step.level);
    told.into_iter().chain(next.into_iter().filter(|step| Some(step.level) > highest)).collect()
}

impl Assignment {
    /// Tells whether nobody has noticed it yet: nobody was reached by telephone, and nobody has taken it on. Disputed work
    /// lies before the supervisor already.
    pub(crate) fn awaits_confirmation(&self) -> bool {
        matches!(self.state, State::Queued | State::Leased) && self.confirmation.is_none()
    }

    /// Returns the step that comes next, if it still awaits confirmation.
    pub(crate) fn next_step(&self) -> Option<&Step> {
        self.escalation.iter().find(|step| step.at.is_none()).filter(|_| self.awaits_confirmation())
    }

    /// Takes the next step, if it is due at `at`: tells `to`, where the chain names nobody. Returns which step it was, from 1.
    pub(crate) fn climb(&mut self, to: Vec<String>, at: DateTime<Utc>) -> Option<usize> {
        self.next_step().filter(|step| step.due_at <= at)?;
        let index = self.escalation.iter().position(|step| step.at.is_none())?;
        let step = self.escalation.get_mut(index)?;
        step.at = Some(at);
        if step.to.is_empty() {
            step.to = to;
        }
        Some(index + 1)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::super::assignment::tests::waiting;
    use super::super::state::Move;
    use super::{check, plan, planned_anew};
    use crate::config::{Level, Rung};

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_772_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
    }

    fn chain(rungs: &[(Level, u32)]) -> Vec<Rung> {
        let rung = |(level, after_minutes): &(Level, u32)| Rung {
            level: *level,
            after_minutes: *after_minutes,
            subjects: Vec::new(),
        };
        rungs.iter().map(rung).collect()
    }

    #[test]
    fn a_chain_climbs() {
        assert!(check(&chain(&[(Level::Member, 0), (Level::Supervisor, 0), (Level::Manager, 5)])).is_ok());
        assert!(check(&[]).is_ok());
        assert!(check(&chain(&[(Level::Lead, 0), (Level::Member, 5)])).is_err());
        assert!(check(&chain(&[(Level::Lead, 0), (Level::Lead, 5)])).is_err());
        assert!(check(&chain(&[(Level::Member, 6), (Level::Lead, 5)])).is_err());
    }

    #[test]
    fn each_step_is_taken_once_and_only_while_nobody_has_noticed() {
        let mut work = waiting(1, "a");
        work.escalation = plan(&chain(&[(Level::Member, 0), (Level::Lead, 10)]), Some(at(10)));
        assert_eq!(work.climb(Vec::new(), at(9)), None, "not due");
        assert_eq!(work.climb(vec!["a".into()], at(10)), Some(1));
        assert_eq!(work.climb(Vec::new(), at(10)), None, "the next is not due");
        work.lease("engineer", [7; 16], at(30)).unwrap();
        assert_eq!(work.next_step().map(|step| step.due_at), Some(at(20)), "a lease is no confirmation");
        work.accept(at(11)).unwrap();
        assert_eq!(work.climb(Vec::new(), at(99)), None, "who took it on has noticed");
        work.put_back(Move::Return).unwrap();
        assert_eq!(work.climb(Vec::new(), at(99)), Some(2), "nobody has it again");
        assert_eq!(work.climb(Vec::new(), at(999)), None, "all were told");
        assert_eq!(work.escalation[0].to, ["a"]);
    }

    #[test]
    fn work_that_becomes_more_urgent_tells_nobody_twice() {
        let rungs = chain(&[(Level::Member, 0), (Level::Lead, 10)]);
        let mut work = waiting(1, "a");
        work.escalation = plan(&rungs, Some(at(30)));
        work.climb(Vec::new(), at(30));
        work.escalation = planned_anew(&work.escalation, plan(&rungs, Some(at(45))));
        let steps: Vec<_> = work.escalation.iter().map(|step| (step.level, step.due_at)).collect();
        assert_eq!(steps, [(Level::Member, at(30)), (Level::Lead, at(55))]);
        work.escalation = planned_anew(&work.escalation, plan(&rungs, None));
        assert_eq!(work.escalation.len(), 1, "what is no longer urgent climbs no further");
    }
}
