//! What contacts, callbacks and articles tell.

use chrono::{DateTime, Utc};
use hotline_core::time::from_proto;
use hotline_proto::events::v1::{
    ArticlePublished, CallbackAttempted, CallbackCompleted, InteractionEnded, InteractionOverran,
    RemoteSessionSnapshot,
};

use super::super::dimension::Dims;
use super::super::fact::{Fact, Measure};

pub(super) fn ended(event: &InteractionEnded, at: DateTime<Utc>) -> Vec<Fact> {
    let ended = from_proto(event.ended_at.as_ref()).unwrap_or(at);
    let started = from_proto(event.started_at.as_ref()).unwrap_or(ended);
    let dims = Dims {
        team: event.team_key.clone(),
        agent: event.agent.clone(),
        category: event.category_code.clone(),
        channel: event.channel(),
        project: event.project.clone(),
        ..Dims::default()
    };
    let seconds = ended.signed_duration_since(started).num_seconds();
    let mut facts = vec![Fact::with_amount(Measure::CONTACT, ended, &dims, seconds)];
    let limit = i64::from(event.limit_seconds);
    if limit > 0 {
        facts.push(Fact::with_amount(Measure::CALL, ended, &dims, seconds));
        if seconds >= limit {
            facts.push(Fact::once(Measure::CALL_OVERRAN, ended, &dims));
        }
        if seconds >= limit && event.continue_consent != Some(true) {
            facts.push(Fact::once(Measure::CALL_OVERRAN_UNCONSENTED, ended, &dims));
        }
    }
    facts
}

pub(super) fn overran(event: &InteractionOverran, at: DateTime<Utc>) -> Vec<Fact> {
    let dims = Dims {
        team: event.team_key.clone(),
        agent: event.agent.clone(),
        category: event.category_code.clone(),
        channel: event.channel(),
        project: event.project.clone(),
        ..Dims::default()
    };
    vec![Fact::once(Measure::CALL_PROMPTED, at, &dims)]
}

/// A session or change of one is credited to who looks at the device.
pub(super) fn remote(
    measure: Measure,
    session: Option<&RemoteSessionSnapshot>,
    at: DateTime<Utc>,
    seconds: Option<i64>,
) -> Vec<Fact> {
    let Some(session) = session else { return Vec::new() };
    let dims = Dims {
        team: session.team_key.clone(),
        agent: session.agent.clone(),
        category: session.category_code.clone(),
        ..Dims::default()
    };
    vec![match seconds {
        Some(seconds) => Fact::with_amount(measure, at, &dims, seconds),
        None => Fact::once(measure, at, &dims),
    }]
}

pub(super) fn callback_attempted(event: &CallbackAttempted, at: DateTime<Utc>) -> Vec<Fact> {
    let dims = Dims { agent: event.agent.clone(), ..Dims::default() };
    vec![Fact::once(Measure::CALLBACK_ATTEMPTED, at, &dims)]
}

/// The callback is credited to who called, the customer's answer to who solved the ticket.
pub(super) fn callback_completed(event: &CallbackCompleted, at: DateTime<Utc>) -> Vec<Fact> {
    let caller = Dims {
        team: event.team_key.clone(),
        agent: event.agent.clone(),
        category: event.category_code.clone(),
        channel: event.channel(),
        priority: event.priority(),
        kind: event.r#type(),
        project: String::new(),
    };
    let solver = Dims { agent: event.solved_by.clone(), ..caller.clone() };
    let mut facts = vec![Fact::once(Measure::CALLBACK_COMPLETED, at, &caller)];
    let mut when = |happened: bool, measure, dims| {
        if happened {
            facts.push(Fact::once(measure, at, dims));
        }
    };
    when(event.reached, Measure::CALLBACK_REACHED, &caller);
    when(event.in_time, Measure::CALLBACK_IN_TIME, &caller);
    when(true, Measure::SURVEY_ASKED, &solver);
    when(event.satisfied.is_some(), Measure::SURVEY_ANSWERED, &solver);
    when(event.satisfied == Some(true), Measure::SURVEY_SATISFIED, &solver);
    let score = event.score.map(i64::from);
    facts.extend(score.map(|score| Fact::with_amount(Measure::SURVEY_SCORED, at, &solver, score)));
    facts
}

pub(super) fn article_published(event: &ArticlePublished, at: DateTime<Utc>) -> Vec<Fact> {
    let dims = Dims { category: event.category_code.clone(), ..Dims::default() };
    vec![Fact::once(Measure::ARTICLE_PUBLISHED, at, &dims)]
}
