//! Leases that run out: the work is back at its old place (A01). What else is due of work is done where it belongs.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::deadlines::{self, Alarm, Deadline};
use hotline_core::error::Error;
use hotline_core::id;
use uuid::Uuid;

use super::queues::entry;
use super::{Work, aside, duty_logs, escalation, leaves, onward, presence as there, reminders, standby};
use crate::domain::assignment::Assignment;
use crate::domain::fairness::Outcome;
use crate::domain::presence::{from_number, is_ready};
use crate::domain::state::{Move, State};
use crate::events::outgoing;
use crate::store::{assignments, holdings, presence};

/// The kind of deadline that ends a lease.
pub(super) const KIND: &str = "lease";

/// Why somebody is away whose offer ran out.
const UNANSWERED: &str = "派单未应答";

/// Ends leases that ran out, and what else is due of work.
pub(crate) struct Expiry(pub(crate) Work);

/// Sets when the lease ends; a later heartbeat or lease replaces it.
pub(super) fn set(tx: &Tx, work: &Assignment) {
    let subject = work.id.to_string();
    match work.lease_expires_at {
        Some(end) => deadlines::set(tx, KIND, &subject, end, &work.epoch.to_string()),
        None => deadlines::clear(tx, KIND, &subject),
    }
}

#[async_trait]
impl Alarm for Expiry {
    async fn ring(&self, tx: &Tx, deadline: &Deadline) -> Result<(), Error> {
        match deadline.kind.as_str() {
            escalation::KIND => return self.0.climb(tx, deadline).await,
            onward::KIND => return self.0.move_on(tx, deadline).await,
            there::KIND => return self.0.presence_lapses(tx, deadline).await,
            leaves::KIND => return self.0.leave_begins(tx, deadline).await,
            reminders::KIND => return self.0.swap_waits(tx, deadline).await,
            standby::KIND => {
                self.0.duty_changes(tx, &deadline.subject);
                return Ok(());
            }
            _ => {}
        }
        if deadline.kind.starts_with(duty_logs::PREFIX) {
            return self.0.duty_falls_due(tx, deadline).await;
        }
        let id = id::parse(&deadline.subject, "subject")?;
        match deadline.kind.as_str() {
            aside::PARKED => self.0.parked_long_enough(tx, id, &deadline.payload, deadline.due_at).await,
            aside::WRAP_UP => self.0.wrapped_up_long_enough(tx, id, deadline.due_at).await,
            _ => self.0.lease_ran_out(tx, id, deadline).await,
        }
    }
}

impl Work {
    async fn lease_ran_out(&self, tx: &Tx, id: Uuid, deadline: &Deadline) -> Result<(), Error> {
        // Whoever changes both a presence and what is offered to it locks the presence first.
        let offered = assignments::find(&**tx, id).await?.filter(|work| work.offered.is_some());
        let present = match &offered {
            Some(work) => Some(presence::lock(tx, &work.holder, deadline.due_at).await?),
            None => None,
        };
        let Some(held) = assignments::lock(tx, id).await? else {
            return Ok(());
        };
        if held.state != State::Leased || held.epoch.to_string() != deadline.payload {
            return Ok(());
        }
        let mut work = held.clone();
        work.put_back(Move::Expire).map_err(super::fault)?;
        assignments::save(tx, &mut work);
        onward::set(tx, &work, deadline.due_at);
        outgoing::expired(tx, &held, deadline.due_at)?;
        holdings::note(tx, &held, Outcome::Expired, deadline.due_at);
        // Who did not answer an offer is away, and is offered nothing until they say that they are back: else they would be
        // offered the same again and again. So is who was offered it because of duty.
        if let Some(present) = present.filter(|present| present.subject == held.holder) {
            let is_ready = is_ready(from_number(present.state));
            if is_ready || self.stood_by(tx, &held.team_key, &present, deadline.due_at).await? {
                self.send_away(tx, &present, UNANSWERED, deadline.due_at)?;
            }
        }
        self.wait_again(tx, work, &held.holder, deadline.due_at);
        Ok(())
    }

    /// Puts work that waits again into its queue, and has it offered to others, with the commit.
    pub(super) fn wait_again(&self, tx: &Tx, work: Assignment, holder: &str, at: DateTime<Utc>) {
        let (this, holder) = (self.clone(), holder.to_owned());
        tx.after_commit(async move {
            this.queues.put_back(&work.team_key, entry(&work)).await;
            this.kick(&work.team_key, Some((&holder, at)));
        });
    }
}
