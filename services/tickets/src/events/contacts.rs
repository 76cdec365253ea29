//! What customers tell of contacts about tickets and of remote sessions, and what is told of repeat contacts (C7–C10).

use chrono::SecondsFormat;
use hotline_core::error::Error;
use hotline_core::{id, outbox, time};
use hotline_proto::common::v1::Channel;
use hotline_proto::events::v1::{
    ConsentGiven, Envelope, InteractionEnded, RemoteSessionChanged, RemoteSessionEnded,
    RemoteSessionSnapshot, RemoteSessionStarted, TicketContacted, TicketInformed, TicketSnapshot,
};
use uuid::Uuid;

use crate::domain::contact::Contact;
use crate::domain::ticket::Ticket;
use crate::domain::timeline::Details;

/// What customers tell of a ticket.
pub(super) struct Heard {
    /// The ticket.
    pub(super) ticket: Uuid,
    /// What.
    pub(super) what: Word,
}

/// What is told.
pub(super) enum Word {
    /// A contact was about it.
    Contact(Contact),
    /// A call about it lasted too long, or longer with the customer's consent.
    Overran(Details),
    /// Something happened in a remote session about it.
    Remote {
        /// What was said or done.
        note: String,
        /// Who agreed, and to what.
        details: Details,
    },
}

/// Reads an event of customers; nothing for one that is about no ticket.
///
/// # Errors
/// [`Error::Field`] for an id that is none; [`Error::Internal`] for a payload that can't be read.
pub(super) fn heard(event: &Envelope) -> Result<Vec<Heard>, Error> {
    if let Some(ended) = outbox::read::<InteractionEnded>(event)? {
        return contact(&ended);
    }
    let (session, note, details) = if let Some(started) = outbox::read::<RemoteSessionStarted>(event)? {
        let session = started.session.unwrap_or_default();
        let details = consent(Details::default().with("tool", session.tool.clone()), started.consent);
        (session.clone(), session.purpose, details.with("step", "STARTED"))
    } else if let Some(changed) = outbox::read::<RemoteSessionChanged>(event)? {
        let told = Details::default().with("scope", changed.scope).with("effect", changed.effect);
        let details = consent(told, changed.consent).with("step", "CHANGED");
        (changed.session.unwrap_or_default(), changed.what, details)
    } else if let Some(ended) = outbox::read::<RemoteSessionEnded>(event)? {
        let step = if ended.expired { "EXPIRED" } else { "ENDED" };
        let details = Details::default().with("step", step).with("changes", ended.changes.to_string());
        (ended.session.unwrap_or_default(), ended.result, details)
    } else {
        return Ok(Vec::new());
    };
    remote(&session, note, details)
}

fn contact(ended: &InteractionEnded) -> Result<Vec<Heard>, Error> {
    let Some(ticket) = id::parse_optional(&ended.ticket_id, "ticketId")? else { return Ok(Vec::new()) };
    let interaction_id = id::parse(&ended.interaction_id, "interactionId")?;
    let contact = Contact { interaction_id, channel: ended.channel(), note: String::new() };
    let overran = overran(ended).map(|details| Heard { ticket, what: Word::Overran(details) });
    Ok([Heard { ticket, what: Word::Contact(contact) }].into_iter().chain(overran).collect())
}

/// Returns how a call went on beyond the time for it; `None` of one that did not, and for which nobody asked.
fn overran(ended: &InteractionEnded) -> Option<Details> {
    let at = time::from_proto(ended.overran_at.as_ref());
    let consent = ended.continue_consent;
    (at.is_some() || consent.is_some()).then(|| {
        Details::default()
            .with("interactionId", ended.interaction_id.clone())
            .with("agent", ended.agent.clone())
            .time("overranAt", at)
            .with("limitSeconds", ended.limit_seconds.to_string())
            .with("consent", consent.map(|agreed| agreed.to_string()).unwrap_or_default())
            .with("handedOverTo", ended.handed_over_to.clone())
    })
}

fn remote(session: &RemoteSessionSnapshot, note: String, details: Details) -> Result<Vec<Heard>, Error> {
    let Some(ticket) = id::parse_optional(&session.ticket_id, "ticketId")? else { return Ok(Vec::new()) };
    let details = details.with("sessionId", session.id.clone()).with("agent", session.agent.clone());
    Ok(vec![Heard { ticket, what: Word::Remote { note, details } }])
}

fn consent(details: Details, given: Option<ConsentGiven>) -> Details {
    let given = given.unwrap_or_default();
    let channel = Channel::try_from(given.channel).unwrap_or_default();
    let at = time::from_proto(given.at.as_ref()).map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    details
        .with("consentBy", given.by)
        .with("consentAt", at.unwrap_or_default())
        .with("consentChannel", channel.as_str_name().trim_start_matches("CHANNEL_"))
}

/// Returns the event of a customer who was told how far a ticket is.
pub(super) fn informed(
    snapshot: Option<TicketSnapshot>,
    channel: Channel,
    status: bool,
    agent: &str,
) -> TicketInformed {
    TicketInformed { ticket: snapshot, channel: channel.into(), status, agent: agent.to_owned() }
}

/// Returns the event of a repeat contact.
pub(super) fn contacted(
    snapshot: Option<TicketSnapshot>,
    ticket: &Ticket,
    contact: &Contact,
    agent: &str,
) -> TicketContacted {
    TicketContacted {
        ticket: snapshot,
        interaction_id: contact.interaction_id.to_string(),
        channel: contact.channel.into(),
        agent: agent.to_owned(),
        contact_count: i32::try_from(ticket.matters.contacts).unwrap_or(i32::MAX),
        note: contact.note.clone(),
    }
}
