//! Customers and their telephone numbers.

use chrono::{DateTime, Utc};
use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, Func, LikeExpr, OnConflict, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, SelectModel, Selector,
};
use uuid::Uuid;

use super::entity::{customer, first_call, phone};
use super::known;
use crate::domain::{Customer, Profile};

/// A customer's row beside the numbers, which hold no blanks, with one between each two.
#[derive(FromQueryResult)]
struct Found {
    #[sea_orm(nested)]
    row: customer::Model,
    phones: Option<String>,
}

/// Writes a new customer with the commit.
pub(crate) fn insert(tx: &Tx, customer: &Customer) -> Result<(), Error> {
    tx.later(customer::Entity::insert(row(customer, None)?).into_query());
    put_phones(tx, [customer]);
    Ok(())
}

/// Writes a customer's new profile with the commit. The row must be locked by [`locked`] in the same transaction.
pub(crate) fn update(tx: &Tx, customer: &Customer) -> Result<(), Error> {
    let row = customer::ActiveModel { id: NotSet, external_key: NotSet, ..row(customer, None)? };
    let this = customer::Column::Id.eq(customer.id);
    tx.later(customer::Entity::update_many().set(row).filter(this).into_query());
    let behind =
        phone::Column::Position.gte(i32::try_from(customer.profile.phones.len()).unwrap_or(i32::MAX));
    let surplus =
        phone::Entity::delete_many().filter(phone::Column::CustomerId.eq(customer.id)).filter(behind);
    tx.later(surplus.into_query());
    put_phones(tx, [customer]);
    Ok(())
}

/// Returns a customer.
pub(crate) async fn get(db: &impl ConnectionTrait, id: Uuid) -> Result<Customer, Error> {
    let found = with_phones(customer::Entity::find_by_id(id)).one(db).await?;
    found.ok_or_else(|| missing(id))?.try_into()
}

/// Returns those of these customers that there are.
pub(crate) async fn of_ids(db: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<Vec<Customer>, Error> {
    let select = customer::Entity::find().filter(customer::Column::Id.is_in(ids));
    let found = with_phones(select).all(db).await?;
    found.into_iter().map(Customer::try_from).collect()
}

/// Checks that there is such a customer.
pub(crate) async fn check(tx: &Tx, id: Uuid) -> Result<(), Error> {
    let found: Option<Uuid> = ids(customer::Entity::find_by_id(id)).into_tuple().one(&**tx).await?;
    found.map(drop).ok_or_else(|| missing(id))
}

/// Returns a customer whom no other transaction changes before this one ends.
pub(crate) async fn locked(tx: &Tx, id: Uuid) -> Result<Customer, Error> {
    let row = customer::Entity::find_by_id(id).lock_exclusive().one(&**tx).await?;
    let row = row.ok_or_else(|| missing(id))?;
    // In a statement of their own: one that had to wait for the row would see those of before.
    let phones = phone::Entity::find()
        .select_only()
        .column(phone::Column::E164)
        .filter(phone::Column::CustomerId.eq(id))
        .order_by_asc(phone::Column::Position);
    customer(row, phones.into_tuple().all(&**tx).await?)
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
    let found = with_phones(select).all(db).await?;
    let (found, next) = page.finish(found, |found| Key { at: found.row.created_at, id: found.row.id });
    let customers: Result<Vec<_>, _> = found.into_iter().map(Customer::try_from).collect();
    Ok((customers?, next))
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
    insert(tx, first)?;
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
    let newest = ids(matching(Some(e164), ""))
        .order_by_desc(customer::Column::CreatedAt)
        .order_by_desc(customer::Column::Id)
        .limit(1);
    Ok(newest.into_tuple().one(&**tx).await?)
}

fn ids(select: Select<customer::Entity>) -> Select<customer::Entity> {
    select.select_only().column(customer::Column::Id)
}

fn missing(id: Uuid) -> Error {
    Error::NotFound { what: "customer", id: id.to_string() }
}

/// Waits until no other transaction makes a customer of this number, and keeps others waiting until this one ends.
async fn lock_number(tx: &Tx, e164: &str, now: DateTime<Utc>) -> Result<(), Error> {
    let row = first_call::ActiveModel { e164: Set(e164.to_owned()), at: Set(now) };
    let conflict =
        OnConflict::column(first_call::Column::E164).update_column(first_call::Column::At).to_owned();
    first_call::Entity::insert(row).on_conflict(conflict).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Selects customers beside their numbers, each in the customer's own order.
fn with_phones(select: Select<customer::Entity>) -> Selector<SelectModel<Found>> {
    let this = Expr::col((customer::Entity, customer::Column::Id));
    let phones = Query::select()
        // Both databases know it by this name and in this form.
        .expr(Expr::cust("string_agg(e164, ' ' ORDER BY position)"))
        .from(phone::Entity)
        .and_where(Expr::col((phone::Entity, phone::Column::CustomerId)).eq(this))
        .take();
    select.column_as(Expr::SubQuery(None, Box::new(phones.into())), "phones").into_model()
}

/// Puts numbers in their places with the commit.
pub(super) fn put_phones<'a>(tx: &Tx, customers: impl IntoIterator<Item = &'a Customer>) {
    let numbered = |customer: &'a Customer| {
        (0..).zip(&customer.profile.phones).map(|(position, e164)| phone::ActiveModel {
            customer_id: Set(customer.id),
            position: Set(position),
            e164: Set(e164.clone()),
        })
    };
    let rows: Vec<_> = customers.into_iter().flat_map(numbered).collect();
    if rows.is_empty() {
        return;
    }
    let replacing = OnConflict::columns([phone::Column::CustomerId, phone::Column::Position])
        .update_column(phone::Column::E164)
        .to_owned();
    tx.later(phone::Entity::insert_many(rows).on_conflict(replacing).into_query());
}

impl TryFrom<Found> for Customer {
    type Error = Error;

    fn try_from(found: Found) -> Result<Self, Error> {
        let phones = found.phones.unwrap_or_default();
        customer(found.row, phones.split_whitespace().map(str::to_owned).collect())
    }
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
