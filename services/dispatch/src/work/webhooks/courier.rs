//! Sends what is due. Replicas share the work: who begins an attempt has the message for a while, and nobody else tries it
//! meanwhile. No call is made in a transaction, and a receiver that is slow or away holds up nobody else's.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hotline_core::clock;
use hotline_core::db::Tx;
use hotline_core::error::{Error, caught, chain};
use hotline_core::server::Task;
use hotline_core::trouble::Trouble;
use hotline_proto::dispatch::v1::{WebhookDeliveryState, WebhookState};
use hotline_webhooks::sender::{Letter, Report};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::measures;
use crate::domain::webhook::{Standing, Verdict, judge};
use crate::events::outgoing;
use crate::store::deliveries::{self, Attempted};
use crate::store::{DeliveryRow, WebhookRow, webhooks};
use crate::work::Work;

/// How long the courier waits at most before it looks by itself: for what others wrote, and what comes due.
const IDLE: Duration = Duration::from_secs(1);
/// Attempts at the same time at most, of all webhooks.
const MOST: usize = 64;

/// Returns the task that sends what is due.
pub(crate) fn deliver(work: Work) -> Task {
    let courier = Courier { work, busy: HashMap::new(), attempts: JoinSet::new() };
    Box::new(move |stop| Box::pin(courier.run(stop)))
}

struct Courier {
    work: Work,
    /// Attempts that run, by webhook.
    busy: HashMap<Uuid, usize>,
    attempts: JoinSet<Uuid>,
}

impl Courier {
    async fn run(mut self, stop: CancellationToken) {
        let trouble = Trouble::of("sender of webhooks");
        while !stop.is_cancelled() {
            // Before the look: a clock that is moved meanwhile must not be missed.
            let moved = self.work.clock.moved();
            match self.round().await {
                Ok(()) => trouble.works(),
                Err(error) => trouble.failed(&error),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(IDLE) => {}
                () = self.work.webhooks.wake.notified() => {}
                () = moved => {}
                Some(ended) = self.attempts.join_next() => {
                    // A task can't fail: what panics in it is caught there.
                    if let Some(busy) = ended.ok().and_then(|webhook| self.busy.get_mut(&webhook)) {
                        *busy -= 1;
                    }
                }
            }
        }
        // What is on its way arrives; what does not is tried again by whoever comes next.
        while self.attempts.join_next().await.is_some() {}
    }

    async fn round(&mut self) -> Result<(), Error> {
        self.busy.retain(|_, busy| *busy > 0);
        if self.attempts.len() >= MOST {
            return Ok(());
        }
        let (db, now) = (&self.work.db, self.work.clock.now());
        let due = deliveries::webhooks_with_due(db, now).await?;
        if due.is_empty() {
            return Ok(());
        }
        let mut known: HashMap<_, _> =
            webhooks::of(db.reader(), &due).await?.into_iter().map(|row| (row.id, row)).collect();
        for id in due {
            match known.remove(&id) {
                Some(row) if row.state == i32::from(WebhookState::Enabled) => self.begin(row, now).await?,
                // Written by a process that did not know yet.
                known => self.put_aside(id, known.is_some()).await?,
            }
        }
        Ok(())
    }

    async fn put_aside(&self, webhook: Uuid, is_there: bool) -> Result<(), Error> {
        let tx = self.work.db.begin().await?;
        if is_there {
            deliveries::hold(&tx, webhook).await?;
        } else {
            deliveries::delete_of(&tx, webhook).await?;
        }
        tx.commit().await
    }

