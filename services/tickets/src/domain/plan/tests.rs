//! What people do to a plan, one by one and in any order.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use hotline_core::error::Field;
use hotline_proto::common::v1::Level;
use proptest::prelude::*;

use super::content::{Assessment, TaskForce};
use super::progress::StepState;
use super::*;

mod walk;

pub(super) fn nine() -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse().expect("a time")
}

fn after(hours: i64) -> DateTime<Utc> {
    nine() + TimeDelta::hours(hours)
}

/// Somebody who does not approve plans.
fn by(subject: &str, hours: i64) -> By<'_> {
    By { subject, approves: false, handles: false, at: after(hours) }
}

/// A leader.
fn boss(subject: &str, hours: i64) -> By<'_> {
    By { approves: true, ..by(subject, hours) }
}

fn step(title: &str, owner: &str, due_in: i64) -> Step {
    Step { title: title.into(), owner: owner.into(), due_at: Some(after(due_in)), ..Step::default() }
}

pub(super) fn content() -> Content {
    Content {
        assessment: Assessment {
            complexity: Level::High,
            summary: "多个小区同时断网".into(),
            departments: vec!["网络部".into()],
            working_days: 3,
            resources: "抢修车一辆".into(),
        },
        task_force: TaskForce {
            leader: "chief".into(),
            members: vec!["engineer".into(), "engineer2".into()],
        },
        steps: vec![step("勘察", "engineer", 8), step("更换光缆", "engineer2", 24)],
    }
}

fn open(content: Content) -> Result<Plan, Error> {
    Plan::open(Uuid::nil(), (Uuid::nil(), "26030200017"), content, by("agent", 0))
}

fn opened() -> Plan {
    open(content()).expect("is opened")
}

fn approved() -> Plan {
    let mut plan = opened();
    plan.submit("", by("chief", 1)).expect("is submitted");
    plan.approve("同意", boss("supervisor", 2)).expect("is approved");
    plan
}

fn paths(refused: Result<(), Error>) -> Vec<String> {
    let Err(Error::Fields(fields)) = refused else { panic!("{refused:?}") };
    fields.into_iter().map(|Field { path, .. }| path).collect()
}

fn is_forbidden(refused: Result<(), Error>) -> bool {
    matches!(refused, Err(Error::Core(Core::Forbidden(..))))
}

#[test]
fn a_plan_opens_with_its_assessment_and_is_led_by_whoever_opens_it() {
    let refused = open(Content::default());
    assert!(matches!(refused, Err(Error::Fields(fields)) if fields[0].path == "assessment.complexity"));
    let assessed = Content { assessment: content().assessment, ..Content::default() };
    let plan = open(assessed).expect("is opened");
    assert_eq!((plan.state, plan.leader()), (PlanState::Draft, "agent"));
}

#[test]
fn what_is_submitted_must_be_whole_and_everything_missing_is_named() {
    let assessment = Assessment { complexity: Level::High, ..Assessment::default() };
    let bare = Step { title: " ".into(), ..Step::default() };
    let mut plan = open(Content { assessment, steps: vec![bare], ..content() }).expect("is opened");
    assert_eq!(
        paths(plan.submit("", by("chief", 1))),
        [
            "assessment.departments",
            "assessment.workingDays",
            "assessment.resources",
            "steps[0].title",
            "steps[0].owner",
            "steps[0].dueAt"
        ]
    );
    let mut late = opened();
    assert_eq!(paths(late.submit("", by("chief", 9))), ["steps[0].dueAt"]);
}

#[test]
fn a_step_is_owned_by_a_member_and_neither_begins_before_the_plan_nor_ends_before_it_begins() {
    let strange = Step { number: 7, ..step("x", "stranger", 8) };
    let early = Step { starts_at: Some(after(-1)), ..step("y", "engineer", 8) };
    let backwards = Step { starts_at: Some(after(9)), ..step("z", "chief", 8) };
    let refused =
        opened().update(Content { steps: vec![strange, early, backwards], ..content() }, by("chief", 1));
    assert_eq!(paths(refused), ["steps[0].number", "steps[0].owner", "steps[1].startsAt", "steps[2].dueAt"]);
    let mut plan = opened();
    let mut twice = plan.draft.clone().expect("is drafted").content;
    twice.steps[1].number = 1;
    assert_eq!(paths(plan.update(twice, by("chief", 1))), ["steps[1].number"]);
}

#[test]
fn only_its_leader_and_the_assignee_draft_it() {
    let mut plan = opened();
    assert!(is_forbidden(plan.update(content_of(&plan), by("engineer", 1))));
    assert!(is_forbidden(plan.submit("", boss("supervisor", 1))));
    let assignee = By { handles: true, ..by("second-line", 1) };
    plan.update(content_of(&plan), assignee).expect("the ticket is theirs");
    plan.update(content_of(&plan), by("chief", 1)).expect("they lead it");
}

