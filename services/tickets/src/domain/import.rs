//! A ticket of another system comes in with its original times (T18).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hotline_core::error::Field;
use hotline_proto::common::v1::{Channel, Priority, TicketState, TicketType};
use uuid::Uuid;

use crate::domain::catalogue::Catalogue;
use crate::domain::draft::{Draft, Figures, What, Who};
use crate::domain::form::Form;
use crate::domain::registration::{blank, project_of, unknown_category};
use crate::domain::rules::Rules;
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

/// A ticket as another system kept it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Past {
    /// `<source>/<key there>`.
    pub(crate) external_key: String,
    /// The customer.
    pub(crate) customer_id: Uuid,
    /// Kind of trouble.
    pub(crate) kind: TicketType,
    /// Code in the catalogue.
    pub(crate) category_code: String,
    /// How it came in.
    pub(crate) channel: Channel,
    /// One line.
    pub(crate) subject: String,
    /// What the customer said.
    pub(crate) description: String,
    /// Priority there; not said is the category's.
    pub(crate) priority: Priority,
    /// When it was registered there.
    pub(crate) created_at: DateTime<Utc>,
    /// When it was solved there; none while open.
    pub(crate) resolved_at: Option<DateTime<Utc>>,
    /// What was done.
    pub(crate) resolution: String,
    /// What else was kept.
    pub(crate) fields: BTreeMap<String, String>,
}

/// Brings a ticket in, without its number. One that was solved there is closed here, with no promise of ours; one that
/// is open is new here, and its clocks count from its registration there.
///
/// # Errors
/// [`Error::Fields`] for an unknown category or times in the wrong order; [`Error::Calendar`] for times in a year that
/// the calendar lacks.
pub(crate) fn bring_in<'a>(
    past: Past,
    catalogue: &Catalogue,
    rules: &'a Rules,
    id: Uuid,
    at: DateTime<Utc>,
    who: Who,
) -> Result<Draft<'a>, Error> {
    check_times(&past, at)?;
    let category = catalogue.get(&past.category_code);
    let category = category.ok_or_else(|| Error::Fields(vec![unknown_category(&past.category_code)]))?;
    let priority = if past.priority == Priority::Unspecified { category.priority } else { past.priority };
    let figures = figures(&past, rules)?;
    let resolved_at = past.resolved_at;
    let form = Form {
        kind: past.kind,
        has_customer: true,
        subject: &past.subject,
        description: &past.description,
        project: "",
        fields: &past.fields,
    };
    let ticket = Ticket {
        completeness: form.completeness([false; 3]),
        project: project_of("", &past.fields),
        priority,
        channel: past.channel,
        subject: past.subject,
        description: past.description,
        fields: past.fields,
        external_key: Some(past.external_key),
        owner_agent: who.subject.clone(),
        ..blank(id, past.kind, category, past.customer_id, past.created_at)
    };
    let mut draft = Draft::new(ticket, rules, at, who);
    draft.write_past(resolved_at, &past.resolution);
    draft.log(
        Kind::Imported,
        "",
        Details::default().with("externalKey", draft.ticket.external_key.clone().unwrap_or_default()),
    );
    draft.tell(What::Imported(figures));
    if resolved_at.is_none() {
        draft.promise(false)?;
        // The event tells of the promise, which is made after it so that a clock that has run out is told after it.
        draft.happenings[0].ticket.clone_from(&draft.ticket);
    }
    Ok(draft)
}

impl Draft<'_> {
    fn write_past(&mut self, resolved_at: Option<DateTime<Utc>>, resolution: &str) {
        let actor = self.who.subject.clone();
        let created_at = self.ticket.created_at;
        self.log_at(Kind::Created, created_at, actor.clone(), "", Details::default());
        let Some(resolved_at) = resolved_at else { return };
        resolution.clone_into(&mut self.ticket.resolution);
        self.ticket.resolved_at = Some(resolved_at);
        self.ticket.state = TicketState::Resolved;
        self.log_at(Kind::Resolved, resolved_at, actor.clone(), resolution, Details::default());
        self.ticket.closed_at = Some(resolved_at);
        self.ticket.updated_at = resolved_at;
        self.ticket.state = TicketState::Closed;
        self.log_at(Kind::Closed, resolved_at, actor, "", Details::default());
    }
}

fn figures(past: &Past, rules: &Rules) -> Result<Figures, Error> {
    let calendar = rules.working_calendar()?;
    let asked = rules.date(past.created_at);
    let Some(resolved_at) = past.resolved_at else {
        // Also while open, its registration must lie in a year that can be told.
        calendar.is_working_day(asked)?;
        return Ok(Figures::default());
    };
    let replied = rules.date(resolved_at);
    let working_days = calendar.working_days_between(asked, replied)?;
    Ok(Figures {
        natural_days: i32::try_from((replied - asked).num_days()).ok(),
        working_days: i32::try_from(working_days).ok(),
        working_seconds: Some(calendar.elapsed(past.created_at, resolved_at, &[])?.num_seconds()),
    })
}

fn check_times(past: &Past, now: DateTime<Utc>) -> Result<(), Error> {
    let wrong = |path: &str, en: &str, zh: &str| {
        Err(Error::Fields(vec![Field { path: path.into(), en: en.into(), zh: zh.into() }]))
    };
    if past.created_at > now {
        return wrong("createdAt", "lies in the future", "晚于当前时间");
    }
    match past.resolved_at {
        Some(resolved_at) if resolved_at < past.created_at => {
            wrong("resolvedAt", "lies before createdAt", "早于登记时间")
        }
        Some(resolved_at) if resolved_at > now => wrong("resolvedAt", "lies in the future", "晚于当前时间"),
        _ => Ok(()),
    }
}
