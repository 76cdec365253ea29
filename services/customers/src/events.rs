//! What the customer service publishes of long calls and remote sessions, and what it does when something is due.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hotline_core::caller::Caller;
use hotline_core::db::Tx;
use hotline_core::deadlines::{Alarm, Deadline};
use hotline_core::error::Error;
use hotline_core::time::to_proto;
use hotline_core::{id, outbox};
use hotline_proto::events::v1::{
    ConsentGiven, RemoteSessionChanged, RemoteSessionEnded, RemoteSessionSnapshot, RemoteSessionStarted,
};
use uuid::Uuid;

use crate::domain::Interaction;
use crate::domain::remote::{Change, Consent, RemoteSession};
use crate::{NAME, store};

/// The time road: calls that have become too long, sessions whose time is over.
pub(crate) struct Road;

#[async_trait]
impl Alarm for Road {
    async fn ring(&self, tx: &Tx, deadline: &Deadline) -> Result<(), Error> {
        let subject = id::parse(&deadline.subject, "subject")?;
        let itself = Caller::service(NAME);
        match deadline.kind.as_str() {
            store::interactions::OVERRUN => itself.scope(overrun(tx, subject, deadline.due_at)).await,
            store::remote::EXPIRY => itself.scope(expire(tx, subject)).await,
            _ => Ok(()),
        }
    }
}

async fn overrun(tx: &Tx, id: Uuid, due_at: DateTime<Utc>) -> Result<(), Error> {
    let (mut interaction, project) = store::interactions::lock_to_end(tx, id).await?;
    if interaction.ended_at.is_none() && prompt(tx, &mut interaction, &project, due_at)? {
        interaction.version += 1;
        store::interactions::update(tx, &interaction);
    }
    Ok(())
}

/// Prompts agent and lead where a call has become too long by `now`; tells whether it did.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn prompt(
    tx: &Tx,
    interaction: &mut Interaction,
    project: &str,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    if !interaction.handling.catch_up(now) {
        return Ok(false);
    }
    let overran_at = interaction.handling.overran_at.unwrap_or(now);
    outbox::put(tx, interaction.id, overran_at, &interaction.overran_event(project))?;
    Ok(true)
}

async fn expire(tx: &Tx, id: Uuid) -> Result<(), Error> {
    let session = store::remote::locked(tx, id).await?;
    if let Some(session) = session.expire(Caller::service(NAME).subject) {
        store::remote::update(tx, &session);
        ended(tx, &session)?;
    }
    Ok(())
}

/// Publishes that a session began.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn started(tx: &Tx, session: &RemoteSession) -> Result<(), Error> {
    let event = RemoteSessionStarted { session: snapshot(session), consent: given(&session.consent) };
    outbox::put(tx, session.id, session.started_at, &event)
}

/// Publishes the last change of a session.
///
/// # Errors
/// As [`started`].
pub(crate) fn changed(tx: &Tx, session: &RemoteSession) -> Result<(), Error> {
    let Some(Change { at, scope, effect, what, consent, .. }) = session.changes.last() else { return Ok(()) };
    let event = RemoteSessionChanged {
        session: snapshot(session),
        consent: given(consent),
        scope: scope.clone(),
        effect: effect.clone(),
        what: what.clone(),
    };
    outbox::put(tx, session.id, *at, &event)
}

/// Publishes that a session ended.
///
/// # Errors
/// As [`started`].
pub(crate) fn ended(tx: &Tx, session: &RemoteSession) -> Result<(), Error> {
    let Some(ending) = &session.ending else { return Ok(()) };
    let event = RemoteSessionEnded {
        session: snapshot(session),
        result: ending.result.clone(),
        expired: ending.expired,
        lasted_seconds: (ending.at - session.started_at).num_seconds(),
        changes: i32::try_from(session.changes.len()).unwrap_or(i32::MAX),
    };
    outbox::put(tx, session.id, ending.at, &event)
}

fn snapshot(session: &RemoteSession) -> Option<RemoteSessionSnapshot> {
    let about = &session.about;
    Some(RemoteSessionSnapshot {
        id: session.id.to_string(),
        customer_id: about.customer_id.to_string(),
        interaction_id: id::text(about.interaction_id),
        ticket_id: id::text(about.ticket_id),
        agent: session.agent.clone(),
        team_key: session.team_key.clone(),
        category_code: about.category_code.clone(),
        purpose: session.purpose.clone(),
        tool: session.tool.clone(),
        started_at: Some(to_proto(session.started_at)),
    })
}

fn given(consent: &Consent) -> Option<ConsentGiven> {
    let (by, at) = (consent.by.clone(), Some(to_proto(consent.at)));
    Some(ConsentGiven { by, at, channel: consent.channel })
}
