//! The kinds of events, read from the contract: a new event needs no line here.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use hotline_proto::events::kind;
use prost_reflect::{DescriptorPool, MessageDescriptor};

use super::audience::{self, Audience};

/// The option that makes a message an event.
const OPTION: &str = "hotline.events.v1.event";

/// One kind of event.
pub(crate) struct Kind {
    /// As callers know it: `ticket.handed_over`.
    pub(super) name: String,
    /// Its payload.
    pub(super) payload: MessageDescriptor,
    /// Who hears it.
    pub(super) audience: Audience,
}

/// The kinds by the full names of their messages.
#[derive(Clone)]
pub(crate) struct Kinds(Arc<HashMap<String, Arc<Kind>>>);

impl Kinds {
    /// Reads the events of a contract; one without events has none.
    pub(crate) fn read(pool: &DescriptorPool) -> Self {
        let mut kinds = HashMap::new();
        let Some(option) = pool.get_extension_by_name(OPTION) else { return Self(Arc::default()) };
        for payload in pool.all_messages().filter(|message| message.options().has_extension(&option)) {
            let name = kind(payload.name());
            let audience = audience::of(&name);
            kinds.insert(payload.full_name().to_owned(), Arc::new(Kind { name, payload, audience }));
        }
        Self(Arc::new(kinds))
    }

    /// Returns the kind of the event with this message.
    pub(super) fn get(&self, message: &str) -> Option<&Arc<Kind>> {
        self.0.get(message)
    }

    /// Returns the names of what anybody may hear, in order.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        let heard = self.0.values().filter(|kind| kind.audience != Audience::Nobody);
        heard.map(|kind| kind.name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Kinds;

    #[test]
    fn no_two_events_of_the_suite_have_one_name() {
        let kinds = Kinds::read(hotline_proto::descriptors());
        let all: std::collections::BTreeSet<_> = kinds.0.values().map(|kind| &kind.name).collect();
        assert_eq!(all.len(), kinds.0.len());
        assert!(kinds.names().contains("ticket.created") && !kinds.names().contains("calendars.changed"));
    }
}
