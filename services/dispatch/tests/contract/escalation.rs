//! Urgent work that nobody confirms climbs its team's chain, each step once (D4, D10).

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::deadlines;
use hotline_core::time::to_proto;
use hotline_proto::common::v1::Priority;
use hotline_proto::dispatch::v1::{
    Assignment, AssignmentStage, EscalationChain, EscalationLevel, EscalationRung, StageBudget, Team,
    UpdateTeamRequest,
};
use hotline_proto::events::v1::{
    AssignmentEscalated, TicketCancelled, TicketCreated, TicketReprioritized, TicketSnapshot,
};
use tonic::{Code, Status};

use crate::confirmation::urgent;
use crate::harness::calls::{inner, refusal};
use crate::harness::{Desk, OTHER, START, TEAM, admin, desks, engineer, rival, ticket, ticket_id};

const ALL: [&str; 4] = ["MEMBER", "LEAD", "SUPERVISOR", "MANAGER"];

fn at(minutes: i64) -> DateTime<Utc> {
    START + TimeDelta::minutes(minutes)
}

fn rung(level: EscalationLevel, after_minutes: i32, subjects: &[&str]) -> EscalationRung {
    let subjects = subjects.iter().map(|subject| (*subject).to_owned()).collect();
    EscalationRung { level: level.into(), after_minutes, subjects }
}

impl Desk {
    /// Returns the levels that were told so far, in order.
    async fn told(&self) -> Vec<String> {
        self.outbox::<AssignmentEscalated>().await.into_iter().map(|event| event.level).collect()
    }

    async fn sets(&self, team: &str, change: impl FnOnce(&mut Team)) -> Result<Team, Status> {
        let mut team = Team { id: team.into(), ..Team::default() };
        change(&mut team);
        let request = UpdateTeamRequest { team: Some(team), ..UpdateTeamRequest::default() };
        inner(admin().scope(self.client.clone().update_team(request)).await)
    }

    async fn sets_chain(&self, steps: &[EscalationRung]) -> Result<Team, Status> {
        let chain = EscalationChain { steps: steps.to_vec() };
        self.sets(TEAM, |team| team.escalation = Some(chain)).await
    }
}

#[tokio::test]
async fn nobody_confirms_and_the_chain_is_climbed_each_step_when_it_is_due() {
    for desk in desks().await {
        for subject in ["engineer", "engineer2"] {
            desk.joins(subject, TEAM).await;
        }
        let work = desk.urgent(1).await;
        let due: Vec<_> = work.escalation.iter().map(|step| (step.level(), step.due_at, step.at)).collect();
        assert_eq!(due[0], (EscalationLevel::Member, Some(to_proto(at(10))), None));
        assert_eq!(due[3], (EscalationLevel::Manager, Some(to_proto(at(50))), None));
        for (seconds, told) in [(599, 0), (1, 1), (599, 1), (1, 2), (600, 3), (1_199, 3), (1, 4), (86_400, 4)]
        {
            desk.pass(seconds).await;
            assert_eq!(desk.told().await, ALL[..told], "{seconds} s later");
        }
        let told = desk.outbox::<AssignmentEscalated>().await;
        assert_eq!((told[0].step, &told[0].to), (1, &vec!["engineer".to_owned(), "engineer2".to_owned()]));
        assert_eq!((told[3].step, told[3].due_at), (4, Some(to_proto(at(50)))));
        let seen = desk.work_on(1).await.remove(0);
        let times: Vec<_> = seen.escalation.iter().map(|step| step.at).collect();
        assert_eq!(times, [10, 20, 30, 50].map(|minutes| Some(to_proto(at(minutes)))));
        assert_eq!(seen.escalation[0].to, ["engineer", "engineer2"]);
    }
}

#[tokio::test]
async fn a_jump_over_all_steps_takes_each_once_in_order_however_many_processes_look() {
    for desk in desks().await {
        desk.urgent(1).await;
        let others = [desk.another().await, desk.another().await];
        desk.clock.advance(TimeDelta::hours(9)).expect("the clock is manual");
        let [one, other] =
            others.each_ref().map(|alarm| deadlines::sweep(&desk.db, &desk.clock, alarm.as_ref()));
        let ((), one, other) = tokio::join!(desk.sweep(), one, other);
        assert!(one.is_ok() && other.is_ok());
        // Another process may have had the row that came next.
        desk.sweep().await;
        assert_eq!(desk.told().await, ALL);
        let late = desk.another().await;
        deadlines::sweep(&desk.db, &desk.clock, late.as_ref()).await.expect("sweeps");
        assert_eq!(desk.told().await, ALL, "a process that starts later tells nobody again");
    }
}

#[tokio::test]
async fn a_lease_a_decline_and_one_that_runs_out_neither_stop_nor_repeat_it() {
    for desk in desks().await {
        desk.urgent(1).await;
        desk.pass(590).await;
        let held = desk.claims_one(engineer()).await;
        desk.pass(10).await;
        let told = desk.outbox::<AssignmentEscalated>().await;
        assert_eq!(told[0].to, ["engineer"], "who holds it is reminded");
        desk.decline(engineer(), &held).await.expect("held");
        desk.pass(590).await;
        desk.claims_one(rival()).await;
        desk.pass(70).await;
        assert_eq!(desk.told().await, ALL[..2]);
        desk.pass(86_400).await;
        assert_eq!(desk.told().await, ALL);
    }
}

