//! What a solution tells of who had the ticket how long, and who was waited for.

use chrono::{DateTime, Utc};
use hotline_proto::events::v1::{BudgetShare, TicketResolved};

use super::super::dimension::Dims;
use super::super::fact::{Fact, Measure};
use super::tickets::{CUSTOMER, dims};

/// Returns the working time of a solution, part by part, each of whoever had the ticket then.
pub(super) fn facts(event: &TicketResolved, at: DateTime<Utc>) -> Vec<Fact> {
    let Some(ticket) = &event.ticket else {
        return Vec::new();
    };
    let dims = dims(ticket);
    let fact = |share: &BudgetShare| {
        let whose = Dims { team: share.team_key.clone(), agent: share.assignee.clone(), ..dims.clone() };
        Some(Fact::with_amount(measure(share)?, at, &whose, share.working_seconds))
    };
    // Nights and weekends make parts in which nobody works: they add nothing.
    event.shares.iter().filter(|share| share.working_seconds > 0).filter_map(fact).collect()
}

fn measure(share: &BudgetShare) -> Option<Measure> {
    match share.waiting_for.as_str() {
        "" if share.assignee.is_empty() => Some(Measure::BUDGET_IN_QUEUE),
        "" => Some(Measure::BUDGET_IN_HAND),
        CUSTOMER => Some(Measure::BUDGET_WAITING_CUSTOMER),
        "THIRD_PARTY" => Some(Measure::BUDGET_WAITING_THIRD_PARTY),
        "APPROVAL" => Some(Measure::BUDGET_WAITING_APPROVAL),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use hotline_core::time::from_proto;
    use hotline_proto::common::v1::Priority;
    use hotline_proto::events::v1::{BudgetShare, TicketResolved, TicketSnapshot};

    use super::super::super::examples::{at, ticket};
    use super::facts;

    fn share(team: &str, assignee: &str, waiting_for: &str, working_seconds: i64) -> BudgetShare {
        BudgetShare {
            team_key: team.into(),
            assignee: assignee.into(),
            waiting_for: waiting_for.into(),
            working_seconds,
            elapsed_seconds: working_seconds * 3,
        }
    }

    #[test]
    fn each_share_counts_for_who_had_the_ticket_then() {
        let event = TicketResolved {
            ticket: Some(TicketSnapshot { team_key: "net".into(), assignee: "engineer".into(), ..ticket() }),
            shares: vec![
                share("", "", "", 60),
                share("first-line", "agent", "", 600),
                share("net", "", "", 1_200),
                share("net", "engineer", "CUSTOMER", 3_600),
                share("net", "engineer", "THIRD_PARTY", 300),
                share("net", "engineer", "APPROVAL", 30),
                share("net", "engineer", "", 0),
                share("net", "", "CUSTOMER", 90),
            ],
            ..TicketResolved::default()
        };
        let solved_at = from_proto(Some(&at("2026-03-02T01:45:00Z"))).expect("a time");
        let facts = facts(&event, solved_at);
        assert!(facts.iter().all(|fact| fact.at == solved_at && fact.dims.priority == Priority::High));
        let short: Vec<_> = facts
            .iter()
            .map(|fact| (fact.measure.code(), &*fact.dims.team, &*fact.dims.agent, fact.amount))
            .collect();
        assert_eq!(
            short,
            [
                ("budget_in_queue", "", "", Some(60)),
                ("budget_in_hand", "first-line", "agent", Some(600)),
                ("budget_in_queue", "net", "", Some(1_200)),
                ("budget_waiting_customer", "net", "engineer", Some(3_600)),
                ("budget_waiting_third_party", "net", "engineer", Some(300)),
                ("budget_waiting_approval", "net", "engineer", Some(30)),
                ("budget_waiting_customer", "net", "", Some(90)),
            ]
        );
    }
}
