//! What the ticket service publishes, and what it does with events of dispatch and with what is due.

use std::sync::Arc;

use async_trait::async_trait;
use hotline_core::bus::Consumer;
use hotline_core::caller::{self, Caller};
use hotline_core::db::{Db, Tx};
use hotline_core::deadlines::{Alarm, Deadline};
use hotline_core::error::Error;
use hotline_core::outbox::Pending;
use hotline_core::{id, outbox, telemetry, time};
use hotline_proto::events::v1::{
    ArticlePublished, AssignmentArrived, AssignmentConfirmed, AssignmentEscalated, AssignmentExpired,
    AssignmentQueued, AssignmentReturned, AssignmentSnapshot, CustomerDisclosed, Envelope, TeamChanged,
};
use prost::{Message, Name};
use uuid::Uuid;

use crate::agreeing::Statements;
use crate::articles::Articles;
use crate::domain::draft::{Draft, Happening, What, Who};
use crate::domain::handling::Assignment;
use crate::domain::timeline::{Details, Kind};
use crate::events::contacts::{Heard, Word};
use crate::store::{Changes, PlanAlarm, Step, Store, alarm_of, look_of};
use crate::{NAME, error};

mod calendars;
mod confirmations;
mod contacts;
mod matters;
mod messages;
pub(crate) mod outages;
mod plans;

pub(crate) use calendars::publish_calendars;

/// Writes what others are told into the outbox, in order.
///
/// # Errors
/// [`Error::Internal`], where the contract declares no such event.
pub(crate) fn publish<'a>(tx: &Tx, happenings: impl IntoIterator<Item = &'a Happening>) -> Result<(), Error> {
    outbox::put_all(tx, pending(happenings)?);
    Ok(())
}

/// Makes what others are told ready for the outbox, in order.
///
/// # Errors
/// As [`publish`].
pub(crate) fn pending<'a>(
    happenings: impl IntoIterator<Item = &'a Happening>,
) -> Result<Vec<Pending>, Error> {
    happenings.into_iter().map(outgoing).collect()
}

/// One thing on its way into the outbox.
struct Outgoing<'a>(&'a Happening);

impl Outgoing<'_> {
    fn send<E: Message + Name>(&self, event: E) -> Result<Pending, Error> {
        Pending::new(self.0.ticket.id, self.0.at, &event)
    }
}

fn outgoing(happening: &Happening) -> Result<Pending, Error> {
    let (out, ticket) = (Outgoing(happening), &happening.ticket);
    let snapshot = messages::snapshot(ticket);
    match &happening.what {
        What::Created => out.send(messages::created(snapshot)),
        What::Assigned(from) => out.send(messages::assigned(snapshot, from)),
        What::HandedOver(note) => out.send(messages::handed_over(snapshot, note)),
        What::Started(first) => out.send(messages::started(snapshot, *first)),
        What::Waiting(reason) => out.send(messages::waiting(snapshot, reason)),
        What::Resumed => out.send(messages::resumed(snapshot)),
        What::Reprioritized(from) => out.send(messages::reprioritized(snapshot, *from)),
        What::Resolved(solution) => out.send(messages::resolved(snapshot, ticket, solution)),
        What::Verified => out.send(messages::verified(snapshot)),
        What::Closed => out.send(messages::closed(snapshot)),
        What::Reopened { reason, solved_by } => out.send(messages::reopened(snapshot, reason, solved_by)),
        What::Cancelled(reason) => out.send(messages::cancelled(snapshot, ticket, reason)),
        What::Imported(bygone) => out.send(messages::imported(snapshot, ticket, bygone)),
        What::Promised => out.send(messages::promised(snapshot)),
        What::Extended { extension, reason } => out.send(messages::extended(snapshot, extension, reason)),
        What::Updated(changed) => out.send(matters::updated(snapshot, changed)),
        What::Reinstated(reason) => out.send(matters::reinstated(snapshot, reason)),
        What::Judged => out.send(matters::judged(snapshot, ticket)),
        What::Forwarded { same_day, delay_seconds } => {
            out.send(matters::forwarded(snapshot, *same_day, *delay_seconds))
        }
        What::Concluded => out.send(matters::concluded(snapshot, ticket)),
        What::FedBack => out.send(matters::fed_back(snapshot, ticket)),
        What::Commented(comment) => out.send(matters::commented(snapshot, comment)),
        What::Informed { channel, status, agent } => {
            out.send(contacts::informed(snapshot, *channel, *status, agent))
        }
        What::Warned(which, due) => out.send(messages::warned(snapshot, *which, *due)),
        What::Breached(which, due) => out.send(messages::breached(snapshot, *which, *due)),
        What::Fulfilled(stopped) => out.send(messages::fulfilled(snapshot, stopped)),
        What::Repaired(correction) => out.send(messages::repaired(snapshot, correction)),
        What::Planned(news) => plans::pending(&out, snapshot, news),
        What::OutageChanged(from) => out.send(messages::outage_changed(snapshot, *from)),
        What::Contacted(contact, agent) => out.send(contacts::contacted(snapshot, ticket, contact, agent)),
    }
}

