//! The catalogue is changed: one revision after the other, each with the versions that came of it.

use std::sync::Arc;

use hotline_core::db::{Tx, bulk};
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_core::page::{Key, Page};
use hotline_proto::common::v1::TicketState;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{FromJsonQueryResult, IntoActiveModel, QueryOrder, QueryTrait};
use serde::{Deserialize, Serialize};

use crate::domain::catalogue::changing::Edition;
use crate::domain::catalogue::{Catalogue, Category};
use crate::domain::rule_version::Change;
use crate::error::Error;
use crate::store::{Store, category, counter, ticket};

/// Every version of every category that was ever changed.
mod version {
    use sea_orm::entity::prelude::*;

    use super::Kept;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "category_versions")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) code: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) version: i32,
        pub(crate) revision: i64,
        pub(crate) content: Kept,
        pub(crate) note: String,
        pub(crate) recorded_by: String,
        pub(crate) recorded_at: Option<DateTimeUtc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A change of the catalogue.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "catalogue_revisions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) revision: i64,
    pub(crate) recorded_at: DateTimeUtc,
    pub(crate) recorded_by: String,
    pub(crate) note: String,
    pub(crate) created: i32,
    pub(crate) changed: i32,
    pub(crate) retired: i32,
}

impl ActiveModelBehavior for ActiveModel {}

/// A category as it stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Kept(category::Model);

/// A version of a category.
pub(crate) struct Version {
    /// As it stood.
    pub(crate) category: Category,
    /// The revision with which it came; 0 for what was shipped.
    pub(crate) revision: i64,
    /// Who made it, when and why; empty for what was shipped.
    pub(crate) by: String,
    /// When.
    pub(crate) at: Option<DateTimeUtc>,
    /// Why.
    pub(crate) note: String,
}

/// A change that waits for its reply.
pub(crate) struct Changing {
    /// The transaction.
    pub(crate) tx: Tx,
    /// The revision that comes of it.
    pub(crate) revision: i64,
    /// What changes.
    pub(crate) editions: Vec<Edition>,
    /// The catalogue after it.
    pub(crate) catalogue: Arc<Catalogue>,
}

impl Store {
    /// Changes the catalogue to what `decide` makes of it, one change after the other. The transaction waits for the
    /// reply, and the change holds here once it is committed. Where nothing changes, there is nothing to commit.
    ///
    /// # Errors
    /// Whatever `decide` refuses; then nothing has changed.
    pub(crate) async fn change_catalogue<R>(
        &self,
        change: Change,
        decide: impl FnOnce(&Catalogue) -> Result<(Vec<Edition>, R), Error> + Send,
    ) -> Result<(Result<Changing, Arc<Catalogue>>, R), Error> {
        let tx = self.db.begin().await?;
        // Raising the counter first lets one change wait for the other.
        let revision = counter::next(&tx, category::REVISIONS, 1).await?;
        let before = category::read(&*tx).await?;
        let (editions, told) = decide(&before)?;
        if editions.is_empty() {
            return Ok((Err(Arc::new(before)), told));
        }
        let rows = editions.iter().map(|edition| category::model(&edition.after)).collect();
        bulk::insert::<category::Entity>(&*tx, rows, Some(category::replacing())).await?;
        let once = [version::Column::Code, version::Column::Version];
        let once = OnConflict::columns(once).do_nothing().to_owned();
        let versions = versions(&editions, revision, &change);
        bulk::insert::<version::Entity>(&*tx, versions, Some(once)).await?;
        tx.later(Entity::insert(record(&editions, revision, change)).into_query());
        let catalogue = Arc::new(after(before, &editions));
        let (kept, new) = (self.catalogue.clone(), (revision, catalogue.clone()));
        tx.after_commit(async move { category::remember(&kept, new).await });
        Ok((Ok(Changing { tx, revision, editions, catalogue }), told))
    }

