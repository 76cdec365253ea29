//! Whom a notice concerns, and which of several concerns a ticket most (T13).

use chrono::{DateTime, Utc};
use hotline_core::region;
use hotline_proto::common::v1::TicketType;
use hotline_proto::tickets::v1::OutageState;
use uuid::Uuid;

use super::{Notice, Outage};
use crate::domain::catalogue::Catalogue;
use crate::domain::ticket::Ticket;

/// Levels of the catalogue that are looked through at most: a table that was edited by hand may hold a circle.
const LEVELS: usize = 32;

/// The field of a ticket that says its region.
pub(crate) const REGION: &str = "region";

/// Where trouble is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// Code in the catalogue.
    pub(crate) category: &'a str,
    /// 所属项目; empty where it is not known.
    pub(crate) project: &'a str,
    /// 区域 as it was said; empty where only the project tells it.
    pub(crate) region: &'a str,
}

impl<'a> Place<'a> {
    /// Returns where a ticket's trouble is.
    pub(crate) fn of(ticket: &'a Ticket) -> Self {
        Self {
            category: &ticket.category_code,
            project: &ticket.project,
            region: ticket.fields.get(REGION).map_or("", String::as_str),
        }
    }

    /// Returns the regions it is in: the one that was said, else every one that the project's name begins with.
    pub(crate) fn regions(&self) -> Vec<&'a str> {
        region::all_of(self.region, self.project)
    }
}

/// How closely a notice concerns a place; the greater, the closer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Closeness {
    names_project: bool,
    names_region: bool,
    /// Levels from the top of the catalogue to the category that the notice names; 0 for none.
    category_level: usize,
}

impl Notice {
    /// Returns how closely it concerns a place; none where it does not.
    pub(crate) fn closeness(&self, place: &Place<'_>, catalogue: &Catalogue) -> Option<Closeness> {
        let names_project = !self.projects.is_empty();
        if names_project && !self.projects.iter().any(|project| project == place.project) {
            return None;
        }
        let names_region = !self.regions.is_empty();
        if names_region && !place.regions().iter().any(|region| self.regions.iter().any(|own| own == region))
        {
            return None;
        }
        let category_level = if self.category_codes.is_empty() {
            0
        } else {
            let line = lineage(catalogue, place.category);
            let named = line.iter().position(|code| self.category_codes.iter().any(|own| own == code))?;
            line.len() - named
        };
        Some(Closeness { names_project, names_region, category_level })
    }
}

impl Outage {
    /// Tells whether a fault that came in then may be linked to it: any while it is open, and until it was said to be over.
    pub(crate) fn may_have_caused(&self, reported_at: DateTime<Utc>) -> bool {
        match self.state {
            OutageState::Open => true,
            OutageState::Recovering | OutageState::Recovered => {
                self.recovery.as_ref().is_some_and(|recovery| reported_at <= recovery.at)
            }
            OutageState::Proposed | OutageState::Withdrawn | OutageState::Unspecified => false,
        }
    }

    /// Tells whether it has begun.
    pub(crate) fn has_begun(&self, at: DateTime<Utc>) -> bool {
        self.notice.begins_at <= at
    }
}

/// Returns the outage that a new ticket is about: only faults are; the closest notice of those that have begun, and of
/// equally close ones the newest.
pub(crate) fn cause<'a>(
    open: &'a [Outage],
    ticket: &Ticket,
    catalogue: &Catalogue,
    at: DateTime<Utc>,
) -> Option<&'a Outage> {
    if ticket.kind != TicketType::Fault || open.is_empty() {
        return None;
    }
    closest(open, &Place::of(ticket), catalogue, at)
}

/// Returns the closest notice of those that have begun, and of equally close ones the newest.
pub(crate) fn closest<'a>(
    open: &'a [Outage],
    place: &Place<'_>,
    catalogue: &Catalogue,
    at: DateTime<Utc>,
) -> Option<&'a Outage> {
    let begun = open.iter().filter(|outage| outage.has_begun(at));
    let close = begun.filter_map(|outage| Some((outage.notice.closeness(place, catalogue)?, outage)));
    let rank = |(closeness, outage): &(Closeness, &Outage)| -> (Closeness, DateTime<Utc>, Uuid) {
        (*closeness, outage.created_at, outage.id)
    };
    close.max_by_key(rank).map(|(_, outage)| outage)
}

/// Returns a category and those above it, from the bottom up. A category that the catalogue has lost stands alone.
pub(crate) fn lineage<'a>(catalogue: &'a Catalogue, code: &'a str) -> Vec<&'a str> {
    let mut line = vec![code];
    while line.len() < LEVELS
        && let Some(above) = line.last().and_then(|code| catalogue.get(code))
        && !above.parent_code.is_empty()
    {
        line.push(&above.parent_code);
    }
    line
}
