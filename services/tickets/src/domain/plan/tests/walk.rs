//! Any run of commands by anybody: what is carried out was approved as it stands, by another than who asked for it.

use super::*;

const PEOPLE: [&str; 5] = ["chief", "engineer", "engineer2", "agent", "supervisor"];

/// One command: what, who, whether they approve plans, which step, what else.
type Given = (u8, usize, bool, i32, u8);

fn give(plan: &mut Plan, (command, who, approves, number, choice): Given, at: i64) -> Result<(), Error> {
    let by = By { subject: PEOPLE[who % PEOPLE.len()], approves, handles: choice == 0, at: after(at) };
    match command {
        0 => plan.update(redrafted(plan, choice, at), by),
        1 | 2 => plan.submit("", by),
        3 => plan.withdraw(by),
        4 | 5 => plan.approve("", by),
        6 => plan.reject("x", by),
        7 => plan.revise("x", by),
        8 => plan.start(number, "", by),
        9 => plan.report(number, i32::from(choice), "", by),
        10 => plan.complete(number, "x", by),
        11 => plan.reopen(number, "x", by),
        12 if choice == 0 => plan.accept(Vec::new(), "", false, by),
        13 if choice == 0 => plan.abandon("x", by),
        _ => {
            let due = plan.steps().iter().find(|step| step.number == number).and_then(|step| step.due_at);
            plan.miss(number, due.unwrap_or_else(nine));
            Ok(())
        }
    }
}

/// Returns the draft with a step dropped, added or given to another.
fn redrafted(plan: &Plan, choice: u8, at: i64) -> Content {
    let mut content = plan.draft.as_ref().map(|draft| draft.content.clone()).unwrap_or_default();
    match choice % 3 {
        0 => drop(content.steps.pop()),
        1 => content.steps.push(step("又一步", "engineer", at + 10)),
        _ => content.steps.iter_mut().for_each(|step| step.owner = "engineer2".into()),
    }
    content
}

/// What was approved last, and by whom against whom.
fn signed(plan: &Plan) -> Option<(&Content, &str, &str)> {
    let version = plan.approved.as_ref()?;
    let (submitted, reviewed) = (version.submitted.as_ref()?, version.reviewed.as_ref()?);
    Some((&version.content, submitted.by.as_str(), reviewed.by.as_str()))
}

fn given() -> impl Strategy<Value = Given> {
    (0_u8..15, 0_usize..5, any::<bool>(), 1_i32..6, 0_u8..7)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn nothing_is_carried_out_that_was_not_approved(run in prop::collection::vec(given(), 1..120)) {
        let mut plan = opened();
        for (at, command) in (1..).zip(run) {
            let before = plan.clone();
            if give(&mut plan, command, at).is_err() {
                plan = before;
                continue;
            }
            if plan.approved != before.approved {
                // What is in force is what waited for approval, word for word.
                let waited = before.draft.as_ref().expect("something waited");
                let (content, submitter, approver) = signed(&plan).expect("is signed twice");
                prop_assert_eq!(content, &waited.content);
                prop_assert_ne!(submitter, approver);
                prop_assert!(matches!(before.state, PlanState::Submitted | PlanState::RevisionSubmitted));
                prop_assert!(content.missing(before.steps(), nine()).is_empty());
            }
            let approved: BTreeSet<i32> = before.steps().iter().map(|step| step.number).collect();
            for (number, progress) in &plan.progress {
                if before.progress.get(number).is_some_and(|was| was != progress) {
                    prop_assert!(approved.contains(number), "step {} was not in force", number);
                }
            }
            for done in before.steps().iter().filter(|step| before.progress_of(step.number).is_done()) {
                prop_assert!(plan.steps().contains(done), "what is done was rewritten: {:?}", done);
            }
            prop_assert!(plan == before || before.lives(), "what has ended changed: {:?}", command);
        }
    }
}