fn content_of(plan: &Plan) -> Content {
    plan.latest().expect("says something").content.clone()
}

#[test]
fn nobody_approves_their_own_plan_nor_without_the_role() {
    let mut plan = opened();
    plan.submit("", boss("chief", 1)).expect("is submitted");
    assert!(is_forbidden(plan.approve("", boss("chief", 2))));
    assert!(is_forbidden(plan.reject("", boss("chief", 2))));
    assert!(is_forbidden(plan.approve("", by("engineer", 2))));
    assert!(plan.approved.is_none());
    plan.approve("", boss("lead", 2)).expect("is another leader");
}

#[test]
fn a_plan_that_is_not_approved_is_not_carried_out() {
    let mut plan = opened();
    let refused = plan.start(1, "", by("engineer", 1));
    assert!(matches!(refused, Err(Error::Plan(PlanError::State { state: PlanState::Draft, .. }))));
    plan.submit("", by("chief", 1)).expect("is submitted");
    assert!(plan.complete(1, "x", by("engineer", 1)).is_err());
    plan.reject("步骤不全", boss("supervisor", 2)).expect("is rejected");
    let said = plan.draft.as_ref().and_then(|draft| draft.reviewed.as_ref()).expect("says why");
    assert_eq!((plan.state, said.note.as_str()), (PlanState::Rejected, "步骤不全"));
    assert!(plan.report(1, 50, "", by("engineer", 3)).is_err());
    assert!(plan.progress.is_empty());
}

#[test]
fn a_step_is_its_owners_work_and_moves_from_open_to_done() {
    let mut plan = approved();
    assert!(is_forbidden(plan.start(1, "", by("engineer2", 3))));
    assert!(matches!(plan.start(9, "", by("chief", 3)), Err(Error::Core(Core::NotFound { .. }))));
    plan.start(1, "出发", by("engineer", 3)).expect("is theirs");
    plan.report(1, 60, "已到现场", by("engineer", 4)).expect("is theirs");
    assert_eq!(plan.percent(), 30);
    plan.complete(1, "发现断点", by("chief", 8)).expect("the leader may");
    let progress = plan.progress_of(1);
    assert!(progress.in_time(&plan.steps()[0]) && !progress.is_overdue(&plan.steps()[0], after(99)));
    assert_eq!((progress.percent(), progress.completed_by.as_str()), (100, "chief"));
    let again = plan.complete(1, "x", by("engineer", 9));
    assert!(matches!(again, Err(Error::Plan(PlanError::Step { number: 1, state: StepState::Done }))));
    assert!(is_forbidden(plan.reopen(1, "", by("engineer", 9))));
    plan.reopen(1, "断点不止一处", boss("supervisor", 9)).expect("may");
    let progress = plan.progress_of(1);
    assert_eq!((progress.state, progress.percent()), (StepState::Started, 60));
    assert_eq!((progress.completed_at, progress.result.as_str()), (None, ""));
}

#[test]
fn a_revision_leaves_the_approved_version_in_force_and_keeps_the_results_of_steps_that_stay() {
    let mut plan = approved();
    plan.complete(1, "发现断点", by("engineer", 3)).expect("is done");
    plan.revise("需要验收测试", by("chief", 4)).expect("is revised");
    let mut next = content_of(&plan);
    next.steps[1].due_at = Some(after(48));
    next.steps.push(step("测试", "engineer", 50));
    plan.update(next, by("chief", 4)).expect("is drafted");
    plan.start(2, "", by("engineer2", 5)).expect("the approved version is executed");
    plan.submit("", by("chief", 5)).expect("is submitted");
    assert_eq!((plan.steps().len(), plan.steps()[1].due_at), (2, Some(after(24))));
    plan.report(2, 40, "", by("engineer2", 6)).expect("still");
    assert!(plan.start(3, "", by("engineer", 6)).is_err(), "it is not approved yet");
    plan.approve("", boss("supervisor", 7)).expect("is approved");
    assert_eq!((plan.steps().len(), plan.steps()[1].due_at), (3, Some(after(48))));
    assert_eq!(plan.progress_of(1).result, "发现断点");
    assert_eq!((plan.progress_of(2).percent(), plan.progress_of(3).percent()), (40, 0));
    plan.start(3, "", by("engineer", 8)).expect("is approved now");
}

