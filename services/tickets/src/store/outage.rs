//! The tables of outage notices: what they say, whom they concern, who was told, who has read them.

use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::etag;
use hotline_core::page::{Key, Page};
use hotline_proto::tickets::v1::{ListOutagesRequest, OutageState};
use sea_orm::entity::prelude::*;
use sea_orm::{FromJsonQueryResult, IntoActiveModel, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};

use crate::domain::outage::recovery::Recovery;
use crate::domain::outage::{Notice, Outage, Update};
use crate::error::Error;
use crate::store::parts::Texts;
use crate::store::{Store, row};

mod batches;
mod contacts;
mod counts;
mod linking;
mod open;
mod readers;
mod scopes;
mod solving;
mod spikes;
mod steps;
mod updates;

pub(crate) use contacts::Contact;
pub(crate) use counts::{Counts, of as counts_of};
pub(crate) use open::Open;
pub(crate) use readers::Reader;
pub(crate) use steps::Step;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outages")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) kind: i32,
    pub(crate) state: i32,
    pub(crate) title: String,
    pub(crate) cause: String,
    pub(crate) progress: String,
    pub(crate) resolution: String,
    pub(crate) category_codes: Texts,
    pub(crate) projects: Texts,
    pub(crate) regions: Texts,
    pub(crate) begins_at: DateTimeUtc,
    pub(crate) expected_recovery_at: Option<DateTimeUtc>,
    pub(crate) recovered_at: Option<DateTimeUtc>,
    pub(crate) spike_tickets: i32,
    pub(crate) last_update: OptionalUpdate,
    pub(crate) updates: i32,
    pub(crate) recovery: OptionalRecovery,
    pub(crate) withdrawn_reason: String,
    pub(crate) created_by: String,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) published_by: String,
    pub(crate) published_at: Option<DateTimeUtc>,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// What was said last, where anything was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct OptionalUpdate(Option<Update>);

/// How far the tickets are solved, once it is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct OptionalRecovery(Option<Recovery>);

const OPEN: i32 = OutageState::Open as i32;

impl Store {
    /// Returns a notice.
    ///
    /// # Errors
    /// [`Core::NotFound`].
    pub(crate) async fn outage(&self, id: Uuid) -> Result<Outage, Error> {
        found(Entity::find_by_id(id).one(self.db.reader()).await?, id)
    }

    /// Returns a page of notices, newest first, and the token of the next.
    ///
    /// # Errors
    /// [`Core::PageToken`].
    pub(crate) async fn outages(&self, request: &ListOutagesRequest) -> Result<(Vec<Outage>, String), Error> {
        let page = Page::of(request)?;
        let only_open = !request.state.is_empty() && request.state.iter().all(|state| *state == OPEN);
        // Seldom is one open, and every screen asks.
        if only_open && self.open_outages().is_empty() {
            return Ok((Vec::new(), String::new()));
        }
        let catalogue = self.catalogue().await?;
        let select = page.apply(scopes::select(request, &catalogue), Column::CreatedAt, Column::Id);
        let rows = select.all(self.db.reader()).await?;
        let (rows, next) = page.finish(rows, |row| Key { at: row.created_at, id: row.id });
        let outages: Result<_, _> = rows.into_iter().map(domain).collect();
        Ok((outages?, next))
    }

