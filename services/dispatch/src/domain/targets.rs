//! The teams of a rule, one after the other, and for how long each may have the work (D2).

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::error::Error;
use serde::{Deserialize, Serialize};

/// A team that gets work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    /// The team.
    pub(crate) team_key: String,
    /// Seconds that work may wait here; none where it stays.
    pub(crate) timeout_seconds: Option<i64>,
    /// Passed over where nobody of the team is there.
    pub(crate) skip_if_nobody: bool,
}

/// Why a target does not get the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// Its queue runs empty and takes nothing in.
    Draining,
    /// Its time was over then.
    Over(DateTime<Utc>),
    /// Nobody of the team is there.
    Nobody,
}

impl Target {
    /// Returns the one target of a rule that names a team.
    pub(crate) fn only(team_key: String) -> Self {
        Self { team_key, ..Self::default() }
    }
}

/// Returns when work leaves a target, counted from 0, that nobody took on there: the time of each target before counts,
/// whether the work was there or not. None where it stays.
pub(crate) fn leaves_at(targets: &[Target], index: usize, queued_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    targets.get(index)?.timeout_seconds?;
    let seconds: i64 = targets[..=index].iter().filter_map(|target| target.timeout_seconds).sum();
    Some(queued_at + TimeDelta::seconds(seconds))
}

/// Refuses targets that could lose work, or that nothing would ever come to.
///
/// # Errors
/// [`Error::Field`].
pub(crate) fn check(targets: &[Target]) -> Result<(), Error> {
    let refused = |en, zh| Err(Error::Field { field: "rule.targets", en, zh });
    let Some((last, before)) = targets.split_last() else {
        return Err(Error::Field { field: "rule.teamKey", en: "must be given", zh: "必须填写" });
    };
    let distinct: HashSet<&str> = targets.iter().map(|target| &*target.team_key).collect();
    if distinct.len() < targets.len() {
        return refused("name a team twice", "重复指定了同一班组");
    }
    if last.timeout_seconds.is_some() || last.skip_if_nobody {
        let zh = "最后一个目标必须保留任务：不能有时限，也不能跳过";
        return refused(
            "end with a target that has a timeout or may be skipped: the last keeps the work",
            zh,
        );
    }
    if before.iter().any(|target| target.timeout_seconds.is_none() && !target.skip_if_nobody) {
        let en =
            "need a timeout or skipIfNobody each but for the last, else nothing comes to those that follow";
        return refused(en, "除最后一个外，每个目标都须有时限或可跳过，否则其后的目标收不到任务");
    }
    Ok(())
}

impl Passed {
    /// Says in English why the target is passed over.
    pub(crate) fn en(&self) -> String {
        match self {
            Self::Draining => "its queue is being drained".into(),
            Self::Over(at) => format!("its time was over at {}", at.to_rfc3339()),
            Self::Nobody => "nobody of the team is there".into(),
        }
    }

    /// Says in Chinese why the target is passed over.
    pub(crate) fn zh(&self) -> String {
        match self {
            Self::Draining => "该班组的队列正在排空".into(),
            Self::Over(at) => format!("时限已于 {} 结束", at.to_rfc3339()),
            Self::Nobody => "该班组无人在岗".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::{Target, check, leaves_at};

    fn target(team: &str, seconds: i64, skip: bool) -> Target {
        Target {
            team_key: team.into(),
            timeout_seconds: (seconds > 0).then_some(seconds),
            skip_if_nobody: skip,
        }
    }

    #[test]
    fn timeouts_add_up_from_when_the_work_was_queued() {
        let targets =
            [target("a", 600, false), target("b", 0, true), target("c", 300, true), target("d", 0, false)];
        let start = DateTime::UNIX_EPOCH;
        let leaves: Vec<_> = (0..5).map(|index| leaves_at(&targets, index, start)).collect();
        let after = |seconds| Some(start + TimeDelta::seconds(seconds));
        assert_eq!(leaves, [after(600), None, after(900), None, None]);
    }

    #[test]
    fn the_last_keeps_the_work_and_something_comes_to_each() {
        assert!(check(&[Target::only("a".into())]).is_ok());
        assert!(check(&[target("a", 60, false), target("b", 0, true), target("c", 0, false)]).is_ok());
        let refused = [
            vec![],
            vec![target("a", 60, false)],
            vec![target("a", 0, true)],
            vec![target("a", 0, false), target("b", 0, false)],
            vec![target("a", 60, false), target("a", 0, false)],
        ];
        for targets in refused {
            assert!(check(&targets).is_err(), "{targets:?}");
        }
    }
}
