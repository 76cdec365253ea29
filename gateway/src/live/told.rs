//! An event as streams tell it: what it is about, for filters, and its text, both made when somebody first asks.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use hotline_core::caller::Caller;
use hotline_core::outbox;
use hotline_proto::events::v1::Envelope;
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage, SerializeOptions, Value};
use serde_json::json;

use super::audience::{self, Share};
use super::filter::Filter;
use super::kinds::{Kind, Kinds};

/// How deep records lie in payloads.
const DEPTH: usize = 2;

/// An event, ready to be told.
pub(crate) struct Told {
    event: Arc<Envelope>,
    kind: Option<Arc<Kind>>,
    parts: OnceLock<Option<Parts>>,
}

struct Parts {
    about: About,
    whole: String,
    outside: OnceLock<String>,
}

/// What an event is about.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct About {
    /// Ids and numbers of tickets.
    pub(super) tickets: BTreeSet<String>,
    pub(super) customers: BTreeSet<String>,
    /// Every team it names.
    pub(super) teams: BTreeSet<String>,
    /// The team that has the record, and the one that had it before.
    own_teams: BTreeSet<String>,
}

/// Who listens, and to what.
pub(super) struct View {
    pub(super) caller: Caller,
    pub(super) filter: Filter,
}

impl Told {
    pub(super) fn new(event: Arc<Envelope>, kinds: &Kinds) -> Self {
        let kind = kinds.get(&event.name).cloned();
        Self { event, kind, parts: OnceLock::new() }
    }

    /// Returns the kind and the JSON of the event as this listener is told it; none where it is not for them.
    pub(super) fn to(&self, view: &View) -> Option<(&str, &str)> {
        let kind = self.kind.as_ref()?;
        if !view.filter.wants(&kind.name) {
            return None;
        }
        let parts = self.parts.get_or_init(|| self.part(kind)).as_ref()?;
        let text = match kind.audience.share(&view.caller, &parts.about.own_teams) {
            Share::Nothing => return None,
            // Whose events these are must not be found out by asking for a customer's.
            Share::Outside if view.filter.asks_for_customers() => return None,
            Share::Outside => parts.outside.get_or_init(|| self.outside(kind)),
            Share::Whole => &parts.whole,
        };
        view.filter.is_about(&parts.about).then_some((kind.name.as_str(), text))
    }

    fn read(&self, kind: &Kind) -> anyhow::Result<(DynamicMessage, serde_json::Value)> {
        let message = DynamicMessage::decode(kind.payload.clone(), self.event.payload.as_slice())?;
        let options = SerializeOptions::new().skip_default_fields(false);
        let payload = message.serialize_with_options(serde_json::value::Serializer, &options)?;
        Ok((message, payload))
    }

    /// Few ask for it, so the payload is read once more rather than kept.
    fn outside(&self, kind: &Kind) -> String {
        let read = self.read(kind);
        read.map(|(_, payload)| self.text(kind, &audience::outside(&payload))).unwrap_or_default()
    }

    fn part(&self, kind: &Kind) -> Option<Parts> {
        match self.read(kind) {
            Ok((message, payload)) => {
                let whole = self.text(kind, &payload);
                Some(Parts { about: about(&message), whole, outside: OnceLock::new() })
            }
            Err(error) => {
                tracing::warn!(event = self.event.name, id = self.event.id, %error, "an event can't be told");
                None
            }
        }
    }

    /// JSON has no line breaks, which would end a field of the stream.
    fn text(&self, kind: &Kind, payload: &serde_json::Value) -> String {
        let at = outbox::occurred_at(&self.event);
        json!({
            "id": self.event.id,
            "kind": kind.name,
            "at": at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
            "actor": self.event.actor,
            "traceId": self.event.trace_parent.split('-').nth(1).unwrap_or_default(),
            "subject": self.event.subject,
            "payload": payload,
        })
        .to_string()
    }
}

/// Reads off a payload's fields, by their names, what it is about.
fn about(message: &DynamicMessage) -> About {
    let mut about = About::default();
    collect(message, "", DEPTH, &mut about);
    for all in [&mut about.tickets, &mut about.customers, &mut about.teams, &mut about.own_teams] {
        all.remove("");
    }
    about
}

fn collect(message: &DynamicMessage, within: &str, depth: usize, about: &mut About) {
    for (field, value) in message.fields() {
        match value {
            Value::String(text) => note(within, field.name(), text, about),
            Value::List(values) => {
                let texts = values.iter().filter_map(Value::as_str);
                texts.for_each(|text| note(within, field.name().trim_end_matches('s'), text, about));
            }
            Value::Message(record) if depth > 0 && !is_well_known(&record.descriptor()) => {
                collect(record, field.name(), depth - 1, about);
            }
            _ => {}
        }
    }
}

fn note(within: &str, field: &str, text: &str, about: &mut About) {
    let text = text.to_owned();
    match (within, field) {
        ("ticket", "id" | "number") | (_, "ticket_id" | "ticket_number") => {
            about.tickets.insert(text);
        }
        (_, "customer_id") => {
            about.customers.insert(text);
        }
        (_, "team_key" | "from_team_key") => {
            about.own_teams.insert(text.clone());
            about.teams.insert(text);
        }
        (_, "to_team_key") => {
            about.teams.insert(text);
        }
        _ => {}
    }
}

