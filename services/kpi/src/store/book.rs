//! The one row that says in which time zone days are rolled up, and by which rules. Whoever changes figures holds it, so that one
//! adds after the other.

use chrono_tz::Tz;
use hotline_core::db::{Db, Tx};
use hotline_core::error::Error;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};

use super::recompute;

/// The row.
const ID: i32 = 1;

/// Which facts are read from events, how they are rolled up, and what is kept of each ticket to find facts by. It grows
/// with every change of that, and all figures are computed anew at the next start.
const RULES: i32 = 3;

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "book")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub time_zone: String,
        pub rules: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Returns the zone whose days are rolled up, and keeps every other writer out until the transaction ends.
pub(crate) async fn lock(tx: &Tx) -> Result<Tz, Error> {
    zone_of(row::Entity::find_by_id(ID).lock_exclusive().one(&**tx).await?)
}

/// Returns the zone whose days are rolled up.
pub(crate) async fn zone(reader: &impl ConnectionTrait) -> Result<Tz, Error> {
    zone_of(row::Entity::find_by_id(ID).one(reader).await?)
}

/// Sees to it that figures follow the rules of this version and days are those of `zone`.
pub(crate) async fn open(db: &Db, zone: Tz) -> Result<(), Error> {
    let tx = db.begin().await?;
    let before = lock(&tx).await?;
    if before == zone && rules(&tx).await? == RULES {
        return Ok(());
    }
    tracing::info!(%before, %zone, rules = RULES, "the time zone or the rules changed: all figures are computed anew");
    recompute::rebuild(&tx, zone).await?;
    tx.commit().await
}

/// Notes by what all figures have been computed.
pub(super) async fn note(tx: &Tx, zone: Tz) -> Result<(), Error> {
    let row = row::ActiveModel { id: Set(ID), time_zone: Set(zone.name().to_owned()), rules: Set(RULES) };
    row::Entity::update(row).exec(&**tx).await?;
    Ok(())
}

async fn rules(tx: &Tx) -> Result<i32, Error> {
    Ok(row::Entity::find_by_id(ID).one(&**tx).await?.map_or(0, |row| row.rules))
}

fn zone_of(row: Option<row::Model>) -> Result<Tz, Error> {
    let row = row.ok_or_else(|| anyhow::anyhow!("the book has no time zone"))?;
    let zone = row.time_zone.parse();
    zone.map_err(|_| anyhow::anyhow!("the book names a time zone that is none: `{}`", row.time_zone).into())
}
