//! What plans of complex problems tell.

use chrono::{DateTime, Utc};
use hotline_proto::events::v1::{PlanChanged, PlanStepOverdue, PlanStepSnapshot, TicketSnapshot};

use super::super::fact::{Fact, Measure};
use super::tickets::{credited, once};

pub(super) fn changed(event: &PlanChanged, at: DateTime<Utc>) -> Vec<Fact> {
    let ticket = event.ticket.as_ref();
    match event.r#move.as_str() {
        "OPENED" => once(Measure::PLAN_OPENED, ticket, at),
        "ACCEPTED" => once(Measure::PLAN_ACCEPTED, ticket, at),
        "STEP_DONE" => {
            let mut facts = of_step(Measure::PLAN_STEP_DONE, ticket, event.step.as_ref(), at);
            let in_time = event.step.as_ref().filter(|step| step.in_time);
            facts.extend(of_step(Measure::PLAN_STEP_IN_TIME, ticket, in_time, at));
            facts
        }
        _ => Vec::new(),
    }
}

pub(super) fn overdue(event: &PlanStepOverdue, at: DateTime<Utc>) -> Vec<Fact> {
    of_step(Measure::PLAN_STEP_OVERDUE, event.ticket.as_ref(), event.step.as_ref(), at)
}

/// A step is credited to its owner.
fn of_step(
    measure: Measure,
    ticket: Option<&TicketSnapshot>,
    step: Option<&PlanStepSnapshot>,
    at: DateTime<Utc>,
) -> Vec<Fact> {
    let fact = ticket.zip(step).map(|(ticket, step)| Fact::once(measure, at, &credited(ticket, &step.owner)));
    fact.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use hotline_core::time::from_proto;

    use super::*;
    use crate::domain::examples::{at, ticket};

    fn told(happened: &str, in_time: bool) -> Vec<(Measure, String)> {
        let step = PlanStepSnapshot { number: 1, owner: "engineer".into(), in_time, ..Default::default() };
        let event = PlanChanged {
            ticket: Some(TicketSnapshot { assignee: "lead".into(), ..ticket() }),
            r#move: happened.into(),
            step: Some(step),
            ..PlanChanged::default()
        };
        let now = from_proto(Some(&at("2026-03-02T02:00:00Z"))).expect("a time");
        changed(&event, now).into_iter().map(|fact| (fact.measure, fact.dims.agent)).collect()
    }

    #[test]
    fn a_step_counts_for_its_owner_and_in_time_only_where_it_was() {
        let done = (Measure::PLAN_STEP_DONE, "engineer".to_owned());
        assert_eq!(
            told("STEP_DONE", true),
            [done.clone(), (Measure::PLAN_STEP_IN_TIME, "engineer".to_owned())]
        );
        assert_eq!(told("STEP_DONE", false), [done]);
    }

    #[test]
    fn a_plan_counts_when_it_is_opened_and_accepted_and_not_in_between() {
        assert_eq!(told("OPENED", false), [(Measure::PLAN_OPENED, "lead".to_owned())]);
        assert_eq!(told("ACCEPTED", false), [(Measure::PLAN_ACCEPTED, "lead".to_owned())]);
        for between in ["SUBMITTED", "APPROVED", "STEP_STARTED", "ABANDONED"] {
            assert_eq!(told(between, true), []);
        }
    }
}
