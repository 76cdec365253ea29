//! Messages of the contract to and from the domain.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use hotline_core::time::{from_proto, to_proto, to_proto_optional};
use hotline_core::{etag, id};
use hotline_proto::customers::v1::{
    ContinueAnswer, ContractStatus, Customer, EndInteractionRequest, ImportCustomersResponse,
    ImportedCustomer, Interaction, Segment,
};
use uuid::Uuid;

use crate::Error;
use crate::domain::{self, Activity, NumberPlan, Profile};

/// Reads what people may write of a customer.
///
/// # Errors
/// [`Error::Phone`] that names the number which is none.
pub(super) fn profile(numbers: &NumberPlan, customer: Customer) -> Result<Profile, Error> {
    let mut phones: Vec<String> = Vec::with_capacity(customer.phones.len());
    for (index, text) in customer.phones.iter().enumerate() {
        let number =
            numbers.read(text).ok_or_else(|| Error::Phone { field: format!("customer.phones[{index}]") })?;
        if !phones.contains(&number) {
            phones.push(number);
        }
    }
    let (segment, contract_status) = (customer.segment(), customer.contract_status());
    Ok(Profile {
        name: customer.name.trim().to_owned(),
        title: customer.title,
        phones,
        emails: customer.emails,
        project: customer.project.trim().to_owned(),
        room: customer.room.trim().to_owned(),
        segment: match segment {
            Segment::Unspecified => Segment::Ordinary,
            said => said,
        },
        contract_status: match contract_status {
            ContractStatus::Unspecified => ContractStatus::None,
            said => said,
        },
        notes: customer.notes,
    })
}

/// Reads the activity record of a contact.
pub(super) fn activity(request: EndInteractionRequest, ticket_id: Option<Uuid>) -> Activity {
    Activity {
        intent: request.intent(),
        outcome: request.outcome(),
        ticket_id,
        category_code: request.category_code,
        summary: request.summary,
        outage_id: None,
    }
}

/// Reads a customer of another system, under its key there. A number that can't be read is kept in the notes, so that
/// nothing of the old record is lost.
pub(super) fn imported(
    numbers: &NumberPlan,
    imported: ImportedCustomer,
    now: DateTime<Utc>,
) -> (String, domain::Customer) {
    let mut profile = Profile::named(imported.name.trim());
    match numbers.read(&imported.phone) {
        Some(number) => profile.phones.push(number),
        None => profile.notes = imported.phone.trim().to_owned(),
    }
    let created_at = from_proto(imported.created_at.as_ref()).unwrap_or(now);
    let customer =
        domain::Customer { updated_at: now, ..domain::Customer::new(id::new(), profile, created_at) };
    (imported.external_key, customer)
}

/// Answers an import: whose each record is, and how many customers are new.
pub(super) fn import_reply(
    asked: &[(String, domain::Customer)],
    found: &HashMap<String, Uuid>,
) -> ImportCustomersResponse {
    let ids: Vec<_> = asked.iter().map(|(key, _)| found.get(key).copied()).collect();
    let new = asked.iter().zip(&ids).filter(|((_, customer), id)| **id == Some(customer.id)).count();
    ImportCustomersResponse {
        ids: ids.into_iter().map(id::text).collect(),
        created: i32::try_from(new).unwrap_or(i32::MAX),
    }
}

impl From<domain::Customer> for Customer {
    fn from(customer: domain::Customer) -> Self {
        let anonymous = customer.is_anonymous();
        let profile = customer.profile;
        Self {
            id: customer.id.to_string(),
            name: profile.name,
            title: profile.title,
            phones: profile.phones,
            emails: profile.emails,
            project: profile.project,
            room: profile.room,
            segment: profile.segment.into(),
            contract_status: profile.contract_status.into(),
            notes: profile.notes,
            anonymous,
            created_at: Some(to_proto(customer.created_at)),
            updated_at: Some(to_proto(customer.updated_at)),
            etag: etag::of(customer.version),
        }
    }
}

impl From<domain::Interaction> for Interaction {
    fn from(interaction: domain::Interaction) -> Self {
        let overrun_state = interaction.handling.state(interaction.ended_at.is_some());
        let (activity, handling) = (interaction.activity, interaction.handling);
        let handed_over_at = handling.handed_over.as_ref().map(|over| over.at);
        Self {
            id: interaction.id.to_string(),
            customer_id: interaction.customer_id.to_string(),
            channel: interaction.channel.into(),
            direction: interaction.direction.into(),
            phone: interaction.phone,
            agent: interaction.agent,
            started_at: Some(to_proto(interaction.started_at)),
            ended_at: to_proto_optional(interaction.ended_at),
            intent: activity.intent.into(),
            category_code: activity.category_code,
            summary: activity.summary,
            outcome: activity.outcome.into(),
            ticket_id: id::text(activity.ticket_id),
            outage_id: id::text(activity.outage_id),
            etag: etag::of(interaction.version),
            overran_at: to_proto_optional(handling.overran_at),
            continue_answers: handling.answers.into_iter().map(Into::into).collect(),
            overrun_state: overrun_state.into(),
            suggested_team_key: handling.suggested_team,
            handed_over_to: handling.handed_over.map(|over| over.team_key).unwrap_or_default(),
            handed_over_at: to_proto_optional(handed_over_at),
            team_key: interaction.team_key,
            handling_due_at: to_proto_optional(handling.due_at),
        }
    }
}

impl From<domain::Answer> for ContinueAnswer {
    fn from(answer: domain::Answer) -> Self {
        let at = Some(to_proto(answer.at));
        Self { customer_consent: answer.agreed, at, by: answer.by, note: answer.note }
    }
}
