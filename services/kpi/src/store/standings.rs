//! What is known of each ticket's standing: one row a ticket, so that a change of the backlog is found without
//! looking at anything else.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use hotline_core::db::{Tx, bulk};
use hotline_core::error::Error;
use hotline_proto::common::v1::{Channel, Priority, TicketType};
use hotline_proto::events::v1::{Envelope, SlaRepaired};
use prost::Message;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::domain::clocks::Word;
use crate::domain::dimension::Dims;
use crate::domain::fact::Fact;
use crate::domain::reading::told;
use crate::domain::standing::{Change, Standing};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "standings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub ticket_id: Uuid,
        pub registered_at: DateTimeUtc,
        pub changes: Vec<u8>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The column: changes and words refer to whom they belong by place, since most belong to the same.
#[derive(Clone, PartialEq, Message)]
struct Encoded {
    #[prost(message, repeated, tag = "1")]
    dims: Vec<EncodedDims>,
    #[prost(message, repeated, tag = "2")]
    changes: Vec<EncodedChange>,
    #[prost(message, repeated, tag = "3")]
    words: Vec<EncodedWord>,
}

#[derive(Clone, PartialEq, Message)]
struct EncodedDims {
    #[prost(string, tag = "1")]
    team: String,
    #[prost(string, tag = "2")]
    agent: String,
    #[prost(string, tag = "3")]
    category: String,
    #[prost(enumeration = "Channel", tag = "4")]
    channel: i32,
    #[prost(enumeration = "Priority", tag = "5")]
    priority: i32,
    #[prost(enumeration = "TicketType", tag = "6")]
    kind: i32,
    #[prost(string, tag = "7")]
    project: String,
}

#[derive(Clone, PartialEq, Message)]
struct EncodedChange {
    #[prost(int64, tag = "1")]
    at_micros: i64,
    #[prost(bytes = "vec", tag = "2")]
    event: Vec<u8>,
    #[prost(bool, tag = "3")]
    open: bool,
    #[prost(uint32, tag = "4")]
    dims: u32,
}

#[derive(Clone, PartialEq, Message)]
struct EncodedWord {
    #[prost(bytes = "vec", tag = "1")]
    event: Vec<u8>,
    #[prost(uint32, tag = "2")]
    dims: u32,
    #[prost(bool, tag = "3")]
    corrects: bool,
    #[prost(message, optional, tag = "4")]
    told: Option<SlaRepaired>,
}

/// Learns from events how their tickets stand; returns for each ticket the last of its events and what changes
/// in the figures.
pub(crate) async fn learn(tx: &Tx, events: &[Envelope], zone: Tz) -> Result<Vec<(Uuid, Vec<Fact>)>, Error> {
    let mut news = BTreeMap::new();
    for event in events {
        if let Some(told) = told(event).map_err(anyhow::Error::from)? {
            news.entry(told.ticket).or_insert_with(Vec::new).push(told);
        }
    }
    let mut before = load(tx, news.keys().copied()).await?;
    let (mut rows, mut facts) = (Vec::new(), Vec::new());
    for (ticket, news) in news {
        let before = before.remove(&ticket);
        let mut standing = before.clone().unwrap_or_else(|| Standing::new(news[0].registered));
        let mut last = Uuid::nil();
        for told in news {
            last = last.max(told.event);
            standing.learn(told.registered, told.changes);
            told.word.into_iter().for_each(|word| standing.hear(word));
        }
        facts.push((last, standing.facts_since(before.as_ref(), zone)));
        rows.push(encode(ticket, &standing));
    }
    save(tx, rows).await?;
    Ok(facts)
}

/// Forgets all, before it is learned from history again.
pub(crate) async fn clear(tx: &Tx) -> Result<(), Error> {
    row::Entity::delete_many().exec(&**tx).await?;
    Ok(())
}

