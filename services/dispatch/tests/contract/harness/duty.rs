//! A team with a roster, and what its people ask and decide.

use hotline_core::caller::Caller;
use hotline_core::error::reason_of;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{
    ApproveLeaveRequest, CreateDutyOverrideRequest, CreateLeaveRequest, CreateMemberRequest,
    CreateRosterRequest, CreateShiftSwapRequest, Duty, DutyOverride, GetDutyRequest, Leave, Member,
    PublishRosterRequest, Roster, ShiftSwap, TakeShiftSwapRequest,
};
use tonic::Status;

use super::calls::inner;
use super::{Desk, TEAM, admin, desks, member};

/// The people of [`TEAM`] who may be on duty.
pub(crate) const PEOPLE: [&str; 4] = ["ann", "bob", "cyd", "dan"];

/// The lead of [`TEAM`].
pub(crate) fn lead() -> Caller {
    Caller { roles: [Role::TeamLead].into(), ..member("lead", TEAM) }
}

/// Somebody of [`TEAM`].
pub(crate) fn person(subject: &str) -> Caller {
    member(subject, TEAM)
}

/// Four weeks from the Monday on which tests begin, `turns` in turn.
pub(crate) fn march(turns: &[&str]) -> Roster {
    Roster {
        team_key: TEAM.into(),
        first_date: "2026-03-02".into(),
        last_date: "2026-03-29".into(),
        turns: turns.iter().map(|subject| (*subject).into()).collect(),
        ..Roster::default()
    }
}

/// Returns desks whose [`TEAM`] has [`PEOPLE`], long in service, and nothing else.
pub(crate) async fn staffed() -> Vec<Desk> {
    let desks = desks().await;
    for desk in &desks {
        for subject in PEOPLE {
            desk.serves(subject, TEAM, "2020-01-01").await;
        }
    }
    desks
}

/// Returns desks as [`staffed`] with a published roster: ann, bob, cyd in turn.
pub(crate) async fn on_duty() -> Vec<Desk> {
    let desks = staffed().await;
    for desk in &desks {
        desk.has_roster(march(&["ann", "bob", "cyd"])).await;
    }
    desks
}

impl Desk {
    /// Adds a member who serves since a date.
    pub(crate) async fn serves(&self, subject: &str, team: &str, since: &str) {
        let mut client = self.client.clone();
        let member = Member {
            team_key: team.into(),
            subject: subject.into(),
            name: subject.to_uppercase(),
            in_service_since: since.into(),
            ..Member::default()
        };
        admin()
            .scope(client.create_member(CreateMemberRequest { member: Some(member) }))
            .await
            .expect("is new");
    }

    pub(crate) async fn makes_roster(&self, caller: Caller, roster: Roster) -> Result<Roster, Status> {
        let mut client = self.rosters.clone();
        inner(caller.scope(client.create_roster(CreateRosterRequest { roster: Some(roster) })).await)
    }

    pub(crate) async fn publishes(&self, caller: Caller, id: &str) -> Result<Roster, Status> {
        let request = PublishRosterRequest { id: id.into(), etag: String::new() };
        inner(caller.scope(self.rosters.clone().publish_roster(request)).await)
    }

    /// Makes a roster and publishes it.
    pub(crate) async fn has_roster(&self, roster: Roster) -> Roster {
        let made = self.makes_roster(lead(), roster).await.expect("a draft");
        self.publishes(lead(), &made.id).await.expect("nothing is wrong with it")
    }

    /// Returns who is on duty at an instant, and who is next.
    pub(crate) async fn duty_at(&self, at: &str) -> Duty {
        let at = at.parse().expect("a time");
        let request = GetDutyRequest { team_key: TEAM.into(), at: Some(hotline_core::time::to_proto(at)) };
        inner(person("ann").scope(self.rosters.clone().get_duty(request)).await).expect("a member may ask")
    }

    /// Returns the person on duty at an instant; nobody is empty.
    pub(crate) async fn who(&self, at: &str) -> String {
        self.duty_at(at).await.current.map(|shift| shift.subject).unwrap_or_default()
    }

    pub(crate) async fn puts_on(
        &self,
        caller: Caller,
        who: &str,
        times: (&str, &str),
    ) -> Result<DutyOverride, Status> {
        let duty_override = DutyOverride {
            team_key: TEAM.into(),
            from: times.0.into(),
            to: times.1.into(),
            subject: who.into(),
            ..DutyOverride::default()
        };
        let request = CreateDutyOverrideRequest { duty_override: Some(duty_override) };
        inner(caller.scope(self.agreements.clone().create_duty_override(request)).await)
    }

    pub(crate) async fn asks(&self, caller: Caller, times: (&str, &str)) -> Result<ShiftSwap, Status> {
        let swap = ShiftSwap {
            team_key: TEAM.into(),
            from: times.0.into(),
            to: times.1.into(),
            reason: "家里有事".into(),
            ..ShiftSwap::default()
        };
        let request = CreateShiftSwapRequest { swap: Some(swap) };
        inner(caller.scope(self.agreements.clone().create_shift_swap(request)).await)
    }

    pub(crate) async fn takes(&self, caller: Caller, swap: &str) -> Result<ShiftSwap, Status> {
        let request = TakeShiftSwapRequest { id: swap.into(), etag: String::new() };
        inner(caller.scope(self.agreements.clone().take_shift_swap(request)).await)
    }

    pub(crate) async fn asks_leave(&self, caller: Caller, times: (&str, &str)) -> Result<Leave, Status> {
        let leave = Leave {
            team_key: TEAM.into(),
            from: times.0.into(),
            to: times.1.into(),
            reason: "探亲".into(),
            ..Leave::default()
        };
        let request = CreateLeaveRequest { leave: Some(leave) };
        inner(caller.scope(self.agreements.clone().create_leave(request)).await)
    }

    pub(crate) async fn approves(&self, caller: Caller, leave: &str, cover: &str) -> Result<Leave, Status> {
        let request =
            ApproveLeaveRequest { id: leave.into(), cover: cover.into(), ..ApproveLeaveRequest::default() };
        inner(caller.scope(self.agreements.clone().approve_leave(request)).await)
    }
}

/// Returns why a call was refused.
pub(crate) fn why<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    reason_of(&answer.expect_err("the call is refused"))
}