    /// Begins as many attempts as there is room for.
    async fn begin(&mut self, row: WebhookRow, now: DateTime<Utc>) -> Result<(), Error> {
        let busy = self.busy.get(&row.id).copied().unwrap_or_default();
        let room = self.work.config.webhooks.concurrency().saturating_sub(busy);
        let room = room.min(MOST.saturating_sub(self.attempts.len()));
        if room == 0 || row.quiet_until.is_some_and(|until| until > now) {
            return Ok(());
        }
        let most = u64::try_from(room).unwrap_or(u64::MAX);
        let due = deliveries::due(self.work.db.reader(), row.id, now, most).await?;
        if due.is_empty() {
            return Ok(());
        }
        let (tx, until) = (self.work.db.begin().await?, now + self.work.config.webhooks.claim());
        let mut mine = Vec::with_capacity(due.len());
        for message in due {
            if deliveries::claim(&tx, &message, until).await? {
                mine.push(message);
            }
        }
        tx.commit().await?;
        *self.busy.entry(row.id).or_default() += mine.len();
        for message in mine {
            let (work, row) = (self.work.clone(), row.clone());
            self.attempts.spawn(async move { work.attempt(row, message).await });
        }
        Ok(())
    }
}

impl Work {
    /// Makes one attempt and notes what came of it; returns the webhook.
    async fn attempt(&self, row: WebhookRow, message: DeliveryRow) -> Uuid {
        let webhook = row.id;
        if let Err(error) = caught(self.send(&row, &message)).await {
            tracing::error!(%webhook, delivery = %message.id, error = %chain(&error), "an attempt is made again later");
        }
        webhook
    }

    async fn send(&self, row: &WebhookRow, message: &DeliveryRow) -> Result<(), Error> {
        // Receivers compare with clocks of their own, whatever clock the suite runs on.
        let letter = Letter {
            url: row.url.clone(),
            id: message.event_id.to_string(),
            body: message.body.clone().into(),
            secrets: self.webhooks.secrets(row, self.clock.now())?,
        };
        let begun = Instant::now();
        let report = self.webhooks.sender.send(&letter, clock::wall()).await;
        measures::attempted(report.outcome, begun.elapsed());
        self.conclude(message, &report).await
    }

    async fn conclude(&self, message: &DeliveryRow, report: &Report) -> Result<(), Error> {
        let (tx, now) = (self.db.begin().await?, self.clock.now());
        // The webhook first, always: two attempts of one webhook would else wait for each other's messages.
        let Some(row) = webhooks::lock(&tx, message.webhook_id).await? else { return Ok(()) };
        let before = Standing { attempts: message.attempts, failing_since: row.failing_since };
        let verdict = judge(report, before, self.config.webhooks.patience(), (now, rand::random()));
        let ended = Attempted {
            state: verdict.state,
            next_at: verdict.next_at,
            status: report.status.map(i32::from),
            outcome: report.outcome.name(),
            at: now,
        };
        if !deliveries::finish(&tx, message, message.claim + 1, &ended).await? {
            return Ok(());
        }
        self.note_of(&tx, row, &verdict, now).await?;
        self.webhooks.hurry(&tx);
        tx.commit().await
    }

    /// Notes what an attempt says of its webhook.
    async fn note_of(
        &self,
        tx: &Tx,
        mut row: WebhookRow,
        verdict: &Verdict,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        if verdict.state == WebhookDeliveryState::Delivered {
            if row.failing_since.take().is_none() {
                return Ok(());
            }
            row.quiet_until = None;
            deliveries::hurry(tx, row.id, now).await?;
            return webhooks::save(tx, row).await;
        }
        row.failing_since.get_or_insert(now);
        row.quiet_until = verdict.quiet_until.or(row.quiet_until);
        if let Some(reason) = verdict.disabled.filter(|_| row.state == i32::from(WebhookState::Enabled)) {
            row.state = WebhookState::Disabled.into();
            reason.clone_into(&mut row.disabled_reason);
            row.disabled_at = Some(now);
            row.version += 1;
            deliveries::hold(tx, row.id).await?;
            outgoing::webhook_disabled(tx, &row, now)?;
            self.webhooks.changed(tx, row.clone());
        }
        webhooks::save(tx, row).await
    }
}
