//! What was registered at night is put first in the right person's queue when work starts: offered to them by name, for
//! longer than an offer stands otherwise, and before all else in their team's queue if they do not take it.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Deadline};
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_proto::dispatch::v1::{DutyStage, DutyStepKind};
use hotline_queue::lease_until;

use super::super::{Work, expiry};
use super::{Done, Named, due};
use crate::domain::assignment::Assignment;
use crate::domain::duty_log::Move;
use crate::domain::state::State;
use crate::error::Error;
use crate::events::outgoing;
use crate::store::{DutyLogRow, assignments, duty_logs, teams};

/// The calendar that says when work starts, for teams without one.
const OFFICE: &str = "office";
/// How long the work on a ticket is waited for that is not there when work starts, and between two looks.
const PATIENCE: (TimeDelta, TimeDelta) = (TimeDelta::minutes(30), TimeDelta::minutes(1));

/// As which ticket something is registered.
#[derive(Clone, Debug)]
pub(crate) struct Registering {
    /// The ticket, by id or number.
    pub(crate) ticket: String,
    /// In whose queue it is put first; empty is the team's.
    pub(crate) assignee: String,
    /// The team whose start of work counts; empty is the ticket's, else the log's.
    pub(crate) team: String,
    /// What is to be known.
    pub(crate) note: String,
}

impl Work {
    /// Registers a log as a ticket that was made already.
    ///
    /// # Errors
    /// As [`Work::make_step`]; [`Core::Field`] for a ticket, team or member that there is not; [`Error::Roster`] where a year
    /// is not known.
    pub(crate) async fn register_log(
        &self,
        named: &Named,
        given: Registering,
    ) -> Result<(Tx, DutyLogRow), Error> {
        let seen = duty_logs::find(self.db.reader(), named.id).await?;
        let seen = seen.ok_or_else(|| super::missing(named.id))?;
        let ticket = self.ticket_names.get(&given.ticket).await?;
        let team = [given.team, ticket.team_key, seen.team_key].into_iter().find(|key| !key.is_empty());
        let found = teams::find(self.db.reader(), &team.unwrap_or_default()).await?;
        let unknown = Core::Field { field: "teamKey", en: "names no team", zh: "没有这个班组" };
        let team = found.ok_or(unknown)?;
        if !given.assignee.is_empty() && !self.belongs(&team.key, &given.assignee).await? {
            let (en, zh) = ("is no member of that team", "不是该班组的成员");
            return Err(Core::Field { field: "assignee", en, zh }.into());
        }
        let calendar = if team.calendar.is_empty() { OFFICE } else { &team.calendar };
        let calendars = self.calendars.get();
        let opening = calendars.get(calendar).and_then(|calendar| calendar.next_open(self.clock.now()));
        let first_at = opening.map_err(hotline_roster::Refusal::from)?;
        let ticket_id = id::parse(&ticket.id, "ticketId")?;
        let done = Done {
            whom: given.assignee.clone(),
            ..Done::new(Move::Register, DutyStepKind::Registered, &named.caller.subject, given.note)
        };
        let change = move |row: &mut DutyLogRow| {
            row.ticket_id = Some(ticket_id);
            row.ticket_number = ticket.number;
            row.assignee = given.assignee;
            row.queue_team_key = team.key;
            row.first_at = Some(first_at);
            if row.project.is_empty() {
                row.project = ticket.project;
            }
        };
        self.make_step(named, done, change).await
    }

    /// Work has started: what was registered is first, and the night's part of it is over.
    pub(super) async fn work_starts(
        &self,
        tx: &Tx,
        mut row: DutyLogRow,
        due: &Deadline,
    ) -> Result<(), Error> {
        let Some(ticket) = row.ticket_id else { return Ok(()) };
        let open = assignments::lock_open_of(tx, &HashSet::from([ticket])).await?;
        let (whom, text) = match open.into_iter().next() {
            Some(work) if work.state == State::Queued => self.put_first(tx, work, &row).await?,
            Some(work) => (work.holder, "已在处理中".to_owned()),
            None if assignments::any_of(&**tx, ticket).await? => (String::new(), "工单已无需处理".to_owned()),
            None => return self.not_there_yet(tx, row, due).await,
        };
        let done = Done {
            at: Some(due.due_at),
            whom,
            ..Done::new(Move::PutFirst, DutyStepKind::PutFirst, "", text)
        };
        self.advance(tx, &mut row, done, |_| {}).await
    }

    /// The work on the ticket has not come yet: looks again, and tells once of what never comes.
    async fn not_there_yet(&self, tx: &Tx, mut row: DutyLogRow, due: &Deadline) -> Result<(), Error> {
        let (patience, pause) = PATIENCE;
        let next = due.due_at.max(self.clock.now()) + pause;
        if row.first_at.is_some_and(|first_at| next - first_at <= patience) {
            deadlines::set(tx, due::FIRST, &row.id.to_string(), next, &due.payload);
            return Ok(());
        }
        self.missed(tx, &mut row, DutyStage::First, due).await
    }

    /// Puts waiting work first: offers it to its person where they are of the team that has it. Returns to whom, and what is
    /// to be said of it.
    async fn put_first(
        &self,
        tx: &Tx,
        mut work: Assignment,
        row: &DutyLogRow,
    ) -> Result<(String, String), Error> {
        let now = self.clock.now();
        work.put_first(row.received_at);
        work.version += 1;
        let gives_out = teams::flow(&**tx, &work.team_key).await?.gives_out();
        let is_for = !row.assignee.is_empty() && self.belongs(&work.team_key, &row.assignee).await?;
        if !(is_for && gives_out) {
            let text = format!("{}队列首位", work.team_key);
            assignments::put_all(tx, std::slice::from_ref(&work));
            self.follow(tx, vec![work]);
            return Ok((String::new(), text));
        }
        self.offer_first(tx, work, row, now)
    }

    fn offer_first(
        &self,
        tx: &Tx,
        mut work: Assignment,
        row: &DutyLogRow,
        now: DateTime<Utc>,
    ) -> Result<(String, String), Error> {
        let until = lease_until(now, self.config.duty.first());
        work.offer(&row.assignee, rand::random(), (now, until))?;
        assignments::put_all(tx, std::slice::from_ref(&work));
        expiry::set(tx, &work);
        outgoing::offered(tx, &work, now)?;
        let text = format!("{}队列首位", work.holder);
        self.after_offer(tx, vec![work]);
        Ok((row.assignee.clone(), text))
    }
}
