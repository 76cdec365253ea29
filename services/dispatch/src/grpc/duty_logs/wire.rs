//! Logs as messages.

use hotline_core::db::Tx;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_core::{etag, id};
use hotline_phones::mask;
use hotline_proto::dispatch::v1::{DutyLog, DutyMiss, DutyStep};

use super::super::emergency_plans::{plan, told};
use crate::error::Error;
use crate::store::{DutyLogRow, DutyStepRow, duty_logs};

/// Answers with a log and its steps, and commits both.
pub(super) async fn answer((tx, row): (Tx, DutyLogRow)) -> Result<DutyLog, Error> {
    let steps = duty_logs::steps_of(&*tx, row.id).await?;
    let reply = whole(row, steps);
    tx.commit_reply(&reply).await?;
    Ok(reply)
}

/// Returns a log with its steps, for who is to call back.
pub(super) fn whole(row: DutyLogRow, steps: Vec<DutyStepRow>) -> DutyLog {
    let phone = row.phone.clone();
    DutyLog { phone, steps: steps.into_iter().map(step).collect(), ..listed(row) }
}

/// Returns a log as lists show it: without its steps, and of the number enough to tell two apart.
pub(super) fn listed(row: DutyLogRow) -> DutyLog {
    let missed = row.missed.0.iter();
    DutyLog {
        missed: missed
            .map(|miss| DutyMiss { stage: miss.stage, due_at: Some(to_proto(miss.due_at)) })
            .collect(),
        id: row.id.to_string(),
        team_key: row.team_key,
        taken_by: row.taken_by,
        on_duty: row.on_duty,
        duty_subject: row.duty_subject,
        phone: mask::contact(&mask::dialled(&row.phone)),
        customer_id: row.customer_id,
        interaction_id: row.interaction_id,
        channel: row.channel,
        subject: row.subject,
        description: row.description,
        region: row.region,
        production_stopped: row.production_stopped,
        received_at: Some(to_proto(row.received_at)),
        recorded_at: Some(to_proto(row.recorded_at)),
        contract: row.contract,
        contract_checked_at: to_proto_optional(row.contract_checked_at),
        state: row.state,
        due_stage: if row.due_at.is_some() { row.due_stage } else { 0 },
        due_at: to_proto_optional(row.due_at),
        ticket_id: id::text(row.ticket_id),
        ticket_number: row.ticket_number,
        assignee: row.assignee,
        queue_team_key: row.queue_team_key,
        first_at: to_proto_optional(row.first_at),
        remote_at: to_proto_optional(row.remote_at),
        plan: row.plan.map(|started| plan(started.0)),
        engineer: row.engineer.map(|called| told(called.0)),
        engineer_source: row.engineer_source,
        solution: row.solution,
        article_ids: row.article_ids.0,
        steps: Vec::new(),
        etag: etag::of(row.version),
    }
}

fn step(row: DutyStepRow) -> DutyStep {
    DutyStep {
        number: row.number,
        kind: row.kind,
        at: Some(to_proto(row.at)),
        recorded_at: Some(to_proto(row.recorded_at)),
        by: row.made_by,
        whom: row.whom,
        phone: row.phone,
        outcome: row.outcome,
        text: row.said,
        state: row.state,
    }
}
