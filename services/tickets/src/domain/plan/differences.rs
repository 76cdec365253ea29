//! How two versions of a plan differ.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use hotline_proto::common::v1::Level;

use crate::domain::plan::content::Content;

/// One difference. Empty is what is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What differs, as in JSON, steps by their number.
    pub(crate) path: String,
    /// Before.
    pub(crate) before: String,
    /// After.
    pub(crate) after: String,
}

/// Returns what `after` says otherwise than `before`: assessment, task force, steps by number.
pub(crate) fn differences(before: &Content, after: &Content) -> Vec<Difference> {
    let (before, after) = (said(before), said(after));
    let mut paths: Vec<&Path> = before.keys().chain(after.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    let of = |all: &BTreeMap<Path, String>, path: &Path| all.get(path).cloned().unwrap_or_default();
    let differing = paths.into_iter().filter(|path| before.get(path) != after.get(path));
    differing
        .map(|path| Difference { path: path.json(), before: of(&before, path), after: of(&after, path) })
        .collect()
}

/// Where something is said: the part, the number of a step, the place in a step, the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Path {
    Assessment(u8, &'static str),
    TaskForce(u8, &'static str),
    Step(i32, u8, &'static str),
}

impl Path {
    fn json(self) -> String {
        match self {
            Self::Assessment(_, name) => format!("assessment.{name}"),
            Self::TaskForce(_, name) => format!("taskForce.{name}"),
            Self::Step(number, _, name) => format!("steps[{number}].{name}"),
        }
    }
}

/// Returns all that a version says, what it does not say left out.
fn said(content: &Content) -> BTreeMap<Path, String> {
    let (assessment, task_force) = (&content.assessment, &content.task_force);
    let level = assessment.complexity;
    let complexity = if level == Level::Unspecified { String::new() } else { level.as_str_name().to_owned() };
    let days = assessment.working_days;
    let mut all = vec![
        (Path::Assessment(0, "complexity"), complexity),
        (Path::Assessment(1, "summary"), assessment.summary.clone()),
        (Path::Assessment(2, "departments"), assessment.departments.join(", ")),
        (Path::Assessment(3, "workingDays"), if days == 0 { String::new() } else { days.to_string() }),
        (Path::Assessment(4, "resources"), assessment.resources.clone()),
        (Path::TaskForce(0, "leader"), task_force.leader.clone()),
        (Path::TaskForce(1, "members"), task_force.members.join(", ")),
    ];
    for step in &content.steps {
        let time = |at: Option<chrono::DateTime<chrono::Utc>>| {
            at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)).unwrap_or_default()
        };
        let of = |place, name| Path::Step(step.number, place, name);
        all.extend([
            (of(0, "title"), step.title.clone()),
            (of(1, "details"), step.details.clone()),
            (of(2, "owner"), step.owner.clone()),
            (of(3, "startsAt"), time(step.starts_at)),
            (of(4, "dueAt"), time(step.due_at)),
        ]);
    }
    all.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::content::{Step, TaskForce};

    fn step(number: i32, title: &str, owner: &str) -> Step {
        Step { number, title: title.into(), owner: owner.into(), ..Step::default() }
    }

    #[test]
    fn a_difference_names_what_was_added_dropped_and_changed() {
        let before = Content {
            steps: vec![step(1, "勘察", "engineer"), step(2, "更换光缆", "engineer")],
            ..Content::default()
        };
        let after = Content {
            task_force: TaskForce { leader: "lead".into(), members: vec!["engineer".into()] },
            steps: vec![step(10, "验证", "engineer"), step(2, "更换光缆", "engineer2")],
            ..before.clone()
        };
        let told: Vec<_> = differences(&before, &after)
            .into_iter()
            .map(|difference| (difference.path, difference.before, difference.after))
            .collect();
        let expected = [
            ("taskForce.leader", "", "lead"),
            ("taskForce.members", "", "engineer"),
            ("steps[1].title", "勘察", ""),
            ("steps[1].owner", "engineer", ""),
            ("steps[2].owner", "engineer", "engineer2"),
            ("steps[10].title", "", "验证"),
            ("steps[10].owner", "", "engineer"),
        ];
        let expected =
            expected.map(|(path, before, after)| (path.to_owned(), before.to_owned(), after.to_owned()));
        assert_eq!(told, expected);
        assert_eq!(differences(&after, &after), []);
    }
}
