//! Other rules are tried on what was, and stored times are put right after a correction.

use hotline_core::time::to_proto;
use hotline_proto::events::v1::{SlaBreached, SlaRepaired, TicketReprioritized};
use hotline_proto::tickets::v1::{
    CreateSlaPolicyRequest, ListSlaRepairChangesRequest, ListSlaRepairsRequest, RepairSlaRequest,
    ReplaceSlaPolicyRequest, ResolveTicketRequest, SimulateSlaRequest, SlaClock, SlaGoal, SlaOutcome,
    SlaPolicy, SlaRepair, SlaSimulation, Ticket, sla_goal,
};
use tonic::{Code, Status};

use crate::support::{Desk, at, fault, on_each};

mod simulations;

/// Returns a policy of 2 hours of office time for faults of high priority, before all others.
fn strict() -> SlaPolicy {
    let amount = Some(sla_goal::Amount::Minutes(120));
    SlaPolicy {
        key: "strict".into(),
        position: 1,
        resolution: Some(SlaGoal { amount, calendar: "office".into(), ..SlaGoal::default() }),
        ..SlaPolicy::default()
    }
}

async fn resolve(desk: &Desk, ticket: &Ticket, time: &str) -> Ticket {
    desk.sweep_at(time).await;
    let request =
        ResolveTicketRequest {
            id: ticket.id.clone(), resolution: "更换光猫".into(), ..Default::default()
        };
    desk.ask(|mut client| async move { client.resolve_ticket(request).await }).await.expect("is legal")
}

async fn simulate(desk: &Desk, request: SimulateSlaRequest) -> Result<SlaSimulation, Status> {
    let mut client = desk.promises();
    desk.order(client.simulate_sla(request)).await
}

async fn repair(desk: &Desk, request: RepairSlaRequest) -> Result<SlaRepair, Status> {
    let mut client = desk.promises();
    desk.order(client.repair_sla(request)).await
}

fn because(reason: &str) -> RepairSlaRequest {
    RepairSlaRequest { reason: reason.into(), ..RepairSlaRequest::default() }
}

fn today() -> SimulateSlaRequest {
    SimulateSlaRequest {
        from: Some(to_proto(at("2026-03-02 00:00"))),
        to: Some(to_proto(at("2026-03-03 00:00"))),
        ..SimulateSlaRequest::default()
    }
}

#[tokio::test]
async fn a_simulation_tells_what_another_policy_would_have_done_and_changes_nothing() {
    on_each(|desk| async move {
        let (kept, open) = (desk.create(fault()).await, desk.create(fault()).await);
        let kept = resolve(&desk, &kept, "2026-03-02 12:00").await;
        let open = desk.get(&open.id).await.expect("is there");
        let request = SimulateSlaRequest { policies: vec![strict()], ..today() };
        let (events, timeline) = (desk.sent().await.len(), desk.timeline(&kept.id).await);
        let told = simulate(&desk, request).await.expect("is told");
        assert_eq!((told.tickets, told.untold), (2, 0));
        let of = |clock: SlaClock| told.clocks.iter().find(|told| told.clock == clock as i32);
        let solution = of(SlaClock::Resolution).expect("is counted");
        assert_eq!(solution.was, Some(SlaOutcome { met: 1, running: 1, ..Default::default() }));
        assert_eq!(solution.would_be, Some(SlaOutcome { missed: 1, overdue: 1, ..Default::default() }));
        let response = of(SlaClock::Response).expect("is counted");
        assert_eq!(response.would_be, Some(SlaOutcome::default()), "it promises no response");
        let example = told
            .examples
            .iter()
            .find(|change| change.ticket_id == kept.id && change.clock == SlaClock::Resolution as i32);
        let would_be = example.and_then(|change| change.is.as_ref()).expect("is told");
        assert_eq!((would_be.met, would_be.policy.as_str()), (Some(false), "strict"));
        assert_eq!(would_be.breached_at, Some(to_proto(at("2026-03-02 11:00"))));
        assert_eq!(desk.sent().await.len(), events);
        assert_eq!(desk.timeline(&kept.id).await, timeline);
        assert_eq!(desk.get(&open.id).await.expect("is there"), open);
    })
    .await;
}

