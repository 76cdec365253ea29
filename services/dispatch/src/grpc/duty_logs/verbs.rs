//! What is done with a log, one function a verb.

use chrono::TimeDelta;
use hotline_core::caller;
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_core::time::from_proto;
use hotline_proto::dispatch::v1::{
    AgreeRemoteDutyLogRequest, CallEngineerDutyLogRequest, CloseDutyLogRequest, DutyCallOutcome, DutyLog,
    DutyLogState, DutyStepKind, FailRemoteDutyLogRequest, NoteDutyLogRequest, ReachCoordinatorDutyLogRequest,
    RegisterDutyLogRequest, SolveDutyLogRequest, StartEmergencyDutyLogRequest, TellResultDutyLogRequest,
};

use super::{phone, wire};
use crate::domain::duty_log::Move;
use crate::error::Error;
use crate::store::Texts;
use crate::work::Work;
use crate::work::duty_logs::{Dialled, Done, Named, Registering};

/// How far ahead a remote session is agreed.
const AHEAD: TimeDelta = TimeDelta::days(14);

fn named(id: &str, etag: String) -> Result<Named, Error> {
    Ok(Named { id: id::parse(id, "id")?, caller: caller::required()?, etag })
}

pub(super) async fn solve(work: &Work, request: SolveDutyLogRequest) -> Result<DutyLog, Error> {
    let named = named(&request.id, request.etag)?;
    let by = &named.caller.subject;
    let done = Done {
        at: from_proto(request.at.as_ref()),
        ..Done::new(Move::Solve, DutyStepKind::Solved, by, request.solution.clone())
    };
    let solved = work.make_step(&named, done, |row| {
        row.solution = request.solution;
        row.article_ids = Texts(request.article_ids);
    });
    wire::answer(solved.await?).await
}

pub(super) async fn register(work: &Work, request: RegisterDutyLogRequest) -> Result<DutyLog, Error> {
    let named = named(&request.id, request.etag)?;
    let given = Registering {
        ticket: request.ticket_id,
        assignee: request.assignee,
        team: request.team_key,
        note: request.note,
    };
    wire::answer(work.register_log(&named, given).await?).await
}

pub(super) async fn agree_remote(work: &Work, request: AgreeRemoteDutyLogRequest) -> Result<DutyLog, Error> {
    let named = named(&request.id, request.etag)?;
    let now = work.clock.now();
    let (en, zh) = ("must be after now, by 14 days at most", "必须晚于现在，且在 14 天之内");
    let at = from_proto(request.at.as_ref()).filter(|at| *at > now && *at - now <= AHEAD);
    let at = at.ok_or(Core::Field { field: "at", en, zh })?;
    let by = &named.caller.subject;
    let done = Done {
        whom: request.agreed_with,
        ..Done::new(Move::AgreeRemote, DutyStepKind::RemoteAgreed, by, request.note)
    };
    wire::answer(work.make_step(&named, done, |row| row.remote_at = Some(at)).await?).await
}

pub(super) async fn fail_remote(work: &Work, request: FailRemoteDutyLogRequest) -> Result<DutyLog, Error> {
    let named = named(&request.id, request.etag)?;
    let by = &named.caller.subject;
    let done = Done {
        at: from_proto(request.at.as_ref()),
        ..Done::new(Move::FailRemote, DutyStepKind::RemoteFailed, by, request.reason)
    };
    wire::answer(work.make_step(&named, done, |row| row.remote_at = None).await?).await
}

pub(super) async fn start_emergency(
    work: &Work,
    request: StartEmergencyDutyLogRequest,
) -> Result<DutyLog, Error> {
    let named = named(&request.id, request.etag)?;
    let plan = id::parse_optional(&request.plan_id, "planId")?;
    wire::answer(work.start_emergency(&named, plan, request.note).await?).await
}

pub(super) async fn reach_coordinator(
    work: &Work,
    request: ReachCoordinatorDutyLogRequest,
) -> Result<DutyLog, Error> {
    let outcome = reached(request.outcome());
    let named = named(&request.id, request.etag)?;
    let call = Dialled {
        whom: request.by,
        phone: phone(work, &request.phone)?,
        at: from_proto(request.at.as_ref()),
        outcome,
        note: request.note,
    };
    wire::answer(work.call_coordinator(&named, call).await?).await
}

pub(super) async fn call_engineer(
    work: &Work,
    request: CallEngineerDutyLogRequest,
) -> Result<DutyLog, Error> {
    let outcome = reached(request.outcome());
    let named = named(&request.id, request.etag)?;
    let call = Dialled {
        whom: request.engineer,
        phone: phone(work, &request.phone)?,
        at: from_proto(request.at.as_ref()),
        outcome,
        note: request.note,
    };
    wire::answer(work.call_engineer(&named, call).await?).await
}

/// Who says nothing of it reached whom they called.
fn reached(outcome: DutyCallOutcome) -> DutyCallOutcome {
    if outcome == DutyCallOutcome::Unspecified { DutyCallOutcome::Reached } else { outcome }
}

pub(super) async fn tell_result(work: &Work, request: TellResultDutyLogRequest) -> Result<DutyLog, Error> {
    let named = named(&request.id, request.etag)?;
    let by = &named.caller.subject;
    let done = Done {
        at: from_proto(request.at.as_ref()),
        whom: request.told_to,
        ..Done::new(Move::TellResult, DutyStepKind::ResultTold, by, request.result)
    };
    wire::answer(work.make_step(&named, done, |_| {}).await?).await
}

pub(super) async fn note(work: &Work, request: NoteDutyLogRequest) -> Result<DutyLog, Error> {
    let named = named(&request.id, request.etag)?;
    let by = &named.caller.subject;
    let done = Done {
        at: from_proto(request.at.as_ref()),
        ..Done::new(Move::Note, DutyStepKind::Noted, by, request.text)
    };
    let stopped = request.production_stopped;
    let noted = work.make_step(&named, done, |row| {
        row.production_stopped = stopped.unwrap_or(row.production_stopped);
    });
    wire::answer(noted.await?).await
}

pub(super) async fn close(work: &Work, request: CloseDutyLogRequest) -> Result<DutyLog, Error> {
    let named = named(&request.id, request.etag)?;
    if request.reason.trim().is_empty() {
        let row = work.seen_log(&named.caller, named.id).await?;
        if row.state() == DutyLogState::Open {
            let (en, zh) =
                ("must say why something is closed that is not solved", "未解决的记录关闭时必须说明原因");
            return Err(Core::Field { field: "reason", en, zh }.into());
        }
    }
    let by = &named.caller.subject;
    let done = Done::new(Move::Close, DutyStepKind::Closed, by, request.reason);
    wire::answer(work.make_step(&named, done, |_| {}).await?).await
}
