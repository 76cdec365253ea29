//! Events for tests.

use hotline_core::time::to_proto;
use hotline_proto::common::v1::{Channel, Priority, TicketState, TicketType};
use hotline_proto::events::v1::{Envelope, TicketSnapshot};
use prost::{Message, Name};
use prost_types::Timestamp;
use uuid::Uuid;

/// Reads a time.
pub(crate) fn at(text: &str) -> Timestamp {
    to_proto(text.parse().expect("a time"))
}

/// Returns the ticket of the main job as it was registered.
pub(crate) fn ticket() -> TicketSnapshot {
    TicketSnapshot {
        id: Uuid::from_u128(7).to_string(),
        number: "1000017".into(),
        r#type: TicketType::Fault.into(),
        category_code: "repair.private".into(),
        subject: "宽带无法上网".into(),
        description: "今天早上开始宽带断线，光猫红灯。".into(),
        customer_id: Uuid::from_u128(8).to_string(),
        project: "曲江一期".into(),
        room: "3-1502".into(),
        channel: Channel::Phone.into(),
        priority: Priority::High.into(),
        state: TicketState::New.into(),
        owner_agent: "agent".into(),
        created_at: Some(at("2026-03-02T01:00:00Z")),
        completeness: 0.75,
        ..TicketSnapshot::default()
    }
}

/// Wraps an event; its number makes its id.
pub(crate) fn envelope<E: Message + Name>(number: u128, occurred_at: &str, event: &E) -> Envelope {
    Envelope {
        id: Uuid::from_u128(number).to_string(),
        name: E::full_name(),
        subject: "subject".into(),
        occurred_at: Some(at(occurred_at)),
        payload: event.encode_to_vec(),
        ..Envelope::default()
    }
}
