//! The event road's two ends: rows written with the state they tell of, and rows that make an effect happen once.

use std::collections::HashSet;

use chrono::{DateTime, SubsecRound, Utc};
use hotline_proto::events::v1::Envelope;
use prost::{Message, Name};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{InsertStatement, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, Iterable, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::db::{Db, Tx, bulk};
use crate::error::Error;
use crate::time::{from_proto, to_proto};
use crate::{caller, clock, id, telemetry};

mod relay;

pub use relay::run as run_relay;

/// Not on the bus yet.
const UNSENT: i32 = 0;
/// On the bus; not every consumer is known to have applied it.
const SENT: i32 = 1;

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outbox")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub seq: i64,
        #[sea_orm(unique)]
        pub id: Uuid,
        pub name: String,
        pub subject: String,
        pub occurred_at: DateTimeUtc,
        pub actor: String,
        pub trace_parent: String,
        pub payload: Vec<u8>,
        pub sent: i32,
        pub receipt: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod seen {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "inbox")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub event_id: Uuid,
        pub applied_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Writes an event about `subject` with the transaction that changes it. Events of one subject are delivered in the
/// order in which they were put: by the database's count, since the clocks in ids of several replicas differ.
///
/// # Errors
/// [`Error::Internal`] for a message that the contract does not declare as an event.
pub fn put<E: Message + Name>(
    tx: &Tx,
    subject: Uuid,
    occurred_at: DateTime<Utc>,
    event: &E,
) -> Result<(), Error> {
    put_all(tx, [Pending::new(subject, occurred_at, event)?]);
    Ok(())
}

/// An event on its way into the outbox.
#[derive(Debug)]
pub struct Pending(row::ActiveModel);

impl Pending {
    /// Makes an event about `subject` ready to be put.
    ///
    /// # Errors
    /// [`Error::Internal`] for a message that the contract does not declare as an event.
    pub fn new<E: Message + Name>(
        subject: Uuid,
        occurred_at: DateTime<Utc>,
        event: &E,
    ) -> Result<Self, Error> {
        if hotline_proto::events::road(&E::full_name()).is_none() {
            return Err(anyhow::anyhow!("{} is not declared as an event", E::full_name()).into());
        }
        Ok(Self(row::ActiveModel {
            seq: NotSet,
            id: Set(id::new()),
            name: Set(E::full_name()),
            subject: Set(subject.to_string()),
            occurred_at: Set(occurred_at.trunc_subsecs(6)),
            actor: Set(caller::current_actor()),
            trace_parent: Set(telemetry::current_traceparent()),
            payload: Set(event.encode_to_vec()),
            sent: Set(UNSENT),
            receipt: Set(None),
        }))
    }
}

/// Writes events in their order, as [`put`].
pub fn put_all(tx: &Tx, events: impl IntoIterator<Item = Pending>) {
    tx.put_off(|later| later.publish(events.into_iter().map(|event| event.0)));
}

pub(crate) type Row = row::ActiveModel;

/// Returns the statements that write events in their order.
pub(crate) fn inserts(backend: DbBackend, events: Vec<Row>) -> impl Iterator<Item = InsertStatement> {
    // The database counts them.
    let columns: Vec<_> = row::Column::iter().filter(|column| !matches!(column, row::Column::Seq)).collect();
    bulk::pieces(backend, events).flat_map(move |events| {
        let values =
            |event: Row| columns.iter().filter_map(|column| event.get(*column).into_value()).collect();
        let rows = events.into_iter().map(values).collect();
        bulk::inserts_of(backend, row::Entity, &columns, rows, None)
    })
}

/// Notes that events are applied by this transaction; returns those that no earlier one has applied, in their order.
///
/// # Errors
/// [`Error::Database`]; [`Error::Field`] for an id that is none.
pub async fn first_times<'a>(tx: &Tx, events: &[&'a Envelope]) -> Result<Vec<&'a Envelope>, Error> {
    let applied_at = clock::wall();
    let ids = events.iter().map(|event| id::parse(&event.id, "id")).collect::<Result<Vec<_>, _>>()?;
    let rows = ids.iter().map(|id| seen::Model { event_id: *id, applied_at }).collect();
    let once = OnConflict::column(seen::Column::EventId).do_nothing().to_owned();
    let mut fresh = HashSet::new();
    for mut insert in bulk::inserts::<seen::Entity>(tx.get_database_backend(), rows, Some(once)) {
        insert.returning_col(seen::Column::EventId);
        for row in tx.query_all(&insert).await? {
            fresh.insert(row.try_get::<Uuid>("", "event_id")?);
        }
    }
    // An event that is in the batch twice is applied the first time.
    Ok(events.iter().zip(ids).filter(|(_, id)| fresh.remove(id)).map(|(event, _)| *event).collect())
}

