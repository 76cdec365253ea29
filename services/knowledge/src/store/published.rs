//! What agents see: the published versions, and which of them changed.

use chrono::{DateTime, Utc};
use hotline_core::error::Error;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use super::{article, version};
use crate::domain::Version;

/// Returns the published versions of these articles, in no order; an article that agents do not see is left out.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn published(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Version>, Error> {
    let rows = select_versions(ids).all(db).await?;
    Ok(rows.into_iter().map(Version::from).collect())
}

/// Returns every article that agents see, and the version that they see.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn all_published(db: &impl ConnectionTrait) -> Result<Vec<(Uuid, i32)>, Error> {
    Ok(select_all().into_tuple().all(db).await?)
}

/// Returns every article of which another version, or none, has been visible since `since`, and the version that agents
/// see now, 0 for none.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn published_since(
    db: &impl ConnectionTrait,
    since: DateTime<Utc>,
) -> Result<Vec<(Uuid, i32)>, Error> {
    Ok(select_since(since).into_tuple().all(db).await?)
}

pub(super) fn select_versions(ids: &[Uuid]) -> Select<version::Entity> {
    let of_article = version::Entity::belongs_to(article::Entity)
        .from(version::Column::ArticleId)
        .to(article::Column::Id)
        .into();
    // One statement: between two, another version could be published.
    version::Entity::find()
        .join(JoinType::InnerJoin, of_article)
        .filter(article::Column::Id.is_in(ids.iter().copied()))
        .filter(
            Expr::col((version::Entity, version::Column::Version))
                .equals((article::Entity, article::Column::PublishedVersion)),
        )
}

pub(super) fn select_all() -> Select<article::Entity> {
    pairs().filter(article::Column::PublishedVersion.gt(0))
}

pub(super) fn select_since(since: DateTime<Utc>) -> Select<article::Entity> {
    pairs().filter(article::Column::PublishedChangedAt.gte(since))
}

fn pairs() -> Select<article::Entity> {
    article::Entity::find()
        .select_only()
        .column(article::Column::Id)
        .column(article::Column::PublishedVersion)
}
