//! Policies administered at run time: made, replaced, ended, each in versions that hold from a time on.

use hotline_core::time::to_proto;
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use hotline_proto::tickets::v1::{
    CreateSlaPolicyRequest, CreateTicketRequest, GetSlaPolicyRequest, InformTicketRequest,
    ListSlaPoliciesRequest, ListSlaPolicyVersionsRequest, MatchSlaPolicyRequest, ReplaceSlaPolicyRequest,
    RetireSlaPolicyRequest, SlaClock, SlaGoal, SlaPauses, SlaPolicy, StartTicketRequest, WaitReason,
    sla_goal,
};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::support::{Desk, at, fault, on_each};

fn minutes(minutes: i32, calendar: &str) -> Option<SlaGoal> {
    let amount = Some(sla_goal::Amount::Minutes(minutes));
    Some(SlaGoal { amount, calendar: calendar.into(), ..SlaGoal::default() })
}

fn hours(hours: i32) -> Option<SlaGoal> {
    Some(SlaGoal { amount: Some(sla_goal::Amount::Hours(hours)), ..SlaGoal::default() })
}

/// Returns a policy for the faults of key accounts.
fn gold() -> SlaPolicy {
    SlaPolicy {
        key: "gold".into(),
        name: "重点客户报修".into(),
        position: 1,
        types: vec![TicketType::Fault as i32],
        category_codes: vec!["repair".into()],
        key_account: Some(true),
        response: minutes(10, "always"),
        resolution: hours(3),
        total_resolution: hours(48),
        update: minutes(60, "office"),
        ..SlaPolicy::default()
    }
}

async fn create(desk: &Desk, policy: SlaPolicy) -> Result<SlaPolicy, Status> {
    let mut client = desk.policies();
    desk.order(client.create_sla_policy(CreateSlaPolicyRequest { policy: Some(policy) })).await
}

async fn replace(desk: &Desk, policy: SlaPolicy, etag: &str) -> Result<SlaPolicy, Status> {
    let mut client = desk.policies();
    let request = ReplaceSlaPolicyRequest { policy: Some(policy), etag: etag.into() };
    desk.order(client.replace_sla_policy(request)).await
}

async fn retire(desk: &Desk, from: Option<&str>) -> Result<SlaPolicy, Status> {
    let mut client = desk.policies();
    let effective_from = from.map(|from| to_proto(at(from)));
    let request = RetireSlaPolicyRequest { key: "gold".into(), effective_from, ..Default::default() };
    desk.order(client.retire_sla_policy(request)).await
}

async fn register(desk: &Desk, key_account: bool) -> hotline_proto::tickets::v1::Ticket {
    desk.create(CreateTicketRequest { key_account, ..fault() }).await
}

fn named(refused: &Status) -> Vec<String> {
    let named = refused.get_details_bad_request().expect("fields are named").field_violations;
    named.into_iter().map(|violation| violation.field).collect()
}

#[tokio::test]
async fn a_policy_made_at_run_time_is_for_the_next_ticket_and_changes_none_before() {
    on_each(|desk| async move {
        let before = register(&desk, true).await;
        assert_eq!(before.sla.as_ref().expect("set").policy, "high");
        let made = create(&desk, gold()).await.expect("is made");
        assert_eq!((made.version, made.recorded_by.as_str(), made.position), (1, "supervisor", 1));
        let after = register(&desk, true).await.sla.expect("set");
        assert_eq!(after.policy, "gold");
        assert_eq!(after.resolution_due_at, Some(to_proto(at("2026-03-02 12:00"))));
        assert_eq!(after.total_due_at, Some(to_proto(at("2026-03-04 09:00"))));
        assert_eq!(after.update_due_at, None, "the clock of updates begins with the first response");
        assert_eq!(register(&desk, false).await.sla.expect("set").policy, "high");
        let still = desk.get(&before.id).await.expect("is there");
        assert_eq!(still.sla, before.sla);
    })
    .await;
}

