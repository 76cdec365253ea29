//! The table of exports of registers: who took what out of the house, and why (C12). Rows are put in, never changed.

use hotline_core::page::{Key, Page};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryTrait};

use crate::error::Error;
use crate::store::Store;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "register_exports")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) format: String,
    pub(crate) range_from: Option<DateTimeUtc>,
    pub(crate) range_to: Option<DateTimeUtc>,
    pub(crate) team_key: String,
    pub(crate) project: String,
    pub(crate) category_code: String,
    pub(crate) revealed: bool,
    pub(crate) reason: String,
    pub(crate) row_count: i64,
    pub(crate) exported_by: String,
    pub(crate) exported_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// An export as it is written down.
pub(crate) type Exported = Model;

impl Store {
    /// Writes an export down.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn record_export(&self, export: Exported) -> Result<(), Error> {
        let tx = self.db.begin().await?;
        tx.later(Entity::insert(export.into_active_model()).into_query());
        Ok(tx.commit().await?)
    }

    /// Returns a page of exports, newest first, and the token of the next.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn exports(&self, page: &Page) -> Result<(Vec<Exported>, String), Error> {
        let select = page.apply(Entity::find(), Column::ExportedAt, Column::Id);
        let rows = select.all(self.db.reader()).await?;
        Ok(page.finish(rows, |row| Key { at: row.exported_at, id: row.id }))
    }
}

#[cfg(test)]
mod tests {
    use hotline_core::testing::{plan, sqlite};
    use hotline_proto::tickets::v1::ListRegisterExportsRequest;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn exports_are_read_in_the_order_of_their_index() {
        let test = sqlite::<Migrator>(NAME).await;
        let page = Page::of(&ListRegisterExportsRequest::default()).expect("a first page");
        let select = page.apply(Entity::find(), Column::ExportedAt, Column::Id);
        let plan = plan(&test.db, select.build(test.db.backend())).await;
        assert!(plan.contains("register_exports_by_time") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
