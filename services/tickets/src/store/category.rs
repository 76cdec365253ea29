//! The table of categories, with every version of each.

use std::sync::Arc;

use hotline_core::db::bulk;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{FromJsonQueryResult, Iterable};
use serde::{Deserialize, Serialize};

use crate::domain::catalogue::asked::AskedField;
use crate::domain::catalogue::{Catalogue, Category};
use crate::error::Error;
use crate::store::{Store, counter, row};

pub(crate) mod changes;

/// The counter of the catalogue's revisions.
const REVISIONS: &str = "catalogue";

/// A catalogue as it was read, with its revision.
pub(super) type Remembered = (i64, Arc<Catalogue>);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "categories")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) code: String,
    pub(crate) position: i32,
    pub(crate) label_zh: String,
    pub(crate) label_en: String,
    pub(crate) parent_code: String,
    pub(crate) kind: i32,
    pub(crate) priority: i32,
    pub(crate) policy: String,
    pub(crate) team_key: String,
    pub(crate) asks: Asks,
    pub(crate) closed: bool,
    pub(crate) active: bool,
    pub(crate) version: i32,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a category asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Asks(pub(crate) Vec<AskedField>);

impl Store {
    /// Puts in the categories that are missing; those that are there stay as they were edited.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn seed(&self, shipped: &[Category]) -> Result<(), Error> {
        let tx = self.db.begin().await?;
        let rows = shipped.iter().map(model).collect();
        let kept = OnConflict::column(Column::Code).do_nothing().to_owned();
        bulk::insert::<Entity>(&*tx, rows, Some(kept)).await?;
        Ok(tx.commit().await?)
    }

    /// Returns the catalogue, as it is or was a moment ago; a change made in this process is in it.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn catalogue(&self) -> Result<Arc<Catalogue>, Error> {
        if let Some((_, catalogue)) = self.catalogue.get(&()).await {
            return Ok(catalogue);
        }
        // In this order: what is read is of that revision or a later one.
        let revision = counter::last(self.db.reader(), REVISIONS).await?;
        let catalogue = Arc::new(read(self.db.reader()).await?);
        remember(&self.catalogue, (revision, catalogue.clone())).await;
        Ok(catalogue)
    }
}

/// Keeps a catalogue, unless a later one has been kept since.
async fn remember(kept: &moka::future::Cache<(), Remembered>, read: Remembered) {
    let later = |held: Option<moka::Entry<(), Remembered>>| async move {
        match held.map(moka::Entry::into_value) {
            Some(held) if held.0 > read.0 => held,
            _ => read,
        }
    };
    kept.entry(()).and_upsert_with(later).await;
}

async fn read(db: &impl ConnectionTrait) -> Result<Catalogue, Error> {
    let rows = Entity::find().all(db).await?;
    let categories: Result<Vec<_>, _> = rows.into_iter().map(category).collect();
    Ok(Catalogue::in_order(categories?))
}

/// Replaces what is there.
fn replacing() -> OnConflict {
    let columns = Column::iter().filter(|column| !matches!(column, Column::Code));
    OnConflict::column(Column::Code).update_columns(columns).to_owned()
}

fn model(category: &Category) -> Model {
    Model {
        code: category.code.clone(),
        position: category.position,
        label_zh: category.label_zh.clone(),
        label_en: category.label_en.clone(),
        parent_code: category.parent_code.clone(),
        kind: category.kind as i32,
        priority: category.priority as i32,
        policy: category.policy.clone(),
        team_key: category.team_key.clone(),
        asks: Asks(category.asks.clone()),
        closed: category.closed,
        active: category.active,
        version: category.version,
    }
}

fn category(row: Model) -> Result<Category, Error> {
    Ok(Category {
        code: row.code,
        label_zh: row.label_zh,
        label_en: row.label_en,
        parent_code: row.parent_code,
        kind: row::enumeration(row.kind)?,
        priority: row::enumeration(row.priority)?,
        policy: row.policy,
        team_key: row.team_key,
        asks: row.asks.0,
        closed: row.closed,
        active: row.active,
        position: row.position,
        version: row.version,
    })
}
