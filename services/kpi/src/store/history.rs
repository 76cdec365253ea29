//! The events as they came, append-only: what all figures can be computed from again.

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::id;
use hotline_core::outbox::occurred_at;
use hotline_core::time::to_proto;
use hotline_proto::events::v1::Envelope;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
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

/// Keeps an event; false where it was kept before.
pub(crate) async fn keep(tx: &Tx, event: &Envelope) -> Result<bool, Error> {
    let row = row::ActiveModel {
        event_id: Set(id::parse(&event.id, "id")?),
        name: Set(event.name.clone()),
        occurred_at: Set(occurred_at(event)),
        payload: Set(event.payload.clone()),
    };
    let inserted = row::Entity::insert(row)
        .on_conflict(OnConflict::column(row::Column::EventId).do_nothing().to_owned())
        .exec_without_returning(&**tx)
        .await?;
    Ok(inserted > 0)
}

/// Returns up to `limit` events whose ids follow `after`, by id.
pub(crate) async fn page(tx: &Tx, after: Option<Uuid>, limit: u64) -> Result<Vec<Envelope>, Error> {
    let mut select = row::Entity::find().order_by_asc(row::Column::EventId).limit(limit);
    if let Some(after) = after {
        select = select.filter(row::Column::EventId.gt(after));
    }
    let rows = select.all(&**tx).await?;
    Ok(rows.into_iter().map(envelope).collect())
}

fn envelope(row: row::Model) -> Envelope {
    Envelope {
        id: row.event_id.to_string(),
        name: row.name,
        occurred_at: Some(to_proto(row.occurred_at)),
        payload: row.payload,
        ..Envelope::default()
    }
}
