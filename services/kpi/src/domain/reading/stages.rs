//! What assignments tell of how long their stages took, and of who was reached, told, or came (D4, D10).

use chrono::{DateTime, Utc};
use hotline_proto::events::v1::{
    AssignmentAccepted, AssignmentArrived, AssignmentCompleted, AssignmentConfirmed, AssignmentEscalated,
    AssignmentSnapshot, AssignmentTransferred, StageOutcome,
};

use super::super::fact::{Fact, Measure};
use super::work::{once, timed};

pub(super) fn accepted(event: &AssignmentAccepted, at: DateTime<Utc>) -> Vec<Fact> {
    let mut facts = timed(Measure::ACCEPTED, event.assignment.as_ref(), at, event.waited_seconds);
    facts.extend(stages(event.assignment.as_ref(), at, &event.stages));
    facts
}

pub(super) fn confirmed(event: &AssignmentConfirmed, at: DateTime<Utc>) -> Vec<Fact> {
    let mut facts = timed(Measure::CONFIRMED, event.assignment.as_ref(), at, event.waited_seconds);
    facts.extend(stages(event.assignment.as_ref(), at, &event.stages));
    facts
}

pub(super) fn escalated(event: &AssignmentEscalated, at: DateTime<Utc>) -> Vec<Fact> {
    let measure = if event.level == "MEMBER" { Measure::REMINDED } else { Measure::ESCALATED };
    once(measure, event.assignment.as_ref(), at)
}

pub(super) fn arrived(event: &AssignmentArrived, at: DateTime<Utc>) -> Vec<Fact> {
    let mut facts = timed(Measure::ARRIVED, event.assignment.as_ref(), at, event.waited_seconds);
    facts.extend(stages(event.assignment.as_ref(), at, &event.stages));
    facts
}

pub(super) fn transferred(event: &AssignmentTransferred, at: DateTime<Utc>) -> Vec<Fact> {
    let mut facts = once(Measure::TRANSFERRED, event.assignment.as_ref(), at);
    facts.extend(stages(event.assignment.as_ref(), at, &event.stages));
    facts
}

pub(super) fn completed(event: &AssignmentCompleted, at: DateTime<Utc>) -> Vec<Fact> {
    let mut facts = timed(Measure::COMPLETED, event.assignment.as_ref(), at, event.handled_seconds);
    facts.extend(stages(event.assignment.as_ref(), at, &event.stages));
    facts
}

fn stages(assignment: Option<&AssignmentSnapshot>, at: DateTime<Utc>, stages: &[StageOutcome]) -> Vec<Fact> {
    let facts = |stage: &StageOutcome| {
        let (ended, met) = match stage.stage.as_str() {
            "CONFIRM" => (Measure::STAGE_CONFIRM, Measure::STAGE_CONFIRM_MET),
            "ACCEPT" => (Measure::STAGE_ACCEPT, Measure::STAGE_ACCEPT_MET),
            "ARRIVE" => (Measure::STAGE_ARRIVE, Measure::STAGE_ARRIVE_MET),
            "SOLVE" => (Measure::STAGE_SOLVE, Measure::STAGE_SOLVE_MET),
            _ => return Vec::new(),
        };
        let mut facts = once(ended, assignment, at);
        if stage.met {
            facts.extend(once(met, assignment, at));
        }
        facts
    };
    stages.iter().flat_map(facts).collect()
}

#[cfg(test)]
mod tests {
    use hotline_core::time::from_proto;
    use hotline_proto::events::v1::{
        AssignmentAccepted, AssignmentEscalated, AssignmentSnapshot, StageOutcome,
    };

    use super::super::super::examples::at;
    use super::{accepted, escalated};

    fn outcome(stage: &str, met: bool) -> StageOutcome {
        StageOutcome { stage: stage.into(), met, ..StageOutcome::default() }
    }

    #[test]
    fn stages_count_where_they_ended_and_in_time_where_they_were() {
        let event = AssignmentAccepted {
            assignment: Some(AssignmentSnapshot { team_key: "net".into(), ..AssignmentSnapshot::default() }),
            waited_seconds: 60,
            stages: vec![outcome("CONFIRM", true), outcome("ACCEPT", false), outcome("DANCE", true)],
        };
        let then = from_proto(Some(&at("2026-03-02T01:45:00Z"))).expect("a time");
        let facts = accepted(&event, then);
        assert!(facts.iter().all(|fact| fact.at == then && fact.dims.team == "net"));
        let codes: Vec<_> = facts.iter().map(|fact| fact.measure.code()).collect();
        assert_eq!(codes, ["accepted", "stage_confirm", "stage_confirm_met", "stage_accept"]);
    }

    #[test]
    fn a_reminder_is_no_escalation() {
        let told = |level: &str| {
            let event = AssignmentEscalated {
                assignment: Some(AssignmentSnapshot::default()),
                level: level.into(),
                ..AssignmentEscalated::default()
            };
            let facts = escalated(&event, from_proto(Some(&at("2026-03-02T01:45:00Z"))).expect("a time"));
            facts.iter().map(|fact| fact.measure.code()).collect::<Vec<_>>()
        };
        assert_eq!((told("MEMBER"), told("LEAD")), (vec!["reminded"], vec!["escalated"]));
    }
}
