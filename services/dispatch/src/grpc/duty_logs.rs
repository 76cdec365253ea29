//! Calls outside office hours (D9): the methods, a line each, and how logs are recorded and read.

use hotline_core::caller::{self, Caller};
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_core::page::Page;
use hotline_core::time::from_proto;
use hotline_proto::common::v1::Channel;
use hotline_proto::dispatch::v1::duty_log_service_server::DutyLogService;
use hotline_proto::dispatch::v1::{
    AgreeRemoteDutyLogRequest, CallEngineerDutyLogRequest, CloseDutyLogRequest, CreateDutyLogRequest,
    DutyLog, FailRemoteDutyLogRequest, GetDutyLogRequest, ListDutyLogsRequest, ListDutyLogsResponse,
    NoteDutyLogRequest, ReachCoordinatorDutyLogRequest, RegisterDutyLogRequest, SolveDutyLogRequest,
    StartEmergencyDutyLogRequest, TellResultDutyLogRequest,
};
use tonic::{Request, async_trait};

use super::{Reply, reply};
use crate::domain::disclosure::is_outsider;
use crate::error::Error;
use crate::store::duty_logs::{self, Filter};
use crate::store::teams;
use crate::work::Work;
use crate::work::duty_logs::Call;

mod verbs;
mod wire;

/// Calls outside office hours.
pub(crate) struct DutyLogs(pub(crate) Work);

#[async_trait]
impl DutyLogService for DutyLogs {
    async fn create_duty_log(&self, request: Request<CreateDutyLogRequest>) -> Reply<DutyLog> {
        reply(create(&self.0, request.into_inner()).await)
    }

    async fn list_duty_logs(&self, request: Request<ListDutyLogsRequest>) -> Reply<ListDutyLogsResponse> {
        reply(list(&self.0, &request.into_inner()).await)
    }

    async fn get_duty_log(&self, request: Request<GetDutyLogRequest>) -> Reply<DutyLog> {
        reply(get(&self.0, &request.into_inner()).await)
    }

    async fn solve_duty_log(&self, request: Request<SolveDutyLogRequest>) -> Reply<DutyLog> {
        reply(verbs::solve(&self.0, request.into_inner()).await)
    }

    async fn register_duty_log(&self, request: Request<RegisterDutyLogRequest>) -> Reply<DutyLog> {
        reply(verbs::register(&self.0, request.into_inner()).await)
    }

    async fn agree_remote_duty_log(&self, request: Request<AgreeRemoteDutyLogRequest>) -> Reply<DutyLog> {
        reply(verbs::agree_remote(&self.0, request.into_inner()).await)
    }

    async fn fail_remote_duty_log(&self, request: Request<FailRemoteDutyLogRequest>) -> Reply<DutyLog> {
        reply(verbs::fail_remote(&self.0, request.into_inner()).await)
    }

    async fn start_emergency_duty_log(
        &self,
        request: Request<StartEmergencyDutyLogRequest>,
    ) -> Reply<DutyLog> {
        reply(verbs::start_emergency(&self.0, request.into_inner()).await)
    }

    async fn reach_coordinator_duty_log(
        &self,
        request: Request<ReachCoordinatorDutyLogRequest>,
    ) -> Reply<DutyLog> {
        reply(verbs::reach_coordinator(&self.0, request.into_inner()).await)
    }

    async fn call_engineer_duty_log(&self, request: Request<CallEngineerDutyLogRequest>) -> Reply<DutyLog> {
        reply(verbs::call_engineer(&self.0, request.into_inner()).await)
    }

    async fn tell_result_duty_log(&self, request: Request<TellResultDutyLogRequest>) -> Reply<DutyLog> {
        reply(verbs::tell_result(&self.0, request.into_inner()).await)
    }

    async fn note_duty_log(&self, request: Request<NoteDutyLogRequest>) -> Reply<DutyLog> {
        reply(verbs::note(&self.0, request.into_inner()).await)
    }

    async fn close_duty_log(&self, request: Request<CloseDutyLogRequest>) -> Reply<DutyLog> {
        reply(verbs::close(&self.0, request.into_inner()).await)
    }
}

/// Returns the key of a team whose duty the caller has to do with: a member, or somebody above teams, of our own people.
///
/// # Errors
/// [`Core::Field`] where there is none, [`Core::Forbidden`].
pub(super) async fn team_of(work: &Work, caller: &Caller, named: &str) -> Result<String, Error> {
    let (en, zh) = ("names no team", "没有这个班组");
    let found = teams::find(work.db.reader(), named).await?;
    let key = found.ok_or(Core::Field { field: "teamKey", en, zh })?.key;
    if is_outsider(caller) || !work.is_in_sight(caller, &key).await? {
        return Err(Core::Forbidden("the duty is another team's", "该值班属于其他班组").into());
    }
    Ok(key)
}

/// The same for a list's filter, where empty is all teams in sight.
///
/// # Errors
/// As [`team_of`].
pub(super) async fn team_key_of(work: &Work, caller: &Caller, named: &str) -> Result<String, Error> {
    if !named.is_empty() {
        return team_of(work, caller, named).await;
    }
    if is_outsider(caller) {
        return Err(Core::Forbidden("duty is no matter of third parties", "第三方无权查看值班").into());
    }
    Ok(String::new())
}

async fn create(work: &Work, request: CreateDutyLogRequest) -> Result<DutyLog, Error> {
    let caller = caller::required()?;
    let team_key = team_of(work, &caller, &request.team_key).await?;
    let channel = match request.channel() {
        Channel::Unspecified => Channel::DutyPhone,
        said => said,
    };
    let call = Call {
        team_key,
        phone: phone(work, &request.phone)?,
        customer_id: request.customer_id,
        interaction_id: request.interaction_id,
        channel,
        subject: request.subject,
        description: request.description,
        region: request.region,
        stopped: request.production_stopped,
        received_at: from_proto(request.received_at.as_ref()),
    };
    wire::answer(work.take_call(&caller, call).await?).await
}

/// Reads a telephone number; empty stays empty.
fn phone(work: &Work, said: &str) -> Result<String, Core> {
    if said.is_empty() {
        return Ok(String::new());
    }
    let (en, zh) = ("is no telephone number", "不是电话号码");
    work.numbers.read(said).ok_or(Core::Field { field: "phone", en, zh })
}

async fn list(work: &Work, request: &ListDutyLogsRequest) -> Result<ListDutyLogsResponse, Error> {
    let caller = caller::required()?;
    let page = Page::of(request)?;
    let filter = Filter {
        team_key: team_key_of(work, &caller, &request.team_key).await?,
        sight: work.sight(&caller).await?,
        state: request.state(),
        from: from_proto(request.from.as_ref()),
        to: from_proto(request.to.as_ref()),
        flagged: request.flagged,
        overdue: request.overdue,
    };
    let (rows, next_page_token) = duty_logs::list(work.db.reader(), &filter, &page).await?;
    Ok(ListDutyLogsResponse { duty_logs: rows.into_iter().map(wire::listed).collect(), next_page_token })
}

async fn get(work: &Work, request: &GetDutyLogRequest) -> Result<DutyLog, Error> {
    let row = work.seen_log(&caller::required()?, id::parse(&request.id, "id")?).await?;
    let steps = duty_logs::steps_of(work.db.reader(), row.id).await?;
    Ok(wire::whole(row, steps))
}
