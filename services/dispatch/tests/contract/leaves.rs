//! Leave: approval, and a cover by name (D8).

use hotline_core::caller::Caller;
use hotline_proto::dispatch::v1::{
    GetLeaveRequest, Leave, LeaveState, ListLeavesRequest, RejectLeaveRequest, Roster, ShiftSource,
    WithdrawLeaveRequest,
};
use hotline_proto::events::v1::LeaveDecided;
use tonic::{Code, Status};

use crate::harness::calls::{inner, refusal};
use crate::harness::duty::{lead, march, on_duty, person, why};
use crate::harness::{Desk, OTHER, admin, member};

/// The rest of ann's week, and half of bob's.
const DAYS: (&str, &str) = ("2026-03-05T00:00", "2026-03-12T00:00");
const NOON: &str = "2026-03-07T04:00:00Z";

async fn withdraw(desk: &Desk, caller: Caller, id: &str) -> Result<Leave, Status> {
    let request = WithdrawLeaveRequest { id: id.into(), etag: String::new() };
    inner(caller.scope(desk.agreements.clone().withdraw_leave(request)).await)
}

async fn reject(desk: &Desk, caller: Caller, id: &str) -> Result<Leave, Status> {
    let request = RejectLeaveRequest { id: id.into(), note: "人手不足".into(), etag: String::new() };
    inner(caller.scope(desk.agreements.clone().reject_leave(request)).await)
}

async fn get(desk: &Desk, caller: Caller, id: &str) -> Result<Leave, Status> {
    let request = GetLeaveRequest { id: id.into() };
    inner(caller.scope(desk.agreements.clone().get_leave(request)).await)
}

#[tokio::test]
async fn leave_needs_the_leads_approval_and_a_cover_by_name() {
    for desk in on_duty().await {
        let leave = desk.asks_leave(person("ann"), DAYS).await.expect("anybody may ask");
        assert_eq!((leave.state(), &*leave.subject), (LeaveState::Requested, "ann"));
        assert_eq!(desk.who(NOON).await, "ann", "nobody has decided yet");
        assert_eq!(refusal(desk.approves(person("bob"), &leave.id, "dan").await).0, Code::PermissionDenied);
        let nobody = desk.approves(lead(), &leave.id, "").await.expect_err("a cover is needed");
        assert!(nobody.message().starts_with("`cover`"), "{nobody}");
        assert_eq!(why(desk.approves(lead(), &leave.id, "ann").await), "OWN_COVER");
        assert_eq!(why(desk.approves(lead(), &leave.id, "zoe").await), "NOT_A_MEMBER");
        assert_eq!(desk.who(NOON).await, "ann", "nothing has changed");
        let granted = desk.approves(lead(), &leave.id, "dan").await.expect("dan is free");
        assert_eq!((granted.state(), &*granted.cover), (LeaveState::Approved, "dan"));
        let shift = desk.duty_at(NOON).await.current.expect("duty");
        assert_eq!(
            (&*shift.subject, shift.source(), &shift.source_id),
            ("dan", ShiftSource::Leave, &leave.id)
        );
        assert_eq!(desk.who("2026-03-10T04:00:00Z").await, "bob", "whose turn it is");
        let told = desk.outbox::<LeaveDecided>().await;
        assert_eq!((&*told[0].decision, &*told[0].cover, &*told[0].decided_by), ("APPROVED", "dan", "lead"));
        assert_eq!(why(desk.approves(lead(), &leave.id, "cyd").await), "LEAVE_DECIDED");
        let back = withdraw(&desk, person("ann"), &leave.id).await.expect("it has not begun");
        assert_eq!(back.state(), LeaveState::Withdrawn);
        assert_eq!(desk.who(NOON).await, "ann");
        assert_eq!(desk.outbox::<LeaveDecided>().await.len(), 2);
    }
}

