//! Teams and their members (D1).

use hotline_core::caller::Caller;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{
    CreateMemberRequest, CreateTeamRequest, DeleteMemberRequest, GetTeamRequest, ListMembersRequest,
    ListTeamsRequest, Member, Team, TeamKind, UpdateMemberRequest, UpdateTeamRequest,
};
use prost_types::FieldMask;
use tonic::{Code, Status};

use crate::harness::calls::{inner, refusal};
use crate::harness::{Desk, OTHER, TEAM, admin, desks, engineer, keyed, member, ticket_id};

fn lead(team: &str) -> Caller {
    Caller { roles: [Role::TeamLead].into(), ..member("lead", team) }
}

async fn add(desk: &Desk, caller: Caller, subject: &str, team: &str) -> Result<Member, Status> {
    let member = Member { subject: subject.into(), team_key: team.into(), ..Member::default() };
    let mut client = desk.client.clone();
    inner(caller.scope(client.create_member(CreateMemberRequest { member: Some(member) })).await)
}

async fn create(desk: &Desk, team: Team) -> Result<Team, Status> {
    let mut client = desk.client.clone();
    inner(admin().scope(client.create_team(CreateTeamRequest { team: Some(team) })).await)
}

async fn get(desk: &Desk, id: &str) -> Result<Team, Status> {
    let mut client = desk.client.clone();
    inner(engineer().scope(client.get_team(GetTeamRequest { id: id.into() })).await)
}

#[tokio::test]
async fn the_first_start_makes_the_first_line() {
    for desk in desks().await {
        let team = get(&desk, "first-line").await.expect("there from the start");
        assert_eq!((team.name_zh.as_str(), team.kind()), ("一线客服", TeamKind::FirstLine));
    }
}

#[tokio::test]
async fn a_team_is_found_by_key_and_by_id() {
    for desk in desks().await {
        let by_key = get(&desk, TEAM).await.expect("by key");
        assert_eq!(get(&desk, &by_key.id).await.expect("by id"), by_key);
        assert_eq!(refusal(get(&desk, "no-such-team").await).0, Code::NotFound);
        assert_eq!(refusal(get(&desk, &ticket_id(1)).await).0, Code::NotFound);
    }
}

#[tokio::test]
async fn a_key_is_given_once_and_a_team_has_a_kind() {
    for desk in desks().await {
        let team = |key: &str, kind: TeamKind| Team { key: key.into(), kind: kind.into(), ..Team::default() };
        let twice = create(&desk, team(TEAM, TeamKind::Expert)).await;
        assert_eq!(refusal(twice), (Code::AlreadyExists, "TEAM_KEY_TAKEN".into()));
        for wrong in
            [team("", TeamKind::Expert), team("x1", TeamKind::Unspecified), team("X Y", TeamKind::Expert)]
        {
            assert_eq!(
                refusal(create(&desk, wrong).await),
                (Code::InvalidArgument, "INVALID_REQUEST".into())
            );
        }
    }
}

#[tokio::test]
async fn only_what_the_mask_names_changes_and_stale_changes_are_refused() {
    for desk in desks().await {
        let before = get(&desk, TEAM).await.expect("there");
        let update = |paths: &[&str], etag: &str| UpdateTeamRequest {
            team: Some(Team {
                id: TEAM.into(),
                name_en: "Network".into(),
                capacity: 3,
                regions: vec!["曲江一期".into()],
                ..Team::default()
            }),
            update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).into()).collect() }),
            etag: etag.into(),
        };
        let mut client = desk.client.clone();
        let changed = admin().scope(client.update_team(update(&["name_en", "regions"], &before.etag))).await;
        let changed = inner(changed).expect("changes");
        let expected = Team {
            name_en: "Network".into(),
            regions: vec!["曲江一期".into()],
            etag: changed.etag.clone(),
            ..before.clone()
        };
        assert_eq!(changed, expected);
        let stale = admin().scope(client.update_team(update(&["capacity"], &before.etag))).await;
        assert_eq!(refusal(stale), (Code::Aborted, "ETAG_MISMATCH".into()));
        let fixed = admin().scope(client.update_team(update(&["key"], ""))).await;
        assert_eq!(refusal(fixed).1, "UPDATE_MASK_INVALID");
    }
}

