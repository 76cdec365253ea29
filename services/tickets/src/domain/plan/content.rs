//! What a plan says: assessment, task force, steps; and what is wrong with it or missing.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use hotline_core::error::Field;
use hotline_proto::common::v1::Level;
use serde::{Deserialize, Serialize};

/// The part of a plan that is drafted and approved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// How the problem was assessed.
    pub(crate) assessment: Assessment,
    /// Who works on it.
    pub(crate) task_force: TaskForce,
    /// What is done.
    pub(crate) steps: Vec<Step>,
}

/// The assessment of a complex problem (问题评估).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Assessment {
    /// How hard it is.
    #[serde(with = "level")]
    pub(crate) complexity: Level,
    /// What makes it so.
    pub(crate) summary: String,
    /// Departments that are needed.
    pub(crate) departments: Vec<String>,
    /// Working days that it will take; 0 where that was not said.
    pub(crate) working_days: i32,
    /// What is needed of people, money and material.
    pub(crate) resources: String,
}

/// The task force (专项小组).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskForce {
    /// Who leads it.
    pub(crate) leader: String,
    /// Who belongs to it; the leader does, named or not.
    pub(crate) members: Vec<String>,
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// Names it through all versions, from 1; 0 until it has a number.
    pub(crate) number: i32,
    /// One line.
    pub(crate) title: String,
    /// In full.
    pub(crate) details: String,
    /// Whose it is.
    pub(crate) owner: String,
    /// When it is to begin.
    pub(crate) starts_at: Option<DateTime<Utc>>,
    /// When it is to be done.
    pub(crate) due_at: Option<DateTime<Utc>>,
}

impl Assessment {
    /// Names what it must say for a plan to be opened.
    pub(super) fn unopened(&self) -> Vec<Field> {
        let unsaid = self.complexity == Level::Unspecified;
        if unsaid { vec![required("assessment.complexity")] } else { Vec::new() }
    }

    fn missing(&self) -> Vec<Field> {
        let mut missing = self.unopened();
        let says = [
            ("assessment.departments", !self.departments.is_empty()),
            ("assessment.workingDays", self.working_days > 0),
            ("assessment.resources", !self.resources.trim().is_empty()),
        ];
        missing.extend(says.into_iter().filter(|(_, said)| !said).map(|(path, _)| required(path)));
        missing
    }
}

impl TaskForce {
    /// Tells whether somebody belongs to it.
    pub(crate) fn has(&self, subject: &str) -> bool {
        self.leader == subject || self.members.iter().any(|member| member == subject)
    }
}

impl Content {
    /// Names what is wrong with what is said. `known` are the numbers that its steps may bear; nothing begins before the
    /// plan was opened.
    pub(super) fn wrong(&self, known: &[i32], opened_at: DateTime<Utc>) -> Vec<Field> {
        let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
        for (place, step) in self.steps.iter().enumerate() {
            let mut name = |field: &str, en: &str, zh: &str| wrong.push(of_step(place, field, en, zh));
            if step.number != 0 && !known.contains(&step.number) {
                name(
                    "number",
                    "names no step of this plan: leave it out for a new one",
                    "不是本方案的步骤：新步骤请不填",
                );
            }
            if step.number != 0 && !seen.insert(step.number) {
                name("number", "is there twice", "重复");
            }
            if !step.owner.is_empty() && !self.task_force.has(&step.owner) {
                name(
                    "owner",
                    "is not a member of the task force: name them there first",
                    "不是专项小组成员：请先加入小组",
                );
            }
            if step.starts_at.is_some_and(|starts| starts < opened_at) {
                name("startsAt", "is before the plan was opened", "不能早于方案建立时间");
            }
            if step.due_at.is_some_and(|due| due <= step.starts_at.unwrap_or(opened_at).max(opened_at)) {
                name("dueAt", "must be later than the start", "必须晚于开始时间");
            }
        }
        wrong
    }

    /// Names what it still must say to be approved at a time; a step of `before` that stays as it is may be late already.
    pub(super) fn missing(&self, before: &[Step], at: DateTime<Utc>) -> Vec<Field> {
        let mut missing = self.assessment.missing();
        if self.task_force.leader.is_empty() {
            missing.push(required("taskForce.leader"));
        }
        if self.steps.is_empty() {
            missing.push(required("steps"));
        }
        for (place, step) in self.steps.iter().enumerate() {
            let said = [
                ("title", step.title.trim().is_empty()),
                ("owner", step.owner.is_empty()),
                ("dueAt", step.due_at.is_none()),
            ];
            let unsaid = said.into_iter().filter(|(_, unsaid)| *unsaid);
            missing.extend(unsaid.map(|(field, _)| of_step(place, field, "is required", "必填")));
            if step.due_at.is_some_and(|due| due <= at) && !before.contains(step) {
                missing.push(of_step(place, "dueAt", "must lie in the future", "必须是将来的时间"));
            }
        }
        missing
    }

    /// Returns a step of this number.
    pub(super) fn step(&self, number: i32) -> Option<&Step> {
        self.steps.iter().find(|step| step.number == number)
    }
}

/// Names what would rewrite `step`, which is done.
pub(super) fn rewritten(step: &Step) -> Field {
    let number = step.number;
    Field {
        path: "steps".into(),
        en: format!("must keep step {number} as it is: it is done (reopen it to change it)"),
        zh: format!("步骤 {number} 已完成，须保持不变（如需修改请先重开）"),
    }
}

fn required(path: &str) -> Field {
    Field { path: path.into(), en: "is required".into(), zh: "必填".into() }
}

fn of_step(place: usize, field: &str, en: &str, zh: &str) -> Field {
    Field { path: format!("steps[{place}].{field}"), en: en.into(), zh: zh.into() }
}

/// A level, stored by its name in the contract.
mod level {
    use hotline_proto::common::v1::Level;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(super) fn serialize<S: Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(level.as_str_name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Level, D::Error> {
        let name = String::deserialize(deserializer)?;
        Level::from_str_name(&name).ok_or_else(|| serde::de::Error::custom("no such level"))
    }
}
