//! Calls outside office hours: who took them, the contract, a solution by telephone, a remote session, and the first work of
//! the morning (D9).

use hotline_core::caller::Caller;
use hotline_core::testing::eventually;
use hotline_proto::auth::v1::Role;
use hotline_proto::common::v1::{Channel, Priority};
use hotline_proto::customers::v1::ContractStatus;
use hotline_proto::dispatch::v1::{
    AgreeRemoteDutyLogRequest, AssignmentState, CloseDutyLogRequest, CreateDutyLogRequest, DutyContract,
    DutyLog, DutyLogState, DutyStage, DutyStepKind, FailRemoteDutyLogRequest, ListDutyLogsRequest,
    RegisterDutyLogRequest, SolveDutyLogRequest,
};
use hotline_proto::events::v1::{
    DutyLogFlagged, DutyLogMoved, DutyLogOverdue, DutyLogRemoteDue, DutyLogTaken, TicketCreated,
    TicketReprioritized, TicketSnapshot,
};
use tonic::{Code, Status};

use crate::harness::calls::{inner, refusal, tickets};
use crate::harness::duty::{lead, on_duty, person, why};
use crate::harness::nights::{PHONE, call, instant, kinds};
use crate::harness::{Desk, OTHER, TEAM, admin, member, ticket, ticket_id};

const CUSTOMER: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
/// Monday at 22 o'clock where the team is, when nobody is on duty.
const NIGHT: &str = "2026-03-02T14:00:00Z";
/// Tuesday, nine o'clock: the office opens.
const MORNING: &str = "2026-03-03T01:00:00Z";

async fn solve(desk: &Desk, caller: Caller, id: &str) -> Result<DutyLog, Status> {
    let request =
        SolveDutyLogRequest {
            id: id.into(), solution: "重启光猫".into(), ..SolveDutyLogRequest::default()
        };
    inner(caller.scope(desk.logs().solve_duty_log(request)).await)
}

async fn close(desk: &Desk, caller: Caller, id: &str, reason: &str) -> Result<DutyLog, Status> {
    let request = CloseDutyLogRequest { id: id.into(), reason: reason.into(), etag: String::new() };
    inner(caller.scope(desk.logs().close_duty_log(request)).await)
}

async fn registers(desk: &Desk, id: &str, assignee: &str) -> Result<DutyLog, Status> {
    let request = RegisterDutyLogRequest {
        id: id.into(),
        ticket_id: ticket(1).number,
        assignee: assignee.into(),
        team_key: TEAM.into(),
        ..RegisterDutyLogRequest::default()
    };
    inner(person("ann").scope(desk.logs().register_duty_log(request)).await)
}

#[tokio::test]
async fn a_call_is_recorded_whoever_takes_it_and_says_who_was_on_duty() {
    for desk in on_duty().await {
        let own = desk.takes_call(person("ann"), call("断网")).await.expect("recorded");
        assert_eq!((&*own.taken_by, own.on_duty, &*own.duty_subject), ("ann", true, "ann"));
        assert_eq!(
            (own.state(), own.channel(), &*own.phone),
            (DutyLogState::Open, Channel::DutyPhone, PHONE)
        );
        let other = desk.takes_call(person("bob"), call("断网")).await.expect("recorded all the same");
        assert_eq!((&*other.taken_by, other.on_duty, &*other.duty_subject), ("bob", false, "ann"));
        desk.passes_to(NIGHT).await;
        let earlier = CreateDutyLogRequest { received_at: instant("2026-03-02T12:59:00Z"), ..call("补记") };
        assert!(desk.takes_call(person("ann"), earlier).await.expect("recorded later").on_duty);
        let night = desk.takes_call(person("ann"), call("夜里")).await.expect("recorded");
        assert_eq!((night.on_duty, &*night.duty_subject), (true, "ann"), "the telephone stays with her");
        assert_eq!(desk.outbox::<DutyLogTaken>().await.len(), 4);

        let later = CreateDutyLogRequest { received_at: instant("2026-03-02T15:00:00Z"), ..call("未来") };
        let refused = desk.takes_call(person("ann"), later).await.expect_err("it lies ahead");
        assert!(refused.message().starts_with("`receivedAt`"), "{refused}");
        let wrong = CreateDutyLogRequest { phone: "电话号码".into(), ..call("错号") };
        let refused = desk.takes_call(person("ann"), wrong).await.expect_err("no number");
        assert!(refused.message().starts_with("`phone`"), "{refused}");
    }
}

