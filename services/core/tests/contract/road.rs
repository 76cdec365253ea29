//! The event road of a ticket service and its three consumers, with toys at its end.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hotline_core::bus::{Bus, Consumer, Delivery, Listener, Since};
use hotline_core::clock::Clock;
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error;
use hotline_core::testing::{TestDb, eventually};
use hotline_core::{id, outbox};
use hotline_proto::events::v1::{Envelope, TicketResolved, TicketVerified};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::Status;
use uuid::Uuid;

use crate::toys::{Migrator, effects, note};

/// The consumers of a solved ticket.
pub(crate) const ALL: [&str; 3] = ["callbacks", "dispatch", "kpi"];

/// What a toy does with an event before it notes it.
pub(crate) enum Act {
    Note,
    Fail(Error),
    Panic,
    /// Says that it is here, and stays.
    Hang,
}

type Plan = Box<dyn Fn(&str) -> Act + Send + Sync>;

/// A consumer that notes what it applies, and tells once it is committed.
pub(crate) struct Toy {
    name: &'static str,
    db: Db,
    plan: Plan,
    told: mpsc::UnboundedSender<String>,
}

#[async_trait]
impl Consumer for Toy {
    fn name(&self) -> &'static str {
        self.name
    }

    fn db(&self) -> &Db {
        &self.db
    }

    async fn apply(&self, tx: &Tx, event: &Envelope) -> Result<(), Error> {
        let text = match outbox::read::<TicketResolved>(event)? {
            Some(resolved) => resolved.resolution,
            None => event.name.clone(),
        };
        note(tx, &text).await?;
        match (self.plan)(&text) {
            Act::Note => {}
            Act::Fail(error) => return Err(error),
            Act::Panic => panic!("{text}"),
            Act::Hang => {
                self.told.send(format!("hangs at {text}")).expect("the test listens");
                std::future::pending::<()>().await;
            }
        }
        let (told, heard) = (self.told.clone(), format!("{}: {text}", self.name));
        // A test that has seen enough may be over.
        tx.after_commit(async move { drop(told.send(heard)) });
        Ok(())
    }
}

/// The databases of the ticket service and its consumers.
pub(crate) struct Road {
    pub(crate) source: Db,
    consumers: Vec<(&'static str, Db)>,
    told: mpsc::UnboundedSender<String>,
    heard: mpsc::UnboundedReceiver<String>,
}

/// What runs on the road, until it is ended or dropped.
pub(crate) struct Running {
    stop: CancellationToken,
    tracker: TaskTracker,
}

impl Road {
    pub(crate) async fn new(test: &TestDb) -> Self {
        let mut consumers = Vec::new();
        for name in ALL {
            consumers.push((name, test.open::<Migrator>(name).await));
        }
        let (told, heard) = mpsc::unbounded_channel();
        Self { source: test.open::<Migrator>("tickets").await, consumers, told, heard }
    }

    pub(crate) fn db(&self, consumer: &str) -> &Db {
        &self.consumers.iter().find(|(name, _)| *name == consumer).expect("one of the three").1
    }

    pub(crate) fn toy(
        &self,
        name: &'static str,
        plan: impl Fn(&str) -> Act + Send + Sync + 'static,
    ) -> Arc<Toy> {
        let (db, told) = (self.db(name).clone(), self.told.clone());
        Arc::new(Toy { name, db, plan: Box::new(plan), told })
    }

    pub(crate) fn honest(&self, name: &'static str) -> Arc<Toy> {
        self.toy(name, |_| Act::Note)
    }

    /// Solves a ticket: a change and its event in one transaction.
    pub(crate) async fn solve(&self, text: &str) {
        let tx = self.source.begin().await.unwrap();
        self.solve_in(&tx, text).await;
        tx.commit().await.unwrap();
    }

    pub(crate) async fn solve_in(&self, tx: &Tx, text: &str) {
        note(tx, text).await.unwrap();
        let event = TicketResolved { resolution: text.to_owned(), ..Default::default() };
        outbox::put(tx, Uuid::from_u128(7), Clock::system().now(), &event).unwrap();
    }