/// What comes in by the event road and the time road.
pub(crate) struct Road {
    store: Store,
    articles: Articles,
    statements: Statements,
}

impl Road {
    /// Returns the two roads into a store.
    pub(crate) fn new(store: Store, articles: Articles, statements: Statements) -> Self {
        Self { store, articles, statements }
    }

    /// Does to a ticket what dispatch tells of its assignment.
    fn apply_to(&self, changes: &mut Changes, event: &Envelope, news: News) -> Result<(), error::Error> {
        let News { ticket, team_key, assignment, what } = news;
        let decide = |draft: &mut Draft<'_>| match what {
            Turn::Queued => draft.assign(&team_key, assignment),
            Turn::Back(reason) => draft.returned(&team_key, assignment, &reason),
            Turn::Noted(kind, details) => {
                draft.dispatch_noted(kind, details);
                Ok(())
            }
        };
        changes.change(ticket, self.store.clock.now(), cause(event), decide)
    }
}

impl Road {
    /// Turns what is said of merged tickets to their survivors (C7).
    async fn land(&self, tx: &Tx, heard: &mut [(&Envelope, Heard)]) -> Result<(), error::Error> {
        if heard.is_empty() {
            return Ok(());
        }
        let survivors = self.store.survivors(&**tx, heard.iter().map(|(_, heard)| heard.ticket)).await?;
        for (_, heard) in heard {
            heard.ticket = survivors.get(&heard.ticket).copied().unwrap_or(heard.ticket);
        }
        Ok(())
    }

    /// Does to a ticket what customers tell of it.
    async fn note(
        &self,
        tx: &Tx,
        changes: &mut Changes,
        event: &Envelope,
        Heard { ticket, what }: Heard,
    ) -> Result<(), error::Error> {
        match what {
            Word::Contact(contact) => self.store.count(tx, changes, ticket, &contact, cause(event)).await,
            Word::Overran(details) => {
                let at = self.store.clock.now();
                changes.change(ticket, at, cause(event), |draft| {
                    draft.call_overran(details);
                    Ok(())
                })
            }
            Word::Remote { note, details } => {
                let at = self.store.clock.now();
                changes.change(ticket, at, cause(event), |draft| {
                    draft.remote_session(&note, details);
                    Ok(())
                })
            }
        }
    }
}

/// What dispatch tells of an assignment.
struct News {
    ticket: Uuid,
    team_key: String,
    assignment: Assignment,
    what: Turn,
}

/// What happened to an assignment.
enum Turn {
    /// It waits in its team's queue.
    Queued,
    /// Its holder has it no more; why, where somebody said so.
    Back(String),
    /// Something that leaves the work where it is.
    Noted(Kind, Details),
}

/// Reads an event of dispatch; `None` for one that moves no ticket.
fn news(event: &Envelope) -> Result<Option<News>, Error> {
    let (assignment, what) = if let Some(queued) = outbox::read::<AssignmentQueued>(event)? {
        (queued.assignment, Turn::Queued)
    } else if let Some(returned) = outbox::read::<AssignmentReturned>(event)? {
        (returned.assignment, Turn::Back(returned.reason))
    } else if let Some(expired) = outbox::read::<AssignmentExpired>(event)? {
        (expired.assignment, Turn::Back(String::new()))
    } else if let Some(confirmed) = outbox::read::<AssignmentConfirmed>(event)? {
        confirmations::confirmed(confirmed)
    } else if let Some(escalated) = outbox::read::<AssignmentEscalated>(event)? {
        confirmations::escalated(escalated)
    } else if let Some(arrived) = outbox::read::<AssignmentArrived>(event)? {
        confirmations::arrived(arrived)
    } else if let Some(disclosed) = outbox::read::<CustomerDisclosed>(event)? {
        confirmations::disclosed(disclosed)
    } else {
        return Ok(None);
    };
    let AssignmentSnapshot { id, ticket_id, team_key, epoch, .. } = assignment.unwrap_or_default();
    let assignment = Assignment { id: id::parse(&id, "id")?, epoch };
    Ok(Some(News { ticket: id::parse(&ticket_id, "ticketId")?, team_key, assignment, what }))
}