#[tokio::test]
async fn a_log_is_for_the_team_and_those_above_it_and_never_for_third_parties() {
    for desk in on_duty().await {
        let log = desk.takes_call(person("ann"), call("断网")).await.expect("recorded");
        let vendor = Caller { roles: [Role::ThirdParty].into(), ..person("vendor") };
        for stranger in [member("eve", OTHER), vendor] {
            assert_eq!(refusal(desk.log(stranger.clone(), &log.id).await).0, Code::NotFound);
            assert_eq!(refusal(solve(&desk, stranger.clone(), &log.id).await).0, Code::NotFound);
            assert_eq!(refusal(desk.takes_call(stranger, call("断网")).await).0, Code::PermissionDenied);
        }
        assert!(desk.all_logs(member("eve", OTHER), ListDutyLogsRequest::default()).await.is_empty());
        for colleague in [person("bob"), lead(), admin()] {
            assert_eq!(desk.log(colleague.clone(), &log.id).await.expect("seen").phone, PHONE);
            let listed = desk.all_logs(colleague, ListDutyLogsRequest::default()).await;
            assert_eq!((listed.len(), &*listed[0].phone, listed[0].steps.len()), (1, "138****8000", 0));
        }
        solve(&desk, person("bob"), &log.id).await.expect("a colleague may go on with it");
        let solved =
            ListDutyLogsRequest { state: DutyLogState::Solved.into(), ..ListDutyLogsRequest::default() };
        assert_eq!(desk.all_logs(lead(), solved).await.len(), 1);
        let later = ListDutyLogsRequest { from: instant(NIGHT), ..ListDutyLogsRequest::default() };
        assert!(desk.all_logs(lead(), later).await.is_empty());
    }
}

#[tokio::test]
async fn a_suspended_contract_is_flagged_and_asked_for_again_where_nobody_answers() {
    for desk in on_duty().await {
        desk.customers.know(CUSTOMER, PHONE, "西区/曲江一期", ContractStatus::Suspended);
        let log = desk.takes_call(person("ann"), call("停约客户")).await.expect("recorded");
        assert_eq!((log.contract(), &*log.customer_id), (DutyContract::Suspended, CUSTOMER));
        let flagged = ListDutyLogsRequest { flagged: true, ..ListDutyLogsRequest::default() };
        assert_eq!(desk.all_logs(lead(), flagged.clone()).await.len(), 1);
        let nobody = CreateDutyLogRequest { phone: "13900139999".into(), ..call("陌生来电") };
        let nobody = desk.takes_call(person("ann"), nobody).await.expect("recorded");
        assert_eq!((nobody.contract(), &*nobody.customer_id), (DutyContract::None, ""));
        let wrong = CreateDutyLogRequest { customer_id: ticket_id(9), ..call("查无此人") };
        let refused = desk.takes_call(person("ann"), wrong).await.expect_err("no customer");
        assert!(refused.message().starts_with("`customerId`"), "{refused}");

        desk.customers.go_away(true);
        let log = desk.takes_call(person("ann"), call("停约客户")).await.expect("recorded all the same");
        assert_eq!((log.contract(), log.contract_checked_at), (DutyContract::Unknown, None));
        desk.pass(300).await;
        desk.pass(300).await;
        assert_eq!(desk.outbox::<DutyLogFlagged>().await.len(), 2);
        desk.customers.go_away(false);
        desk.pass(300).await;
        eventually("the contract is known", async || {
            let log = desk.log(lead(), &log.id).await.expect("seen");
            log.contract() == DutyContract::Suspended
        })
        .await;
        desk.pass(600).await;
        let told = desk.outbox::<DutyLogFlagged>().await;
        assert_eq!((told.len(), &*told[2].contract, &told[2].log_id), (3, "SUSPENDED", &log.id), "once");
        let log = desk.log(lead(), &log.id).await.expect("seen");
        assert_eq!(kinds(&log), [DutyStepKind::Taken, DutyStepKind::ContractChecked]);
        assert_eq!(desk.all_logs(lead(), flagged).await.len(), 3);
    }
}

