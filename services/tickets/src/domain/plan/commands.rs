//! What commands on a plan do to it and to its ticket: written down, told, and the wait for approval (T7).

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::draft::{Draft, What};
use crate::domain::lifecycle::{Event, next};
use crate::domain::plan::Plan;
use crate::domain::plan::content::{Content, Step};
use crate::domain::plan::moves::Move;
use crate::domain::plan::people::{Actor, By};
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// What a ticket waits for while its plan waits for approval.
const APPROVAL: &str = "APPROVAL";
/// Why a plan is given up whose ticket was cancelled.
const CANCELLED: &str = "TICKET_CANCELLED";

/// What others are told of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct News {
    /// What happened.
    pub(crate) step: Move,
    /// The plan.
    pub(crate) plan: Uuid,
    /// The version it happened to.
    pub(crate) version: i32,
    /// The step it happened to.
    pub(crate) of: Option<StepNews>,
    /// In the actor's words.
    pub(crate) note: String,
}

/// A step that something happened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StepNews {
    /// The step.
    pub(crate) step: Step,
    /// How far it is, in percent.
    pub(crate) percent: i32,
    /// It is done, by the time it was due.
    pub(crate) in_time: bool,
}

/// What is done to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work<'a> {
    /// It is taken on.
    Start(&'a str),
    /// It is so many percent further.
    Report(i32, &'a str),
    /// It is done, with this result.
    Complete(&'a str),
    /// It is taken up again, for this reason.
    Reopen(&'a str),
}

impl Draft<'_> {
    /// Opens the plan of the ticket, which has none that lives.
    ///
    /// # Errors
    /// [`Error::State`], a caller who may not, [`Error::Fields`].
    pub(crate) fn open_plan(&mut self, id: Uuid, content: Content, actor: &Actor) -> Result<Plan, Error> {
        self.step(Event::Plan)?;
        actor.may_open_for(&self.ticket)?;
        let ticket = (self.ticket.id, self.ticket.number.as_str());
        let plan = Plan::open(id, ticket, content, actor.on(&self.ticket, self.at))?;
        self.planned(&plan, Move::Open, "", Details::default());
        Ok(plan)
    }

    /// Drafts something else.
    ///
    /// # Errors
    /// [`Error::State`] and as [`Plan::update`].
    pub(crate) fn update_plan(
        &mut self,
        plan: &mut Plan,
        content: Content,
        actor: &Actor,
    ) -> Result<(), Error> {
        self.step(Event::Plan)?;
        plan.update(content, self.by(actor))?;
        self.planned(plan, Move::Update, "", Details::default());
        Ok(())
    }

    /// Asks for approval. Work that can't begin before that waits for it.
    ///
    /// # Errors
    /// [`Error::State`] and as [`Plan::submit`].
    pub(crate) fn submit_plan(&mut self, plan: &mut Plan, note: &str, actor: &Actor) -> Result<(), Error> {
        self.step(Event::Plan)?;
        plan.submit(note, self.by(actor))?;
        self.planned(plan, Move::Submit, note, Details::default());
        if plan.approved.is_none() && next(self.ticket.state, Event::Wait).is_some() {
            self.wait(APPROVAL, None, "")?;
            plan.waiting_since = Some(self.at);
        }
        Ok(())
    }

    /// Goes one step back.
    ///
    /// # Errors
    /// [`Error::State`], [`Error::Calendar`], and as [`Plan::withdraw`].
    pub(crate) fn withdraw_plan(
        &mut self,
        plan: &mut Plan,
        reason: &str,
        actor: &Actor,
    ) -> Result<(), Error> {
        self.step(Event::Plan)?;
        plan.withdraw(self.by(actor))?;
        self.planned(plan, Move::Withdraw, reason, Details::default());
        self.end_plan_wait(plan)
    }

    /// Puts what was submitted in force; work goes on.
    ///
    /// # Errors
    /// [`Error::State`], [`Error::Calendar`], and as [`Plan::approve`].
    pub(crate) fn approve_plan(&mut self, plan: &mut Plan, note: &str, actor: &Actor) -> Result<(), Error> {
        self.step(Event::Plan)?;
        plan.approve(note, self.by(actor))?;
        self.planned(plan, Move::Approve, note, Details::default());
        self.end_plan_wait(plan)
    }

    /// Sends back what was submitted; work on it goes on.
    ///
    /// # Errors
    /// [`Error::State`], [`Error::Calendar`], and as [`Plan::reject`].
    pub(crate) fn reject_plan(&mut self, plan: &mut Plan, reason: &str, actor: &Actor) -> Result<(), Error> {
        self.step(Event::Plan)?;
        plan.reject(reason, self.by(actor))?;
        self.planned(plan, Move::Reject, reason, Details::default());
        self.end_plan_wait(plan)
    }

    /// Begins the next version.
    ///
    /// # Errors
    /// [`Error::State`] and as [`Plan::revise`].
    pub(crate) fn revise_plan(&mut self, plan: &mut Plan, reason: &str, actor: &Actor) -> Result<(), Error> {
        self.step(Event::Plan)?;
        plan.revise(reason, self.by(actor))?;
        self.planned(plan, Move::Revise, reason, Details::default());
        Ok(())
    }

    /// Works on a step of the approved version.
    ///
    /// # Errors
    /// [`Error::State`] and as [`Plan::start`].
    pub(crate) fn work_on_plan(
        &mut self,
        plan: &mut Plan,
        number: i32,
        work: Work<'_>,
        actor: &Actor,
    ) -> Result<(), Error> {
        self.step(Event::Plan)?;
        let by = self.by(actor);
        let (step, note) = match work {
            Work::Start(note) => (Move::StartStep, plan.start(number, note, by).map(|()| note)?),
            Work::Report(percent, note) => {
                (Move::Report, plan.report(number, percent, note, by).map(|()| note)?)
            }
            Work::Complete(result) => {
                (Move::CompleteStep, plan.complete(number, result, by).map(|()| result)?)
            }
            Work::Reopen(reason) => (Move::ReopenStep, plan.reopen(number, reason, by).map(|()| reason)?),
        };
        self.worked(plan, number, step, note);
        Ok(())
    }

    /// Notes that a step was not done when it was due. What is done by then, or due at another time, is none.
    pub(crate) fn miss_plan_step(&mut self, plan: &mut Plan, number: i32, due_at: DateTime<Utc>) {
        if plan.miss(number, due_at) {
            self.worked(plan, number, Move::MissStep, "");
        }
    }

    /// Accepts the work, also of a ticket that has been solved meanwhile.
    ///
    /// # Errors
    /// [`Error::Calendar`] and as [`Plan::accept`].
    pub(crate) fn accept_plan(
        &mut self,
        plan: &mut Plan,
        (lessons, make_article): (Vec<String>, bool),
        note: &str,
        actor: &Actor,
    ) -> Result<(), Error> {
        plan.accept(lessons, note, make_article, self.by(actor))?;
        self.planned(plan, Move::Accept, note, Details::default());
        Ok(())
    }

    /// Gives the plan up, whatever became of the ticket.
    ///
    /// # Errors
    /// [`Error::Calendar`] and as [`Plan::abandon`].
    pub(crate) fn abandon_plan(&mut self, plan: &mut Plan, reason: &str, actor: &Actor) -> Result<(), Error> {
        plan.abandon(reason, self.by(actor))?;
        self.planned(plan, Move::Abandon, reason, Details::default());
        self.end_plan_wait(plan)
    }

    /// Gives a living plan up whose ticket was cancelled, and is so still.
    ///
    /// # Errors
    /// [`Error::Calendar`].
    pub(crate) fn orphan_plan(&mut self, plan: &mut Plan) -> Result<(), Error> {
        let gone = next(self.ticket.state, Event::Plan).is_none() && plan.lives();
        if !gone {
            return Ok(());
        }
        let itself = Actor { subject: self.who.subject.clone(), approves: true, ..Actor::default() };
        self.abandon_plan(plan, CANCELLED, &itself)
    }

    /// Notes the draft of the lessons in the knowledge base.
    pub(crate) fn plan_article(&mut self, plan: &mut Plan, article: Uuid) {
        if plan.drafted_article(article) {
            let details = Details::default().with("articleId", article.to_string());
            self.planned(plan, Move::DraftArticle, "", details);
        }
    }

    fn by<'a>(&self, actor: &'a Actor) -> By<'a> {
        actor.on(&self.ticket, self.at)
    }

    /// Lets the ticket go on where it waits because of the plan, and for nothing since.
    fn end_plan_wait(&mut self, plan: &mut Plan) -> Result<(), Error> {
        let Some(since) = plan.waiting_since.take() else { return Ok(()) };
        let last = self.ticket.waits.last();
        let waits =
            last.is_some_and(|wait| wait.to.is_none() && wait.from == since && wait.reason == APPROVAL);
        if waits && next(self.ticket.state, Event::Resume).is_some() { self.resume("") } else { Ok(()) }
    }

    fn worked(&mut self, plan: &Plan, number: i32, step: Move, note: &str) {
        let progress = plan.progress_of(number);
        let of = plan.steps().iter().find(|step| step.number == number).map(|step| StepNews {
            step: step.clone(),
            percent: progress.percent(),
            in_time: progress.is_done() && progress.in_time(step),
        });
        let mut details = Details::default().with("step", number.to_string());
        if let Some(StepNews { step, percent, .. }) = &of {
            details = details
                .with("title", step.title.clone())
                .with("owner", step.owner.clone())
                .with("percent", percent.to_string())
                .time("dueAt", step.due_at);
        }
        self.told(plan, step, note, (details, of));
    }

    fn planned(&mut self, plan: &Plan, step: Move, note: &str, details: Details) {
        self.told(plan, step, note, (details, None));
    }

    fn told(&mut self, plan: &Plan, step: Move, note: &str, (details, of): (Details, Option<StepNews>)) {
        let drafted = matches!(
            step,
            Move::Open | Move::Update | Move::Submit | Move::Withdraw | Move::Reject | Move::Revise
        );
        let version = if drafted { plan.latest() } else { plan.approved.as_ref().or(plan.draft.as_ref()) };
        let version = version.map_or(0, |version| version.number);
        let details = details.with("move", step.happened()).with("version", version.to_string());
        self.log(Kind::Planned, note, details);
        let note = note.to_owned();
        // What is late is late since it was due, however late that was noticed.
        let missed = of.as_ref().filter(|_| step == Move::MissStep).and_then(|of| of.step.due_at);
        let at = missed.unwrap_or(self.at);
        self.tell_at(at, What::Planned(Box::new(News { step, plan: plan.id, version, of, note })));
    }
}
