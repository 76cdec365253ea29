//! Who does not come back: away, logged out and reported, and the work with somebody else (D6, F11).

use chrono::TimeDelta;
use hotline_core::caller::Caller;
use hotline_core::time::to_proto;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{
    BeatPresenceRequest, ListPresenceHistoryRequest, ListPresenceHistoryResponse, Presence, PresenceState,
    SetPresenceRequest, SumPresenceRequest, Team,
};
use hotline_proto::events::v1::{AssignmentReturned, PresenceChanged, PresenceLoggedOut};
use prost_types::Duration;
use tonic::{Code, Status};

use crate::harness::calls::{inner, refusal};
use crate::harness::pushing::{person, pushing};
use crate::harness::{Desk, START, TEAM, admin, member};

/// Minutes.
const QUARTER: i64 = 15;

fn says(state: PresenceState, reason: &str) -> SetPresenceRequest {
    SetPresenceRequest { state: state.into(), reason: reason.into(), ..SetPresenceRequest::default() }
}

fn lead() -> Caller {
    Caller { roles: [Role::TeamLead].into(), ..member("lead", TEAM) }
}

async fn set(desk: &Desk, caller: Caller, request: SetPresenceRequest) -> Result<Presence, Status> {
    inner(caller.scope(desk.presence.clone().set_presence(request)).await)
}

async fn beat(desk: &Desk, who: &str) -> Result<Presence, Status> {
    let mut client = desk.presence.clone();
    inner(person(who).scope(client.beat_presence(BeatPresenceRequest {})).await)
}

async fn of(desk: &Desk, subject: &str) -> Presence {
    desk.present().await.into_iter().find(|person| person.subject == subject).expect("a member")
}

async fn minutes(desk: &Desk, minutes: i64) {
    desk.pass(minutes * 60).await;
}

async fn history(
    desk: &Desk,
    caller: Caller,
    request: ListPresenceHistoryRequest,
) -> Result<ListPresenceHistoryResponse, Status> {
    inner(caller.scope(desk.presence.clone().list_presence_history(request)).await)
}

#[tokio::test]
async fn away_for_a_quarter_of_an_hour_is_logged_out_and_reported_and_others_get_the_work() {
    for desk in pushing(Team { capacity: 2, ..Team::default() }, &["ann", "bob"]).await {
        desk.ready("ann").await;
        desk.registered([1, 2]).await;
        let held = desk.offered("ann", 2).await;
        desk.accept(person("ann"), &held[0]).await.expect("offered");
        desk.is(person("ann"), PresenceState::Away).await.expect("people say what they do");
        assert_eq!(desk.offers("ann").await.len(), 1, "what was not taken on is with others");
        minutes(&desk, QUARTER - 1).await;
        assert_eq!(of(&desk, "ann").await.state(), PresenceState::Away);
        desk.ready("bob").await;
        let bobs = desk.offered("bob", 1).await.remove(0);
        assert_eq!(bobs.id, held[1].id);
        desk.accept(person("bob"), &bobs).await.expect("offered");

        minutes(&desk, 1).await;
        let ann = of(&desk, "ann").await;
        assert_eq!((ann.state(), &*ann.changed_by), (PresenceState::Offline, "system"));
        let told = desk.outbox::<PresenceLoggedOut>().await;
        assert_eq!(told.len(), 1, "once");
        assert_eq!((&*told[0].subject, &told[0].team_keys), ("ann", &vec![TEAM.to_owned()]));
        assert_eq!(told[0].assignment_ids, [held[0].id.clone()]);
        let returned = desk.outbox::<AssignmentReturned>().await;
        assert_eq!(returned[0].assignment.as_ref().expect("given").assignee, "ann", "the ticket hears of it");
        let bobs = desk.offered("bob", 2).await;
        assert!(bobs.iter().any(|work| work.id == held[0].id), "at its old place, for who is there");
        minutes(&desk, 600).await;
        let told = desk.outbox::<PresenceLoggedOut>().await;
        assert_eq!(told.iter().filter(|told| told.subject == "ann").count(), 1, "{told:?}");
    }
}

#[tokio::test]
async fn who_reported_why_stays_until_the_time_they_named_and_a_quarter_of_an_hour() {
    for desk in pushing(Team::default(), &["ann"]).await {
        let until = Some(to_proto(START + TimeDelta::minutes(40)));
        let away = SetPresenceRequest { until, ..says(PresenceState::Away, "接待客户") };
        let said = set(&desk, person("ann"), away).await.expect("people say what they do");
        assert!(said.reported && said.changes_at == until);
        minutes(&desk, 39).await;
        assert_eq!(of(&desk, "ann").await.reason, "接待客户");
        minutes(&desk, 1).await;
        let late = of(&desk, "ann").await;
        assert_eq!((late.state(), late.reported, &*late.changed_by), (PresenceState::Away, false, "system"));
        set(&desk, person("ann"), says(PresenceState::Away, "仍在接待")).await.expect("reported anew");
        minutes(&desk, QUARTER).await;
        assert_eq!(of(&desk, "ann").await.state(), PresenceState::Away, "an hour has begun");
        minutes(&desk, 60).await;
        assert_eq!(of(&desk, "ann").await.state(), PresenceState::Offline);
    }
}

