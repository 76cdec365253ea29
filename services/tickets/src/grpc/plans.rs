//! The methods of plans.

use hotline_core::page::Page;
use hotline_core::{caller, id};
use hotline_proto::auth::v1::Role;
use hotline_proto::tickets::v1::plan_service_server::PlanService;
use hotline_proto::tickets::v1::{
    AbandonPlanRequest, AcceptPlanRequest, ApprovePlanRequest, CompletePlanStepRequest, GetPlanRequest,
    ListPlanVersionsRequest, ListPlanVersionsResponse, ListPlansRequest, ListPlansResponse, OpenPlanRequest,
    Plan as Message, RejectPlanRequest, ReopenPlanStepRequest, ReportPlanStepRequest, RevisePlanRequest,
    StartPlanStepRequest, SubmitPlanRequest, UpdatePlanRequest, WithdrawPlanRequest,
};
use tonic::{Request, Response};

use super::{Reply, who};
use crate::domain::draft::Draft;
use crate::domain::number::Reference;
use crate::domain::plan::Plan;
use crate::domain::plan::commands::Work;
use crate::domain::plan::people::Actor;
use crate::error::Error;
use crate::store::Store;

mod convert;

/// The service of plans.
pub(crate) struct Plans {
    store: Store,
}

impl Plans {
    /// Returns the service on a store.
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Runs one command on the plan of a ticket, and replies with the plan.
    async fn change(
        &self,
        ticket: &str,
        etag: &str,
        decide: impl FnOnce(&mut Draft<'_>, &mut Plan, &Actor) -> Result<(), Error> + Send,
    ) -> Reply<Message> {
        let (which, actor) = (Reference::parse(ticket)?, actor()?);
        let decide = |draft: &mut Draft<'_>, plan: &mut Plan| decide(draft, plan, &actor);
        let (tx, plan) = self.store.change_plan(&which, etag, who()?, decide).await?;
        let reply = convert::plan(&plan, self.store.clock.now());
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    /// Works on a step, and replies with the plan.
    async fn work(&self, ticket: &str, etag: &str, number: i32, work: Work<'_>) -> Reply<Message> {
        self.change(ticket, etag, |draft, plan, actor| draft.work_on_plan(plan, number, work, actor)).await
    }
}

#[tonic::async_trait]
impl PlanService for Plans {
    async fn open_plan(&self, request: Request<OpenPlanRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let (which, actor) = (Reference::parse(&given.id)?, actor()?);
        let content = convert::content(given.plan.unwrap_or_default())?;
        let open = |draft: &mut Draft<'_>| draft.open_plan(id::new(), content, &actor);
        let (tx, plan) = self.store.open_plan(&which, who()?, open).await?;
        let reply = convert::plan(&plan, self.store.clock.now());
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn get_plan(&self, request: Request<GetPlanRequest>) -> Reply<Message> {
        let plan = self.store.plan(&Reference::parse(&request.get_ref().id)?).await?;
        Ok(Response::new(convert::plan(&plan, self.store.clock.now())))
    }

    async fn update_plan(&self, request: Request<UpdatePlanRequest>) -> Reply<Message> {
        let UpdatePlanRequest { id, plan: patch, update_mask, etag } = request.into_inner();
        let patch = patch.unwrap_or_default();
        self.change(&id, &etag, |draft, plan, actor| {
            let content = convert::edited(plan, &patch, update_mask.as_ref())?;
            draft.update_plan(plan, content, actor)
        })
        .await
    }

    async fn submit_plan(&self, request: Request<SubmitPlanRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let decide =
            |draft: &mut Draft<'_>, plan: &mut Plan, by: &Actor| draft.submit_plan(plan, &given.note, by);
        self.change(&given.id, &given.etag, decide).await
    }

    async fn withdraw_plan(&self, request: Request<WithdrawPlanRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let decide =
            |draft: &mut Draft<'_>, plan: &mut Plan, by: &Actor| draft.withdraw_plan(plan, &given.reason, by);
        self.change(&given.id, &given.etag, decide).await
    }

    async fn approve_plan(&self, request: Request<ApprovePlanRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let decide =
            |draft: &mut Draft<'_>, plan: &mut Plan, by: &Actor| draft.approve_plan(plan, &given.note, by);
        self.change(&given.id, &given.etag, decide).await
    }

    async fn reject_plan(&self, request: Request<RejectPlanRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let decide =
            |draft: &mut Draft<'_>, plan: &mut Plan, by: &Actor| draft.reject_plan(plan, &given.reason, by);
        self.change(&given.id, &given.etag, decide).await
    }

    async fn revise_plan(&self, request: Request<RevisePlanRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let decide =
            |draft: &mut Draft<'_>, plan: &mut Plan, by: &Actor| draft.revise_plan(plan, &given.reason, by);
        self.change(&given.id, &given.etag, decide).await
    }

    async fn start_plan_step(&self, request: Request<StartPlanStepRequest>) -> Reply<Message> {
        let given = request.into_inner();
        self.work(&given.id, &given.etag, given.number, Work::Start(&given.note)).await
    }

    async fn report_plan_step(&self, request: Request<ReportPlanStepRequest>) -> Reply<Message> {
        let given = request.into_inner();
        self.work(&given.id, &given.etag, given.number, Work::Report(given.percent, &given.note)).await
    }

    async fn complete_plan_step(&self, request: Request<CompletePlanStepRequest>) -> Reply<Message> {
        let given = request.into_inner();
        self.work(&given.id, &given.etag, given.number, Work::Complete(&given.result)).await
    }

    async fn reopen_plan_step(&self, request: Request<ReopenPlanStepRequest>) -> Reply<Message> {
        let given = request.into_inner();
        self.work(&given.id, &given.etag, given.number, Work::Reopen(&given.reason)).await
    }

    async fn accept_plan(&self, request: Request<AcceptPlanRequest>) -> Reply<Message> {
        let AcceptPlanRequest { id, lessons, note, make_article, etag } = request.into_inner();
        self.change(&id, &etag, |draft, plan, actor| {
            draft.accept_plan(plan, (lessons, make_article), &note, actor)
        })
        .await
    }

    async fn abandon_plan(&self, request: Request<AbandonPlanRequest>) -> Reply<Message> {
        let given = request.into_inner();
        let decide =
            |draft: &mut Draft<'_>, plan: &mut Plan, by: &Actor| draft.abandon_plan(plan, &given.reason, by);
        self.change(&given.id, &given.etag, decide).await
    }

    async fn list_plan_versions(
        &self,
        request: Request<ListPlanVersionsRequest>,
    ) -> Reply<ListPlanVersionsResponse> {
        let page = Page::of(request.get_ref())?;
        let plan = self.store.plan(&Reference::parse(&request.get_ref().id)?).await?;
        let (versions, next_page_token) = self.store.plan_versions(plan.id, &page).await?;
        let now = self.store.clock.now();
        let versions = versions
            .iter()
            .map(|(version, differing)| convert::executed(&plan, version, differing, now))
            .collect();
        Ok(Response::new(ListPlanVersionsResponse { versions, next_page_token }))
    }

    async fn list_plans(&self, request: Request<ListPlansRequest>) -> Reply<ListPlansResponse> {
        let now = self.store.clock.now();
        let (plans, next_page_token) = self.store.plans(request.get_ref(), now).await?;
        let plans = plans.iter().map(|plan| convert::plan(plan, now)).collect();
        Ok(Response::new(ListPlansResponse { plans, next_page_token }))
    }
}

/// Those who approve plans.
const APPROVERS: [Role; 3] = [Role::TeamLead, Role::Supervisor, Role::Admin];

fn actor() -> Result<Actor, Error> {
    let caller = caller::required()?;
    let approves = APPROVERS.into_iter().any(|role| caller.has(role));
    Ok(Actor { subject: caller.subject, teams: caller.teams.into_iter().collect(), approves })
}
