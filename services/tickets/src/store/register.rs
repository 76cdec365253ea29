//! The tickets of a register, a page at a time: memory does not grow with the range.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use hotline_core::page::{Key, Page};
use sea_orm::sea_query::{Alias, Expr, Func, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use crate::domain::register::Order;
use crate::domain::ticket::Ticket;
use crate::domain::timeline::Kind;
use crate::error::Error;
use crate::store::ticket::{Column, Entity};
use crate::store::{Store, row, timeline};

/// How much a register holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// Tickets.
    pub(crate) rows: u64,
    /// Characters in what the customer said and what was done.
    pub(crate) characters: u64,
}

impl Store {
    /// Returns a page of the tickets of a register, in the order in which they were registered, and the token of the
    /// next.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn register_page(
        &self,
        order: &Order,
        page: &Page,
    ) -> Result<(Vec<Ticket>, String), Error> {
        let select = page.apply(self.of_register(order).await?, Column::CreatedAt, Column::Id);
        let rows = select.all(self.db.reader()).await?;
        let (rows, next) = page.finish(rows, |row| Key { at: row.created_at, id: row.id });
        let tickets: Result<_, _> = rows.into_iter().map(row::domain).collect();
        Ok((tickets?, next))
    }

    /// Returns how many tickets a register has, no further than to one more than `most`, and how many characters people
    /// wrote in them.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn register_size(&self, order: &Order, most: u32) -> Result<Size, Error> {
        let length = |column: Column| Expr::expr(Func::char_length(Expr::col(column)));
        let written =
            length(Column::Subject).add(length(Column::Description)).add(length(Column::Resolution));
        let rows = self.of_register(order).await?.select_only().expr_as(written, "written");
        let size = Query::select()
            .expr_as(Expr::val(1).count(), "rows")
            .expr_as(Expr::col("written").sum(), "characters")
            .from_subquery(rows.limit(u64::from(most) + 1).into_query(), Alias::new("register"))
            .to_owned();
        let Some(row) = self.db.reader().query_one(&size).await? else { return Ok(Size::default()) };
        let number =
            |name| row.try_get::<Option<i64>>("", name).map(|sum| sum.unwrap_or_default().unsigned_abs());
        Ok(Size { rows: number("rows")?, characters: number("characters")? })
    }

    /// Returns when the solutions of tickets were last confirmed, of those that were.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn last_verified(
        &self,
        tickets: impl IntoIterator<Item = Uuid> + Send,
    ) -> Result<HashMap<Uuid, DateTime<Utc>>, Error> {
        let verified: Vec<(Uuid, DateTime<Utc>)> = timeline::Entity::find()
            .select_only()
            .column(timeline::Column::TicketId)
            .column_as(timeline::Column::At.max(), "at")
            .filter(timeline::Column::TicketId.is_in(tickets))
            .filter(timeline::Column::Kind.eq(Kind::Verified.name()))
            .group_by(timeline::Column::TicketId)
            .into_tuple()
            .all(self.db.reader())
            .await?;
        Ok(verified.into_iter().collect())
    }

    async fn of_register(&self, order: &Order) -> Result<Select<Entity>, Error> {
        let code = &order.category_code;
        let codes = if code.is_empty() {
            None
        } else {
            let catalogue = self.catalogue().await?;
            let below = catalogue.subtree(code).map(|category| category.code.clone());
            Some(below.chain([code.clone()]).collect())
        };
        Ok(select(order, codes))
    }
}

fn select(order: &Order, codes: Option<Vec<String>>) -> Select<Entity> {
    let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Entity::find()
        .filter(Column::Kind.eq(order.kind.of_type() as i32))
        .apply_if(order.from, |select, from| select.filter(Column::CreatedAt.gte(from)))
        .apply_if(order.to, |select, to| select.filter(Column::CreatedAt.lt(to)))
        .apply_if(said(&order.team_key), |select, team| select.filter(Column::TeamKey.eq(team)))
        .apply_if(said(&order.project), |select, project| select.filter(Column::Project.eq(project)))
        .apply_if(codes, |select, codes| select.filter(Column::CategoryCode.is_in(codes)))
}

#[cfg(test)]
mod tests {
    use hotline_core::id;
    use hotline_core::testing::{plan, sqlite};
    use hotline_proto::tickets::v1::ListRegisterRowsRequest;

    use super::*;
    use crate::domain::register::Kind as Register;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn a_register_reads_an_index_in_the_order_of_registration() {
        let test = sqlite::<Migrator>(NAME).await;
        let whole = Order {
            kind: Register::Repair,
            from: Some(DateTime::UNIX_EPOCH),
            to: None,
            team_key: String::new(),
            project: String::new(),
            category_code: String::new(),
        };
        let of_team = Order { team_key: "first-line".into(), ..whole.clone() };
        let page = Page::of(&ListRegisterRowsRequest::default()).expect("a first page").oldest_first();
        for (order, codes, index) in [
            (&whole, None, "tickets_by_time"),
            (&of_team, None, "tickets_by_team"),
            (&whole, Some(vec!["repair.private".to_owned()]), "tickets_by_category"),
        ] {
            let select = page.apply(select(order, codes), Column::CreatedAt, Column::Id);
            let plan = plan(&test.db, select.build(test.db.backend())).await;
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
        }
        let verified = timeline::Entity::find()
            .filter(timeline::Column::TicketId.is_in([id::new()]))
            .filter(timeline::Column::Kind.eq(Kind::Verified.name()));
        let plan = plan(&test.db, verified.build(test.db.backend())).await;
        assert!(plan.contains("timeline_by_ticket"), "{plan}");
    }
}
