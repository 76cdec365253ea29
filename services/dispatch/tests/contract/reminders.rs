//! Swaps that nobody has taken are reminded of, and leaves that nobody has decided refused (D8).

use hotline_proto::dispatch::v1::{
    GetLeaveRequest, LeaveState, Roster, WithdrawLeaveRequest, WithdrawShiftSwapRequest,
};
use hotline_proto::events::v1::{LeaveDecided, SwapReminded};

use crate::harness::Desk;
use crate::harness::calls::inner;
use crate::harness::duty::{lead, march, on_duty, person, staffed, why};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// Wednesday of the second week, which is bob's.
const WEDNESDAY: (&str, &str) = ("2026-03-11T00:00", "2026-03-12T00:00");

impl Desk {
    /// Returns the hours before the begin of which was reminded so far.
    async fn reminded(&self) -> Vec<i64> {
        let told = self.outbox::<SwapReminded>().await;
        told.iter().filter_map(|told| Some(told.before.as_ref()?.seconds / HOUR)).collect()
    }
}

#[tokio::test]
async fn an_open_swap_is_reminded_of_to_who_could_take_it_in_working_time_until_it_begins() {
    for desk in on_duty().await {
        desk.serves("new", crate::harness::TEAM, "2026-02-20").await;
        let away = desk.asks_leave(person("dan"), ("2026-03-10T00:00", "2026-03-13T00:00")).await;
        desk.approves(lead(), &away.expect("anybody may ask").id, "cyd").await.expect("he has no duty");
        let swap = desk.asks(person("bob"), WEDNESDAY).await.expect("his duty");
        // It begins on Wednesday at eight: a week before is Wednesday at eight, before work begins at nine at the desk.
        desk.pass(DAY + 23 * HOUR - 1).await;
        assert!(desk.reminded().await.is_empty());
        desk.pass(3 * HOUR).await;
        assert_eq!(desk.reminded().await, [168]);
        let told = desk.outbox::<SwapReminded>().await.remove(0);
        assert_eq!((&told.swap_id, &*told.requester), (&swap.id, "bob"));
        assert_eq!(told.to, ["ann", "cyd"], "not who is on leave, too new, or asks");
        for _ in 0..7 {
            desk.pass(DAY).await;
        }
        let told = desk.reminded().await;
        assert!(told.ends_with(&[24]) || told.ends_with(&[12]), "{told:?}");
        let mut once = told.clone();
        once.dedup();
        assert_eq!(once, told, "each once");
        desk.pass(30 * DAY).await;
        assert_eq!(desk.reminded().await, told, "nothing of what has begun");
    }
}

#[tokio::test]
async fn who_was_taken_or_taken_back_is_reminded_of_no_more() {
    for desk in on_duty().await {
        let swap = desk.asks(person("bob"), WEDNESDAY).await.expect("his duty");
        let other = desk.asks(person("cyd"), ("2026-03-18T00:00", "2026-03-19T00:00")).await;
        let other = other.expect("his duty");
        desk.takes(person("dan"), &swap.id).await.expect("dan is free");
        let request = WithdrawShiftSwapRequest { id: other.id, etag: String::new() };
        let taken_back = person("cyd").scope(desk.agreements.clone().withdraw_shift_swap(request)).await;
        inner(taken_back).expect("his own");
        for _ in 0..20 {
            desk.pass(DAY).await;
        }
        assert!(desk.reminded().await.is_empty());
    }
}

#[tokio::test]
async fn a_swap_a_month_ahead_has_all_its_reminders_once_whatever_the_clock_skips() {
    for desk in staffed().await {
        let spring = Roster { last_date: "2026-04-03".into(), ..march(&["ann", "bob", "cyd"]) };
        desk.has_roster(spring).await;
        desk.asks(person("cyd"), ("2026-04-02T00:00", "2026-04-03T00:00")).await.expect_err("it is bob's");
        desk.asks(person("bob"), ("2026-04-02T00:00", "2026-04-03T00:00")).await.expect("his duty");
        for _ in 0..62 {
            desk.pass(12 * HOUR).await;
        }
        let told = desk.reminded().await;
        assert_eq!(told[..6], [28 * 24, 21 * 24, 14 * 24, 7 * 24, 72, 48], "{told:?}");
        assert!(told.len() <= 8, "{told:?}");
    }
}

#[tokio::test]
async fn a_leave_that_nobody_decided_by_the_time_it_begins_is_refused_and_told() {
    for desk in on_duty().await {
        let late = desk.asks_leave(person("ann"), ("2026-03-02T08:00", "2026-03-04T00:00")).await;
        assert_eq!(why(late), "ROSTER_TIME_PAST", "at once");
        let leave = desk.asks_leave(person("ann"), ("2026-03-05T00:00", "2026-03-07T00:00")).await;
        let leave = leave.expect("anybody may ask");
        let taken_back = desk.asks_leave(person("ann"), ("2026-03-05T00:00", "2026-03-06T00:00")).await;
        let taken_back = taken_back.expect("anybody may ask").id;
        let request = WithdrawLeaveRequest { id: taken_back, etag: String::new() };
        inner(person("ann").scope(desk.agreements.clone().withdraw_leave(request)).await).expect("her own");
        let granted = desk.asks_leave(person("cyd"), ("2026-03-05T00:00", "2026-03-06T00:00")).await;
        desk.approves(lead(), &granted.expect("anybody may ask").id, "dan").await.expect("he has no duty");
        desk.pass(2 * DAY + 15 * HOUR - 1).await;
        assert_eq!(desk.published::<LeaveDecided>().await, 1, "that which was granted");
        desk.pass(1).await;
        let request = GetLeaveRequest { id: leave.id.clone() };
        let seen = inner(person("ann").scope(desk.agreements.clone().get_leave(request)).await);
        let seen = seen.expect("her own");
        assert_eq!((seen.state(), &*seen.decided_by), (LeaveState::Rejected, "system"));
        assert!(seen.note.contains("仍未审批"), "{seen:?}");
        let told = desk.outbox::<LeaveDecided>().await;
        assert_eq!((told.len(), &*told[1].decision, &told[1].why), (2, "REJECTED", &seen.note));
        assert_eq!(seen.decided_at.map(|at| at.seconds), Some(1_772_640_000), "when it began");
        assert_eq!(why(desk.approves(lead(), &leave.id, "dan").await), "LEAVE_DECIDED");
        assert_eq!(desk.who("2026-03-05T04:00:00Z").await, "ann", "who stays on duty");
    }
}
