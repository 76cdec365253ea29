//! Events that could not be applied by their own fault: kept with the reason, so that those behind them go on.

use hotline_proto::events::v1::Envelope;
use prost::Message;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::db::Db;
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
        event_id: Set(id::parse(&event.id, "id")?),
        name: Set(event.name.clone()),
        envelope: Set(event.encode_to_vec()),
        error: Set(error.to_owned()),
        parked_at: Set(clock::wall()),
    };
    row::Entity::insert(row)
        .on_conflict(OnConflict::column(row::Column::EventId).do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(db.reader())
        .await?;
    Ok(())
}

/// Tells how many events are parked.
///
/// # Errors
/// [`Error::Database`].
pub async fn count(db: &Db) -> Result<u64, Error> {
    Ok(row::Entity::find().count(db.reader()).await?)
}
