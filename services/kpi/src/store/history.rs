//! The events as they were counted, append-only: what all figures can be computed from again.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use hotline_core::db::{Tx, bulk};
use hotline_core::error::Error;
use hotline_core::id;
use hotline_core::outbox::occurred_at;
use hotline_core::time::to_proto;
use hotline_proto::events::v1::Envelope;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "history")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub event_id: Uuid,
        pub name: String,
        pub occurred_at: DateTimeUtc,
        pub payload: Vec<u8>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Keeps those of the events that were not kept before, and returns them. Whoever calls it holds the book.
pub(crate) async fn keep_new(tx: &Tx, mut events: Vec<Envelope>) -> Result<Vec<Envelope>, Error> {
    let ids = events.iter().map(|event| id::parse(&event.id, "id")).collect::<Result<Vec<_>, _>>()?;
    let kept = row::Entity::find()
        .select_only()
        .column(row::Column::EventId)
        .filter(bulk::is_among(tx.get_database_backend(), row::Column::EventId, ids))
        .into_tuple::<Uuid>()
        .all(&**tx)
        .await?;
    let kept: HashSet<String> = kept.iter().map(Uuid::to_string).collect();
    events.retain(|event| !kept.contains(&event.id));
    let rows = events.iter().map(row).collect::<Result<Vec<_>, Error>>()?;
    bulk::insert::<row::Entity>(&**tx, rows, None).await?;
    Ok(events)
}

fn row(event: &Envelope) -> Result<row::Model, Error> {
    Ok(row::Model {
        event_id: id::parse(&event.id, "id")?,
        name: event.name.clone(),
        occurred_at: occurred_at(event),
        payload: event.payload.clone(),
    })
}

/// Returns up to `limit` events whose ids follow `after`, by id.
pub(crate) async fn page(tx: &Tx, after: Option<Uuid>, limit: u64) -> Result<Vec<Envelope>, Error> {
    let mut select = row::Entity::find().order_by_asc(row::Column::EventId).limit(limit);
    if let Some(after) = after {
        select = select.filter(row::Column::EventId.gt(after));
    }
    let rows = select.all(&**tx).await?;
    Ok(rows.into_iter().map(|row| envelope(row.event_id, row.name, row.occurred_at, row.payload)).collect())
}

/// Returns what figures are made of, from a row.
pub(super) fn envelope(id: Uuid, name: String, occurred_at: DateTime<Utc>, payload: Vec<u8>) -> Envelope {
    Envelope {
        id: id.to_string(),
        name,
        occurred_at: Some(to_proto(occurred_at)),
        payload,
        ..Envelope::default()
    }
}
