//! What work goes through from its dispatch, how long each stage may take, and whether it did in time. The clock starts at
//! the dispatch and no return starts it anew (12345 practice: nobody gains time by giving work back).

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::error::Error;
use hotline_proto::common::v1::Priority;
use hotline_proto::dispatch::v1::{AssignmentStage, TeamKind};
use serde::{Deserialize, Serialize};

use super::assignment::Assignment;
use crate::config::Config;

/// A stage of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Stage {
    /// 电话确认
    Confirm,
    /// 接单
    Accept,
    /// 到场
    Arrive,
    /// 解决
    Solve,
}

/// A team's own time for a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Budget {
    /// Which stage.
    pub(crate) stage: Stage,
    /// Of work of this priority, as a number of the contract; 0 is of every other.
    pub(crate) priority: i32,
    /// Minutes from the dispatch; 0 is no budget.
    pub(crate) minutes: u32,
}

/// Until when the stages of an assignment are to be met; those without a budget are absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Dues {
    /// Until the next handler was reached.
    pub(crate) confirm: Option<DateTime<Utc>>,
    /// Until it is accepted.
    pub(crate) accept: Option<DateTime<Utc>>,
    /// Until its holder is on site.
    pub(crate) arrive: Option<DateTime<Utc>>,
    /// Until it is done, where that is not when the work is due.
    pub(crate) solve: Option<DateTime<Utc>>,
}

/// How a stage stands that has a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Which.
    pub(crate) stage: Stage,
    /// Until when it is to be met.
    pub(crate) due_at: DateTime<Utc>,
    /// When it was met.
    pub(crate) met_at: Option<DateTime<Utc>>,
}

impl Stage {
    /// Every stage, in their order.
    const ALL: [Self; 4] = [Self::Confirm, Self::Accept, Self::Arrive, Self::Solve];

    /// Returns its name in events.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Confirm => "CONFIRM",
            Self::Accept => "ACCEPT",
            Self::Arrive => "ARRIVE",
            Self::Solve => "SOLVE",
        }
    }

    /// Reads a stage of the contract.
    pub(crate) fn read(stage: AssignmentStage) -> Option<Self> {
        Self::ALL.into_iter().find(|known| AssignmentStage::from(*known) == stage)
    }
}

impl From<Stage> for AssignmentStage {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Confirm => Self::Confirm,
            Stage::Accept => Self::Accept,
            Stage::Arrive => Self::Arrive,
            Stage::Solve => Self::Solve,
        }
    }
}

/// Refuses two times for the same.
///
/// # Errors
/// [`Error::Field`].
pub(crate) fn check(budgets: &[Budget]) -> Result<(), Error> {
    let twice = |(index, budget): (usize, &Budget)| {
        let same = |other: &Budget| (other.stage, other.priority) == (budget.stage, budget.priority);
        budgets.iter().skip(index + 1).any(same)
    };
    if budgets.iter().enumerate().any(twice) {
        let (en, zh) = ("names a stage twice for the same priority", "同一优先级的同一环节重复");
        return Err(Error::Field { field: "team.budgets", en, zh });
    }
    Ok(())
}

impl Dues {
    /// Returns the times of work of a priority for a team, from `from` on.
    pub(crate) fn of(
        config: &Config,
        (kind, own): (TeamKind, &[Budget]),
        priority: Priority,
        from: DateTime<Utc>,
    ) -> Self {
        let due = |stage| {
            let of = |priority: i32| {
                own.iter().find(|budget| budget.stage == stage && budget.priority == priority)
            };
            let minutes = match of(priority.into()).or_else(|| of(Priority::Unspecified.into())) {
                Some(budget) => budget.minutes,
                None => usual(config, kind, stage, priority),
            };
            (minutes > 0).then(|| from + TimeDelta::minutes(i64::from(minutes)))
        };
        Self {
            confirm: due(Stage::Confirm),
            accept: due(Stage::Accept),
            arrive: due(Stage::Arrive),
            solve: due(Stage::Solve),
        }
    }
}

fn usual(config: &Config, kind: TeamKind, stage: Stage, priority: Priority) -> u32 {
    match stage {
        Stage::Confirm => config.confirm.of(priority),
        Stage::Accept => config.accept.of(priority),
        // Who works at a desk comes to no site.
        Stage::Arrive if !matches!(kind, TeamKind::OnSite | TeamKind::ThirdParty) => 0,
        Stage::Arrive => config.arrive.of(priority),
        Stage::Solve => config.solve.of(priority),
    }
}

impl Standing {
    /// Tells whether it was met before it was due.
    pub(crate) fn is_met(&self) -> bool {
        self.met_at.is_some_and(|met| met < self.due_at)
    }

    /// Tells whether it was met too late, or is not met by `now`, when it is due.
    pub(crate) fn is_missed(&self, now: DateTime<Utc>) -> bool {
        self.met_at.unwrap_or(now) >= self.due_at
    }
}

