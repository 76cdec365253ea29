//! Work goes from team to team until somebody takes it on (D2).

use chrono::TimeDelta;
use hotline_core::time::to_proto;
use hotline_proto::dispatch::v1::{
    Assignment, AssignmentState, ClaimAssignmentsRequest, DrainQueueRequest, PauseQueueRequest, RoutingRule,
};
use hotline_proto::events::v1::{
    AssignmentQueued, AssignmentRerouted, TicketCreated, TicketHandedOver, TicketSnapshot,
};
use hotline_proto::locale::Locale;
use tonic::Code;

use crate::harness::calls::{claim, inner, refusal, seconds, tickets};
use crate::harness::rules::{fault_in, rule_for, target};
use crate::harness::{Desk, OTHER, START, TEAM, admin, desks, engineer, member, ticket, ticket_id};

const LAST: &str = "first-line";

/// Ten minutes on site, five at the second line, then the first line.
fn climbing() -> RoutingRule {
    let targets = vec![target(OTHER, 600, false), target(TEAM, 300, false), target(LAST, 0, false)];
    RoutingRule { targets, ..rule_for("lift") }
}

impl Desk {
    /// Registers a ticket for the climbing rule.
    async fn stuck(&self, number: u128) {
        let mut lift = ticket(number);
        lift.category_code = "lift".into();
        self.happened(&TicketCreated { ticket: Some(lift) }).await;
    }

    async fn fitter_claims(&self) -> Assignment {
        let request =
            ClaimAssignmentsRequest { team_key: OTHER.into(), max: 1, wait: None, lease: seconds(900) };
        let claimed = claim(&self.client, member("fitter", OTHER), request).await.expect("served");
        claimed.into_iter().next().expect("one waits")
    }
}

fn stands(work: &Assignment) -> (&str, i32, Option<i64>) {
    let leaves = work.moves_on_at.as_ref().map(|at| at.seconds - START.timestamp());
    (&work.team_key, work.target, leaves)
}

#[tokio::test]
async fn work_that_nobody_takes_on_goes_from_team_to_team_and_keeps_its_place() {
    for desk in desks().await {
        let rule = desk.makes(climbing()).await.expect("is made");
        assert_eq!((rule.team_key.as_str(), rule.targets.len()), (OTHER, 3));
        desk.stuck(1).await;
        let first = desk.open_work_on(1).await;
        assert_eq!(stands(&first), (OTHER, 1, Some(600)));
        assert_eq!((&first.rule_id, &*first.rule, first.rule_version), (&rule.id, "lift", 3));
        desk.registered([2]).await;

        desk.pass(599).await;
        assert_eq!(desk.open_work_on(1).await.id, first.id, "its time is not over");
        desk.pass(1).await;
        let second = desk.open_work_on(1).await;
        assert_eq!(stands(&second), (TEAM, 2, Some(900)), "timeouts add up");
        assert_eq!((second.due_at, second.queued_at), (first.due_at, first.queued_at));
        let ended = desk.get(admin(), &first.id).await.expect("is there");
        assert_eq!((ended.state(), ended.moves_on_at), (AssignmentState::Transferred, None));
        desk.pass(300).await;
        let third = desk.open_work_on(1).await;
        assert_eq!(stands(&third), (LAST, 3, None));
        desk.pass(86_400).await;
        assert_eq!(desk.open_work_on(1).await.id, third.id, "the last keeps it");

        let told = desk.outbox::<AssignmentRerouted>().await;
        let told: Vec<_> = told
            .iter()
            .map(|told| {
                (told.assignment.as_ref().expect("what").team_key.as_str(), told.to_team_key.as_str())
            })
            .collect();
        assert_eq!(told, [(OTHER, TEAM), (TEAM, LAST)]);
        let queued = desk.outbox::<AssignmentQueued>().await;
        assert_eq!(queued.last().expect("told").assignment.as_ref().expect("what").id, third.id);
        assert_eq!(desk.all_rules().await.iter().find(|all| all.id == rule.id).expect("there").hits, 1);
    }
}

#[tokio::test]
async fn what_moves_on_comes_before_what_is_due_later() {
    for desk in desks().await {
        desk.makes(climbing()).await.expect("is made");
        desk.stuck(1).await;
        desk.registered([2]).await;
        desk.pass(600).await;
        assert_eq!(tickets(&desk.claims(engineer(), 5).await), [ticket_id(1), ticket_id(2)]);
    }
}

