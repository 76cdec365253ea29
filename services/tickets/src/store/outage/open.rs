//! The notices that are open, kept in memory: every registration and every screen asks, and seldom is there one.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use chrono::TimeDelta;
use hotline_core::db::Tx;
use hotline_core::server::Task;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::{Column, Entity, OPEN, domain};
use crate::domain::outage::Outage;
use crate::error::Error;
use crate::store::Store;

/// How often a replica looks whether another has published or ended a notice.
const LOOK: Duration = Duration::from_secs(1);

/// After how long every replica has heard of a change: two looks, should one have begun just before it.
pub(super) const HEARD_WITHIN: TimeDelta = TimeDelta::seconds(2);

/// Notices that are matched with new tickets at most, the newest.
const MOST: u64 = 500;

/// The notices that are open, as they are known here.
#[derive(Default)]
pub(crate) struct Open {
    known: RwLock<Arc<Vec<Outage>>>,
    /// Of two who read them anew, the later one must write last.
    turn: Mutex<()>,
}

impl Store {
    /// Returns the notices that are open, newest first; what another replica has changed follows within a second.
    pub(crate) fn open_outages(&self) -> Arc<Vec<Outage>> {
        self.open.known.read().expect("no writer panics").clone()
    }

    /// Reads the open notices anew.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn refresh_outages(&self) -> Result<(), Error> {
        let _turn = self.open.turn.lock().await;
        let rows = Entity::find()
            .filter(Column::State.eq(OPEN))
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .limit(MOST)
            .all(self.db.reader())
            .await?;
        let outages: Result<Vec<_>, _> = rows.into_iter().map(domain).collect();
        *self.open.known.write().expect("no writer panics") = Arc::new(outages?);
        Ok(())
    }

    /// Reads the open notices anew once a transaction has changed them.
    pub(super) fn refresh_outages_after(&self, tx: &Tx) {
        let store = self.clone();
        tx.after_commit(async move { store.try_to_refresh_outages().await });
    }

    /// Returns the task that follows what other replicas publish and end, and sets the first look for spikes.
    pub(crate) fn follow_outages(&self) -> Task {
        let store = self.clone();
        Box::new(move |stop| {
            Box::pin(async move {
                let follow = async {
                    let mut looks = false;
                    loop {
                        looks = looks || store.begins_to_look().await;
                        sleep(LOOK).await;
                        store.try_to_refresh_outages().await;
                    }
                };
                stop.run_until_cancelled(follow).await;
            })
        })
    }

    /// Tells whether the first look for spikes is set.
    async fn begins_to_look(&self) -> bool {
        let begun = self.begin_to_look().await;
        if let Err(error) = &begun {
            tracing::warn!(%error, "nobody looks for spikes of faults yet");
        }
        begun.is_ok()
    }

    async fn try_to_refresh_outages(&self) {
        if let Err(error) = self.refresh_outages().await {
            tracing::warn!(%error, "the open outages can't be read anew; those of before hold on");
        }
    }
}
