//! Lists of articles and of the versions of one, newest first.

use hotline_core::error::Error;
use hotline_core::page::{Key, Page};
use hotline_proto::knowledge::v1::{ArticleKind, ArticleState};
use sea_orm::sea_query::{Expr, LikeExpr};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::{article, version};
use crate::domain::{Article, Version};

/// Which articles to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// In any of these states; in any at all where there are none.
    pub(crate) states: Vec<ArticleState>,
    /// In this category or below it; empty is all.
    pub(crate) category_code: String,
    /// Of this kind; unspecified is any.
    pub(crate) kind: ArticleKind,
}

/// Returns a page of articles and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    filter: &Filter,
    page: &Page,
) -> Result<(Vec<Article>, String), Error> {
    let rows = select(filter, page).all(db).await?;
    let (rows, next) = page.finish(rows, |row| Key { at: row.created_at, id: row.id });
    Ok((rows.into_iter().map(Article::from).collect(), next))
}

/// Returns a page of an article's versions and the token of the next.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn versions(
    db: &impl ConnectionTrait,
    article_id: Uuid,
    page: &Page,
) -> Result<(Vec<Version>, String), Error> {
    let rows = select_versions(article_id, page).all(db).await?;
    let (rows, next) = page.finish(rows, |row| Key { at: row.submitted_at, id: row.id });
    Ok((rows.into_iter().map(Version::from).collect(), next))
}

pub(super) fn select(filter: &Filter, page: &Page) -> Select<article::Entity> {
    let mut select = article::Entity::find();
    let states: Vec<i32> = filter.states.iter().map(|state| *state as i32).collect();
    if !states.is_empty() {
        select = select.filter(article::Column::State.is_in(states));
    }
    if filter.kind != ArticleKind::Unspecified {
        select = select.filter(article::Column::Kind.eq(filter.kind as i32));
    }
    if !filter.category_code.is_empty() {
        select = select.filter(subtree(&filter.category_code));
    }
    page.apply(select, article::Column::CreatedAt, article::Column::Id)
}

pub(super) fn select_versions(article_id: Uuid, page: &Page) -> Select<version::Entity> {
    let select = version::Entity::find().filter(version::Column::ArticleId.eq(article_id));
    page.apply(select, version::Column::SubmittedAt, version::Column::Id)
}

fn subtree(code: &str) -> Condition {
    let below = code.replace('|', "||").replace('%', "|%").replace('_', "|_") + ".%";
    let below: Expr = article::Column::CategoryCode.like(LikeExpr::new(below).escape('|'));
    Condition::any().add(article::Column::CategoryCode.eq(code)).add(below)
}