    /// Puts a new notice in; the transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn publish(&self, outage: &Outage) -> Result<Tx, Error> {
        let tx = self.db.begin().await?;
        self.put_outage(&tx, outage);
        Ok(tx)
    }

    /// Puts a new notice in with the commit; open tickets in its scope follow.
    fn put_outage(&self, tx: &Tx, outage: &Outage) {
        tx.later(Entity::insert(active(outage)).into_query());
        tx.later(scopes::insert(outage));
        if outage.state == OutageState::Open {
            steps::link(tx, outage);
            self.refresh_outages_after(tx);
        }
    }

    /// Begins to change a notice; nobody else changes it until the transaction ends.
    ///
    /// # Errors
    /// [`Core::NotFound`] or [`Core::Stale`].
    pub(crate) async fn begin_outage(&self, id: Uuid, given_etag: &str) -> Result<(Tx, Outage), Error> {
        let tx = self.db.begin().await?;
        let outage = locked(&tx, id).await?;
        etag::check(given_etag, outage.version)?;
        Ok((tx, outage))
    }

    /// Changes a notice by one command; the transaction waits for the reply.
    ///
    /// # Errors
    /// [`Core::NotFound`], [`Core::Stale`], or whatever `decide` refuses; then nothing has changed.
    pub(crate) async fn change_outage(
        &self,
        id: Uuid,
        given_etag: &str,
        decide: impl FnOnce(&mut Outage) -> Result<(), Error> + Send,
    ) -> Result<(Tx, Outage), Error> {
        let (tx, before) = self.begin_outage(id, given_etag).await?;
        let mut outage = before.clone();
        decide(&mut outage)?;
        self.write_outage(&tx, &before, &outage).await?;
        Ok((tx, outage))
    }

    /// Writes how a notice has changed, and sets what follows for its tickets.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn write_outage(&self, tx: &Tx, before: &Outage, now: &Outage) -> Result<(), Error> {
        let update = Entity::update_many().set(active(now)).filter(Column::Id.eq(now.id));
        tx.later(update.into_query());
        let moved = scopes::differ(before, now);
        if moved {
            scopes::delete(tx, now.id).await?;
            tx.later(scopes::insert(now));
        }
        if now.state == OutageState::Open || before.state == OutageState::Open {
            self.refresh_outages_after(tx);
        }
        match (before.state, now.state) {
            (OutageState::Open, OutageState::Open) if moved => steps::link(tx, now),
            (OutageState::Proposed, OutageState::Open) => steps::link(tx, now),
            (OutageState::Open, OutageState::Withdrawn) => steps::unlink(tx, now),
            (OutageState::Open, OutageState::Recovering) => steps::solve(tx, now),
            (OutageState::Open, OutageState::Recovered) => steps::solve_late(tx, now),
            _ => {}
        }
        Ok(())
    }
}

/// Returns a notice that no other transaction changes before this one ends.
async fn locked(tx: &Tx, id: Uuid) -> Result<Outage, Error> {
    found(Entity::find_by_id(id).lock_exclusive().one(&**tx).await?, id)
}

fn active(outage: &Outage) -> ActiveModel {
    let notice = &outage.notice;
    let row = Model {
        id: outage.id,
        kind: notice.kind as i32,
        state: outage.state as i32,
        title: notice.title.clone(),
        cause: notice.cause.clone(),
        progress: notice.progress.clone(),
        resolution: outage.resolution.clone(),
        category_codes: Texts(notice.category_codes.clone()),
        projects: Texts(notice.projects.clone()),
        regions: Texts(notice.regions.clone()),
        begins_at: notice.begins_at,
        expected_recovery_at: notice.expected_recovery_at,
        recovered_at: outage.recovered_at,
        spike_tickets: outage.spike_tickets,
        last_update: OptionalUpdate(outage.last_update.clone()),
        updates: outage.updates,
        recovery: OptionalRecovery(outage.recovery.clone()),
        withdrawn_reason: outage.withdrawn_reason.clone(),
        created_by: outage.created_by.clone(),
        created_at: outage.created_at,
        published_by: outage.published_by.clone(),
        published_at: outage.published_at,
        updated_at: outage.updated_at,
        version: outage.version,
    };
    row.into_active_model().reset_all()
}

fn found(row: Option<Model>, id: Uuid) -> Result<Outage, Error> {
    domain(row.ok_or_else(|| Core::NotFound { what: "outage", id: id.to_string() })?)
}

fn domain(row: Model) -> Result<Outage, Error> {
    Ok(Outage {
        id: row.id,
        notice: Notice {
            kind: row::enumeration(row.kind)?,
            title: row.title,
            cause: row.cause,
            progress: row.progress,
            category_codes: row.category_codes.0,
            projects: row.projects.0,
            regions: row.regions.0,
            begins_at: row.begins_at,
            expected_recovery_at: row.expected_recovery_at,
        },
        state: row::enumeration(row.state)?,
        spike_tickets: row.spike_tickets,
        last_update: row.last_update.0,
        updates: row.updates,
        recovered_at: row.recovered_at,
        resolution: row.resolution,
        recovery: row.recovery.0,
        withdrawn_reason: row.withdrawn_reason,
        created_by: row.created_by,
        created_at: row.created_at,
        published_by: row.published_by,
        published_at: row.published_at,
        updated_at: row.updated_at,
        version: row.version,
    })
}
