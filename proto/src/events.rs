//! The road of each event, read from its `(hotline.events.v1.event)` option.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::descriptors;
use crate::events::v1::EventRule;

pub use crate::generated::hotline::events::v1;

/// Returns who publishes and who consumes the event with this full message name; `None` where it is no event.
pub fn road(name: &str) -> Option<&'static EventRule> {
    ROADS.get(name)
}

/// Returns the services that publish any event, in order.
pub fn sources() -> &'static [&'static str] {
    &SOURCES
}

/// Returns the services that consume any event of `source`.
pub fn consumers_of(source: &str) -> Vec<&'static str> {
    let mut consumers: Vec<_> = ROADS
        .values()
        .filter(|road| road.source == source)
        .flat_map(|road| road.consumers.iter().map(String::as_str))
        .collect();
    consumers.sort_unstable();
    consumers.dedup();
    consumers
}

/// Returns the services whose events `consumer` consumes.
pub fn sources_for(consumer: &str) -> Vec<&'static str> {
    let mut sources: Vec<_> = ROADS
        .values()
        .filter(|road| road.consumers.iter().any(|name| name == consumer))
        .map(|road| road.source.as_str())
        .collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}

/// Returns what callers call an event: `ticket.handed_over` of `TicketHandedOver`, with or without its
/// package.
pub fn kind(message: &str) -> String {
    let message = message.rsplit('.').next().unwrap_or(message);
    let mut name = String::with_capacity(message.len() + 4);
    let mut humps = 0;
    for letter in message.chars() {
        if letter.is_ascii_uppercase() {
            match humps {
                0 => {}
                1 => name.push('.'),
                _ => name.push('_'),
            }
            humps += 1;
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

static ROADS: LazyLock<BTreeMap<String, EventRule>> = LazyLock::new(|| {
    let option = descriptors()
        .get_extension_by_name("hotline.events.v1.event")
        .expect("the option is part of the compiled files");
    descriptors()
        .all_messages()
        .filter(|message| message.options().has_extension(&option))
        .filter_map(|message| {
            let rule = message.options().get_extension(&option).as_message()?.transcode_to().ok()?;
            Some((message.full_name().to_owned(), rule))
        })
        .collect()
});

static SOURCES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut sources: Vec<_> = ROADS.values().map(|road| road.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    sources
});

#[cfg(test)]
mod tests {
    use super::{consumers_of, kind, road, sources, sources_for};

    #[test]
    fn an_event_is_called_after_what_it_is_about_and_what_happened() {
        assert_eq!(kind("TicketResolved"), "ticket.resolved");
        assert_eq!(kind("hotline.events.v1.TicketHandedOver"), "ticket.handed_over");
    }

    #[test]
    fn every_event_names_its_source() {
        for (name, rule) in super::ROADS.iter() {
            assert!(!rule.source.is_empty(), "{name}");
        }
        assert!(sources().contains(&"tickets") && sources().is_sorted());
    }

    #[test]
    fn a_resolved_ticket_goes_to_dispatch_callbacks_and_kpi() {
        let rule = road("hotline.events.v1.TicketResolved").expect("declared");
        assert_eq!(rule.consumers, ["dispatch", "callbacks", "kpi"]);
        assert!(consumers_of("tickets").contains(&"callbacks"));
        assert_eq!(sources_for("callbacks"), ["tickets"]);
    }
}
