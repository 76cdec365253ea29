//! Tickets that were closed, the latest first: what categories are learned from.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use hotline_proto::common::v1::TicketState;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{QueryOrder, QuerySelect, Select};

use crate::error::Error;
use crate::store::Store;
use crate::store::ticket::{Column, Entity};
use crate::suggesting::{Known, MOST_CHARACTERS};

/// Tickets that are read at once.
const BATCH: u64 = 1000;

/// So many are looked at for each that is taken, where most are of a few categories.
const LOOKS: usize = 5;

type Row = (Uuid, Option<DateTime<Utc>>, i32, String, String, String);

impl Store {
    /// Returns the texts of the tickets that were closed last, at most `most`, and at most `of_category` of each
    /// category; and when the last of them was closed.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn closed(
        &self,
        most: u32,
        of_category: u32,
    ) -> Result<(Vec<Known>, Option<DateTime<Utc>>), Error> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let (mut known, mut newest, mut after) = (Vec::new(), None, None);
        let (mut taken, mut looked): (HashMap<String, u32>, usize) = (HashMap::new(), 0);
        while known.len() < most && looked < most.saturating_mul(LOOKS) {
            let rows: Vec<Row> = batch(after).into_tuple().all(self.db.reader()).await?;
            let Some((id, Some(at), ..)) = rows.last() else { break };
            (newest, after) = (newest.or(rows[0].1), Some((*at, *id)));
            looked += rows.len();
            for (_, _, state, code, subject, description) in rows {
                if state != TicketState::Closed as i32 {
                    continue;
                }
                let of_this = taken.entry(code.clone()).or_default();
                if *of_this < of_category && known.len() < most {
                    *of_this += 1;
                    let description = description.chars().take(MOST_CHARACTERS).collect();
                    known.push(Known { subject, description, code });
                }
            }
        }
        Ok((known, newest))
    }

    /// Counts the tickets that were closed after a time, up to `enough`.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn closed_since(&self, after: Option<DateTime<Utc>>, enough: u64) -> Result<u64, Error> {
        let mut select =
            Entity::find().select_only().column(Column::Id).filter(Column::ClosedAt.is_not_null());
        if let Some(after) = after {
            select = select.filter(Column::ClosedAt.gt(after));
        }
        let ids: Vec<Uuid> = select.limit(enough).into_tuple().all(self.db.reader()).await?;
        Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
    }
}

/// Selects the closed tickets before one, the latest first.
fn batch(after: Option<(DateTime<Utc>, Uuid)>) -> Select<Entity> {
    let select = Entity::find()
        .select_only()
        .columns([Column::Id, Column::ClosedAt, Column::State])
        .columns([Column::CategoryCode, Column::Subject, Column::Description])
        .filter(Column::ClosedAt.is_not_null())
        .order_by_desc(Column::ClosedAt)
        .order_by_desc(Column::Id)
        .limit(BATCH);
    let Some((at, id)) = after else { return select };
    let row = Expr::tuple([Expr::col((Entity, Column::ClosedAt)), Expr::col((Entity, Column::Id))]);
    select.filter(row.lt(Expr::tuple([Expr::val(at), Expr::val(id)])))
}

#[cfg(test)]
mod tests {
    use hotline_core::id;
    use hotline_core::testing::{plan, sqlite};
    use sea_orm::QueryTrait;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn what_was_closed_last_is_read_by_its_index_alone() {
        let test = sqlite::<Migrator>(NAME).await;
        for after in [None, Some((DateTime::UNIX_EPOCH, id::new()))] {
            let plan = plan(&test.db, batch(after).build(test.db.backend())).await;
            assert!(plan.contains("tickets_by_closing") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
