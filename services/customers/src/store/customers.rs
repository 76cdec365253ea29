//! Customers and their telephone numbers.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, Func, LikeExpr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::entity::{customer, first_call, phone};
use super::known;
use crate::domain::{Customer, Profile};

/// Writes a new customer.
pub(crate) async fn insert(tx: &Tx, customer: &Customer) -> Result<(), Error> {
    customer::Entity::insert(row(customer, None)?).exec_without_returning(&**tx).await?;
    write_phones(tx, customer).await
}

/// Writes a customer's new profile. The row must be locked by [`locked`] in the same transaction.
pub(crate) async fn update(tx: &Tx, customer: &Customer) -> Result<(), Error> {
    let row = customer::ActiveModel { external_key: NotSet, ..row(customer, None)? };
    row.update(&**tx).await?;
    phone::Entity::delete_many().filter(phone::Column::CustomerId.eq(customer.id)).exec(&**tx).await?;
    write_phones(tx, customer).await
}

/// Returns a customer.
pub(crate) async fn get(db: &impl ConnectionTrait, id: Uuid) -> Result<Customer, Error> {
    one(db, customer::Entity::find_by_id(id), id).await
}

/// Returns a customer whom no other transaction changes before this one ends.
pub(crate) async fn locked(tx: &Tx, id: Uuid) -> Result<Customer, Error> {
    one(&**tx, customer::Entity::find_by_id(id).lock_exclusive(), id).await
}

/// Returns a page of customers, newest first: those who have the number, where one is given, and whose name or room
/// contains `part`.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    page: &Page,
    e164: Option<&str>,
    part: &str,
) -> Result<(Vec<Customer>, String), Error> {
    let select = page.apply(matching(e164, part), customer::Column::CreatedAt, customer::Column::Id);
    let (rows, next) = page.finish(select.all(db).await?, |row| Key { at: row.created_at, id: row.id });
    Ok((with_phones(db, rows).await?, next))
}

/// Returns the newest customer who has the number. A number nobody has makes `first`, once: of several calls that
/// begin at once, the others wait and find it (C2).
pub(crate) async fn of_number(tx: &Tx, e164: &str, first: &Customer) -> Result<Uuid, Error> {
    if let Some(known) = newest(tx, e164).await? {
        return Ok(known);
    }
    lock_number(tx, e164, first.created_at).await?;
    if let Some(known) = newest(tx, e164).await? {
        return Ok(known);
    }
    insert(tx, first).await?;
    Ok(first.id)
}

pub(super) fn matching(e164: Option<&str>, part: &str) -> Select<customer::Entity> {
    let mut select = customer::Entity::find();
    if let Some(e164) = e164 {
        select = select.filter(customer::Column::Id.in_subquery(having(e164).into_query()));
    }
    if !part.is_empty() {
        select = select.filter(
            Condition::any()
                .add(contains(customer::Column::Name, part))
                .add(contains(customer::Column::Room, part)),
        );
    }
    select
}

pub(super) fn having(e164: &str) -> Select<phone::Entity> {
    phone::Entity::find().select_only().column(phone::Column::CustomerId).filter(phone::Column::E164.eq(e164))
}

/// Matches a part of a text in either case, with nothing in it a wildcard.
fn contains(column: customer::Column, part: &str) -> Expr {
    let escaped: String = part
        .to_lowercase()
        .chars()
        .flat_map(|letter| {
            let escape = matches!(letter, '%' | '_' | '\\').then_some('\\');
            escape.into_iter().chain([letter])
        })
        .collect();
    Expr::expr(Func::lower(Expr::col(column))).like(LikeExpr::new(format!("%{escaped}%")).escape('\\'))
}

async fn newest(tx: &Tx, e164: &str) -> Result<Option<Uuid>, Error> {
    let found = matching(Some(e164), "")
        .order_by_desc(customer::Column::CreatedAt)
        .order_by_desc(customer::Column::Id)
        .limit(1)
        .one(&**tx)
        .await?;
    Ok(found.map(|row| row.id))
}

/// Waits until no other transaction makes a customer of this number, and keeps others waiting until this one ends.
async fn lock_number(tx: &Tx, e164: &str, now: DateTime<Utc>) -> Result<(), Error> {
    let row = first_call::ActiveModel { e164: Set(e164.to_owned()), at: Set(now) };
    let conflict =
        OnConflict::column(first_call::Column::E164).update_column(first_call::Column::At).to_owned();
    first_call::Entity::insert(row).on_conflict(conflict).exec_without_returning(&**tx).await?;
    Ok(())
}

async fn one(
    db: &impl ConnectionTrait,
    select: Select<customer::Entity>,
    id: Uuid,
) -> Result<Customer, Error> {
    let rows = select.all(db).await?;
    with_phones(db, rows).await?.pop().ok_or_else(|| Error::NotFound { what: "customer", id: id.to_string() })
}

async fn with_phones(db: &impl ConnectionTrait, rows: Vec<customer::Model>) -> Result<Vec<Customer>, Error> {
    let phones = phone::Entity::find()
        .filter(phone::Column::CustomerId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(phone::Column::Position)
        .all(db)
        .await?;
    let mut of: HashMap<Uuid, Vec<String>> = HashMap::new();
    for phone in phones {
        of.entry(phone.customer_id).or_default().push(phone.e164);
    }
    rows.into_iter()
        .map(|row| {
            let phones = of.remove(&row.id).unwrap_or_default();
            customer(row, phones)
        })
        .collect()
}

pub(super) async fn write_phones(tx: &Tx, customer: &Customer) -> Result<(), Error> {
    let rows = (0..).zip(&customer.profile.phones).map(|(position, e164)| phone::ActiveModel {
        customer_id: Set(customer.id),
        position: Set(position),
        e164: Set(e164.clone()),
    });
    phone::Entity::insert_many(rows).exec_without_returning(&**tx).await?;
    Ok(())
}

fn customer(row: customer::Model, phones: Vec<String>) -> Result<Customer, Error> {
    Ok(Customer {
        id: row.id,
        profile: Profile {
            name: row.name,
            title: row.title,
            phones,
            emails: serde_json::from_value(row.emails).map_err(anyhow::Error::from)?,
            project: row.project,
            room: row.room,
            segment: known(row.segment)?,
            contract_status: known(row.contract_status)?,
            notes: row.notes,
        },
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    })
}

pub(super) fn row(customer: &Customer, external_key: Option<&str>) -> Result<customer::ActiveModel, Error> {
    let profile = customer.profile.clone();
    Ok(customer::ActiveModel {
        id: Set(customer.id),
        name: Set(profile.name),
        title: Set(profile.title),
        emails: Set(serde_json::to_value(profile.emails).map_err(anyhow::Error::from)?),
        project: Set(profile.project),
        room: Set(profile.room),
        segment: Set(profile.segment.into()),
        contract_status: Set(profile.contract_status.into()),
        notes: Set(profile.notes),
        external_key: Set(external_key.map(str::to_owned)),
        created_at: Set(customer.created_at),
        updated_at: Set(customer.updated_at),
        version: Set(customer.version),
    })
}
