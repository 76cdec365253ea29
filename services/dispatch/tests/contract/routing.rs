//! Which team gets a ticket, and why (D2).

use chrono::{DateTime, Utc};
use hotline_calendar::{Almanac, DayHours, ExceptionSpec};
use hotline_core::testing::eventually;
use hotline_core::time::to_proto;
use hotline_proto::common::v1::TicketType;
use hotline_proto::dispatch::v1::{
    DeleteRoutingRuleRequest, DryRunRoutingRequest, DryRunRoutingResponse, ListRoutingRulesRequest,
    RoutingHours, RoutingRule, UpdateRoutingRuleRequest,
};
use hotline_proto::events::v1::{AssignmentQueued, CalendarsChanged, TicketCreated, TicketSnapshot};
use hotline_proto::locale::Locale;
use tokio_util::sync::CancellationToken;
use tonic::Code;

use crate::harness::calls::{inner, refusal};
use crate::harness::rules::{fault_in, rule_for};
use crate::harness::{Desk, OTHER, TEAM, admin, desks, engineer, envelope, ticket};

async fn dry_run(desk: &Desk, category: &str) -> DryRunRoutingResponse {
    let request = DryRunRoutingRequest {
        r#type: TicketType::Fault.into(),
        category_code: category.into(),
        ..DryRunRoutingRequest::default()
    };
    let mut client = desk.client.clone();
    inner(engineer().scope(client.dry_run_routing(request)).await).expect("runs")
}

