//! Tickets as search sees them: what is read when an index is filled and kept current (T16).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::search::{Document, Labels, Texts};
use crate::store::chunks::{MOST_IDS, padded};
use crate::store::parts::{Fields, StoredMatters};
use crate::store::ticket::{Column, Entity};
use crate::store::{Store, comments, timeline};

/// The most entries of timelines that one look meets.
const MOST_ENTRIES: u64 = 20_000;

/// Comments of a ticket that are searched, the newest ones: each write reads and indexes all of them again, and so does
/// each search of every hit, so that a ticket which is talked about without end would slow down everybody's.
const MOST_COMMENTS: i64 = 200;
/// Characters of those comments together; the one that goes beyond is the last, cut short.
const MOST_CHARACTERS: usize = 200_000;
/// What numbers the comments of each ticket from the newest.
const FROM_THE_NEWEST: &str =
    r#"ROW_NUMBER() OVER (PARTITION BY "ticket_id" ORDER BY "created_at" DESC, "id" DESC)"#;

/// The columns of [`Row`].
const COLUMNS: [Column; 16] = [
    Column::Id,
    Column::Version,
    Column::CreatedAt,
    Column::Number,
    Column::Subject,
    Column::Description,
    Column::Resolution,
    Column::Fields,
    Column::State,
    Column::Kind,
    Column::Priority,
    Column::TeamKey,
    Column::Assignee,
    Column::CategoryCode,
    Column::CustomerId,
    Column::Matters,
];

/// What search needs of a ticket's row.
#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    version: i64,
    created_at: DateTime<Utc>,
    number: String,
    subject: String,
    description: String,
    resolution: String,
    fields: Fields,
    state: i32,
    kind: i32,
    priority: i32,
    team_key: String,
    assignee: String,
    category_code: String,
    customer_id: Uuid,
    matters: StoredMatters,
}

impl Store {
    /// Returns those of these tickets that there are.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn documents(&self, ids: &[Uuid]) -> Result<Vec<Document>, Error> {
        let mut documents = Vec::with_capacity(ids.len());
        for ids in ids.chunks(MOST_IDS) {
            documents
                .extend(self.read_documents(Entity::find().filter(Column::Id.is_in(padded(ids)))).await?);
        }
        Ok(documents)
    }

    /// Returns the `most` tickets with the highest ids below one, highest first.
    ///
    /// # Errors
    /// As [`Self::documents`].
    pub(crate) async fn documents_below(&self, id: Uuid, most: u64) -> Result<Vec<Document>, Error> {
        self.read_documents(below(id, most)).await
    }

    /// As [`Self::documents_below`], of each ticket its version only.
    ///
    /// # Errors
    /// As [`Self::documents`].
    pub(crate) async fn versions_below(&self, id: Uuid, most: u64) -> Result<Vec<(Uuid, i64)>, Error> {
        let select = below(id, most).select_only().columns([Column::Id, Column::Version]);
        Ok(select.into_tuple().all(self.db.reader()).await?)
    }

    /// Returns the tickets that have changed since a time on the wall, with their versions.
    ///
    /// # Errors
    /// As [`Self::documents`].
    pub(crate) async fn versions_since(&self, time: DateTime<Utc>) -> Result<Vec<(Uuid, i64)>, Error> {
        Ok(changed_since(time).into_tuple().all(self.db.reader()).await?)
    }

    /// Returns the entries of timelines since a time on the wall, each with its ticket; `None` where there are too many to
    /// be looked at one by one.
    ///
    /// # Errors
    /// As [`Self::documents`].
    pub(crate) async fn entries_since(
        &self,
        time: DateTime<Utc>,
    ) -> Result<Option<Vec<(Uuid, Uuid)>>, Error> {
        let entries: Vec<_> = written_since(time).into_tuple().all(self.db.reader()).await?;
        Ok(Some(entries).filter(|entries| entries.len() < MOST_ENTRIES as usize))
    }

    /// Returns the versions of those of these tickets that there are.
    ///
    /// # Errors
    /// As [`Self::documents`].
    pub(crate) async fn versions(&self, ids: &[Uuid]) -> Result<Vec<(Uuid, i64)>, Error> {
        let mut versions = Vec::with_capacity(ids.len());
        for ids in ids.chunks(MOST_IDS) {
            let select = Entity::find().select_only().columns([Column::Id, Column::Version]);
            let select = select.filter(Column::Id.is_in(padded(ids)));
            versions.extend(select.into_tuple::<(Uuid, i64)>().all(self.db.reader()).await?);
        }
        Ok(versions)
    }

    /// Returns what is searched of tickets that were read already.
    ///
    /// # Errors
    /// As [`Self::documents`].
    pub(crate) async fn texts(&self, tickets: &HashMap<Uuid, Ticket>) -> Result<HashMap<Uuid, Texts>, Error> {
        let ids: Vec<Uuid> = tickets.keys().copied().collect();
        let mut comments = self.comments_of(&ids).await?;
        let texts = tickets.values().map(|ticket| {
            let texts = Texts {
                number: ticket.number.clone(),
                subject: ticket.subject.clone(),
                description: ticket.description.clone(),
                resolution: ticket.resolution.clone(),
                fields: ticket.fields.clone(),
                comments: comments.remove(&ticket.id).unwrap_or_default(),
            };
            (ticket.id, texts)
        });
        Ok(texts.collect())
    }

    /// Returns what was said last about tickets besides their own texts, newest first, of those of which anything was.
    async fn comments_of(&self, tickets: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>, Error> {
        let mut comments: HashMap<Uuid, Vec<String>> = HashMap::new();
        let chunks = tickets.chunks(MOST_IDS).map(padded);
        let mut found = Vec::new();
        for tickets in chunks {
            found.extend(comments_on(&tickets).into_tuple::<(Uuid, String)>().all(self.db.reader()).await?);
        }
        for (ticket, text) in found {
            comments.entry(ticket).or_default().push(text);
        }
        comments.values_mut().for_each(bound);
        Ok(comments)
    }

    async fn read_documents(&self, select: Select<Entity>) -> Result<Vec<Document>, Error> {
        let rows = select.select_only().columns(COLUMNS).into_model::<Row>().all(self.db.reader()).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut comments = self.comments_of(&ids).await?;
        let documents = rows.into_iter().map(|row| {
            let comments = comments.remove(&row.id).unwrap_or_default();
            document(row, comments)
        });
        Ok(documents.collect())
    }
}