#[tokio::test]
async fn the_pages_of_a_simulation_add_up() {
    on_each(|desk| async move {
        for _ in 0..5 {
            desk.create(fault()).await;
        }
        let (mut tickets, mut page_token, mut pages) = (0, String::new(), 0);
        loop {
            let request =
                SimulateSlaRequest { policies: vec![strict()], page_size: 2, page_token, ..today() };
            let told = simulate(&desk, request).await.expect("is told");
            (tickets, pages) = (tickets + told.tickets, pages + 1);
            page_token = told.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!((tickets, pages), (5, 3));
        let wrong = SlaPolicy { resolution: Some(SlaGoal::default()), ..strict() };
        let refused = simulate(&desk, SimulateSlaRequest { policies: vec![wrong], ..today() }).await;
        let refused = refused.expect_err("a goal without an amount");
        assert!(refused.message().contains("policies[0].resolution"), "{}", refused.message());
    })
    .await;
}

/// Makes a policy, and then puts right that it should have been another all along.
async fn corrected(desk: &Desk) -> (Ticket, Ticket) {
    let mut client = desk.policies();
    let lax = SlaGoal { amount: Some(sla_goal::Amount::Hours(48)), ..SlaGoal::default() };
    let lax = SlaPolicy { resolution: Some(lax), ..strict() };
    let made = desk.order(client.create_sla_policy(CreateSlaPolicyRequest { policy: Some(lax) })).await;
    let made = made.expect("is made");
    let (solved, open) = (desk.create(fault()).await, desk.create(fault()).await);
    let solved = resolve(desk, &solved, "2026-03-02 12:00").await;
    let right = SlaPolicy { effective_from: Some(to_proto(at("2026-03-02 00:00"))), ..strict() };
    // Effective before the wrong one: both hold at nine, and of the two the one effective last would win.
    let right = SlaPolicy { effective_from: made.effective_from.or(right.effective_from), ..right };
    let request = ReplaceSlaPolicyRequest { policy: Some(right), etag: made.etag };
    desk.order(client.replace_sla_policy(request)).await.expect("is corrected");
    (solved, open)
}

#[tokio::test]
async fn a_repair_puts_right_what_was_stored_and_tells_figures_what_to_take_back() {
    on_each(|desk| async move {
        let (solved, open) = corrected(&desk).await;
        assert_eq!(solved.sla.as_ref().expect("set").met.len(), 1);
        let rehearsed = repair(&desk, RepairSlaRequest { dry_run: true, ..because("录入错误") }).await;
        let rehearsed = rehearsed.expect("is told");
        assert!(rehearsed.dry_run && rehearsed.id.is_empty());
        assert_eq!((rehearsed.tickets, rehearsed.changed, rehearsed.changes.len()), (2, 2, 2));
        assert_eq!(desk.get(&solved.id).await.expect("is there"), solved, "a rehearsal changes nothing");

        let done = repair(&desk, because("录入错误")).await.expect("is done");
        assert_eq!((done.tickets, done.changed, done.untold, done.rules_revision), (2, 2, 0, 2));
        let fixed = desk.get(&solved.id).await.expect("is there").sla.expect("set");
        assert_eq!(fixed.resolution_due_at, Some(to_proto(at("2026-03-02 11:00"))));
        assert_eq!((fixed.met.len(), &fixed.breached[..]), (0, &[SlaClock::Resolution as i32][..]));
        let fixed = desk.get(&open.id).await.expect("is there").sla.expect("set");
        assert_eq!(fixed.breached, [SlaClock::Resolution as i32]);
        let timeline = desk.timeline(&solved.id).await;
        let entry = timeline.iter().find(|entry| entry.kind == "SLA_REPAIRED").expect("is written down");
        assert_eq!(entry.details["fromResolutionDueAt"], "2026-03-04T01:00:00Z");
        assert_eq!((entry.details["fromMet"].as_str(), entry.details["met"].as_str()), ("true", "false"));
        assert_eq!(entry.details["repairId"], done.id);

        let told = desk.events::<SlaRepaired>().await;
        let of = |ticket: &Ticket| {
            let of = |event: &&SlaRepaired| event.ticket.as_ref().is_some_and(|told| told.id == ticket.id);
            told.iter().filter(of).cloned().collect::<Vec<_>>()
        };
        let stop = of(&solved).into_iter().find(|event| event.stopped_at.is_some()).expect("is told");
        let met = |told: Option<hotline_proto::events::v1::SlaTold>| told.and_then(|told| told.met);
        assert_eq!((met(stop.was), met(stop.is)), (Some(true), Some(false)));
        assert_eq!(of(&open).iter().filter_map(|event| event.is).filter_map(|is| is.breached_at).count(), 1);
        assert!(desk.events::<SlaBreached>().await.is_empty(), "a correction is no breach of now");
        assert_eq!(desk.events::<TicketReprioritized>().await.len(), 1, "queues of the open one order anew");

        let again = repair(&desk, because("再查一次")).await.expect("is done");
        assert_eq!((again.tickets, again.changed), (2, 0), "what is right stays");
        desk.sweep_at("2026-03-02 13:00").await;
        assert!(desk.events::<SlaBreached>().await.is_empty(), "no alarm is left of before");
    })
    .await;
}

#[tokio::test]
async fn repairs_are_kept_with_what_they_changed() {
    on_each(|desk| async move {
        corrected(&desk).await;
        let page = RepairSlaRequest { page_size: 1, ..because("录入错误") };
        let first = repair(&desk, page.clone()).await.expect("is done");
        assert_eq!((first.tickets, first.changed), (1, 1));
        let next = RepairSlaRequest {
            repair_id: first.id.clone(),
            page_token: first.next_page_token.clone(),
            ..page
        };
        let second = repair(&desk, next).await.expect("goes on");
        assert_eq!((&second.id, second.tickets, second.changed), (&first.id, 2, 2));
        assert_eq!(second.next_page_token, "");
        let mut client = desk.promises();
        let kept =
            desk.order(client.list_sla_repairs(ListSlaRepairsRequest::default())).await.expect("are listed");
        assert_eq!(
            (kept.repairs.len(), kept.repairs[0].changed, kept.repairs[0].by.as_str()),
            (1, 2, "supervisor")
        );
        let request = ListSlaRepairChangesRequest { id: first.id.clone(), ..Default::default() };
        let changes = desk.order(client.list_sla_repair_changes(request)).await.expect("are listed").changes;
        assert_eq!(changes, [first.changes, second.changes].concat());
        let unknown =
            ListSlaRepairChangesRequest { id: hotline_core::id::new().to_string(), ..Default::default() };
        let refused = desk.order(client.list_sla_repair_changes(unknown)).await.expect_err("there is none");
        assert_eq!(refused.code(), Code::NotFound);
    })
    .await;
}

#[tokio::test]
async fn one_ticket_is_put_right_by_its_number() {
    on_each(|desk| async move {
        let (solved, open) = corrected(&desk).await;
        let named = vec![solved.number.clone(), solved.id.clone()];
        let only = RepairSlaRequest { ticket_ids: named, ..because("投诉复核") };
        let done = repair(&desk, only).await.expect("is done");
        assert_eq!((done.tickets, done.changed), (1, 1), "once, though it is named twice");
        assert_eq!(desk.get(&open.id).await.expect("is there"), open);
    })
    .await;
}