#[tokio::test]
async fn acceptance_ends_it_and_a_return_takes_up_what_is_left_of_it() {
    for desk in desks().await {
        desk.urgent(1).await;
        desk.pass(600).await;
        let held = desk.claims_one(engineer()).await;
        desk.accept(engineer(), &held).await.expect("held");
        desk.pass(1_500).await;
        assert_eq!(desk.told().await, ALL[..1], "who accepted has noticed");
        desk.gives_back(engineer(), &held).await.expect("accepted");
        desk.sweep().await;
        assert_eq!(desk.told().await, ALL[..3], "what came due meanwhile is due now");
        let seen = desk.work_on(1).await.remove(0);
        assert_eq!(seen.escalation[1].at, Some(to_proto(at(35))), "when nobody had it any more");
        desk.pass(86_400).await;
        assert_eq!(desk.told().await, ALL);
    }
}

#[tokio::test]
async fn the_end_of_the_work_and_a_confirmation_end_it_and_another_team_starts_its_own() {
    for desk in desks().await {
        let (first, second) = (desk.urgent(1).await, desk.urgent(2).await);
        desk.pass(600).await;
        desk.confirms(&first, None).await.expect("late is better than never");
        desk.happened(&TicketCancelled { ticket: Some(urgent(2)), ..TicketCancelled::default() }).await;
        desk.pass(86_400).await;
        assert_eq!(desk.told().await, ["MEMBER", "MEMBER"]);
        assert!(second.confirmed_at.is_none());

        desk.urgent(3).await;
        desk.pass(300).await;
        let held = desk.claims(engineer(), 5).await;
        let third = held.iter().find(|work| work.ticket_id == ticket_id(3)).expect("it waits");
        let next = desk.transfer(engineer(), third, OTHER).await.expect("held");
        desk.pass(599).await;
        assert_eq!(desk.told().await.len(), 2, "its time runs from its own dispatch");
        desk.pass(1).await;
        let told = desk.outbox::<AssignmentEscalated>().await;
        let snapshot = told[2].assignment.clone().expect("there is one");
        assert_eq!((snapshot.id, snapshot.team_key.as_str()), (next.id, OTHER));
        desk.pass(86_400).await;
        assert_eq!(desk.told().await.len(), 6);
    }
}

#[tokio::test]
async fn work_that_is_not_urgent_tells_nobody_until_it_becomes_urgent() {
    for desk in desks().await {
        desk.registered([1]).await;
        assert!(desk.work_on(1).await[0].escalation.is_empty());
        desk.pass(86_400).await;
        assert!(desk.told().await.is_empty());
        let reprioritized = |ticket: TicketSnapshot| TicketReprioritized {
            ticket: Some(ticket),
            ..TicketReprioritized::default()
        };
        desk.happened(&reprioritized(urgent(1))).await;
        desk.pass(599).await;
        assert!(desk.told().await.is_empty(), "it has its time from now");
        desk.pass(1).await;
        assert_eq!(desk.told().await, ALL[..1]);
        desk.happened(&reprioritized(ticket(1))).await;
        desk.pass(86_400).await;
        assert_eq!(desk.told().await, ALL[..1], "it is urgent no more");
        desk.happened(&reprioritized(urgent(1))).await;
        desk.pass(86_400).await;
        assert_eq!(desk.told().await, ALL, "and who was told is not told again");
    }
}

#[tokio::test]
async fn a_team_has_its_own_chain_and_times_or_none() {
    for desk in desks().await {
        let chain = [
            rung(EscalationLevel::Lead, 5, &["lead"]),
            rung(EscalationLevel::Manager, 5, &["boss", "deputy"]),
        ];
        let budget = StageBudget {
            stage: AssignmentStage::Confirm.into(),
            priority: Priority::Unspecified.into(),
            minutes: 2,
        };
        desk.sets_chain(&chain).await.expect("it climbs");
        let team = desk.sets(TEAM, |team| team.budgets = vec![budget]).await.expect("a time");
        assert_eq!((team.escalation.expect("kept").steps, team.budgets), (chain.to_vec(), vec![budget]));
        desk.registered([1]).await;
        desk.pass(7 * 60).await;
        let told = desk.outbox::<AssignmentEscalated>().await;
        let told: Vec<_> = told.iter().map(|event| (event.level.as_str(), event.to.join(" "))).collect();
        assert_eq!(told, [("LEAD", "lead".to_owned()), ("MANAGER", "boss deputy".to_owned())]);

        desk.sets_chain(&[]).await.expect("nobody is told");
        desk.happened(&TicketCreated { ticket: Some(urgent(2)) }).await;
        let work: Assignment = desk.work_on(2).await.remove(0);
        assert!(work.escalation.is_empty());
        assert_eq!(work.stages[0].stage(), AssignmentStage::Confirm, "but it is measured");
    }
}

#[tokio::test]
async fn a_chain_that_does_not_climb_and_a_time_named_twice_are_refused() {
    for desk in desks().await {
        let wrong = [
            [rung(EscalationLevel::Lead, 0, &[]), rung(EscalationLevel::Member, 5, &[])],
            [rung(EscalationLevel::Lead, 0, &[]), rung(EscalationLevel::Lead, 5, &[])],
            [rung(EscalationLevel::Member, 6, &[]), rung(EscalationLevel::Lead, 5, &[])],
            [rung(EscalationLevel::Member, -1, &[]), rung(EscalationLevel::Lead, 5, &[])],
        ];
        for steps in wrong {
            let refused = desk.sets_chain(&steps).await;
            assert_eq!(refusal(refused), (Code::InvalidArgument, "INVALID_REQUEST".into()));
        }
        let budget = StageBudget { stage: AssignmentStage::Accept.into(), ..StageBudget::default() };
        let twice = desk.sets(TEAM, |team| team.budgets = vec![budget, budget]).await.expect_err("refused");
        assert!(twice.message().contains("team.budgets"), "{twice:?}");
    }
}
