//! What outages tell.

use chrono::{DateTime, Utc};
use hotline_core::time::from_proto;
use hotline_proto::events::v1::{
    OutageProposed, OutagePublished, OutageRecovered, OutageSnapshot, OutageTold, OutageUpdated,
    OutageWithdrawn, TicketOutageChanged, TicketSnapshot,
};

use super::super::dimension::Dims;
use super::super::fact::{Fact, Measure};
use super::tickets;

pub(super) fn proposed(event: &OutageProposed, at: DateTime<Utc>) -> Vec<Fact> {
    once(Measure::OUTAGE_PROPOSED, event.outage.as_ref(), at)
}

pub(super) fn published(event: &OutagePublished, at: DateTime<Utc>) -> Vec<Fact> {
    let Some(outage) = &event.outage else { return Vec::new() };
    let dims = Dims { agent: event.agent.clone(), ..dims(outage) };
    vec![Fact::once(Measure::OUTAGE, at, &dims)]
}

/// What is said of an outage while it lasts is no figure.
pub(super) fn updated(_: &OutageUpdated, _: DateTime<Utc>) -> Vec<Fact> {
    Vec::new()
}

pub(super) fn withdrawn(event: &OutageWithdrawn, at: DateTime<Utc>) -> Vec<Fact> {
    once(Measure::OUTAGE_WITHDRAWN, event.outage.as_ref(), at)
}

/// It counts when it was over; one that was called off before it began lasted no time.
pub(super) fn recovered(event: &OutageRecovered, at: DateTime<Utc>) -> Vec<Fact> {
    let Some(outage) = &event.outage else { return Vec::new() };
    let over = from_proto(outage.recovered_at.as_ref()).unwrap_or(at);
    let began = from_proto(outage.begins_at.as_ref()).unwrap_or(over);
    vec![Fact::with_amount(Measure::OUTAGE_OVER, over, &dims(outage), (over - began).num_seconds())]
}

pub(super) fn told(event: &OutageTold, at: DateTime<Utc>) -> Vec<Fact> {
    let Some(outage) = &event.outage else { return Vec::new() };
    let dims = Dims { agent: event.agent.clone(), channel: event.channel(), ..dims(outage) };
    vec![Fact::once(Measure::OUTAGE_TOLD, at, &dims)]
}

pub(super) fn ticket_linked(event: &TicketOutageChanged, at: DateTime<Utc>) -> Vec<Fact> {
    event.ticket.as_ref().and_then(|ticket| linked(ticket, at)).into_iter().collect()
}

/// Returns that a ticket is linked to an outage now; none where it is not.
pub(super) fn linked(ticket: &TicketSnapshot, at: DateTime<Utc>) -> Option<Fact> {
    let is_linked = !ticket.outage_id.is_empty();
    is_linked.then(|| Fact::once(Measure::OUTAGE_TICKET, at, &tickets::dims(ticket)))
}

fn once(measure: Measure, outage: Option<&OutageSnapshot>, at: DateTime<Utc>) -> Vec<Fact> {
    outage.map(|outage| Fact::once(measure, at, &dims(outage))).into_iter().collect()
}

/// Returns to what an outage belongs: a category or project where it concerns exactly one.
fn dims(outage: &OutageSnapshot) -> Dims {
    let only = |all: &[String]| match all {
        [one] => one.clone(),
        _ => String::new(),
    };
    let (category, project) = (only(&outage.category_codes), only(&outage.projects));
    Dims { category, project, ..Dims::default() }
}

#[cfg(test)]
mod tests {
    use hotline_core::time::to_proto;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn outage(projects: &[&str]) -> Option<OutageSnapshot> {
        Some(OutageSnapshot {
            projects: projects.iter().map(|project| (*project).to_owned()).collect(),
            category_codes: vec!["repair.private".into()],
            begins_at: Some(to_proto(at("2026-03-02T01:00:00Z"))),
            recovered_at: Some(to_proto(at("2026-03-02T03:30:00Z"))),
            ..OutageSnapshot::default()
        })
    }

    #[test]
    fn an_outage_lasts_from_its_begin_to_its_end_and_counts_at_its_end() {
        let event = OutageRecovered { outage: outage(&["曲江一期"]), tickets: 7 };
        let [fact] = recovered(&event, at("2026-03-02T04:00:00Z")).try_into().expect("one fact");
        assert_eq!((fact.measure, fact.amount), (Measure::OUTAGE_OVER, Some(9_000)));
        assert_eq!(fact.at, at("2026-03-02T03:30:00Z"));
        assert_eq!((fact.dims.project.as_str(), fact.dims.category.as_str()), ("曲江一期", "repair.private"));
    }

    #[test]
    fn an_outage_of_several_projects_belongs_to_none() {
        let event = OutageTold {
            outage: outage(&["曲江一期", "碧水湾"]),
            agent: "agent".into(),
            ..OutageTold::default()
        };
        let [fact] = told(&event, at("2026-03-02T04:00:00Z")).try_into().expect("one fact");
        assert_eq!((fact.dims.project.as_str(), fact.dims.agent.as_str()), ("", "agent"));
    }

    #[test]
    fn a_ticket_counts_as_linked_only_while_it_has_an_outage() {
        let now = at("2026-03-02T04:00:00Z");
        let linked = |id: &str| TicketOutageChanged {
            ticket: Some(TicketSnapshot { outage_id: id.into(), ..TicketSnapshot::default() }),
            from_outage_id: String::new(),
        };
        assert_eq!(ticket_linked(&linked("an id"), now).len(), 1);
        assert!(ticket_linked(&linked(""), now).is_empty());
    }
}
