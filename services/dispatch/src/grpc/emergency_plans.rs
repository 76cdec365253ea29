//! Emergency plans (D9).

use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::page::Page;
use hotline_core::time::to_proto;
use hotline_core::{caller, etag, id, mask};
use hotline_proto::dispatch::v1::emergency_plan_service_server::EmergencyPlanService;
use hotline_proto::dispatch::v1::{
    CreateEmergencyPlanRequest, DutyContact, EmergencyPlan, GetEmergencyPlanRequest,
    ListEmergencyPlansRequest, ListEmergencyPlansResponse, UpdateEmergencyPlanRequest,
};
use tonic::{Request, async_trait};

use super::wire::{made_on, missing};
use super::{Reply, reply};
use crate::domain::duty_log::Refusal;
use crate::domain::emergency::{Contact, Plan};
use crate::error::Error;
use crate::store::{Contacts, EmergencyPlanRow, emergency_plans, teams};
use crate::work::Work;

/// What can be changed of a plan.
const CHANGEABLE: &[&str] = &[
    "name",
    "region",
    "coordinators",
    "team_key",
    "fallback",
    "coordinator_minutes",
    "engineer_minutes",
    "solve_minutes",
    "tell_minutes",
];

/// Emergency plans.
pub(crate) struct EmergencyPlans(pub(crate) Work);

#[async_trait]
impl EmergencyPlanService for EmergencyPlans {
    async fn create_emergency_plan(
        &self,
        request: Request<CreateEmergencyPlanRequest>,
    ) -> Reply<EmergencyPlan> {
        reply(create(&self.0, request.into_inner()).await)
    }

    async fn list_emergency_plans(
        &self,
        request: Request<ListEmergencyPlansRequest>,
    ) -> Reply<ListEmergencyPlansResponse> {
        reply(list(&self.0, &request.into_inner()).await)
    }

    async fn get_emergency_plan(&self, request: Request<GetEmergencyPlanRequest>) -> Reply<EmergencyPlan> {
        reply(get(&self.0, &request.into_inner()).await)
    }

    async fn update_emergency_plan(
        &self,
        request: Request<UpdateEmergencyPlanRequest>,
    ) -> Reply<EmergencyPlan> {
        reply(update(&self.0, request.into_inner()).await)
    }
}

