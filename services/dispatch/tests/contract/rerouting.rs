//! A change of the rules moves nothing; `:reroute` does, and says what (D2).

use hotline_proto::dispatch::v1::{
    AssignmentState, ReassignAssignmentRequest, RerouteAssignmentsRequest, RerouteAssignmentsResponse,
    RoutingRule,
};
use hotline_proto::events::v1::{AssignmentQueued, AssignmentRerouted, TicketHandedOver, TicketSnapshot};
use tonic::{Code, Status};

use crate::harness::calls::{claim, claim_of, inner, refusal, tickets};
use crate::harness::rules::target;
use crate::harness::{Desk, OTHER, TEAM, admin, desks, engineer, keyed, member, ticket, ticket_id};

impl Desk {
    async fn reroutes(&self, request: RerouteAssignmentsRequest) -> RerouteAssignmentsResponse {
        self.asks_to_reroute(request).await.expect("is done")
    }

    async fn asks_to_reroute(
        &self,
        request: RerouteAssignmentsRequest,
    ) -> Result<RerouteAssignmentsResponse, Status> {
        inner(admin().scope(self.client.clone().reroute_assignments(request)).await)
    }

    /// Lets the rule for repairs name another team.
    async fn sends_repairs_to(&self, team: &str) {
        let repair = self.all_rules().await.into_iter().find(|rule| rule.name == "报修").expect("there");
        let patch =
            RoutingRule { id: repair.id, targets: vec![target(team, 0, false)], ..RoutingRule::default() };
        self.changes(patch).await.expect("changes");
    }

    async fn teams_of(&self, numbers: impl IntoIterator<Item = u128>) -> Vec<String> {
        let mut teams = Vec::new();
        for number in numbers {
            teams.push(self.open_work_on(number).await.team_key);
        }
        teams
    }
}

fn all() -> RerouteAssignmentsRequest {
    RerouteAssignmentsRequest::default()
}

#[tokio::test]
async fn a_changed_rule_moves_what_waits_only_when_asked_and_keeps_its_place() {
    for desk in desks().await {
        desk.registered(1..=3).await;
        let before = desk.open_work_on(1).await;
        desk.sends_repairs_to(OTHER).await;
        desk.pass(60).await;
        assert_eq!(desk.teams_of(1..=3).await, [TEAM; 3], "a change moves nothing");

        let tried = desk.reroutes(RerouteAssignmentsRequest { dry_run: true, ..all() }).await;
        assert_eq!((tried.examined, tried.moved, tried.rule_version), (3, 3, 3));
        assert_eq!(desk.teams_of(1..=3).await, [TEAM; 3], "neither does a dry run");
        assert_eq!(desk.published::<AssignmentRerouted>().await, 0);

        let done = desk.reroutes(all()).await;
        assert_eq!((done.examined, done.moved, &*done.next_page_token), (3, 3, ""));
        let told: Vec<_> = done
            .assignments
            .iter()
            .map(|one| (&*one.ticket_number, &*one.from_team_key, &*one.to_team_key, &*one.rule, one.target))
            .collect();
        let numbers = [1, 2, 3].map(|number| ticket(number).number);
        let expected: Vec<_> = numbers.iter().map(|number| (&**number, TEAM, OTHER, "报修", 1)).collect();
        assert_eq!(told, expected);
        let after = desk.open_work_on(1).await;
        assert_eq!(after.id, done.assignments[0].assignment_id);
        assert_eq!((after.queued_at, after.due_at, after.rule_version), (before.queued_at, before.due_at, 3));
        let ended = desk.get(admin(), &before.id).await.expect("is there");
        assert_eq!(ended.state(), AssignmentState::Transferred);
        assert!(desk.outbox::<AssignmentRerouted>().await.iter().all(|told| told.cause == "RULES"));
        assert_eq!(desk.published::<AssignmentQueued>().await, 6, "the tickets follow");
        let mut of_other = claim_of(5, 0);
        of_other.team_key = OTHER.into();
        let held = claim(&desk.client, member("fitter", OTHER), of_other).await.expect("served");
        assert_eq!(tickets(&held), [ticket_id(1), ticket_id(2), ticket_id(3)]);
        assert!(desk.claims(engineer(), 5).await.is_empty());

        let again = desk.reroutes(all()).await;
        assert_eq!((again.examined, again.moved), (0, 0), "what is held is left alone");
    }
}

