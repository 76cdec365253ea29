//! Overrides and swaps (D8).

use hotline_core::caller::Caller;
use hotline_proto::dispatch::v1::{
    DeleteDutyOverrideRequest, GetShiftSwapRequest, ListDutyOverridesRequest, ListShiftSwapsRequest,
    ShiftSource, ShiftSwap, ShiftSwapStatus, WithdrawShiftSwapRequest,
};
use hotline_proto::events::v1::{SwapTaken, SwapUndone};
use tonic::{Code, Status};

use crate::harness::calls::{inner, refusal};
use crate::harness::duty::{lead, on_duty, person, why};
use crate::harness::{Desk, OTHER, TEAM, member};

/// Saturday of ann's week.
const SATURDAY: (&str, &str) = ("2026-03-07T00:00", "2026-03-08T00:00");
const NOON: &str = "2026-03-07T04:00:00Z";

async fn withdraw(desk: &Desk, caller: Caller, id: &str) -> Result<ShiftSwap, Status> {
    let request = WithdrawShiftSwapRequest { id: id.into(), etag: String::new() };
    inner(caller.scope(desk.agreements.clone().withdraw_shift_swap(request)).await)
}

async fn get(desk: &Desk, caller: Caller, id: &str) -> Result<ShiftSwap, Status> {
    let request = GetShiftSwapRequest { id: id.into() };
    inner(caller.scope(desk.agreements.clone().get_shift_swap(request)).await)
}

#[tokio::test]
async fn a_swap_is_agreed_by_both_told_to_the_lead_and_undone() {
    for desk in on_duty().await {
        let swap = desk.asks(person("ann"), SATURDAY).await.expect("her duty");
        assert_eq!((swap.status(), &*swap.requester), (ShiftSwapStatus::Open, "ann"));
        assert_eq!(swap.begins_at.map(|at| at.seconds), Some(1_772_845_200), "nine o'clock");
        assert_eq!(why(desk.takes(person("ann"), &swap.id).await), "OWN_SWAP");
        assert_eq!(why(desk.takes(person("zoe"), &swap.id).await), "NOT_A_MEMBER");
        assert_eq!(refusal(desk.takes(member("eve", OTHER), &swap.id).await).0, Code::PermissionDenied);
        assert_eq!(desk.who(NOON).await, "ann", "nothing has changed");
        let taken = desk.takes(person("dan"), &swap.id).await.expect("dan is free");
        assert_eq!((taken.status(), &*taken.taken_by), (ShiftSwapStatus::Taken, "dan"));
        let shift = desk.duty_at(NOON).await.current.expect("duty");
        assert_eq!((&*shift.subject, shift.source(), &shift.source_id), ("dan", ShiftSource::Swap, &swap.id));
        let told = desk.outbox::<SwapTaken>().await;
        assert_eq!((&*told[0].requester, &*told[0].taken_by, &*told[0].team_key), ("ann", "dan", TEAM));
        assert_eq!(why(desk.takes(person("bob"), &swap.id).await), "SWAP_CLOSED");
        assert_eq!(refusal(withdraw(&desk, person("bob"), &swap.id).await).0, Code::PermissionDenied);
        let undone = withdraw(&desk, person("dan"), &swap.id).await.expect("who took it");
        assert_eq!((undone.status(), &*undone.withdrawn_by), (ShiftSwapStatus::Deleted, "dan"));
        assert_eq!(desk.who(NOON).await, "ann");
        assert_eq!(desk.outbox::<SwapUndone>().await.len(), 1);
        assert_eq!(why(withdraw(&desk, person("ann"), &swap.id).await), "SWAP_CLOSED");
    }
}

#[tokio::test]
async fn nobody_takes_what_has_begun_and_the_original_stays() {
    for desk in on_duty().await {
        let swap = desk.asks(person("ann"), SATURDAY).await.expect("her duty");
        desk.pass(5 * 24 * 3600 + 60).await;
        let seen = get(&desk, person("dan"), &swap.id).await.expect("a member reads");
        assert_eq!(seen.status(), ShiftSwapStatus::PastDue);
        assert_eq!(why(desk.takes(person("dan"), &swap.id).await), "SWAP_CLOSED");
        assert_eq!(desk.who(NOON).await, "ann");
        assert_eq!(why(desk.asks(person("ann"), SATURDAY).await), "ROSTER_TIME_PAST");
        let withdrawn = withdraw(&desk, person("ann"), &swap.id).await.expect("it changes nothing");
        assert_eq!(withdrawn.status(), ShiftSwapStatus::Deleted);
        assert_eq!(desk.published::<SwapUndone>().await, 0);
    }
}