async fn load(tx: &Tx, tickets: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, Standing>, Error> {
    let among = bulk::is_among(tx.get_database_backend(), row::Column::TicketId, tickets);
    let rows = row::Entity::find().filter(among).all(&**tx).await?;
    rows.into_iter().map(|row| Ok((row.ticket_id, decode(&row)?))).collect()
}

async fn save(tx: &Tx, rows: Vec<row::Model>) -> Result<(), Error> {
    let conflict = OnConflict::column(row::Column::TicketId)
        .update_columns([row::Column::RegisteredAt, row::Column::Changes])
        .to_owned();
    bulk::insert::<row::Entity>(&**tx, rows, Some(conflict)).await
}

fn encode(ticket: Uuid, standing: &Standing) -> row::Model {
    let mut dims: Vec<&Dims> = Vec::new();
    let changes = standing.changes.iter().map(|change| EncodedChange {
        at_micros: change.at.timestamp_micros(),
        event: change.event.as_bytes().to_vec(),
        open: change.open,
        dims: place(&mut dims, &change.dims),
    });
    let changes = changes.collect();
    let words = standing.words.iter().map(|word| EncodedWord {
        event: word.event.as_bytes().to_vec(),
        dims: place(&mut dims, &word.dims),
        corrects: word.corrects,
        told: Some(word.told.clone()),
    });
    let words = words.collect();
    let encoded = Encoded { dims: dims.into_iter().map(encode_dims).collect(), changes, words };
    row::Model { ticket_id: ticket, registered_at: standing.registered, changes: encoded.encode_to_vec() }
}

fn place<'a>(known: &mut Vec<&'a Dims>, dims: &'a Dims) -> u32 {
    let place = known.iter().position(|known| *known == dims).unwrap_or_else(|| {
        known.push(dims);
        known.len() - 1
    });
    u32::try_from(place).expect("few")
}

fn encode_dims(dims: &Dims) -> EncodedDims {
    EncodedDims {
        team: dims.team.clone(),
        agent: dims.agent.clone(),
        category: dims.category.clone(),
        channel: dims.channel.into(),
        priority: dims.priority.into(),
        kind: dims.kind.into(),
        project: dims.project.clone(),
    }
}

fn decode(row: &row::Model) -> Result<Standing, Error> {
    let encoded = Encoded::decode(row.changes.as_slice()).map_err(|error| Error::Internal(error.into()))?;
    let dims: Vec<Dims> = encoded.dims.iter().map(decode_dims).collect();
    let change = |change: &EncodedChange| {
        Some(Change {
            at: DateTime::<Utc>::from_timestamp_micros(change.at_micros)?,
            event: Uuid::from_slice(&change.event).ok()?,
            open: change.open,
            dims: dims.get(change.dims as usize)?.clone(),
        })
    };
    let word = |word: &EncodedWord| {
        Some(Word {
            event: Uuid::from_slice(&word.event).ok()?,
            dims: dims.get(word.dims as usize)?.clone(),
            corrects: word.corrects,
            told: word.told.clone()?,
        })
    };
    let changes = encoded.changes.iter().map(change).collect::<Option<Vec<_>>>();
    let words = encoded.words.iter().map(word).collect::<Option<Vec<_>>>();
    let (changes, words) = changes.zip(words).ok_or_else(|| anyhow::anyhow!("a standing does not decode"))?;
    Ok(Standing { registered: row.registered_at, changes, words })
}

fn decode_dims(dims: &EncodedDims) -> Dims {
    Dims {
        team: dims.team.clone(),
        agent: dims.agent.clone(),
        category: dims.category.clone(),
        channel: dims.channel(),
        priority: dims.priority(),
        kind: dims.kind(),
        project: dims.project.clone(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::{Change, Dims, SlaRepaired, Standing, Word, decode, encode};

    #[test]
    fn a_standing_comes_back_as_it_was() {
        let change = |team: &str, open| Change {
            at: DateTime::UNIX_EPOCH,
            event: Uuid::from_u128(7),
            open,
            dims: Dims { team: team.into(), ..Dims::default() },
        };
        let changes = vec![change("a", true), change("b", true), change("a", false)];
        let words = vec![Word {
            event: Uuid::from_u128(8),
            dims: Dims { team: "c".into(), ..Dims::default() },
            corrects: true,
            told: SlaRepaired { clock: "RESPONSE".into(), ..SlaRepaired::default() },
        }];
        let standing = Standing { registered: DateTime::UNIX_EPOCH, changes, words };
        let row = encode(Uuid::from_u128(1), &standing);
        assert_eq!(decode(&row).expect("decodes"), standing);
    }
}
