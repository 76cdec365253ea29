//! Where production stands still: the plan, the regional coordinator, the local engineer.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::region;
use hotline_proto::dispatch::v1::{DutyCallOutcome, DutyEngineerSource, DutyLogState, DutyStepKind};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::super::Work;
use super::{Done, Named};
use crate::domain::duty_log::{Move, Refusal, happened};
use crate::domain::emergency::{Contact, Plan, choose};
use crate::error::Error;
use crate::store::{Called, DutyLogRow, StartedPlan, emergency_plans, members};

/// A call that was made to somebody.
#[derive(Clone, Debug)]
pub(crate) struct Dialled {
    /// Who was called, by subject or name; empty is whom the plan says.
    pub(crate) whom: String,
    /// On which number, in its one form; empty is the plan's.
    pub(crate) phone: String,
    /// When; absent is now.
    pub(crate) at: Option<DateTime<Utc>>,
    /// How the call ended.
    pub(crate) outcome: DutyCallOutcome,
    /// What was said.
    pub(crate) note: String,
}

impl Dialled {
    fn reached(&self) -> bool {
        self.outcome == DutyCallOutcome::Reached
    }

    /// Returns the step that records the call to `contact`.
    fn done(self, step: Move, kind: DutyStepKind, by: &str, contact: &Contact) -> Done {
        Done {
            at: self.at,
            whom: contact.called().to_owned(),
            phone: contact.phone.clone(),
            outcome: self.outcome,
            ..Done::new(step, kind, by, self.note)
        }
    }
}

impl Work {
    /// Starts the emergency plan `plan`, or that of the region.
    ///
    /// # Errors
    /// As [`Work::make_step`]; [`Refusal::NoPlan`]; [`Core::Field`] for a plan that there is not.
    pub(crate) async fn start_emergency(
        &self,
        named: &Named,
        plan: Option<Uuid>,
        note: String,
    ) -> Result<(Tx, DutyLogRow), Error> {
        let (tx, mut row) = self.locked_log(named).await?;
        row.facts().after(Move::StartEmergency)?;
        let plan = match plan {
            Some(id) => emergency_plans::find(&*tx, id).await?.ok_or_else(unknown_plan)?.plan(),
            None => fitting(&*tx, &row).await?,
        };
        let (step, kind) = (Move::StartEmergency, DutyStepKind::EmergencyStarted);
        let first = plan.coordinator("");
        let done = Done {
            whom: first.called().to_owned(),
            phone: first.phone,
            ..Done::new(step, kind, &named.caller.subject, note)
        };
        self.advance(&tx, &mut row, done, |row| row.plan = Some(StartedPlan(plan))).await?;
        Ok((tx, row))
    }

    /// Records a call to a coordinator.
    ///
    /// # Errors
    /// As [`Work::make_step`]; [`Core::Field`] without a number.
    pub(crate) async fn call_coordinator(
        &self,
        named: &Named,
        call: Dialled,
    ) -> Result<(Tx, DutyLogRow), Error> {
        let (tx, mut row) = self.locked_log(named).await?;
        let step = if call.reached() { Move::ReachCoordinator } else { Move::MissCoordinator };
        row.facts().after(step)?;
        let mut contact = row.plan().map(|plan| plan.coordinator(&call.whom)).unwrap_or_default();
        if !call.phone.is_empty() {
            contact.phone.clone_from(&call.phone);
        }
        if contact.phone.is_empty() {
            let (en, zh) = ("must be given: the plan has none of theirs", "必须填写：预案中没有此人的电话");
            return Err(Core::Field { field: "phone", en, zh }.into());
        }
        let done = call.done(step, DutyStepKind::CoordinatorCalled, &named.caller.subject, &contact);
        self.advance(&tx, &mut row, done, |row| row.tried = true).await?;
        Ok((tx, row))
    }

    /// Records the call to the local engineer: who is on duty at the moment of the call, unless somebody else was called.
    ///
    /// # Errors
    /// As [`Work::make_step`]; [`Refusal::NobodyLocal`].
    pub(crate) async fn call_engineer(
        &self,
        named: &Named,
        call: Dialled,
    ) -> Result<(Tx, DutyLogRow), Error> {
        let (tx, mut row) = self.locked_log(named).await?;
        let step = if call.reached() { Move::CallEngineer } else { Move::MissEngineer };
        row.facts().after(step)?;
        let at = happened(call.at, row.received_at, self.clock.now())?;
        let (mut contact, source) = self.engineer(&*tx, &row, &call.whom, at).await?;
        if !call.phone.is_empty() {
            contact.phone.clone_from(&call.phone);
        }
        let done = call.done(step, DutyStepKind::EngineerCalled, &named.caller.subject, &contact);
        let change = |row: &mut DutyLogRow| {
            row.engineer = Some(Called(contact));
            row.engineer_source = source.into();
        };
        self.advance(&tx, &mut row, done, change).await?;
        Ok((tx, row))
    }

    async fn engineer(
        &self,
        db: &impl ConnectionTrait,
        row: &DutyLogRow,
        named: &str,
        at: DateTime<Utc>,
    ) -> Result<(Contact, DutyEngineerSource), Error> {
        let Plan { team_key, fallback, .. } = row.plan().cloned().unwrap_or_default();
        if !named.is_empty() {
            let known = fallback.filter(|contact| contact.is(named));
            let other = || Contact { name: named.to_owned(), ..Contact::default() };
            return Ok((known.unwrap_or_else(other), DutyEngineerSource::Named));
        }
        let subject = match &*team_key {
            "" => String::new(),
            team => self.who_is_on_duty(db, team, at).await?,
        };
        // Who was called already and did not answer gives way to the fallback.
        let unanswered = row.state() != DutyLogState::EngineerCalled
            && row.engineer.as_ref().is_some_and(|called| called.0.subject == subject);
        let gives_way = unanswered && fallback.is_some();
        if !subject.is_empty() && !gives_way {
            let member = members::of(db, &team_key, &subject).await?;
            let name = member.map(|member| member.name).unwrap_or_default();
            let contact = Contact { subject, name, phone: String::new() };
            return Ok((contact, DutyEngineerSource::Roster));
        }
        let fallback = fallback.ok_or(Refusal::NobodyLocal(team_key))?;
        Ok((fallback, DutyEngineerSource::Fallback))
    }
}

/// Returns the plan of the region that a call is from.
async fn fitting(db: &impl ConnectionTrait, row: &DutyLogRow) -> Result<Plan, Error> {
    let regions = region::all_of(&row.region, &row.project);
    let rows = emergency_plans::of_regions(db, &regions).await?;
    let found = choose(rows.into_iter().map(crate::store::EmergencyPlanRow::plan).collect(), &regions);
    let unknown = || Refusal::NoPlan(regions.last().copied().unwrap_or_default().to_owned());
    Ok(found.ok_or_else(unknown)?)
}

fn unknown_plan() -> Core {
    Core::Field { field: "planId", en: "names no emergency plan", zh: "没有这个应急预案" }
}
