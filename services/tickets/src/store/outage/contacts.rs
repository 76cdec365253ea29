//! Contacts in which customers were told of outages.

use hotline_core::db::{Tx, insert_new};
use hotline_core::page::{Key, Page};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};

use crate::domain::lifecycle::is_open;
use crate::error::Error;
use crate::store::{Store, row, ticket};

/// Tickets of a customer who was told that are looked through at most.
const TICKETS: u64 = 20;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outage_contacts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) outage_id: Uuid,
    pub(crate) interaction_id: Uuid,
    pub(crate) customer_id: Uuid,
    pub(crate) at: DateTimeUtc,
    pub(crate) by: String,
    pub(crate) note: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// A contact in which a customer was told.
pub(crate) type Contact = Model;

impl Store {
    /// Tells whether an outage was told in this contact already.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn was_told(&self, outage: Uuid, interaction: Uuid) -> Result<bool, Error> {
        let this = Entity::find()
            .filter(Column::OutageId.eq(outage))
            .filter(Column::InteractionId.eq(interaction))
            .select_only()
            .column(Column::Id);
        Ok(this.into_tuple::<Uuid>().one(self.db.reader()).await?.is_some())
    }

    /// Notes that an outage was told; false where that was noted for this contact already.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn add_contact(&self, tx: &Tx, contact: Contact) -> Result<bool, Error> {
        let mut once = OnConflict::columns([Column::OutageId, Column::InteractionId]);
        Ok(insert_new(&**tx, contact.into_active_model().reset_all(), once.do_nothing()).await?)
    }

    /// Returns the open tickets of a customer that an outage caused.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn tickets_of_told(
        &self,
        tx: &Tx,
        outage: Uuid,
        customer: Uuid,
    ) -> Result<Vec<Uuid>, Error> {
        let rows = of_customer(outage, customer).into_tuple::<(Uuid, i32)>().all(&**tx).await?;
        let mut open = Vec::new();
        for (id, state) in rows {
            if is_open(row::enumeration(state)?) {
                open.push(id);
            }
        }
        Ok(open)
    }

    /// Returns a page of the contacts in which an outage was told, newest first, and the token of the next.
    ///
    /// # Errors
    /// [`Core::Database`](hotline_core::error::Error::Database).
    pub(crate) async fn contacts(&self, outage: Uuid, page: &Page) -> Result<(Vec<Contact>, String), Error> {
        let select = Entity::find().filter(Column::OutageId.eq(outage));
        let rows = page.apply(select, Column::At, Column::Id).all(self.db.reader()).await?;
        Ok(page.finish(rows, |row| Key { at: row.at, id: row.id }))
    }
}

/// Selects the newest tickets of a customer that an outage caused: by the customer, who has few.
fn of_customer(outage: Uuid, customer: Uuid) -> Select<ticket::Entity> {
    ticket::Entity::find()
        .select_only()
        .columns([ticket::Column::Id, ticket::Column::State])
        .filter(ticket::Column::OutageId.eq(outage))
        .filter(ticket::Column::CustomerId.eq(customer))
        .order_by_desc(ticket::Column::CreatedAt)
        .order_by_desc(ticket::Column::Id)
        .limit(TICKETS)
}

#[cfg(test)]
mod tests {
    use hotline_core::testing::{plan, sqlite};
    use sea_orm::QueryTrait;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn tickets_of_who_is_told_are_read_by_the_customer() {
        let test = sqlite::<Migrator>(NAME).await;
        let select = of_customer(Uuid::from_u128(1), Uuid::from_u128(2));
        let plan = plan(&test.db, select.build(test.db.backend())).await;
        assert!(plan.contains("tickets_by_customer") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