#[tokio::test]
async fn one_asks_for_the_own_duty_and_a_lead_for_members() {
    for desk in on_duty().await {
        assert_eq!(why(desk.asks(person("bob"), SATURDAY).await), "NOT_THEIR_DUTY");
        let night = ("2026-03-07T21:00", "2026-03-08T06:00");
        assert_eq!(why(desk.asks(person("ann"), night).await), "NO_DUTY");
        let backwards = desk.asks(person("ann"), (SATURDAY.1, SATURDAY.0)).await;
        assert_eq!(refusal(backwards).0, Code::InvalidArgument);
        let foreign = desk.asks(member("eve", OTHER), SATURDAY).await;
        assert_eq!(refusal(foreign).0, Code::PermissionDenied);
        let swap = desk.asks(person("ann"), SATURDAY).await.expect("her duty");
        let list = async |caller: Caller, requester: &str| {
            let request =
                ListShiftSwapsRequest { requester: requester.into(), ..ListShiftSwapsRequest::default() };
            inner(caller.scope(desk.agreements.clone().list_shift_swaps(request)).await)
                .expect("listed")
                .swaps
        };
        assert_eq!(list(person("bob"), "").await[0].id, swap.id);
        assert!(list(person("bob"), "bob").await.is_empty());
        assert!(list(member("eve", OTHER), "").await.is_empty());
    }
}

#[tokio::test]
async fn an_override_puts_somebody_on_by_name_and_gives_way_to_a_swap() {
    for desk in on_duty().await {
        assert_eq!(refusal(desk.puts_on(person("bob"), "bob", SATURDAY).await).0, Code::PermissionDenied);
        assert_eq!(why(desk.puts_on(lead(), "zoe", SATURDAY).await), "NOT_A_MEMBER");
        let put = desk.puts_on(lead(), "dan", SATURDAY).await.expect("dan is free");
        let shift = desk.duty_at(NOON).await.current.expect("duty");
        assert_eq!((&*shift.subject, shift.source()), ("dan", ShiftSource::Override));
        let swap = desk.asks(person("dan"), SATURDAY).await.expect("his duty now");
        desk.takes(person("bob"), &swap.id).await.expect("bob is free");
        assert_eq!(why(desk.puts_on(lead(), "cyd", SATURDAY).await), "SWAP_AGREED");
        withdraw(&desk, lead(), &swap.id).await.expect("a lead may");
        let all = ListDutyOverridesRequest { team_key: TEAM.into(), ..ListDutyOverridesRequest::default() };
        let all = inner(person("ann").scope(desk.agreements.clone().list_duty_overrides(all)).await);
        assert_eq!(all.expect("listed").duty_overrides.len(), 1);
        let delete = DeleteDutyOverrideRequest { id: put.id };
        lead().scope(desk.agreements.clone().delete_duty_override(delete.clone())).await.expect("it goes");
        assert_eq!(desk.who(NOON).await, "ann");
        let again = lead().scope(desk.agreements.clone().delete_duty_override(delete)).await;
        assert_eq!(refusal(again).0, Code::NotFound);
    }
}

#[tokio::test]
async fn of_two_who_take_at_once_one_has_it() {
    for desk in on_duty().await {
        let swap = desk.asks(person("ann"), SATURDAY).await.expect("her duty");
        let (bob, dan) =
            tokio::join!(desk.takes(person("bob"), &swap.id), desk.takes(person("dan"), &swap.id));
        assert_eq!(usize::from(bob.is_ok()) + usize::from(dan.is_ok()), 1, "{bob:?} {dan:?}");
        assert_eq!(desk.published::<SwapTaken>().await, 1);
    }
}
