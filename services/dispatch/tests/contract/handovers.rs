//! Hand-over notes: to whom, with what, read by whom, and made where nobody wrote them (D9).

use hotline_proto::customers::v1::ContractStatus;
use hotline_proto::dispatch::v1::{
    AgreeRemoteDutyLogRequest, CreateDutyLogRequest, DutyContract, DutyLogState, SolveDutyLogRequest,
    StartEmergencyDutyLogRequest,
};
use hotline_proto::events::v1::{HandoverAcknowledged, HandoverUnread, HandoverWritten};
use tonic::Code;

use crate::harness::calls::{inner, refusal};
use crate::harness::duty::{lead, on_duty, person, staffed, why};
use crate::harness::nights::{PHONE, call, instant, plan};
use crate::harness::{Desk, OTHER, member};

const CUSTOMER: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn solves(desk: &Desk, id: &str) {
    let request =
        SolveDutyLogRequest { id: id.into(), solution: "好了".into(), ..SolveDutyLogRequest::default() };
    inner(person("ann").scope(desk.logs().solve_duty_log(request)).await).expect("solved");
}

#[tokio::test]
async fn who_goes_hands_over_all_that_is_open_to_who_comes() {
    for desk in on_duty().await {
        desk.customers.know(CUSTOMER, PHONE, "", ContractStatus::Active);
        desk.plans_for(plan("")).await.expect("the plan for all");
        let solved = desk.takes_call(person("ann"), call("已解决")).await.expect("recorded");
        solves(&desk, &solved.id).await;
        let flagged = CreateDutyLogRequest { phone: "13900139999".into(), ..call("无合约") };
        let flagged = desk.takes_call(person("ann"), flagged).await.expect("recorded");
        solves(&desk, &flagged.id).await;
        let remote = desk.takes_call(person("ann"), call("约了远程")).await.expect("recorded");
        let at = AgreeRemoteDutyLogRequest {
            id: remote.id.clone(),
            at: instant("2026-03-09T02:00:00Z"),
            ..AgreeRemoteDutyLogRequest::default()
        };
        inner(person("ann").scope(desk.logs().agree_remote_duty_log(at)).await).expect("agreed");
        let stopped = CreateDutyLogRequest { production_stopped: true, ..call("停产") };
        let stopped = desk.takes_call(person("ann"), stopped).await.expect("recorded");
        let start = StartEmergencyDutyLogRequest { id: stopped.id.clone(), ..Default::default() };
        inner(person("ann").scope(desk.logs().start_emergency_duty_log(start)).await).expect("started");

        assert_eq!(refusal(desk.hands_over(person("cyd"), "代写").await).0, Code::PermissionDenied);
        assert_eq!(refusal(desk.hands_over(member("eve", OTHER), "代写").await).0, Code::PermissionDenied);
        let notes = desk.hands_over(person("ann"), "机房钥匙在前台").await.expect("her turn of duty");
        assert_eq!((&*notes.from_subject, &*notes.to_subject, &*notes.written_by), ("ann", "bob", "ann"));
        assert_eq!(
            (notes.ends_at, notes.begins_at),
            (instant("2026-03-08T12:00:00Z"), instant("2026-03-09T00:00:00Z"))
        );
        let told: Vec<_> = notes.items.iter().map(|item| (&*item.subject, item.state())).collect();
        assert_eq!(
            told,
            [
                ("无合约", DutyLogState::Solved),
                ("约了远程", DutyLogState::RemoteAgreed),
                ("停产", DutyLogState::Emergency)
            ]
        );
        assert_eq!(notes.items[0].contract(), DutyContract::None);
        assert!(notes.items[1].remote_at.is_some() && notes.items[2].emergency);

        for other in [person("ann"), person("cyd"), lead()] {
            assert_eq!(refusal(desk.acknowledges(other, &notes.id).await).0, Code::PermissionDenied);
        }
        assert_eq!(refusal(desk.acknowledges(member("eve", OTHER), &notes.id).await).0, Code::NotFound);
        let read = desk.acknowledges(person("bob"), &notes.id).await.expect("he is next");
        assert_eq!(read.acknowledged_by, "bob");
        assert_eq!(why(desk.acknowledges(person("bob"), &notes.id).await), "HANDOVER_ACKNOWLEDGED");
        desk.passes_to("2026-03-09T01:00:00Z").await;
        assert!(desk.outbox::<HandoverUnread>().await.is_empty());
        assert_eq!(desk.outbox::<HandoverAcknowledged>().await.len(), 1);
        let written = desk.outbox::<HandoverWritten>().await;
        assert_eq!(
            (written.len(), written[0].by_itself, written[0].items),
            (1, false, 3),
            "all was written of"
        );
    }
}

