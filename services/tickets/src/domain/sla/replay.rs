//! The history of a ticket, run again.

use chrono::{DateTime, Utc};
use hotline_proto::common::v1::{Priority, TicketState, TicketType};
use hotline_proto::tickets::v1::PromiseTier;

use crate::domain::clock::Which;
use crate::domain::course::Course;
use crate::domain::draft::{Draft, Who};
use crate::domain::extension::{Consent, Extension};
use crate::domain::rules::Rules;
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Entry, Kind};
use crate::error::Error;

/// What a replay gives.
pub(crate) struct Replayed {
    /// The ticket with the clocks as the rules give them; what clocks don't read is as it stands today.
    pub(crate) ticket: Ticket,
    /// The history, with what the clocks tell of it.
    pub(crate) entries: Vec<Entry>,
    /// The ticket after each entry of the history.
    pub(crate) snapshots: Vec<(DateTime<Utc>, Ticket)>,
}

impl Replayed {
    /// Returns the ticket as it stood just before an instant.
    pub(crate) fn before(&self, at: DateTime<Utc>) -> &Ticket {
        self.last(|(then, _)| *then < at)
    }

    /// Returns the ticket as it stood at an instant, after what happened then.
    pub(crate) fn after(&self, at: DateTime<Utc>) -> &Ticket {
        self.last(|(then, _)| *then <= at)
    }

    fn last(&self, by_then: impl Fn(&(DateTime<Utc>, Ticket)) -> bool) -> &Ticket {
        let count = self.snapshots.partition_point(by_then);
        self.snapshots.get(count.saturating_sub(1)).map_or(&self.ticket, |(_, ticket)| ticket)
    }
}

