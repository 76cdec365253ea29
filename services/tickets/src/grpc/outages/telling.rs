//! A customer who calls is told of an outage: the contact ends with it, and no ticket is made (T13, C4).

use hotline_core::{id, idempotency};
use hotline_proto::customers::v1::{EndInteractionRequest, Intent, Interaction, Outcome};
use hotline_proto::tickets::v1::{Outage as Message, TellOutageRequest};
use tonic::Response;
use uuid::Uuid;

use super::Outages;
use crate::domain::outage::Outage;
use crate::domain::outage::moves::Move;
use crate::events::outages as tell;
use crate::grpc::{Reply, who};
use crate::store::{Changes, Contact};

impl Outages {
    /// Ends the contact and notes that the customer was told, once for each contact.
    pub(super) async fn tell(&self, given: TellOutageRequest) -> Reply<Message> {
        let which = id::parse(&given.id, "id")?;
        let interaction_id = id::parse(&given.interaction_id, "interactionId")?;
        let customer_id = id::parse_optional(&given.customer_id, "customerId")?;
        let outage = self.store.outage(which).await?;
        outage.must(Move::Tell)?;
        if self.store.was_told(which, interaction_id).await? {
            idempotency::nothing_to_store();
            return Ok(Response::new(self.read(which).await?));
        }
        // Ended first: a crash in between leaves a contact that the same call again finds ended by itself.
        let interaction = self.neighbours.end_interaction(ending(&outage, &given)).await?;
        self.note(outage, &interaction, interaction_id, customer_id, given.note).await
    }

    async fn note(
        &self,
        outage: Outage,
        interaction: &Interaction,
        interaction_id: Uuid,
        customer_id: Option<Uuid>,
        note: String,
    ) -> Reply<Message> {
        let (now, who) = (self.store.clock.now(), who()?);
        let customer_id = match customer_id {
            Some(said) => said,
            None => id::parse(&interaction.customer_id, "customerId")?,
        };
        let contact = Contact {
            id: id::new(),
            outage_id: outage.id,
            interaction_id,
            customer_id,
            at: now,
            by: who.subject.clone(),
            note,
        };
        let tx = self.store.db.begin().await?;
        if self.store.add_contact(&tx, contact.clone()).await? {
            tell::told(&tx, &outage, &contact, interaction.channel(), now)?;
            let tickets = self.store.tickets_of_told(&tx, outage.id, customer_id).await?;
            let mut changes = Changes::lock(&tx, self.store.rules(), tickets.iter().copied()).await?;
            for ticket in tickets {
                changes.change(ticket, now, who.clone(), |draft| {
                    draft.inform(&outage.notice.title, interaction.channel())
                })?;
            }
            changes.write(&tx)?;
        }
        self.done(tx, &outage).await
    }
}

/// Returns how the contact ends: answered, with the outage as what it was about.
fn ending(outage: &Outage, given: &TellOutageRequest) -> EndInteractionRequest {
    let notice = &outage.notice;
    let told = format!("已告知故障通知「{}」", notice.title);
    let summary = if given.note.trim().is_empty() { told } else { format!("{told}：{}", given.note) };
    let category_code = match notice.category_codes.as_slice() {
        [only] => only.clone(),
        _ => String::new(),
    };
    EndInteractionRequest {
        id: given.interaction_id.clone(),
        intent: Intent::Fault as i32,
        outcome: Outcome::Answered as i32,
        category_code,
        summary,
        outage_id: outage.id.to_string(),
        ..EndInteractionRequest::default()
    }
}