async fn create(work: &Work, request: CreateEmergencyPlanRequest) -> Result<EmergencyPlan, Error> {
    let given = request.plan.unwrap_or_default();
    let (created_by, created_at) = (caller::required()?.subject, work.clock.now());
    let tx = work.db.begin().await?;
    let plan = read(work, &tx, id::new(), given).await?;
    let row = EmergencyPlanRow { created_by, created_at, version: 1, ..row_of(plan) };
    if !emergency_plans::insert(&tx, row.clone()).await? {
        return Err(Refusal::PlanExists(row.region).into());
    }
    let reply = message(row);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

async fn list(work: &Work, request: &ListEmergencyPlansRequest) -> Result<ListEmergencyPlansResponse, Error> {
    let page = Page::of(request)?;
    let (rows, next_page_token) = emergency_plans::list(work.db.reader(), &page).await?;
    Ok(ListEmergencyPlansResponse { plans: rows.into_iter().map(message).collect(), next_page_token })
}

async fn get(work: &Work, request: &GetEmergencyPlanRequest) -> Result<EmergencyPlan, Error> {
    let found = emergency_plans::find(work.db.reader(), id::parse(&request.id, "id")?).await?;
    Ok(message(found.ok_or_else(|| missing("emergency plan", &request.id))?))
}

async fn update(work: &Work, request: UpdateEmergencyPlanRequest) -> Result<EmergencyPlan, Error> {
    let patch = request.plan.unwrap_or_default();
    let which = id::parse(&patch.id, "plan.id")?;
    let tx = work.db.begin().await?;
    let row = emergency_plans::lock(&tx, which).await?;
    let row = row.ok_or_else(|| missing("emergency plan", &patch.id))?;
    etag::check(made_on(&request.etag, &patch.etag), row.version)?;
    let merged = mask::apply(&message(row.clone()), &patch, request.update_mask.as_ref(), CHANGEABLE)?;
    let plan = read(work, &tx, which, merged).await?;
    let (created_by, created_at, version) = (row.created_by, row.created_at, row.version + 1);
    let next = EmergencyPlanRow { created_by, created_at, version, ..row_of(plan) };
    if !emergency_plans::save(&tx, next.clone()).await? {
        return Err(Refusal::PlanExists(next.region).into());
    }
    let reply = message(next);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

/// Reads a plan by which somebody can be called.
async fn read(work: &Work, tx: &Tx, id: uuid::Uuid, given: EmergencyPlan) -> Result<Plan, Error> {
    let coordinators = given.coordinators.into_iter();
    let coordinators = coordinators
        .map(|contact| self::contact(work, contact, "plan.coordinators"))
        .collect::<Result<_, _>>()?;
    let fallback = given.fallback.filter(|fallback| *fallback != DutyContact::default());
    let fallback = fallback.map(|contact| self::contact(work, contact, "plan.fallback")).transpose()?;
    let team_key = match &*given.team_key {
        "" => String::new(),
        named => {
            let (en, zh) = ("names no team", "没有这个班组");
            let found = teams::find(&**tx, named).await?;
            found.ok_or(Core::Field { field: "plan.teamKey", en, zh })?.key
        }
    };
    let plan = Plan {
        id,
        name: given.name,
        region: given.region,
        coordinators,
        team_key,
        fallback,
        coordinator_minutes: given.coordinator_minutes,
        engineer_minutes: given.engineer_minutes,
        solve_minutes: given.solve_minutes,
        tell_minutes: given.tell_minutes,
    };
    plan.check()?;
    Ok(plan)
}

fn contact(work: &Work, given: DutyContact, field: &'static str) -> Result<Contact, Core> {
    let phone = match &*given.phone {
        "" => String::new(),
        said => {
            let (en, zh) = ("has a number that is no telephone number", "含有无效的电话号码");
            work.numbers.read(said).ok_or(Core::Field { field, en, zh })?
        }
    };
    Ok(Contact { subject: given.subject, name: given.name, phone })
}

fn row_of(plan: Plan) -> EmergencyPlanRow {
    EmergencyPlanRow {
        id: plan.id,
        name: plan.name,
        region: plan.region,
        coordinators: Contacts(plan.coordinators),
        team_key: plan.team_key,
        fallback: Contacts(plan.fallback.into_iter().collect()),
        coordinator_minutes: plan.coordinator_minutes,
        engineer_minutes: plan.engineer_minutes,
        solve_minutes: plan.solve_minutes,
        tell_minutes: plan.tell_minutes,
        created_by: String::new(),
        created_at: chrono::DateTime::UNIX_EPOCH,
        version: 0,
    }
}

fn message(row: EmergencyPlanRow) -> EmergencyPlan {
    let (created_by, created_at) = (row.created_by.clone(), Some(to_proto(row.created_at)));
    let etag = etag::of(row.version);
    EmergencyPlan { created_by, created_at, etag, ..plan(row.plan()) }
}

/// Returns a plan as a message, without who made it.
pub(super) fn plan(plan: Plan) -> EmergencyPlan {
    EmergencyPlan {
        id: plan.id.to_string(),
        name: plan.name,
        region: plan.region,
        coordinators: plan.coordinators.into_iter().map(told).collect(),
        team_key: plan.team_key,
        fallback: plan.fallback.map(told),
        coordinator_minutes: plan.coordinator_minutes,
        engineer_minutes: plan.engineer_minutes,
        solve_minutes: plan.solve_minutes,
        tell_minutes: plan.tell_minutes,
        ..EmergencyPlan::default()
    }
}

/// Returns somebody who is called as a message.
pub(super) fn told(contact: Contact) -> DutyContact {
    let Contact { subject, name, phone } = contact;
    DutyContact { subject, name, phone }
}
