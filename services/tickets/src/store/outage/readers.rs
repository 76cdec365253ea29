//! Who has read which notice.

use hotline_core::db::Tx;
use hotline_core::page::{Key, Page};
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use crate::error::Error;
use crate::store::Store;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outage_readers")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) outage_id: Uuid,
    pub(crate) subject: String,
    pub(crate) team_key: String,
    pub(crate) at: DateTimeUtc,
    pub(crate) updates: i32,
}

impl ActiveModelBehavior for ActiveModel {}

/// Somebody who has read a notice, and how often something had been said of it then.
pub(crate) type Reader = Model;

impl Store {
    /// Notes who has read a notice; the last time counts.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn add_reader(&self, tx: &Tx, reader: Reader) -> Result<(), Error> {
        let mut last = OnConflict::columns([Column::OutageId, Column::Subject]);
        last.update_columns([Column::TeamKey, Column::At, Column::Updates]);
        let insert = Entity::insert(reader.into_active_model().reset_all()).on_conflict(last);
        insert.exec_without_returning(&**tx).await?;
        Ok(())
    }

    /// Returns a page of the readers of a notice, the latest first, and the token of the next.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn readers(&self, outage: Uuid, page: &Page) -> Result<(Vec<Reader>, String), Error> {
        let rows = page.apply(of(outage), Column::At, Column::Id).all(self.db.reader()).await?;
        Ok(page.finish(rows, |row| Key { at: row.at, id: row.id }))
    }
}

fn of(outage: Uuid) -> Select<Entity> {
    Entity::find().filter(Column::OutageId.eq(outage))
}

#[cfg(test)]
mod tests {
    use hotline_core::testing::{plan, sqlite};
    use hotline_proto::tickets::v1::ListOutageReadersRequest;
    use sea_orm::QueryTrait;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn readers_are_read_by_an_index_in_their_own_order() {
        let test = sqlite::<Migrator>(NAME).await;
        let page = Page::of(&ListOutageReadersRequest::default()).expect("a first page");
        let select = page.apply(of(Uuid::nil()), Column::At, Column::Id);
        let plan = plan(&test.db, select.build(test.db.backend())).await;
        assert!(plan.contains("outage_readers_by_time") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
