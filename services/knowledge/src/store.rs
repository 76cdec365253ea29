//! The articles in the database: the version in work and what agents see in one table, every version that was submitted
//! in another.

use hotline_core::db::Tx;
use hotline_core::error::Error;
use hotline_core::id;
use hotline_proto::knowledge::v1::ArticleState;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromJsonQueryResult, IntoActiveModel,
    QueryFilter, QuerySelect,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{Article, Version};

mod article;
mod lists;
mod migrations;
#[cfg(test)]
mod plans;
mod published;
mod version;

pub(crate) use lists::{Filter, list, versions};
pub(crate) use migrations::all as migrations;
pub(crate) use published::{all_published, published, published_since};

/// A list of texts in one column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Texts(Vec<String>);

/// Returns an article.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Article, Error> {
    let row = article::Entity::find_by_id(id).one(db).await?;
    row.map(Article::from).ok_or_else(|| not_found(id))
}

/// Returns an article that nobody else changes before the transaction ends.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) async fn locked(tx: &Tx, id: Uuid) -> Result<Article, Error> {
    let row = article::Entity::find_by_id(id).lock_exclusive().one(&**tx).await?;
    row.map(Article::from).ok_or_else(|| not_found(id))
}

/// Adds an article.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn insert(tx: &Tx, article: &Article) -> Result<(), Error> {
    article::Entity::insert(row(article)).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Stores an article that is locked by the transaction.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn update(tx: &Tx, article: &Article) -> Result<(), Error> {
    article::Entity::update(row(article)).exec(&**tx).await?;
    Ok(())
}

/// Keeps the version in work as it was submitted.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn keep_version(tx: &Tx, article: &Article) -> Result<(), Error> {
    let row = version::submitted(id::new(), article.clone());
    version::Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Notes with the version under review what its reviewer decided.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn review_version(tx: &Tx, article: &Article) -> Result<(), Error> {
    version::Entity::update_many()
        .col_expr(version::Column::State, Expr::value(article.state as i32))
        .col_expr(version::Column::Reviewer, Expr::value(article.reviewer.clone()))
        .col_expr(version::Column::ReviewNote, Expr::value(article.review_note.clone()))
        .col_expr(version::Column::ReviewedAt, Expr::value(article.updated_at))
        .filter(version::Column::ArticleId.eq(article.id))
        .filter(version::Column::Version.eq(article.version))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Notes with every version of the article that was, or could have been, shown to agents that it no longer is.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn retire_versions(tx: &Tx, id: Uuid) -> Result<(), Error> {
    let in_use = [ArticleState::Submitted as i32, ArticleState::Published as i32];
    version::Entity::update_many()
        .col_expr(version::Column::State, Expr::value(ArticleState::Retired as i32))
        .filter(version::Column::ArticleId.eq(id))
        .filter(version::Column::State.is_in(in_use))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Returns one version of an article; `None` where it was never submitted.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn version(tx: &Tx, id: Uuid, number: i32) -> Result<Option<Version>, Error> {
    let row = version::Entity::find()
        .filter(version::Column::ArticleId.eq(id))
        .filter(version::Column::Version.eq(number))
        .one(&**tx)
        .await?;
    Ok(row.map(Version::from))
}

fn row(article: &Article) -> article::ActiveModel {
    article::Model::from(article.clone()).into_active_model().reset_all()
}

fn not_found(id: Uuid) -> Error {
    Error::NotFound { what: "article", id: id.to_string() }
}