async fn rules(desk: &Desk, page_size: i32) -> Vec<RoutingRule> {
    let mut client = desk.client.clone();
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListRoutingRulesRequest { page_size, page_token };
        let page = inner(engineer().scope(client.list_routing_rules(request)).await).expect("lists");
        all.extend(page.rules);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

async fn update(desk: &Desk, rule: RoutingRule) -> Result<RoutingRule, tonic::Status> {
    let mut client = desk.client.clone();
    let request = UpdateRoutingRuleRequest { rule: Some(rule), ..UpdateRoutingRuleRequest::default() };
    inner(admin().scope(client.update_routing_rule(request)).await)
}

#[tokio::test]
async fn a_dry_run_says_which_rule_matches_and_why_others_do_not() {
    for desk in desks().await {
        desk.rule("公共区域", &["repair.public"], 5, OTHER).await;
        let answer = Locale::Zh.scope(dry_run(&desk, "repair.private")).await;
        assert_eq!(answer.team_key, TEAM);
        assert_eq!(answer.rule.expect("one matched").name, "报修");
        let steps: Vec<_> = answer
            .steps
            .iter()
            .map(|step| (step.rule_name.as_str(), step.matched, step.reason.as_str()))
            .collect();
        let refused = ("公共区域", false, "类目 `repair.private` 不属于规则所列类目");
        assert_eq!(steps, [refused, ("报修", true, "")]);
        let english = dry_run(&desk, "consult").await;
        assert_eq!(english.team_key, "first-line");
        assert_eq!(english.steps[0].reason, "the category `consult` is under none of the rule's");
        assert!(rules(&desk, 0).await.iter().all(|rule| rule.hits == 0), "a dry run is no hit");
    }
}

#[tokio::test]
async fn rules_are_listed_as_they_are_tried_page_by_page() {
    for desk in desks().await {
        desk.rule("后", &["a"], 10, OTHER).await;
        desk.rule("先", &["b"], 0, OTHER).await;
        let names = |rules: Vec<RoutingRule>| rules.into_iter().map(|rule| rule.name).collect::<Vec<_>>();
        assert_eq!(names(rules(&desk, 1).await), ["先", "报修", "后", "默认"]);
        assert_eq!(names(rules(&desk, 0).await), ["先", "报修", "后", "默认"]);
    }
}

#[tokio::test]
async fn routed_work_is_counted_and_what_no_rule_names_goes_to_the_default() {
    for desk in desks().await {
        desk.registered([1]).await;
        let mut other = ticket(2);
        other.category_code = "repairs".into();
        desk.happened(&TicketCreated { ticket: Some(other) }).await;
        let hits: Vec<_> = rules(&desk, 0).await.into_iter().map(|rule| (rule.name, rule.hits)).collect();
        assert_eq!(hits, [("报修".to_owned(), 1), ("默认".to_owned(), 1)]);
    }
}

#[tokio::test]
async fn a_changed_rule_counts_for_the_next_ticket() {
    for desk in desks().await {
        let rule = desk.rule("家政", &["housekeeping"], 0, OTHER).await;
        let route = async |number: u128| {
            let mut cleaning = ticket(number);
            cleaning.category_code = "housekeeping".into();
            desk.happened(&TicketCreated { ticket: Some(cleaning) }).await;
            desk.outbox::<AssignmentQueued>()
                .await
                .pop()
                .expect("it is queued")
                .assignment
                .expect("what")
                .team_key
        };
        assert_eq!(route(1).await, OTHER);
        let patch = RoutingRule { id: rule.id.clone(), team_key: TEAM.into(), ..RoutingRule::default() };
        update(&desk, patch).await.expect("changes");
        assert_eq!(route(2).await, TEAM);
        let delete = DeleteRoutingRuleRequest { id: rule.id, ..DeleteRoutingRuleRequest::default() };
        admin().scope(desk.client.clone().delete_routing_rule(delete)).await.expect("goes");
        assert_eq!(route(3).await, "first-line");
        desk.rule("保洁", &["housekeeping"], 0, OTHER).await;
        assert_eq!(route(4).await, OTHER);
    }
}

#[tokio::test]
async fn the_default_rule_stays_last_without_conditions_and_can_name_another_team() {
    for desk in desks().await {
        let default = rules(&desk, 0).await.pop().expect("there is one");
        assert!(default.default);
        let mut client = desk.client.clone();
        let delete =
            DeleteRoutingRuleRequest { id: default.id.clone(), ..DeleteRoutingRuleRequest::default() };
        let refused = refusal(admin().scope(client.delete_routing_rule(delete)).await);
        assert_eq!(refused, (Code::FailedPrecondition, "DEFAULT_RULE_FIXED".into()));
        let only = |change: fn(&mut RoutingRule)| {
            let mut patch = RoutingRule { id: default.id.clone(), ..RoutingRule::default() };
            change(&mut patch);
            patch
        };
        let conditioned = only(|rule| rule.category_codes = vec!["repair".into()]);
        assert_eq!(refusal(update(&desk, conditioned).await).1, "DEFAULT_RULE_FIXED");
        let key_accounts = only(|rule| rule.key_account = Some(false));
        assert_eq!(refusal(update(&desk, key_accounts).await).1, "DEFAULT_RULE_FIXED");
        let moved = only(|rule| rule.position = 1);
        assert_eq!(refusal(update(&desk, moved).await).1, "DEFAULT_RULE_FIXED");
        update(&desk, only(|rule| rule.team_key = OTHER.into())).await.expect("it may name another team");
        assert_eq!(dry_run(&desk, "consult").await.team_key, OTHER);
    }
}

#[tokio::test]
async fn rules_change_and_go() {
    for desk in desks().await {
        let rule = desk.rule("家政", &["housekeeping"], 20, OTHER).await;
        let stale = rule.etag.clone();
        let patch =
            RoutingRule { id: rule.id.clone(), position: 1, etag: stale.clone(), ..RoutingRule::default() };
        let moved = update(&desk, patch.clone()).await.expect("changes");
        assert_eq!((moved.position, moved.category_codes), (1, rule.category_codes));
        assert_eq!(refusal(update(&desk, patch).await), (Code::Aborted, "ETAG_MISMATCH".into()));
        let nowhere =
            RoutingRule { id: rule.id.clone(), team_key: "no-such-team".into(), ..RoutingRule::default() };
        assert_eq!(refusal(update(&desk, nowhere).await).0, Code::InvalidArgument);
        let mut client = desk.client.clone();
        let delete = DeleteRoutingRuleRequest { id: rule.id, etag: moved.etag };
        admin().scope(client.delete_routing_rule(delete)).await.expect("goes");
        assert_eq!(rules(&desk, 0).await.len(), 2);
    }
}

fn at(time: &str) -> DateTime<Utc> {
    time.parse().expect("a time")
}

/// The rule for nights: outside the hours in which calls are taken.
fn nights() -> RoutingRule {
    let hours = Some(RoutingHours { calendar: "contact".into(), within: Some(false) });
    RoutingRule { hours, team_key: OTHER.into(), ..rule_for("repair") }
}

/// The calendar of calls with one date excepted, as news of it.
fn closed_on(revision: i64, date: &str) -> CalendarsChanged {
    let almanac = Almanac::shipped().expect("shipped data is valid");
    let mut edition =
        almanac.editions().find(|edition| edition.spec.key == "contact").expect("shipped").clone();
    edition.spec.except(ExceptionSpec::new("停电", date, DayHours::default()).expect("a date"));
    let calendars = vec![serde_json::to_string(&edition).expect("writable")];
    CalendarsChanged { revision, calendars, ..CalendarsChanged::default() }
}

#[tokio::test]
async fn a_rule_may_hold_outside_the_hours_of_a_calendar_only() {
    for desk in desks().await {
        desk.makes(nights()).await.expect("is made");
        let arrives = async |number: u128, time: &str| {
            desk.deliver(&envelope(&TicketCreated { ticket: Some(ticket(number)) }, at(time))).await;
            desk.open_work_on(number).await.team_key
        };
        assert_eq!(arrives(1, "2026-03-02T23:00:00+08:00").await, OTHER);
        assert_eq!(arrives(2, "2026-03-02T12:00:00+08:00").await, TEAM);
        let tried = |time: &str| {
            let request = DryRunRoutingRequest { at: Some(to_proto(at(time))), ..fault_in("repair.private") };
            desk.tries(request)
        };
        let day = tried("2026-03-02T12:00:00+08:00").await;
        assert_eq!((day.team_key.as_str(), &*day.steps[0].calendar), (TEAM, "contact"));
        assert_eq!(day.steps[0].reason, "the calendar `contact` is open at 2026-03-02T12:00:00+08:00");
        assert_eq!((day.steps[0].calendar_open, day.steps[1].calendar_open), (Some(true), None));
        let night = tried("2026-03-03T01:00:00+08:00").await;
        assert_eq!((night.team_key.as_str(), night.steps[0].calendar_open), (OTHER, Some(false)));
        assert_eq!(night.rule.expect("one matched").hours, nights().hours);
        assert_eq!(desk.tries(fault_in("repair.private")).await.team_key, TEAM, "it is nine now");
        let nowhere = Some(RoutingHours { calendar: "night".into(), within: None });
        let refused = desk.makes(RoutingRule { hours: nowhere, ..nights() }).await;
        assert_eq!(refusal(refused).0, Code::InvalidArgument);
    }
}

#[tokio::test]
async fn hours_follow_what_the_ticket_service_tells_of_calendars_in_every_process() {
    for desk in desks().await {
        desk.makes(nights()).await.expect("is made");
        let replica = Desk::beside(&desk).await;
        let stop = CancellationToken::new();
        let team = async |desk: &Desk| desk.tries(fault_in("repair.private")).await.team_key;
        assert_eq!((&*team(&desk).await, &*team(&replica).await), (TEAM, TEAM));
        desk.happened(&closed_on(3, "2026-03-02")).await;
        assert_eq!(team(&desk).await, OTHER, "closed all day");
        let follows =
            async { eventually("the replica follows", async || team(&replica).await == OTHER).await };
        tokio::join!(replica.run_tasks(stop.clone()), async {
            follows.await;
            stop.cancel();
        });
        desk.happened(&closed_on(2, "2026-03-03")).await;
        assert_eq!(team(&desk).await, OTHER, "older news changes nothing");
        desk.happened(&CalendarsChanged { revision: 4, ..CalendarsChanged::default() }).await;
        assert_eq!(team(&desk).await, TEAM);
    }
}

#[tokio::test]
async fn a_rule_may_name_regions_by_field_or_by_the_projects_name() {
    for desk in desks().await {
        let east = RoutingRule {
            regions: vec!["东区".into(), "北区/一片".into()],
            team_key: OTHER.into(),
            ..rule_for("repair")
        };
        desk.makes(east).await.expect("is made");
        let cases = [
            ("东区", "西区/曲江一期", OTHER),
            ("", "东区/曲江一期", OTHER),
            ("", "东区·曲江一期", OTHER),
            ("", "北区/一片/三期", OTHER),
            ("西区", "东区/曲江一期", TEAM),
            ("", "北区/二片", TEAM),
            ("", "东区", TEAM),
            ("", "", TEAM),
        ];
        for (number, (region, project, team)) in (1..).zip(cases) {
            let there = TicketSnapshot { region: region.into(), project: project.into(), ..ticket(number) };
            desk.happened(&TicketCreated { ticket: Some(there) }).await;
            assert_eq!(desk.open_work_on(number).await.team_key, team, "{region} {project}");
            let request = DryRunRoutingRequest {
                region: region.into(),
                project: project.into(),
                ..fault_in("repair.private")
            };
            assert_eq!(desk.tries(request).await.team_key, team, "{region} {project}");
        }
        let nowhere = desk.tries(fault_in("repair.private")).await;
        assert_eq!(nowhere.steps[0].reason, "no region is known");
    }
}
