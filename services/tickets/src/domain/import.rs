//! A ticket of another system comes in with its past and its original times (T18).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hotline_calendar::Calendar;
use hotline_core::error::Field;
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use hotline_proto::tickets::v1::PastStepKind;
use uuid::Uuid;

use crate::domain::catalogue::asked::Asked;
use crate::domain::catalogue::{Catalogue, Category};
use crate::domain::clock::Which;
use crate::domain::draft::{Bygone, Draft, Figures, What, Who};
use crate::domain::form::Form;
use crate::domain::import::replay::Replay;
use crate::domain::lifecycle::is_open;
use crate::domain::registration::{blank, project_of, unknown_category};
use crate::domain::rules::Rules;
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Details, Kind};
use crate::error::Error;

mod plan;
mod replay;
#[cfg(test)]
mod tests;

/// Reasons for which work waits.
const REASONS: [&str; 3] = ["CUSTOMER", "THIRD_PARTY", "APPROVAL"];

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
    /// When it was closed there; none while open, or where only its solution is known.
    pub(crate) closed_at: Option<DateTime<Utc>>,
    /// What was done.
    pub(crate) resolution: String,
    /// The team that has it or had it at the end; empty where that is not known.
    pub(crate) team_key: String,
    /// Who had it at the end; empty where that is not known.
    pub(crate) assignee: String,
    /// Whether it kept the promise of the old system; none where that is not known.
    pub(crate) within_target: Option<bool>,
    /// What happened to it there; empty for a record that tells only its end.
    pub(crate) history: Vec<Step>,
    /// What else was kept.
    pub(crate) fields: BTreeMap<String, String>,
}

/// One thing that happened to a ticket there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    /// What.
    pub(crate) kind: PastStepKind,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// The team that had it then; of a hand-over, the one that got it.
    pub(crate) team_key: String,
    /// Who had it or did it.
    pub(crate) assignee: String,
    /// What it waited for.
    pub(crate) reason: String,
    /// In the other system's words.
    pub(crate) note: String,
}

/// A ticket that has been brought in.
pub(crate) struct Brought<'a> {
    /// The ticket, without its number.
    pub(crate) draft: Draft<'a>,
    /// Steps that the life cycle does not allow: kept, and marked as imported.
    pub(crate) marked: i32,
}

/// Brings a ticket in, without its number. What happened to it there happens again by the table of legal moves where
/// that allows it; what it does not allow is done all the same and marked. One that is still open gets its clocks: they
/// count from its registration or last reopening there, without the times it waited.
///
/// # Errors
/// [`Error::Fields`] for an unknown category, or times that are in the wrong order or lie in the future.
pub(crate) fn bring_in<'a>(
    mut past: Past,
    catalogue: &Catalogue,
    rules: &'a Rules,
    id: Uuid,
    at: DateTime<Utc>,
    who: Who,
) -> Result<Brought<'a>, Error> {
    check(&past, at)?;
    let category = catalogue.get(&past.category_code);
    let category = category.ok_or_else(|| Error::Fields(vec![unknown_category(&past.category_code)]))?;
    let (steps, within_target) = (plan::steps(&past), past.within_target);
    let resolution = std::mem::take(&mut past.resolution);
    let (team_key, assignee) = (std::mem::take(&mut past.team_key), std::mem::take(&mut past.assignee));
    let mut draft =
        Draft::new(as_registered(past, category, &catalogue.asked(&category.code), id, &who), rules, at, who);
    let details = Details::default().with("teamKey", draft.ticket.team_key.clone());
    draft.log_at(Kind::Created, draft.ticket.created_at, draft.who.subject.clone(), "", details);
    draft.ticket.begin_round(draft.ticket.created_at);
    draft.ticket.note_stint(draft.ticket.created_at);
    let replayed = Replay::of(&mut draft, &resolution).all(&steps);
    if !team_key.is_empty() {
        draft.ticket.team_key = team_key;
    }
    if !assignee.is_empty() {
        draft.ticket.assignee = assignee;
    }
    draft.ticket.note_stint(at);
    let ticket = &draft.ticket;
    let details = Details::default()
        .with("externalKey", ticket.external_key.clone().unwrap_or_default())
        .with("teamKey", ticket.team_key.clone())
        .with("assignee", ticket.assignee.clone());
    draft.log(Kind::Imported, "", details);
    let figures = figures(&draft.ticket, rules)?;
    draft.tell(What::Imported(Bygone { figures, steps: replayed.told, within_target }));
    draft.promise_if_known(replayed.round_at)?;
    // The event tells of the promise, which is made after it so that a clock that has run out is told after it.
    draft.happenings[0].ticket.clone_from(&draft.ticket);
    Ok(Brought { draft, marked: replayed.marked })
}

