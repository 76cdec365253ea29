//! A team that pushes, and its people.

use hotline_core::caller::Caller;
use hotline_core::testing::eventually;
use hotline_proto::dispatch::v1::{
    Assignment, CreateMemberRequest, ListAssignmentsRequest, ListOffersRequest, ListPresenceRequest, Member,
    Presence, PresenceState, SetPresenceRequest, Team, TeamMode, UpdateTeamRequest,
};
use tonic::Status;

use super::calls::inner;
use super::{Desk, TEAM, admin, desks, member};

/// Returns desks whose [`TEAM`] pushes, otherwise as `team` says, with these members, none of whom is ready.
pub(crate) async fn pushing(team: Team, members: &[&str]) -> Vec<Desk> {
    let desks = desks().await;
    for desk in &desks {
        desk.change_team(Team { mode: TeamMode::Push.into(), ..team.clone() }).await;
        for subject in members {
            desk.member(Member { subject: (*subject).into(), ..Member::default() }).await;
        }
    }
    desks
}

/// Returns a member of [`TEAM`].
pub(crate) fn person(subject: &str) -> Caller {
    member(subject, TEAM)
}

impl Desk {
    /// Changes what is said of [`TEAM`].
    pub(crate) async fn change_team(&self, team: Team) -> Team {
        let team = Some(Team { key: TEAM.into(), ..team });
        let request = UpdateTeamRequest { team, ..UpdateTeamRequest::default() };
        inner(admin().scope(self.client.clone().update_team(request)).await).expect("the team can be changed")
    }

    /// Adds a member to [`TEAM`].
    pub(crate) async fn member(&self, member: Member) -> Member {
        let member = Member { team_key: TEAM.into(), name: member.subject.clone(), ..member };
        let request = CreateMemberRequest { member: Some(member) };
        inner(admin().scope(self.client.clone().create_member(request)).await).expect("the member is new")
    }

    /// Says what the caller does.
    pub(crate) async fn is(&self, caller: Caller, state: PresenceState) -> Result<Presence, Status> {
        let request = SetPresenceRequest { state: state.into(), ..SetPresenceRequest::default() };
        inner(caller.scope(self.presence.clone().set_presence(request)).await)
    }

    /// Makes somebody ready.
    pub(crate) async fn ready(&self, subject: &str) {
        self.is(person(subject), PresenceState::Ready).await.expect("people say what they do");
    }

    /// Returns what the members of [`TEAM`] do.
    pub(crate) async fn present(&self) -> Vec<Presence> {
        let request = ListPresenceRequest { team_key: TEAM.into() };
        inner(admin().scope(self.presence.clone().list_presence(request)).await).expect("listed").presence
    }

    /// Returns what somebody holds, with the tokens.
    pub(crate) async fn offers(&self, subject: &str) -> Vec<Assignment> {
        let listed = person(subject).scope(self.client.clone().list_offers(ListOffersRequest {})).await;
        inner(listed).expect("listed").assignments
    }

    /// Waits until somebody holds this many pieces of work, and returns them.
    pub(crate) async fn offered(&self, subject: &str, many: usize) -> Vec<Assignment> {
        let what = format!("{subject} holds {many}");
        eventually(&what, async || self.offers(subject).await.len() == many).await;
        self.offers(subject).await
    }

    /// Returns all work there is, newest first.
    pub(crate) async fn all_work(&self) -> Vec<Assignment> {
        let listed =
            admin().scope(self.client.clone().list_assignments(ListAssignmentsRequest::default())).await;
        inner(listed).expect("listed").assignments
    }
}
