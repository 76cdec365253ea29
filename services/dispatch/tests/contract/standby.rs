//! Where nobody of a team that pushes is ready, who is on duty is offered what waits (D6, D7).

use hotline_core::testing::eventually;
use hotline_proto::dispatch::v1::{AssignmentState, PresenceState, RoutingRule, Team, TeamMode};
use hotline_proto::events::v1::PresenceLoggedOut;
use sea_orm::{ConnectionTrait, Statement};

use crate::harness::calls::{in_state, tickets};
use crate::harness::duty::{lead, on_duty, person};
use crate::harness::rules::{fault_in, rule_for, target};
use crate::harness::{Desk, OTHER, TEAM, ticket_id};

/// All of the Monday on which tests begin, from now on.
const TODAY: (&str, &str) = ("2026-03-02T09:00", "2026-03-03T00:00");
const HOUR: i64 = 3600;

/// Returns desks whose [`TEAM`] pushes; ann is on duty until nine at night, from Tuesday at eight again.
async fn watched() -> Vec<Desk> {
    let desks = on_duty().await;
    for desk in &desks {
        desk.change_team(Team { mode: TeamMode::Push.into(), ..Team::default() }).await;
    }
    desks
}

impl Desk {
    async fn state_of(&self, subject: &str) -> PresenceState {
        let present = self.present().await;
        present.iter().find(|person| person.subject == subject).expect("a member").state()
    }

    /// Waits until it is set that the team is looked at again when the next shift begins.
    async fn looks_again(&self) {
        let sql = "SELECT COUNT(*) AS many FROM deadlines WHERE kind = 'duty'";
        eventually("the next shift is waited for", async || {
            let query = Statement::from_string(self.db.backend(), sql);
            let row = self.db.reader().query_one_raw(query).await.expect("can be read").expect("a row");
            row.try_get::<i64>("", "many").expect("a number") == 1
        })
        .await;
    }

    /// Expects that nobody is offered any of the work.
    async fn waits(&self) {
        self.looks_again().await;
        let open = self.all_work().await;
        assert!(open.iter().all(|work| work.state() == AssignmentState::Queued), "{open:?}");
    }
}

#[tokio::test]
async fn who_is_on_duty_is_offered_what_comes_while_nobody_is_ready_and_does_it() {
    for desk in watched().await {
        desk.registered([1]).await;
        let offered = desk.offered("ann", 1).await;
        assert_eq!(desk.state_of("ann").await, PresenceState::Offline, "she never signed in");
        let brought = desk.claims(person("ann"), 5).await;
        assert_eq!((tickets(&brought), &brought[0].id), (vec![&*ticket_id(1)], &offered[0].id));
        let held = in_state(desk.accept(person("ann"), &brought[0]).await, AssignmentState::Accepted);
        desk.registered([2]).await;
        in_state(desk.complete(person("ann"), &held).await, AssignmentState::Completed);
        assert_eq!(tickets(&desk.offered("ann", 1).await), [ticket_id(2)], "one at a time, as anybody");
    }
}

#[tokio::test]
async fn duty_brings_nothing_while_somebody_is_ready_and_all_when_the_last_leaves() {
    for desk in watched().await {
        desk.ready("bob").await;
        desk.registered([1, 2]).await;
        assert_eq!(tickets(&desk.offered("bob", 1).await), [ticket_id(1)]);
        assert!(desk.offers("ann").await.is_empty(), "the second waits for bob, who is there");
        desk.is(person("bob"), PresenceState::Meal).await.expect("people say what they do");
        assert_eq!(tickets(&desk.offered("ann", 1).await), [ticket_id(1)], "the most urgent");
    }
}

#[tokio::test]
async fn who_is_at_something_else_is_left_alone_and_signing_out_does_not_end_duty() {
    for desk in watched().await {
        desk.is(person("ann"), PresenceState::Training).await.expect("people say what they do");
        desk.registered([1]).await;
        desk.waits().await;
        desk.is(person("ann"), PresenceState::Offline).await.expect("people say what they do");
        desk.offered("ann", 1).await;
    }
}

