//! The teams' times, chains and ways to give work out, as every dispatch needs them: read beside the work, so that no dispatch waits for them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error;
use hotline_core::server::Task;
use hotline_core::trouble::Trouble;
use hotline_proto::common::v1::Priority;
use hotline_proto::dispatch::v1::TeamKind;
use tokio::time::sleep;

use super::Work;
use crate::config::Config;
use crate::domain::assignment::Assignment;
use crate::domain::escalation::{plan, planned_anew};
use crate::domain::stages::Dues;
use crate::domain::team::Ways;
use crate::store::{TeamRow, teams};

/// How often the teams are read again: what another process changes counts here that much later.
const EVERY: Duration = Duration::from_secs(2);

/// See the module. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Times {
    config: Arc<Config>,
    teams: Arc<RwLock<Arc<HashMap<String, TeamRow>>>>,
}

impl Times {
    /// Knows no team yet: the settings hold for all.
    pub(super) fn new(config: Arc<Config>) -> Self {
        Self { config, teams: Arc::default() }
    }

    /// Reads the teams.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn read(&self, db: &Db) -> Result<(), Error> {
        let teams = teams::all(db.reader()).await?.into_iter().map(|team| (team.key.clone(), team)).collect();
        *self.teams.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(teams);
        Ok(())
    }

    /// Lets what `tx` changes of a team count from its commit on.
    pub(crate) fn changed(&self, tx: &Tx, team: TeamRow) {
        let teams = self.teams.clone();
        tx.after_commit(async move {
            let mut known = teams.write().unwrap_or_else(PoisonError::into_inner);
            Arc::make_mut(&mut known).insert(team.key.clone(), team);
        });
    }

    /// Returns how a team's work gets to its members; those of a team that pulls for one that is not known yet.
    pub(super) fn ways(&self, team_key: &str) -> Ways {
        let teams = self.teams.read().unwrap_or_else(PoisonError::into_inner);
        teams.get(team_key).map(TeamRow::ways).unwrap_or_default()
    }

    /// Returns the keys of the teams.
    pub(super) fn keys(&self) -> Vec<String> {
        self.teams.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Gives work that is dispatched at `at` its times and its chain.
    pub(super) fn set(&self, work: &mut Assignment, at: DateTime<Utc>) {
        let teams = self.teams.read().unwrap_or_else(PoisonError::into_inner).clone();
        let team = teams.get(&work.team_key);
        let (kind, own) = team.map_or((TeamKind::Unspecified, [].as_slice()), |team| {
            (team.kind.try_into().unwrap_or_default(), team.budgets.0.as_slice())
        });
        let chain = team.and_then(|team| team.escalation.as_ref()).map(|chain| &chain.0);
        work.dues = Dues::of(&self.config, (kind, own), work.ticket.priority, at);
        let next = plan(chain.unwrap_or(&self.config.escalation), work.dues.confirm);
        work.escalation = planned_anew(&work.escalation, next);
    }

    /// The same for work whose priority was `before` and may have changed at `at`: from then on it has the times of the new
    /// one. Who was told stays told.
    pub(super) fn set_anew(&self, work: &mut Assignment, before: Priority, at: DateTime<Utc>) {
        if work.ticket.priority != before {
            self.set(work, at);
        }
    }
}

/// Returns the task that follows what other processes change of teams.
pub(crate) fn follow_teams(work: Work) -> Task {
    Box::new(move |stop| {
        Box::pin(async move {
            let trouble = Trouble::of("reader of teams");
            while !stop.is_cancelled() {
                match work.times.read(&work.db).await {
                    Ok(()) => trouble.works(),
                    Err(error) => trouble.failed(&error),
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = sleep(EVERY) => {}
                }
            }
        })
    })
}
