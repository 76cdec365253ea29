//! What is known of the other tickets that a callback is about, so that it can go on about one of them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, string, text};

pub(super) struct OtherTickets;

const TABLE: &str = "callback_tickets";
const BY_TICKET: &str = "callback_tickets_by_ticket";

impl MigrationName for OtherTickets {
    fn name(&self) -> &'static str {
        "m0111_other_tickets"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for OtherTickets {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One a statement: SQLite adds no more.
        for column in columns() {
            let mut alter = Table::alter();
            alter.table(Alias::new(TABLE)).add_column(column);
            manager.alter_table(alter).await?;
        }
        let mut index = Index::create();
        index.name(BY_TICKET).table(Alias::new(TABLE)).col(Alias::new("ticket_id"));
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(BY_TICKET).table(Alias::new(TABLE)).to_owned()).await?;
        for column in columns() {
            let mut alter = Table::alter();
            alter.table(Alias::new(TABLE)).drop_column(Alias::new(column.get_column_name()));
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}

/// Of a ticket that was added before, nothing but its id is known.
fn columns() -> [ColumnDef; 9] {
    let short = |name: &str| string(Alias::new(name)).default("").to_owned();
    let number = |name: &str| integer(Alias::new(name)).default(0).to_owned();
    [
        short("subject"),
        short("ticket_number"),
        number("ticket_type"),
        short("category_code"),
        short("team_key"),
        short("solved_by"),
        number("priority"),
        number("channel"),
        text("resolution").default("").to_owned(),
    ]
}