#[tokio::test]
async fn the_customer_is_told_in_time_or_the_clock_of_updates_tells() {
    on_each(|desk| async move {
        create(&desk, gold()).await.expect("is made");
        let ticket = register(&desk, true).await;
        let request = StartTicketRequest {
            id: ticket.id.clone(),
            assignee: "engineer".into(),
            team_key: "second-line-network".into(),
            assignment_id: hotline_core::id::new().to_string(),
            epoch: 1,
        };
        desk.ask(|mut client| async move { client.start_ticket(request).await }).await.expect("holds it");
        let inform = async |time: &str| {
            desk.sweep_at(time).await;
            let request = InformTicketRequest {
                id: ticket.id.clone(),
                note: "工程师已出发".into(),
                channel: Channel::Phone as i32,
                etag: String::new(),
            };
            desk.ask(|mut client| async move { client.inform_ticket(request).await }).await.expect("is told")
        };
        let sla = inform("2026-03-02 09:50").await.sla.expect("set");
        assert_eq!(sla.update_due_at, Some(to_proto(at("2026-03-02 10:50"))));
        assert!(!sla.breached.contains(&(SlaClock::Update as i32)));
        desk.sweep_at("2026-03-02 11:00").await;
        let sla = desk.get(&ticket.id).await.expect("is there").sla.expect("set");
        assert!(sla.breached.contains(&(SlaClock::Update as i32)));
        let sla = inform("2026-03-02 11:05").await.sla.expect("set");
        assert_eq!(sla.update_due_at, Some(to_proto(at("2026-03-02 12:05"))));
        let kinds = desk.kinds(&ticket.id).await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "INFORMED").count(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_version_holds_from_its_time_on_and_the_one_before_until_then() {
    on_each(|desk| async move {
        let made = create(&desk, gold()).await.expect("is made");
        let later = SlaPolicy { effective_from: Some(to_proto(at("2026-03-03 00:00"))), ..gold() };
        let later = SlaPolicy { resolution: hours(8), note: "新合同".into(), ..later };
        let replaced = replace(&desk, later, &made.etag).await.expect("is replaced");
        assert_eq!(replaced.version, 2);
        let due = async |time: &str| {
            desk.clock.set(at(time)).expect("time goes forward");
            register(&desk, true).await.sla.expect("set").resolution_due_at
        };
        assert_eq!(due("2026-03-02 10:00").await, Some(to_proto(at("2026-03-02 13:00"))));
        assert_eq!(due("2026-03-03 10:00").await, Some(to_proto(at("2026-03-03 18:00"))));
        let mut client = desk.policies();
        let request = ListSlaPolicyVersionsRequest { key: "gold".into() };
        let versions =
            desk.order(client.list_sla_policy_versions(request)).await.expect("are listed").versions;
        assert_eq!(versions.iter().map(|version| version.version).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(versions[0].note, "新合同");
        let then = Some(to_proto(at("2026-03-02 12:00")));
        let request = GetSlaPolicyRequest { key: "gold".into(), at: then };
        let held = desk.order(client.get_sla_policy(request)).await.expect("was in force");
        assert_eq!(held.version, 1);
    })
    .await;
}

#[tokio::test]
async fn what_means_nothing_is_refused_by_name_and_changes_nothing() {
    on_each(|desk| async move {
        let wrong = SlaPolicy {
            category_codes: vec!["repair".into(), "nowhere".into()],
            response: minutes(5, "night"),
            resolution: Some(SlaGoal::default()),
            ..gold()
        };
        let refused = create(&desk, wrong.clone()).await.expect_err("a goal without an amount");
        assert_eq!(named(&refused), ["resolution"]);
        let refused = create(&desk, SlaPolicy { resolution: None, ..wrong }).await.expect_err("two more");
        assert_eq!(
            (refused.code(), named(&refused)),
            (Code::InvalidArgument, vec!["response.calendar".to_owned(), "categoryCodes[1]".to_owned()])
        );
        let mixed = SlaGoal { calendar: "office".into(), ..hours(4).expect("a goal") };
        let refused = create(&desk, SlaPolicy { update: Some(mixed), ..gold() })
            .await
            .expect_err("hours have no calendar");
        assert_eq!(named(&refused), ["update"]);
        let refused = replace(&desk, gold(), "").await.expect_err("there is none");
        assert_eq!(refused.code(), Code::NotFound);
        create(&desk, gold()).await.expect("nothing was changed");
        let refused = create(&desk, gold()).await.expect_err("there is one");
        assert_eq!(refused.code(), Code::AlreadyExists);
        let refused = replace(&desk, gold(), "\"7\"").await.expect_err("stale");
        assert_eq!(refused.code(), Code::Aborted);
    })
    .await;
}

#[tokio::test]
async fn a_policy_ends_and_the_next_that_matches_applies() {
    on_each(|desk| async move {
        create(&desk, gold()).await.expect("is made");
        let ended = retire(&desk, None).await.expect("is ended");
        assert!(ended.retired && ended.version == 2);
        assert_eq!(register(&desk, true).await.sla.expect("set").policy, "high");
        assert_eq!(retire(&desk, None).await.expect_err("it has ended").code(), Code::NotFound);
        let mut client = desk.policies();
        let all = desk.order(client.list_sla_policies(ListSlaPoliciesRequest::default())).await;
        let all = all.expect("are listed");
        assert!(all.policies.iter().all(|policy| policy.key != "gold") && all.revision == 2);
        assert_eq!(all.policies.first().map(|policy| policy.key.as_str()), Some("complaint-critical"));
        assert_eq!(create(&desk, gold()).await.expect("a new life").version, 3);
    })
    .await;
}

#[tokio::test]
async fn what_was_to_come_of_a_policy_comes_no_more_once_it_has_ended() {
    on_each(|desk| async move {
        let made = create(&desk, gold()).await.expect("is made");
        let april = SlaPolicy { effective_from: Some(to_proto(at("2026-04-01 00:00"))), ..gold() };
        let april = replace(&desk, april, &made.etag).await.expect("is to come");
        assert_eq!(retire(&desk, None).await.expect("is ended").version, april.version + 1);
        desk.clock.set(at("2026-04-02 09:00")).expect("time goes forward");
        assert_eq!(register(&desk, true).await.sla.expect("set").policy, "high");
        let mut client = desk.policies();
        let request = GetSlaPolicyRequest { key: "gold".into(), at: None };
        let gone = desk.order(client.get_sla_policy(request)).await.expect_err("it has ended");
        assert_eq!(gone.code(), Code::NotFound);
        assert_eq!(retire(&desk, None).await.expect_err("it has ended").code(), Code::NotFound);
        assert_eq!(replace(&desk, gold(), "").await.expect_err("it has ended").code(), Code::NotFound);
        create(&desk, gold()).await.expect("it begins anew");
        assert_eq!(register(&desk, true).await.sla.expect("set").policy, "gold");
    })
    .await;
}

#[tokio::test]
async fn an_end_to_come_is_put_off_by_a_new_version_only() {
    on_each(|desk| async move {
        create(&desk, gold()).await.expect("is made");
        retire(&desk, Some("2026-03-05 00:00")).await.expect("is to end");
        let refused = create(&desk, gold()).await.expect_err("it is still in force");
        assert_eq!(refused.code(), Code::AlreadyExists);
        let refused = retire(&desk, Some("2026-03-06 00:00")).await.expect_err("it has ended then");
        assert_eq!((refused.code(), named(&refused)), (Code::InvalidArgument, vec!["effectiveFrom".into()]));
        replace(&desk, gold(), "").await.expect("it goes on");
        desk.clock.set(at("2026-03-06 09:00")).expect("time goes forward");
        assert_eq!(register(&desk, true).await.sla.expect("set").policy, "gold");
    })
    .await;
}

#[tokio::test]
async fn a_match_says_why_the_policies_before_it_are_not_for_the_ticket() {
    on_each(|desk| async move {
        create(&desk, gold()).await.expect("is made");
        let mut client = desk.policies();
        let request = MatchSlaPolicyRequest {
            category_code: "repair.private".into(),
            priority: Priority::Critical as i32,
            channel: Channel::Phone as i32,
            ..MatchSlaPolicyRequest::default()
        };
        let told = desk.order(client.match_sla_policy(request)).await.expect("is told");
        assert_eq!(told.policy.expect("one matches").key, "critical");
        assert_eq!(
            (told.mismatches[0].key.as_str(), &told.mismatches[0].fields[..]),
            ("gold", &["keyAccount".to_owned()][..])
        );
        assert_eq!(told.mismatches[1].fields, ["types"]);
        let unknown =
            MatchSlaPolicyRequest { category_code: "nowhere".into(), ..MatchSlaPolicyRequest::default() };
        let refused = desk.order(client.match_sla_policy(unknown)).await.expect_err("no such category");
        assert_eq!(named(&refused), ["categoryCode"]);
    })
    .await;
}

#[tokio::test]
async fn each_clock_has_its_own_pauses() {
    on_each(|desk| async move {
        let pauses = |reasons: &[WaitReason]| {
            Some(SlaPauses { reasons: reasons.iter().map(|reason| *reason as i32).collect() })
        };
        let goal = |reasons| minutes(240, "always").map(|goal| SlaGoal { pauses: pauses(reasons), ..goal });
        let policy = SlaPolicy {
            resolution: goal(&[WaitReason::ThirdParty]),
            total_resolution: goal(&[]),
            update: None,
            ..gold()
        };
        let made = create(&desk, policy.clone()).await.expect("is made");
        assert_eq!((made.resolution, made.total_resolution), (policy.resolution, policy.total_resolution));
        let ticket = register(&desk, true).await;
        let request = StartTicketRequest {
            id: ticket.id.clone(),
            assignee: "engineer".into(),
            team_key: "second-line-network".into(),
            assignment_id: hotline_core::id::new().to_string(),
            epoch: 1,
        };
        desk.ask(|mut client| async move { client.start_ticket(request).await }).await.expect("holds it");
        let request = hotline_proto::tickets::v1::WaitTicketRequest {
            id: ticket.id.clone(),
            reason: WaitReason::ThirdParty as i32,
            ..Default::default()
        };
        desk.ask(|mut client| async move { client.wait_ticket(request).await }).await.expect("is legal");
        desk.sweep_at("2026-03-02 13:30").await;
        let sla = desk.get(&ticket.id).await.expect("is there").sla.expect("set");
        assert_eq!(sla.breached, [SlaClock::Total as i32], "one never pauses, the other stands still");
        assert_eq!(sla.resolution_due_at, Some(to_proto(at("2026-03-02 17:30"))));
    })
    .await;
}
