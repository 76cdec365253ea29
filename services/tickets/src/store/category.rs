//! The table of categories.

use std::sync::Arc;

use sea_orm::ActiveValue::Set;
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use crate::domain::catalogue::{Catalogue, Category};
use crate::error::Error;
use crate::store::{Store, row};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
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
}

impl ActiveModelBehavior for ActiveModel {}

impl Store {
    /// Puts in the categories that are missing; those that are there stay as they were edited.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn seed(&self, shipped: &[Category]) -> Result<(), Error> {
        let tx = self.db.begin().await?;
        let rows = shipped.iter().zip(0..).map(|(category, position)| ActiveModel {
            code: Set(category.code.clone()),
            position: Set(position),
            label_zh: Set(category.label_zh.clone()),
            label_en: Set(category.label_en.clone()),
            parent_code: Set(category.parent_code.clone()),
            kind: Set(category.kind as i32),
            priority: Set(category.priority as i32),
            policy: Set(category.policy.clone()),
            team_key: Set(category.team_key.clone()),
        });
        Entity::insert_many(rows)
            .on_conflict(OnConflict::column(Column::Code).do_nothing().to_owned())
            .try_insert()
            .exec_without_returning(&*tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Returns the catalogue, as it is or was a moment ago.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn catalogue(&self) -> Result<Arc<Catalogue>, Error> {
        if let Some(catalogue) = self.catalogue.get(&()).await {
            return Ok(catalogue);
        }
        let catalogue = Arc::new(self.read_catalogue().await?);
        self.catalogue.insert((), catalogue.clone()).await;
        Ok(catalogue)
    }

    async fn read_catalogue(&self) -> Result<Catalogue, Error> {
        let rows = Entity::find()
            .order_by_asc(Column::Position)
            .order_by_asc(Column::Code)
            .all(self.db.reader())
            .await?;
        let categories: Result<Vec<_>, _> = rows.into_iter().map(category).collect();
        Ok(Catalogue(categories?))
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
    })
}
