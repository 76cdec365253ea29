//! What happens to the teams' work, for streams of their queues (D3): heard from the bus, so that each process tells what
//! all of them do.

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use hotline_core::bus::{Hub, Listener, Place, Position, Since};
use hotline_core::outbox::read;
use hotline_core::seats::{NoSeat, Seat, Seats};
use hotline_core::server::Task;
use hotline_proto::events;
use hotline_proto::events::v1::{AssignmentSnapshot, Envelope, QueueFlowChanged};
use prost::Message;
use prost_types::Timestamp;
use uuid::Uuid;

use super::Work;
use super::heard::Heard;
use crate::NAME;
use crate::config::Streams;

/// How the contract names every event about an assignment.
const ABOUT_WORK: &str = "hotline.events.v1.Assignment";

/// Something that happened to a team's queue.
#[derive(Debug)]
pub(crate) struct Change {
    /// The team.
    pub(crate) team_key: String,
    /// To what.
    pub(crate) about: About,
    /// What, as callers name it.
    pub(crate) event_type: String,
    /// The event.
    pub(crate) event_id: String,
    /// When.
    pub(crate) occurred_at: Option<Timestamp>,
}

/// What of a queue changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// An assignment.
    Work(Uuid),
    /// Whether work is given out and taken in.
    Flow,
}

/// What every event about an assignment has in common.
#[derive(Clone, PartialEq, Message)]
struct AboutWork {
    #[prost(message, optional, tag = "1")]
    assignment: Option<AssignmentSnapshot>,
}

/// The changes, and who follows them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Feed {
    changes: Arc<Hub<Change>>,
    seats: Seats,
}

impl Feed {
    pub(crate) fn new(config: Streams) -> Self {
        let seats = Seats::new(config.most as usize, config.most_each as usize);
        Self { changes: Arc::new(Hub::new(config.kept as usize)), seats }
    }

    /// Takes a place for a stream of `subject`.
    ///
    /// # Errors
    /// [`NoSeat`].
    pub(crate) fn seat(&self, subject: &str) -> Result<Seat, NoSeat> {
        self.seats.take(subject)
    }

    /// Returns the changes as somebody's own, who outlives the call.
    pub(crate) fn changes(&self) -> Arc<Hub<Change>> {
        self.changes.clone()
    }
}

impl Deref for Feed {
    type Target = Hub<Change>;

    fn deref(&self) -> &Self::Target {
        &self.changes
    }
}

/// Ends the streams when the service stops: their callers come again, to a process that goes on.
pub(crate) fn end(feed: Feed) -> Task {
    Box::new(move |stop| {
        async move {
            stop.cancelled().await;
            feed.close();
        }
        .boxed()
    })
}

/// Reads what an event says of a queue; none where it says nothing.
fn change(event: &Envelope) -> Option<Change> {
    let (team_key, about) = if event.name.starts_with(ABOUT_WORK) {
        let work = AboutWork::decode(event.payload.as_slice()).ok()?.assignment?;
        (work.team_key, About::Work(Uuid::parse_str(&work.id).ok()?))
    } else {
        (read::<QueueFlowChanged>(event).ok()??.team_key, About::Flow)
    };
    Some(Change {
        team_key,
        about,
        event_type: events::kind(&event.name),
        event_id: event.id.clone(),
        occurred_at: event.occurred_at,
    })
}

/// Everything in this process that hears what happens to work.
pub(crate) struct Ears {
    heard: Heard,
    feed: Feed,
}

impl Work {
    /// Returns what is to hear the bus.
    pub(crate) fn ears(&self) -> Ears {
        Ears { heard: self.offers.heard.clone(), feed: self.feed.clone() }
    }
}

#[async_trait]
impl Listener for Ears {
    fn name(&self) -> &'static str {
        NAME
    }

    /// Streams that a process had are resumed at the next one, which must know what they have not heard. For offers it
    /// makes no difference.
    fn since(&self) -> Since {
        Since::Kept
    }

    async fn began(&self, position: &Position) {
        self.feed.begin(position.of(NAME));
    }

    async fn hear(&self, event: &Arc<Envelope>, place: Place) {
        self.heard.hear(event);
        // Places of other sources would make a position of one process none of another.
        if place.source == NAME
            && let Some(change) = change(event)
        {
            self.feed.tell(place, change);
        }
    }

    async fn gap(&self, position: &Position) {
        tracing::warn!("events were lost on the bus: streams of queues begin anew");
        self.heard.tell_all();
        self.feed.miss(position.of(NAME));
    }
}

#[cfg(test)]
mod tests {
    use hotline_core::{id, time};
    use hotline_proto::descriptors;
    use hotline_proto::events::v1::{
        AssignmentCompleted, AssignmentSnapshot, Envelope, PresenceChanged, QueueFlowChanged,
    };
    use prost::{Message, Name};
    use uuid::Uuid;

    use super::{ABOUT_WORK, About, change};

    fn envelope<E: Message + Name>(event: &E) -> Envelope {
        Envelope {
            id: id::new().to_string(),
            name: E::full_name(),
            occurred_at: Some(time::to_proto(chrono::DateTime::UNIX_EPOCH)),
            payload: event.encode_to_vec(),
            ..Envelope::default()
        }
    }

    #[test]
    fn every_event_about_an_assignment_begins_with_it() {
        let about: Vec<_> = descriptors()
            .all_messages()
            .filter(|message| message.full_name().starts_with(ABOUT_WORK))
            .collect();
        assert!(about.len() > 15, "{}", about.len());
        for message in about.iter().filter(|message| message.name() != "AssignmentSnapshot") {
            let first = message.get_field(1).expect("has a first field");
            let kind = first.kind();
            let name = kind.as_message().map(|kind| kind.name().to_owned());
            assert_eq!(name.as_deref(), Some("AssignmentSnapshot"), "{}", message.name());
        }
    }

    #[test]
    fn an_event_tells_of_its_teams_work_or_queue_and_of_nothing_else() {
        let id = Uuid::from_u128(7);
        let snapshot =
            AssignmentSnapshot { id: id.to_string(), team_key: "a".into(), ..AssignmentSnapshot::default() };
        let completed = AssignmentCompleted { assignment: Some(snapshot), ..AssignmentCompleted::default() };
        let told = change(&envelope(&completed)).expect("is about work");
        assert_eq!((told.team_key.as_str(), told.about), ("a", About::Work(id)));
        assert_eq!(told.event_type, "assignment.completed");
        let flow = QueueFlowChanged { team_key: "b".into(), ..QueueFlowChanged::default() };
        let told = change(&envelope(&flow)).expect("is about a queue");
        assert_eq!((told.team_key.as_str(), told.about), ("b", About::Flow));
        assert!(change(&envelope(&PresenceChanged::default())).is_none());
        assert!(change(&envelope(&AssignmentCompleted::default())).is_none());
    }
}