#[tokio::test]
async fn what_is_solved_by_telephone_is_closed_and_nothing_else() {
    for desk in on_duty().await {
        desk.customers.know(CUSTOMER, PHONE, "", ContractStatus::Active);
        let log = desk.takes_call(person("ann"), call("断网")).await.expect("recorded");
        let refused = close(&desk, person("ann"), &log.id, "").await.expect_err("it is open");
        assert!(refused.message().starts_with("`reason`"), "{refused}");
        let solved = solve(&desk, person("ann"), &log.id).await.expect("by telephone");
        assert_eq!(
            (solved.state(), &*solved.solution, solved.due_at),
            (DutyLogState::Solved, "重启光猫", None)
        );
        assert_eq!(why(solve(&desk, person("ann"), &log.id).await), "DUTY_LOG_STATE_CONFLICT");
        let closed = close(&desk, person("ann"), &log.id, "").await.expect("solved");
        let done = [DutyStepKind::Taken, DutyStepKind::Solved, DutyStepKind::Closed];
        assert_eq!((closed.state(), kinds(&closed)), (DutyLogState::Closed, done.to_vec()));
        let refused = close(&desk, person("ann"), &log.id, "").await.expect_err("nothing is left to do");
        assert!(refused.message().contains("closed"), "{refused}");
        let misdialled = desk.takes_call(person("ann"), call("打错")).await.expect("recorded");
        close(&desk, person("ann"), &misdialled.id, "打错电话").await.expect("saying why");
        let steps: Vec<_> = desk.outbox::<DutyLogMoved>().await.into_iter().map(|event| event.step).collect();
        assert_eq!(steps, ["SOLVED", "CLOSED", "CLOSED"]);
        desk.pass(7200).await;
        assert!(desk.outbox::<DutyLogOverdue>().await.is_empty(), "no time runs any more");
    }
}

#[tokio::test]
async fn a_remote_session_is_reminded_of_and_its_outcome_is_due() {
    for desk in on_duty().await {
        desk.customers.know(CUSTOMER, PHONE, "", ContractStatus::Active);
        let log = desk.takes_call(person("ann"), call("配置问题")).await.expect("recorded");
        let agrees = async |at: &str| {
            let request = AgreeRemoteDutyLogRequest {
                id: log.id.clone(),
                at: instant(at),
                agreed_with: "王女士".into(),
                ..AgreeRemoteDutyLogRequest::default()
            };
            inner(person("ann").scope(desk.logs().agree_remote_duty_log(request)).await)
        };
        let past = agrees("2026-03-02T00:30:00Z").await.expect_err("before now");
        assert!(past.message().starts_with("`at`"), "{past}");
        agrees("2026-03-02T02:00:00Z").await.expect("in an hour");
        let moved = agrees("2026-03-02T03:00:00Z").await.expect("later");
        assert_eq!((moved.state(), moved.due_stage()), (DutyLogState::RemoteAgreed, DutyStage::Remote));
        desk.passes_to("2026-03-02T02:59:00Z").await;
        assert!(desk.outbox::<DutyLogRemoteDue>().await.is_empty(), "it was moved");
        desk.passes_to("2026-03-02T03:00:00Z").await;
        desk.pass(60).await;
        let due = desk.outbox::<DutyLogRemoteDue>().await;
        assert_eq!((due.len(), &*due[0].duty_subject), (1, "ann"));
        desk.passes_to("2026-03-02T05:00:00Z").await;
        desk.pass(3600).await;
        let overdue = desk.outbox::<DutyLogOverdue>().await;
        assert_eq!((overdue.len(), &*overdue[0].stage), (1, "REMOTE"), "told once");
        let fails = FailRemoteDutyLogRequest {
            id: log.id.clone(),
            reason: "连接不上".into(),
            ..FailRemoteDutyLogRequest::default()
        };
        let open =
            inner(person("ann").scope(desk.logs().fail_remote_duty_log(fails)).await).expect("unsolved");
        assert_eq!(
            (open.state(), open.due_stage(), open.missed.len()),
            (DutyLogState::Open, DutyStage::Answer, 1)
        );
        let late = ListDutyLogsRequest { overdue: true, ..ListDutyLogsRequest::default() };
        assert_eq!(desk.all_logs(lead(), late).await.len(), 1);
    }
}

