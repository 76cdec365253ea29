//! What is kept of an event for later recomputing: what figures are made of, and no words about a customer.
//! So a customer's erasure has nothing to look for here, and the figures stay (C12).

use hotline_proto::descriptors;
use hotline_proto::events::v1::Envelope;
use prost::Message;
use prost_reflect::{DynamicMessage, Kind, ReflectMessage, Value};

use super::reading::Unreadable;

/// The texts that are kept; any other is dropped, also one that a later version of an event adds.
const KEPT: &[&str] = &[
    "id",
    "number",
    "ticket_id",
    "ticket_number",
    "interaction_id",
    "callback_id",
    "article_id",
    "outage_id",
    "survivor_id",
    "category_codes",
    "projects",
    "category_code",
    "project",
    "team_key",
    "from_team_key",
    "to_team_key",
    "assignee",
    "waiting_for",
    "owner_agent",
    "agent",
    "solved_by",
    "clock",
    "outcome",
    "intent",
    "kind",
];

/// Texts of a name that elsewhere holds words, where they are one of a few codes or one of our people.
const CODES: &[&str] = &[
    "hotline.events.v1.TicketWaiting.reason",
    "hotline.events.v1.PastStep.reason",
    "hotline.events.v1.TicketJudged.validity",
    "hotline.events.v1.ComplaintConcluded.verdict",
    "hotline.events.v1.PlanChanged.move",
    "hotline.events.v1.PlanStepSnapshot.owner",
    "hotline.events.v1.StageOutcome.stage",
    "hotline.events.v1.AssignmentEscalated.level",
];

/// Returns the event without the texts that no figure is made of.
///
/// # Errors
/// [`Unreadable`].
pub(crate) fn without_words(event: &Envelope) -> Result<Envelope, Unreadable> {
    let descriptor = descriptors()
        .get_message_by_name(&event.name)
        .ok_or_else(|| Unreadable::Unknown(event.name.clone()))?;
    let mut message = DynamicMessage::decode(descriptor, event.payload.as_slice())
        .map_err(|error| Unreadable::Payload(event.name.clone(), error))?;
    drop_words(&mut message);
    Ok(Envelope { payload: message.encode_to_vec(), ..event.clone() })
}

fn drop_words(message: &mut DynamicMessage) {
    let descriptor = message.descriptor();
    for field in descriptor.fields() {
        match field.kind() {
            Kind::String if !KEPT.contains(&field.name()) && !CODES.contains(&field.full_name()) => {
                message.clear_field(&field);
            }
            Kind::Message(_) if message.has_field(&field) => drop_words_of(message.get_field_mut(&field)),
            _ => {}
        }
    }
}

fn drop_words_of(value: &mut Value) {
    match value {
        Value::Message(inner) => drop_words(inner),
        Value::List(all) => all.iter_mut().for_each(drop_words_of),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use hotline_proto::events::v1::{
        BudgetShare, PastStep, TicketImported, TicketReopened, TicketResolved, TicketWaiting,
    };
    use prost::Message;

    use super::super::examples::{envelope, ticket};
    use super::super::reading::facts;
    use super::without_words;

    #[test]
    fn words_are_dropped_and_the_figures_stay() {
        let event = TicketResolved {
            ticket: Some(ticket()),
            resolution: "王芳 13800138000".into(),
            solved_by: "engineer".into(),
            elapsed_seconds: 2_700,
            shares: vec![BudgetShare {
                assignee: "engineer".into(),
                waiting_for: "CUSTOMER".into(),
                working_seconds: 600,
                ..BudgetShare::default()
            }],
            ..TicketResolved::default()
        };
        let event = envelope(1, "2026-03-02T01:45:00Z", &event);
        let kept = without_words(&event).expect("known");
        let message = TicketResolved::decode(kept.payload.as_slice()).expect("decodes");
        let ticket = message.ticket.expect("kept");
        let words = [message.resolution, ticket.subject, ticket.description, ticket.customer_id, ticket.room];
        assert_eq!(words.concat(), "");
        assert_eq!(facts(&kept).expect("known"), facts(&event).expect("known"));
    }

    #[test]
    fn codes_are_kept_where_the_same_name_holds_words_elsewhere() {
        let waiting = TicketWaiting { ticket: Some(ticket()), reason: "CUSTOMER".into() };
        let kept = without_words(&envelope(1, "2026-03-02T01:45:00Z", &waiting)).expect("known");
        assert_eq!(TicketWaiting::decode(kept.payload.as_slice()).expect("decodes").reason, "CUSTOMER");
        let reopened = TicketReopened { reason: "王芳 13800138000".into(), ..TicketReopened::default() };
        let kept = without_words(&envelope(2, "2026-03-02T01:45:00Z", &reopened)).expect("known");
        assert_eq!(TicketReopened::decode(kept.payload.as_slice()).expect("decodes").reason, "");
        let step = PastStep { kind: "WAITING".into(), reason: "CUSTOMER".into(), ..PastStep::default() };
        let imported = TicketImported {
            external_key: "INC0000045".into(),
            past: vec![step.clone()],
            ..TicketImported::default()
        };
        let kept = without_words(&envelope(3, "2026-03-02T01:45:00Z", &imported)).expect("known");
        let message = TicketImported::decode(kept.payload.as_slice()).expect("decodes");
        assert_eq!((message.external_key.as_str(), message.past), ("", vec![step]));
    }
}