#[tokio::test]
async fn a_gap_or_a_cover_in_two_places_is_refused_saying_why() {
    for desk in on_duty().await {
        let away = desk.asks_leave(person("dan"), DAYS).await.expect("anybody may ask");
        desk.approves(lead(), &away.id, "cyd").await.expect("he has no duty");
        let leave = desk.asks_leave(person("ann"), DAYS).await.expect("anybody may ask");
        let gap = desk.approves(lead(), &leave.id, "dan").await.expect_err("dan is away");
        let said = "nobody would be on duty for `second-line` from 2026-03-05 08:00 to 2026-03-05 21:00";
        assert!(gap.message().starts_with(said), "{gap}");
        assert_eq!(why::<Leave>(Err(gap)), "ROSTER_GAP");
        desk.serves("bob", OTHER, "2020-01-01").await;
        let first = "2026-03-02".to_owned();
        let other = Roster {
            team_key: OTHER.into(),
            first_date: first,
            last_date: "2026-03-08".into(),
            ..march(&["bob"])
        };
        let other = desk.makes_roster(admin(), other).await.expect("a draft");
        desk.publishes(admin(), &other.id).await.expect("bob is free that week");
        assert_eq!(why(desk.approves(lead(), &leave.id, "bob").await), "ROSTER_TWICE");
        let swap =
            desk.asks(person("ann"), ("2026-03-07T00:00", "2026-03-08T00:00")).await.expect("her duty");
        assert_eq!(why(desk.takes(person("bob"), &swap.id).await), "ROSTER_TWICE");
        assert_eq!(why(desk.takes(person("dan"), &swap.id).await), "ROSTER_GAP");
        assert_eq!(desk.who(NOON).await, "ann");
        desk.approves(lead(), &leave.id, "cyd").await.expect("cyd is free");
        assert_eq!(desk.who(NOON).await, "cyd");
    }
}

#[tokio::test]
async fn a_refusal_says_why_and_nobody_decides_about_their_own() {
    for desk in on_duty().await {
        desk.serves("lead", crate::harness::TEAM, "2020-01-01").await;
        let own = desk.asks_leave(lead(), DAYS).await.expect("anybody may ask");
        assert_eq!(refusal(desk.approves(lead(), &own.id, "dan").await).0, Code::PermissionDenied);
        desk.approves(admin(), &own.id, "dan").await.expect("somebody else may");
        let leave = desk.asks_leave(person("ann"), DAYS).await.expect("anybody may ask");
        let refused = reject(&desk, lead(), &leave.id).await.expect("a lead decides");
        assert_eq!((refused.state(), &*refused.note), (LeaveState::Rejected, "人手不足"));
        assert_eq!(why(reject(&desk, lead(), &leave.id).await), "LEAVE_DECIDED");
        assert_eq!(why(withdraw(&desk, person("ann"), &leave.id).await), "LEAVE_DECIDED");
        let begun = desk.asks_leave(person("ann"), ("2026-03-01T00:00", "2026-03-04T00:00")).await;
        assert_eq!(why(begun), "ROSTER_TIME_PAST");
    }
}

#[tokio::test]
async fn why_somebody_goes_is_for_those_who_have_a_part_in_it() {
    for desk in on_duty().await {
        let leave = desk.asks_leave(person("ann"), DAYS).await.expect("anybody may ask");
        assert_eq!(get(&desk, person("ann"), &leave.id).await.expect("her own").reason, "探亲");
        assert_eq!(get(&desk, lead(), &leave.id).await.expect("a lead").reason, "探亲");
        assert_eq!(refusal(get(&desk, person("bob"), &leave.id).await).0, Code::NotFound);
        let list = async |caller: Caller| {
            let all = ListLeavesRequest::default();
            inner(caller.scope(desk.agreements.clone().list_leaves(all)).await).expect("listed").leaves.len()
        };
        assert_eq!((list(person("ann")).await, list(person("bob")).await, list(lead()).await), (1, 0, 1));
        assert_eq!(list(member("eve", OTHER)).await, 0);
        desk.approves(lead(), &leave.id, "dan").await.expect("dan is free");
        assert_eq!(list(person("dan")).await, 1, "who covers");
        assert_eq!(refusal(withdraw(&desk, person("dan"), &leave.id).await).0, Code::PermissionDenied);
        let foreign = desk.asks_leave(member("eve", OTHER), DAYS).await;
        assert_eq!(refusal(foreign).0, Code::PermissionDenied);
    }
}