    /// Puts an event that concerns KPI only.
    pub(crate) async fn verify(&self) {
        let tx = self.source.begin().await.unwrap();
        outbox::put(&tx, id::new(), Clock::system().now(), &TicketVerified::default()).unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) fn relay(&self, bus: &Arc<dyn Bus>) -> Running {
        let running = Running::new();
        let stop = running.stop.clone();
        running.tracker.spawn(outbox::run_relay("tickets", self.source.clone(), bus.clone(), stop));
        running
    }

    pub(crate) fn consumers(&self, bus: &Arc<dyn Bus>, toys: impl IntoIterator<Item = Arc<Toy>>) -> Running {
        let running = Running::new();
        for toy in toys {
            let (bus, stop) = (bus.clone(), running.stop.clone());
            running.tracker.spawn(async move { bus.consume(toy, stop).await });
        }
        running
    }

    pub(crate) fn all_honest(&self, bus: &Arc<dyn Bus>) -> Running {
        self.consumers(bus, ALL.map(|name| self.honest(name)))
    }

    /// Waits for the next thing that a toy tells.
    pub(crate) async fn hear(&mut self) -> String {
        let heard = timeout(Duration::from_secs(20), self.heard.recv()).await;
        heard.expect("a toy tells something").expect("the road holds a sender")
    }

    pub(crate) async fn effects(&self, consumer: &str) -> Vec<String> {
        effects(self.db(consumer)).await
    }

    /// Waits until every event is known to be delivered.
    pub(crate) async fn delivered(&self) {
        eventually("the outbox is empty", async || outbox::pending(&self.source).await.unwrap() == 0).await;
    }

    /// Waits until every event is delivered and checks that each consumer has exactly these effects in this order.
    pub(crate) async fn ends_with(&self, texts: &[String]) {
        self.delivered().await;
        for name in ALL {
            assert_eq!(self.effects(name).await, texts, "{name}");
        }
    }
}

impl Running {
    fn new() -> Self {
        Self { stop: CancellationToken::new(), tracker: TaskTracker::new() }
    }

    /// Stops in an orderly way.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.tracker.close();
        timeout(Duration::from_secs(5), self.tracker.wait())
            .await
            .expect("everything ends soon after the stop");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Returns an error that passes by itself.
pub(crate) fn away() -> Error {
    Error::Upstream(Status::unavailable("the database is away"))
}

/// Returns `name 0`, `name 1`, ….
pub(crate) fn texts(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{name} {number}")).collect()
}

/// What becomes of a batch that a [`Meddler`] is handed.
pub(crate) type Meddling =
    Box<dyn Fn(Vec<Envelope>) -> futures::future::BoxFuture<'static, Result<Delivery, Error>> + Send + Sync>;

/// A bus in whose publishing a test meddles.
pub(crate) struct Meddler {
    pub(crate) inner: Arc<dyn Bus>,
    pub(crate) meddling: Meddling,
}

#[async_trait]
impl Bus for Meddler {
    async fn publish(&self, _source: &str, batch: &[Envelope]) -> Result<Delivery, Error> {
        (self.meddling)(batch.to_vec()).await
    }

    async fn applied_through(&self, source: &str) -> Result<Option<String>, Error> {
        self.inner.applied_through(source).await
    }

    async fn lost_since(&self, source: &str, note: Option<&str>) -> Result<Option<String>, Error> {
        self.inner.lost_since(source, note).await
    }

    async fn consume(&self, consumer: Arc<dyn Consumer>, stop: CancellationToken) {
        self.inner.consume(consumer, stop).await;
    }

    async fn listen(&self, listener: Arc<dyn Listener>, since: Since, stop: CancellationToken) {
        self.inner.listen(listener, since, stop).await;
    }

    async fn ping(&self) -> Result<(), Error> {
        self.inner.ping().await
    }
}
