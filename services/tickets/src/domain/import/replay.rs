//! What happened to a ticket in another system happens to it here, step by step.

use chrono::{DateTime, Utc};
use hotline_proto::common::v1::TicketState as State;
use hotline_proto::tickets::v1::PastStepKind;

use crate::domain::draft::{Draft, Told};
use crate::domain::import::Step;
use crate::domain::lifecycle::{Event, is_open, next};
use crate::domain::ticket::Ticket;
use crate::domain::timeline::{Details, Kind};

/// The steps of one ticket, as they are taken.
pub(super) struct Replay<'d, 'r, 'p> {
    draft: &'d mut Draft<'r>,
    resolution: &'p str,
    had_team: bool,
    done: Replayed,
}

/// What the steps left beside the ticket itself.
pub(super) struct Replayed {
    /// What figures are told, in order of time.
    pub(super) told: Vec<Told>,
    /// Steps that the life cycle does not allow.
    pub(super) marked: i32,
    /// When its last round began: its registration or its last reopening.
    pub(super) round_at: DateTime<Utc>,
}

impl<'d, 'r, 'p> Replay<'d, 'r, 'p> {
    /// Begins with a ticket as it was registered.
    pub(super) fn of(draft: &'d mut Draft<'r>, resolution: &'p str) -> Self {
        let round_at = draft.ticket.created_at;
        Self { draft, resolution, had_team: false, done: Replayed { told: Vec::new(), marked: 0, round_at } }
    }

    /// Takes all steps.
    pub(super) fn all(mut self, steps: &[Step]) -> Replayed {
        for step in steps {
            self.take(step);
        }
        // The time that a record gives for its solution may lie before what followed it in its rows.
        self.done.told.sort_by_key(|told| told.at);
        self.done
    }

    fn take(&mut self, step: &Step) {
        let before = self.draft.ticket.state;
        let (event, otherwise) = self.way(step.kind, before);
        // Which team has a ticket first may be unknown: then nothing happened that could be written down.
        if event == Some(Event::Assign) && step.team_key.is_empty() {
            return self.assigned(step, "");
        }
        let lawful = event.and_then(|event| next(before, event));
        self.draft.ticket.state = lawful.unwrap_or(otherwise);
        if self.draft.ticket.state != State::Waiting {
            end_wait(&mut self.draft.ticket, step.at);
        }
        let kind = written(step.kind, self.had_team);
        let mut details = self.effect(step);
        let ticket = &mut self.draft.ticket;
        if is_open(ticket.state) {
            ticket.closed_at = None;
        }
        ticket.updated_at = ticket.updated_at.max(step.at);
        ticket.note_stint(step.at);
        if lawful.is_none() {
            self.done.marked += 1;
            details = details.with("imported", "true").with("fromState", before.as_str_name());
        }
        let actor = self.draft.who.subject.clone();
        self.draft.log_at(kind, step.at, actor, &step.note, details);
    }

    /// Returns the event of the life cycle that a step is, and where it leads where the life cycle forbids it.
    fn way(&self, kind: PastStepKind, state: State) -> (Option<Event>, State) {
        match kind {
            PastStepKind::Assigned if self.had_team => (Some(Event::HandOver), state),
            PastStepKind::Assigned => (Some(Event::Assign), state),
            PastStepKind::Started => (Some(Event::Start), State::InProgress),
            PastStepKind::Waiting => (Some(Event::Wait), State::Waiting),
            PastStepKind::Resumed => (Some(Event::Resume), State::InProgress),
            PastStepKind::Resolved => (Some(Event::Resolve), State::Resolved),
            PastStepKind::Reopened => (Some(Event::Reopen), State::Assigned),
            PastStepKind::Closed => (Some(Event::Close), State::Closed),
            PastStepKind::Cancelled => (Some(Event::Cancel), State::Cancelled),
            PastStepKind::Noted | PastStepKind::Unspecified => (None, state),
        }
    }