#[tokio::test]
async fn registered_work_is_the_first_thing_its_person_is_given_when_work_starts() {
    for desk in on_duty().await {
        desk.registered([0, 1, 2]).await;
        desk.passes_to(NIGHT).await;
        let log = desk.takes_call(person("ann"), call("夜间报修")).await.expect("recorded");
        let stranger = registers(&desk, &log.id, "zoe").await.expect_err("no member");
        assert!(stranger.message().starts_with("`assignee`"), "{stranger}");
        let registered = registers(&desk, &log.id, "bob").await.expect("a ticket that is there");
        assert_eq!((registered.state(), registered.first_at), (DutyLogState::Registered, instant(MORNING)));
        assert_eq!((&*registered.ticket_number, &*registered.assignee), (&*ticket(1).number, "bob"));
        desk.passes_to("2026-03-03T00:59:59Z").await;
        assert_eq!(desk.log(lead(), &log.id).await.expect("seen").state(), DutyLogState::Registered);
        desk.passes_to(MORNING).await;
        let done = desk.log(lead(), &log.id).await.expect("seen");
        assert_eq!(done.state(), DutyLogState::Closed);
        let last = done.steps.last().expect("steps");
        assert_eq!((last.kind(), &*last.whom, &*last.by), (DutyStepKind::PutFirst, "bob", ""));
        assert_eq!(
            tickets(&desk.claims(person("cyd"), 1).await),
            [ticket_id(0)],
            "the most urgent of the rest"
        );
        let first = desk.claims_one(person("bob")).await;
        assert_eq!(first.ticket_id, ticket_id(1));
        let accepted = desk.accept(person("bob"), &first).await.expect("it is his");
        assert_eq!(accepted.state(), AssignmentState::Accepted);
    }
}

#[tokio::test]
async fn registered_work_that_its_person_does_not_take_is_the_first_of_the_teams() {
    for desk in on_duty().await {
        desk.registered([0, 1, 2]).await;
        desk.passes_to(NIGHT).await;
        let log = desk.takes_call(person("ann"), call("夜间报修")).await.expect("recorded");
        registers(&desk, &log.id, "bob").await.expect("a ticket that is there");
        desk.passes_to(MORNING).await;
        desk.pass(3601).await;
        assert_eq!(tickets(&desk.claims(person("cyd"), 2).await), [ticket_id(1), ticket_id(0)]);
    }
}

#[tokio::test]
async fn registered_work_for_nobody_by_name_is_the_first_of_the_teams_and_what_never_comes_is_told() {
    for desk in on_duty().await {
        desk.registered([0, 2]).await;
        desk.passes_to(NIGHT).await;
        let log = desk.takes_call(person("ann"), call("夜间报修")).await.expect("recorded");
        registers(&desk, &log.id, "").await.expect("a ticket that is there");
        desk.passes_to(MORNING).await;
        assert_eq!(desk.log(lead(), &log.id).await.expect("seen").state(), DutyLogState::Registered);
        desk.happened(&TicketCreated { ticket: Some(ticket(1)) }).await;
        desk.pass(60).await;
        assert_eq!(desk.log(lead(), &log.id).await.expect("seen").state(), DutyLogState::Closed);
        let low = TicketSnapshot { priority: Priority::Low.into(), ..ticket(1) };
        desk.happened(&TicketReprioritized { ticket: Some(low), ..TicketReprioritized::default() }).await;
        assert_eq!(tickets(&desk.claims(person("cyd"), 3).await), [1, 0, 2].map(ticket_id));

        let other = desk.takes_call(person("ann"), call("又一个")).await.expect("recorded");
        registers(&desk, &other.id, "bob").await.expect("while the office is open");
        desk.sweep().await;
        let other = desk.log(lead(), &other.id).await.expect("seen");
        assert_eq!((other.state(), &*other.steps[2].whom), (DutyLogState::Closed, "cyd"), "in hand already");
    }
}

#[tokio::test]
async fn work_on_a_ticket_that_never_comes_is_told_once() {
    for desk in on_duty().await {
        desk.customers.know(CUSTOMER, PHONE, "", ContractStatus::Active);
        desk.passes_to(NIGHT).await;
        let log = desk.takes_call(person("ann"), call("夜间报修")).await.expect("recorded");
        registers(&desk, &log.id, "bob").await.expect("a ticket that is there");
        desk.passes_to(MORNING).await;
        for _ in 0..60 {
            desk.pass(60).await;
        }
        let told = desk.outbox::<DutyLogOverdue>().await;
        assert_eq!((told.len(), &*told[0].stage), (1, "FIRST"));
        assert_eq!(
            desk.log(lead(), &log.id).await.expect("seen").state(),
            DutyLogState::Registered,
            "still open"
        );
    }
}