#[test]
fn what_is_done_is_not_rewritten_not_even_by_a_revision_drafted_before() {
    let mut plan = approved();
    plan.revise("换人", by("chief", 3)).expect("is revised");
    let mut next = content_of(&plan);
    next.steps[0].owner = "engineer2".into();
    plan.update(next.clone(), by("chief", 3)).expect("is drafted");
    plan.submit("", by("chief", 3)).expect("is submitted");
    plan.complete(1, "完成", by("engineer", 4)).expect("is done meanwhile");
    let refused = plan.approve("", boss("supervisor", 5));
    assert!(matches!(refused, Err(Error::Plan(PlanError::StepDone(1)))));
    plan.reject("步骤一已完成", boss("supervisor", 5)).expect("is rejected");
    assert_eq!(paths(plan.update(next, by("chief", 6))), ["steps"]);
    assert_eq!(paths(plan.submit("", by("chief", 6))), ["steps"]);
    plan.withdraw(by("chief", 6)).expect("is dropped");
    assert_eq!((plan.state, plan.draft), (PlanState::Approved, None));
}

#[test]
fn withdrawing_goes_one_step_back() {
    let mut plan = opened();
    plan.submit("", by("chief", 1)).expect("is submitted");
    plan.withdraw(by("chief", 1)).expect("goes back");
    assert!(plan.state == PlanState::Draft && plan.draft.is_some());
    let mut plan = approved();
    plan.revise("x", by("chief", 3)).expect("is revised");
    plan.submit("", by("chief", 3)).expect("is submitted");
    plan.withdraw(by("chief", 3)).expect("goes back");
    assert!(plan.state == PlanState::Revising && plan.draft.is_some());
}

#[test]
fn a_step_is_missed_once_for_each_due_time() {
    let mut plan = approved();
    assert_eq!(plan.alarms().collect::<Vec<_>>(), [(1, after(8)), (2, after(24))]);
    assert!(plan.miss(1, after(8)) && !plan.miss(1, after(8)));
    assert!(!plan.miss(2, after(8)), "it is due at another time");
    plan.complete(2, "x", by("engineer2", 9)).expect("is done");
    assert_eq!(plan.alarms().count(), 0);
    plan.revise("延期", by("chief", 10)).expect("is revised");
    let mut next = content_of(&plan);
    next.steps[0].due_at = Some(after(30));
    plan.update(next, by("chief", 10)).expect("is drafted");
    plan.submit("", by("chief", 10)).expect("is submitted");
    plan.approve("", boss("supervisor", 11)).expect("is approved");
    assert!(plan.miss(1, after(30)));
}

#[test]
fn work_is_accepted_when_all_of_it_is_done_and_not_by_who_led_it() {
    let mut plan = approved();
    let left = plan.accept(Vec::new(), "", false, boss("supervisor", 3));
    assert!(matches!(left, Err(Error::Plan(PlanError::Unfinished(left))) if left == [1, 2]));
    plan.complete(1, "x", by("engineer", 3)).expect("is done");
    plan.complete(2, "y", by("engineer2", 3)).expect("is done");
    assert!(is_forbidden(plan.accept(Vec::new(), "", false, boss("chief", 4))));
    assert!(is_forbidden(plan.accept(Vec::new(), "", false, by("agent", 4))));
    assert_eq!(paths(plan.accept(vec![" ".into()], "", true, boss("supervisor", 4))), ["lessons"]);
    plan.accept(vec!["备缆要足".into()], "合格", true, boss("supervisor", 4)).expect("is accepted");
    assert!(!plan.lives() && plan.to_do().next().is_none());
    assert!(plan.abandon("x", boss("supervisor", 5)).is_err());
}

#[test]
fn lessons_are_tried_again_later_and_later_until_they_are_there() {
    let mut plan = approved();
    plan.complete(1, "x", by("engineer", 3)).expect("is done");
    plan.complete(2, "y", by("engineer2", 3)).expect("is done");
    plan.accept(vec!["备缆要足".into()], "", true, boss("supervisor", 4)).expect("is accepted");
    assert_eq!(plan.article_due(), Some(after(4)));
    let mut pauses = Vec::new();
    for _ in 0..9 {
        let now = plan.article_due().expect("is wanted");
        assert!(plan.try_article(now));
        pauses.extend(plan.article_due().map(|next| (next - now).num_minutes()));
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 64, 64]);
    assert!(plan.drafted_article(Uuid::from_u128(1)) && !plan.drafted_article(Uuid::from_u128(2)));
    assert!(plan.article_due().is_none() && !plan.try_article(after(9)));
}

#[test]
fn whoever_approves_may_give_it_up_and_so_may_its_leader() {
    for who in [by("chief", 3), boss("supervisor", 3)] {
        let mut plan = approved();
        plan.abandon("改用其他方案", who).expect("may");
        assert!(!plan.lives() && plan.alarms().next().is_none());
    }
    assert!(is_forbidden(approved().abandon("x", by("engineer", 3))));
}