#[tokio::test]
async fn who_does_not_answer_is_reported_and_offered_nothing_more_until_their_next_shift() {
    for desk in watched().await {
        desk.registered([1]).await;
        desk.offered("ann", 1).await;
        desk.pass(60).await;
        assert_eq!(desk.state_of("ann").await, PresenceState::Away);
        desk.waits().await;
        desk.pass(15 * 60).await;
        assert_eq!(desk.state_of("ann").await, PresenceState::Offline);
        assert_eq!(desk.outbox::<PresenceLoggedOut>().await[0].subject, "ann", "the lead is told");
        desk.registered([2]).await;
        desk.waits().await;
        desk.pass(23 * HOUR - 16 * 60).await;
        assert_eq!(tickets(&desk.offered("ann", 1).await), [ticket_id(1)], "Tuesday at eight");
    }
}

#[tokio::test]
async fn what_comes_at_night_is_offered_when_the_next_shift_begins_to_whose_it_is() {
    for desk in watched().await {
        desk.puts_on(lead(), "dan", ("2026-03-03T00:00", "2026-03-04T00:00")).await.expect("dan is free");
        desk.pass(12 * HOUR + 1).await;
        desk.registered([1]).await;
        desk.waits().await;
        desk.pass(10 * HOUR).await;
        desk.waits().await;
        desk.pass(HOUR - 1).await;
        desk.offered("dan", 1).await;
        assert!(desk.offers("ann").await.is_empty());
    }
}

#[tokio::test]
async fn an_offer_that_runs_out_after_its_shift_blames_nobody() {
    for desk in watched().await {
        desk.pass(12 * HOUR - 30).await;
        desk.registered([1]).await;
        desk.offered("ann", 1).await;
        desk.pass(60).await;
        desk.waits().await;
        assert_eq!(desk.state_of("ann").await, PresenceState::Offline, "she went home at nine");
    }
}

#[tokio::test]
async fn an_override_and_the_cover_of_a_leave_are_offered_it_at_once() {
    for desk in watched().await {
        desk.is(person("ann"), PresenceState::Break).await.expect("people say what they do");
        desk.registered([1]).await;
        desk.waits().await;
        desk.puts_on(lead(), "bob", TODAY).await.expect("bob is free");
        let held = desk.offered("bob", 1).await.remove(0);
        desk.accept(person("bob"), &held).await.expect("offered");
        desk.registered([2]).await;
        let leave = desk.asks_leave(person("bob"), TODAY).await.expect("anybody may ask");
        desk.approves(lead(), &leave.id, "dan").await.expect("dan is free");
        assert_eq!(tickets(&desk.offered("dan", 1).await), [ticket_id(2)]);
    }
}

#[tokio::test]
async fn a_team_whose_duty_can_be_reached_is_not_one_where_nobody_is() {
    for desk in watched().await {
        let targets = vec![target(TEAM, 0, true), target(OTHER, 0, false)];
        desk.makes(RoutingRule { targets, ..rule_for("lift") }).await.expect("is made");
        assert_eq!(desk.tries(fault_in("lift")).await.team_key, TEAM);
        desk.is(person("ann"), PresenceState::Meal).await.expect("people say what they do");
        assert_eq!(desk.tries(fault_in("lift")).await.team_key, OTHER);
    }
}

#[tokio::test]
async fn where_members_pull_who_is_on_duty_claims_without_saying_that_they_are_ready() {
    for desk in on_duty().await {
        desk.registered([1]).await;
        let work = desk.claims_one(person("ann")).await;
        in_state(desk.accept(person("ann"), &work).await, AssignmentState::Accepted);
        assert_eq!(desk.state_of("ann").await, PresenceState::Offline);
    }
}