#[async_trait]
impl Consumer for Road {
    fn name(&self) -> &'static str {
        NAME
    }

    fn db(&self) -> &Db {
        &self.store.db
    }

    async fn apply(&self, tx: &Tx, event: &Envelope) -> Result<(), Error> {
        self.apply_all(tx, &[event]).await
    }

    async fn apply_all(&self, tx: &Tx, events: &[&Envelope]) -> Result<(), Error> {
        let (mut told, mut heard, mut approved) = (Vec::with_capacity(events.len()), Vec::new(), Vec::new());
        let mut rules = self.store.rules();
        for event in events {
            if let Some(team) = outbox::read::<TeamChanged>(event)? {
                let as_of = time::from_proto(event.occurred_at.as_ref()).unwrap_or_default();
                self.store.set_team_calendar(tx, &team.team_key, &team.calendar, as_of).await?;
                // Work of the team may follow at once.
                Arc::make_mut(&mut rules).set_team(&team.team_key, &team.calendar);
                self.store.refresh_after(tx);
            }
            if let Some(published) = outbox::read::<ArticlePublished>(event)? {
                let article = id::parse(&published.article_id, "articleId")?;
                let waiting = self.store.waiting_for(tx, article).await?;
                approved.extend(waiting.into_iter().map(|ticket| (*event, article, ticket)));
            }
            told.extend(news(event)?.map(|news| (*event, news)));
            heard.extend(contacts::heard(event)?.into_iter().map(|heard| (*event, heard)));
        }
        if told.is_empty() && heard.is_empty() && approved.is_empty() {
            return Ok(());
        }
        let mut changes = loop {
            self.land(tx, &mut heard).await?;
            let meant = told.iter().map(|(_, news)| news.ticket);
            let meant = meant.chain(heard.iter().map(|(_, heard)| heard.ticket));
            let meant = meant.chain(approved.iter().map(|(_, _, ticket)| *ticket));
            let changes = Changes::lock(tx, rules.clone(), meant).await?;
            let merged = |(_, heard): &(&Envelope, Heard)| {
                changes.ticket(heard.ticket).is_some_and(|ticket| ticket.survivor_id.is_some())
            };
            // Merged before the lock was held: its survivor is to be locked as well.
            if !heard.iter().any(merged) {
                break changes;
            }
        };
        for (event, article, ticket) in approved {
            let now = self.store.clock.now();
            changes.change(ticket, now, cause(event), |draft| draft.statement_approved(article))?;
        }
        for (event, news) in told {
            let span = telemetry::event_span(NAME, event);
            span.in_scope(|| self.apply_to(&mut changes, event, news))?;
        }
        for (event, heard) in heard {
            let span = telemetry::event_span(NAME, event);
            telemetry::within(span, self.note(tx, &mut changes, event, heard)).await?;
        }
        Ok(changes.write(tx)?)
    }
}

#[async_trait]
impl Alarm for Road {
    async fn ring(&self, tx: &Tx, deadline: &Deadline) -> Result<(), Error> {
        if let Some(alarm) = PlanAlarm::read(deadline) {
            return Ok(Caller::service(NAME).scope(self.ring_plan(tx, alarm, deadline.due_at)).await?);
        }
        if let Some(step) = Step::of(deadline) {
            return Ok(Caller::service(NAME).scope(self.store.take(tx, step)).await?);
        }
        if let Some(article) = look_of(deadline) {
            if self.store.is_awaited(tx, article).await? {
                self.statements.look_after(tx, article);
            }
            return Ok(());
        }
        let Some(ticket) = alarm_of(deadline) else { return Ok(()) };
        // What was due happens as every command begins: catching up to the deadline is all there is to do.
        let caught_up = async {
            let mut changes = self.store.lock(tx, [ticket]).await?;
            changes.catch_up(ticket, deadline.due_at, itself())?;
            changes.write(tx)
        };
        Ok(Caller::service(NAME).scope(caught_up).await?)
    }
}

/// Returns who did what an event tells of; an event that names nobody is this service's doing.
fn cause(event: &Envelope) -> Who {
    if event.actor.is_empty() { itself() } else { Who { subject: event.actor.clone(), ..Who::default() } }
}

fn itself() -> Who {
    Who { subject: caller::current_actor(), team_key: String::new() }
}
