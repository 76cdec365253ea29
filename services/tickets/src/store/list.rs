//! Lists of tickets, newest first (T16).

use std::sync::Arc;

use hotline_core::id;
use hotline_core::page::{Key, Page};
use hotline_core::time::from_proto;
use hotline_proto::common::v1::{TicketState, TicketType};
use hotline_proto::tickets::v1::{CountTicketsRequest, ListTicketsRequest};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};

use crate::domain::catalogue::Catalogue;
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::store::marks::{self, Mark};
use crate::store::ticket::{Column, Entity};
use crate::store::{Store, row};

impl Store {
    /// Returns a page of tickets and the token of the next.
    ///
    /// # Errors
    /// [`Core::PageToken`](hotline_core::error::Error::PageToken).
    pub(crate) async fn list(&self, request: &ListTicketsRequest) -> Result<(Vec<Ticket>, String), Error> {
        let page = Page::of(request)?;
        let catalogue =
            if request.category_code.is_empty() { Arc::default() } else { self.catalogue().await? };
        let select = page.apply(select(request, &catalogue)?, Column::CreatedAt, Column::Id);
        let rows = select.all(self.db.reader()).await?;
        let (rows, next) = page.finish(rows, |row| Key { at: row.created_at, id: row.id });
        let tickets: Result<_, _> = rows.into_iter().map(row::domain).collect();
        Ok((tickets?, next))
    }
}

impl Store {
    /// Counts tickets by state; states without tickets are left out.
    ///
    /// # Errors
    /// [`Core::Field`](hotline_core::error::Error::Field) for a customer's id that is none.
    pub(crate) async fn count(
        &self,
        request: &CountTicketsRequest,
    ) -> Result<Vec<(TicketState, i64)>, Error> {
        let catalogue =
            if request.category_code.is_empty() { Arc::default() } else { self.catalogue().await? };
        let list = ListTicketsRequest {
            team_key: request.team_key.clone(),
            customer_id: request.customer_id.clone(),
            category_code: request.category_code.clone(),
            assignee: request.assignee.clone(),
            created_after: request.created_after,
            created_before: request.created_before,
            ..ListTicketsRequest::default()
        };
        let counted = select(&list, &catalogue)?.select_only().column(Column::State);
        let counted = counted.column_as(Column::Id.count(), "count").group_by(Column::State);
        let rows: Vec<(i32, i64)> = counted.into_tuple().all(self.db.reader()).await?;
        rows.into_iter().map(|(state, count)| Ok((row::enumeration(state)?, count))).collect()
    }
}

/// Selects what the request asks for.
fn select(request: &ListTicketsRequest, catalogue: &Catalogue) -> Result<Select<Entity>, Error> {
    let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let kind = (request.r#type() != TicketType::Unspecified).then_some(request.r#type);
    let select = Entity::find()
        .apply_if(some(&request.state), |select, states| select.filter(Column::State.is_in(states)))
        .apply_if(said(&request.team_key), |select, team| select.filter(Column::TeamKey.eq(team)))
        .apply_if(id::parse_optional(&request.customer_id, "customerId")?, |select, customer| {
            select.filter(Column::CustomerId.eq(customer))
        })
        .apply_if(said(&request.category_code), |select, code| {
            let codes = catalogue.subtree(&code).map(|category| category.code.as_str());
            // Tickets keep the code of a category that the catalogue has lost.
            let codes: Vec<&str> = codes.chain([code.as_str()]).collect();
            select.filter(Column::CategoryCode.is_in(codes))
        })
        .apply_if(kind, |select, kind| select.filter(Column::Kind.eq(kind)))
        .apply_if(some(&request.priority), |select, priorities| {
            select.filter(Column::Priority.is_in(priorities))
        })
        .apply_if(said(&request.assignee), |select, assignee| select.filter(Column::Assignee.eq(assignee)))
        .apply_if(said(&request.external_key), |select, key| select.filter(Column::ExternalKey.eq(key)))
        .apply_if(said(&request.tag), |select, tag| {
            let tagged = marks::tickets_with(Mark::Tag, &tag.trim().to_lowercase());
            select.filter(Column::Id.in_subquery(tagged))
        })
        .apply_if(said(&request.watcher), |select, watcher| {
            select.filter(Column::Id.in_subquery(marks::tickets_with(Mark::Watcher, &watcher)))
        })
        .apply_if(from_proto(request.created_after.as_ref()), |select, after| {
            select.filter(Column::CreatedAt.gte(after))
        })
        .apply_if(from_proto(request.created_before.as_ref()), |select, before| {
            select.filter(Column::CreatedAt.lt(before))
        });
    Ok(select)
}

fn some(values: &[i32]) -> Option<Vec<i32>> {
    (!values.is_empty()).then(|| values.to_vec())
}

#[cfg(test)]
mod tests {
    use hotline_core::testing::{plan, sqlite};
    use hotline_proto::tickets::v1::ListTimelineRequest;

    use super::*;
    use crate::store::timeline;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn every_main_list_reads_an_index_in_its_own_order() {
        let test = sqlite::<Migrator>(NAME).await;
        let base = ListTicketsRequest::default;
        let customer_id = "0199e4a0-0000-7000-8000-000000000001".to_owned();
        let lists = [
            (base(), "tickets_by_time"),
            (ListTicketsRequest { state: vec![TicketState::New as i32], ..base() }, "tickets_by_state"),
            (ListTicketsRequest { team_key: "first-line".into(), ..base() }, "tickets_by_team"),
            (ListTicketsRequest { customer_id, ..base() }, "tickets_by_customer"),
            (ListTicketsRequest { category_code: "repair.private".into(), ..base() }, "tickets_by_category"),
            (ListTicketsRequest { assignee: "engineer".into(), ..base() }, "tickets_by_assignee"),
            (ListTicketsRequest { external_key: "old/1".into(), ..base() }, "tickets_by_external_key"),
        ];
        for (request, index) in lists {
            let page = Page::of(&request).expect("a first page");
            let select = select(&request, &Catalogue::default()).expect("selects");
            let select = page.apply(select, Column::CreatedAt, Column::Id);
            let plan = plan(&test.db, select.build(test.db.backend())).await;
            assert!(plan.contains(index), "{plan}");
            assert!(!plan.contains("TEMP B-TREE") || index == "tickets_by_external_key", "{plan}");
        }
    }

    #[tokio::test]
    async fn a_timeline_reads_its_index_in_its_own_order() {
        let test = sqlite::<Migrator>(NAME).await;
        let page = Page::of(&ListTimelineRequest::default()).expect("a first page").oldest_first();
        let select = page.apply(timeline::of(id::new()), timeline::Column::At, timeline::Column::Id);
        let plan = plan(&test.db, select.build(test.db.backend())).await;
        assert!(plan.contains("timeline_by_ticket") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
