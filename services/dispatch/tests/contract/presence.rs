//! Who says what people do, and who sees it (D6).

use hotline_core::caller::Caller;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{ListPresenceRequest, PresenceState, SetPresenceRequest};
use hotline_proto::events::v1::PresenceChanged;
use tonic::Code;

use crate::harness::calls::{inner, refusal};
use crate::harness::pushing::{person, pushing};
use crate::harness::{OTHER, TEAM, admin, member};

fn lead(team: &str) -> Caller {
    Caller { roles: [Role::TeamLead].into(), ..member("lead", team) }
}

fn of(subject: &str, state: PresenceState) -> SetPresenceRequest {
    SetPresenceRequest {
        subject: subject.into(),
        state: state.into(),
        reason: "代为设置".into(),
        ..SetPresenceRequest::default()
    }
}

#[tokio::test]
async fn who_never_said_anything_is_offline_and_what_changes_is_told_once() {
    for desk in pushing(hotline_proto::dispatch::v1::Team::default(), &["ann", "bob"]).await {
        let present = desk.present().await;
        assert_eq!(present.len(), 2);
        assert!(
            present.iter().all(|person| person.state() == PresenceState::Offline && person.since.is_none())
        );
        desk.ready("ann").await;
        desk.ready("ann").await;
        desk.is(person("ann"), PresenceState::Break).await.expect("people say what they do");
        let told = desk.outbox::<PresenceChanged>().await;
        let steps: Vec<_> = told.iter().map(|step| (&*step.from_state, &*step.state)).collect();
        assert_eq!(steps, [("OFFLINE", "READY"), ("READY", "BREAK")]);
        let present = desk.present().await;
        assert_eq!(present[0].state(), PresenceState::Break);
        assert!(present[0].since.is_some() && present[0].team_keys == [TEAM]);
    }
}

#[tokio::test]
async fn a_lead_says_it_of_the_own_members_and_nobody_of_strangers() {
    for desk in pushing(hotline_proto::dispatch::v1::Team::default(), &["ann"]).await {
        let set = async |caller: Caller, request| {
            inner(caller.scope(desk.presence.clone().set_presence(request)).await)
        };
        let away = of("ann", PresenceState::Away);
        let said = set(lead(TEAM), away.clone()).await.expect("a lead of the team");
        assert_eq!((said.state(), &*said.changed_by), (PresenceState::Away, "lead"));
        set(admin(), of("ann", PresenceState::Offline)).await.expect("those above teams");
        for stranger in [lead(OTHER), person("bob")] {
            assert_eq!(refusal(set(stranger, away.clone()).await).0, Code::PermissionDenied);
        }
        let list = ListPresenceRequest { team_key: TEAM.into() };
        let listed = member("vendor", OTHER).scope(desk.presence.clone().list_presence(list)).await;
        assert_eq!(refusal(inner(listed)).0, Code::PermissionDenied);
        let all = ListPresenceRequest::default();
        let own = member("vendor", OTHER).scope(desk.presence.clone().list_presence(all)).await;
        assert!(inner(own).expect("listed").presence.is_empty(), "nobody of another team");
    }
}
