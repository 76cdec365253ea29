//! What a holder does with a callback. The ticket is told first, then the database: a crash in between leaves the
//! holder with a good token, and the same call again ends both.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_proto::callbacks::v1::CallbackKind;
use hotline_queue::lease_until;
use uuid::Uuid;

use super::{Work, alarms};
use crate::domain::{Attempt, Callback, Report, Verdict};
use crate::store::{attempts, callbacks};
use crate::{Error, NAME, events};

/// Who says that they hold which callback.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    /// The callback.
    pub(crate) id: Uuid,
    /// Who calls.
    pub(crate) subject: String,
    /// The proof.
    pub(crate) token: String,
}

impl Work {
    /// Keeps the lease for `lease` from now.
    ///
    /// # Errors
    /// [`Error::LeaseLost`], or [`Error::Core`].
    pub(crate) async fn heartbeat(&self, holder: &Holder, lease: Duration) -> Result<(Tx, Callback), Error> {
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        let mut callback = callbacks::locked(&tx, holder.id).await?;
        callback.check_held(&holder.subject, &holder.token, now)?;
        callback.lease_expires_at = Some(lease_until(now, lease));
        callbacks::save(&tx, &mut callback).await?;
        alarms::set_expiry(&tx, &callback);
        let (queue, kept) = (self.queue.clone(), callback.clone());
        tx.after_commit(async move { queue.extend(NAME, kept.id, &kept.holder, lease).await });
        Ok((tx, callback))
    }

    /// Notes a try and what follows from it (V3, V4); returns the callback with all its tries.
    ///
    /// # Errors
    /// [`Error::LeaseLost`], a report that lacks what it needs, or what the ticket service answers.
    pub(crate) async fn record(
        &self,
        holder: &Holder,
        report: &Report,
    ) -> Result<(Tx, Callback, Vec<Attempt>), Error> {
        let now = self.clock.now();
        let callback = callbacks::get(self.db.reader(), holder.id).await?;
        callback.check_may_answer(&holder.subject, &holder.token, now)?;
        let mut tries = attempts::of(self.db.reader(), holder.id).await?;
        let attempt = report.attempt(&tries, &holder.subject, now);
        let verdict = self.policies.get().judge(&tries, report, &attempt)?;
        let (tx, callback) = loop {
            let told = self.settle(&callback, &verdict, report, &attempt).await?;
            let tx = self.db.begin().await?;
            let mut locked = callbacks::locked(&tx, holder.id).await?;
            let Some(told) = told else {
                locked.check_held(&holder.subject, &holder.token, now)?;
                break (tx, locked);
            };
            locked.check_settled(&holder.subject, &holder.token)?;
            // With the callback gone, nothing would settle a ticket that has come to it meanwhile.
            if self.others_came(&tx, &locked, &told).await? {
                continue;
            }
            // The news of that may have been quicker, and had it go on about the next ticket: this is what was asked about.
            let asked = callback.draft;
            (locked.draft.ticket, locked.draft.subject) = (asked.ticket, asked.subject);
            break (tx, locked);
        };
        attempts::insert(&tx, callback.id, &attempt).await?;
        events::attempted(&tx, &callback, &attempt)?;
        let callback = self.follow(&tx, callback, &verdict, report, &attempt).await?;
        tries.push(attempt);
        Ok((tx, callback, tries))
    }

    /// Tells the ticket service what came of the callback, where it ends and asks about a solution; returns of which
    /// tickets it did.
    async fn settle(
        &self,
        callback: &Callback,
        verdict: &Verdict,
        report: &Report,
        attempt: &Attempt,
    ) -> Result<Option<Vec<Uuid>>, Error> {
        let (Verdict::Done { settlement, .. }, Some(ticket)) = (verdict, callback.settles()) else {
            return Ok(None);
        };
        if callback.draft.kind == CallbackKind::OutageRecovered {
            return self.settle_all(callback, ticket, *settlement, report, attempt).await.map(Some);
        }
        self.tickets.settle(ticket.id, callback.id, attempt.number, *settlement, report.cause()).await?;
        Ok(Some(vec![ticket.id]))
    }

    /// Writes what follows from a try.
    async fn follow(
        &self,
        tx: &Tx,
        mut callback: Callback,
        verdict: &Verdict,
        report: &Report,
        attempt: &Attempt,
    ) -> Result<Callback, Error> {
        alarms::clear(tx, callback.id);
        match verdict {
            Verdict::Again(at) => {
                callback.again(*at);
                alarms::set_opening(tx, &callback);
            }
            Verdict::Done { state, reason, .. } => {
                callback.end(*state, report.answer, reason, attempt.at);
                events::completed(tx, &callback, attempt)?;
            }
        }
        callbacks::save(tx, &mut callback).await?;
        self.remove_after(tx, callback.id);
        Ok(callback)
    }

    /// Ends a callback without the customer's answer; its ticket stays as it is.
    ///
    /// # Errors
    /// [`Error::Ended`] when it has, or [`Error::Core`].
    pub(crate) async fn end(&self, id: Uuid, reason: &str) -> Result<(Tx, Callback), Error> {
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        let mut callback = callbacks::locked(&tx, id).await?;
        callback.end_by_hand(reason, now)?;
        self.save_ended(&tx, &mut callback).await?;
        Ok((tx, callback))
    }

    /// Ends a callback because of news of its ticket.
    pub(super) async fn overtake(
        &self,
        tx: &Tx,
        mut callback: Callback,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        callback.overtake(reason, now);
        self.save_ended(tx, &mut callback).await
    }

    async fn save_ended(&self, tx: &Tx, callback: &mut Callback) -> Result<(), Error> {
        callbacks::save(tx, callback).await?;
        alarms::clear(tx, callback.id);
        self.remove_after(tx, callback.id);
        Ok(())
    }

    fn remove_after(&self, tx: &Tx, id: Uuid) {
        let queue = self.queue.clone();
        tx.after_commit(async move { queue.remove(NAME, id).await });
    }
}
