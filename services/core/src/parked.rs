//! Events that could not be applied by their own fault: kept with the reason, so that those behind them go on.

use hotline_proto::events::v1::Envelope;
use prost::Message;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};

use crate::db::{Db, insert_new};
use crate::error::Error;
use crate::{clock, id};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "parked_events")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub event_id: Uuid,
        pub name: String,
        pub envelope: Vec<u8>,
        pub error: String,
        pub parked_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Keeps an event that can't be applied, with the reason.
///
/// # Errors
/// [`Error::Database`].
pub async fn park(db: &Db, event: &Envelope, error: &str) -> Result<(), Error> {
    tracing::error!(event = event.name, id = event.id, error, "an event is parked: it needs a person");
    let row = row::ActiveModel {
        // What no relay of ours put may carry no id; it must not stop what is behind it either.
        event_id: Set(event.id.parse().unwrap_or_else(|_| id::new())),
        name: Set(event.name.clone()),
        envelope: Set(event.encode_to_vec()),
        error: Set(error.to_owned()),
        parked_at: Set(clock::wall()),
    };
    insert_new(&*db.writer().await, row, OnConflict::column(row::Column::EventId).do_nothing()).await?;
    Ok(())
}

/// Returns the parked events, oldest first.
pub(crate) async fn all(db: &Db) -> Result<Vec<Envelope>, Error> {
    let rows = row::Entity::find().order_by_asc(row::Column::ParkedAt).all(db.reader()).await?;
    // What was parked was encoded here.
    Ok(rows.iter().filter_map(|row| Envelope::decode(row.envelope.as_slice()).ok()).collect())
}

/// Forgets a parked event that has been applied after all.
pub(crate) async fn release(db: &Db, event: &Envelope) -> Result<(), Error> {
    let id = id::parse(&event.id, "id")?;
    row::Entity::delete_by_id(id).exec(&*db.writer().await).await?;
    Ok(())
}

/// Tells how many events are parked.
///
/// # Errors
/// [`Error::Database`].
pub async fn count(db: &Db) -> Result<u64, Error> {
    Ok(row::Entity::find().count(db.reader()).await?)
}
