//! What a repair changed, kept row by row.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error as Core;
use hotline_core::id;
use hotline_core::page::{Key, Page};
use sea_orm::ActiveValue::Set;
use sea_orm::QueryTrait;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::domain::sla::standing::{Difference, Standing};
use crate::error::Error;
use crate::store::chunks::chunks;
use crate::store::repair::Changed;
use crate::store::{Store, row};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "repair_changes")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) repair_id: Uuid,
    pub(crate) at: DateTimeUtc,
    pub(crate) ticket_id: Uuid,
    pub(crate) number: String,
    pub(crate) change: Json,
}

impl ActiveModelBehavior for ActiveModel {}

/// What differs on a clock, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Which clock.
    pub(crate) clock: String,
    /// The how-manieth of its kind.
    pub(crate) instance: i32,
    /// As it was.
    pub(crate) was: Option<Standing>,
    /// As it is.
    pub(crate) is: Option<Standing>,
}

impl Kept {
    /// Returns a difference as it is kept.
    pub(crate) fn of(difference: Difference) -> Self {
        let Difference { place: (which, instance), was, is } = difference;
        Self { clock: which.name().to_owned(), instance, was, is }
    }
}

/// Keeps what a repair changed.
///
/// # Errors
/// Where a change can't be written as JSON.
pub(super) fn keep(tx: &Tx, repair: Uuid, at: DateTime<Utc>, changes: &[Changed]) -> Result<(), Error> {
    let mut rows = Vec::new();
    for changed in changes {
        rows.push(ActiveModel {
            id: Set(id::new()),
            repair_id: Set(repair),
            at: Set(at),
            ticket_id: Set(changed.ticket_id),
            number: Set(changed.number.clone()),
            change: Set(row::json(&changed.change)?),
        });
    }
    for chunk in chunks(rows) {
        tx.later(Entity::insert_many(chunk).into_query());
    }
    Ok(())
}

impl Store {
    /// Returns a page of what a repair changed, in the order in which it did, and the token of the next.
    ///
    /// # Errors
    /// [`Core::NotFound`] for a repair that there is none of.
    pub(crate) async fn repair_changes(
        &self,
        repair: Uuid,
        page: &Page,
    ) -> Result<(Vec<Changed>, String), Error> {
        let known = super::Entity::find_by_id(repair).one(self.db.reader()).await?;
        known.ok_or_else(|| Core::NotFound { what: "repair", id: repair.to_string() })?;
        let select = page.apply(Entity::find().filter(Column::RepairId.eq(repair)), Column::At, Column::Id);
        let (rows, next) =
            page.finish(select.all(self.db.reader()).await?, |row| Key { at: row.at, id: row.id });
        let changed = |row: Model| {
            Ok(Changed { ticket_id: row.ticket_id, number: row.number, change: row::read(row.change)? })
        };
        Ok((rows.into_iter().map(changed).collect::<Result<_, Error>>()?, next))
    }
}
