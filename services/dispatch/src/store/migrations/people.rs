//! Indexes for what people do now, and for the roster that a date is read by: both are asked for often, and their tables keep
//! all that ever was.

use sea_orm_migration::prelude::*;

pub(super) struct People;

/// What somebody does now: of all stays, those that last.
const STAYS_THAT_LAST: (&str, &str) = ("presence_stays_that_last", "presence_stays");
/// The published rosters of a team by their dates.
const ROSTERS_BY_DATE: (&str, &str) = ("rosters_of_team_by_date", "rosters");

impl MigrationName for People {
    fn name(&self) -> &'static str {
        "m0014_people"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for People {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (name, table) = STAYS_THAT_LAST;
        let mut lasting = super::index(name, table, &["subject"]);
        manager.create_index(lasting.and_where(Expr::col(Alias::new("ended_at")).is_null()).take()).await?;
        let (name, table) = ROSTERS_BY_DATE;
        manager.create_index(super::index(name, table, &["team_key", "first_date"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table) in [STAYS_THAT_LAST, ROSTERS_BY_DATE] {
            manager.drop_index(Index::drop().name(name).table(Alias::new(table)).to_owned()).await?;
        }
        Ok(())
    }
}
