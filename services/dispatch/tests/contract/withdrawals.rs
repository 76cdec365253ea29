//! What is published is taken back while nobody depends on it, and nobody leaves a team whose duty is theirs (D7, D8).

use hotline_core::caller::Caller;
use hotline_proto::dispatch::v1::{
    DeleteDutyOverrideRequest, DeleteMemberRequest, ListMembersRequest, Roster, RosterState,
    WithdrawLeaveRequest, WithdrawRosterRequest, WithdrawShiftSwapRequest,
};
use hotline_proto::events::v1::RosterWithdrawn;
use tonic::{Code, Status};

use crate::harness::calls::{inner, refusal};
use crate::harness::duty::{lead, march, on_duty, person, staffed, why};
use crate::harness::{Desk, OTHER, TEAM, admin};

impl Desk {
    async fn withdraws(&self, caller: Caller, id: &str) -> Result<Roster, Status> {
        let request =
            WithdrawRosterRequest { id: id.into(), reason: "人员调整".into(), etag: String::new() };
        inner(caller.scope(self.rosters.clone().withdraw_roster(request)).await)
    }

    async fn dismisses(&self, subject: &str) -> Result<(), Status> {
        let request = ListMembersRequest { subject: subject.into(), ..ListMembersRequest::default() };
        let found = inner(admin().scope(self.client.clone().list_members(request)).await).expect("listed");
        let id = found.members.iter().find(|member| member.team_key == TEAM).expect("a member").id.clone();
        let request = DeleteMemberRequest { id, etag: String::new() };
        inner(admin().scope(self.client.clone().delete_member(request)).await)
    }
}

/// The week after next, and the one after it.
fn next_month() -> Roster {
    Roster { first_date: "2026-03-16".into(), ..march(&["ann", "bob"]) }
}

#[tokio::test]
async fn a_roster_that_has_not_begun_is_a_draft_again_changed_and_published_anew() {
    for desk in staffed().await {
        let published = desk.has_roster(next_month()).await;
        assert_eq!(desk.who("2026-03-18T04:00:00Z").await, "ann");
        assert_eq!(refusal(desk.withdraws(person("ann"), &published.id).await).0, Code::PermissionDenied);
        let draft = desk.withdraws(lead(), &published.id).await.expect("it has not begun");
        assert_eq!((draft.state(), &*draft.published_by), (RosterState::Draft, ""));
        assert_eq!(desk.who("2026-03-18T04:00:00Z").await, "");
        let told = desk.outbox::<RosterWithdrawn>().await;
        assert_eq!((&*told[0].withdrawn_by, &*told[0].reason), ("lead", "人员调整"));
        assert_eq!(told[0].turns, ["ann", "bob"]);
        assert_eq!(why(desk.withdraws(lead(), &published.id).await), "ROSTER_DRAFT");
        desk.publishes(lead(), &published.id).await.expect("nothing is wrong with it");
        desk.pass(14 * 24 * 3600).await;
        assert_eq!(why(desk.withdraws(lead(), &published.id).await), "ROSTER_BEGUN", "an hour ago");
    }
}

#[tokio::test]
async fn what_stands_on_a_roster_is_taken_back_first_and_named() {
    for desk in staffed().await {
        let roster = desk.has_roster(next_month()).await;
        let day = ("2026-03-18T00:00", "2026-03-19T00:00");
        let refused = async |what: &str| {
            let refused = desk.withdraws(lead(), &roster.id).await.expect_err("something stands on it");
            let said = format!("{what} of `ann` from 2026-03-18 00:00 to 2026-03-19 00:00 (Asia/Shanghai)");
            assert!(refused.message().contains(&said), "{refused}");
            assert_eq!(why::<Roster>(Err(refused)), "ROSTER_STOOD_ON");
        };
        let swap = desk.asks(person("ann"), day).await.expect("her duty");
        refused("the swap").await;
        let request = WithdrawShiftSwapRequest { id: swap.id, etag: String::new() };
        lead().scope(desk.agreements.clone().withdraw_shift_swap(request)).await.expect("a lead may");
        let put = desk.puts_on(lead(), "ann", day).await.expect("her duty anyway");
        refused("the override").await;
        let request = DeleteDutyOverrideRequest { id: put.id };
        lead().scope(desk.agreements.clone().delete_duty_override(request)).await.expect("it goes");
        let leave = desk.asks_leave(person("ann"), day).await.expect("anybody may ask");
        desk.approves(lead(), &leave.id, "cyd").await.expect("cyd is free");
        desk.withdraws(lead(), &roster.id).await.expect_err("cyd covers ann");
        let request = WithdrawLeaveRequest { id: leave.id, etag: String::new() };
        lead().scope(desk.agreements.clone().withdraw_leave(request)).await.expect("it has not begun");
        desk.withdraws(lead(), &roster.id).await.expect("nothing stands on it");
    }
}

#[tokio::test]
async fn nobody_leaves_a_team_whose_duty_is_theirs_and_the_shifts_are_named() {
    for desk in on_duty().await {
        let refused = desk.dismisses("cyd").await.expect_err("the third week is hers");
        let said = "`cyd` is on duty for `second-line` on 2026-03-16 08:00-21:00, 2026-03-17 08:00-21:00";
        assert!(refused.message().starts_with(said), "{refused}");
        assert!(refused.message().contains("and 2 more times"), "{refused}");
        assert_eq!(why::<()>(Err(refused)), "MEMBER_ON_DUTY");
        desk.dismisses("dan").await.expect("dan is on no roster");
        desk.puts_on(lead(), "bob", ("2026-03-16T00:00", "2026-03-23T00:00")).await.expect("bob is free");
        desk.dismisses("cyd").await.expect("others have it all");
        assert_eq!(desk.who("2026-03-18T04:00:00Z").await, "bob");
        // What is over does not hold anybody.
        desk.serves("eve", OTHER, "2020-01-01").await;
        desk.pass(27 * 24 * 3600 + 13 * 3600).await;
        desk.dismisses("bob").await.expect("the roster has ended");
    }
}