#[tokio::test]
async fn work_under_a_lease_goes_on_once_it_is_back() {
    for desk in desks().await {
        desk.makes(climbing()).await.expect("is made");
        desk.stuck(1).await;
        let held = desk.fitter_claims().await;
        desk.pass(600).await;
        assert_eq!(desk.open_work_on(1).await.state(), AssignmentState::Leased, "somebody has it");
        desk.decline(member("fitter", OTHER), &held).await.expect("held");
        desk.sweep().await;
        assert_eq!(stands(&desk.open_work_on(1).await), (TEAM, 2, Some(900)));

        desk.stuck(2).await;
        desk.fitter_claims().await;
        desk.pass(900).await;
        desk.sweep().await;
        let late = desk.open_work_on(2).await;
        assert_eq!((late.team_key.as_str(), late.target), (LAST, 3), "the second line's time is over too");
    }
}

#[tokio::test]
async fn work_that_was_taken_on_or_sent_by_a_person_goes_nowhere_by_itself() {
    for desk in desks().await {
        desk.makes(climbing()).await.expect("is made");
        desk.stuck(1).await;
        let held = desk.fitter_claims().await;
        let fitter = || member("fitter", OTHER);
        desk.accept(fitter(), &held).await.expect("held");
        desk.pass(1_000).await;
        desk.gives_back(fitter(), &held).await.expect("accepted");
        desk.sweep().await;
        let back = desk.open_work_on(1).await;
        assert_eq!((stands(&back), back.returns), ((OTHER, 1, None), 1));

        desk.stuck(2).await;
        let handed = TicketSnapshot { team_key: OTHER.into(), ..ticket(3) };
        desk.happened(&TicketHandedOver { ticket: Some(handed), note: String::new() }).await;
        let sent = desk.open_work_on(3).await;
        assert_eq!((sent.rule_version, sent.target, sent.moves_on_at), (0, 0, None));
        desk.stuck(4).await;
        let here = TicketSnapshot { team_key: OTHER.into(), ..ticket(4) };
        desk.happened(&TicketHandedOver { ticket: Some(here), note: String::new() }).await;
        desk.pass(100_000).await;
        let stays = desk.open_work_on(4).await;
        assert_eq!((stands(&stays), &*stays.rule), ((OTHER, 0, None), ""), "sent by name to where it was");
        assert_eq!(desk.open_work_on(3).await.id, sent.id);
        assert_eq!(desk.open_work_on(2).await.team_key, LAST);
    }
}

#[tokio::test]
async fn a_change_of_the_rule_does_not_change_the_way_of_work_that_is_on_it() {
    for desk in desks().await {
        let rule = desk.makes(climbing()).await.expect("is made");
        desk.stuck(1).await;
        let patch =
            RoutingRule { id: rule.id, targets: vec![target(LAST, 0, false)], ..RoutingRule::default() };
        desk.changes(patch).await.expect("changes");
        desk.pass(600).await;
        let moved = desk.open_work_on(1).await;
        assert_eq!((stands(&moved), moved.rule_version), ((TEAM, 2, Some(900)), 3));
        desk.stuck(2).await;
        let fresh = desk.open_work_on(2).await;
        assert_eq!((stands(&fresh), fresh.rule_version), ((LAST, 1, None), 4));
    }
}

#[tokio::test]
async fn a_team_where_nobody_is_or_whose_queue_runs_empty_is_passed_over_and_a_dry_run_says_so() {
    for desk in desks().await {
        desk.team("vendor", hotline_proto::dispatch::v1::TeamKind::ThirdParty, 0).await;
        let targets = vec![
            target(OTHER, 60, true),
            target("vendor", 0, true),
            target(TEAM, 60, false),
            target(LAST, 0, false),
        ];
        desk.makes(RoutingRule { targets, ..rule_for("lift") }).await.expect("is made");
        desk.stuck(1).await;
        assert_eq!(stands(&desk.open_work_on(1).await), (TEAM, 3, Some(120)), "time passed over counts");
        let tried = Locale::Zh.scope(desk.tries(fault_in("lift"))).await;
        assert_eq!((tried.team_key.as_str(), tried.version), (TEAM, 3));
        let steps: Vec<_> =
            tried.targets.iter().map(|step| (&*step.team_key, step.chosen, &*step.reason)).collect();
        let nobody = "该班组无人在岗";
        let expected =
            [(OTHER, false, nobody), ("vendor", false, nobody), (TEAM, true, ""), (LAST, false, "")];
        assert_eq!(steps, expected);
        assert_eq!(tried.targets[2].until, Some(to_proto(START + TimeDelta::seconds(120))));

        desk.joins("fitter", OTHER).await;
        desk.stuck(2).await;
        assert_eq!(stands(&desk.open_work_on(2).await), (OTHER, 1, Some(60)));
        let drain = DrainQueueRequest { team_key: TEAM.into(), reason: "撤并".into() };
        inner(admin().scope(desk.client.clone().drain_queue(drain)).await).expect("runs empty");
        desk.pass(60).await;
        assert_eq!(
            stands(&desk.open_work_on(2).await),
            (LAST, 4, None),
            "the vendor is nobody, the team drains"
        );
        let pause = PauseQueueRequest { team_key: OTHER.into(), reason: "割接".into() };
        inner(admin().scope(desk.client.clone().pause_queue(pause)).await).expect("pauses");
        desk.stuck(3).await;
        assert_eq!(desk.open_work_on(3).await.team_key, LAST);
        let tried = desk.tries(fault_in("lift")).await;
        assert_eq!(tried.targets[2].reason, "its queue is being drained");
    }
}

