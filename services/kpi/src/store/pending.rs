//! Events that have come and are not counted yet. They are read by being here, never by their ids: a lower id
//! can be committed later.

use hotline_core::db::{Tx, bulk};
use hotline_core::error::Error;
use hotline_core::id;
use hotline_core::outbox::occurred_at;
use hotline_proto::events::v1::Envelope;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::history::envelope;

pub(super) mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "pending")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub event_id: Uuid,
        pub name: String,
        pub occurred_at: DateTimeUtc,
        pub payload: Vec<u8>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Puts events down to be counted, when the transaction commits.
///
/// # Errors
/// [`Error::Field`] for an id that is none.
pub(crate) fn put(tx: &Tx, events: &[Envelope]) -> Result<(), Error> {
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        rows.push(row::Model {
            event_id: id::parse(&event.id, "id")?,
            name: event.name.clone(),
            occurred_at: occurred_at(event),
            payload: event.payload.clone(),
        });
    }
    let once = OnConflict::column(row::Column::EventId).do_nothing().to_owned();
    for insert in bulk::inserts::<row::Entity>(tx.get_database_backend(), rows, Some(once)) {
        tx.later(insert);
    }
    Ok(())
}

/// Tells how many events wait.
pub(crate) async fn count(reader: &impl ConnectionTrait) -> Result<u64, Error> {
    Ok(row::Entity::find().count(reader).await?)
}

/// Returns up to `limit` events that wait.
pub(crate) async fn some(reader: &impl ConnectionTrait, limit: u64) -> Result<Vec<Envelope>, Error> {
    let rows = row::Entity::find().order_by_asc(row::Column::EventId).limit(limit).all(reader).await?;
    Ok(rows.into_iter().map(|row| envelope(row.event_id, row.name, row.occurred_at, row.payload)).collect())
}

/// Removes events that have been counted.
pub(crate) async fn remove(tx: &Tx, ids: &[Uuid]) -> Result<(), Error> {
    let counted = bulk::is_among(tx.get_database_backend(), row::Column::EventId, ids.iter().copied());
    row::Entity::delete_many().filter(counted).exec(&**tx).await?;
    Ok(())
}
