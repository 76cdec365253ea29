//! Tickets as search sees them: what is read when an index is filled and kept current (T16).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::search::{Document, Labels, Texts};
use crate::store::parts::{Fields, StoredMatters};
use crate::store::ticket::{Column, Entity};
use crate::store::{Store, comments, timeline};

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
        self.read_documents(Entity::find().filter(Column::Id.is_in(ids.iter().copied()))).await
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

    /// Returns what was said about tickets besides their own texts, oldest first, of those of which anything was.
    async fn comments_of(&self, tickets: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>, Error> {
        let mut comments: HashMap<Uuid, Vec<String>> = HashMap::new();
        for (ticket, text) in comments_on(tickets).into_tuple().all(self.db.reader()).await? {
            comments.entry(ticket).or_default().push(text);
        }
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

fn comments_on(tickets: &[Uuid]) -> Select<comments::Entity> {
    comments::Entity::find()
        .select_only()
        .columns([comments::Column::TicketId, comments::Column::Text])
        .filter(comments::Column::TicketId.is_in(tickets.iter().copied()))
        .order_by_asc(comments::Column::TicketId)
        .order_by_asc(comments::Column::CreatedAt)
        .order_by_asc(comments::Column::Id)
}

/// Selects id and version of the tickets that have changed since a time. Whatever changes a ticket is on its timeline,
/// whose ids begin with the time on the wall: no index of its own is needed, and commands pay nothing for it.
fn changed_since(time: DateTime<Utc>) -> Select<Entity> {
    let milliseconds = u128::try_from(time.timestamp_millis()).unwrap_or_default();
    let changed = Query::select()
        .column(timeline::Column::TicketId)
        .from(timeline::Entity)
        .and_where(timeline::Column::Id.gte(Uuid::from_u128(milliseconds << 80)))
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
        let plan = plan(&test.db, comments_on(&[Uuid::nil()]).build(test.db.backend())).await;
        assert!(plan.contains("comments_by_ticket") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