impl Assignment {
    /// Returns how a stage stands; `None` where it has no budget.
    pub(crate) fn stage(&self, stage: Stage) -> Option<Standing> {
        let confirmed = self.confirmation.as_ref().map(|confirmation| confirmation.at);
        let (due_at, met_at) = match stage {
            // Who has taken it on has noticed it.
            Stage::Confirm => (self.dues.confirm, confirmed.into_iter().chain(self.accepted_at).min()),
            Stage::Accept => (self.dues.accept, self.accepted_at),
            Stage::Arrive => (self.dues.arrive, self.arrived_at),
            Stage::Solve => {
                let done = self.ended_at.filter(|_| self.is_done());
                (self.dues.solve.or(Some(self.due_at)), done)
            }
        };
        due_at.map(|due_at| Standing { stage, due_at, met_at })
    }

    /// Returns how its stages stand that have a budget.
    pub(crate) fn stages(&self) -> Vec<Standing> {
        Stage::ALL.into_iter().filter_map(|stage| self.stage(stage)).collect()
    }

    /// Returns the stages that its acceptance ended.
    pub(crate) fn ended_by_acceptance(&self) -> Vec<Standing> {
        let confirm = self.stage(Stage::Confirm).filter(|_| self.confirmation.is_none());
        confirm.into_iter().chain(self.stage(Stage::Accept)).collect()
    }

    /// Returns the stages that its confirmation ended: none where it was accepted then.
    pub(crate) fn ended_by_confirmation(&self) -> Vec<Standing> {
        self.stage(Stage::Confirm).filter(|_| self.accepted_at.is_none()).into_iter().collect()
    }

    /// Returns the stages that its completion at `at` ended.
    pub(crate) fn ended_by_completion(&self, at: DateTime<Utc>) -> Vec<Standing> {
        let never =
            self.stage(Stage::Arrive).filter(|arrive| arrive.met_at.is_none() && arrive.is_missed(at));
        never.into_iter().chain(self.stage(Stage::Solve)).collect()
    }

    /// Returns the stages that nobody met in time before it went elsewhere at `at`.
    pub(crate) fn missed_by_leaving(&self, at: DateTime<Utc>) -> Vec<Standing> {
        let before = [Stage::Confirm, Stage::Accept, Stage::Arrive];
        let open = before.into_iter().filter_map(|stage| self.stage(stage));
        open.filter(|stage| stage.met_at.is_none() && stage.is_missed(at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use hotline_proto::common::v1::Priority;
    use hotline_proto::dispatch::v1::TeamKind;

    use super::super::assignment::tests::waiting;
    use super::super::state::Move;
    use super::{Budget, Dues, Stage, check};
    use crate::config::Config;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_772_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
    }

    fn budget(stage: Stage, priority: Priority, minutes: u32) -> Budget {
        Budget { stage, priority: priority.into(), minutes }
    }

    #[test]
    fn the_teams_own_times_come_first_and_a_desk_comes_to_no_site() {
        let config = Config::default();
        let own = [
            budget(Stage::Accept, Priority::Unspecified, 15),
            budget(Stage::Accept, Priority::Critical, 5),
            budget(Stage::Confirm, Priority::High, 0),
        ];
        let dues = |kind, priority| Dues::of(&config, (kind, &own), priority, at(0));
        let critical = dues(TeamKind::OnSite, Priority::Critical);
        assert_eq!(
            (critical.confirm, critical.accept, critical.arrive, critical.solve),
            (Some(at(10)), Some(at(5)), Some(at(60)), None)
        );
        let high = dues(TeamKind::SecondLine, Priority::High);
        assert_eq!((high.confirm, high.accept, high.arrive), (None, Some(at(15)), None));
        assert!(check(&own).is_ok());
        assert!(check(&[own[0].clone(), budget(Stage::Accept, Priority::Unspecified, 9)]).is_err());
    }

    #[test]
    fn a_return_takes_back_what_was_met_and_the_clock_runs_on_from_the_dispatch() {
        let mut work = waiting(1, "a");
        let due = |minutes| Some(at(minutes));
        work.dues = Dues { confirm: due(10), accept: due(10), arrive: due(60), solve: None };
        work.lease("engineer", [7; 16], at(60)).unwrap();
        work.accept(at(9)).unwrap();
        let ended = work.ended_by_acceptance();
        assert!(ended.len() == 2 && ended.iter().all(super::Standing::is_met));
        work.put_back(Move::Return).unwrap();
        work.lease("engineer", [8; 16], at(60)).unwrap();
        work.accept(at(10)).unwrap();
        let ended = work.ended_by_acceptance();
        assert!(
            ended.len() == 2 && ended.iter().all(|stage| !stage.is_met()),
            "at its due time it is missed"
        );
        assert_eq!(work.missed_by_leaving(at(59)), []);
        assert_eq!(work.missed_by_leaving(at(60)).len(), 1, "nobody came");
        work.end(Move::Complete, at(61)).unwrap();
        let ended = work.ended_by_completion(at(61));
        let solved = (Stage::Solve, work.due_at, Some(at(61)));
        assert_eq!(
            ended.iter().map(|stage| (stage.stage, stage.due_at, stage.met_at)).collect::<Vec<_>>()[1],
            solved
        );
        assert_eq!(ended.len(), 2);
    }
}
