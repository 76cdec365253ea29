//! A row of `articles`.

use hotline_proto::knowledge::v1::{ArticleKind, ArticleState};
use sea_orm::entity::prelude::*;

use super::Texts;
use crate::domain::{Article, Content};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "articles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub revision: i64,
    pub version: i32,
    pub state: i32,
    pub kind: i32,
    pub category_code: String,
    pub title: String,
    pub questions: Texts,
    pub body: String,
    pub valid_from: Option<DateTimeUtc>,
    pub project: String,
    pub author: String,
    pub writers: Texts,
    pub reviewer: String,
    pub review_note: String,
    pub published_version: i32,
    pub published_changed_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Article {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            revision: row.revision,
            version: row.version,
            state: ArticleState::try_from(row.state).unwrap_or_default(),
            content: Content {
                kind: ArticleKind::try_from(row.kind).unwrap_or_default(),
                category_code: row.category_code,
                title: row.title,
                questions: row.questions.0,
                body: row.body,
                valid_from: row.valid_from,
                project: row.project,
            },
            author: row.author,
            writers: row.writers.0,
            reviewer: row.reviewer,
            review_note: row.review_note,
            published_version: row.published_version,
            published_changed_at: row.published_changed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<Article> for Model {
    fn from(article: Article) -> Self {
        let content = article.content;
        Self {
            id: article.id,
            revision: article.revision,
            version: article.version,
            state: article.state as i32,
            kind: content.kind as i32,
            category_code: content.category_code,
            title: content.title,
            questions: Texts(content.questions),
            body: content.body,
            valid_from: content.valid_from,
            project: content.project,
            author: article.author,
            writers: Texts(article.writers),
            reviewer: article.reviewer,
            review_note: article.review_note,
            published_version: article.published_version,
            published_changed_at: article.published_changed_at,
            created_at: article.created_at,
            updated_at: article.updated_at,
        }
    }
}