/// Forgets that an event was applied, so that it can be once more.
///
/// # Errors
/// [`Error::Database`]; [`Error::Field`] for an id that is none.
pub(crate) async fn forget(tx: &Tx, event: &Envelope) -> Result<(), Error> {
    seen::Entity::delete_by_id(id::parse(&event.id, "id")?).exec(&**tx).await?;
    Ok(())
}

/// Forgets which events were applied before `before`: longer ago than any redelivery.
///
/// # Errors
/// [`Error::Database`].
pub async fn forget_applied(db: &Db, before: DateTime<Utc>) -> Result<u64, Error> {
    let gone = seen::Entity::delete_many()
        .filter(seen::Column::AppliedAt.lt(before))
        .exec(&*db.writer().await)
        .await?;
    Ok(gone.rows_affected)
}

/// Tells how many events are not known to be delivered.
///
/// # Errors
/// [`Error::Database`].
pub async fn pending(db: &Db) -> Result<u64, Error> {
    use sea_orm::PaginatorTrait;
    Ok(row::Entity::find().count(db.reader()).await?)
}

/// Returns an event that is on its way into the outbox as it will be told.
pub(crate) fn told(row: &Row) -> Envelope {
    Envelope {
        id: row.id.try_as_ref().map(Uuid::to_string).unwrap_or_default(),
        name: row.name.try_as_ref().cloned().unwrap_or_default(),
        subject: row.subject.try_as_ref().cloned().unwrap_or_default(),
        occurred_at: row.occurred_at.try_as_ref().copied().map(to_proto),
        actor: row.actor.try_as_ref().cloned().unwrap_or_default(),
        trace_parent: row.trace_parent.try_as_ref().cloned().unwrap_or_default(),
        payload: row.payload.try_as_ref().cloned().unwrap_or_default(),
    }
}

async fn is_empty(db: &Db) -> Result<bool, Error> {
    Ok(row::Entity::find().limit(1).one(db.reader()).await?.is_none())
}

async fn unsent(db: &Db, limit: usize) -> Result<Vec<Envelope>, Error> {
    let rows = row::Entity::find()
        .filter(row::Column::Sent.eq(UNSENT))
        .order_by_asc(row::Column::Seq)
        .limit(u64::try_from(limit).unwrap_or(u64::MAX))
        .all(db.reader())
        .await?;
    Ok(rows.into_iter().map(envelope).collect())
}

fn envelope(row: row::Model) -> Envelope {
    Envelope {
        id: row.id.to_string(),
        name: row.name,
        subject: row.subject,
        occurred_at: Some(to_proto(row.occurred_at)),
        actor: row.actor,
        trace_parent: row.trace_parent,
        payload: row.payload,
    }
}

/// Returns when an event happened; the start of the epoch where its envelope does not say.
pub fn occurred_at(envelope: &Envelope) -> DateTime<Utc> {
    from_proto(envelope.occurred_at.as_ref()).unwrap_or_default()
}

/// Reads the payload of an event of type `E`; `None` where the envelope holds another.
///
/// # Errors
/// [`Error::Internal`] for a payload that does not decode.
pub fn read<E: Message + Name + Default>(envelope: &Envelope) -> Result<Option<E>, Error> {
    if envelope.name != E::full_name() {
        return Ok(None);
    }
    E::decode(envelope.payload.as_slice()).map(Some).map_err(|error| Error::Internal(error.into()))
}
