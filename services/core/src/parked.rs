//! Events that could not be applied by their own fault: kept with the reason, so that those behind them go on.

use std::sync::LazyLock;

use hotline_proto::events::v1::Envelope;
use opentelemetry::metrics::Counter;
use opentelemetry::{KeyValue, global};
use prost::Message;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, QueryOrder};

use crate::db::{Db, Tx, insert_new};
use crate::error::Error;
use crate::{clock, id, outbox};

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

static PARKED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    global::meter("hotline")
        .u64_counter("hotline.events.parked")
        .with_description("Events that could not be applied by their own fault, each time one was parked.")
        .build()
});

/// Keeps an event that can't be applied, with the reason.
///
/// # Errors
/// [`Error::Database`].
pub async fn park(db: &Db, event: &Envelope, error: &str) -> Result<(), Error> {
    keep(&*db.writer().await, event, error).await
}

/// Keeps an event that was applied and turns out later to be of no use, with the reason: with the transaction, which
/// also forgets that it was applied, so that the next start applies it once more.
///
/// # Errors
/// [`Error::Database`]; [`Error::Field`] for an id that is none.
pub async fn park_applied(tx: &Tx, event: &Envelope, error: &str) -> Result<(), Error> {
    outbox::forget(tx, event).await?;
    keep(&**tx, event, error).await
}

async fn keep(connection: &impl ConnectionTrait, event: &Envelope, error: &str) -> Result<(), Error> {
    tracing::error!(event = event.name, id = event.id, error, "an event is parked: it needs a person");
    PARKED.add(1, &[KeyValue::new("event", event.name.clone())]);
    let row = row::ActiveModel {
        // What no relay of ours put may carry no id; it must not stop what is behind it either.
        event_id: Set(event.id.parse().unwrap_or_else(|_| id::new())),
        name: Set(event.name.clone()),
        envelope: Set(event.encode_to_vec()),
        error: Set(error.to_owned()),
        parked_at: Set(clock::wall()),
    };
    insert_new(connection, row, OnConflict::column(row::Column::EventId).do_nothing()).await?;
    Ok(())
}

/// Returns the parked events, oldest first.
pub(crate) async fn all(db: &Db) -> Result<Vec<Envelope>, Error> {
    let rows = row::Entity::find().order_by_asc(row::Column::ParkedAt).all(db.reader()).await?;
    // What was parked was encoded here.
    Ok(rows.iter().filter_map(|row| Envelope::decode(row.envelope.as_slice()).ok()).collect())
}

/// Forgets a parked event that has been applied after all, with the transaction that applied it.
pub(crate) async fn release(tx: &Tx, event: &Envelope) -> Result<(), Error> {
    let id = id::parse(&event.id, "id")?;
    row::Entity::delete_by_id(id).exec(&**tx).await?;
    Ok(())
}

/// Tells how many events are parked.
///
/// # Errors
/// [`Error::Database`].
pub async fn count(db: &Db) -> Result<u64, Error> {
    Ok(row::Entity::find().count(db.reader()).await?)
}