/// Returns the ticket as it stood when it was registered there.
fn as_registered(past: Past, category: &Category, asked: &Asked, id: Uuid, who: &Who) -> Ticket {
    let form = Form {
        kind: past.kind,
        has_customer: true,
        subject: &past.subject,
        description: &past.description,
        project: "",
        fields: &past.fields,
    };
    let blank = blank(id, past.kind, category, past.customer_id, past.created_at);
    Ticket {
        completeness: form.completeness([false; 3], asked.filled(&past.fields)),
        project: project_of("", &past.fields),
        priority: if past.priority == Priority::Unspecified { category.priority } else { past.priority },
        channel: past.channel,
        // The team of the category is a guess where the past tells which team it was.
        team_key: if past.history.is_empty() { blank.team_key } else { String::new() },
        subject: past.subject,
        description: past.description,
        fields: past.fields,
        external_key: Some(past.external_key),
        owner_agent: who.subject.clone(),
        ..blank
    }
}

impl Draft<'_> {
    /// Sets the clocks of a ticket that is still open. Where the calendar lacks a year there is no promise, which is
    /// written down: a ticket of an old year is not lost for it.
    pub(crate) fn promise_if_known(&mut self, round_at: DateTime<Utc>) -> Result<(), Error> {
        if !is_open(self.ticket.state) {
            return Ok(());
        }
        let before = (self.ticket.clone(), self.entries.len(), self.happenings.len());
        match self.promise_since(Some(round_at)) {
            Err(Error::Calendar(error @ hotline_calendar::Error::YearMissing { .. })) => {
                let (ticket, entries, happenings) = before;
                self.ticket = ticket;
                self.entries.truncate(entries);
                self.happenings.truncate(happenings);
                self.log(Kind::Noted, "", Details::default().with("noPromise", error.to_string()));
                Ok(())
            }
            promised => promised,
        }
    }
}

fn figures(ticket: &Ticket, rules: &Rules) -> Result<Figures, Error> {
    let Some(resolved_at) = ticket.resolved_at else { return Ok(Figures::default()) };
    let calendar = rules.working_calendar()?;
    let (asked, replied) = (rules.date(ticket.created_at), rules.date(resolved_at));
    let natural_days = i32::try_from((replied - asked).num_days()).ok();
    match in_working_time(ticket, calendar, rules, resolved_at) {
        Ok((days, seconds)) => {
            Ok(Figures { natural_days, working_days: Some(days), working_seconds: Some(seconds) })
        }
        Err(hotline_calendar::Error::YearMissing { .. }) => {
            Ok(Figures { natural_days, ..Figures::default() })
        }
        Err(error) => Err(error.into()),
    }
}

fn in_working_time(
    ticket: &Ticket,
    calendar: &Calendar,
    rules: &Rules,
    resolved_at: DateTime<Utc>,
) -> Result<(i32, i64), hotline_calendar::Error> {
    let (asked, replied) = (rules.date(ticket.created_at), rules.date(resolved_at));
    let days = calendar.working_days_between(asked, replied)?;
    let elapsed =
        calendar.elapsed(ticket.created_at, resolved_at, &ticket.pauses(Which::Resolution, resolved_at))?;
    Ok((i32::try_from(days).unwrap_or(i32::MAX), elapsed.num_seconds()))
}

fn check(past: &Past, now: DateTime<Utc>) -> Result<(), Error> {
    let wrong = |path: String, en: &str, zh: &str| {
        Err(Error::Fields(vec![Field { path, en: en.into(), zh: zh.into() }]))
    };
    if past.created_at > now {
        return wrong("createdAt".into(), "lies in the future", "晚于当前时间");
    }
    for (path, at) in [("resolvedAt", past.resolved_at), ("closedAt", past.closed_at)] {
        match at {
            Some(at) if at < past.created_at => {
                return wrong(path.into(), "lies before createdAt", "早于登记时间");
            }
            Some(at) if at > now => return wrong(path.into(), "lies in the future", "晚于当前时间"),
            _ => {}
        }
    }
    for (index, step) in past.history.iter().enumerate() {
        if step.at > now {
            return wrong(format!("history[{index}].at"), "lies in the future", "晚于当前时间");
        }
        if step.kind == PastStepKind::Waiting && !REASONS.contains(&step.reason.as_str()) {
            return wrong(format!("history[{index}].reason"), "is no reason to wait", "不是等待原因");
        }
    }
    Ok(())
}
