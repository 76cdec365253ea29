//! Who may do what to a plan.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use hotline_core::error::Error as Core;

use crate::domain::plan::Plan;
use crate::domain::plan::content::Step;
use crate::domain::ticket::Ticket;
use crate::error::Error;

/// Who acts, by what is known of them beside the ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Actor {
    /// A user's subject.
    pub(crate) subject: String,
    /// Keys of their teams.
    pub(crate) teams: BTreeSet<String>,
    /// They are one of those who approve plans: a team lead, a supervisor, an administrator.
    pub(crate) approves: bool,
}

/// Who acts on the plan of one ticket, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct By<'a> {
    /// A user's subject or `service:<name>`.
    pub(crate) subject: &'a str,
    /// They are one of those who approve plans.
    pub(crate) approves: bool,
    /// They are the ticket's assignee.
    pub(crate) handles: bool,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

impl Actor {
    /// Returns them as they stand to a ticket.
    pub(crate) fn on(&self, ticket: &Ticket, at: DateTime<Utc>) -> By<'_> {
        let handles = !self.subject.is_empty() && ticket.assignee == self.subject;
        By { subject: &self.subject, approves: self.approves, handles, at }
    }

    /// Checks that they may open the plan of a ticket.
    ///
    /// # Errors
    /// [`Core::Forbidden`].
    pub(crate) fn may_open_for(&self, ticket: &Ticket) -> Result<(), Error> {
        let theirs = [&ticket.assignee, &ticket.owner_agent].contains(&&self.subject);
        allowed(
            self.approves || theirs || self.teams.contains(&ticket.team_key),
            "a plan is opened by the ticket's assignee, who registered it, its team, or one who approves plans",
            "处理方案由工单处理人、登记人、所属班组或有审批权的人员建立",
        )
    }
}

impl By<'_> {
    /// Checks that they may change what is drafted.
    ///
    /// # Errors
    /// [`Core::Forbidden`].
    pub(super) fn may_draft(self, plan: &Plan) -> Result<(), Error> {
        // Who will lead by the next version drafts it as well as who leads now.
        let drafts = plan.draft.as_ref().map(|version| version.content.task_force.leader.as_str());
        allowed(
            self.handles || self.subject == plan.leader() || drafts == Some(self.subject),
            "a plan is drafted by the leader of its task force or the ticket's assignee",
            "处理方案由专项小组组长或工单处理人编制",
        )
    }

    /// Checks that they may approve or reject what was submitted.
    ///
    /// # Errors
    /// [`Core::Forbidden`].
    pub(super) fn may_review(self, submitted_by: &str) -> Result<(), Error> {
        allowed(
            self.approves && self.subject != submitted_by,
            "a plan is approved or rejected by a team lead, a supervisor or an administrator, never by whoever submitted it",
            "处理方案由班组长、主管或管理员审批，提交人不能审批自己提交的方案",
        )
    }

    /// Checks that they may work on a step.
    ///
    /// # Errors
    /// [`Core::Forbidden`].
    pub(super) fn may_work(self, plan: &Plan, step: &Step) -> Result<(), Error> {
        allowed(
            self.subject == step.owner || self.subject == plan.leader(),
            "a step is worked on by its owner or the leader of the task force",
            "步骤由其负责人或专项小组组长处理",
        )
    }

    /// Checks that they may say that the result of a step does not do.
    ///
    /// # Errors
    /// [`Core::Forbidden`].
    pub(super) fn may_reopen(self, plan: &Plan) -> Result<(), Error> {
        allowed(
            self.approves || self.subject == plan.leader(),
            "a step is reopened by the leader of the task force or one who approves plans",
            "步骤由专项小组组长或有审批权的人员重开",
        )
    }

    /// Checks that they may accept the work.
    ///
    /// # Errors
    /// [`Core::Forbidden`].
    pub(super) fn may_accept(self, plan: &Plan) -> Result<(), Error> {
        allowed(
            self.approves && self.subject != plan.leader(),
            "a plan is accepted by a team lead, a supervisor or an administrator, never by the leader of its task force",
            "处理方案由班组长、主管或管理员验收，专项小组组长不能验收",
        )
    }

    /// Checks that they may give the plan up.
    ///
    /// # Errors
    /// [`Core::Forbidden`].
    pub(super) fn may_abandon(self, plan: &Plan) -> Result<(), Error> {
        if self.approves { Ok(()) } else { self.may_draft(plan) }
    }
}

fn allowed(may: bool, en: &'static str, zh: &'static str) -> Result<(), Error> {
    if may { Ok(()) } else { Err(Error::Core(Core::Forbidden(en, zh))) }
}
