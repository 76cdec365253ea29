//! Policies, calendars and year files that were made at run time: read as a whole, since they are few, and kept in
//! memory until their revision grows.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use chrono::NaiveDate;
use hotline_core::db::Tx;
use hotline_core::server::Task;
use sea_orm::ActiveValue::Set;
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use crate::domain::rule_version::{Record, RuleKind, RuleVersion};
use crate::domain::rules::{Base, Rules};
use crate::error::Error;
use crate::store::{Store, counter};

mod calendars;
mod teams;

pub(crate) use calendars::overlaid;

/// How often a replica looks whether another has changed a rule.
const LOOK: Duration = Duration::from_secs(1);

/// The counter of revisions.
const REVISIONS: &str = "rules";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rule_versions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) key: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) version: i32,
    pub(crate) revision: i64,
    pub(crate) position: i32,
    pub(crate) effective_from: Option<DateTimeUtc>,
    pub(crate) effective_on: Option<String>,
    pub(crate) retired: bool,
    pub(crate) content: String,
    pub(crate) note: String,
    pub(crate) recorded_by: String,
    pub(crate) recorded_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// The rules as they are known here, and what they are made from.
pub(crate) struct Known {
    base: Base,
    rules: RwLock<Arc<Rules>>,
}

impl Known {
    /// Begins with the rules as shipped or configured.
    ///
    /// # Errors
    /// [`Error::Settings`].
    pub(crate) fn new(base: Base) -> Result<Self, Error> {
        let rules = RwLock::new(Arc::new(base.rules(0, Vec::new())?));
        Ok(Self { base, rules })
    }

    fn get(&self) -> Arc<Rules> {
        self.rules.read().expect("no writer panics").clone()
    }

    /// Takes rules over, unless later ones are known.
    fn set(&self, rules: Rules) {
        let mut known = self.rules.write().expect("no writer panics");
        if known.revision <= rules.revision {
            *known = Arc::new(rules);
        }
    }
}

impl Store {
    /// Returns the rules as they are known here; those that another replica has changed follow within a second.
    pub(crate) fn rules(&self) -> Arc<Rules> {
        self.known.get()
    }

    /// Returns the rules as shipped or configured.
    pub(crate) fn base(&self) -> &Base {
        &self.known.base
    }

    /// Reads the rules anew where they have changed.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database); [`Error::Settings`] for rules that this release can't read.
    pub(crate) async fn refresh_rules(&self) -> Result<(), Error> {
        let revision = counter::last(self.db.reader(), REVISIONS).await?;
        if revision != self.rules().revision {
            let mut rules = self.known.base.rules(revision, versions(self.db.reader()).await?)?;
            rules.set_teams(teams::all(self.db.reader()).await?);
            self.known.set(rules);
        }
        Ok(())
    }

    /// Reads the rules anew once a transaction has changed them.
    pub(crate) fn refresh_after(&self, tx: &Tx) {
        let store = self.clone();
        tx.after_commit(async move {
            if let Err(error) = store.refresh_rules().await {
                tracing::warn!(%error, "the rules can't be read anew; those of before hold on for a second");
            }
        });
    }

    /// Returns the task that follows what other replicas change.
    pub(crate) fn follow_rules(&self) -> Task {
        let store = self.clone();
        Box::new(move |stop| {
            Box::pin(async move {
                let follow = async {
                    loop {
                        tokio::time::sleep(LOOK).await;
                        if let Err(error) = store.refresh_rules().await {
                            tracing::warn!(%error, "the rules can't be read anew; those of before hold on");
                        }
                    }
                };
                stop.run_until_cancelled(follow).await;
            })
        })
    }

    /// Adds a version of a rule that `decide` makes from the rules as they stand and its number; one change after the
    /// other. The transaction waits for the reply, and the rules hold here once it is committed.
    ///
    /// # Errors
    /// Whatever `decide` refuses, or [`Error::Calendar`] for rules that make no sense together; then nothing has changed.
    pub(crate) async fn change_rules(
        &self,
        decide: impl FnOnce(&Rules) -> Result<RuleVersion, Error> + Send,
    ) -> Result<(Tx, Arc<Rules>), Error> {
        let tx = self.db.begin().await?;
        // Raising the counter first lets one change wait for the other.
        let revision = counter::next(&tx, REVISIONS, 1).await?;
        let mut all = versions(&*tx).await?;
        let teams = teams::all(&*tx).await?;
        let mut before = self.known.base.rules(revision - 1, all.clone())?;
        before.set_teams(teams.clone());
        let version = decide(&before)?;
        let version = RuleVersion { revision, ..version };
        all.push(version.clone());
        let mut rules = self.known.base.rules(revision, all)?;
        rules.set_teams(teams);
        Entity::insert(active(version)).exec_without_returning(&*tx).await?;
        let (known, after) = (self.known.clone(), rules.clone());
        tx.after_commit(async move { known.set(after) });
        Ok((tx, Arc::new(rules)))
    }
}

async fn versions(db: &impl ConnectionTrait) -> Result<Vec<RuleVersion>, Error> {
    let rows = Entity::find().order_by_asc(Column::Revision).all(db).await?;
    rows.into_iter().map(domain).collect()
}

fn active(version: RuleVersion) -> ActiveModel {
    ActiveModel {
        kind: Set(version.kind.name().to_owned()),
        key: Set(version.key),
        version: Set(version.record.version),
        revision: Set(version.revision),
        position: Set(version.position),
        effective_from: Set(version.effective_from),
        effective_on: Set(version.effective_on.map(|date| date.to_string())),
        retired: Set(version.retired),
        content: Set(version.content),
        note: Set(version.record.note),
        recorded_by: Set(version.record.by),
        recorded_at: Set(version.record.at.unwrap_or_default()),
    }
}

fn domain(row: Model) -> Result<RuleVersion, Error> {
    let unreadable = |what: &str| Error::Settings(format!("rule `{}` has {what}", row.key));
    let kind = RuleKind::ALL.into_iter().find(|kind| kind.name() == row.kind);
    let date = row.effective_on.as_deref().map(str::parse::<NaiveDate>).transpose();
    Ok(RuleVersion {
        kind: kind.ok_or_else(|| unreadable("an unknown kind"))?,
        effective_on: date.map_err(|_| unreadable("no date"))?,
        revision: row.revision,
        position: row.position,
        effective_from: row.effective_from,
        retired: row.retired,
        record: Record {
            version: row.version,
            by: row.recorded_by,
            at: Some(row.recorded_at),
            note: row.note,
        },
        key: row.key,
        content: row.content,
    })
}
