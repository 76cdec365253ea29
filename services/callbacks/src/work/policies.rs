//! The policy as it is known here: settings and shipped calendars, with what was made of calendars at run time.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use hotline_calendar::{Almanac, Calendars};
use hotline_core::db::{Db, Tx};
use hotline_core::error::{Error, chain};
use hotline_core::server::Task;
use hotline_proto::events::v1::CalendarsChanged;
use tokio::time::sleep;

use super::Work;
use crate::config::Config;
use crate::domain::Policy;
use crate::store::calendars;

/// How often a replica looks whether another has heard of calendars.
const LOOK: Duration = Duration::from_secs(1);

/// The policy as it is known, and what it is made from.
pub(crate) struct Policies {
    config: Config,
    almanac: Almanac,
    known: RwLock<Known>,
}

struct Known {
    revision: i64,
    policy: Arc<Policy>,
}

impl Policies {
    /// Reads the policy with what the database knows of calendars.
    ///
    /// # Errors
    /// [`Error::Internal`] for a setting, or a calendar there, that can't be used; [`Error::Database`].
    pub(crate) async fn open(db: &Db, config: Config, almanac: Almanac) -> Result<Self, Error> {
        let known = known(&config, &almanac, &calendars::get(db.reader()).await?)?;
        Ok(Self { config, almanac, known: RwLock::new(known) })
    }

    /// Returns the policy.
    pub(super) fn get(&self) -> Arc<Policy> {
        self.known.read().expect("no writer panics").policy.clone()
    }

    /// Reads the policy anew where others have heard of calendars; what can't be used leaves it as it was.
    ///
    /// # Errors
    /// As [`Policies::open`].
    async fn refresh(&self, db: &Db) -> Result<(), Error> {
        let revision = calendars::revision(db.reader()).await?;
        if revision > self.known.read().expect("no writer panics").revision {
            let read = known(&self.config, &self.almanac, &calendars::get(db.reader()).await?)?;
            let mut known = self.known.write().expect("no writer panics");
            if known.revision < read.revision {
                *known = read;
            }
        }
        Ok(())
    }

    async fn try_to_refresh(&self, db: &Db) {
        if let Err(error) = self.refresh(db).await {
            tracing::warn!(error = %chain(&error), "the calendars can't be read anew; those of before hold on");
        }
    }
}

impl Work {
    /// Takes over what the ticket service tells of calendars; callbacks are planned by it once it is committed.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::Internal`] for calendars that this release can't use.
    pub(crate) async fn take_over_calendars(&self, tx: &Tx, told: &CalendarsChanged) -> Result<(), Error> {
        known(&self.policies.config, &self.policies.almanac, told)?;
        calendars::put(tx, told).await?;
        let (policies, db) = (self.policies.clone(), self.db.clone());
        tx.after_commit(async move { policies.try_to_refresh(&db).await });
        Ok(())
    }

    /// Returns the task that follows what other replicas hear of calendars.
    pub(crate) fn follow_calendars(&self) -> Task {
        let (policies, db) = (self.policies.clone(), self.db.clone());
        Box::new(move |stop| {
            Box::pin(async move {
                let follow = async {
                    loop {
                        sleep(LOOK).await;
                        policies.try_to_refresh(&db).await;
                    }
                };
                stop.run_until_cancelled(follow).await;
            })
        })
    }
}

fn known(config: &Config, almanac: &Almanac, told: &CalendarsChanged) -> Result<Known, Error> {
    let policy = Policy::new(config, &overlaid(almanac.clone(), told)?)?;
    Ok(Known { revision: told.revision, policy: Arc::new(policy) })
}

fn overlaid(mut almanac: Almanac, told: &CalendarsChanged) -> anyhow::Result<Calendars> {
    for file in &told.year_files {
        almanac.merge_year(&file.region, file.year, &file.content)?;
    }
    for edition in &told.calendars {
        almanac.add(serde_json::from_str(edition)?);
    }
    Ok(almanac.build()?)
}
