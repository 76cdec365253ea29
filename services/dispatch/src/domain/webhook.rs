//! Webhooks (D5): which events one tells, what a message says, and what follows from an attempt.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use hotline_core::caller::Caller;
use hotline_proto::auth::v1::Role;
use hotline_proto::dispatch::v1::{WebhookDeliveryState, WebhookState};
use hotline_webhooks::outcome::Consequence;
use hotline_webhooks::schedule::wait_after;
use hotline_webhooks::sender::Report;
use serde_json::{Value, json};

use super::access::Sight;

pub(crate) mod answer;

/// How long the secret before the present one still signs.
pub(crate) const BOTH_SECRETS: TimeDelta = TimeDelta::hours(24);
/// What a trial message says happened.
pub(crate) const PING: &str = "webhook.ping";

/// What a message may hold of an event: what keeps a list of work in order. Everything else stays here: free text, names
/// of people outside the team, telephone numbers, and fields that nobody thought of when this was written.
const TOLD: [&str; 34] = [
    "arrivedAt",
    "assignee",
    "assignment",
    "categoryCode",
    "cause",
    "channel",
    "code",
    "confirmedAt",
    "dueAt",
    "epoch",
    "expiresAt",
    "flow",
    "handledSeconds",
    "handoverId",
    "id",
    "level",
    "logId",
    "met",
    "priority",
    "queuedAt",
    "returns",
    "seconds",
    "stage",
    "stages",
    "step",
    "target",
    "teamKey",
    "ticketId",
    "ticketNumber",
    "toTeamKey",
    "type",
    "until",
    "waitedSeconds",
    "webhookId",
];

/// Tells whether the caller may see and change webhooks of a team: those above teams; in their own, leads and third parties.
pub(crate) fn may_manage(caller: &Caller, sight: &Sight, team_key: &str) -> bool {
    let answers = caller.has(Role::TeamLead) || caller.has(Role::ThirdParty);
    caller.is_above_teams() || (answers && sight.covers(team_key))
}

/// Tells whether a webhook with these event types tells of this one.
pub(crate) fn tells(event_types: &[String], event_type: &str) -> bool {
    let fits = |wanted: &String| match wanted.strip_suffix('*') {
        Some(beginning) => event_type.starts_with(beginning),
        None => wanted == event_type,
    };
    event_types.is_empty() || event_types.iter().any(fits)
}

/// Returns the team that an event's payload belongs to, where it belongs to one.
pub(crate) fn team_of(payload: &Value) -> Option<&str> {
    let own = payload.get("teamKey").or_else(|| payload.get("assignment")?.get("teamKey"));
    own?.as_str().filter(|team| !team.is_empty())
}

/// Returns the message about an event.
pub(crate) fn message(event_type: &str, at: DateTime<Utc>, payload: &Value) -> String {
    let timestamp = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({"type": event_type, "timestamp": timestamp, "data": told(payload)}).to_string()
}

fn told(payload: &Value) -> Value {
    match payload {
        Value::Object(fields) => {
            let told = fields.iter().filter(|(name, _)| TOLD.contains(&name.as_str()));
            Value::Object(told.map(|(name, value)| (name.clone(), told_of(value))).collect())
        }
        other => other.clone(),
    }
}

fn told_of(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(told).collect(),
        other => told(other),
    }
}

/// Where a message stands before an attempt, and its webhook.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Attempts before this one.
    pub(crate) attempts: i32,
    /// Since when the webhook takes nothing.
    pub(crate) failing_since: Option<DateTime<Utc>>,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// What becomes of the message.
    pub(crate) state: WebhookDeliveryState,
    /// When it is tried again.
    pub(crate) next_at: Option<DateTime<Utc>>,
    /// Until when the webhook is left alone.
    pub(crate) quiet_until: Option<DateTime<Utc>>,
    /// Why the webhook is disabled, where it is.
    pub(crate) disabled: Option<&'static str>,
}

/// Decides what follows from an attempt that ended at `now`: a webhook that takes nothing for longer than `patience` is
/// disabled. `luck` is from 0 to 1.
pub(crate) fn judge(
    report: &Report,
    before: Standing,
    patience: TimeDelta,
    (now, luck): (DateTime<Utc>, f64),
) -> Verdict {
    let attempts = usize::try_from(before.attempts + 1).unwrap_or(usize::MAX);
    let again = wait_after(attempts, luck).map(|wait| now + wait.max(report.retry_after.unwrap_or_default()));
    let quiet_until = report.retry_after.map(|wait| now + wait);
    let stands = |state, next_at| Verdict { state, next_at, quiet_until: None, disabled: None };
    let verdict = match report.outcome.consequence() {
        Consequence::Done => return stands(WebhookDeliveryState::Delivered, None),
        Consequence::Disable => {
            return Verdict { disabled: Some("GONE"), ..stands(WebhookDeliveryState::Held, None) };
        }
        Consequence::Dead => stands(WebhookDeliveryState::Dead, None),
        Consequence::Again if again.is_none() => stands(WebhookDeliveryState::Dead, None),
        Consequence::Again => Verdict { quiet_until, ..stands(WebhookDeliveryState::Pending, again) },
    };
    if before.failing_since.is_none_or(|since| now - since < patience) {
        return verdict;
    }
    // What is disabled loses nothing: what could be tried again waits for somebody to look.
    let state = if verdict.next_at.is_some() { WebhookDeliveryState::Held } else { verdict.state };
    Verdict { disabled: Some("FAILING"), ..stands(state, None) }
}

/// Returns in which state a message begins, or begins again.
pub(crate) fn first_state(webhook: WebhookState) -> WebhookDeliveryState {
    match webhook {
        WebhookState::Disabled => WebhookDeliveryState::Held,
        WebhookState::Enabled | WebhookState::Unspecified => WebhookDeliveryState::Pending,
    }
}

#[cfg(test)]
mod tests;