#[tokio::test]
async fn a_break_that_lasts_too_long_is_being_away_and_a_lead_may_make_it_longer() {
    for desk in pushing(Team::default(), &["ann", "bob"]).await {
        for who in ["ann", "bob"] {
            desk.is(person(who), PresenceState::Break).await.expect("people say what they do");
        }
        let later = Some(to_proto(START + TimeDelta::minutes(30)));
        let longer = SetPresenceRequest { until: later, ..says(PresenceState::Break, "") };
        let refused = refusal(set(&desk, person("bob"), longer.clone()).await);
        assert_eq!(refused.0, Code::InvalidArgument);
        let allowed = SetPresenceRequest { subject: "bob".into(), ..longer };
        set(&desk, lead(), allowed).await.expect("a lead of the team");
        desk.is(person("bob"), PresenceState::Break).await.expect("the same again changes nothing");
        minutes(&desk, 15).await;
        assert_eq!(of(&desk, "ann").await.state(), PresenceState::Away);
        assert_eq!(of(&desk, "bob").await.state(), PresenceState::Break);
        minutes(&desk, 15).await;
        assert_eq!(of(&desk, "ann").await.state(), PresenceState::Offline);
        assert_eq!(of(&desk, "bob").await.state(), PresenceState::Away);
    }
}

#[tokio::test]
async fn whose_client_falls_silent_is_away_and_who_beats_is_not() {
    for desk in pushing(Team::default(), &["ann", "bob"]).await {
        let beats = |state| SetPresenceRequest {
            heartbeat: Some(Duration { seconds: 30, nanos: 0 }),
            ..says(state, "")
        };
        set(&desk, person("ann"), beats(PresenceState::Ready)).await.expect("people say what they do");
        set(&desk, person("bob"), beats(PresenceState::Training)).await.expect("people say what they do");
        desk.registered([1]).await;
        let lost = desk.offered("ann", 1).await.remove(0);
        for _ in 0..5 {
            desk.pass(25).await;
            beat(&desk, "bob").await.expect("known");
        }
        assert_eq!(of(&desk, "bob").await.state(), PresenceState::Training);
        let ann = of(&desk, "ann").await;
        assert_eq!((ann.state(), &*ann.reason), (PresenceState::Away, "心跳中断"));
        assert!(desk.offers("ann").await.is_empty(), "{lost:?} is for others");
        let since = ann.since.expect("said").seconds - START.timestamp();
        assert_eq!(since, 30, "when it was due, not when it was noticed");
        assert_eq!(refusal(beat(&desk, "carl").await).0, Code::NotFound);
    }
}

#[tokio::test]
async fn what_people_did_is_kept_and_added_up_for_those_in_charge() {
    for desk in pushing(Team::default(), &["ann", "bob"]).await {
        desk.ready("ann").await;
        minutes(&desk, 60).await;
        desk.is(person("ann"), PresenceState::Break).await.expect("people say what they do");
        minutes(&desk, 15).await;
        minutes(&desk, 15).await;
        minutes(&desk, 30).await;
        let own =
            history(&desk, person("ann"), ListPresenceHistoryRequest::default()).await.expect("one's own");
        let stays: Vec<_> = own.stays.iter().map(|stay| (stay.state(), &*stay.begun_by)).collect();
        let expected = [
            (PresenceState::Offline, "system"),
            (PresenceState::Away, "system"),
            (PresenceState::Break, "ann"),
            (PresenceState::Ready, "ann"),
        ];
        assert_eq!(stays, expected);
        assert!(own.stays[0].ended_at.is_none() && own.stays[1].ended_at == own.stays[0].began_at);

        let team =
            || ListPresenceHistoryRequest { team_key: TEAM.into(), page_size: 3, ..Default::default() };
        let first = history(&desk, lead(), team()).await.expect("a lead of the team");
        let rest = ListPresenceHistoryRequest { page_token: first.next_page_token, ..team() };
        let rest = history(&desk, lead(), rest).await.expect("a lead of the team");
        assert_eq!((first.stays.len(), rest.stays.len(), &*rest.next_page_token), (3, 1, ""));
        for stranger in [person("bob"), member("other", "on-site")] {
            assert_eq!(refusal(history(&desk, stranger, team()).await).0, Code::PermissionDenied);
        }

        let ask = SumPresenceRequest { team_key: TEAM.into(), ..SumPresenceRequest::default() };
        let sums = inner(admin().scope(desk.presence.clone().sum_presence(ask)).await).expect("added up");
        let [ann, bob] = &sums.people[..] else { panic!("two people: {sums:?}") };
        let times: Vec<_> =
            ann.times.iter().map(|time| (time.state(), time.seconds / 60, time.times)).collect();
        let expected = [
            (PresenceState::Ready, 60, 1),
            (PresenceState::Break, 15, 1),
            (PresenceState::Away, 15, 1),
            (PresenceState::Offline, 30, 1),
        ];
        assert_eq!(times, expected);
        assert_eq!((ann.went_away, ann.logged_out), (1, 1));
        assert!(bob.times.is_empty() && bob.logged_out == 0);
        assert_eq!(desk.published::<PresenceChanged>().await, 4);
    }
}
