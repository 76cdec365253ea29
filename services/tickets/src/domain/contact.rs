//! Repeat contacts: which ticket a call is about, and that it is counted once (C7); how long calls
//! last (C9); what happens in remote sessions (C10).

use hotline_proto::common::v1::Channel;
use hotline_proto::tickets::v1::RecognizedBy;
use uuid::Uuid;

use crate::domain::draft::{Draft, What};
use crate::domain::lifecycle::{Event, is_open};
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// A contact about a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contact {
    /// Which.
    pub(crate) interaction_id: Uuid,
    /// How.
    pub(crate) channel: Channel,
    /// What was said.
    pub(crate) note: String,
}

/// Returns which of a customer's tickets, newest first, a call about this category is about: one of the very category before
/// one of the same board, and among the former an open one before one that is solved and not over.
pub(crate) fn recognised<'a>(
    tickets: &'a [Ticket],
    category_code: &str,
) -> Option<(&'a Ticket, RecognizedBy)> {
    let of = |ticket: &&Ticket| !category_code.is_empty() && ticket.category_code == category_code;
    let near = |ticket: &&Ticket| {
        is_open(ticket.state)
            && !category_code.is_empty()
            && board(&ticket.category_code) == board(category_code)
    };
    let same = tickets.iter().filter(of);
    let same = same.clone().find(|ticket| is_open(ticket.state)).or_else(|| same.clone().next());
    same.map(|ticket| (ticket, RecognizedBy::Category))
        .or_else(|| tickets.iter().find(near).map(|ticket| (ticket, RecognizedBy::Board)))
}

fn board(category_code: &str) -> &str {
    category_code.split('.').next().unwrap_or_default()
}

impl Draft<'_> {
    /// Counts a contact. The caller sees to it that one is counted once.
    ///
    /// # Errors
    /// [`Error::State`] of what was given up.
    pub(crate) fn contact(&mut self, contact: &Contact) -> Result<(), Error> {
        self.step(Event::Contact)?;
        self.ticket.matters.contacts += 1;
        let details = Details::default()
            .with("interactionId", contact.interaction_id.to_string())
            .with("channel", contact.channel.as_str_name().trim_start_matches("CHANNEL_"))
            .with("contactCount", self.ticket.matters.contacts.to_string());
        self.log(Kind::Contacted, &contact.note, details);
        self.tell(What::Contacted(contact.clone(), self.who.subject.clone()));
        Ok(())
    }

    /// Notes that a call about the ticket lasted too long, and what the customer said to that (C9).
    pub(crate) fn call_overran(&mut self, details: Details) {
        self.log(Kind::CallOverran, "", details);
    }

    /// Notes what happened in a remote session about the ticket.
    pub(crate) fn remote_session(&mut self, note: &str, details: Details) {
        self.log(Kind::RemoteSession, note, details);
    }
}

#[cfg(test)]
mod tests {
    use hotline_proto::common::v1::TicketState as State;

    use super::*;

    fn ticket(category_code: &str, state: State) -> Ticket {
        Ticket { category_code: category_code.into(), state, ..crate::domain::tests::ticket() }
    }

    fn found(tickets: &[Ticket], category_code: &str) -> Option<(usize, RecognizedBy)> {
        let (ticket, by) = recognised(tickets, category_code)?;
        tickets.iter().position(|one| std::ptr::eq(one, ticket)).map(|place| (place, by))
    }

    #[test]
    fn the_very_category_comes_before_the_board_and_open_before_solved() {
        let tickets = [
            ticket("repair.public", State::New),
            ticket("repair.private", State::Resolved),
            ticket("repair.private", State::Waiting),
            ticket("consult.property", State::New),
        ];
        assert_eq!(found(&tickets, "repair.private"), Some((2, RecognizedBy::Category)));
        assert_eq!(found(&tickets[..2], "repair.private"), Some((1, RecognizedBy::Category)));
        assert_eq!(found(&tickets, "repair.paid"), Some((0, RecognizedBy::Board)));
        assert_eq!(found(&tickets, "repair"), Some((0, RecognizedBy::Board)));
        assert_eq!(
            found(&tickets[1..2], "repair.paid"),
            None,
            "what is solved and of another leaf is another matter"
        );
        assert_eq!(found(&tickets, "complaint.service"), None);
        assert_eq!(found(&tickets, ""), None);
    }
}