#[tokio::test]
async fn a_team_of_the_default_rule_is_not_drained_whichever_target_it_is() {
    for desk in desks().await {
        let default = desk.all_rules().await.pop().expect("there is one");
        let targets = vec![target(LAST, 60, false), target(OTHER, 0, false)];
        desk.changes(RoutingRule { id: default.id, targets, ..RoutingRule::default() })
            .await
            .expect("changes");
        for team in [LAST, OTHER] {
            let drain = DrainQueueRequest { team_key: team.into(), reason: "撤并".into() };
            let refused = refusal(inner(admin().scope(desk.client.clone().drain_queue(drain)).await));
            assert_eq!(refused, (Code::FailedPrecondition, "DEFAULT_TEAM".into()));
        }
        let mut other = ticket(1);
        other.category_code = "x".into();
        desk.happened(&TicketCreated { ticket: Some(other) }).await;
        desk.pass(60).await;
        assert_eq!(desk.open_work_on(1).await.team_key, OTHER);
    }
}

#[tokio::test]
async fn targets_that_could_lose_work_are_refused_and_change_nothing() {
    for desk in desks().await {
        let bad = [
            vec![target(OTHER, 60, false)],
            vec![target(OTHER, 0, true)],
            vec![target(OTHER, 0, false), target(TEAM, 0, false)],
            vec![target(OTHER, 60, false), target(OTHER, 0, false)],
            vec![target("nowhere", 60, false), target(OTHER, 0, false)],
            (0..11).map(|_| target(OTHER, 60, false)).collect(),
        ];
        for targets in bad {
            let refused = desk.makes(RoutingRule { targets: targets.clone(), ..rule_for("lift") }).await;
            assert_eq!(refusal(refused).0, Code::InvalidArgument, "{targets:?}");
        }
        let neither = desk.makes(rule_for("lift")).await;
        assert_eq!(refusal(neither).0, Code::InvalidArgument);
        let two = RoutingRule { team_key: TEAM.into(), ..climbing() };
        assert_eq!(
            refusal(desk.makes(two).await).0,
            Code::InvalidArgument,
            "the forms contradict each other"
        );
        assert_eq!(desk.all_rules().await.len(), 2);
    }
}

#[tokio::test]
async fn the_short_form_names_one_target_and_cannot_drop_several() {
    for desk in desks().await {
        let short =
            desk.makes(RoutingRule { team_key: OTHER.into(), ..rule_for("lift") }).await.expect("made");
        assert_eq!(short.targets, [target(OTHER, 0, false)]);
        let only = |rule: RoutingRule| RoutingRule { id: short.id.clone(), ..rule };
        let renamed = only(RoutingRule { team_key: TEAM.into(), ..RoutingRule::default() });
        let renamed = desk.changes(renamed).await.expect("changes");
        assert_eq!(renamed.targets, [target(TEAM, 0, false)]);
        let climbing = climbing().targets;
        let several = only(RoutingRule { targets: climbing.clone(), ..RoutingRule::default() });
        let several = desk.changes(several).await.expect("changes");
        assert_eq!((several.team_key.as_str(), &several.targets), (OTHER, &climbing));
        let dropping = only(RoutingRule { team_key: TEAM.into(), ..RoutingRule::default() });
        assert_eq!(refusal(desk.changes(dropping).await).0, Code::InvalidArgument);
        let same = RoutingRule { position: 7, ..several.clone() };
        assert_eq!(desk.changes(same).await.expect("changes").targets, climbing, "sent back as it was read");
    }
}
