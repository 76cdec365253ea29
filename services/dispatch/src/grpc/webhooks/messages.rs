//! Webhooks and what goes to them, as messages.

use hotline_core::etag;
use hotline_core::time::{to_proto, to_proto_optional};
use hotline_proto::dispatch::v1::{Webhook, WebhookDelivery, WebhookDeliveryState, WebhookState};

use crate::store::{DeliveryRow, WebhookRow};

/// Returns a webhook as anybody may see it: without its secret.
pub(super) fn webhook(row: WebhookRow) -> Webhook {
    Webhook {
        id: row.id.to_string(),
        team_key: row.team_key,
        url: row.url,
        event_types: row.event_types.0,
        description: row.description,
        state: row.state,
        disabled_reason: row.disabled_reason,
        disabled_at: to_proto_optional(row.disabled_at),
        failing_since: to_proto_optional(row.failing_since),
        secret: String::new(),
        previous_secret_until: to_proto_optional(row.previous_secret_until),
        created_by: row.created_by,
        created_at: Some(to_proto(row.created_at)),
        etag: etag::of(row.version),
    }
}

/// Returns a message of a webhook.
pub(super) fn delivery(row: DeliveryRow) -> WebhookDelivery {
    let waits = row.state == i32::from(WebhookDeliveryState::Pending);
    WebhookDelivery {
        id: row.id.to_string(),
        webhook_id: row.webhook_id.to_string(),
        event_id: row.event_id.to_string(),
        event_type: row.event_type,
        subject: row.subject,
        state: row.state,
        attempts: row.attempts,
        last_status: row.last_status.unwrap_or_default(),
        last_outcome: row.last_outcome,
        last_attempt_at: to_proto_optional(row.last_at),
        next_attempt_at: waits.then(|| to_proto(row.next_at)),
        created_at: Some(to_proto(row.created_at)),
        body: row.body,
    }
}

/// Tells whether a webhook tells anything.
pub(super) fn is_enabled(row: &WebhookRow) -> bool {
    row.state == i32::from(WebhookState::Enabled)
}