#[tokio::test]
async fn what_somebody_holds_a_person_sent_or_a_supervisor_decided_stays() {
    for desk in desks().await {
        desk.registered(1..=3).await;
        let held = desk.claims_one(engineer()).await;
        let sent = TicketSnapshot { team_key: TEAM.into(), ..ticket(4) };
        desk.happened(&TicketHandedOver { ticket: Some(sent), note: String::new() }).await;
        for _ in 0..2 {
            let work = desk.claims_one(engineer()).await;
            assert_eq!(work.ticket_id, ticket_id(2));
            desk.accept(engineer(), &work).await.expect("held");
            desk.gives_back(engineer(), &work).await.expect("accepted");
        }
        let disputed = desk.open_work_on(2).await;
        let decide = ReassignAssignmentRequest {
            id: disputed.id,
            team_key: String::new(),
            reason: "由本组处理".into(),
            ..ReassignAssignmentRequest::default()
        };
        admin().scope(desk.client.clone().reassign_assignment(decide)).await.expect("is decided");

        desk.sends_repairs_to(OTHER).await;
        let done = desk.reroutes(all()).await;
        assert_eq!((done.examined, done.moved), (1, 1));
        assert_eq!(desk.teams_of(1..=4).await, [TEAM, TEAM, OTHER, TEAM]);
        desk.accept(engineer(), &held).await.expect("still held");
    }
}

#[tokio::test]
async fn a_part_is_routed_anew_by_team_by_rule_and_page_by_page() {
    for desk in desks().await {
        desk.registered(1..=5).await;
        let rule = desk.open_work_on(1).await.rule_id;
        desk.sends_repairs_to(OTHER).await;
        let none = desk.reroutes(RerouteAssignmentsRequest { team_key: OTHER.into(), ..all() }).await;
        assert_eq!((none.examined, none.moved), (0, 0));
        let other = all_of(ticket_id(9));
        assert_eq!(desk.reroutes(other).await.examined, 0, "no work of such a rule");
        let mut request = RerouteAssignmentsRequest { page_size: 2, ..all_of(rule) };
        let mut moved = Vec::new();
        loop {
            let page = desk.reroutes(request.clone()).await;
            moved.push(page.moved);
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(moved, [2, 2, 1]);
        assert_eq!(desk.teams_of(1..=5).await, [OTHER; 5]);
        let unchanged = desk.reroutes(all()).await;
        assert_eq!((unchanged.examined, unchanged.moved), (5, 0), "the same again moves nothing");
    }
}

fn all_of(rule_id: String) -> RerouteAssignmentsRequest {
    RerouteAssignmentsRequest { rule_id, ..all() }
}

#[tokio::test]
async fn more_than_a_batch_moves_and_a_retry_is_answered_as_before() {
    for desk in desks().await {
        desk.registered(1..=120).await;
        desk.sends_repairs_to(OTHER).await;
        let request = || keyed(all(), "reroute-1");
        let first =
            inner(admin().scope(desk.client.clone().reroute_assignments(request())).await).expect("done");
        assert_eq!((first.examined, first.moved, first.assignments.len()), (120, 120, 120));
        let again =
            inner(admin().scope(desk.client.clone().reroute_assignments(request())).await).expect("done");
        assert_eq!(again, first);
        let hits = desk.all_rules().await.into_iter().find(|rule| rule.name == "报修").expect("there").hits;
        assert_eq!(hits, 240, "each was routed twice");
    }
}

#[tokio::test]
async fn work_that_stays_follows_the_present_targets_from_when_it_was_queued() {
    for desk in desks().await {
        desk.registered([1]).await;
        desk.pass(100).await;
        let repair = desk.all_rules().await.into_iter().find(|rule| rule.name == "报修").expect("there");
        let targets =
            vec![target(TEAM, 300, false), target(OTHER, 300, false), target("first-line", 0, false)];
        let patch = |targets| RoutingRule { id: repair.id.clone(), targets, ..RoutingRule::default() };
        desk.changes(patch(targets.clone())).await.expect("changes");
        assert_eq!(desk.reroutes(all()).await.moved, 0);
        desk.pass(199).await;
        assert_eq!(desk.open_work_on(1).await.team_key, TEAM);
        desk.pass(1).await;
        assert_eq!(desk.open_work_on(1).await.team_key, OTHER, "five minutes after it was queued");
        desk.pass(200).await;
        assert_eq!(desk.reroutes(all()).await.moved, 0, "the first target's time is over");
        desk.changes(patch(vec![target(OTHER, 0, false)])).await.expect("changes");
        assert_eq!(desk.reroutes(all()).await.moved, 0);
        desk.pass(10_000).await;
        let stays = desk.open_work_on(1).await;
        assert_eq!((&*stays.team_key, stays.target, stays.moves_on_at), (OTHER, 1, None));
    }
}

#[tokio::test]
async fn a_team_or_rule_that_nobody_could_mean_is_refused() {
    for desk in desks().await {
        let nowhere = RerouteAssignmentsRequest { team_key: "nowhere".into(), ..all() };
        assert_eq!(refusal(desk.asks_to_reroute(nowhere).await).0, Code::InvalidArgument);
        assert_eq!(refusal(desk.asks_to_reroute(all_of("x".into())).await).0, Code::InvalidArgument);
    }
}
