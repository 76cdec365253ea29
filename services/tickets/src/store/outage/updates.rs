//! What was said of outages while they lasted: never changed, never removed.

use hotline_core::db::Tx;
use hotline_core::page::{Key, Page};
use sea_orm::ActiveValue::Set;
use sea_orm::QueryTrait;
use sea_orm::entity::prelude::*;

use crate::domain::outage::Update;
use crate::error::Error;
use crate::store::Store;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outage_updates")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) outage_id: Uuid,
    pub(crate) at: DateTimeUtc,
    pub(crate) by: String,
    pub(crate) text: String,
    pub(crate) progress: String,
    pub(crate) expected_recovery_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Store {
    /// Writes down what was said of a notice, with the commit.
    pub(crate) fn add_update(&self, tx: &Tx, outage: Uuid, update: &Update) {
        let Update { id, at, by, text, progress, expected_recovery_at } = update.clone();
        let row = ActiveModel {
            id: Set(id),
            outage_id: Set(outage),
            at: Set(at),
            by: Set(by),
            text: Set(text),
            progress: Set(progress),
            expected_recovery_at: Set(expected_recovery_at),
        };
        tx.later(Entity::insert(row).into_query());
    }

    /// Returns a page of what was said of a notice, newest first, and the token of the next.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn updates(&self, outage: Uuid, page: &Page) -> Result<(Vec<Update>, String), Error> {
        let select = Entity::find().filter(Column::OutageId.eq(outage));
        let rows = page.apply(select, Column::At, Column::Id).all(self.db.reader()).await?;
        let (rows, next) = page.finish(rows, |row| Key { at: row.at, id: row.id });
        let update = |row: Model| Update {
            id: row.id,
            at: row.at,
            by: row.by,
            text: row.text,
            progress: row.progress,
            expected_recovery_at: row.expected_recovery_at,
        };
        Ok((rows.into_iter().map(update).collect(), next))
    }
}
