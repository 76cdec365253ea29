//! Messages of the contract to and from the domain.

use std::collections::HashMap;

use hotline_core::time::{delta, from_proto, to_proto, to_proto_optional};
use hotline_core::{etag, id};
use hotline_proto::callbacks::v1::{
    self as proto, CallbackState, ClaimCallbacksRequest, RecordAttemptRequest,
};
use uuid::Uuid;

use crate::domain::{Answer, Attempt, Callback, Report};
use crate::work::Claim;

/// Reads who wants how much work.
pub(super) fn claim(request: &ClaimCallbacksRequest, subject: String) -> Claim {
    let wait = delta(request.wait.as_ref()).and_then(|wait| wait.to_std().ok());
    Claim {
        subject,
        most: usize::try_from(request.max).unwrap_or_default().max(1),
        wait: wait.unwrap_or_default(),
        lease: super::lease(request.lease.as_ref()),
    }
}

/// Reads what the caller says of a try.
pub(super) fn report(request: RecordAttemptRequest) -> Report {
    Report {
        outcome: request.outcome(),
        answer: Answer { satisfied: request.satisfied, score: request.score },
        reasons: request.reasons,
        comment: request.comment,
        next_at: from_proto(request.next_at.as_ref()),
    }
}

/// Writes callbacks with their tries, as `viewer` may see them.
pub(super) fn callbacks(
    callbacks: Vec<Callback>,
    mut tries: HashMap<Uuid, Vec<Attempt>>,
    viewer: &str,
) -> Vec<proto::Callback> {
    let with_tries = |one: Callback| {
        let tries = tries.remove(&one.id).unwrap_or_default();
        callback(one, tries, viewer)
    };
    callbacks.into_iter().map(with_tries).collect()
}

/// Writes a callback with its tries, as `viewer` may see it: the proof of holding it is for its holder only.
pub(super) fn callback(callback: Callback, tries: Vec<Attempt>, viewer: &str) -> proto::Callback {
    let held = callback.state == CallbackState::Leased;
    let assignee = if held { callback.holder } else { String::new() };
    let lease_token = if held && assignee == viewer { callback.token } else { String::new() };
    let draft = callback.draft;
    let ticket_id = id::text(draft.ticket.as_ref().map(|ticket| ticket.id));
    let (ticket_number, resolution) =
        draft.ticket.map(|ticket| (ticket.number, ticket.resolution)).unwrap_or_default();
    proto::Callback {
        id: callback.id.to_string(),
        kind: draft.kind.into(),
        ticket_id,
        ticket_number,
        customer_id: id::text(draft.customer_id),
        subject: draft.subject,
        state: callback.state.into(),
        opens_at: Some(to_proto(draft.opens_at)),
        due_at: Some(to_proto(draft.due_at)),
        assignee,
        lease_token,
        lease_expires_at: to_proto_optional(callback.lease_expires_at),
        attempts: tries.into_iter().map(attempt).collect(),
        satisfied: callback.answer.satisfied,
        score: callback.answer.score,
        end_reason: callback.end_reason,
        created_at: Some(to_proto(callback.created_at)),
        ended_at: to_proto_optional(callback.ended_at),
        resolution,
        etag: etag::of(callback.version),
    }
}

fn attempt(attempt: Attempt) -> proto::Attempt {
    proto::Attempt {
        number: attempt.number,
        at: Some(to_proto(attempt.at)),
        agent: attempt.agent,
        outcome: attempt.outcome.into(),
        comment: attempt.comment,
    }
}