fn is_well_known(message: &MessageDescriptor) -> bool {
    message.package_name() == "google.protobuf"
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use hotline_core::caller::Caller;
    use hotline_core::time::to_proto;
    use hotline_proto::auth::v1::Role;
    use hotline_proto::events::v1::{
        AssignmentSnapshot, AssignmentTransferred, Envelope, TicketAssigned, TicketSnapshot,
    };
    use prost::{Message, Name};
    use serde_json::{Value, json};

    use super::{Told, View};
    use crate::live::filter::{Filter, Query};
    use crate::live::kinds::Kinds;

    /// Wraps a payload as an outbox does.
    pub(in crate::live) fn envelope<E: Message + Name>(payload: &E) -> Envelope {
        Envelope {
            id: "e-1".into(),
            name: E::full_name(),
            subject: "t-1".into(),
            occurred_at: Some(to_proto("2026-03-02T01:00:00Z".parse().expect("a time"))),
            actor: "agent".into(),
            trace_parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into(),
            payload: payload.encode_to_vec(),
        }
    }

    pub(in crate::live) fn kinds() -> Kinds {
        Kinds::read(hotline_proto::descriptors())
    }

    pub(in crate::live) fn view(role: Role, team: &str, query: &str) -> View {
        let filter = match query {
            "" => Filter::default(),
            query => Query::read(query, &kinds()).expect("a query").filter,
        };
        let (roles, teams) = ([role].into(), vec![team.to_owned()]);
        View { caller: Caller { roles, teams, ..Caller::default() }, filter }
    }

    pub(in crate::live) fn assigned() -> TicketAssigned {
        let ticket = TicketSnapshot {
            id: "t-1".into(),
            number: "WX-7".into(),
            customer_id: "c-1".into(),
            team_key: "vendor".into(),
            room: "3-1502".into(),
            ..TicketSnapshot::default()
        };
        TicketAssigned { ticket: Some(ticket), from_team_key: "first-line".into() }
    }

    fn told() -> Told {
        Told::new(Arc::new(envelope(&assigned())), &kinds())
    }

    fn json_of(told: &Told, view: &View) -> Value {
        let (kind, text) = told.to(view).expect("is told");
        assert_eq!(kind, "ticket.assigned");
        assert!(!text.contains('\n'));
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn staff_is_told_all_with_when_by_whom_and_why() {
        let json = json_of(&told(), &view(Role::Agent, "first-line", ""));
        assert_eq!(json["at"], "2026-03-02T01:00:00Z");
        assert_eq!(json["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!((&json["actor"], &json["kind"]), (&json!("agent"), &json!("ticket.assigned")));
        assert_eq!(json["payload"]["ticket"]["room"], "3-1502");
        assert_eq!(json["payload"]["fromTeamKey"], "first-line");
    }

    #[test]
    fn a_third_party_is_told_of_its_own_work_without_the_customer() {
        let told = told();
        let json = json_of(&told, &view(Role::ThirdParty, "vendor", ""));
        assert_eq!(json["payload"]["ticket"]["number"], "WX-7");
        assert!(!json.to_string().contains("c-1") && !json.to_string().contains("1502"), "{json}");
        assert!(told.to(&view(Role::ThirdParty, "another", "")).is_none());
        assert!(told.to(&view(Role::ThirdParty, "vendor", "customerId=c-1")).is_none());
        assert!(told.to(&view(Role::ThirdParty, "first-line", "")).is_some(), "it is gone from its list");
    }

    #[test]
    fn filters_pick_by_kind_ticket_team_and_customer() {
        let told = told();
        let passes = |query: &str| told.to(&view(Role::Agent, "x", query)).is_some();
        for query in [
            "types=ticket.assigned",
            "types=ticket.*,sla.warned",
            "ticketId=t-1",
            "ticketId=WX-7",
            "teamKey=vendor&customerId=c-1",
            "teamKey=first-line",
            "customerId=c-0,c-1",
        ] {
            assert!(passes(query), "{query}");
        }
        for query in ["types=ticket.created", "ticketId=t-2", "teamKey=vendor&customerId=c-2"] {
            assert!(!passes(query), "{query}");
        }
    }

    #[test]
    fn the_team_that_gets_the_work_may_ask_for_the_transfer() {
        let assignment = AssignmentSnapshot { ticket_id: "t-1".into(), ..AssignmentSnapshot::default() };
        let transferred = AssignmentTransferred {
            assignment: Some(assignment),
            to_team_key: "vendor".into(),
            ..AssignmentTransferred::default()
        };
        let told = Told::new(Arc::new(envelope(&transferred)), &kinds());
        assert!(told.to(&view(Role::Agent, "x", "teamKey=vendor&ticketId=t-1")).is_some());
        assert!(told.to(&view(Role::ThirdParty, "vendor", "")).is_none(), "it is not its work yet");
    }

    #[test]
    fn what_can_not_be_read_is_told_to_nobody() {
        let broken = Envelope { payload: vec![0xff], ..envelope(&assigned()) };
        assert!(Told::new(Arc::new(broken), &kinds()).to(&view(Role::Admin, "x", "")).is_none());
        let unknown = Envelope { name: "hotline.events.v9.New".into(), ..envelope(&assigned()) };
        assert!(Told::new(Arc::new(unknown), &kinds()).to(&view(Role::Admin, "x", "")).is_none());
    }
}