    /// Does what a step does beside moving the ticket, and returns what changed.
    fn effect(&mut self, step: &Step) -> Details {
        let (team, person) = (self.draft.ticket.team_key.clone(), self.draft.ticket.assignee.clone());
        match step.kind {
            PastStepKind::Assigned => {
                self.assigned(step, &team);
                return Details::default().change("teamKey", &team, &step.team_key).change(
                    "assignee",
                    &person,
                    &step.assignee,
                );
            }
            PastStepKind::Noted | PastStepKind::Unspecified if !step.team_key.is_empty() => {
                step.team_key.clone_into(&mut self.draft.ticket.team_key);
            }
            _ => {}
        }
        if !step.assignee.is_empty() {
            step.assignee.clone_into(&mut self.draft.ticket.assignee);
        }
        let changed = Details::default().change("teamKey", &team, &self.draft.ticket.team_key).change(
            "assignee",
            &person,
            &self.draft.ticket.assignee,
        );
        self.moved(step, changed)
    }

    /// Does what one of the moves does.
    fn moved(&mut self, step: &Step, details: Details) -> Details {
        let ticket = &mut self.draft.ticket;
        match step.kind {
            PastStepKind::Started => {
                ticket.responded_at.get_or_insert(step.at);
            }
            PastStepKind::Waiting if goes_on(ticket, step) => return details.with("reason", &*step.reason),
            PastStepKind::Waiting => ticket.begin_wait(&step.reason, step.at),
            PastStepKind::Resolved => {
                ticket.responded_at.get_or_insert(step.at);
                ticket.resolved_at = Some(step.at);
                ticket.end_round(step.at);
                self.resolution.clone_into(&mut ticket.resolution);
                ticket.solved_by.clone_from(&ticket.assignee);
            }
            PastStepKind::Reopened => {
                ticket.end_round(step.at);
                ticket.begin_round(step.at);
                ticket.reopen_count += 1;
                self.done.round_at = step.at;
            }
            PastStepKind::Closed => ticket.closed_at = Some(step.at),
            _ => {}
        }
        let solved_by =
            if step.kind == PastStepKind::Resolved { ticket.solved_by.clone() } else { String::new() };
        self.tell(step, "");
        details.with("reason", &*step.reason).with("solvedBy", solved_by)
    }

    /// Gives the ticket to a team. Every time but the first counts, also where a team's name is missing.
    fn assigned(&mut self, step: &Step, from: &str) {
        let ticket = &mut self.draft.ticket;
        step.team_key.clone_into(&mut ticket.team_key);
        step.assignee.clone_into(&mut ticket.assignee);
        ticket.reassignment_count += i32::from(self.had_team);
        self.had_team = true;
        self.tell(step, from);
    }

    fn tell(&mut self, step: &Step, from: &str) {
        if matches!(step.kind, PastStepKind::Noted | PastStepKind::Unspecified) {
            return;
        }
        self.done.told.push(Told {
            kind: step.kind,
            at: step.at,
            team_key: self.draft.ticket.team_key.clone(),
            from_team_key: from.to_owned(),
            assignee: self.draft.ticket.assignee.clone(),
            reason: step.reason.clone(),
        });
    }
}

/// Lets a wait that ended at this very time go on: it went through a hand-over, or was said twice.
fn goes_on(ticket: &mut Ticket, step: &Step) -> bool {
    let last = ticket.waits.last_mut().filter(|last| last.reason == step.reason);
    match last.filter(|last| last.to.is_none_or(|to| to == step.at)) {
        Some(wait) => {
            wait.to = None;
            true
        }
        None => {
            end_wait(ticket, step.at);
            false
        }
    }
}

fn end_wait(ticket: &mut Ticket, at: DateTime<Utc>) {
    if let Some(wait) = ticket.waits.last_mut().filter(|wait| wait.to.is_none()) {
        wait.to = Some(at.max(wait.from));
    }
}

/// Returns what is written down of a step.
fn written(kind: PastStepKind, had_team: bool) -> Kind {
    match kind {
        PastStepKind::Assigned if had_team => Kind::HandedOver,
        PastStepKind::Assigned => Kind::Assigned,
        PastStepKind::Started => Kind::Started,
        PastStepKind::Waiting => Kind::Waiting,
        PastStepKind::Resumed => Kind::Resumed,
        PastStepKind::Resolved => Kind::Resolved,
        PastStepKind::Reopened => Kind::Reopened,
        PastStepKind::Closed => Kind::Closed,
        PastStepKind::Cancelled => Kind::Cancelled,
        PastStepKind::Noted | PastStepKind::Unspecified => Kind::Noted,
    }
}