#[tokio::test]
async fn what_nobody_wrote_of_is_handed_over_by_itself_and_unread_notes_are_told_to_the_lead() {
    for desk in on_duty().await {
        let log = desk.takes_call(person("ann"), call("未解决")).await.expect("recorded");
        desk.passes_to("2026-03-08T12:14:00Z").await;
        assert!(desk.notes_to("bob").await.is_empty(), "ann may still write");
        desk.passes_to("2026-03-08T12:15:00Z").await;
        desk.passes_to("2026-03-08T14:00:00Z").await;
        let made = desk.notes_to("bob").await;
        assert_eq!(made.len(), 1, "once");
        assert_eq!(
            (&*made[0].from_subject, &*made[0].written_by, &made[0].items[0].duty_log_id),
            ("ann", "", &log.id)
        );
        let night = desk.takes_call(person("ann"), call("交班后")).await.expect("recorded");
        desk.passes_to("2026-03-09T00:00:00Z").await;
        let made = desk.notes_to("bob").await;
        assert_eq!(
            (made.len(), made[0].items.len(), &made[0].items[1].duty_log_id),
            (2, 2, &night.id),
            "and what came after"
        );
        desk.passes_to("2026-03-09T00:29:59Z").await;
        assert!(desk.outbox::<HandoverUnread>().await.is_empty());
        desk.acknowledges(person("bob"), &made[1].id).await.expect("he is on duty");
        desk.passes_to("2026-03-09T00:30:00Z").await;
        desk.pass(60).await;
        let unread = desk.outbox::<HandoverUnread>().await;
        assert_eq!((unread.len(), &*unread[0].to_subject, &unread[0].handover_id), (1, "bob", &made[0].id));
        let late = desk.acknowledges(person("bob"), &made[0].id).await.expect("better late");
        assert!(late.told_lead_at.is_some());
        for log in [&log, &night] {
            solves(&desk, &log.id).await;
        }
        desk.passes_to("2026-03-16T01:00:00Z").await;
        assert!(desk.notes_to("cyd").await.is_empty(), "nothing is open");
    }
}

#[tokio::test]
async fn what_stays_open_goes_on_from_turn_to_turn() {
    for desk in on_duty().await {
        desk.takes_call(person("ann"), call("未解决")).await.expect("recorded");
        desk.passes_to("2026-03-09T00:00:00Z").await;
        desk.passes_to("2026-03-16T00:00:00Z").await;
        assert_eq!((desk.notes_to("bob").await.len(), desk.notes_to("cyd").await.len()), (1, 1));
        assert_eq!(desk.notes_to("cyd").await[0].from_subject, "bob");
    }
}

#[tokio::test]
async fn whoever_takes_the_duty_in_a_swap_reads_the_notes() {
    for desk in on_duty().await {
        let notes = desk.hands_over(person("ann"), "无").await.expect("also where nothing is open");
        let swap =
            desk.asks(person("bob"), ("2026-03-09T00:00", "2026-03-10T00:00")).await.expect("his duty");
        desk.takes(person("dan"), &swap.id).await.expect("dan is free");
        assert_eq!(refusal(desk.acknowledges(person("bob"), &notes.id).await).0, Code::PermissionDenied);
        desk.acknowledges(person("dan"), &notes.id).await.expect("he is next on duty");
    }
}

#[tokio::test]
async fn without_a_roster_nobody_is_next_and_nothing_is_lost() {
    for desk in staffed().await {
        assert_eq!(why(desk.hands_over(lead(), "无").await), "NO_RELIEF");
        let log = desk.takes_call(person("ann"), call("未解决")).await.expect("recorded all the same");
        assert!(!log.on_duty);
        desk.has_roster(crate::harness::duty::march(&["ann", "bob", "cyd"])).await;
        desk.passes_to("2026-03-09T00:00:00Z").await;
        assert_eq!(desk.notes_to("bob").await.len(), 1);
    }
}
