//! Who used the time until solutions: by team, person and whom they waited for.

use std::collections::HashMap;

use hotline_proto::events::v1::{BudgetShare, Envelope, TicketResolved};
use hotline_proto::kpi::v1::GetReportRequest;

use crate::suite::{Suite, ask, event, ticket, time, values};

fn share(team: &str, assignee: &str, waiting_for: &str, minutes: i64) -> BudgetShare {
    BudgetShare {
        team_key: team.into(),
        assignee: assignee.into(),
        waiting_for: waiting_for.into(),
        working_seconds: minutes * 60,
        elapsed_seconds: minutes * 120,
    }
}

fn solved(number: u128, at: &str, shares: Vec<BudgetShare>) -> Envelope {
    event(number, time(at), &TicketResolved { ticket: Some(ticket()), shares, ..TicketResolved::default() })
}

fn month(group_by: &[&str]) -> GetReportRequest {
    GetReportRequest {
        group_by: group_by.iter().map(|name| (*name).to_owned()).collect(),
        ..ask(
            "2026-03-01T00:00:00Z",
            "2026-03-31T00:00:00Z",
            &[
                "budget_minutes",
                "budget_in_hand_minutes",
                "budget_in_queue_minutes",
                "budget_waiting_customer_minutes",
                "budget_waiting_third_party_minutes",
                "budget_waiting_approval_minutes",
            ],
        )
    }
}

#[tokio::test]
async fn working_time_is_summed_by_who_had_the_ticket_and_who_was_waited_for() {
    for suite in Suite::everywhere().await {
        let first = vec![
            share("first-line", "", "", 5),
            share("first-line", "agent", "", 10),
            share("net", "", "", 30),
            share("net", "engineer", "", 60),
            share("net", "engineer", "CUSTOMER", 240),
        ];
        let second = vec![share("net", "engineer", "", 20), share("net", "engineer2", "THIRD_PARTY", 15)];
        suite.deliver(&solved(1, "2026-03-02T01:45:00Z", first)).await;
        suite.deliver(&solved(2, "2026-03-05T01:45:00Z", second)).await;
        suite.deliver(&solved(3, "2026-03-05T01:45:00Z", Vec::new())).await;

        let all = suite.report(month(&[])).await;
        let expected = HashMap::from([
            ("budget_minutes", 380.0),
            ("budget_in_hand_minutes", 90.0),
            ("budget_in_queue_minutes", 35.0),
            ("budget_waiting_customer_minutes", 240.0),
            ("budget_waiting_third_party_minutes", 15.0),
            ("budget_waiting_approval_minutes", 0.0),
        ]);
        assert_eq!(values(&all, 0), expected);

        let people = suite.report(month(&["team", "agent"])).await;
        let minutes: Vec<_> = people
            .rows
            .iter()
            .map(|row| (&*row.group["team"], &*row.group["agent"], row.values["budget_minutes"]))
            .collect();
        assert_eq!(
            minutes,
            [
                ("first-line", "", 5.0),
                ("first-line", "agent", 10.0),
                ("net", "", 30.0),
                ("net", "engineer", 320.0),
                ("net", "engineer2", 15.0),
            ]
        );
        let waited = |row| values(&people, row)["budget_waiting_customer_minutes"];
        assert_eq!((waited(1), waited(3)), (0.0, 240.0));
        assert_eq!(suite.recompute().await.changed, 0);
    }
}