/// Runs the history of a ticket again until `now`. `history` is its timeline in order; what clocks have told in it is
/// passed over.
///
/// # Errors
/// [`Error::Calendar`], such as for a year whose holidays are not known.
pub(crate) fn replay(
    ticket: &Ticket,
    history: &[Entry],
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Replayed, Error> {
    let mut draft = Draft::new(as_registered(ticket, history), rules, ticket.created_at, Who::default());
    let mut snapshots = Vec::new();
    let mut imported = ticket.external_key.is_none();
    let happened: Vec<&Entry> = history.iter().filter(|entry| !entry.kind.follows_from_others()).collect();
    for (place, entry) in happened.iter().enumerate() {
        draft.at = entry.at;
        draft.who.subject.clone_from(&entry.actor);
        draft.catch_up()?;
        imported |= entry.kind == Kind::Imported;
        draft.again(entry, imported)?;
        let later = happened[place + 1..].iter().find(|later| later.kind != Kind::Forwarded);
        let next = later.filter(|next| next.at == entry.at);
        // A command that gives the ticket to a team and starts it there warns the team last.
        let in_passing = next.is_some_and(|next| matches!(next.kind, Kind::Assigned | Kind::Started));
        if imported && moves(entry.kind) && !in_passing {
            draft.warn_the_team()?;
        }
        draft.ticket.note_stint(entry.at);
        snapshots.push((entry.at, draft.ticket.clone()));
    }
    draft.at = now;
    draft.catch_up()?;
    let Draft { ticket, entries, .. } = draft;
    Ok(Replayed { ticket, entries, snapshots })
}

/// Tells whether nobody has the ticket after such an entry, unless it names somebody.
fn takes_away(kind: Kind) -> bool {
    moves(kind) || kind == Kind::Reopened
}

/// Tells whether another team may have the ticket after such an entry.
fn moves(kind: Kind) -> bool {
    matches!(kind, Kind::Assigned | Kind::HandedOver | Kind::Released | Kind::Unmerged)
}

/// Returns the ticket as it was before anything happened to it.
fn as_registered(ticket: &Ticket, history: &[Entry]) -> Ticket {
    let created = history.iter().find(|entry| entry.kind == Kind::Created);
    let said = |name: &str| created.and_then(|entry| entry.details.get(name)).cloned();
    // What an older entry does not say is what the first change found, or else what is there still.
    let found = |name: &str| history.iter().find_map(|entry| entry.details.get(name)).cloned();
    let priority = said("priority").or_else(|| found("fromPriority"));
    let kind = said("type").or_else(|| found("fromType"));
    Ticket {
        kind: kind.and_then(|name| TicketType::from_str_name(&name)).unwrap_or(ticket.kind),
        priority: priority.and_then(|name| Priority::from_str_name(&name)).unwrap_or(ticket.priority),
        category_code: said("categoryCode")
            .or_else(|| found("fromCategoryCode"))
            .unwrap_or_else(|| ticket.category_code.clone()),
        category_policy: said("categoryPolicy").unwrap_or_else(|| ticket.category_policy.clone()),
        key_account: said("keyAccount").map_or(ticket.key_account, |value| value == "true"),
        team_key: said("teamKey").unwrap_or_default(),
        assignee: String::new(),
        state: TicketState::New,
        reopen_count: 0,
        responded_at: None,
        resolved_at: None,
        policy: String::new(),
        response_clock: None,
        resolution_clock: None,
        answer_clock: None,
        course: Course::default(),
        waits: Vec::new(),
        wait_until: None,
        wait_count: 0,
        customer_wait_count: 0,
        ..ticket.clone()
    }
}

impl Draft<'_> {
    /// Does to the clocks what an entry of the history did; before a ticket was brought in, it had none.
    fn again(&mut self, entry: &Entry, has_clocks: bool) -> Result<(), Error> {
        let resumed_already = entry.kind == Kind::Resumed && self.ticket.waiting_for().is_empty();
        if !resumed_already {
            self.entries.push(entry.clone());
        }
        if entry.state != TicketState::Waiting {
            self.end_wait()?;
        }
        self.ticket.state = entry.state;
        self.hands(entry, has_clocks);
        match entry.kind {
            Kind::Created => self.registered_again(entry, has_clocks),
            Kind::Imported => self.brought_in_again(),
            Kind::Updated | Kind::Reprioritized => self.changed_again(entry),
            Kind::Waiting => self.waits_again(entry),
            Kind::Started => {
                self.ticket.responded_at.get_or_insert(self.at);
                if has_clocks { self.responded() } else { Ok(()) }
            }
            Kind::Resolved => {
                self.ticket.responded_at.get_or_insert(self.at);
                self.ticket.resolved_at = Some(self.at);
                self.solved()
            }
            Kind::Reopened => self.reopened_again(entry, has_clocks),
            Kind::Cancelled | Kind::Merged => {
                self.given_up();
                Ok(())
            }
            Kind::Unmerged => {
                self.taken_up();
                Ok(())
            }
            Kind::Promised => self.promised_again(entry),
            Kind::Extended => self.extended_again(entry),
            Kind::Informed => self.informed(),
            _ => Ok(()),
        }
    }

    /// Notes who has the ticket by an entry.
    fn hands(&mut self, entry: &Entry, has_clocks: bool) {
        let team = entry.details.get("teamKey").filter(|_| entry.kind != Kind::Created);
        if let Some(team) = team {
            team.clone_into(&mut self.ticket.team_key);
        }
        let assignee = entry.details.get("assignee");
        if let Some(assignee) = assignee {
            assignee.clone_into(&mut self.ticket.assignee);
        } else if entry.details.contains_key("fromAssignee") || (has_clocks && takes_away(entry.kind)) {
            self.ticket.assignee.clear();
        }
    }

    fn registered_again(&mut self, entry: &Entry, has_clocks: bool) -> Result<(), Error> {
        self.ticket.begin_round(entry.at);
        self.ticket.note_stint(entry.at);
        if has_clocks { self.promise(false) } else { Ok(()) }
    }

    fn brought_in_again(&mut self) -> Result<(), Error> {
        let round = self.ticket.course.rounds.last().map_or(self.ticket.created_at, |round| round.from);
        self.promise_if_known(round)
    }

    fn changed_again(&mut self, entry: &Entry) -> Result<(), Error> {
        let new = |name: &str| entry.details.get(name);
        let ticket = &mut self.ticket;
        if let Some(kind) = new("type").and_then(|name| TicketType::from_str_name(name)) {
            ticket.kind = kind;
        }
        if let Some(priority) = new("priority").and_then(|name| Priority::from_str_name(name)) {
            ticket.priority = priority;
        }
        let category = new("categoryCode");
        if let Some(code) = category {
            code.clone_into(&mut ticket.category_code);
            // An older entry does not tell; then the category of today stands for that of then.
            if let Some(policy) = new("categoryPolicy") {
                policy.clone_into(&mut ticket.category_policy);
            }
        }
        let decides = category.is_some() || entry.kind == Kind::Reprioritized;
        if decides { self.promise(false) } else { Ok(()) }
    }

    fn waits_again(&mut self, entry: &Entry) -> Result<(), Error> {
        let reason = entry.details.get("reason").cloned().unwrap_or_default();
        if self.ticket.waiting_for() != reason {
            self.end_wait()?;
            self.ticket.begin_wait(&reason, entry.at);
        }
        self.ticket.wait_until = time(entry, "until");
        Ok(())
    }

    fn reopened_again(&mut self, entry: &Entry, has_clocks: bool) -> Result<(), Error> {
        if let Some(priority) = entry.details.get("priority").and_then(|name| Priority::from_str_name(name)) {
            self.ticket.priority = priority;
        }
        self.ticket.reopen_count += 1;
        if has_clocks {
            return self.begin_another_round();
        }
        self.ticket.end_round(entry.at);
        self.ticket.begin_round(entry.at);
        Ok(())
    }

    fn promised_again(&mut self, entry: &Entry) -> Result<(), Error> {
        let tier = entry.details.get("tier").map(|tier| format!("PROMISE_TIER_{tier}"));
        let tier = tier.and_then(|name| PromiseTier::from_str_name(&name)).unwrap_or_default();
        let Some(target) = self.rules.answer(tier) else { return Ok(()) };
        // Of a duplicate, whose promise was taken over.
        let since = time(entry, "since").unwrap_or(self.at);
        let times = self.answer_since(&target, since)?;
        self.answer_promised(target, times, since)
    }

    fn extended_again(&mut self, entry: &Entry) -> Result<(), Error> {
        let said = |name: &str| entry.details.get(name).cloned().unwrap_or_default();
        let consent = time(entry, "consentAt").map(|at| Consent {
            by: said("consentBy"),
            at,
            channel: said("consentChannel"),
        });
        let due = |name| time(entry, name).unwrap_or(entry.at);
        let (from, until) = (due(Which::Resolution.former_due_name()), due(Which::Resolution.due_name()));
        self.extended(Extension { at: entry.at, from, until, consent })
    }
}

/// Returns a time that an entry tells.
pub(super) fn time(entry: &Entry, name: &str) -> Option<DateTime<Utc>> {
    entry.details.get(name).and_then(|text| text.parse().ok())
}