fn document(row: Row, comments: Vec<String>) -> Document {
    Document {
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        texts: Texts {
            number: row.number,
            subject: row.subject,
            description: row.description,
            resolution: row.resolution,
            fields: row.fields.0,
            comments,
        },
        labels: Labels {
            state: row.state,
            kind: row.kind,
            priority: row.priority,
            team_key: row.team_key,
            assignee: row.assignee,
            category_code: row.category_code,
            customer_id: row.customer_id,
            tags: row.matters.0.tags.into_iter().collect(),
            watchers: row.matters.0.watchers.into_iter().collect(),
        },
    }
}

fn below(id: Uuid, most: u64) -> Select<Entity> {
    Entity::find().filter(Column::Id.lt(id)).order_by_desc(Column::Id).limit(most)
}

/// Keeps so many characters of texts.
fn bound(texts: &mut Vec<String>) {
    let mut left = MOST_CHARACTERS;
    texts.retain_mut(|text| {
        if let Some((end, _)) = text.char_indices().nth(left) {
            text.truncate(end);
        }
        left -= text.chars().count();
        !text.is_empty()
    });
}

/// Selects the newest comments of each ticket, newest first. Which these are is told by the index alone: of no other is
/// the text read.
fn comments_on(tickets: &[Uuid]) -> Select<comments::Entity> {
    let of_them = comments::Column::TicketId.is_in(tickets.iter().copied());
    let numbered = Query::select()
        .column(comments::Column::Id)
        .expr_as(Expr::cust(FROM_THE_NEWEST), Alias::new("place"))
        .from(comments::Entity)
        .and_where(of_them)
        .to_owned();
    let newest = Query::select()
        .column(comments::Column::Id)
        .from_subquery(numbered, Alias::new("numbered"))
        .and_where(Expr::col(Alias::new("place")).lte(MOST_COMMENTS))
        .to_owned();
    comments::Entity::find()
        .select_only()
        .columns([comments::Column::TicketId, comments::Column::Text])
        .filter(comments::Column::Id.in_subquery(newest))
        .order_by_asc(comments::Column::TicketId)
        .order_by_desc(comments::Column::CreatedAt)
        .order_by_desc(comments::Column::Id)
}

/// Selects the entries of timelines since a time, each with its ticket.
fn written_since(time: DateTime<Utc>) -> Select<timeline::Entity> {
    let columns = [timeline::Column::Id, timeline::Column::TicketId];
    timeline::Entity::find()
        .select_only()
        .columns(columns)
        .filter(timeline::Column::Id.gte(first_id_of(time)))
        // With a bound the planner takes the index, whatever it knows of the last seconds.
        .order_by_desc(timeline::Column::Id)
        .limit(MOST_ENTRIES)
}

/// Returns an id below every one that was made at a time on the wall or later.
fn first_id_of(time: DateTime<Utc>) -> Uuid {
    let milliseconds = u128::try_from(time.timestamp_millis()).unwrap_or_default();
    Uuid::from_u128(milliseconds << 80)
}

/// Selects id and version of the tickets that have changed since a time. Whatever changes a ticket is on its timeline,
/// whose ids begin with the time on the wall: no index of its own is needed, and commands pay nothing for it.
fn changed_since(time: DateTime<Utc>) -> Select<Entity> {
    let changed = Query::select()
        .column(timeline::Column::TicketId)
        .from(timeline::Entity)
        .and_where(timeline::Column::Id.gte(first_id_of(time)))
        .to_owned();
    let columns = [Column::Id, Column::Version];
    Entity::find().select_only().columns(columns).filter(Column::Id.in_subquery(changed))
}

#[cfg(test)]
mod tests {
    use hotline_core::testing::{plan, sqlite};
    use sea_orm::QueryTrait;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn what_follows_the_tickets_reads_keys_and_never_all_of_them() {
        let test = sqlite::<Migrator>(NAME).await;
        for select in [changed_since(DateTime::UNIX_EPOCH), below(Uuid::max(), 10)] {
            let plan = plan(&test.db, select.build(test.db.backend())).await;
            assert!(plan.contains("SEARCH tickets") && !plan.contains("SCAN"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
        let written = plan(&test.db, written_since(DateTime::UNIX_EPOCH).build(test.db.backend())).await;
        assert!(written.contains("SEARCH timeline") && !written.contains("SCAN"), "{written}");
        let plan = plan(&test.db, comments_on(&[Uuid::nil()]).build(test.db.backend())).await;
        assert!(
            plan.contains("COVERING INDEX comments_by_ticket") && !plan.contains("SCAN comments"),
            "{plan}"
        );
    }

    #[test]
    fn of_many_words_the_newest_are_kept() {
        let mut texts = vec!["新".repeat(MOST_CHARACTERS - 1), "旧话".to_owned(), "更旧".to_owned()];
        bound(&mut texts);
        assert_eq!((texts.len(), texts[1].as_str()), (2, "旧"));
        let mut few = vec!["一".to_owned(), "二".to_owned()];
        bound(&mut few);
        assert_eq!(few, ["一", "二"]);
    }
}
