//! Who the customer of a ticket is, by its form and by the customer's record: for those who show a part of it (D5).

use hotline_phones::NumberPlan;
use hotline_proto::customers::v1::Customer;
use hotline_proto::tickets::v1::TicketCustomer;

use crate::domain::mask::dialled;
use crate::domain::ticket::Ticket;

/// Returns what is known: of each what the form says first, then what the record does.
pub(super) fn customer(ticket: &Ticket, record: Option<&Customer>, numbers: &NumberPlan) -> TicketCustomer {
    let field = |name: &str| ticket.fields.get(name).map_or("", |said| said.trim());
    let unknown = Customer::default();
    let record = record.unwrap_or(&unknown);
    // A number is the same in any spelling.
    let number = |contact: &str| numbers.read(contact).map_or(contact.to_owned(), |number| dialled(&number));
    let of_record = record.phones.iter().chain(&record.emails);
    let contacts = of_record.map(String::as_str);
    TicketCustomer {
        ticket_id: ticket.id.to_string(),
        title: record.title.clone(),
        names: each_once([field("name"), &record.name].map(str::to_owned)),
        contacts: each_once(std::iter::once(field("contact")).chain(contacts).map(number)),
        rooms: each_once([field("room"), &record.room].map(str::to_owned)),
        addresses: each_once([field("address")].map(str::to_owned)),
    }
}

fn each_once(all: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for said in all {
        if !said.trim().is_empty() && !once.contains(&said) {
            once.push(said);
        }
    }
    once
}
