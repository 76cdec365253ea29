//! Customers of another system, each known by its key there (C13, T18).

use std::collections::HashMap;

use hotline_core::db::Tx;
use hotline_core::error::Error;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::customers::{put_phones, row};
use super::entity::customer;
use crate::domain::Customer;

/// Returns the customer of each key: the one of an earlier import, else the new one given here. A key that comes
/// twice makes one customer.
pub(crate) async fn find_or_make(
    tx: &Tx,
    wanted: &[(String, Customer)],
) -> Result<HashMap<String, Uuid>, Error> {
    let rows =
        wanted.iter().map(|(key, customer)| row(customer, Some(key))).collect::<Result<Vec<_>, _>>()?;
    customer::Entity::insert_many(rows)
        .on_conflict(OnConflict::column(customer::Column::ExternalKey).do_nothing().to_owned())
        .exec_without_returning(&**tx)
        .await?;
    let found = of_keys(tx, wanted).await?;
    let new = wanted.iter().filter(|(key, customer)| found.get(key) == Some(&customer.id));
    put_phones(tx, new.map(|(_, customer)| customer));
    Ok(found)
}

async fn of_keys(tx: &Tx, wanted: &[(String, Customer)]) -> Result<HashMap<String, Uuid>, Error> {
    let found = customer::Entity::find()
        .select_only()
        .columns([customer::Column::ExternalKey, customer::Column::Id])
        .filter(customer::Column::ExternalKey.is_in(wanted.iter().map(|(key, _)| key)))
        .into_tuple::<(Option<String>, Uuid)>()
        .all(&**tx)
        .await?;
    Ok(found.into_iter().filter_map(|(key, id)| Some((key?, id))).collect())
}