    /// Returns every version of a category, the latest first.
    ///
    /// # Errors
    /// [`Core::NotFound`].
    pub(crate) async fn category_versions(&self, code: &str) -> Result<Vec<Version>, Error> {
        let rows = version::Entity::find()
            .filter(version::Column::Code.eq(code))
            .order_by_desc(version::Column::Version)
            .all(self.db.reader())
            .await?;
        if !rows.is_empty() {
            return rows.into_iter().map(domain).collect();
        }
        let catalogue = self.catalogue().await?;
        let shipped = catalogue.get(code).cloned();
        let shipped = shipped.ok_or_else(|| Core::NotFound { what: "category", id: code.to_owned() })?;
        Ok(vec![Version { category: shipped, revision: 0, by: String::new(), at: None, note: String::new() }])
    }

    /// Returns a page of the changes of the catalogue, the latest first, and the token of the next.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn catalogue_revisions(&self, page: &Page) -> Result<(Vec<Model>, String), Error> {
        let select = page.apply(Entity::find(), Column::RecordedAt, Column::Id);
        let rows = select.all(self.db.reader()).await?;
        Ok(page.finish(rows, |row| Key { at: row.recorded_at, id: row.id }))
    }

    /// Counts the tickets of some categories that are neither closed nor cancelled.
    ///
    /// # Errors
    /// [`Core::Database`].
    pub(crate) async fn open_tickets_in(&self, codes: &[&str]) -> Result<u64, Error> {
        let over = [TicketState::Closed as i32, TicketState::Cancelled as i32];
        let open = ticket::Entity::find()
            .filter(ticket::Column::CategoryCode.is_in(codes.iter().copied()))
            .filter(ticket::Column::State.is_not_in(over));
        Ok(open.count(self.db.reader()).await?)
    }
}

/// Returns the rows of the versions that come of a change; what was shipped is kept when it first changes.
fn versions(editions: &[Edition], revision: i64, change: &Change) -> Vec<version::Model> {
    let row = |category: &Category| version::Model {
        code: category.code.clone(),
        version: category.version,
        revision: 0,
        content: Kept(category::model(category)),
        note: String::new(),
        recorded_by: String::new(),
        recorded_at: None,
    };
    let shipped = editions.iter().filter_map(|edition| edition.before.as_ref());
    let shipped = shipped.filter(|before| before.version == 1).map(row);
    let made = editions.iter().map(|edition| version::Model {
        revision,
        note: change.note.clone(),
        recorded_by: change.by.clone(),
        recorded_at: Some(change.at),
        ..row(&edition.after)
    });
    shipped.chain(made).collect()
}

fn record(editions: &[Edition], revision: i64, change: Change) -> ActiveModel {
    let count = |is: fn(&Edition) -> bool| {
        i32::try_from(editions.iter().filter(|edition| is(edition)).count()).unwrap_or(i32::MAX)
    };
    let retires = |edition: &Edition| {
        edition.before.as_ref().is_some_and(|before| before.active) && !edition.after.active
    };
    let row = Model {
        id: id::new(),
        revision,
        recorded_at: change.at,
        recorded_by: change.by,
        note: change.note,
        created: count(|edition| edition.before.is_none()),
        changed: count(|edition| edition.before.is_some()) - count(retires),
        retired: count(retires),
    };
    row.into_active_model()
}

fn after(before: Catalogue, editions: &[Edition]) -> Catalogue {
    let gone: std::collections::HashSet<&str> =
        editions.iter().map(|edition| edition.after.code.as_str()).collect();
    let mut all = before.0;
    all.retain(|category| !gone.contains(category.code.as_str()));
    all.extend(editions.iter().map(|edition| edition.after.clone()));
    Catalogue::in_order(all)
}

fn domain(row: version::Model) -> Result<Version, Error> {
    Ok(Version {
        category: category::category(row.content.0)?,
        revision: row.revision,
        by: row.recorded_by,
        at: row.recorded_at,
        note: row.note,
    })
}
