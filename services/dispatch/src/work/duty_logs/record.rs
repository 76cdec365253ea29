//! What is recorded: a call, the steps that are made of it, and who makes them.

use chrono::{DateTime, Utc};
use hotline_core::caller::Caller;
use hotline_core::id;
use hotline_proto::common::v1::Channel;
use hotline_proto::dispatch::v1::{
    DutyCallOutcome, DutyContract, DutyEngineerSource, DutyLogState, DutyStage, DutyStepKind,
};
use uuid::Uuid;

use crate::domain::duty_log::Move;
use crate::store::{DutyLogRow, DutyStepRow, Missed, Texts};

/// A call that somebody takes.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Key of the team.
    pub(crate) team_key: String,
    /// The number, in its one form.
    pub(crate) phone: String,
    /// The customer; empty is whoever has the number.
    pub(crate) customer_id: String,
    /// The contact it is recorded under.
    pub(crate) interaction_id: String,
    /// How it came in.
    pub(crate) channel: Channel,
    /// One line.
    pub(crate) subject: String,
    /// What the customer said.
    pub(crate) description: String,
    /// The region as it was said.
    pub(crate) region: String,
    /// Production stands still.
    pub(crate) stopped: bool,
    /// When it rang; absent is now.
    pub(crate) received_at: Option<DateTime<Utc>>,
}

/// A step that is made.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    /// What it does.
    pub(crate) step: Move,
    /// What it is recorded as.
    pub(crate) kind: DutyStepKind,
    /// When it happened; absent is now.
    pub(crate) at: Option<DateTime<Utc>>,
    /// Who records it; empty where it happened by itself.
    pub(crate) by: String,
    /// Who was called, told, or given the work.
    pub(crate) whom: String,
    /// On which number.
    pub(crate) phone: String,
    /// How the call ended.
    pub(crate) outcome: DutyCallOutcome,
    /// What was said.
    pub(crate) text: String,
}

impl Done {
    /// Returns a step without a call.
    pub(crate) fn new(step: Move, kind: DutyStepKind, by: &str, text: String) -> Self {
        let (by, whom, phone) = (by.to_owned(), String::new(), String::new());
        Self { step, kind, at: None, by, whom, phone, outcome: DutyCallOutcome::Unspecified, text }
    }
}

/// Which log is meant, and by whom.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// The log.
    pub(crate) id: Uuid,
    /// Who calls.
    pub(crate) caller: Caller,
    /// The version that was looked at.
    pub(crate) etag: String,
}

/// Returns the log of a call before anything has been done about it.
pub(super) fn fresh(
    call: Call,
    caller: &Caller,
    (received_at, now): (DateTime<Utc>, DateTime<Utc>),
) -> DutyLogRow {
    DutyLogRow {
        id: id::new(),
        team_key: call.team_key,
        taken_by: caller.subject.clone(),
        on_duty: false,
        duty_subject: String::new(),
        phone: call.phone,
        customer_id: call.customer_id,
        interaction_id: call.interaction_id,
        channel: call.channel.into(),
        subject: call.subject,
        description: call.description,
        region: call.region,
        project: String::new(),
        production_stopped: call.stopped,
        received_at,
        recorded_at: now,
        contract: DutyContract::Unknown.into(),
        contract_checked_at: None,
        flagged: false,
        state: DutyLogState::Open.into(),
        is_open: true,
        turn: 0,
        steps: 0,
        due_stage: DutyStage::Unspecified.into(),
        due_at: None,
        missed: Missed::default(),
        overdue: false,
        ticket_id: None,
        ticket_number: String::new(),
        assignee: String::new(),
        queue_team_key: String::new(),
        first_at: None,
        remote_at: None,
        plan: None,
        tried: false,
        engineer: None,
        engineer_source: DutyEngineerSource::Unspecified.into(),
        solution: String::new(),
        article_ids: Texts::default(),
        version: 1,
    }
}

/// Returns the next step of a log, which counts it.
pub(super) fn next_step(
    row: &mut DutyLogRow,
    done: Done,
    (at, now): (DateTime<Utc>, DateTime<Utc>),
) -> DutyStepRow {
    row.steps += 1;
    DutyStepRow {
        log_id: row.id,
        number: row.steps,
        kind: done.kind.into(),
        at,
        recorded_at: now,
        made_by: done.by,
        whom: done.whom,
        phone: done.phone,
        outcome: done.outcome.into(),
        said: done.text,
        state: row.state,
    }
}
