//! Looks for many similar fault tickets: by index, bounded, off the way of whoever registers one.

use chrono::{DateTime, TimeDelta, Utc};
use hotline_core::db::Tx;
use hotline_core::{caller, id};
use hotline_proto::common::v1::TicketState;
use hotline_proto::tickets::v1::OutageState;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, QuerySelect};

use super::batches::{Seen, faults_since};
use super::{Column, Entity, domain, locked};
use crate::config::Outages;
use crate::domain::outage::Outage;
use crate::domain::outage::spike::{Report, Spike, Thresholds, spikes};
use crate::error::Error;
use crate::events;
use crate::store::{Store, ticket};

/// Tickets that one look reads at most, the newest.
const LOOKED_THROUGH: u64 = 5_000;

impl Store {
    /// Proposes a notice for every spike that no notice is known of. One that was proposed and ignored for as long as
    /// nothing is proposed again is raised by the next spike.
    pub(super) async fn look_for_spikes(&self, tx: &Tx) -> Result<(), Error> {
        let (settings, now) = (self.base().outages(), self.clock.now());
        let reports = reports(tx, now - TimeDelta::minutes(settings.spike_minutes.into())).await?;
        let thresholds = thresholds(settings);
        if reports.len() < thresholds.project.min(thresholds.category) {
            return Ok(());
        }
        let quiet_since = now - TimeDelta::hours(settings.spike_quiet_hours.into());
        let mut known = known(tx, quiet_since).await?;
        known.retain(|outage| outage.has_begun(now));
        let ignored: Vec<Outage> = known.extract_if(.., |outage| outage.is_ignored(quiet_since)).collect();
        let catalogue = self.catalogue().await?;
        for spike in spikes(&reports, &known, &catalogue, thresholds) {
            if let Some(before) = ignored.iter().find(|outage| outage.is_proposed_for(&spike)) {
                self.raise(tx, before.id, &spike).await?;
                continue;
            }
            let outage = Outage::propose(id::new(), &spike, &catalogue, now, caller::current_actor());
            self.put_outage(tx, &outage);
            events::outages::proposed(tx, &outage)?;
        }
        Ok(())
    }

    /// Proposes a notice again that nobody has acted on; somebody may have done so just now.
    async fn raise(&self, tx: &Tx, id: Uuid, spike: &Spike) -> Result<(), Error> {
        let before = locked(tx, id).await?;
        if before.state != OutageState::Proposed {
            return Ok(());
        }
        let mut outage = before.clone();
        outage.propose_again(spike, self.clock.now());
        self.write_outage(tx, &before, &outage).await?;
        Ok(events::outages::proposed(tx, &outage)?)
    }
}

fn thresholds(settings: &Outages) -> Thresholds {
    let (project, category) = (settings.spike_tickets, settings.spike_tickets_everywhere);
    Thresholds { project: project as usize, category: category as usize }
}

async fn reports(tx: &Tx, since: DateTime<Utc>) -> Result<Vec<Report>, Error> {
    let seen: Vec<Seen> = faults_since(since)
        .filter(ticket::Column::State.ne(TicketState::Cancelled as i32))
        .order_by_desc(ticket::Column::CreatedAt)
        .limit(LOOKED_THROUGH)
        .into_model()
        .all(&**tx)
        .await?;
    let report = |seen: Seen| Report {
        region: seen.region().to_owned(),
        category: seen.category_code,
        project: seen.project,
        at: seen.created_at,
    };
    Ok(seen.into_iter().map(report).collect())
}

/// Returns the notices that are open, being recovered or proposed, however long ago, and those that were taken back since
/// a time.
async fn known(tx: &Tx, quiet_since: DateTime<Utc>) -> Result<Vec<Outage>, Error> {
    let lasting = [OutageState::Open, OutageState::Recovering, OutageState::Proposed];
    let refused = Condition::all()
        .add(Column::State.eq(OutageState::Withdrawn as i32))
        .add(Column::UpdatedAt.gte(quiet_since));
    let either = Condition::any().add(Column::State.is_in(lasting.map(|state| state as i32))).add(refused);
    let rows = Entity::find().filter(either).all(&**tx).await?;
    rows.into_iter().map(domain).collect()
}