#[tokio::test]
async fn teams_are_listed_newest_first_without_gaps() {
    for desk in desks().await {
        let mut client = desk.client.clone();
        let (mut keys, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListTeamsRequest { page_size: 1, page_token };
            let page = inner(engineer().scope(client.list_teams(request)).await).expect("lists");
            keys.extend(page.teams.into_iter().map(|team| team.key));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(keys, [OTHER, TEAM, "first-line"]);
    }
}

#[tokio::test]
async fn a_member_claims_and_one_who_left_does_not() {
    for desk in desks().await {
        desk.registered(1..=2).await;
        let newcomer =
            || Caller { subject: "newcomer".into(), roles: [Role::Engineer].into(), ..Caller::default() };
        let added = add(&desk, admin(), "newcomer", TEAM).await.expect("joins");
        let held = desk.claims_one(newcomer()).await;
        let mut client = desk.client.clone();
        let delete = DeleteMemberRequest { id: added.id, etag: added.etag };
        admin().scope(client.delete_member(keyed(delete, "k1"))).await.expect("leaves");
        let request = crate::harness::calls::claim_of(1, 0);
        let refused = crate::harness::calls::claim(&desk.client, newcomer(), request).await;
        assert_eq!(refusal(refused).0, Code::PermissionDenied);
        desk.accept(newcomer(), &held).await.expect("what they hold stays with them");
        desk.complete(newcomer(), &held).await.expect("until it is done");
    }
}

#[tokio::test]
async fn a_lead_staffs_the_own_team_only() {
    for desk in desks().await {
        let joined = add(&desk, lead(TEAM), "a", TEAM).await.expect("joins");
        assert_eq!(refusal(add(&desk, lead(TEAM), "a", OTHER).await).0, Code::PermissionDenied);
        assert_eq!(
            refusal(add(&desk, lead(TEAM), "a", TEAM).await),
            (Code::AlreadyExists, "MEMBER_EXISTS".into())
        );
        let mut client = desk.client.clone();
        let update = UpdateMemberRequest {
            member: Some(Member { id: joined.id, capacity: 2, ..Member::default() }),
            ..UpdateMemberRequest::default()
        };
        let refused = lead(OTHER).scope(client.update_member(update.clone())).await;
        assert_eq!(refusal(refused).0, Code::PermissionDenied);
        let changed = inner(lead(TEAM).scope(client.update_member(update)).await).expect("changes");
        assert_eq!(changed.capacity, 2);
    }
}

#[tokio::test]
async fn members_are_listed_by_team_and_by_person() {
    for desk in desks().await {
        for (subject, team) in [("a", TEAM), ("b", TEAM), ("a", OTHER)] {
            add(&desk, admin(), subject, team).await.expect("joins");
        }
        let mut client = desk.client.clone();
        let mut list = async |team: &str, subject: &str| {
            let request = ListMembersRequest {
                team_key: team.into(),
                subject: subject.into(),
                ..ListMembersRequest::default()
            };
            let listed = inner(engineer().scope(client.list_members(request)).await).expect("lists");
            listed.members.into_iter().map(|member| (member.subject, member.team_key)).collect::<Vec<_>>()
        };
        let pair = |subject: &str, team: &str| (subject.to_owned(), team.to_owned());
        let id = get(&desk, TEAM).await.expect("there").id;
        assert_eq!(list(TEAM, "").await, [pair("b", TEAM), pair("a", TEAM)]);
        assert_eq!(list(&id, "").await, [pair("b", TEAM), pair("a", TEAM)]);
        assert_eq!(list("", "a").await, [pair("a", OTHER), pair("a", TEAM)]);
        assert_eq!(list(TEAM, "a").await, [pair("a", TEAM)]);
    }
}
